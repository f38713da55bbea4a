/** What vacuum, compact and apply have in common, for one store: plan, guard, question, run, a look at it afterwards. */
import { createHash } from 'node:crypto';
import {
  type Hash,
  hangingTotal,
  isOfDuplicates,
  judge,
  type MaintenancePlan,
  needsSettling,
  planText,
  planTotals,
  purgeActions,
  type RunReport,
  type RunState,
  refusal,
  run,
  runReport,
  setsAfterwards,
  type Verdict,
  type Verification,
  verifyPurge,
} from '../../maintenance/index.ts';
import {
  type Conditions,
  isStoreError,
  type PurgeAction,
  type Section,
  type Snapshot,
  type Store,
} from '../../store/index.ts';
import type { Options } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import type { Runtime } from '../runtime.ts';
import { verifiedDuplicates } from './after-dedup.ts';
import { ArchiveFile } from './archive-file.ts';
import { type CarriedOut, carryOut } from './carry-out.ts';
import { confirm } from './confirm.ts';
import { noted } from './looked-after.ts';
import type { MaintenanceFlags } from './maintenance-flags.ts';
import { byWholePath } from './named-store.ts';
import { snapshotOfStore } from './open-target.ts';
import { writeOutput } from './output-file.ts';
import type { StoreOutcome } from './over-stores.ts';
import { type Progress, progressOn } from './progress.ts';
import { rebuiltSizes, rememberRebuilt } from './rebuilt-sizes.ts';
import { isReclaimProof, type Reclaim, reclaimActions } from './reclaim.ts';
import { freshLook, removalWish } from './removal-look.ts';
import { allRuns, ledgerFolder, newRunId } from './run-files.ts';
import { isAlive, ownProcess } from './run-process.ts';
import { question, showPlan } from './show-plan.ts';
import { openChoice, type StoreChoice } from './stores.ts';

export type MaintenanceDocument = MaintenancePlan | RunReport;

/** Makes the plan from what is there now. @throws InputError, StoreError (exit 5: drift) */
export type PlanMaker = (
  snapshot: Snapshot,
  store: Store,
  progress: Progress,
) => MaintenancePlan | Promise<MaintenancePlan>;

export const sha256: Hash = (text) => createHash('sha256').update(text).digest('hex');

/** The clock of a run: the runtime's, going on. */
export function clockOf(runtime: Pick<Runtime, 'now'>): () => Date {
  const begun = performance.now();
  return () => new Date(runtime.now.getTime() + performance.now() - begun);
}

/** Everything for one store; prints the plan to stderr, and nothing else. @throws InputError, StoreError */
export async function maintainOne(
  chosen: StoreChoice,
  flags: MaintenanceFlags,
  options: Options,
  runtime: Runtime,
  make: PlanMaker,
): Promise<StoreOutcome<MaintenanceDocument>> {
  const choice = byWholePath(chosen, runtime.cwd);
  const clock = clockOf(runtime);
  const { plan, verdict, snapshot, judged } = await planned(choice, flags, options, runtime, make);
  if (flags.output !== null) writeOutput('--output', flags.output, planText(plan));
  if (flags.dryRun || flags.output !== null) {
    const { refused, dropped, hanging } = verdict;
    const warnings = judged ? verdict.warnings : [...verdict.warnings, NOT_JUDGED];
    const exit = refused.length > 0 ? EXIT.refused : dropped.length > 0 ? EXIT.partial : leftExit(plan);
    const notes =
      flags.output === null ? [] : [`the plan is in ${flags.output}; memctl apply ${flags.output} carries it out`];
    return {
      report: { ...plan, totals: planTotals(verdict.actions), verdict: { refused, dropped, warnings, hanging } },
      exit,
      notes,
    };
  }
  const folder = ledgerFolder(options, runtime);
  const broken = allRuns(folder).runs.filter((r) => needsSettling(r, plan.store));
  if (plan.actions.length === 0 && broken.length === 0)
    return { report: nothingDone(plan, runtime), exit: leftExit(plan) };
  if (verdict.refused.length > 0 || (verdict.actions.length === 0 && plan.actions.length > 0))
    throw refusal(plan.store.address, verdict.refused, verdict.dropped);
  if (plan.actions.length > 0) {
    await showPlan({ ...plan, totals: planTotals(verdict.actions), verdict }, options, runtime, flags.yes);
    await confirm(choice.name, question(verdict.actions, hangingTotal(verdict.hanging)), flags.yes, runtime);
  }
  runtime.signal.throwIfAborted();
  const id = newRunId(clock());
  // What says the same as another row was judged to: such a run can always be taken back.
  const kept = flags.archive ?? (plan.actions.some(isOfDuplicates) ? folder : null);
  const archive = kept === null ? null : new ArchiveFile(kept, id, plan.store);
  const look = (exact: boolean, sections?: readonly Section[]): Promise<Snapshot> =>
    freshLook(choice, options, runtime, clock, { ...flags, exact }, sections);
  let again: Reclaim | undefined;
  const carried = async (): Promise<CarriedOut> => {
    // Without the signal: it ends a run between batches, and must not tear the connection away under one.
    await using store = await openChoice(choice, 'write', { cwd: runtime.cwd, env: runtime.env });
    const engine = run(store, plan, {
      run: id,
      caps: flags.caps,
      archive: archive?.path ?? null,
      signal: runtime.signal,
      now: clock,
      earlier: async () => allRuns(folder).runs,
      process: ownProcess(),
      isAlive,
      reclaim: async (removed) => {
        const measured = await look(flags.exact);
        again = reclaimActions(measured, removed, plan.settings, await rebuiltSizes(measured, runtime));
        return again.actions;
      },
    });
    return await carryOut(engine, { run: id, folder, archive, name: choice.name }, options, runtime);
  };
  const done = await carried();
  return await reported({ choice, plan, before: snapshot, done, again, id, archive }, look, runtime, clock);
}

