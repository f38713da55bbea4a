/** Ledgers on disk: one file a run, one event a line, flushed before the store commits. No file of a run is ever rewritten. */
import { randomBytes } from 'node:crypto';
import {
  accessSync,
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type LedgerEvent, ledgerDamage, type RunSummary, readLedger, summarise } from '../../maintenance/index.ts';
import { InputError, isInputError } from '../../quantity/index.ts';
import { StoreError } from '../../store/index.ts';
import type { Options } from '../command.ts';
import type { Runtime } from '../runtime.ts';
import { stateFolder } from './state-folder.ts';

const SUFFIX = '.jsonl';
/** Archives may lie in the same folder. */
export const ARCHIVE_SUFFIX = '.archive.jsonl';
/** Ledgers and archives hold what a store held: nobody else's business. */
const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;

/** `20261121T104213123Z-8f3a`: sorts by time to the millisecond, and two in the same one differ. */
export function newRunId(now: Date): string {
  return `${now.toISOString().replaceAll(/[-:.]/g, '')}-${randomBytes(2).toString('hex')}`;
}

/** `--ledger DIR`, else `runs` in the state folder. @throws InputError where there is neither */
export function ledgerFolder(options: Options, runtime: Pick<Runtime, 'env' | 'cwd'>): string {
  if (options['ledger'] !== undefined) return resolve(runtime.cwd, String(options['ledger']));
  const state = stateFolder(runtime.env);
  if (state === undefined)
    throw new InputError(
      'no-state-folder',
      'there is no home to keep the ledger in',
      'set MEMCTL_STATE_DIR, or give --ledger DIR',
    );
  return join(state, 'runs');
}

/** Why a file of ours could not be written, as a guard's refusal: what cannot be written down is not done. */
export function cannotWrite(what: string, file: string, e: unknown): StoreError {
  const { code } = e as NodeJS.ErrnoException;
  const why =
    code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG'
      ? 'there is no space left'
      : code === 'EACCES' || code === 'EPERM' || code === 'EROFS'
        ? 'it may not be written'
        : code === 'ENOTDIR'
          ? 'it is no folder, or lies below a file'
          : code === 'ENOENT'
            ? 'no file or folder can be made there'
            : (code ?? String(e));
  return new StoreError(
    `${what}-failed`,
    `${what} ${file}: ${why}; what was not written down is not done, and the open batch was not committed`,
    undefined,
    5,
  );
}

/**
 * Makes it with what is above it, and finds out whether it can be written to.
 * One level at a time: asked for a whole path below /proc, mkdir's own recursion never ends (Node 20 to 24).
 * @throws StoreError (exit 5)
 */
