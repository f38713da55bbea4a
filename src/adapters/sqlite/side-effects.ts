/**
 * What a removal does to rows that stay: references that the engine sets to NULL or to their default, and triggers that write
 * elsewhere. The first are archived with what they referred to; of the second nobody knows what they took.
 */
import { type RemovedRow, StoreError, type Target } from '../../store/index.ts';
import { archived, bindable } from './archived-value.ts';
import { type Db, quoted } from './driver.ts';
import type { SqliteCatalog } from './read-catalog.ts';
import type { ForeignKey, Shape } from './table-shape.ts';

/** Rows of a table that stay when what they refer to goes, and lose the reference. */
export interface Reference {
  readonly child: Shape;
  readonly key: ForeignKey;
}

/** Marks a column of an archived row that itself stayed: what it referred to. */
export const REFERRED = '<-';

/** Foreign keys with ON DELETE SET NULL or SET DEFAULT to the given tables. */
export function referencesTo(
  tables: ReadonlySet<string>,
  keys: readonly ForeignKey[],
  shape: (name: string) => Shape,
): Reference[] {
  return keys
    .filter((key) => /^SET /i.test(key.onDelete) && tables.has(key.parent))
    .map((key) => ({ child: shape(key.child), key }));
}

/** Names of the key columns as archives have them; those of a shape are quoted. */
export const keyNames = (s: Shape): string[] =>
  s.key.map((k) => (k.startsWith('"') ? k.slice(1, -1).replaceAll('""', '"') : k));

/** Rows of the child, as `t`, that refer to rows which meet a condition, as `p`. */
export function referring({ child, key }: Reference, parents: string): string {
  const mine = key.columns.map(([c]) => `t.${quoted(c)}`).join(', ');
  const theirs = key.columns.map(([, p]) => `p.${quoted(p)}`).join(', ');
  return `FROM ${child.quoted} AS t WHERE (${mine}) IN (SELECT ${theirs} FROM ${quoted(key.parent)} AS p WHERE ${parents})`;
}

/** @param parents condition of the parent's rows that go, as `p`; `staying` condition of the child's rows that stay, as `t` */
export function archivedReferences(db: Db, r: Reference, parents: string, staying: string): RemovedRow[] {
  const names = [...keyNames(r.child), ...r.key.columns.map(([c]) => `${c}${REFERRED}`)];
  const list = [...r.child.key.map((k) => `t.${k}`), ...r.key.columns.map(([c]) => `t.${quoted(c)}`)];
  const rows = db
    .prepare(`SELECT ${list.join(', ')} ${referring(r, parents)} AND ${staying}`)
    .safeIntegers(true)
    .raw(true)
    .all() as unknown[][];
  return rows.map((row) => ({
    place: r.child.name,
    values: Object.fromEntries(names.map((n, i) => [n, archived(row[i], 'converts')])),
  }));
}

export const isReference = (row: RemovedRow): boolean => Object.keys(row.values).some((n) => n.endsWith(REFERRED));

/**
 * Gives a row that stayed its reference back, unless it refers to something else by now.
 * @returns `true`, `"retry"` while the row is not there, or why not
 */
export function referAgain(db: Db, shape: Shape, row: RemovedRow): true | 'retry' | string {
  const columns = Object.keys(row.values)
    .filter((n) => n.endsWith(REFERRED))
    .map((n) => n.slice(0, -REFERRED.length));
  const key = keyNames(shape).map((n) => bindable(row.values[n]));
  const old = columns.map((c) => bindable(row.values[`${c}${REFERRED}`]));
  const at = shape.key.map((k) => `${k} IS ?`).join(' AND ');
  const defaults = db.prepare('SELECT dflt_value FROM pragma_table_xinfo(?) WHERE name = ? COLLATE NOCASE').pluck();
  const free = columns.map((c) => {
    const value = defaults.get(shape.name, c);
    return `(${quoted(c)} IS NULL${typeof value === 'string' ? ` OR ${quoted(c)} IS ${value}` : ''})`;
  });
  const set = columns.map((c) => `${quoted(c)} = ?`).join(', ');
  const sql = `UPDATE ${shape.quoted} SET ${set} WHERE ${at} AND ${free.join(' AND ')}`;
  if (db.prepare(sql).run(...old, ...key).changes > 0) return true;
  if (db.prepare(`SELECT 1 FROM ${shape.quoted} WHERE ${at}`).get(...key) === undefined) return 'retry';
  return 'it refers to another row by now, or to the same again';
}

