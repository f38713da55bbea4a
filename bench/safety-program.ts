/** memctl as a user runs it: a process of its own with a state folder of its own; and what its ledgers say afterwards. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type RunSummary, readLedger, summarise } from '../src/maintenance/index.ts';

/** MEMCTL_PROGRAM stands in for the checkout's own: a copy that nobody builds anew while this runs. */
const PROGRAM: string = process.env['MEMCTL_PROGRAM'] ?? fileURLToPath(new URL('../bin/memctl.cjs', import.meta.url));
const LIMIT_MS = 300_000;

/** Where runs of one store keep what they remember. */
export interface Room {
  readonly url: string;
  readonly folder: string;
}

export interface Ended {
  readonly exit: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
}

export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

const stateOf = (room: Room): string => join(room.folder, 'state');
const runsOf = (room: Room): string => join(stateOf(room), 'runs');
/** Oldest first; the archive of a run without a folder of its own lies beside its ledger. */
const ledgersOf = (room: Room): string[] =>
  existsSync(runsOf(room))
    ? readdirSync(runsOf(room))
        .filter((f) => !f.endsWith('.archive.jsonl'))
        .sort()
    : [];

/** @param shell commands of sh before the program takes its place, e.g. a limit */
export function start(room: Room, args: readonly string[], shell?: string): Running {
  const [verb = '', ...rest] = args;
  return startLine(room, [verb, room.url, ...rest], shell);
}

/** A command line that names a run or a file where others name the store. */
export function startLine(room: Room, words: readonly string[], shell?: string): Running {
  const { NO_COLOR: _a, FORCE_COLOR: _b, MEMCTL_STORE: _c, NODE_EXTRA_CA_CERTS: _d, ...env } = process.env;
  const line = [process.execPath, PROGRAM, ...words];
  const [file = '', ...argv] = shell === undefined ? line : ['/bin/sh', '-c', `${shell}; exec "$@"`, 'sh', ...line];
  const begun = performance.now();
  const child = spawn(file, argv, {
    env: { ...env, MEMCTL_STATE_DIR: stateOf(room) },
    cwd: room.folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (d) => (stdout += String(d)));
  child.stderr?.on('data', (d) => (stderr += String(d)));
  const timer = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
  const ended = new Promise<Ended>((done) => {
    child.on('close', (exit, signal) => {
      clearTimeout(timer);
      done({ exit, signal, stdout, stderr, seconds: (performance.now() - begun) / 1000 });
    });
  });
  return { child, ended };
}

export async function memctl(room: Room, ...args: string[]): Promise<Ended> {
  return await start(room, args).ended;
}

export const sleep = async (ms: number): Promise<void> => await new Promise((done) => setTimeout(done, ms));

/** Lines of the newest ledger; 0 where there is none yet. */
function newestLines(room: Room, known: number): number {
  const files = ledgersOf(room);
  const last = files.length > known ? files.at(-1) : undefined;
  return last === undefined ? 0 : readFileSync(join(runsOf(room), last), 'utf8').split('\n').length - 1;
}

/** Resolves once a run that began now has so many lines in its ledger; false when it ended before. */
export async function reached(
  room: Room,
  running: Running,
  lines: number,
  known: number = ledgerFiles(room),
): Promise<boolean> {
  let over = false;
  void running.ended.then(() => (over = true));
  while (!over) {
    if (newestLines(room, known) >= lines) return true;
    // A batch is open for a millisecond; what waits for the beginning leaves the processor to the run.
    await (lines > 1 && newestLines(room, known) > 0 ? new Promise((done) => setImmediate(done)) : sleep(2));
  }
  return false;
}

export function ledgerFiles(room: Room): number {
  return ledgersOf(room).length;
}

export function ledgers(room: Room): RunSummary[] {
  return ledgersOf(room)
    .map((f) => summarise(readLedger(readFileSync(join(runsOf(room), f), 'utf8'), f)))
    .filter((r) => r !== undefined);
}

export const committedRows = (runs: readonly RunSummary[]): number => runs.reduce((n, r) => n + r.rows, 0);

/** Rows of batches whose end no ledger says. */
export const openRows = (runs: readonly RunSummary[]): number =>
  runs.flatMap((r) => r.batches).reduce((n, b) => n + (b.outcome === 'open' ? b.rows : 0), 0);

/** What must not be left in ledgers once everything was settled. */
export function loose(runs: readonly RunSummary[]): string[] {
  return [
    ...runs.filter((r) => r.state === 'unfinished').map((r) => `run ${r.run} has no end`),
    ...runs.flatMap((r) =>
      r.batches
        .filter((b) => b.outcome === 'open' || b.outcome === 'unknown')
        .map((b) => `batch ${b.batch} of run ${r.run} is ${b.outcome}`),
    ),
  ];
}

export function forget(room: Room): void {
  rmSync(stateOf(room), { recursive: true, force: true });
}

/** How an end reads in a sentence. */
export function said(e: Ended): string {
  return `exit ${e.exit ?? e.signal}: ${(reportOf(e) ?? (e.stderr.trim() || e.stdout.trim())).slice(0, 700).replaceAll(/\s+/g, ' ')}`;
}

/** What a report on stdout says went wrong; undefined where there is none. */
function reportOf(e: Ended): string | undefined {
  try {
    const r = JSON.parse(e.stdout) as Record<string, unknown>;
    const actions = (r['actions'] as { state?: string }[] | undefined)?.filter((a) => a.state !== 'done');
    const verified = (r['verified'] as { ok?: boolean }[] | undefined)?.filter((v) => v.ok !== true);
    const { state, why, warnings, left, clean } = r;
    return JSON.stringify({ state, why, warnings, left, clean, verified, actions, stderr: e.stderr });
  } catch {
    return undefined;
  }
}

/** The same numbers from the same seed (mulberry32), so that a round that fails can be looked at again. */
export function random(seed: number): () => number {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
