/** Rows removed in batches: portions, the transaction of each, what stayed and why. */
import { formatCount } from '../../quantity/index.ts';
import type { Duplicate, PerformContext, PurgeAction, StepEvent, Target } from '../../store/index.ts';
import { reachOn, readOn } from './barren-pages.ts';
import { CommittedBatches } from './committed-batches.ts';
import { type Appetite, halves, listed, type Portion, pageRanges, theseRows } from './doomed.ts';
import { duplicatePortions, listPortion } from './duplicate-portions.ts';
import { evictions } from './evictions.ts';
import { adapt, FIRST, mostPages, mostRows, mostRowsOfPages } from './pace.ts';
import { refusePooled } from './pooler.ts';
import { doomedRows, type Outcome, type Refusal, type Removed, removePortion } from './purge-batch.ts';
import { bytesOf, type PurgeTarget, purgeTarget } from './purge-target.ts';
import { listVerdict, verdictOf } from './purge-verdict.ts';
import type { PgReading } from './reading.ts';
import { RefusedRows, whyRefused } from './refused-rows.ts';
import { CHECKED_PAGES, type Remaining, remainingRows } from './remaining-rows.ts';
import { SecondReading } from './second-reading.ts';
import { openSession, type PgSession } from './session.ts';

/** Reading every page pays when the rule dooms this share of the rows, or when there are few pages. */
const DENSE_SHARE = 0.02;
const FEW_PAGES = 5_000;
/** tid range scans came with PostgreSQL 14. */
const RANGES_SINCE = 140_000;
/** Portions that are locked row by row after a plain DELETE met somebody's lock. */
const CAREFUL_PORTIONS = 8;

/** @throws StoreError; what was committed before is in the events */
export async function* purge(
  target: Target,
  reading: PgReading,
  action: PurgeAction,
  context: PerformContext,
): AsyncGenerator<StepEvent> {
  const session = await openSession(target, { mode: 'write', purpose: 'purge' });
  try {
    refusePooled(session, target);
    yield* new Purge(session, target, await purgeTarget(session, target, reading, action), action, context).run();
  } finally {
    await session.close();
  }
}

class Purge {
  readonly #session: PgSession;
  readonly #target: Target;
  readonly #what: PurgeTarget;
  readonly #action: PurgeAction;
  readonly #context: PerformContext;
  readonly #appetite: Appetite = { ...FIRST };
  readonly #batches: CommittedBatches;
  #careful = 0;
  /** Some rows may have been passed over. */
  #skipping = false;
  #second: SecondReading | undefined;
  /** The last pass came to the end of what there was. */
  #through = false;
  readonly #refused: RefusedRows;
  /** Doomed rows in a page, by the plan. */
  readonly #density: number;
  /** Rows that triggers kept, as the last pass met them. */
  #kept = 0;

  constructor(session: PgSession, target: Target, what: PurgeTarget, action: PurgeAction, context: PerformContext) {
    this.#session = session;
    this.#target = target;
    this.#what = what;
    this.#action = action;
    this.#context = context;
    this.#batches = new CommittedBatches(session, target, context, action.rows, 'removed');
    this.#refused = new RefusedRows(what);
    this.#density = action.rows / Math.max(1, this.#pages());
    this.#appetite.density = this.#density;
    if (context.batchRows !== undefined) this.#appetite.rows = context.batchRows;
  }

