/**
 * The ledger: what a run intends, does and ends with, one event a line, on disk before the store commits. Read again, it says
 * what happened, whatever broke off in between.
 */
import { formatCount, InputError } from '../quantity/index.ts';
import { type Action, isStoreError } from '../store/index.ts';
import type { PlanStore } from './maintenance-plan.ts';
import type { Left } from './purge-actions.ts';

export const LEDGER_VERSION = 1;

export type RunState = 'done' | 'nothing' | 'partial' | 'stopped' | 'failed';
export type ActionState = 'done' | 'failed' | 'skipped' | 'stopped';

interface EventBase {
  /** ISO time. */
  readonly at: string;
  /** The run whose ledger it stands in. */
  readonly run: string;
}

export interface RunStarted extends EventBase {
  readonly event: 'run-started';
  readonly ledgerVersion: typeof LEDGER_VERSION;
  readonly command: string;
  readonly store: PlanStore;
  /** Hash of the plan; null for an undo. */
  readonly plan: string | null;
  readonly actions: readonly Action[];
  /** File the removed rows are kept in; null when they are not kept. */
  readonly archive: string | null;
  /** The run that this one takes back. */
  readonly undoes: string | null;
  /** Absent where nobody said. */
  readonly process?: RunProcess;
  /** Undo: what the run itself counted as removed, by action. */
  readonly removed?: Readonly<Record<string, TakenWith>>;
}

/** The process that a run is. */
export interface RunProcess {
  readonly host: string;
  readonly pid: number;
  /** When it began, in the system's own words: numbers of processes are given again. */
  readonly begun?: string;
}

/** What was found of the store once the run was over: written by who looked, so that the report can be given again. */
export interface LookedAfter {
  /** Bytes the store takes less on disk than before; null where nobody can say. */
  readonly reclaimed: number | null;
  readonly verified: readonly { readonly subject: string; readonly ok: boolean; readonly message: string }[];
  readonly left: readonly Left[];
  readonly clean: readonly string[];
  readonly warnings: readonly string[];
  readonly exit: number;
}

/** The lines that a batch left in the archive: how many, and the SHA-256 of their text, newlines included. */
export interface ArchivedBatch {
  readonly rows: number;
  readonly sha256: string;
}

export type LedgerEvent =
  | RunStarted
  /** Actions found once the purge was done and the store measured again. */
  | (EventBase & { readonly event: 'planned'; readonly actions: readonly Action[] })
  | (EventBase & { readonly event: 'action-started'; readonly action: string })
  /** On disk before the store commits the batch. */
  | (EventBase & {
      readonly event: 'prepared';
      readonly action: string;
      readonly batch: number;
      readonly rows: number;
      readonly dependents: number;
      readonly token: string;
      /** What the archive holds of it; absent where nothing is kept. */
      readonly archived?: ArchivedBatch;
    })
  | (EventBase & {
      readonly event: 'committed';
      readonly action: string;
      readonly batch: number;
      readonly rows: number;
      readonly seconds: number;
    })
  /** A batch whose end was not written was looked up in the store, by another run. */
  | (EventBase & {
      readonly event: 'settled';
      readonly action: string;
      readonly batch: number;
      readonly rows: number;
      readonly outcome: 'committed' | 'rolled-back' | 'unknown';
      readonly by: string;
    })
  /** Undo: a row that was not put back; `same`: it is there already, as it was (absent where the store did not compare). */
  | (EventBase & {
      readonly event: 'conflict';
      readonly action: string;
      readonly place: string;
      readonly why: string;
      readonly same?: boolean;
    })
  | (EventBase & {
      readonly event: 'action-ended';
      readonly action: string;
      readonly state: ActionState;
      readonly rows: number;
      readonly bytesBefore: number | null;
      readonly bytesAfter: number | null;
      readonly verified: string | null;
      readonly why: string | null;
      /** All of it was read again over another connection; absent otherwise. */
      readonly readAgain?: true;
    })
  | (EventBase & {
      readonly event: 'run-ended';
      readonly state: RunState;
      /** Rows removed (or put back) that are known to be committed. */
      readonly rows: number;
      readonly why: string | null;
    })
  /** After the end; absent where nobody could look. */
  | (EventBase & LookedAfter & { readonly event: 'looked' });