export function makeFolder(folder: string, what: string): void {
  try {
    makeLevel(folder);
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch (e) {
    throw cannotWrite(what, folder, e);
  }
}

function makeLevel(folder: string): void {
  try {
    if (statSync(folder).isDirectory()) return;
    throw Object.assign(new Error('not a folder'), { code: 'ENOTDIR' });
  } catch (e) {
    if ((e as NodeJS.ErrnoException).code !== 'ENOENT') throw e;
  }
  const above = dirname(folder);
  if (above !== folder) makeLevel(above);
  try {
    mkdirSync(folder, { mode: FOLDER_MODE });
  } catch (e) {
    // Another run made it in between.
    if ((e as NodeJS.ErrnoException).code !== 'EEXIST') throw e;
  }
}

/** A file that only grows, in whole lines. */
export class LineFile {
  readonly path: string;
  private readonly what: string;
  private fd: number;

  /** @param fresh the file must not be there yet; without it, it must */
  constructor(path: string, what: string, fresh: boolean) {
    this.path = path;
    this.what = what;
    try {
      this.fd = openSync(path, fresh ? 'ax' : 'a+', FILE_MODE);
      if (fresh) syncFolder(resolve(path, '..'));
      // A line torn by a crash is ended first: what follows must not be read as part of it.
      else if (!endsInNewline(this.fd)) this.append('\n');
    } catch (e) {
      throw cannotWrite(what, path, e);
    }
  }

  append(text: string): void {
    try {
      let rest: Uint8Array = Buffer.from(text);
      while (rest.length > 0) rest = rest.subarray(writeSync(this.fd, rest));
    } catch (e) {
      throw cannotWrite(this.what, this.path, e);
    }
  }

  flush(): void {
    try {
      fsyncSync(this.fd);
    } catch (e) {
      throw cannotWrite(this.what, this.path, e);
    }
  }

  close(): void {
    if (this.fd >= 0) closeSync(this.fd);
    this.fd = -1;
  }
}

function endsInNewline(fd: number): boolean {
  const { size } = fstatSync(fd);
  if (size === 0) return true;
  const last = Buffer.alloc(1);
  readSync(fd, last, 0, 1, size - 1);
  return last[0] === 0x0a;
}

/** A new file survives a power cut only once its folder's entry does. Not every system lets a folder be opened. */
function syncFolder(folder: string): void {
  let fd: number;
  try {
    fd = openSync(folder, 'r');
  } catch {
    return;
  }
  try {
    fsyncSync(fd);
  } catch {
    // Windows and some network file systems refuse; the file itself is flushed all the same.
  } finally {
    closeSync(fd);
  }
}

/** Events that must be on disk before the engine goes on; the others are found out from the store after a crash. */
const DURABLE: readonly LedgerEvent['event'][] = [
  'run-started',
  'prepared',
  'planned',
  'settled',
  'action-ended',
  'run-ended',
];

/** The ledgers that one run writes: its own, and those of runs it settles. */
export class LedgerFiles {
  readonly folder: string;
  private readonly open = new Map<string, LineFile>();

  constructor(folder: string) {
    this.folder = folder;
  }

  path(run: string): string {
    return join(this.folder, `${run}${SUFFIX}`);
  }

  /** @throws StoreError (exit 5) when it cannot be written */
  append(event: LedgerEvent): void {
    let file = this.open.get(event.run);
    if (file === undefined) {
      makeFolder(this.folder, 'ledger');
      file = new LineFile(this.path(event.run), 'ledger', event.event === 'run-started');
      this.open.set(event.run, file);
    }
    file.append(`${JSON.stringify(event)}\n`);
    if (DURABLE.includes(event.event)) file.flush();
  }

  close(): void {
    for (const file of this.open.values()) file.close();
    this.open.clear();
  }
}

/** The newest run that removed rows: what "undo last" means, also a second time. */
function lastRemoval(folder: string): string | undefined {
  const { runs } = allRuns(folder);
  return runs.filter((r) => r.started.undoes === null && (r.rows > 0 || r.state === 'unfinished')).at(-1)?.run;
}

/**
 * @param run an id, its beginning, or "last"
 * @param removal true: "last" passes over runs that removed nothing
 * @returns with the ledger's `damage`: sentences about lines that are lost
 * @throws InputError when there is no such run, or several begin so
 */
export function readRun(
  folder: string,
  run: string,
  removal = false,
): { run: string; events: LedgerEvent[]; summary: RunSummary; damage: string[] } {
  const ids = runIds(folder);
  const last = removal ? (lastRemoval(folder) ?? ids.at(-1)) : ids.at(-1);
  const wanted = run === 'last' && last !== undefined ? last : run;
  const found = ids.filter((id) => id.startsWith(wanted));
  const [id] = found.includes(wanted) ? [wanted] : found;
  if (id === undefined)
    throw new InputError('unknown-run', `RUN: there is no run "${run}" in ${folder}`, 'memctl runs lists them');
  if (found.length > 1 && id !== wanted)
    throw new InputError(
      'ambiguous-run',
      `RUN: "${run}" is the beginning of ${found.length} runs: ${found.slice(0, 3).join(', ')}`,
    );
  const path = join(folder, `${id}${SUFFIX}`);
  const text = textOf(path);
  const events = readLedger(text, path);
  const summary = summarise(events);
  if (summary === undefined) throw new InputError('not-a-ledger', `${path}: the ledger does not say what run it is of`);
  return { run: id, events, summary, damage: ledgerDamage(text, path) };
}

/** Oldest first; none where the folder is not there. @throws InputError when it cannot be read */
export function runIds(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((f) => f.endsWith(SUFFIX) && !f.endsWith(ARCHIVE_SUFFIX))
      .map((f) => f.slice(0, -SUFFIX.length))
      .sort();
  } catch (e) {
    const { code } = e as NodeJS.ErrnoException;
    if (code === 'ENOENT') return [];
    throw new InputError('ledger-unreadable', `ledger ${folder}: it cannot be read (${code})`);
  }
}

/** Every run whose ledger can be read; what cannot is left to `runs`, which names it. */
export function allRuns(folder: string): { runs: RunSummary[]; unreadable: string[] } {
  const runs: RunSummary[] = [];
  const unreadable: string[] = [];
  for (const id of runIds(folder)) {
    try {
      const summary = summarise(readLedger(textOf(join(folder, `${id}${SUFFIX}`)), id));
      if (summary === undefined) unreadable.push(id);
      else runs.push(summary);
    } catch (e) {
      if (!isInputError(e)) throw e;
      unreadable.push(id);
    }
  }
  return { runs, unreadable };
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (e) {
    throw new InputError(
      'ledger-unreadable',
      `ledger ${path}: it cannot be read (${(e as NodeJS.ErrnoException).code})`,
    );
  }
}