const NOT_JUDGED = 'what holds the store at the time (locks, free disk, open transactions) is judged when it is run';

interface Planned {
  readonly plan: MaintenancePlan;
  readonly verdict: Verdict;
  readonly snapshot: Snapshot;
  /** False where the store, opened for reading, does not tell what the guard judges by. */
  readonly judged: boolean;
}

async function planned(
  choice: StoreChoice,
  flags: MaintenanceFlags,
  options: Options,
  runtime: Runtime,
  make: PlanMaker,
): Promise<Planned> {
  using progress = progressOn(runtime, options, choice.name);
  await using store = await openChoice(choice, 'read', runtime);
  const { now, cwd, env, signal } = runtime;
  const wish = removalWish(choice, flags);
  const snapshot = await snapshotOfStore(store, choice, wish, { now, cwd, env, signal, onProgress: progress.step });
  const plan = await make(snapshot, store, progress);
  const conditions = plan.actions.length === 0 ? undefined : await store.conditions?.(plan.actions);
  const archive = flags.archive !== null || plan.actions.some(isOfDuplicates);
  const verdict = judge(plan.actions, conditions ?? UNKNOWN, flags.caps, { archive });
  return { plan, verdict, snapshot, judged: plan.actions.length === 0 || conditions !== undefined };
}

/** Nothing known against it: caps alone decide. */
const UNKNOWN: Conditions = {
  readOnly: null,
  pooled: null,
  freeDisk: Number.MAX_SAFE_INTEGER,
  blockers: [],
  invalidIndexes: [],
  versionRules: [],
  visibility: [],
  replicaLagSeconds: null,
};

/** Something that was asked for could not be told. */
const leftExit = (plan: MaintenancePlan): number => (plan.left.some((l) => l.unmeasured) ? EXIT.partial : EXIT.done);

function nothingDone(plan: MaintenancePlan, runtime: Runtime): RunReport {
  const base = {
    run: null,
    events: [],
    reclaimed: null,
    verified: [],
    settled: [],
    warnings: [],
    ledger: null,
    archive: null,
  };
  const { command } = plan.settings;
  return runReport({
    ...base,
    generatedAt: runtime.now,
    command,
    store: plan.store,
    plan,
    state: 'nothing',
    exit: leftExit(plan),
  });
}

interface Finished {
  readonly choice: StoreChoice;
  readonly plan: MaintenancePlan;
  readonly before: Snapshot;
  readonly done: CarriedOut;
  /** What was found to reclaim once rows were gone. */
  readonly again: Reclaim | undefined;
  readonly id: string;
  readonly archive: ArchiveFile | null;
}

