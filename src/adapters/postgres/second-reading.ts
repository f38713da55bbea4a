/**
 * A table read a second time while rows are removed from it: each range of pages over another connection, once its batch is
 * committed, while the next one is worked on. It costs the run no time where nobody else needs the other core; it stands for a look
 * at the whole table afterwards only where nobody wrote to the table meanwhile, because a row that is changed moves to another page.
 */
import type { Target } from '../../store/index.ts';
import { isStoreError } from '../../store/index.ts';
import { firstDoomed, type OtherReader } from './barren-pages.ts';
import type { Portion } from './doomed.ts';
import type { Leaf, PurgeTarget } from './purge-target.ts';
import { openSession, type PgSession } from './session.ts';

interface Pages {
  readonly leaf: Leaf;
  readonly from: number;
  to: number;
}

/** Behind every page (a block number has 32 bits, and the last one is none). */
const END = 4_294_967_295;

export class SecondReading implements OtherReader {
  readonly #session: PgSession;
  readonly #what: PurgeTarget;
  readonly #writes: number;
  readonly #queue: Pages[] = [];
  #reading: Promise<void> | undefined;
  #failure: unknown;
  #found = 0;

  private constructor(session: PgSession, what: PurgeTarget, writes: number) {
    this.#session = session;
    this.#what = what;
    this.#writes = writes;
  }

  /** @returns undefined where the server gives no further connection, or does not count what is written */
  static async begin(target: Target, what: PurgeTarget): Promise<SecondReading | undefined> {
    let session: PgSession | undefined;
    try {
      session = await openSession(target, { mode: 'write', purpose: 'second reading' });
      await session.execute(
        'SET row_security = off; SET statement_timeout = 0; SET default_transaction_read_only = on',
      );
      const writes = await written(session, what);
      if (writes !== null) return new SecondReading(session, what, writes);
    } catch (e) {
      if (!isStoreError(e)) throw e;
    }
    await session?.close();
    return undefined;
  }

  /** Pages of which every row that met the rule has been removed and committed. */
  passed({ leaf, from, pages }: Portion): void {
    if (from === undefined) return;
    const to = from + pages;
    const last = this.#queue.at(-1);
    if (last !== undefined && last.leaf === leaf && last.to === from) last.to = to;
    else this.#queue.push({ leaf, from, to });
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
    });
  }

  /**
   * Reads pages that were not passed yet, to find where rows have to go.
   * @returns the first page with one, or the page behind them; null where they could not be read
   */
  async firstDoomed(portion: Portion): Promise<number | null> {
    try {
      return await firstDoomed(this.#session, this.#what, portion);
    } catch (e) {
      this.#failure ??= e;
      return null;
    }
  }

  async #read(): Promise<void> {
    const { inPlace, condition } = this.#what;
    try {
      for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
        const { leaf, from, to } = next;
        const [r] = await this.#session.query<{ n: number }>(
          `SELECT pg_catalog.count(*) AS n FROM ONLY ${leaf.quoted} t
           WHERE t.ctid >= $1::tid AND t.ctid < $2::tid AND (${inPlace ?? condition})`,
          [`(${from},0)`, `(${to >= leaf.pages ? END : to},0)`],
        );
        this.#found += Number(r?.n ?? 0);
      }
    } catch (e) {
      this.#failure = e;
    }
  }

  /**
   * Waits until everything that was passed is read.
   * @returns rows that still meet the rule; null where somebody wrote to the table meanwhile, or it could not be read
   */
  async found(): Promise<number | null> {
    while (this.#reading !== undefined) await this.#reading;
    if (this.#failure !== undefined) {
      if (!isStoreError(this.#failure)) throw this.#failure;
      return null;
    }
    return (await written(this.#session, this.#what)) === this.#writes ? this.#found : null;
  }

  async close(): Promise<void> {
    this.#queue.length = 0;
    await this.#session.close();
    await this.#reading;
  }
}

/** Rows ever inserted into the table or changed in it, as the server counts them; null where it does not. */
async function written(session: PgSession, { leaves }: PurgeTarget): Promise<number | null> {
  const [r] = await session.query<{ counts: string; n: number }>(
    `SELECT pg_catalog.current_setting('track_counts') AS counts, (SELECT coalesce(sum(s.n_tup_ins + s.n_tup_upd), 0)::bigint
       FROM pg_catalog.pg_stat_all_tables s WHERE s.relid = ANY ($1::oid[])) AS n`,
    [leaves.map((l) => l.oid)],
  );
  return r?.counts === 'on' ? Number(r.n) : null;
}
