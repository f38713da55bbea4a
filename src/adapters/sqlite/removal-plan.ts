/**
 * Rows of one table and everything that goes with them: what the profile names, what foreign keys cascade to, and the
 * rows of vec0 tables. The keys of each table concerned stand in a temporary table while a batch lasts; so what is
 * archived, removed and read back afterwards is the same set of rows.
 */
import type { Dependent } from '../../profiles/index.ts';
import { StoreError, type Target } from '../../store/index.ts';
import { type Db, quoted } from './driver.ts';
import { type FtsRows, ftsRows } from './fts-rows.ts';
import { type ForeignWrite, foreignWrites, type Reference, referencesTo } from './side-effects.ts';
import { type ForeignKey, foreignKeys, type Shape, shapeOf } from './table-shape.ts';
import { refSql } from './time-sql.ts';
import { type Vec0Rows, vec0Rows } from './vec0-rows.ts';
import type { Asked, Writer } from './writer.ts';

export interface Node {
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
  /** What its rows hang on. */
  readonly hangs: { readonly on: Node; readonly columns: readonly (readonly [child: string, parent: string])[] }[];
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
  /** Rows that stay and lose a reference. */
  readonly references: readonly Reference[];
  readonly foreignWrites: readonly ForeignWrite[];
  /** The root's rows stay, and what is named goes alone. */
  readonly rootStays: boolean;
  readonly sparing: boolean;
}

export interface RemovalOptions {
  /** The root's rows stay, and only the dependents that are named go: nothing that its engine would cascade to. */
  readonly rootStays?: boolean;
  /** What hangs on a row that stays as well as on one that goes is left. */
  readonly sparing?: boolean;
}

/**
 * Looks only; nothing is made for it.
 * @param dependents of the root table; those whose table is not there are left out
 * @throws StoreError exit 5 where rows would go along that nothing says should
 */
export function lookAtRemoval(
  w: Asked,
  rootTable: string,
  dependents: readonly Dependent[],
  { rootStays = false, sparing = false }: RemovalOptions = {},
): Removal {
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
      hangs: [],
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
    if (table === undefined || (rootStays && d.how !== 'delete')) continue;
    const child = node(table.name, d.how === 'delete', d.after === true);
    if (child !== root) hang(child, root, Object.entries(d.on), sparing && d.how === 'delete');
  }
  const keys = foreignKeys(db, catalog.stored);
  for (const parent of nodes.values()) {
    if (rootStays && parent === root) continue;
    // The map grows while it is walked: a cascade of a cascade is reached too.
    for (const f of keys.filter((k) => k.parent === parent.shape.name && k.onDelete === 'CASCADE')) {
      if (parent === root && f.child === root.shape.name) throw selfCascade(w.target, root.shape.name);
      if (!nodes.has(f.child.toLowerCase())) refuseOtherMemories(w, f);
      hang(node(f.child, false), parent, f.columns);
    }
  }
  const going = [...nodes.values()].filter((n) => !rootStays || n !== root);
  const names = new Set(going.map((n) => n.shape.name));
  return {
    root,
    nodes: parentsFirst([...nodes.values()], keys),
    vec0,
    fts,
    checked: [...new Set(keys.filter((k) => names.has(k.child) || names.has(k.parent)).map((k) => k.child))],
    references: referencesTo(names, keys, keysOf),
    foreignWrites: foreignWrites(catalog, [...names, ...vec0.map((v) => v.rows.table)]),
    rootStays,
    sparing,
  };
}

/** What is to be removed, with the temporary tables of its keys. @throws StoreError as `lookAtRemoval` */
export function planRemoval(
  w: Writer,
  rootTable: string,
  dependents: readonly Dependent[],
  options: RemovalOptions = {},
): Removal {
  const { db } = w;
  const removal = lookAtRemoval(w, rootTable, dependents, options);
  for (const n of removal.nodes) {
    const columns = n.shape.key.map((_, i) => `k${i}`).join(', ');
    db.exec(`DROP TABLE IF EXISTS ${n.keys}`);
    const type =
      n.shape.key.length === 1 && keysAreRowids(n.shape)
        ? 'k0 INTEGER PRIMARY KEY'
        : `${columns}, PRIMARY KEY (${columns})`;
    db.exec(`CREATE TABLE ${n.keys} (${type})`);
  }
  return removal;
}

