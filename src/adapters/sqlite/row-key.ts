/** How scans and actions name a row of a SQLite table: by its declared primary key where there is one, else by the rowid. */
import type { SetProfile } from '../../profiles/index.ts';
import { InputError } from '../../quantity/index.ts';
import { quoted } from './driver.ts';
import { rowidName, type StoredTable } from './read-catalog.ts';

export interface RowKey {
  /** Expressions over the alias `t` that make the key, as SQL writes them; one for the rowid. */
  readonly columns: readonly string[];
  /** The one column is also what the set calls the id: a key is its text, else a JSON array of texts. */
  readonly plain: boolean;
  readonly byRowid: boolean;
}

/** In such a column nothing is converted on comparison, and a text never equals the number it spells. */
const UNCONVERTED = /^$|BLOB/;

export function rowKey(table: StoredTable, set: SetProfile): RowKey {
  const primary = table.columns
    .filter((c) => c.primaryKey > 0)
    .sort((a, b) => a.primaryKey - b.primaryKey)
    .filter((c) => c.name !== table.rowidColumn);
  const declared = primary.length > 0 && (table.withoutRowid || primary.every((c) => !UNCONVERTED.test(c.type)));
  if (!declared) {
    const rowid = rowidName(table);
    const names = [rowid, table.rowidColumn].map((n) => n?.toLowerCase());
    const plain = set.id === undefined || (set.id.length === 1 && names.includes(set.id[0]?.toLowerCase()));
    return { columns: [`t.${rowid}`], plain, byRowid: true };
  }
  const own = set.id ?? primary.map((c) => c.name);
  return {
    columns: primary.map((c) => `t.${quoted(c.name)}`),
    plain: primary.length === 1 && own.length === 1 && own[0] === primary[0]?.name,
    byRowid: false,
  };
}

/** Expression of the key as scans report it: text, or a JSON array of texts (null where SQLite let a NULL into a key; nothing is found by it). */
export function keySql(key: RowKey): string {
  const texts = key.columns.map((c) => `CAST(${c} AS TEXT)`);
  return key.plain ? (texts[0] as string) : `json_array(${texts.join(', ')})`;
}

/**
 * FROM clause over the rows that keys name, as `t`, each once; `:keys` is what `keysJson` gives. The keys come first, so that
 * every row is sought and the table is never read through.
 */
export function rowsByKey(table: string, key: RowKey): string {
  const parts = key.columns.map((c, i) => {
    const value = `json_extract(k.value, '$[${i}]')`;
    return `${c} = ${key.byRowid ? `CAST(${value} AS INTEGER)` : value}`;
  });
  return `(SELECT DISTINCT value FROM json_each(:keys)) AS k CROSS JOIN ${quoted(table)} AS t ON ${parts.join(' AND ')}`;
}

/**
 * Keys, as `keyOf` has them, as the parameter of `rowsByKey`.
 * @throws InputError when one of them is no key of this set
 */
export function keysJson(key: RowKey, keys: readonly string[]): string {
  return JSON.stringify(keys.map((k) => (key.plain ? [k] : parts(k, key.columns.length))));
}

function parts(text: string, length: number): readonly unknown[] {
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch {
    found = undefined;
  }
  if (Array.isArray(found) && found.length === length && found.every((p) => typeof p === 'string' || p === null))
    return found;
  throw new InputError(
    'row-key',
    `the row key ${text.slice(0, 80)} is wrong: a JSON array of ${length} ${length === 1 ? 'text' : 'texts'} is expected`,
  );
}
