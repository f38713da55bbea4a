/**
 * Which row stays for each that is superseded, as the store's own column has it; and chains: a row that points at one which is now
 * superseded itself is pointed at the row that stays, so that no chain grows longer than one step.
 */
import type { ColumnRef, SetProfile, SupersedeRule } from '../../profiles/index.ts';
import type { Duplicate, RemovedRow } from '../../store/index.ts';
import { changedBy } from './changed-rows.ts';
import { literal, quoted } from './driver.ts';
import { inKeys, type Node } from './removal-plan.ts';
import { keysJson, rowsByKey } from './row-key.ts';
import type { ScannedSet } from './row-reader.ts';
import { refSql } from './time-sql.ts';
import type { Writer } from './writer.ts';

const MARKED = 'temp.memctl_superseded';
const REDIRECTED = 'temp.memctl_redirected';

export class Pointers {
  /** Expression over a marked row, as `t`: the id of the row that stays for it. */
  readonly survivor: string;
  private readonly w: Writer;
  private readonly root: Node;
  private readonly id: string;
  private readonly column: ColumnRef | undefined;

  constructor(w: Writer, set: SetProfile, root: Node, rule: SupersedeRule) {
    this.w = w;
    this.root = root;
    const [first, ...more] = set.id ?? [];
    const own = (alias: string): string =>
      first === undefined
        ? `${alias}.${root.shape.key[0]}`
        : more.length === 0
          ? `${alias}.${quoted(first)}`
          : [first, ...more].map((c) => `CAST(${alias}.${quoted(c)} AS TEXT)`).join(" || '/' || ");
    this.id = own('t');
    this.column = rule.set.find(({ to }) => 'survivor' in to)?.column;
    this.survivor = `(SELECT m.stays FROM ${MARKED} AS m WHERE (${mine('m', root)}) = (${theirs('t', root)}))`;
    const keys = root.shape.key.map((_, i) => `k${i}`).join(', ');
    this.drop();
    w.db.exec(`CREATE TABLE ${MARKED} (${keys}, goes, stays, PRIMARY KEY (${keys}))`);
    w.db.exec(`CREATE INDEX temp.memctl_superseded_goes ON ${MARKED.replace('temp.', '')} (goes)`);
    w.db.exec(`CREATE TABLE ${REDIRECTED} (${keys}, PRIMARY KEY (${keys}))`);
  }

  /** Of these rows, the ids of both sides. */
  note({ table, key }: ScannedSet, some: readonly Duplicate[]): void {
    const { db } = this.w;
    db.exec(`DELETE FROM ${MARKED}`);
    if (this.column === undefined) return;
    const from = rowsByKey(table.name, key);
    const stays = db.prepare(`SELECT ${this.id} FROM ${from}`).safeIntegers(true).pluck();
    const list = theirs('t', this.root);
    const insert = db.prepare(`INSERT INTO ${MARKED} SELECT ${list}, ${this.id}, :stays FROM ${from}`);
    for (const d of some) {
      insert.run({ keys: keysJson(key, [d.key]), stays: stays.get({ keys: keysJson(key, [d.survivor]) }) });
    }
  }

  /** Points on what points at rows of this batch. @returns what stood there before */
  redirect(): RemovedRow[] {
    const { column, root } = this;
    if (column === undefined) return [];
    const { db } = this.w;
    const points = refSql(column);
    db.exec(`DELETE FROM ${REDIRECTED}`);
    const found = db
      .prepare(
        `INSERT INTO ${REDIRECTED} SELECT ${theirs('t', root)} FROM ${root.shape.quoted} AS t
         WHERE ${points} IN (SELECT goes FROM ${MARKED}) AND NOT ${inKeys(root, 't')}`,
      )
      .run().changes;
    if (found === 0) return [];
    const on = `(SELECT m.stays FROM ${MARKED} AS m WHERE ${points} = m.goes)`;
    const set =
      'column' in column
        ? `${quoted(column.column)} = ${on}`
        : `${quoted(column.json)} = json_set(t.${quoted(column.json)}, ${literal(`$."${column.path}"`)}, ${on})`;
    const among = `(${theirs('t', root)}) IN (SELECT ${root.shape.key.map((_, i) => `k${i}`).join(', ')} FROM ${REDIRECTED})`;
    return changedBy(this.w, root.shape, among, () => {
      db.prepare(`UPDATE ${root.shape.quoted} AS t SET ${set} WHERE ${among}`).run();
    });
  }

  drop(): void {
    this.w.db.exec(`DROP TABLE IF EXISTS ${MARKED}; DROP TABLE IF EXISTS ${REDIRECTED}`);
  }
}

const mine = (alias: string, { shape }: Node): string => shape.key.map((_, i) => `${alias}.k${i}`).join(', ');
const theirs = (alias: string, { shape }: Node): string => shape.key.map((k) => `${alias}.${k}`).join(', ');
