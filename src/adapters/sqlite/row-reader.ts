/** Rows of one memory set, read synchronously in the columns that were asked for: for scans, and inside a transaction of ours. */
import {
  type ColumnRef,
  inactiveMarks,
  type Match,
  type SetProfile,
  setId,
  type TtlRule,
} from '../../profiles/index.ts';
import { InputError } from '../../quantity/index.ts';
import type { RowRank, ScanField, ScanRow } from '../../store/index.ts';
import { type SlotReader, slotReader } from './chunk-vectors.ts';
import { type Db, literal, quoted } from './driver.ts';
import { edgesSql } from './edge-counts.ts';
import { rowidName, type SqliteCatalog, type StoredTable } from './read-catalog.ts';
import { keySql, keysJson, type RowKey, rowKey, rowsByKey } from './row-key.ts';
import { expirySql, refSql, secondsSql, timeFormat } from './time-sql.ts';
import { decoded } from './vector-bytes.ts';
import { vec0Definition } from './virtual-tables.ts';

export interface RowSource {
  readonly db: Db;
  readonly catalog: SqliteCatalog;
}

/** A set, and the table its rows are in: of a vec0 table its list of rowids. */
export interface ScannedSet {
  readonly set: SetProfile;
  readonly table: StoredTable;
  readonly key: RowKey;
  /** The vec0 table whose chunks hold the vectors. */
  readonly vec0: string | undefined;
}

/** @throws InputError when the store has no such memory set */
export function scannedSet({ catalog }: RowSource, matches: readonly Match[], id: string): ScannedSet {
  const set = matches.flatMap((m) => m.sets.filter((s) => setId(m.profile.id, s) === id))[0];
  const stored = (name: string): StoredTable | undefined => catalog.stored.find((t) => t.name === name);
  const vec0 = set?.vectors?.where === 'vec0' ? set.vectors.table : undefined;
  const table = set && (stored(set.table) ?? (vec0 === set.table ? stored(`${vec0}_rowids`) : undefined));
  if (set === undefined || table === undefined) {
    throw new InputError('unknown-set', `the store has no rows to scan under "${id}"`);
  }
  const key = rowKey(table, set);
  // What a vec0 table with a text key calls the id stands beside the rowid.
  const named = vec0 === set.table && vec0Definition(catalog.virtual.get(set.table)?.args ?? []).textId;
  return { set, table, key: named ? { ...key, plain: false } : key, vec0 };
}

type Cell = 'id' | 'key' | Exclude<ScanField, 'rank'> | `rank:${keyof RowRank}` | 'chunk' | 'offset';
type Raw = readonly unknown[];

export interface RowReader {
  /** Select list over the alias `t`, and what must be joined to it. */
  readonly columns: string;
  readonly joins: string;
  /** One result of such a statement in raw form, from column `from` on. */
  row(raw: Raw, from: number): ScanRow;
  /** The rows of these keys that are there, in any order. Synchronous, without a transaction of its own. */
  byKeys(keys: readonly string[]): ScanRow[];
}

/** @param now expiry is judged against it */
export function rowReader(source: RowSource, s: ScannedSet, fields: readonly ScanField[], now: Date): RowReader {
  const { db } = source;
  const cells = new Map<Cell, string>(cellsOf(source, s, fields, now));
  const slots = fields.includes('vector') && s.vec0 !== undefined ? slotReader(db, source.catalog, s.vec0) : undefined;
  const columns = [...cells.values()].join(', ');
  const joins = joinsOf(source, s);
  const place = new Map([...cells.keys()].map((cell, i) => [cell, i]));
  const row = rowBuilder(place, s.set, slots);
  const byKey = rowsByKey(s.table.name, s.key);
  // A chunk is read whole: rows that share one come together.
  const order = slots === undefined ? '' : 'ORDER BY _c.chunk_id, _c.chunk_offset';
  let statement: ReturnType<Db['prepare']> | undefined;
  return {
    columns,
    joins,
    row,
    byKeys: (keys) => {
      statement ??= db.prepare(`SELECT ${columns} FROM ${byKey} ${joins} ${order}`).raw(true);
      return (statement.all({ keys: keysJson(s.key, keys) }) as Raw[]).map((raw) => row(raw, 0));
    },
  };
}

