/** One archived row put back into a stored table, or why not. */
import { type ArchivedValue, type RemovedRow, StoreError } from '../../store/index.ts';
import { bindable } from './archived-value.ts';
import { AS_IT_WAS, putBack } from './changed-rows.ts';
import { quoted } from './driver.ts';
import { functionMissing } from './removal.ts';
import { joinedByRowid } from './rowid-guard.ts';
import { isReference, keyNames, referAgain } from './side-effects.ts';
import { isSqliteError } from './sqlite-errors.ts';
import { foreignKeys, type Shape } from './table-shape.ts';
import type { Writer } from './writer.ts';

const ANOTHER_ROW = 'another row with this key is there by now';

/**
 * Whether what is there was compared and is what it was, by the sentence of an `Inserter`. A row of which columns were written again
 * is not told from one in which a trigger noted the undo.
 */
export function comparedAs(why: string): { readonly same?: boolean } {
  if (why.endsWith(`: ${AS_IT_WAS}`)) return { same: true };
  return why.endsWith(`: ${ANOTHER_ROW}`) ? { same: false } : {};
}

/** Puts one row back. `true`: done; `"retry"`: a row it refers to is not there yet; a sentence: why not. */
export type Inserter = (row: RemovedRow) => true | 'retry' | string;

/** Rows whose key another row has by now: what hung on them must not hang on those. */
export class Replaced {
  /** Per table: columns others refer to → their values in the rows that were replaced. */
  private readonly seen = new Map<string, { readonly columns: readonly string[]; readonly values: Set<string> }[]>();
  private readonly links = new Map<
    string,
    { readonly parent: string; readonly columns: readonly (readonly [string, string])[] }[]
  >();

  constructor(w: Writer) {
    const { stored } = w.catalog();
    const at = (name: string): string => stored.find((t) => t.name.toLowerCase() === name.toLowerCase())?.name ?? name;
    for (const k of foreignKeys(w.db, stored)) this.link(k.child, k.parent, k.columns);
    // What goes after the row is what the row itself refers to.
    for (const set of w.matches().flatMap((m) => m.sets))
      for (const d of set.dependents ?? [])
        if (d.after !== true) this.link(at(d.table), at(set.table), Object.entries(d.on));
  }

  private link(child: string, parent: string, columns: readonly (readonly [string, string])[]): void {
    const plain = columns.filter(([c]) => !c.includes('->'));
    if (plain.length < columns.length) return;
    this.links.set(child, [...(this.links.get(child) ?? []), { parent, columns }]);
    const kept = this.seen.get(parent) ?? [];
    const names = columns.map(([, p]) => p);
    if (!kept.some((k) => k.columns.join('\0') === names.join('\0'))) kept.push({ columns: names, values: new Set() });
    this.seen.set(parent, kept);
  }

  add(row: RemovedRow): void {
    for (const { columns, values } of this.seen.get(row.place) ?? [])
      values.add(JSON.stringify(columns.map((c) => archivedAt(row, c) ?? null)));
  }

  /** Table of a row that this one hung on and that is another row by now. */
  parentOf(row: RemovedRow): string | undefined {
    for (const { parent, columns } of this.links.get(row.place) ?? []) {
      const names = columns.map(([, p]) => p).join('\0');
      const found = this.seen.get(parent)?.find((k) => k.columns.join('\0') === names);
      if (found === undefined || found.values.size === 0) continue;
      const mine = columns.map(([c]) => archivedAt(row, c) ?? archivedAt(row, `${c}<-`) ?? null);
      if (mine.every((v) => v !== null) && found.values.has(JSON.stringify(mine))) return parent;
    }
    return undefined;
  }
}

/** A value as the archive has it, integers in one form. */
function archivedAt(row: RemovedRow, column: string): ArchivedValue | undefined {
  const name = Object.keys(row.values).find((n) => n.toLowerCase() === column.toLowerCase());
  const v = name === undefined ? undefined : row.values[name];
  return typeof v === 'object' && v !== null && 'integer' in v ? v.integer : typeof v === 'number' ? String(v) : v;
}

/** Key of a row in words: the primary key, or the rowid where there is none. */
export function keyOf(names: readonly string[], row: RemovedRow): string {
  const said = names.map((n) => {
    const v = row.values[n];
    const text = typeof v === 'object' && v !== null ? ('integer' in v ? v.integer : '(bytes)') : String(v ?? 'NULL');
    return `${n} ${text.length > 60 ? `${text.slice(0, 60)}…` : text}`;
  });
  return said.join(', ');
}