/** A trigger that changes rows of a table which nobody archives. */
export interface ForeignWrite {
  readonly trigger: string;
  readonly on: string;
  readonly into: string;
}

const NAME = '("(?:[^"]|"")+"|`[^`]+`|\\[[^\\]]+\\]|[\\p{L}_][\\p{L}\\p{N}_$]*)';
const WRITES = new RegExp(
  `\\b(DELETE\\s+FROM|UPDATE(?:\\s+OR\\s+\\w+)?|REPLACE\\s+INTO|INSERT(?:\\s+OR\\s+\\w+)?\\s+INTO)\\s+${NAME}`,
  'giu',
);

/**
 * Triggers on DELETE of the given tables (or on UPDATE of the given columns of them) that remove or change rows of others. Left out: full-text tables, which are checked as a
 * whole; plain INSERTs, which take nothing away; and what a trigger on INSERT of the same table writes as well, as counters do.
 * @param own tables whose rows are removed, and archived, anyway
 */
export function foreignWrites(
  catalog: SqliteCatalog,
  own: readonly string[],
  event: 'delete' | { readonly update: readonly string[] } = 'delete',
): ForeignWrite[] {
  const mine = new Set(own.map((n) => n.toLowerCase()));
  const parsed = catalog.catalog.triggers
    .filter((t) => mine.has(t.table.toLowerCase()))
    .map((t) => {
      const sql = t.definition
        .replace(/'(?:[^']|'')*'/g, "''")
        .replace(/--[^\n]*/g, ' ')
        .replace(/\/\*[\s\S]*?\*\//g, ' ');
      const begin = sql.search(/\bBEGIN\b/i);
      const head = sql.slice(0, begin);
      const on = /\bDELETE\s+ON\b/i.test(head) ? 'delete' : /\bINSERT\s+ON\b/i.test(head) ? 'insert' : 'update';
      const of = /\bUPDATE\s+OF\s+([\s\S]*?)\s+ON\b/i.exec(head)?.[1];
      const writes = [...sql.slice(begin).matchAll(WRITES)].map((m) => ({
        verb: (m[1] as string).toUpperCase().replace(/\s+/g, ' '),
        into: (m[2] as string).replace(/^["`[]([\s\S]*)["`\]]$/, '$1').replaceAll('""', '"'),
      }));
      return { t, on, of, writes };
    });
  const fullText = (name: string): boolean =>
    [...catalog.virtual].some(([n, v]) => n.toLowerCase() === name.toLowerCase() && v.module === 'fts5');
  const found = parsed
    .filter((p) => (event === 'delete' ? p.on === 'delete' : p.on === 'update' && firesOn(p.of, event.update)))
    .flatMap(({ t, writes }) =>
      writes
        .filter((w) => w.verb !== 'INSERT INTO' && w.verb !== 'INSERT OR IGNORE INTO')
        .filter((w) => !mine.has(w.into.toLowerCase()) && !fullText(w.into))
        .filter(
          (w) =>
            !parsed.some(
              (p) =>
                p.on === 'insert' &&
                p.t.table.toLowerCase() === t.table.toLowerCase() &&
                p.writes.some((o) => o.into.toLowerCase() === w.into.toLowerCase()),
            ),
        )
        .map((w) => ({ trigger: t.name, on: t.table, into: w.into })),
    );
  return found.filter((w, i) => found.findIndex((o) => o.trigger === w.trigger && o.into === w.into) === i);
}

/** @param of list of columns behind UPDATE OF; without one, a trigger fires on every column */
function firesOn(of: string | undefined, columns: readonly string[]): boolean {
  if (of === undefined) return true;
  const named = of.split(',').map((c) =>
    c
      .trim()
      .replace(/^["`[]([\s\S]*)["`\]]$/, '$1')
      .toLowerCase(),
  );
  return columns.some((c) => named.includes(c.toLowerCase()));
}

export const saidOf = (w: ForeignWrite): string =>
  `trigger ${w.trigger} on ${w.on} changes or removes rows of ${w.into}, which no archive keeps and no undo brings back`;

/** @throws StoreError exit 5: an archive that lacks what a trigger takes would promise an undo that is none */
export function refuseUnarchived(target: Target, writes: readonly ForeignWrite[]): void {
  if (writes.length === 0) return;
  throw new StoreError(
    'trigger-unarchived',
    `${target}: ${writes.map(saidOf).join('; ')}; nothing was changed`,
    'run without --archive if these rows may go for good, or let the application itself remove the rows',
    5,
  );
}