  async *run(): AsyncGenerator<StepEvent> {
    const bytesBefore = await bytesOf(this.#session, this.#what.leaves);
    await this.#batches.look();
    if (this.#batches.alone && this.#ranged() && this.#what.hanging.length === 0 && this.#pages() > 2 * CHECKED_PAGES)
      this.#second = await SecondReading.begin(this.#target, this.#what);
    try {
      yield* this.#walk(bytesBefore);
    } finally {
      await this.#second?.close();
    }
  }

  async *#walk(bytesBefore: number | null): AsyncGenerator<StepEvent> {
    yield* this.#pass(this.#portions(), false);
    let stays = await this.#judged();
    if (stays !== null && stays.count > 0) {
      // What others held, moved or brought up to date while we passed: once more, and what is still held is named.
      this.#kept = 0;
      yield* this.#pass(this.#list(), true);
      stays = await this.#judged();
    }
    const bytesAfter = await bytesOf(this.#session, this.#what.leaves);
    if (this.#batches.rows === 0 && this.#batches.mayGoOn && (stays?.count ?? 0) === 0 && this.#refused.count === 0) {
      yield { state: 'skipped', why: this.#nothing() };
      return;
    }
    yield {
      state: 'finished',
      rows: this.#batches.rows,
      bytesBefore,
      bytesAfter,
      verified: this.#verdict(stays),
      stopped: this.#context.signal.aborted,
      ...(stays !== null && stays.count === 0 && stays.read === 'second-reading' ? { readAgain: true } : {}),
    };
  }

  #nothing(): string {
    const left = this.#what.duplicates?.leftSentence();
    if (left != null) return `no row went: ${left}`;
    return this.#what.condition === null
      ? 'nothing is over the limit any more'
      : `no row of ${this.#what.place} meets the rule any more`;
  }

  /** Portions one after the other, each in its own transaction. */
  async *#pass(portions: AsyncIterable<Portion>, last: boolean): AsyncGenerator<StepEvent> {
    this.#through = false;
    for await (const portion of portions) {
      if (!this.#batches.mayGoOn) return;
      if (portion.readTo !== undefined) {
        yield* this.#readOn(portion, portion.readTo);
        continue;
      }
      yield* this.#take(portion, last);
      if (this.#batches.undisturbed) this.#second?.passed(portion);
    }
    this.#through = true;
  }

  /** Pages behind some that held nothing: read up to the first that holds something. */
  async *#readOn(portion: Portion, readTo: (page: number) => void): AsyncGenerator<StepEvent> {
    const { leaf, from = 0, pages } = portion;
    const begun = performance.now();
    const second = this.#batches.undisturbed ? this.#second : undefined;
    const page = await readOn(this.#session, this.#what, portion, second);
    const seconds = (performance.now() - begun) / 1000;
    readTo(page);
    if (page < from + pages) this.#appetite.reach = 0;
    else reachOn(this.#appetite, leaf, pages, seconds, this.#batches.pace);
    yield* this.#batches.breathe(seconds);
  }

  /** What still meets the rule; null where nobody may say, or where a limit and not the rule ended the run. */
  async #judged(): Promise<Remaining | null> {
    const { mayGoOn } = this.#batches;
    if (!mayGoOn && (this.#context.signal.aborted || !this.#through)) return null;
    const stays = await this.#remaining();
    return mayGoOn || stays?.count === 0 ? stays : null;
  }

  async *#take(whole: Portion, last: boolean): AsyncGenerator<StepEvent> {
    const portion = this.#refused.without(whole);
    if (portion.rows === 0) return;
    const begun = performance.now();
    const removed = await this.#remove(portion, last);
    // What is held is met again in the last pass.
    if (typeof removed === 'string') {
      if (removed === 'locked') this.#what.duplicates?.hold(portion.duplicates ?? []);
      if (removed === 'too-many')
        for (const half of halves(portion)) if (this.#batches.mayGoOn) yield* this.#take(half, last);
      return;
    }
    if ('by' in removed) {
      yield* this.#divide(portion, removed, last);
      return;
    }
    this.#kept += removed.kept;
    if (removed.rows > 0) {
      yield* this.#commit(removed, begun, portion);
      return;
    }
    const seconds = (performance.now() - begun) / 1000;
    this.#hunger(portion, seconds, 0);
    yield* this.#batches.breathe(seconds);
  }

  /** In halves, down to the rows that are refused; they stay, and the others go. */
  async *#divide(portion: Portion, refusal: Refusal, last: boolean): AsyncGenerator<StepEvent> {
    this.#skipping = true;
    if (portion.duplicates !== undefined) {
      yield* this.#divideList(portion, portion.duplicates, refusal, last);
      return;
    }
    const tids = portion.tids ?? (await doomedRows(this.#session, this.#what, portion));
    if (tids.length <= 1) {
      await this.#refused.add(this.#session, portion, tids, refusal);
      return;
    }
    const middle = Math.ceil(tids.length / 2);
    for (const half of [tids.slice(0, middle), tids.slice(middle)]) {
      if (!this.#batches.mayGoOn) return;
      yield* this.#take({ ...portion, ...theseRows(portion.leaf, half), divided: true }, last);
    }
  }

  async *#divideList(
    portion: Portion,
    list: readonly Duplicate[],
    refusal: Refusal,
    last: boolean,
  ): AsyncGenerator<StepEvent> {
    if (list.length <= 1) {
      this.#what.duplicates?.refuse(list);
      this.#refused.name(
        list.map((d) => d.key),
        whyRefused(refusal.by, this.#what.triggers),
        refusal.error,
      );
      return;
    }
    const middle = Math.ceil(list.length / 2);
    for (const half of [list.slice(0, middle), list.slice(middle)]) {
      if (!this.#batches.mayGoOn) return;
      yield* this.#take({ ...listPortion(portion.leaf, half), divided: true }, last);
    }
  }

  async #remove(portion: Portion, last: boolean): Promise<Outcome> {
    // Doomed rows may lie side by side where few were expected: such a range is halved.
    const bound = this.#context.batchRows ?? Math.ceil(1.1 * mostRowsOfPages(this.#context.archive));
    const limit = Math.min(this.#context.maxRows - this.#batches.rows, bound);
    const careful =
      last ||
      portion.duplicates !== undefined ||
      this.#what.hanging.length > 0 ||
      this.#careful > 0 ||
      (portion.rows ?? 0) > limit;
    if (this.#careful > 0) this.#careful--;
    if (careful) this.#skipping = true;
    const options = { archive: this.#context.archive, limit, careful };
    let removed = await removePortion(this.#session, this.#what, portion, options);
    if (removed === 'too-many' && limit === bound && portion.pages > 1) return removed;
    if (!careful && (removed === 'locked' || removed === 'too-many')) {
      this.#skipping = true;
      if (removed === 'locked') this.#careful = CAREFUL_PORTIONS;
      removed = await removePortion(this.#session, this.#what, portion, { ...options, careful: true });
    }
    return removed;
  }

  async *#commit(removed: Removed, begun: number, portion: Portion): AsyncGenerator<StepEvent> {
    const seconds = yield* this.#batches.commit(removed, begun);
    this.#hunger(portion, seconds, removed.rows);
    yield* this.#batches.breathe(seconds);
  }

  #hunger(portion: Portion, seconds: number, rows: number): void {
    if (this.#context.batchRows !== undefined || portion.divided === true) return;
    if (portion.pages > 0) this.#appetite.density = Math.max(this.#density, rows / portion.pages);
    if (rows > 0) this.#appetite.reach = 0;
    else if (portion.pages > 0) reachOn(this.#appetite, portion.leaf, portion.pages, seconds, this.#batches.pace);
    const { archive } = this.#context;
    const pages = mostPages(portion.leaf, archive, mostRowsOfPages(archive), rows);
    adapt(this.#appetite, seconds, rows, this.#batches.pace, mostRows(archive), pages);
  }

  #pages(): number {
    return this.#what.leaves.reduce((n, l) => n + l.pages, 0);
  }

  /** Whether every page is read, rather than a list made first. */
  #ranged(): boolean {
    const pages = this.#pages();
    const dense = pages <= FEW_PAGES || this.#action.rows >= DENSE_SHARE * this.#action.of;
    return (
      dense &&
      this.#what.condition !== null &&
      this.#action.reason !== 'orphans' &&
      this.#context.batchRows === undefined &&
      this.#session.serverVersion >= RANGES_SINCE
    );
  }

  #portions(): AsyncIterable<Portion> {
    return this.#ranged()
      ? pageRanges(this.#what.leaves, this.#appetite, mostRowsOfPages(this.#context.archive))
      : this.#list();
  }

  async *#list(): AsyncGenerator<Portion> {
    const { condition, leaves } = this.#what;
    if (this.#what.duplicates !== null) {
      yield* duplicatePortions(this.#session, this.#what, this.#what.duplicates, this.#appetite);
      return;
    }
    if (condition === null) {
      yield* evictions(this.#session, this.#target, this.#what, this.#action, this.#appetite);
      return;
    }
    for (const leaf of leaves) {
      const wanted = { leaf, condition, order: '', limit: null, versions: false };
      yield* listed(this.#session, wanted, this.#appetite);
    }
  }

  /** Rows that still meet the rule; null where versions decide and not a rule. */
  async #remaining(): Promise<Remaining | null> {
    const { condition } = this.#what;
    if (condition === null) return null;
    const once = this.#ranged() && !this.#skipping;
    let found: number | null = null;
    if (once && this.#second !== undefined) {
      await this.#batches.look();
      if (this.#batches.undisturbed) found = await this.#second.found();
      if (found === 0) return { count: 0, names: [], read: 'second-reading' };
    }
    const pages = this.#pages();
    // Each page was read once by the statement that removed its rows, and a full count would cost half as much again:
    // only where rows may have been passed over is every row looked at a second time.
    const sampled = once && found === null && pages > 2 * CHECKED_PAGES;
    return await remainingRows(this.#session, this.#what, condition, sampled ? pages : null, this.#ranged());
  }

  #verdict(stays: Remaining | null): string | null {
    const { condition } = this.#what;
    if (this.#context.signal.aborted) return null;
    const rows = this.#batches.rows;
    // Where all that was planned went, a limit that it just met is no news.
    const capped = rows >= this.#context.maxRows && rows < this.#action.rows;
    if (this.#what.duplicates !== null)
      return listVerdict(this.#what.duplicates, this.#what, this.#kept, this.#refused, rows, capped);
    if (stays === null) {
      if (this.#refused.count > 0) return `${formatCount(rows)} rows went; ${this.#refused.sentence()}`;
      if (condition === null && rows < this.#action.rows && rows < this.#context.maxRows)
        return `${formatCount(rows)} of ${formatCount(this.#action.rows)} rows went; the others had gone or had been used meanwhile`;
      return capped ? 'the allowed number of rows is reached' : null;
    }
    return verdictOf(stays, this.#what, this.#kept, this.#refused);
  }
}
