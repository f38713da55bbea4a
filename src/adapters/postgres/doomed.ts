/**
 * Which rows to try next, in portions. Two ways, both without a snapshot that is held and without meeting a removed row
 * twice: page ranges of the heap, for a rule that dooms much of a table (each page is read once), and a list of ctids that
 * the server keeps for this session (a WITH HOLD cursor), for a rule that an index serves or that orders the rows.
 */
import type { Duplicate } from '../../store/index.ts';
import type { Leaf } from './purge-target.ts';
import type { PgSession } from './session.ts';

/** Rows to try: `where` over alias `t`, with its parameters from $1 on. */
export interface Portion {
  readonly leaf: Leaf;
  readonly where: string;
  readonly params: readonly unknown[];
  /** Rows of it at most; null for a page range. */
  readonly rows: number | null;
  /** Share of the whole that is done with it; for progress. */
  readonly pages: number;
  /** First page of a range. */
  readonly from?: number;
  /** Their places, where they were listed. */
  readonly tids?: readonly string[];
  /** Part of a portion that was refused as a whole: its time tells nothing of the next one's. */
  readonly divided?: boolean;
  /**
   * Pages that are only read, because the last ones held nothing to remove; called with the first page that holds something, or
   * with the one behind the last.
   */
  readonly readTo?: (page: number) => void;
  /** Row versions must still be these: xmin values. */
  readonly versions?: readonly string[];
  /** They go as duplicates, by their keys, and only while they and the rows that stay for them are as they were compared. */
  readonly duplicates?: readonly Duplicate[];
}

/** How much to take next: pages or rows. */
export interface Appetite {
  pages: number;
  rows: number;
  /** Doomed rows in a page: those of the last range, or by the plan. */
  density: number;
  /** Pages to read next where the last ones held nothing to remove; 0 where they did. */
  reach: number;
}

/** Even where nothing was doomed so far, a range holds no more rows than this many times a batch. */
const SPARE = 4;

/**
 * Every page of every leaf once. Where nothing is to be removed, pages are only read: a transaction that would have to be undone if
 * rows lay side by side there is not risked, and so the ranges may be large.
 * @param most rows that should go at a time, by how many a page had lately
 */
export async function* pageRanges(leaves: readonly Leaf[], appetite: Appetite, most: number): AsyncGenerator<Portion> {
  for (const leaf of leaves) {
    let from = 0;
    while (from < leaf.pages) {
      if (appetite.reach > 0) {
        let upTo = from;
        yield {
          ...pageRange(leaf, from, Math.min(appetite.reach, leaf.pages - from)),
          readTo: (page) => {
            upTo = page;
          },
        };
        from = upTo;
        continue;
      }
      const density = Math.max(appetite.density, leaf.rowsPerPage / SPARE, Number.MIN_VALUE);
      const pages = Math.max(1, Math.floor(Math.min(appetite.pages, most / density, leaf.pages - from)));
      yield pageRange(leaf, from, pages);
      from += pages;
    }
  }
}

function pageRange(leaf: Leaf, from: number, pages: number): Portion {
  const params = [`(${from},0)`, `(${from + pages},0)`];
  return { leaf, where: 't.ctid >= $1::tid AND t.ctid < $2::tid', params, rows: null, pages, from };
}

/** The halves of a page range. */
export function halves({ leaf, from = 0, pages }: Portion): Portion[] {
  const first = Math.ceil(pages / 2);
  return [pageRange(leaf, from, first), pageRange(leaf, from + first, pages - first)];
}

export interface Wanted {
  readonly leaf: Leaf;
  /** Over alias `t`. */
  readonly condition: string;
  /** ORDER BY list; "" for none. */
  readonly order: string;
  /** At most so many; null for all. */
  readonly limit: number | null;
  /** Remember the versions, so that a row changed since is not taken. */
  readonly versions: boolean;
}

let cursors = 0;

/** @throws StoreError, for example when row security would hide rows */
export async function* listed(session: PgSession, wanted: Wanted, appetite: Appetite): AsyncGenerator<Portion> {
  const name = `memctl_doomed_${++cursors}`;
  const order = wanted.order === '' ? '' : `ORDER BY ${wanted.order}`;
  const limit = wanted.limit === null ? '' : `LIMIT ${wanted.limit}`;
  const version = wanted.versions ? ', t.xmin::pg_catalog.text AS version' : '';
  await session.execute('BEGIN; SET LOCAL row_security = off; SET LOCAL cursor_tuple_fraction = 1');
  try {
    await session.execute(
      `DECLARE ${name} CURSOR WITH HOLD FOR SELECT t.ctid::pg_catalog.text AS tid${version}
       FROM ONLY ${wanted.leaf.quoted} t WHERE ${wanted.condition} ${order} ${limit}`,
    );
    await session.execute('COMMIT');
  } catch (e) {
    await session.execute('ROLLBACK').catch(() => undefined);
    throw e;
  }
  try {
    for (;;) {
      const asked = Math.max(1, appetite.rows);
      const rows = await session.query<{ tid: string; version?: string }>(`FETCH ${asked} FROM ${name}`);
      if (rows.length === 0) return;
      const versions = wanted.versions ? { versions: [...new Set(rows.map((r) => r.version as string))] } : {};
      yield {
        ...theseRows(
          wanted.leaf,
          rows.map((r) => r.tid),
        ),
        ...versions,
      };
      if (rows.length < asked) return;
    }
  } finally {
    await session.execute(`CLOSE ${name}`).catch(() => undefined);
  }
}

export function theseRows(leaf: Leaf, tids: readonly string[]): Portion {
  return { leaf, where: 't.ctid = ANY ($1::tid[])', params: [tidArray(tids)], rows: tids.length, pages: 0, tids };
}

/** ctids in the server's own text, as one array value. */
export function tidArray(tids: readonly string[]): string {
  return `{${tids.map((t) => `"${t}"`).join(',')}}`;
}
