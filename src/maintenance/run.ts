/**
 * The engine of every verb that changes a store: an async generator of ledger events around what the adapter does. The caller
 * writes each event (and the removed rows that come with a `prepared`) to disk before it asks for the next; only then does the
 * store commit. A caller that cannot write stops asking, and the open batch is rolled back.
 */
import { formatCount } from '../quantity/index.ts';
import {
  type Action,
  DEFAULT_PACE,
  isReclaim,
  type Pace,
  type RemovedRow,
  type RunLock,
  type Settled,
  type Store,
  StoreError,
} from '../store/index.ts';
import { type EarlierOptions, held, settleEarlier } from './earlier-runs.ts';
import type { EngineEvent } from './engine-event.ts';
import { type Caps, judge, refusal } from './guard.ts';
import { type ActionState, type LedgerEvent, type RunState, reasonOf, withoutRows } from './ledger.ts';
import { type MaintenancePlan, ordered, planStore } from './maintenance-plan.ts';
import { CAP_REACHED, RowBudget } from './row-budget.ts';

export interface RunOptions extends EarlierOptions {
  readonly caps: Caps;
  /** Where removed rows are kept; null when they are not. */
  readonly archive: string | null;
  readonly signal: AbortSignal;
  readonly pace?: Pace;
  /** Rows of a batch, fixed: for tests. */
  readonly batchRows?: number;
  /** Measures the store again after rows were removed: what there is to reclaim now. */
  readonly reclaim?: (removed: ReadonlyMap<string, number>) => Promise<readonly Action[]>;
}

/** @throws StoreError (exit 5) when the guard refuses or another run holds the lock; nothing was changed then */
export async function* run(store: Store, plan: MaintenancePlan, o: RunOptions): AsyncGenerator<EngineEvent, RunState> {
  const { maintenance } = store;
  if (maintenance === undefined)
    throw new StoreError('not-writable', `${store.identity.address}: the store was opened for reading only`);
  const lock = await held(store, o.run);
  try {
    yield* settleEarlier(store, o);
    const engine = new Engine(store, plan, o, lock);
    return yield* engine.walk();
  } finally {
    await lock.release();
  }
}

/** What one action has done so far: rows committed, and the batch whose end is not known yet. */
interface Tally {
  rows: number;
  open:
    | { readonly batch: number; readonly rows: number; readonly dependents: number; readonly token: string }
    | undefined;
}

class Engine {
  private readonly failedAt = new Set<string>();
  private readonly removed = new Map<string, number>();
  private readonly budget: RowBudget;
  private readonly signal: AbortSignal;
  private readonly states: ActionState[] = [];
  private readonly store: Store;
  private readonly plan: MaintenancePlan;
  private readonly o: RunOptions;
  private readonly lock: RunLock;
  private rows = 0;
  /** True where the adapter told what hangs on the rows: what it counts as dependents then counts under the caps. */
  private dependentsCount = false;
  private refusedSome = false;

  constructor(store: Store, plan: MaintenancePlan, o: RunOptions, lock: RunLock) {
    this.store = store;
    this.plan = plan;
    this.o = o;
    this.lock = lock;
    this.budget = new RowBudget(o.caps);
    this.signal = AbortSignal.any([o.signal, lock.lost]);
  }

  async *walk(): AsyncGenerator<EngineEvent, RunState> {
    const { plan, o } = this;
    const allowed = yield* this.guarded(plan.actions);
    const { command } = plan.settings;
    const by = o.process === undefined ? {} : { process: o.process };
    const started = { ledgerVersion: 1 as const, command, store: planStore(this.store.identity), plan: plan.hash };
    const actions = withoutRows(allowed);
    yield this.entry({ event: 'run-started', ...started, actions, archive: o.archive, undoes: null, ...by });
    // Rows are marked before any go: what is left of a run that breaks off in between has lost nothing.
    yield* this.all(allowed.filter((a) => a.kind === 'supersede'));
    yield* this.all(allowed.filter((a) => a.kind === 'purge'));
    let rest: readonly Action[] = allowed.filter(isReclaim);
    if (this.rows > 0 && plan.settings.reclaim && o.reclaim !== undefined && !this.signal.aborted) {
      const again = yield* this.measuredAgain();
      if (again !== undefined) rest = again;
    }
    yield* this.all(rest);
    const state = this.state();
    const why = this.lock.lost.aborted
      ? 'the lock was lost: another run may be at work'
      : state === 'stopped'
        ? 'it was asked to stop'
        : null;
    yield this.entry({ event: 'run-ended', state, rows: this.rows, why });
    return state;
  }

