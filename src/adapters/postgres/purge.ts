/** Rows removed in batches: portions, the transaction of each, what stayed and why. */
import { formatCount } from '../../quantity/index.ts';
import { type PerformContext, type PurgeAction, type StepEvent, StoreError, type Target } from '../../store/index.ts';
import { type Appetite, halves, listed, type Portion, pageRanges, theseRows } from './doomed.ts';
import { adapt, FIRST, mostRows, pause, waitForCopies } from './pace.ts';
import { doomedRows, type Outcome, type Refusal, type Removed, removePortion } from './purge-batch.ts';
import { namespaceSql, type PurgeTarget, purgeTarget } from './purge-target.ts';
import { quoted } from './quoting.ts';
import type { PgReading } from './reading.ts';
import { RefusedRows } from './refused-rows.ts';
import { keyText } from './row-archive.ts';
import { openSession, type PgSession } from './session.ts';
import { systemIdentifier, transactionToken } from './transaction-token.ts';

/** Reading every page pays when the rule dooms this share of the rows, or when there are few pages. */
const DENSE_SHARE = 0.02;
const FEW_PAGES = 5_000;
/** Pages of a large table that are looked at again when every page was already read and nobody held a row. */
const CHECKED_PAGES = 4_000;
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

export function refusePooled(session: PgSession, target: Target): void {
  if (session.pooled === null) return;
  throw new StoreError(
    'pooled-connection',
    `${target}: ${session.pooled}, and a run needs a connection of its own`,
    "give the server's own port (or that of a pool in session mode)",
    5,
  );
}

