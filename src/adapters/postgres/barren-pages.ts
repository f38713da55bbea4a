/** Pages that hold nothing to remove: they are only read, in ranges that grow as long as nothing is found. */
import type { Pace } from '../../store/index.ts';
import { type Appetite, halves, type Portion } from './doomed.ts';
import { IMPATIENCE_MS, stillDoomed } from './purge-batch.ts';
import type { Leaf, PurgeTarget } from './purge-target.ts';
import { type PgSession, refusalCode } from './session.ts';

/** A range is never more than this many times the last one, nor less than a tenth of it. */
const GROWTH = 4;
const SHRINKING = 0.1;
/** Bytes of heap and TOAST that one range may span: what is read behind the first row that is found is read once more. */
const REACH_BYTES = 64 * 2 ** 20;
/** https://www.postgresql.org/docs/17/errcodes-appendix.html */
const LOCK_NOT_AVAILABLE = '55P03';

/** Another connection that reads what rows have been removed from. */
export interface OtherReader {
  /** Of a portion at the end of a table, also what the table has grown by since. */
  passed(portion: Portion): void;
  /** Null where it could not read. */
  firstDoomed(portion: Portion): Promise<number | null>;
}

/**
 * @param session in which row-level security raises an error
 * @returns the first page of the portion with a row that meets the rule, or the page behind the portion
 */
export async function firstDoomed(session: PgSession, target: PurgeTarget, portion: Portion): Promise<number> {
  const { leaf, from = 0, pages } = portion;
  const params = [...portion.params];
  // Not ORDER BY … LIMIT 1: the least one is the least one in whatever order the pages come.
  const [r] = await session.query<{ tid: string | null }>(
    `SELECT pg_catalog.min(t.ctid)::pg_catalog.text AS tid FROM ONLY ${leaf.quoted} t WHERE ${stillDoomed(target, portion, params)}`,
    params,
  );
  const page = /^\((\d+),/.exec(r?.tid ?? '')?.[1];
  return page === undefined ? from + pages : Number(page);
}

/**
 * The same by two connections where there are two, half of the pages each: what the other one reads needs no second reading. Where
 * somebody holds the whole table, it is the first page: what removes rows waits for it, and comes back to what it had to pass over.
 * @param second undefined where there is none, or where somebody else is at work
 * @throws StoreError, for example when row security would hide rows
 */
export async function readOn(
  session: PgSession,
  target: PurgeTarget,
  portion: Portion,
  second: OtherReader | undefined,
): Promise<number> {
  const [mine, theirs] = second === undefined || portion.pages < 2 ? [portion] : halves(portion);
  if (mine === undefined) return portion.from ?? 0;
  const later = theirs === undefined ? undefined : second?.firstDoomed(theirs);
  const limits = `SET LOCAL row_security = off; SET LOCAL lock_timeout = ${IMPATIENCE_MS}; SET LOCAL statement_timeout = 0`;
  const reading = session.transaction(async () => {
    await session.execute(limits);
    return await firstDoomed(session, target, mine);
  });
  const page = await reading.catch((e: unknown) => {
    if (refusalCode(e) === LOCK_NOT_AVAILABLE) return mine.from ?? 0;
    throw e;
  });
  const end = (mine.from ?? 0) + mine.pages;
  if (page > (mine.from ?? 0)) second?.passed({ ...mine, pages: page - (mine.from ?? 0) });
  const further = await later;
  if (page < end || further == null) return page;
  // It read up to where the table ended when it was measured; rows may lie behind that.
  if (further === portion.leaf.pages) second?.passed({ ...portion, from: further, pages: 0 });
  return further;
}

/**
 * Sets how many pages to read next, from the time that the last ones took, which held nothing.
 * @param pages that were read, or that a batch was wanted from
 */
export function reachOn(appetite: Appetite, leaf: Leaf, pages: number, seconds: number, pace: Pace): void {
  const factor = Math.min(GROWTH, Math.max(SHRINKING, pace.batchSeconds / Math.max(seconds, 0.001)));
  const most = Math.max(1, Math.floor(REACH_BYTES / Math.max(1, leaf.bytesPerPage)));
  appetite.reach = Math.max(1, Math.min(most, Math.floor(pages * factor)));
}
