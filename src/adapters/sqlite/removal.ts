/** A planned removal carried out on one batch: what hangs on its rows is looked up, archived, removed and read back as gone. */
import { type ArchivedValue, type RemovedRow, StoreError } from '../../store/index.ts';
import { archived, isPlainValue } from './archived-value.ts';
import { type Db, one, quoted } from './driver.ts';
import { inKeys, type Node, type Removal, unshared } from './removal-plan.ts';
import { archivedReferences } from './side-effects.ts';
import type { Shape } from './table-shape.ts';
import type { Writer } from './writer.ts';

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

/** Of the batch's root rows, those that do not meet the condition: they were added because others go. */
export function rootRowsBeside(
  db: Db,
  { root }: Removal,
  condition: string,
  parameters: Readonly<Record<string, unknown>>,
): number {
  const sql = `SELECT count(*) FROM ${root.shape.quoted} AS t WHERE ${inKeys(root, 't')} AND NOT (${condition})`;
  return Number(db.prepare(sql).pluck().get(parameters));
}

/** Values of the root's rows that vec0 tables know them by. */
function vec0Keys(db: Db, removal: Removal, on: string): unknown[] {
  const { root, sparing } = removal;
  const spared = sparing ? unshared(root, [on]) : '';
  const sql = `SELECT p.${quoted(on)} AS k FROM ${root.shape.quoted} AS p WHERE ${inKeys(root, 'p')} ${spared}`;
  return db.prepare(sql).safeIntegers(true).pluck().all();
}

/** Every row that is about to go, foreign-key parents before their children, vec0 rows last. */
export function archiveOf(db: Db, removal: Removal): RemovedRow[] {
  const rows: RemovedRow[] = [];
  for (const n of goingNodes(removal)) {
    for (const row of archiveSelect(db, n.shape, `WHERE ${inKeys(n, 't')}`)) rows.push(row);
  }
  for (const v of removal.vec0) rows.push(...v.rows.read(db, vec0Keys(db, removal, v.on)));
  for (const f of removal.fts) rows.push(...f.rows.read(db, f.on, rootRows(removal)));
  for (const r of removal.references) {
    const at = (name: string): Node | undefined => removal.nodes.find((n) => n.shape.name === name);
    const child = at(r.child.name);
    const staying = child === undefined ? '1' : `NOT ${inKeys(child, 't')}`;
    rows.push(...archivedReferences(db, r, inKeys(at(r.key.parent) as Node, 'p'), staying));
  }
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

const goingNodes = ({ nodes, root, rootStays }: Removal): Node[] => nodes.filter((n) => !rootStays || n !== root);

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
  for (const n of goingNodes(removal)) {
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
    ...(removal.rootStays ? [] : [`${remove(removal.root)} AND ${condition}`]),
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
