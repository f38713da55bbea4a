/** One row of a set, whichever way it comes: which columns are asked for, and how their values become a ScanRow. */
import type { ScanField, ScanRequest, ScanRow } from '../../store/index.ts';
import type { FieldReader } from './copy-rows.ts';
import { refSql } from './expression-sql.ts';
import { quoted } from './quoting.ts';
import { edgeCounts, inactiveSql, kindSql, type ReadColumn, rankColumns } from './rank-columns.ts';
import type { PgReading, PgSet } from './reading.ts';
import { type RowKey, rowKey, uncut } from './row-keys.ts';
import type { PgSession } from './session.ts';
import { resolvedTime } from './set-times.ts';
import { type VectorDecoder, vectorColumn } from './vector-wire.ts';

export interface RowReader {
  /** What names a row; of a table without a primary key its place. */
  readonly key: RowKey;
  /** Select list over the table as `t`: for COPY in binary, or for a statement whose values come as text. */
  select(form: 'copy' | 'text'): string;
  /** Tables beside it: joined once for a whole scan, or looked up row by row for a few. */
  readonly joins: string;
  readonly readers: readonly FieldReader[];
  /** Values of the select list in its order, from COPY. */
  fromCopy(values: readonly unknown[]): ScanRow;
  /** The driver's row of the select list. */
  fromText(row: Readonly<Record<string, unknown>>): ScanRow;
}

type As = ReadColumn['as'];

/** @param rowwise for a few rows: what is counted beside the table is looked up for each of them */
export async function rowReader(
  session: PgSession,
  reading: PgReading,
  s: PgSet,
  request: Pick<ScanRequest, 'fields' | 'now'>,
  rowwise: boolean,
): Promise<RowReader> {
  const wants = (f: ScanField): boolean => request.fields.includes(f);
  const { set, relation } = s;
  const key = anyKey(reading, s);
  const edges = wants('rank') ? edgeCounts(reading, s, rowwise) : { joins: '', columns: [] };
  const vector = wants('vector') ? vectorColumn(reading, s) : undefined;
  const text = (name: string, x: string): ReadColumn => ({ name, as: 'text', sql: `${x}::pg_catalog.text` });
  const created = wants('created') ? await resolvedTime(session, set.created, relation, 't') : null;
  const ids = (set.id ?? key.columns.map((c) => c.name)).map((c) => `t.${quoted(c)}::pg_catalog.text`);
  const inactive = wants('inactive') ? inactiveSql(set, relation.columns, request.now) : null;
  const columns: ReadColumn[] = [
    {
      name: 'id',
      as: 'text',
      sql: ids.length === 1 ? `coalesce(${ids[0]}, '')` : `pg_catalog.concat_ws('/', ${ids.join(', ')})`,
    },
    ...(key.plain ? [] : key.columns.map((c, i) => text(`k${i}`, `t.${quoted(c.name)}`))),
    ...(wants('namespace') && set.namespace ? [text('namespace', refSql(set.namespace))] : []),
    ...(wants('text') && set.text ? [text('text', textSql(s))] : []),
    ...(wants('metadata') && set.metadata ? [text('metadata', `t.${quoted(set.metadata)}`)] : []),
    ...(wants('hash') && set.hash ? [text('hash', refSql(set.hash))] : []),
    ...(wants('kind') && set.kind ? [text('kind', kindSql(set.kind))] : []),
    ...(inactive === null ? [] : [text('inactive', inactive)]),
    ...(created === null ? [] : [{ name: 'created', as: 'number', sql: created.seconds } as const]),
    ...(wants('rank') ? [...(await rankColumns(session, s)), ...edges.columns] : []),
    ...(vector === undefined ? [] : [{ name: 'vector', as: 'vector', sql: vector.sql, text: vector.base64 } as const]),
  ];
  const build = builder(key, columns);
  return {
    key,
    select: (form) =>
      columns.map((c) => `${(form === 'text' ? c.text : undefined) ?? c.sql} AS ${quoted(c.name)}`).join(', '),
    joins: edges.joins,
    readers: columns.map((c) => copied(c.as, vector?.decode)),
    fromCopy: build,
    fromText: (row) => build(columns.map((c) => said(c.as, row[c.name], vector?.decode))),
  };
}

