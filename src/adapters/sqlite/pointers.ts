/**
 * Which row stays for each that is superseded, as the store's own column has it; and chains: a row that points at one which is now
 * superseded itself is pointed at the row that stays, so that no chain grows longer than one step.
 */
import type { ColumnRef, SetProfile, SupersedeRule } from '../../profiles/index.ts';
import type { Duplicate, RemovedRow } from '../../store/index.ts';
import { stepsSql } from './chain-depth.ts';
import { changedBy } from './changed-rows.ts';
import { literal, quoted } from './driver.ts';
import type { Node } from './removal-plan.ts';
import { keysJson, rowsByKey } from './row-key.ts';
import type { ScannedSet } from './row-reader.ts';
import { refSql } from './time-sql.ts';
import type { Writer } from './writer.ts';

const MARKED = 'temp.memctl_superseded';
const REDIRECTED = 'temp.memctl_redirected';
/** Every row that points at another one, looked up once and again when somebody else has written: a column without an index. */
const POINTING = 'temp.memctl_pointing';

export class Pointers {
  /** Expression over a marked row, as `t`: the id of the row that stays for it. */
  readonly survivor: string;
  private readonly w: Writer;
  private readonly root: Node;
  private readonly id: string;
  private readonly column: ColumnRef | undefined;
  private version: unknown;
  private longest = 0;

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
    w.db.exec(`CREATE INDEX temp.memctl_superseded_goes ON memctl_superseded (goes)`);
    w.db.exec(`CREATE TABLE ${POINTING} (at, id, ${keys})`);
    w.db.exec(`CREATE INDEX temp.memctl_pointing_at ON memctl_pointing (at)`);
    w.db.exec(`CREATE TABLE ${REDIRECTED} (${keys}, PRIMARY KEY (${keys}))`);
  }

  /** Steps of the longest chain that ended in a row which is now superseded, the one to the row that stays included; 0: none did. */
  get deepest(): number {
    return this.longest;
  }

  /** Of these rows, the ids of both sides. */
  note({ table, key }: ScannedSet, some: readonly Duplicate[]): void {
    const { db } = this.w;
    db.exec(`DELETE FROM ${MARKED}`);
    if (this.column === undefined) return;
    const from = rowsByKey(table.name, key);
    const stays = db.prepare(`SELECT ${this.id} FROM ${from}`).safeIntegers(true).pluck();
    const list = theirs('t', this.root);
    const insert = db.prepare(`INSERT INTO ${MARKED} SELECT ${list}, CAST(${this.id} AS TEXT), :stays FROM ${from}`);
    for (const d of some) {
      insert.run({ keys: keysJson(key, [d.key]), stays: stays.get({ keys: keysJson(key, [d.survivor]) }) });
    }
  }

  /** Points on what points at rows of this batch. @returns what stood there before */
  redirect(): RemovedRow[] {
    const { column, root } = this;
    if (column === undefined) return [];
    const { db } = this.w;
    const points = `CAST(${refSql(column)} AS TEXT)`;
    this.look(points);
    const keys = root.shape.key.map((_, i) => `k${i}`).join(', ');
    db.exec(`DELETE FROM ${REDIRECTED}`);
    const found = db
      .prepare(
        `INSERT OR IGNORE INTO ${REDIRECTED} SELECT ${keys} FROM ${POINTING}
         WHERE at IN (SELECT goes FROM ${MARKED}) AND (${keys}) NOT IN (SELECT ${keys} FROM ${root.keys})`,
      )
      .run().changes;
    if (found === 0) return [];
    const steps = stepsSql(`SELECT id, at FROM ${POINTING}`, `p.at IN (SELECT goes FROM ${MARKED})`, false);
    this.longest = Math.max(this.longest, 1 + (db.prepare(steps).pluck().get() as number));
    // A row that stays and named the one that goes would name itself: it names none.
    const on = `(SELECT m.stays FROM ${MARKED} AS m WHERE ${points} = m.goes AND CAST(m.stays AS TEXT) <> CAST(${this.id} AS TEXT))`;
    const set =
      'column' in column
        ? `${quoted(column.column)} = ${on}`
        : `${quoted(column.json)} = json_set(t.${quoted(column.json)}, ${literal(`$."${column.path}"`)}, ${on})`;
    const among = `(${theirs('t', root)}) IN (SELECT ${keys} FROM ${REDIRECTED})`;
    return changedBy(this.w, root.shape, among, () => {
      db.prepare(`UPDATE ${root.shape.quoted} AS t SET ${set} WHERE ${among}`).run();
    });
  }

  drop(): void {
    for (const t of [MARKED, REDIRECTED, POINTING]) this.w.db.exec(`DROP TABLE IF EXISTS ${t}`);
  }

  /**
   * Under the write lock: what points where, as far as that has changed. What this run writes points at rows that stay, and no row
   * that stays goes in the same run.
   */
  private look(points: string): void {
    const { db } = this.w;
    const version = db.pragma('data_version', { simple: true });
    if (version === this.version) return;
    this.version = version;
    const { root } = this;
    db.exec(`DELETE FROM ${POINTING}; INSERT INTO ${POINTING}
      SELECT ${points}, CAST(${this.id} AS TEXT), ${theirs('t', root)} FROM ${root.shape.quoted} AS t
      WHERE ${points} IS NOT NULL`);
  }
}

const mine = (alias: string, { shape }: Node): string => shape.key.map((_, i) => `${alias}.k${i}`).join(', ');
const theirs = (alias: string, { shape }: Node): string => shape.key.map((k) => `${alias}.${k}`).join(', ');