  /** What the store looks like once the rows are gone decides what is reclaimed; where it cannot be read, the plan does. */
  private async *measuredAgain(): AsyncGenerator<EngineEvent, readonly Action[] | undefined> {
    try {
      yield { event: 'progress', action: '', message: 'measuring the store again', done: 0, total: null };
      const found = ordered((await this.o.reclaim?.(this.removed)) ?? []);
      const allowed = yield* this.guarded(found);
      if (allowed.length > 0) yield this.entry({ event: 'planned', actions: allowed });
      return allowed;
    } catch (e) {
      const why = reasonOf(e);
      if (why === undefined) throw e;
      this.states.push('failed');
      yield { event: 'warning', message: `the store could not be measured again: ${why}` };
      return undefined;
    }
  }

  /** @throws StoreError (exit 5) */
  private async *guarded(actions: readonly Action[]): AsyncGenerator<EngineEvent, readonly Action[]> {
    if (actions.length === 0) return [];
    const conditions = await this.store.maintenance?.conditions(actions);
    if (conditions === undefined) return [];
    this.dependentsCount ||= conditions.hanging !== undefined;
    const verdict = judge(actions, conditions, this.o.caps, { archive: this.o.archive !== null });
    const nothing = verdict.actions.length === 0 && verdict.dropped.length > 0 && this.states.length === 0;
    if (verdict.refused.length > 0 || nothing)
      throw refusal(this.store.identity.address, verdict.refused, verdict.dropped);
    for (const d of verdict.dropped) {
      this.refusedSome = true;
      yield { event: 'warning', message: `left out: ${d.action}: ${d.why}` };
    }
    return verdict.actions;
  }

  private async *all(actions: readonly Action[]): AsyncGenerator<EngineEvent> {
    for (const action of actions) {
      if (this.signal.aborted) {
        this.states.push('stopped');
        return;
      }
      if (isReclaim(action) && this.failedAt.has(action.structure)) {
        const why = 'an earlier action on the same structure failed';
        yield* this.ended(action, 'skipped', 0, null, null, null, why);
        this.states[this.states.length - 1] = 'failed';
        continue;
      }
      yield* this.one(action);
    }
  }

  private async *one(action: Action): AsyncGenerator<EngineEvent> {
    const maxRows = this.budget.allowed(action);
    if (!isReclaim(action) && maxRows === 0) {
      yield* this.ended(action, 'skipped', 0, null, null, null, CAP_REACHED);
      return;
    }
    yield this.entry({ event: 'action-started', action: action.id });
    const tally: Tally = { rows: 0, open: undefined };
    try {
      yield* this.performed(action, maxRows, tally);
    } catch (e) {
      const why = reasonOf(e);
      yield* this.settleOpen(action, tally);
      if (isReclaim(action)) this.failedAt.add(action.structure);
      const said = why ?? `this is a bug: ${String(e)}`;
      yield* this.ended(action, 'failed', tally.rows, null, null, null, said);
      if (why !== undefined) return;
      yield this.entry({ event: 'run-ended', state: 'failed', rows: this.rows, why: 'a bug in this program' });
      throw e;
    }
  }

  /** A batch that was on its way when the store failed may be committed all the same: it is asked, where it still answers. */
  private async *settleOpen(action: Action, tally: Tally): AsyncGenerator<EngineEvent> {
    const { open } = tally;
    if (open === undefined) return;
    let became: Settled;
    try {
      became = (await this.store.maintenance?.settle(action, open.token)) ?? 'unknown';
    } catch {
      return; // The next run finds the batch open in the ledger, and asks again.
    }
    if (became === 'unknown') return;
    const outcome = typeof became === 'number' ? 'committed' : became;
    const { batch } = open;
    const rows = typeof became === 'number' ? became : open.rows;
    if (outcome === 'committed') this.took(action, tally, rows);
    yield this.entry({ event: 'settled', action: action.id, batch, rows, outcome, by: this.o.run });
  }

