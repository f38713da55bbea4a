/** What a run did, for people and programs: made from its ledger events, the plan, and a look at the store afterwards. */
import { type Action, type ActionKind, isReclaim } from '../store/index.ts';
import { type LedgerEvent, type RunState, type RunSummary, summarise } from './ledger.ts';
import type { MaintenancePlan, PlanStore } from './maintenance-plan.ts';
import type { Left } from './purge-actions.ts';
import { givesToDisk } from './space.ts';

export interface ReportedAction {
  readonly id: string;
  readonly kind: ActionKind;
  /** Memory set or structure. */
  readonly subject: string;
  readonly title: string;
  readonly state: 'done' | 'failed' | 'skipped' | 'stopped' | 'not-started';
  /** Rows the plan expected; null where it is not about rows. */
  readonly planned: number | null;
  /** Rows that went or were superseded (or, in an undo, came back). */
  readonly rows: number;
  /** What hung on them in other tables, and went (or came back) with them. */
  readonly dependents: number;
  readonly bytesBefore: number | null;
  readonly bytesAfter: number | null;
  /** Bytes that came back to the disk (in Redis: memory), never negative; null where nobody can say. */
  readonly givenBack: number | null;
  /** Bytes that became free room inside the store; null where that is not what the action does. */
  readonly reusable: number | null;
  readonly seconds: number | null;
  readonly verified: string | null;
  readonly why: string | null;
}

export interface ReportedEvent {
  readonly at: string;
  readonly action: string;
  readonly state: 'started' | 'committed' | 'done' | 'failed' | 'skipped' | 'stopped';
  readonly rows: number;
  /** Bytes given back; null where nobody can say. */
  readonly bytes: number | null;
}

/** What removed rows free, the actions after them give back. */
function givenBack(
  kind: ActionKind,
  before: number | null,
  after: number | null,
): Pick<ReportedAction, 'givenBack' | 'reusable'> {
  if (before === null || after === null || kind === 'purge' || kind === 'supersede')
    return { givenBack: null, reusable: null };
  const bytes = Math.max(0, before - after);
  return givesToDisk(kind) ? { givenBack: bytes, reusable: null } : { givenBack: null, reusable: bytes };
}

/** What was found afterwards, against what was intended. */
export interface Verification {
  readonly subject: string;
  readonly ok: boolean;
  readonly message: string;
}

export interface SettledRun {
  readonly run: string;
  readonly rows: number;
  readonly message: string;
}

export interface RunReport {
  readonly schemaVersion: 1;
  readonly kind: 'run-report';
  readonly generatedAt: string;
  /** Null when there was nothing to do and so no run. */
  readonly run: string | null;
  readonly command: string;
  readonly store: PlanStore;
  /** Hash of the plan; null for an undo. */
  readonly plan: string | null;
  readonly state: RunState;
  readonly exit: number;
  /** Rows removed, and marked as superseded; in an undo, rows put back. */
  readonly rows: number;
  /** What hung on those rows in other tables, and went or came back with them. */
  readonly dependents: number;
  /** Bytes the store takes less on disk than before; negative when it takes more; null where nobody can say. */
  readonly reclaimed: number | null;
  readonly actions: readonly ReportedAction[];
  readonly events: readonly ReportedEvent[];
  readonly verified: readonly Verification[];
  readonly left: readonly Left[];
  readonly clean: readonly string[];
  /** Runs that had broken off, and were looked up. */
  readonly settled: readonly SettledRun[];
  readonly warnings: readonly string[];
  readonly why: string | null;
  readonly ledger: string | null;
  readonly archive: string | null;
  /** Command that takes the run back; null when none can. */
  readonly undo: string | null;
}

export interface ReportInputs {
  readonly run: string | null;
  readonly generatedAt: Date;
  readonly command: string;
  readonly store: PlanStore;
  readonly plan: MaintenancePlan | null;
  readonly state: RunState;
  readonly exit: number;
  readonly events: readonly LedgerEvent[];
  readonly reclaimed: number | null;
  readonly verified: readonly Verification[];
  readonly left?: readonly Left[];
  readonly clean?: readonly string[];
  readonly settled: readonly SettledRun[];
  readonly warnings: readonly string[];
  readonly why?: string | null;
  readonly ledger: string | null;
  readonly archive: string | null;
}

export function runReport(i: ReportInputs): RunReport {
  const own = i.events.filter((e) => e.run === i.run);
  const summary = summarise(own);
  const rows = summary?.rows ?? 0;
  return {
    schemaVersion: 1,
    kind: 'run-report',
    generatedAt: i.generatedAt.toISOString(),
    run: i.run,
    command: i.command,
    store: i.store,
    plan: i.plan?.hash ?? null,
    state: i.state,
    exit: i.exit,
    rows,
    dependents: summary?.dependents ?? 0,
    reclaimed: i.reclaimed,
    actions: summary === undefined ? [] : summary.actions.map((a) => reported(a, own, summary, i.state)),
    events: own.flatMap(reportedEvent),
    verified: i.verified,
    left: i.left ?? i.plan?.left ?? [],
    clean: i.clean ?? i.plan?.clean ?? [],
    settled: i.settled,
    warnings: i.warnings,
    why: i.why ?? summary?.why ?? null,
    ledger: i.ledger,
    archive: i.archive,
    undo: i.run !== null && rows > 0 && i.archive !== null && i.command !== 'undo' ? `memctl undo ${i.run}` : null,
  };
}

function reported(a: Action, events: readonly LedgerEvent[], s: RunSummary, run: RunState): ReportedAction {
  const end = s.ended.find((e) => e.action === a.id);
  const begun = events.find((e) => e.event === 'action-started' && e.action === a.id);
  const taken = s.byAction.get(a.id);
  const stillborn = run === 'done' ? 'it turned out not to be needed' : 'the run ended before its turn';
  return {
    id: a.id,
    kind: a.kind,
    subject: isReclaim(a) ? a.structure : a.set,
    title: a.title,
    state: end?.state ?? (begun === undefined ? 'not-started' : 'stopped'),
    planned: isReclaim(a) ? null : a.rows,
    rows: taken?.rows ?? 0,
    dependents: taken?.dependents ?? 0,
    bytesBefore: end?.bytesBefore ?? null,
    bytesAfter: end?.bytesAfter ?? null,
    ...givenBack(a.kind, end?.bytesBefore ?? null, end?.bytesAfter ?? null),
    seconds: end === undefined || begun === undefined ? null : (Date.parse(end.at) - Date.parse(begun.at)) / 1000,
    verified: end?.verified ?? null,
    why: end?.why ?? (begun === undefined && end === undefined ? stillborn : null),
  };
}

function reportedEvent(e: LedgerEvent): ReportedEvent[] {
  const { at } = e;
  switch (e.event) {
    case 'action-started':
      return [{ at, action: e.action, state: 'started', rows: 0, bytes: null }];
    case 'committed':
      return [{ at, action: e.action, state: 'committed', rows: e.rows, bytes: null }];
    case 'action-ended': {
      const bytes = e.bytesBefore === null || e.bytesAfter === null ? null : e.bytesBefore - e.bytesAfter;
      return [{ at, action: e.action, state: e.state, rows: e.rows, bytes }];
    }
    default:
      return [];
  }
}
