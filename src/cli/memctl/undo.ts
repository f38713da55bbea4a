/** `memctl undo`: puts back what a run removed or superseded, from its archive. Running it again changes nothing more. */
import { isAbsolute, resolve } from 'node:path';
import {
  type LedgerEvent,
  planStore,
  type RunReport,
  type RunSummary,
  runReport,
  undo,
  undoRefusal,
} from '../../maintenance/index.ts';
import { formatCount, InputError } from '../../quantity/index.ts';
import { type Store, StoreError } from '../../store/index.ts';
import type { Action, Options, Outcome } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import type { Runtime } from '../runtime.ts';
import { type ArchiveFault, archivedRows, archiveFaults, archivePath } from './archive-file.ts';
import { carryOut } from './carry-out.ts';
import { confirm } from './confirm.ts';
import { clockOf, exitOf, renderMaintenance } from './maintain.ts';
import { byWholePath, namedStore } from './named-store.ts';
import { allRuns, ledgerFolder, newRunId, readRun } from './run-files.ts';
import { isAlive, ownProcess } from './run-process.ts';
import { openChoice, type StoreChoice } from './stores.ts';

export const action: Action = {
  async execute(args, options, runtime): Promise<Outcome> {
    const [wanted] = args;
    if (wanted === undefined)
      throw new InputError('run-missing', 'RUN: no run was given', 'memctl runs lists them; "last" is the last one');
    const folder = ledgerFolder(options, runtime);
    const found = readRun(folder, wanted, true);
    const { summary, damage } = found;
    const choice = byWholePath(await namedStore(summary.started.store.address, options, runtime), runtime.cwd);
    const report =
      options['dry-run'] === true
        ? await dryRun(choice, summary, damage, options, runtime)
        : await undone(choice, found, folder, options, runtime);
    return { exit: report.exit, render: (view) => renderMaintenance(report, view) };
  },
};

/** `--archive DIR`, else where the run itself kept its rows; null when it kept none. */
function archiveOf(run: RunSummary, options: Options, runtime: Runtime): string | null {
  const given = options['archive'];
  if (given !== undefined) return archivePath(resolve(runtime.cwd, String(given)), run.run);
  const own = run.started.archive;
  return own === null || isAbsolute(own) ? own : resolve(runtime.cwd, own);
}

function refuse(run: RunSummary, store: Store, archive: string | null): void {
  const refused = undoRefusal(run, store, archive);
  if (refused !== undefined) throw refused;
}

async function dryRun(
  choice: StoreChoice,
  run: RunSummary,
  damage: readonly string[],
  options: Options,
  runtime: Runtime,
): Promise<RunReport> {
  const archive = archiveOf(run, options, runtime);
  await using store = await openChoice(choice, 'read', runtime);
  refuse(run, store, archive);
  const open = run.batches.filter((b) => b.outcome === 'open').length;
  const faults = archive === null ? [] : await archiveFaults(archive, run);
  const rows = archive === null ? 0 : await kept(run, archive, faults);
  const warnings = [...damage, ...faultWarnings(run, faults)];
  const unsure = open === 0 ? '' : `, and ${formatCount(open)} batches whose end is not known are looked up first`;
  return document(store, runtime, {
    run: null,
    why: `${split(rows, run)} would be put back${unsure}; nothing was changed`,
    archive,
    exit: warnings.length > 0 ? EXIT.partial : EXIT.done,
    warnings,
  });
}

/** Each batch that stays where it is, and the sum. */
function faultWarnings(run: RunSummary, faults: readonly ArchiveFault[]): string[] {
  if (faults.length === 0) return [];
  const named = faults.slice(0, NAMED_CONFLICTS).map((f) => `not put back: batch ${f.batch} of ${f.action}: ${f.why}`);
  const rows = faults.reduce((n, f) => n + (batchOf(run, f)?.rows ?? 0), 0);
  return [
    `the archive is damaged: ${formatCount(rows)} of the ${formatCount(run.rows)} rows that run ${run.run} took are not put back`,
    ...named,
    ...(faults.length > named.length ? [`and ${formatCount(faults.length - named.length)} more batches`] : []),
  ];
}

const batchOf = (run: RunSummary, f: ArchiveFault): RunSummary['batches'][number] | undefined =>
  run.batches.find((b) => b.action === f.action && b.batch === f.batch);

/** The archive keeps rows of dependent tables too; the run's own count is of the rows that met its rules. */
const split = (kept: number, { run, rows }: RunSummary): string =>
  kept > rows && rows > 0
    ? `${formatCount(rows)} rows of run ${run} and ${formatCount(kept - rows)} that hung on them`
    : `${formatCount(kept)} rows of run ${run}`;

/** Rows in the archive that went with committed batches and are as they were. */
async function kept(run: RunSummary, archive: string, faults: readonly ArchiveFault[]): Promise<number> {
  let rows = 0;
  for (const action of run.actions) {
    const committed = run.batches.filter(
      (b) =>
        b.action === action.id &&
        b.outcome === 'committed' &&
        !faults.some((f) => f.action === b.action && f.batch === b.batch),
    );
    if (committed.length === 0) continue;
    for await (const _ of archivedRows(archive, run.run, action.id, new Set(committed.map((b) => b.batch)))) rows++;
  }
  return rows;
}

