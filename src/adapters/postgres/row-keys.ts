/** How scans and actions name a row: its primary key as text, one list of texts a column where a statement takes many. */
import { InputError } from '../../quantity/index.ts';
import { quoted } from './quoting.ts';
import type { PgReading, PgSet } from './reading.ts';

export interface RowKey {
  /** Primary key in its order; `type` as a text is cast to it. */
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  /** The one column is what the set calls the id: a key is its text, else a JSON array of texts. */
  readonly plain: boolean;
}

/** Undefined where the table has no primary key. */
export function rowKey(reading: PgReading, s: PgSet): RowKey | undefined {
  const table = reading.catalog.catalog.tables.find(
    (t) => t.schema === s.relation.schema && t.name === s.relation.name,
  );
  const names = (table?.columns ?? [])
    .filter((c) => c.primaryKey > 0)
    .sort((a, b) => a.primaryKey - b.primaryKey)
    .map((c) => c.name);
  if (names.length === 0) return undefined;
  const columns = names.map((name) => ({ name, type: uncut(s.relation.castTypes.get(name) ?? 'text') }));
  const { id = names } = s.set;
  return { columns, plain: names.length === 1 && id.length === 1 && id[0] === names[0] };
}

/** The type without a length: a cast to varchar(5) would cut a longer text in silence, and find another row. */
export function uncut(type: string): string {
  const text = /^character(?: varying)?(?=\(|$)/.exec(type)?.[0];
  if (text === undefined) return type;
  return text === 'character' ? 'pg_catalog.bpchar' : text;
}

/**
 * Key → text of each of its columns.
 * @throws InputError when it is no key of this set
 */
export function keyParts(key: RowKey, text: string): readonly string[] {
  if (key.plain) return [text];
  const parts = arrayOf(text);
  if (parts === undefined || parts.length !== key.columns.length)
    throw new InputError(
      'row-key',
      `the row key ${text.slice(0, 80)} is wrong: a JSON array of ${key.columns.length} texts is expected (${key.columns.map((c) => c.name).join(', ')})`,
    );
  return parts;
}

function arrayOf(text: string): string[] | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return Array.isArray(parsed) && parsed.every((p) => typeof p === 'string') ? parsed : undefined;
  } catch {
    return undefined;
  }
}

/** Many keys as parameters: one array a column. */
export function keyArrays(key: RowKey, keys: readonly string[]): string[][] {
  const parts = keys.map((k) => keyParts(key, k));
  return key.columns.map((_, i) => parts.map((p) => p[i] as string));
}

/** FROM item `k(c0, …, i)` over the arrays in $1, …; `i` counts from 1. @param more further lists of texts beside the keys, by name */
export function keysFrom(key: RowKey, ...more: readonly string[]): string {
  const names = [...key.columns.map((_, i) => `c${i}`), ...more];
  const arrays = names.map((_, i) => `pg_catalog.unnest($${i + 1}::text[])`).join(', ');
  return `ROWS FROM (${arrays}) WITH ORDINALITY AS k(${names.join(', ')}, i)`;
}

/** Condition that ties a row to `k`; an index of the key serves it. */
export function keysJoin(key: RowKey, alias: string): string {
  return key.columns.map((c, i) => `${alias}.${quoted(c.name)} = k.c${i}::${c.type}`).join(' AND ');
}
