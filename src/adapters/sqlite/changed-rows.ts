/**
 * Rows that stay and of which columns are written: what stood there before and what stands there now, so that undo can put the
 * first back while the second is still there. What a trigger writes into the same rows is found by comparing whole rows.
 */
import { type ArchivedValue, type RemovedRow, StoreError } from '../../store/index.ts';
import { archived, bindable } from './archived-value.ts';
import { type Db, quoted } from './driver.ts';
import { keyNames } from './side-effects.ts';
import type { Shape } from './table-shape.ts';
import type { Writer } from './writer.ts';

/** Values of every column, in the archive's form. */
interface Row {
  readonly key: readonly ArchivedValue[];
  readonly values: readonly ArchivedValue[];
}

type Image = Map<string, Row>;

function imageOf(db: Db, shape: Shape, where: string): Image {
  const keys = shape.key.map((k) => `t.${k}`);
  const columns = shape.columns.map((c) => `t.${quoted(c.name)}`);
  const sql = `SELECT ${[...keys, ...columns].join(', ')} FROM ${shape.quoted} AS t WHERE ${where}`;
  const image: Image = new Map();
  for (const row of db.prepare(sql).safeIntegers(true).raw(true).iterate() as Iterable<unknown[]>) {
    const key = row.slice(0, keys.length).map((v) => archived(v, 'converts'));
    const values = shape.columns.map((c, i) => archived(row[keys.length + i], c.affinity));
    image.set(JSON.stringify(key), { key, values });
  }
  return image;
}

/** Under what a row is found again: its primary key where it is declared and set, for VACUUM may give it another rowid. */
function identityOf(w: Writer, shape: Shape): (row: Row) => Readonly<Record<string, ArchivedValue>> {
  const primary = w
    .catalog()
    .stored.find((t) => t.name === shape.name)
    ?.columns.filter((c) => c.primaryKey > 0)
    .map((c) => c.name);
  const names = keyNames(shape);
  return ({ key, values }) => {
    const declared = primary?.map((n) => [n, values[shape.columns.findIndex((c) => c.name === n)] ?? null] as const);
    const found = declared !== undefined && declared.length > 0 && declared.every(([, v]) => v !== null);
    return Object.fromEntries(found ? declared : names.map((n, i) => [n, key[i] ?? null]));
  };
}

/** Columns by which an archived row that stayed is found: those of its values that were not written. */
export const identityColumns = ({ values, changed = {} }: RemovedRow): string[] =>
  Object.keys(values).filter((n) => !(n in changed));

/**
 * @param where condition of the rows, as `t`, that holds before and after
 * @param write writes them
 * @throws StoreError when a row is not there any more afterwards
 */
export function changedBy(w: Writer, shape: Shape, where: string, write: () => void): RemovedRow[] {
  const before = imageOf(w.db, shape, where);
  write();
  const after = imageOf(w.db, shape, where);
  const identity = identityOf(w, shape);
  return [...before].flatMap(([at, was]): RemovedRow[] => {
    const is = after.get(at);
    if (is === undefined)
      throw new StoreError(
        'row-gone',
        `${w.target}: a row of ${shape.name} was gone after it was marked; the batch was taken back`,
        'a trigger of the store removes it',
      );
    const values: Record<string, ArchivedValue> = { ...identity(was) };
    const changed: Record<string, ArchivedValue> = {};
    for (const [i, { name }] of shape.columns.entries()) {
      const [old, now] = [was.values[i] ?? null, is.values[i] ?? null];
      if (JSON.stringify(old) === JSON.stringify(now)) continue;
      values[name] = old;
      changed[name] = now;
    }
    return Object.keys(changed).length === 0 ? [] : [{ place: shape.name, values, changed }];
  });
}

/** Why a row is not put back that is there and need not be. */
export const AS_IT_WAS = 'it is there already, as it was';

/**
 * Gives a row back what stood in it, while what was written still does.
 * @returns `true`, or why not
 */
export function putBack(db: Db, shape: Shape, row: RemovedRow): true | string {
  const { values, changed = {} } = row;
  const columns = Object.keys(changed);
  const known = new Set(shape.columns.map((c) => c.name));
  const rowids = keyNames(shape);
  const lost = Object.keys(values).filter((c) => !known.has(c) && !rowids.includes(c));
  if (lost.length > 0) return `the table has no column ${lost.join(', ')} any more`;
  const names = identityColumns(row);
  const key = names.map((n) => bindable(values[n]));
  const at = names.map((n) => `${known.has(n) ? quoted(n) : n} IS ?`).join(' AND ');
  const stands = (of: Readonly<Record<string, ArchivedValue>>): boolean =>
    db
      .prepare(
        `SELECT 1 FROM ${shape.quoted} WHERE ${at} AND ${columns.map((c) => `${quoted(c)} IS (? COLLATE BINARY)`).join(' AND ')}`,
      )
      .get(...key, ...columns.map((c) => bindable(of[c]))) !== undefined;
  if (stands(changed)) {
    const set = columns.map((c) => `${quoted(c)} = ?`).join(', ');
    db.prepare(`UPDATE ${shape.quoted} SET ${set} WHERE ${at}`).run(...columns.map((c) => bindable(values[c])), ...key);
    // A trigger that notes the time of every change notes this one as well.
    return true;
  }
  if (db.prepare(`SELECT 1 FROM ${shape.quoted} WHERE ${at}`).get(...key) === undefined)
    return 'the row is not there any more';
  return stands(values) ? AS_IT_WAS : `${columns.join(', ')} were written again since`;
}