  private took(action: Action, tally: Tally, rows: number): void {
    tally.rows += rows;
    const dependents = this.dependentsCount ? (tally.open?.dependents ?? 0) : 0;
    tally.open = undefined;
    if (isReclaim(action)) return;
    this.rows += rows;
    this.budget.took(action, rows, dependents);
    if (action.kind === 'purge') this.removed.set(action.set, (this.removed.get(action.set) ?? 0) + rows);
  }

  private async *performed(action: Action, maxRows: number, tally: Tally): AsyncGenerator<EngineEvent> {
    const { o } = this;
    const context = {
      signal: this.signal,
      maxRows,
      archive: o.archive !== null,
      pace: o.pace ?? DEFAULT_PACE,
      ...(o.batchRows === undefined ? {} : { batchRows: o.batchRows }),
    };
    const events = this.store.maintenance?.perform(action, context) ?? [];
    let prepared = 0;
    for await (const e of events) {
      switch (e.state) {
        case 'prepared': {
          const { batch, rows, dependents, token, removed } = e;
          // Without the lock the batch may be another run's as well: leaving now rolls it back.
          if (this.lock.lost.aborted) throw lockLost(this.store);
          prepared += rows;
          if (!isReclaim(action) && prepared > maxRows)
            throw new StoreError(
              'cap',
              `${action.id}: the next batch would go beyond the cap; it was not committed`,
              undefined,
              5,
            );
          const along = this.dependentsCount ? dependents : 0;
          if (!isReclaim(action) && rows + along > this.budget.left)
            throw new StoreError(
              'cap',
              `${action.id}: the next batch and the ${formatCount(along)} rows that hang on it would go beyond --max-delete; it was not committed`,
              undefined,
              5,
            );
          const entry = { event: 'prepared' as const, action: action.id, batch, rows, dependents, token };
          tally.open = { batch, rows, dependents, token };
          yield this.entry(entry, removed);
          if (this.lock.lost.aborted) throw lockLost(this.store);
          break;
        }
        case 'committed':
          this.took(action, tally, e.rows);
          yield this.entry({ event: 'committed', action: action.id, batch: e.batch, rows: e.rows, seconds: e.seconds });
          break;
        case 'progress':
          yield { event: 'progress', action: action.id, message: e.message, done: e.done, total: e.total };
          break;
        case 'finished': {
          const state = e.stopped ? 'stopped' : 'done';
          const capped = !isReclaim(action) && e.rows >= maxRows && maxRows < action.rows;
          yield* this.ended(
            action,
            state,
            e.rows,
            e.bytesBefore,
            e.bytesAfter,
            e.verified,
            capped ? CAP_REACHED : null,
            e.readAgain,
          );
          return;
        }
        case 'skipped':
          yield* this.ended(action, 'skipped', 0, null, null, null, e.why);
          return;
      }
    }
    throw new StoreError('no-end', `${action.id}: the store ended without saying so`);
  }

  private async *ended(
    action: Action,
    state: ActionState,
    rows: number,
    bytesBefore: number | null,
    bytesAfter: number | null,
    verified: string | null,
    why: string | null,
    readAgain?: true,
  ): AsyncGenerator<EngineEvent> {
    this.states.push(state);
    const again = readAgain === true ? { readAgain } : {};
    const end = { action: action.id, state, rows, bytesBefore, bytesAfter, verified, why, ...again };
    yield this.entry({ event: 'action-ended', ...end });
  }

  private state(): RunState {
    if (this.lock.lost.aborted) return 'failed';
    if (this.states.includes('stopped') || this.o.signal.aborted) return 'stopped';
    if (this.states.includes('failed') || this.refusedSome)
      return this.states.includes('done') || this.rows > 0 ? 'partial' : 'failed';
    return this.states.includes('done') ? 'done' : 'nothing';
  }

  private entry(e: Unstamped, removed?: readonly RemovedRow[]): EngineEvent {
    const entry = { ...e, at: this.o.now().toISOString(), run: this.o.run } as LedgerEvent;
    return { event: 'ledger', entry, ...(removed === undefined ? {} : { removed }) };
  }
}

type Unstamped = LedgerEvent extends infer E ? (E extends LedgerEvent ? Omit<E, 'at' | 'run'> : never) : never;

function lockLost(store: Store): StoreError {
  return new StoreError(
    'lock-lost',
    `${store.identity.address}: the lock was lost; the open batch was not committed`,
    undefined,
    5,
  );
}
