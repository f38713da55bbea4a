/** A run taken back: the rows of its committed batches, from the archive, put back where their keys are free. */
import { formatCount } from '../quantity/index.ts';
import {
  DEFAULT_PACE,
  isReclaim,
  type Pace,
  type RemovedRow,
  type RunLock,
  type Store,
  StoreError,
} from '../store/index.ts';
import type { ArchivedRow } from './archive.ts';
import { type EarlierOptions, held, settleEarlier } from './earlier-runs.ts';
import type { EngineEvent } from './engine-event.ts';
import { type LedgerEvent, type RunState, type RunSummary, reasonOf, summarise } from './ledger.ts';
import { planStore } from './maintenance-plan.ts';

export interface UndoOptions extends EarlierOptions {
  readonly signal: AbortSignal;
  readonly pace?: Pace;
  readonly batchRows?: number;
  /** The ledger of the run to take back, read again once earlier runs are settled: only then is it whole. */
  readonly undone: () => Promise<readonly LedgerEvent[]>;
  /** The rows that an action's batches kept, in the order in which they were removed. */
  readonly archived: (action: string, batches: ReadonlySet<number>) => AsyncIterable<ArchivedRow>;
}

/**
 * Why a run cannot be taken back; undefined when it can.
 * @param store the store that is open now
 */
export function undoRefusal(run: RunSummary, store: Store, archive: string | null): StoreError | undefined {
  const { started } = run;
  const here = planStore(store.identity);
  if (started.undoes !== null)
    return new StoreError(
      'undo-of-undo',
      `${run.run} is itself an undo; ${run.started.store.name} is changed again by the verb that it took back`,
      undefined,
      5,
    );
  if (started.store.fingerprint !== here.fingerprint)
    return new StoreError(
      'another-store',
      started.store.address === here.address
        ? `${run.run} was a run on ${here.address}, which is another store by now, has another schema, or is read in another way`
        : `${run.run} was a run on ${started.store.address}, and ${here.address} is another store or has another schema by now`,
      'give the --map or --profile that the run was made with',
      5,
    );
  if (run.rows > 0 && archive === null)
    return new StoreError(
      'no-archive',
      `${run.run} removed ${formatCount(run.rows)} rows and kept none of them, so it cannot be taken back`,
      'a run with --archive DIR can',
      5,
    );
  return undefined;
}

/** @throws StoreError (exit 5) when another run holds the lock, or the run cannot be taken back */
export async function* undo(
  store: Store,
  archive: string | null,
  o: UndoOptions,
): AsyncGenerator<EngineEvent, RunState> {
  const { maintenance } = store;
  if (maintenance === undefined)
    throw new StoreError('not-writable', `${store.identity.address}: the store was opened for reading only`);
  const lock = await held(store, o.run);
  try {
    yield* settleEarlier(store, o);
    const undone = summarise(await o.undone());
    if (undone === undefined) throw new StoreError('not-a-ledger', 'the ledger of that run is empty', undefined, 5);
    const refused = undoRefusal(undone, store, archive);
    if (refused !== undefined) throw refused;
    return yield* putBack(store, undone, archive, lock, o);
  } finally {
    await lock.release();
  }
}

type Unstamped = LedgerEvent extends infer E ? (E extends LedgerEvent ? Omit<E, 'at' | 'run'> : never) : never;