/** Key of a row of a stored table; one that stayed is archived with the key by which SQL finds it. */
export function keySayer(w: Writer, s: Shape): (row: RemovedRow) => string {
  const table = w.catalog().stored.find((t) => t.name === s.name);
  const primary = table?.columns.filter((c) => c.primaryKey > 0).map((c) => c.name) ?? [];
  const names = keyNames(s);
  const alias = table?.rowidColumn;
  return (row) => {
    if (primary.length > 0 && primary.every((c) => c in row.values)) return keyOf(primary, row);
    if (alias == null || names.length !== 1) return keyOf(names, row);
    return keyOf([alias], { ...row, values: { [alias]: row.values[names[0] as string] ?? null } });
  };
}

/** @throws StoreError where the table no longer has a column whose values the archive holds */
export function tableInserter(w: Writer, s: Shape, replaced: Replaced): Inserter {
  const { db } = w;
  const keySaid = keySayer(w, s);
  const joined = joinedByRowid(w.catalog(), w.matches()).some((j) => j.table.name === s.name);
  const known = new Map([
    ...(s.rowid === null ? [] : [[s.rowid, s.rowid] as const]),
    ...s.columns.map((c) => [c.name, quoted(c.name)] as const),
  ]);
  const prepared = new Map<string, ReturnType<typeof db.prepare>>();
  const statement = (sql: string): ReturnType<typeof db.prepare> => {
    const made = prepared.get(sql) ?? db.prepare(sql);
    prepared.set(sql, made);
    return made;
  };
  const run = (columns: readonly string[], row: RemovedRow): boolean => {
    const list = columns.map((c) => known.get(c)).join(', ');
    const sql = `INSERT INTO ${s.quoted} (${list}) VALUES (${columns.map(() => '?').join(', ')}) ON CONFLICT DO NOTHING`;
    return statement(sql).run(columns.map((c) => bindable(row.values[c]))).changes > 0;
  };
  const same = (columns: readonly string[], row: RemovedRow): boolean => {
    const where = columns.map((c) => `${known.get(c)} IS (? COLLATE BINARY)`).join(' AND ');
    const sql = `SELECT 1 FROM ${s.quoted} WHERE ${where}`;
    return statement(sql).get(columns.map((c) => bindable(row.values[c]))) !== undefined;
  };
  const insert = (row: RemovedRow): true | string => {
    const columns = Object.keys(row.values);
    const lost = columns.filter((c) => !known.has(c));
    if (lost.length > 0) {
      throw new StoreError(
        'columns-gone',
        `${w.target}: ${s.name} has no column ${lost.join(', ')} any more, so its rows cannot be put back`,
      );
    }
    if (run(columns, row)) return true;
    const key = keySaid(row);
    if (same(columns, row)) return `${key}: ${AS_IT_WAS}`;
    const content = columns.filter((c) => c !== s.rowid);
    if (s.rowid !== null && !joined && content.length > 0) {
      // Its number belongs to another row by now, and nobody knows it by that number.
      if (same(content, row)) return `${key}: ${AS_IT_WAS}`;
      if (run(content, row)) return true;
    }
    replaced.add(row);
    return `${key}: ${ANOTHER_ROW}`;
  };
  return (row) => {
    const parent = replaced.parentOf(row);
    if (parent !== undefined) {
      // What hangs on a row that was left out is left out too.
      if (!isReference(row) && row.changed === undefined) replaced.add(row);
      return `${keySaid(row)}: the row of ${parent} that it hung on is another one by now`;
    }
    try {
      if (row.changed !== undefined) {
        const outcome = putBack(db, s, row);
        return outcome === true ? true : `${keySaid(row)}: ${outcome}`;
      }
      if (!isReference(row)) return insert(row);
      const outcome = referAgain(db, s, row);
      return outcome === true || outcome === 'retry' ? outcome : `${keySaid(row)}: ${outcome}`;
    } catch (e) {
      if (!isSqliteError(e)) throw functionMissing(w, e, s.name);
      if (e.code === 'SQLITE_CONSTRAINT_FOREIGNKEY') return 'retry';
      // The text of a trigger's own refusal may hold what the row says.
      if (e.code === 'SQLITE_CONSTRAINT_TRIGGER') return `${keySaid(row)}: a trigger of the store refuses it`;
      if (e.code.startsWith('SQLITE_CONSTRAINT')) return `${keySaid(row)}: the store refuses it: ${e.message}`;
      throw functionMissing(w, e, s.name);
    }
  };
}
