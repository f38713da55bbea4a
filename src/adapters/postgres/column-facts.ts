/** Columns with what the statistics say of them. */
import type { PgColumnFacts } from '../../store/index.ts';
import { bareType } from './read-catalog.ts';
import type { PgSession } from './session.ts';

/** Columns of one table or index, and whether the statistics show anything of it. */
export interface ColumnList {
  /** By attribute number; dropped ones are left out. */
  readonly byNumber: ReadonlyMap<number, PgColumnFacts>;
  readonly seen: boolean;
}

interface Row {
  readonly relation: number;
  readonly number: number;
  readonly name: string;
  readonly type: string;
  readonly length: number;
  readonly align: string;
  readonly storage: PgColumnFacts['storage'];
  readonly width: number | null;
  readonly nulls: number | null;
  readonly distinct: number | null;
  readonly shares: readonly number[] | null;
}

const ALIGN: Readonly<Record<string, PgColumnFacts['align']>> = { c: 1, s: 2, i: 4, d: 8 };
const CHUNK = 500;

/** @param relations tables, and indexes with an expression among their keys */
export async function readColumnFacts(
  session: PgSession,
  relations: readonly number[],
): Promise<Map<number, ColumnList>> {
  const found = new Map<number, { byNumber: Map<number, PgColumnFacts>; seen: boolean }>();
  for (let i = 0; i < relations.length; i += CHUNK) {
    const rows = await session.query<Row>(
      `SELECT a.attrelid AS relation, a.attnum AS number, a.attname::text AS name,
         pg_catalog.format_type(a.atttypid, a.atttypmod) AS type, a.attlen AS length, a.attalign::text AS align,
         a.attstorage::text AS storage, s.avg_width AS width, s.null_frac AS nulls, s.n_distinct AS distinct,
         s.most_common_freqs AS shares
       FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
       JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
       LEFT JOIN pg_catalog.pg_stats s ON s.schemaname = n.nspname AND s.tablename = c.relname
         AND s.attname = a.attname AND NOT s.inherited
       WHERE a.attrelid = ANY ($1::oid[]) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY 1, 2`,
      [relations.slice(i, i + CHUNK)],
    );
    for (const r of rows) {
      let list = found.get(r.relation);
      if (list === undefined) {
        list = { byNumber: new Map(), seen: false };
        found.set(r.relation, list);
      }
      list.seen ||= r.width !== null;
      list.byNumber.set(r.number, factsOf(r));
    }
  }
  return found;
}

function factsOf(r: Row): PgColumnFacts {
  return {
    name: r.name,
    type: bareType(r.type),
    length: r.length,
    align: ALIGN[r.align] ?? 8,
    meanBytes: r.width,
    nullShare: r.nulls,
    distinct: r.distinct,
    commonShares: r.shares ?? [],
    storage: r.storage,
  };
}
