/** The statement that asks the vector index for the rows around each row of a batch. */
import { refSql } from './expression-sql.ts';
import { quoted } from './quoting.ts';
import { inactiveSql, kindSql } from './rank-columns.ts';
import type { PgReading, PgSet } from './reading.ts';
import { keyArrays, keysFrom, keysJoin, type RowKey } from './row-keys.ts';
import type { NearIndex } from './vector-index.ts';

export interface NearStatement {
  readonly key: RowKey;
  /** Rows `a0, …, b0, …, similarity, "full"`; without b where only `full` (there may be more behind them) is told. */
  readonly sql: string;
  parameters(keys: readonly string[], nearest: number, similarity: number): unknown[];
  /** Parameters for EXPLAIN. */
  readonly explained: readonly unknown[];
  /** Keys `a0, …` of active rows with a vector in their order, after the one whose columns are the parameters. */
  listed(rows: number, after: boolean): string;
  keyOf(row: Readonly<Record<string, unknown>>, side: 'a' | 'b'): string;
}

/** Table of the vectors, and the vector in it under the alias `v`. */
export function vectorsOf(index: NearIndex): { readonly from: string; readonly vector: string } {
  const { table, column } = index.place;
  return { from: `${quoted(table.schema)}.${quoted(table.name)}`, vector: `v.${quoted(column)}` };
}

export function nearStatement(reading: PgReading, s: PgSet, key: RowKey, index: NearIndex): NearStatement {
  const { from, vector } = vectorsOf(index);
  const schema = quoted(reading.catalog.extensions.get('vector')?.schema ?? 'public');
  const { vectors: source, namespace, kind } = s.set;
  const beside = source?.where === 'table' ? source.on : null;
  const on = (beside ?? []).map((c) => `v.${quoted(c)} = t.${quoted(c)}`).join(' AND ');
  const rows = `${s.relation.quoted} AS t ${beside === null ? '' : `JOIN ${from} AS v ON ${on}`}`;
  const value = beside === null ? `t.${quoted(index.place.column)}` : vector;
  const inactive = inactiveSql(s.set, s.relation.columns);
  const active = inactive === null ? '' : `AND (${inactive}) IS NULL`;
  const names = (side: string): string[] => key.columns.map((_, i) => `${side}${i}`);
  const keys = (side: string): string =>
    key.columns.map((c, i) => `t.${quoted(c.name)}::pg_catalog.text AS ${side}${i}`).join(', ');
  const group = [
    `${namespace === undefined ? 'NULL' : refSql(namespace)}::pg_catalog.text AS namespace`,
    `${kind === undefined ? 'NULL' : kindSql(kind)}::pg_catalog.text AS kind`,
  ].join(', ');
  const [nearest, least] = [
    `$${key.columns.length + 1}::pg_catalog.int8`,
    `$${key.columns.length + 2}::pg_catalog.float8`,
  ];
  const predicate = index.predicate === null ? '' : `WHERE ${index.predicate}`;
  const order = `ORDER BY ${index.expression} ${index.operator} a.x LIMIT ${nearest}`;
  // The similarity is NaN where one of the two has no direction.
  const similarity = (x: string): string => `NULLIF(1 - (${x} OPERATOR(${schema}.<=>) a.v), 'NaN')`;
  const near =
    beside === null
      ? `SELECT ${keys('b')}, ${group}, ${inactive ?? 'NULL'} IS NULL AS active, ${similarity(value)} AS similarity
         FROM ${s.relation.quoted} AS t ${predicate} ${order}`
      : `SELECT ${keys('b')}, ${group}, ${inactive ?? 'NULL'} IS NULL AS active, v.similarity
         FROM (SELECT ${beside.map((c) => `v.${quoted(c)}`).join(', ')}, ${similarity(vector)} AS similarity
           FROM ${from} AS v ${predicate} ${order}) AS v
         JOIN ${s.relation.quoted} AS t ON ${on}`;
  const self = names('b')
    .map((b, i) => `${b} = a.a${i}`)
    .join(' AND ');
  const matches = `similarity >= ${least} AND active AND namespace IS NOT DISTINCT FROM a.namespace
    AND kind IS NOT DISTINCT FROM a.kind AND NOT (${self})`;
  // The expression names columns without a table: here they are those of one row.
  const operand = `(SELECT ${index.expression} FROM (SELECT ${beside === null ? 't' : 'v'}.*) AS e)`;
  return {
    key,
    sql: `WITH a AS MATERIALIZED (
        SELECT ${keys('a')}, ${group}, ${value} AS v, ${operand} AS x
        FROM ${keysFrom(key)} JOIN ${s.relation.quoted} AS t ON ${keysJoin(key, 't')}
        ${beside === null ? '' : `JOIN ${from} AS v ON ${on}`}
        WHERE ${value} IS NOT NULL ${active})
      SELECT ${names('a')
        .map((x) => `a.${x}`)
        .join(', ')}, ${names('b')
        .map((x) => `CASE WHEN n.matches THEN n.${x} END AS ${x}`)
        .join(', ')},
        n.similarity, n.is_full AS "full"
      FROM a CROSS JOIN LATERAL (
        SELECT ${names('b').join(', ')}, similarity, coalesce(${matches}, false) AS matches,
          pg_catalog.count(*) OVER () >= ${nearest} AND min(similarity) OVER () >= ${least} AS is_full,
          pg_catalog.row_number() OVER () AS place
        FROM (${near}) AS found) AS n
      WHERE n.matches OR (n.is_full AND n.place = 1)`,
    parameters: (asked, count, similar) => [...keyArrays(key, asked), count, similar],
    explained: [...key.columns.map(() => []), 10, 0.9],
    listed: (count, after) =>
      `SELECT ${keys('a')} FROM ${rows}
       WHERE ${value} IS NOT NULL ${active} ${after ? `AND (${ordered(key)}) > (${key.columns.map((_, i) => `$${i + 1}`).join(', ')})` : ''}
       ORDER BY ${ordered(key)} LIMIT ${count}`,
    keyOf: (row, side) => {
      const parts = names(side).map((n) => String(row[n]));
      return key.plain ? (parts[0] as string) : JSON.stringify(parts);
    },
  };
}

const ordered = (key: RowKey): string => key.columns.map((c) => `t.${quoted(c.name)}`).join(', ');