/** Reads a ledger's text. A last line that was torn by a crash is left out; any other that is no event is an error. */
export function readLedger(text: string, where: string): LedgerEvent[] {
  const lines = text.split('\n');
  const last = lines.pop() ?? '';
  const events: LedgerEvent[] = [];
  for (const [i, line] of lines.entries()) {
    const event = eventOf(line);
    // A crash in mid-write and a run that went on behind it leave a torn line in the middle, and it was never acted on.
    if (event !== undefined) events.push(event);
    else if (i === 0) throw new InputError('not-a-ledger', `${where}: its first line is no event of a run`);
  }
  const torn = last === '' ? undefined : eventOf(last);
  return torn === undefined ? events : [...events, torn];
}

/**
 * What a ledger has lost, in sentences; empty when it is whole. A line torn by a crash is no loss: it was never acted on, and what
 * follows it is what another run looked up.
 */
export function ledgerDamage(text: string, where: string): string[] {
  const lines = text.split('\n');
  lines.pop();
  const found: string[] = [];
  const prepared = new Set<string>();
  let committed = 0;
  for (const [i, line] of lines.entries()) {
    const e = eventOf(line);
    const next = eventOf(lines[i + 1] ?? '');
    const torn = i === lines.length - 1 || next?.event === 'settled' || next?.event === 'run-ended';
    if (e === undefined) {
      if (!torn) found.push(`${where}: line ${i + 1} cannot be read`);
    } else if (e.event === 'prepared') prepared.add(`${e.action} ${e.batch}`);
    else if (e.event === 'committed' || e.event === 'settled') {
      if (!prepared.has(`${e.action} ${e.batch}`))
        found.push(
          `${where}: batch ${e.batch} of ${e.action} ended, and the line that announced it is lost: its ${formatCount(e.rows)} rows are not put back`,
        );
      if (e.event === 'committed' || e.outcome === 'committed') committed += e.rows;
    } else if (e.event === 'run-ended' && e.rows > committed)
      found.push(
        `${where}: it speaks of ${formatCount(e.rows)} rows at its end, and its batches of ${formatCount(committed)}`,
      );
  }
  return found;
}

function eventOf(line: string): LedgerEvent | undefined {
  try {
    const e = JSON.parse(line) as Partial<LedgerEvent> | null;
    return typeof e === 'object' && e !== null && typeof e.event === 'string' && typeof e.run === 'string'
      ? (e as LedgerEvent)
      : undefined;
  } catch {
    return undefined;
  }
}

/** One batch as far as its ledger knows. */
export interface BatchState {
  readonly action: string;
  readonly batch: number;
  readonly rows: number;
  /** What hung on those rows and went with them. */
  readonly dependents: number;
  readonly token: string;
  readonly archived?: ArchivedBatch;
  readonly outcome: 'committed' | 'rolled-back' | 'unknown' | 'open';
}

export interface RunSummary {
  readonly run: string;
  readonly started: RunStarted;
  /** All actions: of the plan, and those found on the way. */
  readonly actions: readonly Action[];
  readonly batches: readonly BatchState[];
  /** `unfinished`: no end was written; it is running, or it died. */
  readonly state: RunState | 'unfinished';
  readonly why: string | null;
  readonly endedAt: string | null;
  /** Rows in committed batches; in an undo, those of them that the run had counted. */
  readonly rows: number;
  /** What hung on them and went, or came back, with them. */
  readonly dependents: number;
  readonly byAction: ReadonlyMap<string, TakenWith>;
  readonly looked: LookedAfter | undefined;
  readonly ended: readonly (LedgerEvent & { event: 'action-ended' })[];
  /** Rows that an undo did not put back, without those that were there as they were. */
  readonly conflicts: number;
}

export interface TakenWith {
  readonly rows: number;
  readonly dependents: number;
}

/**
 * Committed rows by action. What an undo put back beyond the rows that the run had counted hung on those; where not all of it
 * came back, nobody knows which.
 */
