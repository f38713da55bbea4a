/**
 * Keys of rows drawn at random. Every row gets a number from its key and the seed (hashtextextended, PostgreSQL's 64-bit hash of a text), and
 * the rows with the smallest numbers are drawn: as many as were asked for, the same ones whatever the order in the table,
 * and each row as likely as any other. Beyond `wholePages` that is done among the rows of random blocks, which are many more
 * than the rows wanted, so that hardly two rows come from one block; a row's chance is that of its block times that of its
 * number, the same for all.
 */
import type { ScanRequest } from '../../store/index.ts';
import { namespacesSql } from './namespace-filter.ts';
import { quoted } from './quoting.ts';
import type { PgReading, PgSet } from './reading.ts';
import type { RowKey } from './row-keys.ts';
import type { PgSession } from './session.ts';

export interface SampleSizes {
  /** Pages up to which the keys of all rows are read, from the key's index alone where it can be. */
  readonly wholePages: number;
  /** Random blocks for each row wanted, and at the least, for tables with few rows in a block. */
  readonly blocksARow: number;
  readonly leastBlocks: number;
}

/** 500,000 pages are 4 GB of table, or a few million rows: that takes seconds. */
const SIZES: SampleSizes = { wholePages: 500_000, blocksARow: 8, leastBlocks: 20_000 };

export async function sampledKeys(
  session: PgSession,
  reading: PgReading,
  s: PgSet,
  key: RowKey,
  request: ScanRequest,
  sizes: SampleSizes = SIZES,
): Promise<string[]> {
  const { rows = 0, seed = 0 } = request.sample ?? {};
  const wanted = Math.max(0, Math.floor(rows));
  if (wanted === 0) return [];
  const kind = reading.catalog.table(s.relation.schema, s.relation.name)?.kind ?? 'r';
  const pages = kind === 'v' || kind === 'f' ? 0 : await pagesOf(session, s);
  if (pages <= sizes.wholePages) return await drawn(session, s, key, request, wanted, seed, '');
  for (let blocks = Math.max(sizes.leastBlocks, sizes.blocksARow * wanted); blocks < pages; blocks *= 8) {
    const blockSample = `TABLESAMPLE SYSTEM (${(100 * blocks) / pages}) REPEATABLE (${seed})`;
    const keys = await drawn(session, s, key, request, wanted, seed, blockSample);
    if (keys.length === wanted) return keys;
  }
  return await drawn(session, s, key, request, wanted, seed, '');
}

async function drawn(
  session: PgSession,
  s: PgSet,
  key: RowKey,
  request: ScanRequest,
  rows: number,
  seed: number,
  blockSample: string,
): Promise<string[]> {
  const parts = key.columns.map((c) => `t.${quoted(c.name)}::pg_catalog.text`);
  const name =
    parts.length === 1 ? (parts[0] as string) : `pg_catalog.json_build_array(${parts.join(', ')})::pg_catalog.text`;
  const only = namespacesSql(s, request.namespaces);
  const found = await session.query<Record<string, string>>(
    `SELECT ${parts.map((p, i) => `${p} AS k${i}`).join(', ')} FROM ${s.relation.quoted} AS t ${blockSample}
     ${only === '' ? '' : `WHERE ${only}`} ORDER BY pg_catalog.hashtextextended(${name}, ${Math.trunc(seed)}), ${parts.map((_, i) => i + 1).join(', ')} LIMIT ${rows}`,
  );
  return found.map((r) => (key.plain ? String(r['k0']) : JSON.stringify(key.columns.map((_, i) => r[`k${i}`]))));
}

async function pagesOf(session: PgSession, s: PgSet): Promise<number> {
  const [size] = await session.query<{ pages: number }>(
    `WITH RECURSIVE tree AS (
       SELECT $1::oid AS oid UNION ALL SELECT i.inhrelid FROM tree JOIN pg_catalog.pg_inherits i ON i.inhparent = tree.oid)
     SELECT coalesce(sum(pg_catalog.pg_relation_size(oid)), 0)::bigint / pg_catalog.current_setting('block_size')::int AS pages FROM tree`,
    [s.relation.oid],
  );
  return Number(size?.pages ?? 0);
}