async function* putBack(
  store: Store,
  undone: RunSummary,
  archive: string | null,
  lock: RunLock,
  o: UndoOptions,
): AsyncGenerator<EngineEvent, RunState> {
  const signal = AbortSignal.any([o.signal, lock.lost]);
  const entry = (e: Unstamped): EngineEvent => ({
    event: 'ledger',
    entry: { ...e, at: o.now().toISOString(), run: o.run } as LedgerEvent,
  });
  // What was removed last comes back first: rows of one action may hang on rows of a later one.
  const taking = undone.actions.filter((a) => !isReclaim(a)).reverse();
  const actions = taking.filter((a) => undone.batches.some((b) => b.action === a.id && b.outcome === 'committed'));
  const started = { ledgerVersion: 1 as const, command: 'undo', store: planStore(store.identity), plan: null };
  const by = o.process === undefined ? {} : { process: o.process };
  const removed = Object.fromEntries(
    actions.map((a) => [a.id, undone.byAction.get(a.id) ?? { rows: 0, dependents: 0 }]),
  );
  yield entry({ event: 'run-started', ...started, actions, archive, undoes: undone.run, removed, ...by });
  let total = 0;
  let conflicts = 0;
  let there = 0;
  let failed = 0;
  for (const action of actions) {
    if (signal.aborted) break;
    const committed = undone.batches.filter((b) => b.action === action.id && b.outcome === 'committed');
    const batches = new Set(committed.map((b) => b.batch));
    const most = Number.MAX_SAFE_INTEGER;
    const pace = o.pace ?? DEFAULT_PACE;
    const fixed = o.batchRows === undefined ? {} : { batchRows: o.batchRows };
    const context = { signal, maxRows: most, archive: false, pace, ...fixed };
    yield entry({ event: 'action-started', action: action.id });
    let rows = 0;
    const end = { bytesBefore: null, bytesAfter: null };
    try {
      const events = store.maintenance?.restore(rowsOf(o.archived(action.id, batches)), context) ?? [];
      for await (const e of events) {
        if (e.state === 'prepared') {
          if (lock.lost.aborted)
            throw new StoreError('lock-lost', 'the lock was lost; the open batch was not committed', undefined, 5);
          const { batch, rows: n, dependents, token } = e;
          yield entry({ event: 'prepared', action: action.id, batch, rows: n, dependents, token });
        } else if (e.state === 'committed') {
          rows += e.rows;
          total += e.rows;
          yield entry({ event: 'committed', action: action.id, batch: e.batch, rows: e.rows, seconds: e.seconds });
        } else if (e.state === 'conflict') {
          const { row, why, same } = e;
          if (same === true) there++;
          else conflicts++;
          const seen = same === undefined ? {} : { same };
          yield entry({ event: 'conflict', action: action.id, place: row.place, why, ...seen });
        } else if (e.state === 'finished') {
          const state = e.stopped ? 'stopped' : 'done';
          yield entry({
            event: 'action-ended',
            action: action.id,
            state,
            rows: e.rows,
            ...end,
            verified: e.verified,
            why: null,
          });
        } else if (e.state === 'skipped') {
          yield entry({
            event: 'action-ended',
            action: action.id,
            state: 'skipped',
            rows: 0,
            ...end,
            verified: null,
            why: e.why,
          });
        } else yield { event: 'progress', action: action.id, message: e.message, done: e.done, total: e.total };
      }
    } catch (e) {
      const why = reasonOf(e);
      failed++;
      yield entry({
        event: 'action-ended',
        action: action.id,
        state: 'failed',
        rows,
        ...end,
        verified: null,
        why: why ?? `this is a bug: ${String(e)}`,
      });
      if (why === undefined) throw e;
    }
  }
  const state: RunState = lock.lost.aborted
    ? 'failed'
    : o.signal.aborted
      ? 'stopped'
      : failed > 0
        ? total > 0
          ? 'partial'
          : 'failed'
        : total > 0
          ? 'done'
          : 'nothing';
  const said = [
    ...(there === 0 ? [] : [`${formatCount(there)} rows were there already as they were`]),
    ...(conflicts === 0
      ? []
      : [
          `${formatCount(conflicts)} rows were left as they are: their keys are there again, or they were changed since`,
        ]),
  ];
  yield entry({ event: 'run-ended', state, rows: total, why: said.length === 0 ? null : said.join('; ') });
  return state;
}

async function* rowsOf(archived: AsyncIterable<ArchivedRow>): AsyncGenerator<RemovedRow> {
  for await (const { place, values, changed } of archived)
    yield { place, values, ...(changed === undefined ? {} : { changed }) };
}
