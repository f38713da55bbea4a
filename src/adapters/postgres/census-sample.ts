/**
 * The approximate census: which namespaces are the largest is told by the server's statistics and a first sample of blocks;
 * how large they are by a second sample, drawn independently, so that being picked for looking large does not count twice.
 */
import { formatCount } from '../../quantity/index.ts';
import type { Census, CensusRequest, NamespaceLoad } from '../../store/index.ts';
import { type CensusSource, named } from './census-source.ts';
import { type BlockSums, totalOf } from './sample-interval.ts';
import type { PgSession } from './session.ts';

/**
 * Blocks of the first sample, of the second, and of the one that measures bytes. Where rows are small, fewer blocks hold
 * rows enough: about SECOND_ROWS are read, from at least half as many blocks.
 */
const FIRST_BLOCKS = 600;
const SECOND_BLOCKS = 3_000;
const SECOND_ROWS = 60_000;
const BYTE_BLOCKS = 400;
/** Rows that ANALYZE looks at with default_statistics_target = 100; the weight of its frequencies beside our own. */
const ANALYZED_ROWS = 30_000;

/** TABLESAMPLE takes a percentage. */
const percent = (fraction: number): string => String(Math.min(100, 100 * fraction));
const fractionOf = (blocks: number, pages: number): number => Math.min(1, blocks / Math.max(1, pages));

const sample = (source: CensusSource, fraction: number, seed: number): string =>
  `${source.set.relation.quoted} t TABLESAMPLE SYSTEM (${percent(fraction)}) REPEATABLE (${seed})`;

export async function sampledCensus(session: PgSession, source: CensusSource, request: CensusRequest): Promise<Census> {
  const { set, pages } = source;
  request.onProgress?.(`${set.set.title}: random blocks`);
  const { names, rowsPerBlock } = await candidates(session, source, request);
  const wanted = Math.max(SECOND_BLOCKS / 2, Math.min(SECOND_BLOCKS, SECOND_ROWS / Math.max(1, rowsPerBlock)));
  const fraction = fractionOf(wanted, pages);
  const { totals, blocks, found } = await blockSums(session, source, fraction, request.seed + 0.5, names);
  const loads = names.map((namespace): NamespaceLoad => {
    const f = found.get(namespace);
    const rows = totalOf(f ?? NOTHING, fraction, totals.most);
    const dead =
      source.dead === null ? null : totalOf(f?.dead ?? NOTHING, fraction, Math.max(1, f?.most ?? totals.most));
    return { namespace, rows, rowBytes: f === undefined ? null : Math.round(f.bytes / f.sum), deadRows: dead };
  });
  loads.sort((a, b) => b.rows.value - a.rows.value);
  return {
    set: set.id,
    column: source.column,
    method: 'approximate',
    how: `${formatCount(blocks)} of ${formatCount(pages)} blocks drawn at random; rows of one block count together, so the intervals hold at least 95 times of 100 for any order of the rows`,
    sampled: totals.sum,
    rows: totalOf(totals, fraction, totals.most),
    distinct: null,
    top: await named(session, source, loads),
    sizes: null,
  };
}

const NOTHING: BlockSums = { sum: 0, squares: 0, most: 0 };

/** The largest ones by the server's frequencies and a sample of our own. */
async function candidates(
  session: PgSession,
  source: CensusSource,
  request: CensusRequest,
): Promise<{ readonly names: readonly (string | null)[]; readonly rowsPerBlock: number }> {
  const top = Math.max(0, Math.floor(request.top));
  const fraction = fractionOf(FIRST_BLOCKS, source.pages);
  const seen = await session.query<{ namespace: string | null; n: number; all: number }>(
    `SELECT ${source.namespace} AS namespace, pg_catalog.count(*) AS n, (sum(pg_catalog.count(*)) OVER ())::bigint AS all
     FROM ${sample(source, fraction, request.seed)} GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ${4 * top}`,
  );
  const rows = seen[0]?.all ?? 0;
  const frequent: ReadonlyMap<string | null, number> = await commonValues(session, source);
  const score = new Map<string | null, number>();
  for (const s of seen) {
    const f = frequent.get(s.namespace);
    score.set(s.namespace, f === undefined ? s.n / rows : (s.n + f * ANALYZED_ROWS) / (rows + ANALYZED_ROWS));
  }
  for (const [namespace, f] of frequent)
    if (!score.has(namespace)) score.set(namespace, (f * ANALYZED_ROWS) / (rows + ANALYZED_ROWS));
  const names = [...score]
    .sort((a, b) => b[1] - a[1])
    .slice(0, top)
    .map(([namespace]) => namespace);
  return { names, rowsPerBlock: rows / (fraction * source.pages) };
}

