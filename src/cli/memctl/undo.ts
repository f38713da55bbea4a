/** `memctl undo`: puts back what a run removed, from its archive. Running it again changes nothing more. */
import { isAbsolute, resolve } from 'node:path';
import { planStore, type RunReport, type RunSummary, runReport, undo, undoRefusal } from '../../maintenance/index.ts';
import { formatCount, InputError } from '../../quantity/index.ts';
import { type Store, StoreError } from '../../store/index.ts';
import type { Action, Options, Outcome } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import type { Runtime } from '../runtime.ts';
import { archivedRows, archivePath } from './archive-file.ts';
import { carryOut } from './carry-out.ts';
import { confirm } from './confirm.ts';
import { clockOf, exitOf, renderMaintenance } from './maintain.ts';
import { byWholePath, namedStore } from './named-store.ts';
import { allRuns, ledgerFolder, newRunId, readRun } from './run-files.ts';
import { openChoice, type StoreChoice } from './stores.ts';

export const action: Action = {
  async execute(args, options, runtime): Promise<Outcome> {
    const [wanted] = args;
    if (wanted === undefined)
      throw new InputError('run-missing', 'RUN: no run was given', 'memctl runs lists them; "last" is the last one');
    const folder = ledgerFolder(options, runtime);
    const { run, summary } = readRun(folder, wanted, true);
    const choice = byWholePath(await namedStore(summary.started.store.address, options, runtime), runtime.cwd);
    const report =
      options['dry-run'] === true
        ? await dryRun(choice, summary, options, runtime)
        : await undone(choice, run, folder, summary, options, runtime);
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

async function dryRun(choice: StoreChoice, run: RunSummary, options: Options, runtime: Runtime): Promise<RunReport> {
  const archive = archiveOf(run, options, runtime);
  await using store = await openChoice(choice, 'read', runtime);
  refuse(run, store, archive);
  const open = run.batches.filter((b) => b.outcome === 'open').length;
  const rows = archive === null ? 0 : await kept(run, archive);
  const unsure = open === 0 ? '' : `, and ${formatCount(open)} batches whose end is not known are looked up first`;
  return document(store, runtime, {
    run: null,
    why: `${formatCount(rows)} rows of run ${run.run} would be put back${along(rows, run.rows)}${unsure}; nothing was changed`,
    archive,
    exit: EXIT.done,
  });
}

/** The archive keeps rows of dependent tables too; the run's own count is of the rows that met its rules. */
const along = (kept: number, removed: number): string =>
  kept > removed && removed > 0 ? `, ${formatCount(kept - removed)} of them gone along with the others` : '';

/** Rows in the archive that went with committed batches. */
async function kept(run: RunSummary, archive: string): Promise<number> {
  let rows = 0;
  for (const action of run.actions) {
    const committed = run.batches.filter((b) => b.action === action.id && b.outcome === 'committed');
    if (committed.length === 0) continue;
    for await (const _ of archivedRows(archive, run.run, action.id, new Set(committed.map((b) => b.batch)))) rows++;
  }
  return rows;
}

async function undone(
  choice: StoreChoice,
  run: string,
  folder: string,
  summary: RunSummary,
  options: Options,
  runtime: Runtime,
): Promise<RunReport> {
  const clock = clockOf(runtime);
  const archive = archiveOf(summary, options, runtime);
  const whole = summary.batches.every((b) => b.outcome !== 'open');
  // A missing archive is said before the store is opened for writing.
  if (whole && summary.rows > 0 && archive !== null && summary.started.undoes === null) await kept(summary, archive);
  await using store = await openChoice(choice, 'write', { cwd: runtime.cwd, env: runtime.env });
  refuse(summary, store, archive);
  if (whole && summary.rows === 0)
    return document(store, runtime, { run: null, why: `run ${run} removed nothing`, archive, exit: EXIT.done });
  const what = `This will put back the ${formatCount(summary.rows)} rows that run ${run} removed.`;
  await confirm(choice.name, what, options['yes'] === true, runtime);
  runtime.signal.throwIfAborted();
  const id = newRunId(clock());
  const back = allRuns(folder).runs.filter((r) => r.started.undoes === run && r.rows > 0);
  const engine = undo(store, archive, {
    run: id,
    signal: runtime.signal,
    now: clock,
    earlier: async () => allRuns(folder).runs,
    undone: async () => readRun(folder, run).events,
    archived: (action, batches) => {
      if (archive === null) throw new StoreError('no-archive', `run ${run} kept no rows`, undefined, 5);
      return archivedRows(archive, run, action, batches);
    },
  });
  const done = await carryOut(engine, { run: id, folder, archive: null, name: choice.name }, options, runtime);
  const met = done.events.filter((e) => e.event === 'conflict');
  // Rows that an earlier undo of the same run put back are where they should be.
  const already = back.reduce((n, r) => n + r.rows, 0);
  const conflicts = met.length <= already ? [] : met;
  const there =
    met.length > 0 && met.length <= already
      ? [`${formatCount(met.length)} rows were there already: ${back.map((r) => r.run).join(', ')} put them back`]
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
    warnings: [...done.warnings, ...there, ...conflictWarnings(conflicts)],
    ledger: done.ledger,
    archive,
    ...(done.why === null ? {} : { why: done.why }),
  };
  const { rows } = runReport({ ...inputs, exit: 0 });
  const exit = exitOf(done.state, rows, done.refused, conflicts.length > 0, EXIT.done, runtime.interrupted);
  return runReport({ ...inputs, exit });
}

/** Conflicts named in a report; the ledger has all of them. */
const NAMED_CONFLICTS = 10;

function conflictWarnings(
  conflicts: readonly { readonly event: string; readonly place?: string; readonly why?: string }[],
): string[] {
  const named = conflicts.slice(0, NAMED_CONFLICTS).map((c) => `left as it is: ${c.place}: ${c.why}`);
  const more = conflicts.length - named.length;
  return more > 0 ? [...named, `and ${formatCount(more)} more, which the ledger names`] : named;
}

function document(
  store: Store,
  runtime: Runtime,
  o: { readonly run: null; readonly why: string; readonly archive: string | null; readonly exit: number },
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
    warnings: [],
    why: o.why,
    ledger: null,
    archive: o.archive,
  });
}