function countedByAction(batches: readonly BatchState[], undone: RunStarted['removed']): Map<string, TakenWith> {
  const found = new Map<string, TakenWith>();
  for (const b of batches) {
    if (b.outcome !== 'committed') continue;
    const { rows, dependents } = found.get(b.action) ?? { rows: 0, dependents: 0 };
    found.set(b.action, { rows: rows + b.rows, dependents: dependents + b.dependents });
  }
  for (const [action, counted] of Object.entries(undone ?? {})) {
    const { rows, dependents } = found.get(action) ?? { rows: 0, dependents: 0 };
    const along = rows - counted.rows;
    // Redis counts what hangs on an entry by itself; the others count every row that comes back.
    if (along > 0 && (dependents > 0 || along === counted.dependents))
      found.set(action, { rows: counted.rows, dependents: dependents + along });
  }
  return found;
}

/** @returns undefined when the ledger does not even say what run it is of */
export function summarise(events: readonly LedgerEvent[]): RunSummary | undefined {
  const started = events.find((e): e is RunStarted => e.event === 'run-started');
  if (started === undefined) return undefined;
  const batches = new Map<string, BatchState>();
  const actions: Action[] = [...started.actions];
  let end: (LedgerEvent & { event: 'run-ended' }) | undefined;
  for (const e of events) {
    if (e.event === 'planned') actions.push(...e.actions.filter((a) => !actions.some((b) => b.id === a.id)));
    if (e.event === 'run-ended') end = e;
    if (e.event === 'prepared') {
      const { action, batch, rows, dependents, token, archived } = e;
      const kept = archived === undefined ? {} : { archived };
      batches.set(`${action} ${batch}`, { action, batch, rows, dependents, token, ...kept, outcome: 'open' });
    }
    if (e.event !== 'committed' && e.event !== 'settled') continue;
    const open = batches.get(`${e.action} ${e.batch}`);
    const outcome = e.event === 'committed' ? ('committed' as const) : e.outcome;
    if (open !== undefined) batches.set(`${e.action} ${e.batch}`, { ...open, rows: e.rows, outcome });
  }
  const all = [...batches.values()];
  const conflicts = events.filter((e) => e.event === 'conflict');
  const byAction = countedByAction(all, conflicts.length === 0 ? started.removed : undefined);
  const sum = (of: keyof TakenWith): number => [...byAction.values()].reduce((n, t) => n + t[of], 0);
  return {
    run: started.run,
    started,
    actions,
    batches: all,
    state: end?.state ?? 'unfinished',
    why: end?.why ?? null,
    endedAt: end?.at ?? null,
    rows: sum('rows'),
    dependents: sum('dependents'),
    byAction,
    looked: events.find((e): e is LedgerEvent & { event: 'looked' } => e.event === 'looked'),
    ended: events.filter((e): e is LedgerEvent & { event: 'action-ended' } => e.event === 'action-ended'),
    conflicts: conflicts.filter((e) => e.same !== true).length,
  };
}

/** True for a run whose batches have to be settled before anything else is done to the store. */
export function needsSettling(run: RunSummary, store: PlanStore): boolean {
  const { fingerprint, address } = run.started.store;
  if (fingerprint !== store.fingerprint && address !== store.address) return false;
  return run.state === 'unfinished' || run.batches.some((b) => b.outcome === 'open');
}

/** As a ledger keeps it: how many rows it is about, and not which. */
export function withoutRows(actions: readonly Action[]): Action[] {
  return actions.map((a) => {
    if (a.kind === 'supersede') return { ...a, duplicates: [] };
    if (a.kind !== 'purge' || a.duplicates === undefined) return a;
    const { duplicates: _, ...rest } = a;
    return rest;
  });
}

/** A failure of the store as one sentence; undefined for a bug of ours. */
export function reasonOf(e: unknown): string | undefined {
  if (isStoreError(e)) return e.hint === undefined ? e.message : `${e.message} (${e.hint})`;
  const shape = e as { kind?: unknown; message?: unknown };
  return e instanceof Error && shape.kind === 'input-error' ? String(shape.message) : undefined;
}