async function undone(
  choice: StoreChoice,
  { run, summary, damage }: ReturnType<typeof readRun>,
  folder: string,
  options: Options,
  runtime: Runtime,
): Promise<RunReport> {
  const clock = clockOf(runtime);
  const archive = archiveOf(summary, options, runtime);
  const whole = summary.batches.every((b) => b.outcome !== 'open');
  // A missing archive is said before the store is opened for writing.
  if (whole && summary.rows > 0 && archive !== null && summary.started.undoes === null)
    await archiveFaults(archive, summary);
  await using store = await openChoice(choice, 'write', { cwd: runtime.cwd, env: runtime.env });
  refuse(summary, store, archive);
  if (whole && summary.rows === 0)
    return document(store, runtime, {
      run: null,
      why:
        damage.length === 0
          ? `run ${run} removed nothing`
          : `the ledger of run ${run} is damaged: nothing was put back`,
      archive,
      exit: damage.length === 0 ? EXIT.done : EXIT.partial,
      warnings: damage,
    });
  const hung = summary.dependents > 0 ? ` and ${formatCount(summary.dependents)} that hung on them` : '';
  const what = `This will put back the ${formatCount(summary.rows)} rows${hung} that run ${run} took.`;
  await confirm(choice.name, what, options['yes'] === true, runtime);
  runtime.signal.throwIfAborted();
  const id = newRunId(clock());
  let faults: readonly ArchiveFault[] = [];
  let taken = summary;
  const engine = undo(store, archive, {
    run: id,
    signal: runtime.signal,
    now: clock,
    earlier: async () => allRuns(folder).runs,
    process: ownProcess(),
    isAlive,
    // Once earlier runs are settled, the ledger says of every batch how it ended: only then can the archive be held against it.
    undone: async () => {
      const settled = readRun(folder, run);
      taken = settled.summary;
      if (archive !== null && taken.rows > 0) faults = await archiveFaults(archive, taken);
      return settled.events;
    },
    archived: (action, batches) => {
      if (archive === null) throw new StoreError('no-archive', `run ${run} kept no rows`, undefined, 5);
      const broken = new Set(faults.flatMap((f) => (f.action === action ? [f.batch] : [])));
      return archivedRows(archive, run, action, new Set([...batches].filter((b) => !broken.has(b))));
    },
  });
  const done = await carryOut(engine, { run: id, folder, archive: null, name: choice.name }, options, runtime);
  // What is there as it was is where it should be, whoever put it there.
  const met = done.events.filter((e): e is Conflict => e.event === 'conflict' && e.same !== true);
  const unsure = met.filter((e) => e.same === undefined);
  // Read once earlier runs are settled: only then does each say what it put back.
  const known = allRuns(folder).runs.filter((r) => r.run !== id);
  const back = known.filter((r) => r.started.undoes === run && r.rows > 0);
  const hidden = unsure.length > 0 && putBackBefore(unsure.length, back, known);
  const conflicts = hidden ? met.filter((e) => !unsure.includes(e)) : met;
  const there = hidden
    ? [`${formatCount(unsure.length)} rows were there already: ${back.map((r) => r.run).join(', ')} put them back`]
    : [];
  const inputs = {
    run: done.ledger === null ? null : id,
    generatedAt: clock(),
    command: 'undo',
    store: planStore(store.identity),
    plan: null,
    state: done.state,
    events: done.events,
    reclaimed: null,
    verified: [],
    settled: done.settled,
    warnings: [...done.warnings, ...damage, ...faultWarnings(taken, faults), ...there, ...conflictWarnings(conflicts)],
    ledger: done.ledger,
    archive,
    ...(done.why === null ? {} : { why: done.why }),
  };
  const { rows } = runReport({ ...inputs, exit: 0 });
  const short = conflicts.length > 0 || damage.length > 0 || faults.length > 0;
  const exit = exitOf(done.state, rows, done.refused, short, EXIT.done, runtime.interrupted);
  return runReport({ ...inputs, exit });
}

/**
 * Where the store did not compare: whether the rows that are there are those that earlier undos of the same run put back, and so
 * where they should be. Not where one of them met more than those before it had put back, nor where rows were removed since: what is
 * there then may be the application's own.
 */
function putBackBefore(met: number, back: readonly RunSummary[], known: readonly RunSummary[]): boolean {
  const [first] = back;
  if (first === undefined) return false;
  let there = 0;
  for (const r of back) {
    if (r.conflicts > there) return false;
    there += r.rows + r.dependents;
  }
  const { fingerprint, address } = first.started.store;
  const since = known.filter(
    (r) =>
      r.started.undoes === null &&
      r.started.at > first.started.at &&
      (r.started.store.fingerprint === fingerprint || r.started.store.address === address),
  );
  return since.every((r) => r.rows === 0) && met <= there;
}

type Conflict = LedgerEvent & { readonly event: 'conflict' };

/** Conflicts named in a report; the ledger has all of them. */
const NAMED_CONFLICTS = 10;

function conflictWarnings(conflicts: readonly Conflict[]): string[] {
  const named = conflicts.slice(0, NAMED_CONFLICTS).map((c) => `left as it is: ${c.place}: ${c.why}`);
  const more = conflicts.length - named.length;
  return more > 0 ? [...named, `and ${formatCount(more)} more, which the ledger names`] : named;
}

function document(
  store: Store,
  runtime: Runtime,
  o: {
    readonly run: null;
    readonly why: string;
    readonly archive: string | null;
    readonly exit: number;
    readonly warnings: readonly string[];
  },
): RunReport {
  return runReport({
    run: o.run,
    generatedAt: runtime.now,
    command: 'undo',
    store: planStore(store.identity),
    plan: null,
    state: 'nothing',
    exit: o.exit,
    events: [],
    reclaimed: null,
    verified: [],
    settled: [],
    warnings: o.warnings,
    why: o.why,
    ledger: null,
    archive: o.archive,
  });
}