function cellsOf(source: RowSource, s: ScannedSet, fields: readonly ScanField[], now: Date): [Cell, string][] {
  const { set, table, key } = s;
  const wants = (f: ScanField): boolean => fields.includes(f);
  const text = (r: ColumnRef): string => `CAST(${refSql(r)} AS TEXT)`;
  const cells: [Cell, string | undefined][] = [
    ['id', idSql(s)],
    ['key', key.plain ? undefined : keySql(key)],
  ];
  if (wants('namespace')) cells.push(['namespace', namespaceSql(s)]);
  if (wants('text') && set.text) cells.push(['text', joined(set.text.map(text))]);
  if (wants('metadata') && set.metadata) cells.push(['metadata', text({ column: set.metadata })]);
  if (wants('hash') && set.hash) cells.push(['hash', text(set.hash)]);
  if (wants('kind') && set.kind) cells.push(['kind', listed(set.kind.map(text))]);
  if (wants('inactive')) cells.push(['inactive', inactiveSql(set, now)]);
  if (wants('created') && set.created) {
    const format = timeFormat(source.db, table.name, set.created);
    if (format !== null) cells.push(['created', secondsSql(refSql(set.created.column), format)]);
  }
  if (wants('rank')) cells.push(...rankCells(source, s));
  if (wants('vector')) cells.push(...vectorCells(s));
  return cells.filter((c): c is [Cell, string] => c[1] !== undefined);
}

function idSql({ set, table, vec0 }: ScannedSet): string {
  if (vec0 === set.table) return `CAST(coalesce(t.id, t.rowid) AS TEXT)`;
  const own =
    set.id ?? (table.withoutRowid ? table.columns.filter((c) => c.primaryKey > 0).map((c) => c.name) : undefined);
  return own?.map((c) => `CAST(t.${quoted(c)} AS TEXT)`).join(" || '/' || ") ?? `CAST(t.${rowidName(table)} AS TEXT)`;
}

/** Expression of a row's namespace as text; of a vec0 table its partition key. */
export function namespaceSql({ set, vec0 }: ScannedSet): string | undefined {
  if (set.namespace !== undefined) return `CAST(${refSql(set.namespace)} AS TEXT)`;
  return vec0 === set.table ? 'CAST(_p.k AS TEXT)' : undefined;
}

/** Where vectors, and partition keys, of a vec0 table are found. */
export function joinsOf({ db }: RowSource, { set, table, vec0 }: ScannedSet): string {
  if (vec0 === undefined) return '';
  const list = `LEFT JOIN ${quoted(`${vec0}_rowids`)} AS _c ON _c.rowid = t.${rowidName(table)}`;
  if (vec0 !== set.table) return list;
  const parts = db.prepare('SELECT 1 FROM pragma_table_xinfo(?) WHERE name = ?').get(`${vec0}_chunks`, 'partition00');
  const chunks = parts === undefined ? 'NULL AS k, chunk_id' : 'partition00 AS k, chunk_id';
  return `${list} LEFT JOIN (SELECT ${chunks} FROM ${quoted(`${vec0}_chunks`)}) AS _p ON _p.chunk_id = t.chunk_id`;
}

/** NULL only where all parts are. */
const joined = (parts: readonly string[]): string =>
  parts.length === 1
    ? (parts[0] as string)
    : `CASE WHEN coalesce(${parts.join(', ')}) IS NOT NULL THEN concat_ws(char(10), ${parts.join(', ')}) END`;
const listed = (parts: readonly string[]): string =>
  parts.length === 1
    ? (parts[0] as string)
    : `CASE WHEN coalesce(${parts.join(', ')}) IS NOT NULL THEN json_array(${parts.join(', ')}) END`;

/** Why a row is inactive: the first mark that holds, then an expiry that is over; NULL for active rows. */
export function inactiveSql(set: SetProfile, now: Date): string | undefined {
  const marks = inactiveMarks(set).map(({ ref, value, says }) => {
    const x = refSql(ref);
    const holds = value === undefined ? `${x} IS NOT NULL` : `CAST(${x} AS TEXT) = ${literal(value)}`;
    return `WHEN ${holds} THEN '${says}'`;
  });
  if (set.ttl !== undefined) marks.push(`WHEN ${expirySql(set.ttl).expires} <= ${now.getTime() / 1000} THEN 'expired'`);
  return marks.length === 0 ? undefined : `CASE ${marks.join(' ')} END`;
}

function rankCells(source: RowSource, { set, table }: ScannedSet): [Cell, string | undefined][] {
  const { pinned, confidence, accesses, updated, edges } = set.rank ?? {};
  const format = updated && timeFormat(source.db, table.name, updated);
  return [
    ['rank:pinned', pinned && refSql(pinned)],
    ['rank:confidence', confidence && refSql(confidence)],
    ['rank:accesses', accesses && refSql(accesses)],
    ['rank:edges', edges && edgesSql(source.catalog, edges)],
    ['rank:updated', updated && format ? secondsSql(refSql(updated.column), format) : undefined],
    ['rank:expires', set.ttl && expiresSql(set.ttl)],
  ];
}

