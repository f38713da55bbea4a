/**
 * Rows of one table and everything that goes with them: what the profile names, what foreign keys cascade to, and the
 * rows of vec0 tables. The keys of each table concerned stand in a temporary table while a batch lasts; so what is
 * archived, removed and read back afterwards is the same set of rows.
 */
import type { Dependent } from '../../profiles/index.ts';
import { type ArchivedValue, type RemovedRow, StoreError } from '../../store/index.ts';
import { archived, isPlainValue } from './archived-value.ts';
import { type Db, one, quoted } from './driver.ts';
import { type FtsRows, ftsRows } from './fts-rows.ts';
import { foreignKeys, type Shape, shapeOf } from './table-shape.ts';
import { refSql } from './time-sql.ts';
import { type Vec0Rows, vec0Rows } from './vec0-rows.ts';
import type { Writer } from './writer.ts';

interface Node {
  readonly shape: Shape;
  /** Temporary table of the keys; its columns are k0, k1, … */
  readonly keys: string;
  /** The key is the rowid. */
  readonly byRowid: boolean;
  /** Removed by a statement of ours; otherwise the engine does it and it is checked. */
  readonly explicit: boolean;
  /** The row refers to this one: it goes after the row, and its children with it. */
  readonly after: boolean;
  /** Statements that add the keys of rows that hang on another table's. */
  readonly fills: string[];
}

export interface Removal {
  readonly root: Node;
  /** Foreign-key parents before their children. */
  readonly nodes: readonly Node[];
  readonly vec0: readonly { readonly rows: Vec0Rows; readonly on: string }[];
  /** Full-text tables that no trigger looks after. */
  readonly fts: readonly { readonly rows: FtsRows; readonly on: string }[];
  /** Tables whose foreign keys are checked afterwards. */
  readonly checked: readonly string[];
}

/** @param dependents of the root table; those whose table is not there are left out */
export function planRemoval(w: Writer, rootTable: string, dependents: readonly Dependent[]): Removal {
  const { db } = w;
  const catalog = w.catalog();
  const stored = (name: string) => catalog.stored.find((t) => t.name.toLowerCase() === name.toLowerCase());
  const rootStored = stored(rootTable);
  if (rootStored === undefined) {
    throw new StoreError('set-gone', `${w.target}: there is no table ${rootTable} any more`, undefined, 5);
  }
  const keysOf = shapesOnce(w, stored);
  const nodes = new Map<string, Node>();
  const node = (name: string, explicit: boolean, after = false): Node => {
    const known = nodes.get(name.toLowerCase());
    if (known !== undefined) return known;
    const shape = keysOf(name);
    const made: Node = {
      shape,
      keys: `temp.memctl_keys_${nodes.size}`,
      byRowid: stored(name)?.withoutRowid === false,
      explicit,
      after,
      fills: [],
    };
    nodes.set(name.toLowerCase(), made);
    return made;
  };
  const root = node(rootStored.name, true);
  const vec0: { rows: Vec0Rows; on: string }[] = [];
  const fts: { rows: FtsRows; on: string }[] = [];
  for (const d of dependents) {
    if (d.how === 'vec0') {
      const rows = vec0Rows(catalog, d.table);
      if (rows !== undefined) vec0.push({ rows, on: Object.values(d.on)[0] as string });
      continue;
    }
    if (d.how === 'fts5') {
      const rows = ftsRows(catalog, d.table);
      if (rows !== undefined) fts.push({ rows, on: Object.values(d.on)[0] as string });
      continue;
    }
    if (d.how === 'unlink') {
      if (!catalog.catalog.tables.some((t) => t.name.toLowerCase() === d.table.toLowerCase())) continue;
      throw new StoreError(
        'dependent-unsupported',
        `${w.target}: rows of ${rootTable} are listed in ${d.table}, which this release does not keep up to date in SQLite; nothing was changed`,
        'let the application itself remove these rows',
        5,
      );
    }
    const table = stored(d.table);
    // A full-text table is kept by triggers, and judged as a whole afterwards.
    if (table === undefined) continue;
    const child = node(table.name, d.how === 'delete', d.after === true);
    if (child !== root) child.fills.push(fillSql(child, root, Object.entries(d.on)));
  }
  const keys = foreignKeys(db, catalog.stored);
  for (const parent of nodes.values()) {
    // The map grows while it is walked: a cascade of a cascade is reached too.
    for (const f of keys.filter((k) => k.parent === parent.shape.name && k.onDelete === 'CASCADE')) {
      const child = node(f.child, false);
      child.fills.push(fillSql(child, parent, f.columns));
    }
  }
  for (const n of nodes.values()) {
    const columns = n.shape.key.map((_, i) => `k${i}`).join(', ');
    db.exec(`DROP TABLE IF EXISTS ${n.keys}`);
    const type =
      n.shape.key.length === 1 && keysAreRowids(n.shape)
        ? 'k0 INTEGER PRIMARY KEY'
        : `${columns}, PRIMARY KEY (${columns})`;
    db.exec(`CREATE TABLE ${n.keys} (${type})`);
  }
  const names = new Set([...nodes.values()].map((n) => n.shape.name));
  return {
    root,
    nodes: parentsFirst([...nodes.values()], keys),
    vec0,
    fts,
    checked: [...new Set(keys.filter((k) => names.has(k.child) || names.has(k.parent)).map((k) => k.child))],
  };
}

