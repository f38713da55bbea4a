/** Where rows of a table are: its rowid, or the primary key of a WITHOUT ROWID table, as text that SQL takes back. */
import { quoted } from './driver.ts';
import { rowidName } from './read-catalog.ts';
import { joinsOf, namespaceSql, type RowSource, type ScannedSet } from './row-reader.ts';

export interface Places {
  /** Expression of a row's place: the rowid as text, or a JSON array. */
  readonly sql: string;
  /** Columns by which the rows are ordered. */
  readonly order: string;
  /** Condition for rows behind `:after`. */
  readonly behind: string;
  /** FROM clause over the rows at `:places`, as `t`. */
  readonly at: string;
  /** `:places` of a list of places. */
  parameter(places: readonly string[]): string;
}

export function placesOf({ table }: ScannedSet): Places {
  const parameter = (places: readonly string[]): string => `[${places.join(',')}]`;
  const from = `json_each(:places) AS k CROSS JOIN ${quoted(table.name)} AS t ON`;
  if (!table.withoutRowid) {
    const rowid = `t.${rowidName(table)}`;
    return {
      // As text, because numbers of JavaScript end at 2^53.
      sql: `CAST(${rowid} AS TEXT)`,
      order: rowid,
      behind: `${rowid} > CAST(:after AS INTEGER)`,
      at: `${from} ${rowid} = k.value`,
      parameter,
    };
  }
  const columns = table.columns
    .filter((c) => c.primaryKey > 0)
    .sort((a, b) => a.primaryKey - b.primaryKey)
    .map((c) => `t.${quoted(c.name)}`);
  const part = (json: string, i: number): string => `json_extract(${json}, '$[${i}]')`;
  return {
    sql: `json_array(${columns.join(', ')})`,
    order: columns.join(', '),
    behind: `(${columns.join(', ')}) > (${columns.map((_, i) => part(':after', i)).join(', ')})`,
    at: `${from} ${columns.map((c, i) => `${c} = ${part('k.value', i)}`).join(' AND ')}`,
    parameter,
  };
}

/** Declared types whose values are text, so that an index on such a column serves a comparison with text. */
const TEXT_TYPE = /CHAR|CLOB|TEXT/;

/**
 * Places of the rows of some namespaces, or of all, in order, a page at a time.
 * @param namespaces null stands for rows that have none
 */
export function* listedPlaces(
  source: RowSource,
  s: ScannedSet,
  namespaces: readonly (string | null)[] | undefined,
  size: number,
): Generator<string[]> {
  const places = placesOf(s);
  const cast = namespaceSql(s);
  const plain =
    s.set.namespace !== undefined && 'column' in s.set.namespace
      ? s.table.columns.find((c) => c.name === (s.set.namespace as { column: string }).column)
      : undefined;
  const x = plain !== undefined && TEXT_TYPE.test(plain.type) ? `t.${quoted(plain.name)}` : (cast ?? 'NULL');
  const wanted = [
    `${x} IN (SELECT value FROM json_each(:spaces))`,
    ...(namespaces?.includes(null) === true ? [`${x} IS NULL`] : []),
  ];
  const inside = namespaces === undefined ? [] : [`(${wanted.join(' OR ')})`];
  const from = `FROM ${quoted(s.table.name)} AS t ${namespaces === undefined ? '' : joinsOf(source, s)}`;
  const page = (conditions: readonly string[]): string =>
    `SELECT ${places.sql} ${from} ${conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`}
     ORDER BY ${places.order} LIMIT :size`;
  const spaces = JSON.stringify((namespaces ?? []).filter((n) => n !== null));
  const given = namespaces === undefined ? { size } : { size, spaces };
  let found = source.db.prepare(page(inside)).pluck(true).all(given) as string[];
  const next = source.db.prepare(page([...inside, places.behind])).pluck(true);
  for (;;) {
    yield found;
    if (found.length < size) return;
    found = next.all({ ...given, after: found.at(-1) }) as string[];
  }
}