/** concat_ws of one text would make an empty text of none. */
function textSql(s: PgSet): string {
  const parts = (s.set.text ?? []).map((r) => `${refSql(r)}::pg_catalog.text`);
  if (parts.length === 1) return parts[0] as string;
  return `CASE WHEN coalesce(${parts.join(', ')}) IS NOT NULL THEN pg_catalog.concat_ws(E'\\n', ${parts.join(', ')}) END`;
}

/** The primary key; else what identifies a row of a view, else its place: ctid, which is unique within one table. */
export function anyKey(reading: PgReading, s: PgSet): RowKey {
  const primary = rowKey(reading, s);
  if (primary !== undefined) return primary;
  const { set, relation } = s;
  const kind = reading.catalog.table(relation.schema, relation.name)?.kind;
  if ((kind === 'v' || kind === 'f') && set.id !== undefined) {
    const columns = set.id.map((name) => ({ name, type: uncut(relation.castTypes.get(name) ?? 'pg_catalog.text') }));
    return { columns, plain: columns.length === 1 };
  }
  const place = { name: 'ctid', type: 'pg_catalog.tid' };
  if (kind !== 'p') return { columns: [place], plain: set.id === undefined };
  return { columns: [{ name: 'tableoid', type: 'pg_catalog.oid' }, place], plain: false };
}

function copied(as: As, decode: VectorDecoder | undefined): FieldReader {
  switch (as) {
    case 'text':
      return (b, from, to) => b.toString('utf8', from, to);
    case 'number':
      return (b, from) => b.readDoubleBE(from);
    case 'flag':
      return (b, from) => b[from] === 1;
    case 'vector':
      return decode as FieldReader;
  }
}

function said(as: As, value: unknown, decode: VectorDecoder | undefined): unknown {
  if (value === null || value === undefined || as !== 'vector') return value;
  const bytes = Buffer.from(value as string, 'base64');
  return (decode as VectorDecoder)(bytes, 0, bytes.length);
}

type Written<T> = { -readonly [P in keyof T]: T[P] };

const FIELDS = ['namespace', 'text', 'metadata', 'hash', 'kind', 'inactive'] as const;
const FACTS = ['pinned', 'confidence', 'accesses', 'updated', 'expires'] as const;
const TIMES: ReadonlySet<string> = new Set(['updated', 'expires']);

function builder(key: RowKey, columns: readonly ReadColumn[]): (values: readonly unknown[]) => ScanRow {
  const place = (name: string): number => columns.findIndex((c) => c.name === name);
  const keys = key.plain ? 0 : key.columns.length;
  const fields = FIELDS.flatMap((f) => (place(f) < 0 ? [] : [[f, place(f)] as const]));
  const facts = FACTS.flatMap((f) => (place(f) < 0 ? [] : [[f, place(f)] as const]));
  const edges = columns.flatMap((c, i) => (c.name.startsWith('edges') ? [i] : []));
  const ranked = facts.length + edges.length > 0;
  const [created, vector] = [place('created'), place('vector')];
  return (values) => {
    const row = { id: values[0] } as Written<ScanRow> & Record<string, unknown>;
    if (keys > 0) row.key = JSON.stringify(values.slice(1, 1 + keys));
    for (const [name, i] of fields) if (values[i] !== null) row[name] = values[i] as never;
    if (created >= 0 && values[created] !== null) row.created = (values[created] as number) * 1000;
    if (vector >= 0 && values[vector] != null) row.vector = values[vector] as Float32Array;
    if (ranked) {
      const rank: Record<string, unknown> = {};
      for (const [name, i] of facts)
        if (values[i] !== null) rank[name] = TIMES.has(name) ? (values[i] as number) * 1000 : values[i];
      if (edges.length > 0) rank['edges'] = edges.reduce((n, i) => n + ((values[i] as number | null) ?? 0), 0);
      row.rank = rank;
    }
    return row;
  };
}