function hang(child: Node, on: Node, columns: Node['hangs'][number]['columns'], sparing = false): void {
  child.hangs.push({ on, columns });
  child.fills.push(fillSql(child, on, columns, sparing));
}

/** Rows that go because others of their own table do. */
export function selfCascade(target: Target, table: string): StoreError {
  return new StoreError(
    'self-cascade',
    `${target}: rows of ${table} take other rows of it along when they go (ON DELETE CASCADE), whether or not those should go; nothing more was changed`,
    'drop the cascade, or let the application itself remove such rows',
    5,
  );
}

/** A cascade that the profile does not name, into a table of memories that have a rule of their own, or none. */
function refuseOtherMemories(w: Asked, f: ForeignKey): void {
  const sets = w.matches().flatMap((m) => m.sets);
  const other = sets.find((s) => s.table.toLowerCase() === f.child.toLowerCase() && s.readOnly === undefined);
  if (other === undefined) return;
  throw new StoreError(
    'cascade-into-set',
    `${w.target}: rows of ${f.child} are memories of their own and would go with rows of ${f.parent} (ON DELETE CASCADE), ${other.ttl === undefined ? 'though nothing says that they ever expire' : 'expired or not'}; nothing was changed`,
    `if that is meant, name ${f.child} among the dependents of ${f.parent} in a --map file`,
    5,
  );
}

const keysAreRowids = (s: Shape): boolean => s.key.length === 1 && !s.columns.some((c) => quoted(c.name) === s.key[0]);

function shapesOnce(w: Asked, stored: (name: string) => Parameters<typeof shapeOf>[1] | undefined) {
  return (name: string): Shape => {
    const table = stored(name);
    if (table === undefined) throw new StoreError('table-gone', `${w.target}: there is no table ${name}`, undefined, 5);
    return shapeOf(w.db, table);
  };
}

function fillSql(child: Node, parent: Node, on: readonly (readonly [string, string])[], sparing: boolean): string {
  const mine = on.map(([c]) => childSql(c)).join(', ');
  const theirs = on.map(([, p]) => `p.${quoted(p)}`).join(', ');
  const key = child.shape.key.map((k) => `c.${k}`).join(', ');
  return `INSERT OR IGNORE INTO ${child.keys} SELECT ${key} FROM ${child.shape.quoted} AS c
    WHERE (${mine}) IN (SELECT ${theirs} FROM ${parent.shape.quoted} AS p WHERE ${inKeys(parent, 'p')}
      ${
        sparing
          ? unshared(
              parent,
              on.map(([, p]) => p),
            )
          : ''
      })`;
}

/** Further condition on a row that goes, as `p`: none that stays has the same values, by which others hang on both. */
export function unshared(parent: Node, columns: readonly string[]): string {
  const theirs = columns.map((c) => `p.${quoted(c)}`).join(', ');
  const staying = columns.map((c) => `s.${quoted(c)}`).join(', ');
  return `AND (${theirs}) NOT IN (SELECT ${staying} FROM ${parent.shape.quoted} AS s WHERE NOT ${inKeys(parent, 's')}
    AND (${staying}) IN (SELECT ${theirs} FROM ${parent.shape.quoted} AS p WHERE ${inKeys(parent, 'p')}))`;
}

/** A column of the child, or a member of a JSON column of it: "metadata->message_id", as text. */
export function childSql(column: string, alias = 'c'): string {
  const [json, path] = column.split('->');
  if (path === undefined) return `${alias}.${quoted(column)}`;
  return `CAST((${refSql({ json: json as string, path }, alias)}) AS TEXT)`;
}

/** Condition that a row's key is among the batch's. */
export function inKeys(n: Node, alias: string): string {
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

export function dropKeys(db: Db, removal: Removal): void {
  for (const n of removal.nodes) db.exec(`DROP TABLE IF EXISTS ${n.keys}`);
}