/** pg_stats: most common values and their shares of all rows; empty where there are none to see. */
async function commonValues(session: PgSession, source: CensusSource): Promise<Map<string, number>> {
  if (source.statistics === null) return new Map();
  const { schema, name } = source.set.relation;
  const rows = await session.query<{ value: string; share: number }>(
    `SELECT v.value, v.share FROM pg_catalog.pg_stats s
     CROSS JOIN LATERAL ROWS FROM (
       pg_catalog.unnest(s.most_common_vals::pg_catalog.text::pg_catalog.text[]),
       pg_catalog.unnest(s.most_common_freqs)) AS v(value, share)
     WHERE s.schemaname = $1 AND s.tablename = $2 AND s.attname = $3 AND v.value IS NOT NULL
     ORDER BY s.inherited DESC LIMIT 2000`,
    [schema, name, source.statistics],
  );
  const found = new Map<string, number>();
  for (const r of rows) if (!found.has(r.value)) found.set(r.value, r.share);
  return found;
}

interface Found extends BlockSums {
  readonly bytes: number;
  readonly dead: BlockSums;
}

interface SumRow {
  readonly part: number;
  readonly namespace: string | null;
  readonly blocks: number;
  readonly sum: number;
  readonly squares: number;
  readonly most: number;
  readonly bytes: number | null;
  readonly dead: number;
  readonly deadsquares: number;
  readonly deadmost: number;
}

/** Sums over the blocks of one sample: of all rows, and of the namespaces asked for. */
async function blockSums(
  session: PgSession,
  source: CensusSource,
  fraction: number,
  seed: number,
  names: readonly (string | null)[],
): Promise<{ readonly totals: BlockSums; readonly blocks: number; readonly found: ReadonlyMap<string | null, Found> }> {
  const bool = (x: string | null): string => (x === null ? '0' : `CASE WHEN ${x} THEN 1 ELSE 0 END`);
  const rows = await session.query<SumRow>(
    `WITH taken AS MATERIALIZED (
       SELECT ${source.namespace} AS namespace, t.tableoid AS part, (t.ctid::pg_catalog.text::pg_catalog.point)[0] AS block,
         ${bool(source.dead)} AS dead, (${source.bytes})::bigint AS bytes
       FROM ${sample(source, fraction, seed)}),
     whole AS (SELECT pg_catalog.count(*) AS y FROM taken GROUP BY part, block),
     each AS (SELECT namespace, pg_catalog.count(*) AS y, sum(dead) AS d, sum(bytes) AS bytes FROM taken
       WHERE namespace = ANY ($1::text[]) OR (namespace IS NULL AND $2) GROUP BY namespace, part, block)
     SELECT 0 AS part, NULL AS namespace, pg_catalog.count(*) AS blocks, coalesce(sum(y), 0)::float8 AS sum,
       coalesce(sum(y * y), 0)::float8 AS squares, coalesce(max(y), 0)::float8 AS most, NULL::float8 AS bytes,
       0::float8 AS dead, 0::float8 AS deadsquares, 0::float8 AS deadmost FROM whole
     UNION ALL
     SELECT 1, namespace, pg_catalog.count(*), sum(y)::float8, sum(y * y)::float8, max(y)::float8, sum(bytes)::float8,
       sum(d)::float8, sum(d * d)::float8, max(d)::float8 FROM each GROUP BY namespace`,
    [names.filter((n) => n !== null), names.includes(null)],
  );
  const found = new Map<string | null, Found>();
  let totals: BlockSums = NOTHING;
  let blocks = 0;
  for (const r of rows) {
    const { sum, squares, most } = r;
    if (r.part === 0) {
      totals = { sum, squares, most };
      blocks = r.blocks;
    } else {
      const dead = { sum: r.dead, squares: r.deadsquares, most: r.deadmost };
      found.set(r.namespace, { sum, squares, most, bytes: r.bytes ?? 0, dead });
    }
  }
  return { totals, blocks, found };
}

/** Mean stored bytes of a row of each namespace, over random blocks; a namespace that none of them holds is absent. */
export async function blockBytes(
  session: PgSession,
  source: CensusSource,
  seed: number,
  names: readonly (string | null)[],
): Promise<ReadonlyMap<string | null, number>> {
  if (names.length === 0) return new Map();
  const rows = await session.query<{ namespace: string | null; bytes: number }>(
    `SELECT ${source.namespace} AS namespace, avg(${source.bytes})::float8 AS bytes
     FROM ${sample(source, fractionOf(BYTE_BLOCKS, source.pages), seed)}
     WHERE ${source.namespace} = ANY ($1::text[]) OR (${source.namespace} IS NULL AND $2) GROUP BY 1`,
    [names.filter((n) => n !== null), names.includes(null)],
  );
  return new Map(rows.map((r) => [r.namespace, Math.round(r.bytes)]));
}
