/** Heaps and indexes as the catalog and the counters tell them: two queries, whatever the number of tables. */
import type { PgSession } from './session.ts';

export interface HeapRow {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly kind: string;
  readonly options: readonly string[];
  /** -1 when never analysed (since PostgreSQL 14). */
  readonly reltuples: number;
  readonly relpages: number;
  readonly heapBytes: number;
  /** Heap, free space and visibility maps, TOAST with its index. */
  readonly tableBytes: number;
  readonly toastOid: number | null;
  readonly toastBytes: number | null;
  readonly toastLive: number | null;
  readonly toastDead: number | null;
  readonly live: number | null;
  readonly dead: number | null;
  readonly updates: number | null;
  readonly hotUpdates: number | null;
  readonly modified: number | null;
  readonly analyzedAt: string | null;
  readonly vacuumedAt: string | null;
  readonly readable: boolean;
  readonly secured: boolean;
}

export interface IndexRow {
  readonly oid: number;
  readonly table: number;
  readonly schema: string;
  readonly name: string;
  readonly method: string;
  readonly options: readonly string[];
  readonly reltuples: number;
  readonly bytes: number;
  readonly unique: boolean;
  readonly primary: boolean;
  readonly exclusion: boolean;
  readonly constraint: boolean;
  readonly valid: boolean;
  readonly keyCount: number;
  /** Attribute numbers of the table; 0 for an expression. */
  readonly attributes: readonly number[];
  readonly predicate: string | null;
  readonly definition: string;
  readonly scans: number | null;
  readonly opclass: string;
  /** Type of the first key as format_type writes it. */
  readonly keyType: string;
  /** Every key's operator class has the support function that allows deduplication, and its collation is deterministic. */
  readonly equalImage: boolean;
}

/** ISO text of a time, or NULL. */
const iso = (x: string): string => `to_char(${x} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

/**
 * @param measured false: sizes from relpages as the last VACUUM saw them, for when a table is locked
 */
export async function readHeaps(session: PgSession, measured: boolean): Promise<HeapRow[]> {
  const pages = (alias: string): string => `(${alias}.relpages::int8 * pg_catalog.current_setting('block_size')::int8)`;
  const size = (oid: string, alias: string): string =>
    measured ? `coalesce(pg_catalog.pg_relation_size(${oid}), 0)` : pages(alias);
  const whole = measured
    ? 'coalesce(pg_catalog.pg_table_size(c.oid), 0)'
    : `${pages('c')} + coalesce(${pages('t')}, 0)`;
  return await session.query<HeapRow>(
    `SELECT c.oid, n.nspname::text AS schema, c.relname::text AS name, c.relkind::text AS kind,
       coalesce(c.reloptions, '{}') AS options, c.reltuples::float8 AS reltuples, c.relpages,
       ${size('c.oid', 'c')} AS "heapBytes", ${whole} AS "tableBytes",
       NULLIF(c.reltoastrelid, 0) AS "toastOid",
       CASE WHEN t.oid IS NOT NULL THEN ${size('t.oid', 't')} END AS "toastBytes",
       pg_catalog.pg_stat_get_live_tuples(t.oid) AS "toastLive", pg_catalog.pg_stat_get_dead_tuples(t.oid) AS "toastDead",
       s.n_live_tup AS live, s.n_dead_tup AS dead, s.n_tup_upd AS updates, s.n_tup_hot_upd AS "hotUpdates",
       s.n_mod_since_analyze AS modified,
       ${iso('greatest(s.last_analyze, s.last_autoanalyze)')} AS "analyzedAt",
       ${iso('greatest(s.last_vacuum, s.last_autovacuum)')} AS "vacuumedAt",
       pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_table_privilege(c.oid, 'SELECT') AS readable,
       pg_catalog.row_security_active(c.oid) AS secured
     FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     LEFT JOIN pg_catalog.pg_class t ON t.oid = c.reltoastrelid AND c.reltoastrelid <> 0
     LEFT JOIN pg_catalog.pg_stat_all_tables s ON s.relid = c.oid
     WHERE c.relkind IN ('r', 'm') AND c.relpersistence <> 't'
       AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
     ORDER BY c.oid`,
  );
}

export async function readIndexRows(session: PgSession, measured: boolean): Promise<IndexRow[]> {
  const bytes = measured
    ? 'coalesce(pg_catalog.pg_relation_size(c.oid), 0)'
    : `c.relpages::int8 * pg_catalog.current_setting('block_size')::int8`;
  // Both would wait for the lock as well.
  const definition = measured ? 'pg_catalog.pg_get_indexdef(c.oid)' : "''";
  const predicate = measured
    ? 'pg_catalog.pg_get_expr(i.indpred, i.indrelid)'
    : `CASE WHEN i.indpred IS NOT NULL THEN 'unknown' END`;
  return await session.query<IndexRow>(
    `SELECT c.oid, i.indrelid AS table, n.nspname::text AS schema, c.relname::text AS name, m.amname::text AS method,
       coalesce(c.reloptions, '{}') AS options, c.reltuples::float8 AS reltuples, ${bytes} AS bytes,
       i.indisunique AS unique, i.indisprimary AS primary, i.indisexclusion AS exclusion,
       EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conindid = c.oid AND k.contype IN ('p', 'u', 'x')) AS constraint,
       i.indisvalid AS valid, i.indnkeyatts::int4 AS "keyCount", i.indkey::int2[] AS attributes,
       ${predicate} AS predicate, ${definition} AS definition,
       pg_catalog.pg_stat_get_numscans(c.oid) AS scans,
       (SELECT o.opcname::text FROM pg_catalog.pg_opclass o WHERE o.oid = i.indclass[0]) AS opclass,
       (SELECT pg_catalog.format_type(a.atttypid, a.atttypmod) FROM pg_catalog.pg_attribute a
         WHERE a.attrelid = c.oid AND a.attnum = 1) AS "keyType",
       NOT EXISTS (
         SELECT FROM generate_series(0, i.indnkeyatts - 1) AS k
         JOIN pg_catalog.pg_opclass o ON o.oid = i.indclass[k]
         LEFT JOIN pg_catalog.pg_collation l ON l.oid = i.indcollation[k]
         WHERE NOT coalesce(l.collisdeterministic, true) OR NOT EXISTS (
           SELECT FROM pg_catalog.pg_amproc p WHERE p.amprocfamily = o.opcfamily AND p.amprocnum = 4
             AND p.amproclefttype = o.opcintype AND p.amprocrighttype = o.opcintype)) AS "equalImage"
     FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
     JOIN pg_catalog.pg_class r ON r.oid = i.indrelid
     JOIN pg_catalog.pg_am m ON m.oid = c.relam JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind = 'i' AND r.relkind IN ('r', 'm') AND r.relpersistence <> 't'
       AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
     ORDER BY c.oid`,
  );
}

/** One numeric storage parameter of `name=value` options. */
export function option(options: readonly string[], name: string): number | undefined {
  const found = options.find((o) => o.startsWith(`${name}=`))?.slice(name.length + 1);
  const value = found === undefined ? Number.NaN : Number(found);
  return Number.isFinite(value) ? value : undefined;
}

/** A boolean storage parameter: "off", "false", "0" and their like are false. */
export function flag(options: readonly string[], name: string, otherwise: boolean): boolean {
  const found = options.find((o) => o.startsWith(`${name}=`))?.slice(name.length + 1);
  return found === undefined ? otherwise : !/^(off|false|f|no|n|0)$/i.test(found);
}