/** What was left alone and what needed nothing, with the second look at space in place of the first. */
function outcomes(
  { plan, before, again }: Finished,
  after: Snapshot | undefined,
): Pick<MaintenancePlan, 'left' | 'clean'> {
  if (again === undefined) return { left: plan.left, clean: plan.clean };
  // A namespace that was over its quota may not be any more.
  const purges = after === undefined ? plan.left : purgeActions(after, plan.settings.rules).left;
  const sets = new Set(before.memorySets.map((s) => s.id));
  return {
    left: [...purges.filter((l) => sets.has(l.subject)), ...again.left],
    clean: [...plan.clean.filter((c) => !isReclaimProof(c)), ...again.clean],
  };
}

async function reported(
  f: Finished,
  look: (exact: boolean, sections?: readonly Section[]) => Promise<Snapshot>,
  runtime: Runtime,
  clock: () => Date,
): Promise<StoreOutcome<RunReport>> {
  const { plan, before, done, id, archive } = f;
  const warnings = [...done.warnings];
  let verified: readonly Verification[] = [];
  let reclaimed: number | null = null;
  let after: Snapshot | undefined;
  let forgotten: string | undefined;
  try {
    const started = done.events.find((e) => e.event === 'run-started' && e.run === id);
    const acted = started?.event === 'run-started' ? started.actions : [];
    const purges = acted.filter((a): a is PurgeAction => a.kind === 'purge' && !isOfDuplicates(a));
    // Where nothing was given back, a look would only count again what the run has just read again.
    const known = plan.settings.reclaim ? undefined : setsAfterwards(before, purges, done.events);
    after = known === undefined ? await look(false) : { ...(await look(false, ['profiles'])), memorySets: known };
    verified = [
      ...verifyPurge(before, after, purges, plan.settings.rules, done.events),
      ...(await verifiedDuplicates(f.choice, plan, before, done.events, id, runtime)),
    ];
    if (before.storage.totalBytes !== null && after.storage.totalBytes !== null)
      reclaimed = before.storage.totalBytes - after.storage.totalBytes;
    forgotten = await rememberRebuilt(done.events, id, after, runtime);
  } catch (e) {
    if (!isStoreError(e)) throw e;
    warnings.push(`what is there now could not be verified: ${e.message}`);
  }
  const inputs = {
    run: done.ledger === null ? null : id,
    generatedAt: clock(),
    command: plan.settings.command,
    store: plan.store,
    plan,
    state: done.state,
    events: done.events,
    reclaimed,
    verified,
    ...outcomes(f, after),
    settled: done.settled,
    warnings,
    ledger: done.ledger,
    archive: archive?.path ?? null,
    ...(done.why === null ? {} : { why: done.why }),
  };
  const rows = runReport({ ...inputs, exit: 0 }).rows;
  const unverified = warnings.length > done.warnings.length || (done.state === 'done' && verified.some((v) => !v.ok));
  const exit = exitOf(done.state, rows, done.refused, unverified, leftExit(plan), runtime.interrupted);
  const { left, clean } = inputs;
  const unwritten = noted(done, id, clock, { reclaimed, verified, left, clean, warnings, exit });
  if (unwritten !== undefined) inputs.warnings.push(unwritten);
  return { report: runReport({ ...inputs, exit }), exit, ...(forgotten === undefined ? {} : { notes: [forgotten] }) };
}

/** What a run's end means to the caller of the program. */
export function exitOf(
  state: RunState,
  rows: number,
  refused: boolean,
  unverified: boolean,
  left: number,
  interrupted: number | undefined,
): number {
  if (state === 'stopped') return interrupted ?? EXIT.partial;
  if (state === 'failed' && refused && rows === 0) return EXIT.refused;
  if (state === 'failed' || state === 'partial' || unverified) return EXIT.partial;
  return left;
}

/** JSON, or a screen, of either document. */
export async function renderMaintenance(
  report: MaintenanceDocument,
  view: { readonly format: string; readonly columns: number; readonly color: boolean; readonly verbose: boolean },
): Promise<string> {
  if (view.format === 'json') return `${JSON.stringify(report, null, 2)}\n`;
  const { paint } = await import('../paint.ts');
  const screen = { width: view.columns, paint: paint(view.color), verbose: view.verbose };
  if (report.kind === 'maintenance-plan') {
    const { renderMaintenancePlan } = await import('../../render/maintenance-plan.ts');
    return renderMaintenancePlan(report, screen);
  }
  const { renderRunReport } = await import('../../render/run-report.ts');
  return renderRunReport(report, screen);
}