/** Infinite (what SQLite makes of 9e999) where the row never expires, NULL where its time cannot be read. */
function expiresSql(ttl: TtlRule): string {
  const { never, expires } = expirySql(ttl);
  return `CASE WHEN ${never} IS NULL THEN 9e999 ELSE ${expires} END`;
}

function vectorCells({ set, vec0 }: ScannedSet): [Cell, string][] {
  const v = set.vectors;
  if (vec0 !== undefined)
    return [
      ['chunk', '_c.chunk_id'],
      ['offset', '_c.chunk_offset'],
    ];
  if (v?.where === 'column') return [['vector', `t.${quoted(v.column)}`]];
  if (v?.where !== 'table') return [];
  const on = v.on.map((c) => `v.${quoted(c)} = t.${quoted(c)}`).join(' AND ');
  return [['vector', `(SELECT v.${quoted(v.column)} FROM ${quoted(v.table)} AS v WHERE ${on} LIMIT 1)`]];
}

type Building = { -readonly [K in keyof ScanRow]: ScanRow[K] };
type BuildingRank = { -readonly [K in keyof RowRank]: RowRank[K] };

const TEXTS = ['namespace', 'text', 'metadata', 'hash', 'kind'] as const;

function rowBuilder(
  place: ReadonlyMap<Cell, number>,
  set: SetProfile,
  slots: SlotReader | undefined,
): RowReader['row'] {
  const scalar = set.vectors !== undefined && 'scalar' in set.vectors ? set.vectors.scalar : 'float32';
  const texts = TEXTS.flatMap((name) => {
    const at = place.get(name);
    return at === undefined ? [] : [{ name, at }];
  });
  const [id = 0, key, inactive, created, vector] = (['id', 'key', 'inactive', 'created', 'vector'] as const).map((c) =>
    place.get(c),
  );
  const [chunk, offset] = [place.get('chunk'), place.get('offset')];
  const rank = rankBuilder(place);
  return (raw, from) => {
    const row: Building = { id: String(raw[from + id]) };
    if (key !== undefined) row.key = String(raw[from + key]);
    for (const { name, at } of texts) {
      const value = raw[from + at];
      if (typeof value === 'string') row[name] = value;
    }
    if (inactive !== undefined) {
      const why = raw[from + inactive];
      if (why !== null) row.inactive = why as NonNullable<ScanRow['inactive']>;
    }
    if (created !== undefined) {
      const seconds = raw[from + created];
      if (typeof seconds === 'number') row.created = seconds * 1000;
    }
    const read =
      vector !== undefined
        ? decoded(raw[from + vector], scalar)
        : chunk !== undefined && offset !== undefined
          ? slots?.(raw[from + chunk], raw[from + offset])
          : undefined;
    if (read !== undefined) row.vector = read;
    const worth = rank?.(raw, from);
    if (worth !== undefined) row.rank = worth;
    return row;
  };
}

function rankBuilder(place: ReadonlyMap<Cell, number>): ((raw: Raw, from: number) => RowRank | undefined) | undefined {
  const numbers = (['confidence', 'accesses', 'edges', 'updated', 'expires'] as const).flatMap((name) => {
    const at = place.get(`rank:${name}`);
    return at === undefined ? [] : [{ name, at }];
  });
  const pinned = place.get('rank:pinned');
  if (numbers.length === 0 && pinned === undefined) return undefined;
  return (raw, from) => {
    const rank: BuildingRank = {};
    if (pinned !== undefined) {
      const value = raw[from + pinned];
      if (value !== null) rank.pinned = !UNSET.has(String(value).toLowerCase());
    }
    for (const { name, at } of numbers) {
      const value = numberOf(raw[from + at]);
      if (value !== undefined) rank[name] = name === 'updated' || name === 'expires' ? value * 1000 : value;
    }
    return Object.keys(rank).length === 0 ? undefined : rank;
  };
}

/** What a flag that is not set looks like, in whatever type. */
const UNSET: ReadonlySet<string> = new Set(['', '0', '0.0', 'false', 'f', 'no']);

/** Members of JSON columns may be numbers written as texts. */
function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string' || value.trim() === '') return undefined;
  const number = Number(value);
  return Number.isFinite(number) ? number : undefined;
}
