import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { alive, cachedDebianRoot } from './debian-root.ts';
import { accountOf, type Program } from './programs.ts';

/** A folder for a server's data, as the machine sees it and as the server does. */
export interface DataFolder {
  readonly outside: string;
  readonly inside: string;
  /** Writes a file that only the server's account reads. @returns its path as the server sees it */
  write(name: string, text: string): string;
  remove(): void;
}

const PREFIX = 'memplan-servers-';
/** Set by the first process of a run, for its workers: folders bear it. */
const RUN = 'MEMCTL_TEST_RUN';
const removals: Set<() => void> = new Set();
let watching = false;

/** A new folder for a server's data; gone with remove(), or when this process or its run ends. */
export function dataFolder(program: Program): DataFolder {
  const parent = program.root === undefined ? tmpdir() : join(program.root, 'tmp');
  if (!watching) {
    watching = true;
    sweep(parent, (pid, age) => !alive(pid) && age > 3_600_000);
    process.once('exit', () => {
      for (const remove of removals) remove();
    });
    // A worker whose run was killed would go on to the end of its test, and its servers with it.
    if (process.send !== undefined) process.once('disconnect', () => process.exit(1));
  }
  const outside = mkdtempSync(join(parent, `${PREFIX}${process.env[RUN] ?? process.pid}-`));
  const { uid, gid } = accountOf(program);
  const give = (file: string): void => {
    if (uid !== undefined) chownSync(file, uid, gid as number);
  };
  give(outside);
  const inside = program.root === undefined ? outside : join('/tmp', basename(outside));
  const remove = (): void => {
    removals.delete(remove);
    removeFolder(outside);
  };
  removals.add(remove);
  const write = (name: string, text: string): string => {
    writeFileSync(join(outside, name), text, { mode: 0o600 });
    give(join(outside, name));
    return join(inside, name);
  };
  return { outside, inside, write, remove };
}

/** Makes this process the one whose end is the end of the run. @returns what removes the run's folders, all workers' */
export function beginRun(): () => void {
  const run = String(process.pid);
  process.env[RUN] = run;
  const removeAll = (): void => {
    const cached = cachedDebianRoot();
    for (const parent of [tmpdir(), ...(cached === undefined ? [] : [join(cached, 'tmp')])])
      sweep(parent, (pid) => String(pid) === run);
  };
  // Ctrl-C comes this way.
  process.once('exit', removeAll);
  return removeAll;
}

/**
 * Removes the folders of the runs that `over` names; runs that were killed leave theirs. Those count as over after an
 * hour only: another container may share the folder and not the processes.
 */
function sweep(parent: string, over: (pid: number, age: number) => boolean): void {
  // At the very end the folder of the whole run may have gone, and all of these with it.
  if (!existsSync(parent)) return;
  for (const name of readdirSync(parent)) {
    const pid = name.startsWith(PREFIX) ? Number(/^\d+/.exec(name.slice(PREFIX.length))?.[0]) : Number.NaN;
    if (Number.isNaN(pid)) continue;
    const folder = join(parent, name);
    const made = statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
    if (over(pid, Date.now() - made)) removeFolder(folder);
  }
}

function removeFolder(folder: string): void {
  try {
    // A server that has just been told to end may still write: a few more rounds.
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  } catch {
    // The next run sweeps it.
  }
}
