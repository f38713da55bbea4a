/** Duplicates marked as superseded, in batches, in the way the store's own software marks such rows. */
import { formatCount } from '../../quantity/index.ts';
import type { Duplicate, PerformContext, StepEvent, SupersedeAction, Target } from '../../store/index.ts';
import { chainDepth } from './chain-depth.ts';
import { CommittedBatches } from './committed-batches.ts';
import type { Appetite } from './doomed.ts';
import { portionSize } from './duplicate-portions.ts';
import { markBatch, pointedAt, type Unmarked } from './mark-batch.ts';
import { adapt, FIRST, mostRows } from './pace.ts';
import { refusePooled } from './pooler.ts';
import type { PgReading } from './reading.ts';
import { RefusedRows } from './refused-rows.ts';
import { openSession, type PgSession } from './session.ts';
import { type SupersedeTarget, supersedeTarget } from './supersede-target.ts';

/** @throws StoreError; what was committed before is in the events */
export async function* supersede(
  target: Target,
  reading: PgReading,
  action: SupersedeAction,
  context: PerformContext,
): AsyncGenerator<StepEvent> {
  const session = await openSession(target, { mode: 'write', purpose: 'dedup', statementTimeoutMs: null });
  try {
    refusePooled(session, target);
    const what = await supersedeTarget(session, target, reading, action);
    yield* new Supersede(session, target, what, action, context).run();
  } finally {
    await session.close();
  }
}

class Supersede {
  readonly #session: PgSession;
  readonly #target: Target;
  readonly #what: SupersedeTarget;
  readonly #context: PerformContext;
  readonly #batches: CommittedBatches;
  readonly #refused: RefusedRows;
  readonly #appetite: Appetite = { ...FIRST };
  readonly #planned: number;
  #pointedAt: (id: string) => boolean = () => true;
  /** Steps of the longest chain that ended in a row of the list when the run began. */
  #chained = 0;

  constructor(
    session: PgSession,
    target: Target,
    what: SupersedeTarget,
    action: SupersedeAction,
    context: PerformContext,
  ) {
    this.#session = session;
    this.#target = target;
    this.#what = what;
    this.#context = context;
    this.#batches = new CommittedBatches(session, target, context, action.rows, 'marked');
    this.#refused = new RefusedRows(what);
    this.#planned = action.duplicates.length;
    if (context.batchRows !== undefined) this.#appetite.rows = context.batchRows;
  }

  async *run(): AsyncGenerator<StepEvent> {
    const { rows, key } = this.#what;
    await this.#batches.look();
    // A key of several columns is no id that others could be compared with beforehand: each batch then looks.
    if (key.plain) {
      const named = await pointedAt(this.#session, this.#what, (id) => rows.goes(id));
      this.#pointedAt = (id) => named.has(id);
      if (named.size > 0) this.#chained = (await chainDepth(this.#session, this.#what.set, [...named])) ?? 0;
    }
    for (const { some, last } of rows.portions(() => portionSize(this.#appetite))) {
      if (!this.#batches.mayGoOn) break;
      yield* this.#take(some.slice(0, this.#context.maxRows - this.#batches.rows), last, false);
    }
    const stopped = this.#context.signal.aborted;
    if (this.#batches.rows === 0 && !stopped && this.#refused.count === 0) {
      yield { state: 'skipped', why: `no row was marked: ${rows.leftSentence() ?? 'the list is empty'}` };
      return;
    }
    const nothing = { bytesBefore: null, bytesAfter: null };
    yield { state: 'finished', rows: this.#batches.rows, ...nothing, verified: this.#verdict(), stopped };
  }

  async *#take(some: readonly Duplicate[], last: boolean, divided: boolean): AsyncGenerator<StepEvent> {
    if (some.length === 0) return;
    const begun = performance.now();
    const { archive, batchRows } = this.#context;
    const o = { archive, patient: last && !divided, pointedAt: this.#pointedAt };
    const done = await markBatch(this.#session, this.#target, this.#what, some, o);
    if (done === 'locked') {
      this.#what.rows.hold(some);
      if (last && some.length > 1) yield* this.#halves(some, last);
    } else if ('why' in done) yield* this.#divide(some, done, last);
    else if (done.rows > 0) {
      const seconds = yield* this.#batches.commit(done, begun);
      if (batchRows === undefined && !divided) this.#hunger(seconds, done.rows);
      yield* this.#batches.breathe(seconds);
    }
  }

  #hunger(seconds: number, rows: number): void {
    const { archive } = this.#context;
    adapt(this.#appetite, seconds, rows, this.#batches.pace, mostRows(archive), 1);
  }

  /** In halves, down to the rows that do not take it; they stay as they are, and the others are marked. */
  async *#divide(some: readonly Duplicate[], unmarked: Unmarked, last: boolean): AsyncGenerator<StepEvent> {
    if (some.length === 1) {
      this.#what.rows.refuse(some);
      this.#refused.name(
        some.map((d) => d.key),
        unmarked.why,
        unmarked.error,
      );
      return;
    }
    yield* this.#halves(some, last);
  }

  async *#halves(some: readonly Duplicate[], last: boolean): AsyncGenerator<StepEvent> {
    const middle = Math.ceil(some.length / 2);
    for (const half of [some.slice(0, middle), some.slice(middle)]) {
      if (!this.#batches.mayGoOn) return;
      yield* this.#take(half, last, true);
    }
  }

  #verdict(): string | null {
    if (this.#context.signal.aborted) return null;
    const rows = this.#batches.rows;
    const parts = [
      `${formatCount(rows)} of ${formatCount(this.#planned)} rows were marked, each read back; the row that stays was there for each`,
    ];
    if (this.#chained > 0 && rows > 0)
      parts.push(
        `rows that pointed at them point at the rows that stay: chains of up to ${this.#chained + 1} steps are one shorter`,
      );
    const left = this.#what.rows.leftSentence();
    if (left !== null) parts.push(left);
    if (this.#refused.count > 0) parts.push(this.#refused.sentence());
    if (rows >= this.#context.maxRows && rows < this.#planned) parts.push('the allowed number of rows is reached');
    return parts.join('; ');
  }
}