const keysAreRowids = (s: Shape): boolean => s.key.length === 1 && !s.columns.some((c) => quoted(c.name) === s.key[0]);

function shapesOnce(w: Writer, stored: (name: string) => Parameters<typeof shapeOf>[1] | undefined) {
  return (name: string): Shape => {
    const table = stored(name);
    if (table === undefined) throw new StoreError('table-gone', `${w.target}: there is no table ${name}`, undefined, 5);
    return shapeOf(w.db, table);
  };
}

function fillSql(child: Node, parent: Node, on: readonly (readonly [string, string])[]): string {
  const mine = on.map(([c]) => childSql(c)).join(', ');
  const theirs = on.map(([, p]) => `p.${quoted(p)}`).join(', ');
  const key = child.shape.key.map((k) => `c.${k}`).join(', ');
  return `INSERT OR IGNORE INTO ${child.keys} SELECT ${key} FROM ${child.shape.quoted} AS c
    WHERE (${mine}) IN (SELECT ${theirs} FROM ${parent.shape.quoted} AS p WHERE ${inKeys(parent, 'p')})`;
}

/** A column of the child, or a member of a JSON column of it: "metadata->message_id", as text. */
export function childSql(column: string, alias = 'c'): string {
  const [json, path] = column.split('->');
  if (path === undefined) return `${alias}.${quoted(column)}`;
  return `CAST((${refSql({ json: json as string, path }, alias)}) AS TEXT)`;
}

/** Condition that a row's key is among the batch's. */
function inKeys(n: Node, alias: string): string {
  const key = n.shape.key.map((k) => `${alias}.${k}`).join(', ');
  return `(${key}) IN (SELECT ${n.shape.key.map((_, i) => `k${i}`).join(', ')} FROM ${n.keys})`;
}

function parentsFirst(nodes: Node[], keys: ReturnType<typeof foreignKeys>): Node[] {
  const rest = [...nodes];
  const sorted: Node[] = [];
  while (rest.length > 0) {
    const at = rest.findIndex(
      (n) =>
        !keys.some(
          (k) => k.child === n.shape.name && k.parent !== k.child && rest.some((o) => o.shape.name === k.parent),
        ),
    );
    // Tables that refer to each other in a ring have no first one.
    sorted.push(...rest.splice(Math.max(at, 0), 1));
  }
  return sorted;
}

/** Empties the key tables; the caller then fills the root's. */
export function clearKeys(db: Db, removal: Removal): void {
  for (const n of removal.nodes) db.exec(`DELETE FROM ${n.keys}`);
}

/** Adds the keys of everything that hangs on the root's rows. @returns rows of each table, the root first */
export function spread(db: Db, removal: Removal): { readonly root: number; readonly others: number } {
  const fills = removal.nodes.flatMap((n) => n.fills);
  for (let added = 1; added > 0 && fills.length > 0; ) {
    added = 0;
    for (const sql of fills) added += db.prepare(sql).run().changes;
  }
  const count = (n: Node): number => Number(one(db, `SELECT count(*) AS n FROM ${n.keys}`)['n']);
  return {
    root: count(removal.root),
    others: removal.nodes.filter((n) => n !== removal.root).reduce((a, n) => a + count(n), 0),
  };
}

/** Values of the root's rows that vec0 tables know them by. */
function vec0Keys(db: Db, removal: Removal, on: string): unknown[] {
  const { shape } = removal.root;
  const sql = `SELECT p.${quoted(on)} AS k FROM ${shape.quoted} AS p WHERE ${inKeys(removal.root, 'p')}`;
  return db.prepare(sql).safeIntegers(true).pluck().all();
}

/** Every row that is about to go, foreign-key parents before their children, vec0 rows last. */
export function archiveOf(db: Db, removal: Removal): RemovedRow[] {
  const rows: RemovedRow[] = [];
  for (const n of removal.nodes) {
    for (const row of archiveSelect(db, n.shape, `WHERE ${inKeys(n, 't')}`)) rows.push(row);
  }
  for (const v of removal.vec0) rows.push(...v.rows.read(db, vec0Keys(db, removal, v.on)));
  for (const f of removal.fts) rows.push(...f.rows.read(db, f.on, rootRows(removal)));
  return rows;
}

