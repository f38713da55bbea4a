/** How the rows of one set spread over its namespaces: one scan, or random blocks. */
import type { Census, CensusRequest, Counted } from '../../store/index.ts';
import { blockBytes, sampledCensus } from './census-sample.ts';
import { type CensusSource, censusSource, named } from './census-source.ts';
import type { PgSet } from './reading.ts';
import type { PgSession } from './session.ts';

/** Counting so few pages takes no longer than sampling them. */
const FEW_PAGES = 4_000;

/**
 * @throws InputError when there is no such set, or it has no namespace
 * @throws StoreError when row security or a missing grant hides rows: a count would be wrong
 */
export async function pgCensus(session: PgSession, sets: readonly PgSet[], request: CensusRequest): Promise<Census> {
  return await session.transaction(async () => {
    await session.execute("SET LOCAL row_security = off; SET LOCAL work_mem = '256MB'");
    const source = await censusSource(session, sets, request.set);
    if (request.approximate && source.pages > FEW_PAGES) return await sampledCensus(session, source, request);
    request.onProgress?.(`${source.set.set.title}: namespaces`);
    return await counted(session, source, request);
  });
}

export const exactly = (n: number): Counted => ({ value: n, low: n, high: n });

interface CountRow {
  /** 0: one of the largest; 1: namespaces of one size. */
  readonly part: number;
  readonly namespace: string | null;
  readonly rows: number;
  readonly dead: number | null;
  readonly namespaces: number;
}

/** Everything from one scan: the groups are kept, and read twice. */
async function counted(session: PgSession, source: CensusSource, request: CensusRequest): Promise<Census> {
  const { set, namespace, dead } = source;
  const deadCount = dead === null ? 'NULL::bigint' : `pg_catalog.count(*) FILTER (WHERE ${dead})`;
  const rows = await session.query<CountRow>(
    `WITH counts AS MATERIALIZED (
       SELECT ${namespace} AS namespace, pg_catalog.count(*) AS n, ${deadCount} AS dead
       FROM ${set.relation.quoted} t GROUP BY 1),
     largest AS (SELECT c.namespace, c.n, c.dead FROM counts c ORDER BY c.n DESC, c.namespace LIMIT ${Math.max(0, Math.floor(request.top))})
     SELECT 0 AS part, l.namespace, l.n AS rows, l.dead, 1::bigint AS namespaces FROM largest l
     UNION ALL SELECT 1, NULL, c.n, NULL, pg_catalog.count(*) FROM counts c GROUP BY c.n`,
  );
  const sizes = rows
    .filter((r) => r.part === 1)
    .map((r) => [r.rows, r.namespaces] as const)
    .sort((a, b) => a[0] - b[0]);
  const total = sizes.reduce((n, [size, many]) => n + size * many, 0);
  const largest = rows.filter((r) => r.part === 0).sort((a, b) => b.rows - a.rows);
  const bytes = await blockBytes(
    session,
    source,
    request.seed,
    largest.map((r) => r.namespace),
  );
  const top = largest.map((r) => ({
    namespace: r.namespace,
    rows: exactly(r.rows),
    rowBytes: bytes.get(r.namespace) ?? null,
    deadRows: r.dead === null ? null : exactly(r.dead),
  }));
  return {
    set: set.id,
    column: source.column,
    method: 'exact',
    how: 'every row was counted; bytes of a row are means over random blocks',
    sampled: total,
    rows: exactly(total),
    distinct: exactly(sizes.reduce((n, [, many]) => n + many, 0)),
    top: await named(session, source, top),
    sizes,
  };
}