class Purge {
  readonly #session: PgSession;
  readonly #target: Target;
  readonly #what: PurgeTarget;
  readonly #action: PurgeAction;
  readonly #context: PerformContext;
  readonly #appetite: Appetite = { ...FIRST };
  #rows = 0;
  #batch = 0;
  #system = '';
  #careful = 0;
  /** Some rows may have been passed over. */
  #skipping = false;
  /** The last check looked at random pages only. */
  #sampled = false;
  #looked = 0;
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
    this.#refused = new RefusedRows(what);
    this.#density = action.rows / Math.max(1, this.#pages());
    this.#appetite.density = this.#density;
    if (context.batchRows !== undefined) this.#appetite.rows = context.batchRows;
  }

  async *run(): AsyncGenerator<StepEvent> {
    this.#system = await systemIdentifier(this.#session);
    const bytesBefore = await this.#bytes();
    yield* this.#pass(this.#portions(), false);
    let stays = this.#mayGoOn() ? await this.#remaining() : null;
    if (stays !== null && stays.count > 0) {
      // What others held, moved or brought up to date while we passed: once more, and what is still held is named.
      this.#kept = 0;
      yield* this.#pass(this.#list(), true);
      stays = this.#mayGoOn() ? await this.#remaining() : null;
    }
    const bytesAfter = await this.#bytes();
    if (this.#rows === 0 && this.#mayGoOn() && (stays?.count ?? 0) === 0 && this.#refused.count === 0) {
      yield { state: 'skipped', why: this.#nothing() };
      return;
    }
    yield {
      state: 'finished',
      rows: this.#rows,
      bytesBefore,
      bytesAfter,
      verified: this.#verdict(stays),
      stopped: this.#context.signal.aborted,
    };
  }

  #mayGoOn(): boolean {
    return !this.#context.signal.aborted && this.#rows < this.#context.maxRows;
  }

  #nothing(): string {
    return this.#what.condition === null
      ? 'nothing is over the limit any more'
      : `no row of ${this.#what.place} meets the rule any more`;
  }

  /** Portions one after the other, each in its own transaction. */
  async *#pass(portions: AsyncIterable<Portion>, last: boolean): AsyncGenerator<StepEvent> {
    for await (const portion of portions) {
      if (!this.#mayGoOn()) return;
      yield* this.#take(portion, last);
    }
  }

  async *#take(whole: Portion, last: boolean): AsyncGenerator<StepEvent> {
    const portion = this.#refused.without(whole);
    if (portion.rows === 0) return;
    const begun = performance.now();
    const removed = await this.#remove(portion, last);
    // What is held is met again in the last pass.
    if (typeof removed === 'string') {
      if (removed === 'too-many')
        for (const half of halves(portion)) if (this.#mayGoOn()) yield* this.#take(half, last);
      return;
    }
    if ('by' in removed) {
      yield* this.#divide(portion, removed, last);
      return;
    }
    this.#kept += removed.kept;
    if (removed.rows > 0) yield* this.#commit(removed, begun, portion);
    else this.#hunger(portion, (performance.now() - begun) / 1000, 0);
  }

  /** In halves, down to the rows that are refused; they stay, and the others go. */
  async *#divide(portion: Portion, refusal: Refusal, last: boolean): AsyncGenerator<StepEvent> {
    this.#skipping = true;
    const tids = portion.tids ?? (await doomedRows(this.#session, this.#what, portion));
    if (tids.length <= 1) {
      await this.#refused.add(this.#session, portion, tids, refusal);
      return;
    }
    const middle = Math.ceil(tids.length / 2);
    for (const half of [tids.slice(0, middle), tids.slice(middle)]) {
      if (!this.#mayGoOn()) return;
      yield* this.#take({ ...portion, ...theseRows(portion.leaf, half), divided: true }, last);
    }
  }

  async #remove(portion: Portion, last: boolean): Promise<Outcome> {
    // Doomed rows may lie side by side where few were expected: such a range is halved.
    const bound = this.#context.batchRows ?? Math.ceil(1.1 * mostRows(this.#context.archive));
    const limit = Math.min(this.#context.maxRows - this.#rows, bound);
    const careful = last || this.#what.hanging.length > 0 || this.#careful > 0 || (portion.rows ?? 0) > limit;
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

  /** Yields with the transaction open; commits when the caller comes back. */
  async *#commit(removed: Removed, begun: number, portion: Portion): AsyncGenerator<StepEvent> {
    const { pace, archive, signal } = this.#context;
    const batch = ++this.#batch;
    const token = await transactionToken(this.#session, this.#system);
    const worked = performance.now() - begun;
    yield {
      state: 'prepared',
      batch,
      rows: removed.rows,
      dependents: removed.dependents,
      token,
      ...(archive ? { removed: removed.archive } : {}),
    };
    const before = performance.now();
    await this.#session.execute('COMMIT');
    this.#rows += removed.rows;
    const seconds = (worked + performance.now() - before) / 1000;
    yield { state: 'committed', batch, rows: removed.rows, seconds };
    this.#hunger(portion, seconds, removed.rows);
    yield* this.#breathe(seconds * pace.pauseRatio * 1000, signal);
  }

  #hunger(portion: Portion, seconds: number, rows: number): void {
    if (this.#context.batchRows !== undefined || portion.divided === true) return;
    if (portion.pages > 0) this.#appetite.density = Math.max(this.#density, rows / portion.pages);
    adapt(this.#appetite, seconds, rows, this.#context.pace, this.#context.archive, portion.leaf.bytesPerPage);
  }

  async *#breathe(ms: number, signal: AbortSignal): AsyncGenerator<StepEvent> {
    if (!this.#mayGoOn()) return;
    await pause(ms, signal);
    if (performance.now() - this.#looked < 1_000) return;
    this.#looked = performance.now();
    const progress = { state: 'progress', done: this.#rows, total: this.#action.rows } as const;
    yield { ...progress, message: `${formatCount(this.#rows)} rows removed` };
    for await (const message of waitForCopies(this.#session, this.#target, this.#context.pace, signal))
      yield { ...progress, message };
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
      ? pageRanges(this.#what.leaves, this.#appetite, mostRows(this.#context.archive))
      : this.#list();
  }

  async *#list(): AsyncGenerator<Portion> {
    const { condition, leaves } = this.#what;
    if (condition === null) {
      yield* this.#evictions();
      return;
    }
    for (const leaf of leaves) {
      const wanted = { leaf, condition, order: '', limit: null, versions: false };
      yield* listed(this.#session, wanted, this.#appetite);
    }
  }

  /** In the order in which the store itself evicts; rows changed since they were listed are in use, and stay. */
  async *#evictions(): AsyncGenerator<Portion> {
    const { set, leaves, keys } = this.#what;
    const whole = this.#action.reason === 'over-cap';
    const first = set.set.evictionOrder ?? [];
    if (first.length === 0)
      throw new StoreError(
        'eviction-order',
        `${this.#target}: nothing says in which order rows of ${set.id} go when there are too many`,
        'name evictionOrder in a map (--map FILE)',
        5,
      );
    if (leaves.length > 1)
      throw new StoreError(
        'eviction-partitioned',
        `${this.#target}: ${this.#what.place} is partitioned, and quotas over partitions are not enforced`,
        undefined,
        5,
      );
    const order = [...first.map((c) => `t.${quoted(c)} NULLS FIRST`), ...keys.map((c) => `t.${quoted(c)}`)].join(', ');
    for (const leaf of leaves) {
      for (const { namespace, rows, keep } of this.#action.excess ?? []) {
        const condition = namespaceSql(set, namespace, whole);
        const now = keep === undefined ? null : await this.#count(leaf.quoted, condition);
        const limit = Math.min(rows, now === null ? rows : Math.max(0, now - (keep ?? 0)));
        if (limit > 0) yield* listed(this.#session, { leaf, condition, order, limit, versions: true }, this.#appetite);
      }
    }
  }

  async #count(from: string, condition: string): Promise<number> {
    const [r] = await this.#session.query<{ n: number }>(
      `SELECT pg_catalog.count(*) AS n FROM ONLY ${from} t WHERE ${condition}`,
    );
    return Number(r?.n ?? 0);
  }

  /** Rows that still meet the rule; null where versions decide and not a rule. Without LIMIT, so that workers help. */
  async #remaining(): Promise<{ readonly count: number; readonly names: readonly string[] } | null> {
    const { condition, relation, keys } = this.#what;
    if (condition === null) return null;
    const name = keyText(keys);
    const pages = this.#pages();
    // Each page was read once by the statement that removed its rows, and a full count would cost half as much again:
    // only where rows may have been passed over is every row looked at a second time.
    this.#sampled = this.#ranged() && !this.#skipping && pages > 2 * CHECKED_PAGES;
    const some = this.#sampled ? `TABLESAMPLE SYSTEM (${(100 * CHECKED_PAGES) / pages})` : '';
    const from = `FROM ${relation.quoted} t ${some} WHERE ${condition}`;
    // After many deletes an index is full of entries of dead rows, each a look into the table: reading that is faster.
    const plain = this.#ranged() ? ['indexonlyscan', 'indexscan', 'bitmapscan'] : [];
    const count = await this.#session.transaction(async () => {
      for (const way of plain) await this.#session.execute(`SET LOCAL enable_${way} = off`);
      const [all] = await this.#session.query<{ n: number }>(`SELECT pg_catalog.count(*) AS n ${from}`);
      return Number(all?.n ?? 0);
    });
    if (count === 0) return { count, names: [] };
    const rows = await this.#session.query<{ name: string }>(`SELECT ${name} AS name ${from} LIMIT 3`);
    return { count, names: rows.map((r) => String(r.name).slice(0, 80)) };
  }

  #verdict(stays: { readonly count: number; readonly names: readonly string[] } | null): string | null {
    const { place, condition } = this.#what;
    if (this.#context.signal.aborted) return null;
    if (stays === null) {
      if (this.#refused.count > 0) return `${formatCount(this.#rows)} rows went; ${this.#refused.sentence()}`;
      if (condition === null && this.#rows < this.#action.rows && this.#rows < this.#context.maxRows)
        return `${formatCount(this.#rows)} of ${formatCount(this.#action.rows)} rows went; the others had gone or had been used meanwhile`;
      // Where all that was planned went, a limit that it just met is no news.
      const short = this.#rows >= this.#context.maxRows && this.#rows < this.#action.rows;
      return short ? 'the allowed number of rows is reached' : null;
    }
    if (stays.count === 0 && this.#sampled)
      return `every page of ${place} was read, and no row of about ${formatCount(CHECKED_PAGES)} random ones meets the rule any more`;
    if (stays.count === 0) return `no row of ${place} meets the rule any more`;
    const stayed = `${formatCount(stays.count)} ${stays.count === 1 ? 'row' : 'rows'} of ${place} stayed`;
    if (this.#refused.count >= stays.count) return `${stayed}: ${this.#refused.sentence()}`;
    const before = this.#what.triggers.filter((t) => t.before).map((t) => `${t.name} of ${t.place}`);
    const why =
      this.#kept > 0 && before.length > 0
        ? `kept by a trigger (${before.join(', ')})`
        : 'held locked by other transactions or due since a moment ago';
    const names = `${stays.names.join(', ')}${stays.count > stays.names.length ? ', …' : ''}`;
    return `${stayed}, ${why}: ${names}${this.#refused.count > 0 ? `; ${this.#refused.sentence()}` : ''}`;
  }

  async #bytes(): Promise<number | null> {
    const [r] = await this.#session.query<{ bytes: number }>(
      'SELECT sum(pg_catalog.pg_total_relation_size(o))::bigint AS bytes FROM pg_catalog.unnest($1::oid[]) AS o',
      [this.#what.leaves.map((l) => l.oid)],
    );
    return r?.bytes ?? null;
  }
}