/** Rows of a table, as `t`, in the form in which they are archived. */
export function archiveSelect(
  db: Db,
  shape: Shape,
  where: string,
  parameters: Readonly<Record<string, unknown>> = {},
): RemovedRow[] {
  const columns = [
    ...(shape.rowid === null ? [] : [{ name: shape.rowid, affinity: 'converts' as const, sql: `t.${shape.rowid}` }]),
    ...shape.columns.map((c) => ({ ...c, sql: `t.${quoted(c.name)}` })),
  ];
  const sql = `SELECT ${columns.map((c) => c.sql).join(', ')} FROM ${shape.quoted} AS t ${where}`;
  const read = (exact: boolean): RemovedRow[] | null => {
    const rows: RemovedRow[] = [];
    for (const row of db.prepare(sql).safeIntegers(exact).raw(true).iterate(parameters) as Iterable<unknown[]>) {
      const values: Record<string, ArchivedValue> = {};
      for (let i = 0; i < columns.length; i++) {
        const { name, affinity } = columns[i] as (typeof columns)[number];
        if (!exact && !isPlainValue(row[i], affinity)) return null;
        values[name] = archived(row[i], affinity);
      }
      rows.push({ place: shape.name, values });
    }
    return rows;
  };
  // Integers as numbers are read several times as fast; where one of them is not the same afterwards, all are read exactly.
  return read(false) ?? (read(true) as RemovedRow[]);
}

const rootRows = ({ root }: Removal): string => `FROM ${root.shape.quoted} AS p WHERE ${inKeys(root, 'p')}`;

/**
 * Removes the batch and reads back that it is gone.
 * @param condition the root's condition, repeated in the statement that removes
 * @param parameters of the condition
 * @returns rows of vec0 tables that went
 */
export function removeKeys(
  w: Writer,
  removal: Removal,
  condition: string,
  parameters: Readonly<Record<string, unknown>>,
): number {
  const { db } = w;
  let vectors = 0;
  for (const v of removal.vec0) vectors += v.rows.remove(db, vec0Keys(db, removal, v.on));
  for (const sql of removeSql(removal, condition)) db.prepare(sql).run(parameters);
  for (const n of removal.nodes) {
    const left = Number(one(db, `SELECT count(*) AS n FROM ${n.shape.quoted} AS t WHERE ${inKeys(n, 't')}`)['n']);
    if (left > 0) {
      throw new StoreError(
        'removal-incomplete',
        `${w.target}: ${left} rows of ${n.shape.name} are still there after they were removed; the batch was taken back`,
        n.explicit
          ? 'a trigger of the store keeps them'
          : 'the store says that its engine removes them, and it does not',
      );
    }
  }
  return vectors;
}

function removeSql(removal: Removal, condition: string): string[] {
  // Children before what they refer to.
  const explicit = removal.nodes.filter((n) => n.explicit && n !== removal.root).reverse();
  const remove = (n: Node): string => `DELETE FROM ${n.shape.quoted} AS t WHERE ${inKeys(n, 't')}`;
  return [
    ...removal.fts.map((f) => f.rows.removeSql(f.on, rootRows(removal))),
    ...explicit.filter((n) => !n.after).map(remove),
    `${remove(removal.root)} AND ${condition}`,
    ...explicit.filter((n) => n.after).map(remove),
  ];
}

/**
 * Compiles what will be run: triggers and cascades are compiled with it, so a function that is missing shows before
 * anything is touched.
 * @throws StoreError
 */
export function refuseUnknownFunctions(w: Writer, removal: Removal): void {
  for (const sql of removeSql(removal, '1')) {
    try {
      w.db.prepare(sql);
    } catch (e) {
      throw functionMissing(w, e, removal.root.shape.name);
    }
  }
}

export function functionMissing(w: Writer, e: unknown, table: string): unknown {
  const name = e instanceof Error ? /no such function: (\S+)/.exec(e.message)?.[1] : undefined;
  if (name === undefined) return e;
  return new StoreError(
    'unknown-function',
    `${w.target}: a trigger on ${table}, or on a table it cascades to, calls ${name}(), a function of the application that this program does not have; nothing was changed`,
    'let the application itself remove these rows',
    5,
  );
}

/** Rows whose foreign key points nowhere, in the tables concerned. */
export function foreignKeyViolations(db: Db, removal: Removal): number {
  return removal.checked.reduce(
    (a, t) => a + Number(one(db, 'SELECT count(*) AS n FROM pragma_foreign_key_check(?)', [t])['n']),
    0,
  );
}

export function dropKeys(db: Db, removal: Removal): void {
  for (const n of removal.nodes) db.exec(`DROP TABLE IF EXISTS ${n.keys}`);
}
