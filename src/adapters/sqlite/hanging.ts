/** What goes along with rows that are removed or superseded, and what it does to rows that stay: counted beforehand, reading only. */
import { type Action, type HangingRows, isReclaim, isStoreError, type RowAction } from '../../store/index.ts';
import { one, quoted } from './driver.ts';
import { type Portion, purgeRule } from './purge-rule.ts';
import { childSql, lookAtRemoval, type Node, type Removal } from './removal-plan.ts';
import { keysJson, rowsByKey } from './row-key.ts';
import { scannedSet } from './row-reader.ts';
import { type ForeignWrite, foreignWrites, referring, saidOf } from './side-effects.ts';
import { isSqliteError } from './sqlite-errors.ts';
import { type Asked, setOf } from './writer.ts';

/** Rows of one table are counted up to so many. */
const MOST = 1_000_000;
/** Of a list of rows, so many are looked at, evenly spread. */
const KEYS_LOOKED_AT = 20_000;
/** Namespaces over their quota that are looked at one by one. */
const MOST_PORTIONS = 200;

export interface Along {
  readonly hanging: readonly HangingRows[];
  readonly warnings: readonly string[];
}

export function goesAlong(w: Asked, actions: readonly Action[]): Along {
  const hanging: HangingRows[] = [];
  const warnings: string[] = [];
  for (const action of actions) {
    if (isReclaim(action)) continue;
    try {
      const found = ofRows(w, action);
      hanging.push(...found.hanging);
      warnings.push(...found.warnings);
    } catch (e) {
      // The purge itself will be refused with this sentence, before anything is changed.
      if (isStoreError(e)) warnings.push(e.message);
      else if (!isSqliteError(e) || !/no such (function|module)/.test(e.message)) throw e;
    }
  }
  return { hanging, warnings: [...new Set(warnings)] };
}

/** What is looked at, and by how much the figures are too small where that is only some of it. */
interface Look {
  readonly removal: Removal;
  readonly portions: readonly Portion[];
  readonly scale: number;
}

function lookOf(w: Asked, action: RowAction): Look | undefined {
  const { set } = setOf(w, action.set);
  if (action.kind === 'purge' && action.reason !== 'duplicates') {
    const rule = purgeRule(w, action, set);
    // Rows of a vec0 table without a row: nothing hangs on them.
    if (w.catalog().virtual.has(rule.table)) return undefined;
    const removal = lookAtRemoval(w, rule.table, action.reason === 'orphans' ? [] : (set.dependents ?? []));
    return { removal, portions: rule.portions, scale: 1 };
  }
  const supersedes = action.kind === 'supersede';
  const dependents = (supersedes ? set.supersede?.dependents : set.dependents) ?? [];
  const removal = lookAtRemoval(w, set.table, dependents, { rootStays: supersedes, sparing: false });
  const duplicates = action.duplicates ?? [];
  const { key, table } = scannedSet({ db: w.db, catalog: w.catalog() }, w.matches(), action.set);
  const step = Math.max(1, Math.ceil(duplicates.length / KEYS_LOOKED_AT));
  const some = duplicates.filter((_, i) => i % step === 0).map((d) => d.key);
  const own = removal.root.shape.key.map((k) => `t.${k}`).join(', ');
  const condition = `(${own}) IN (SELECT ${own} FROM ${rowsByKey(table.name, key)})`;
  const portion: Portion = { condition, parameters: { keys: keysJson(key, some) }, order: null, excess: null };
  return { removal, portions: [portion], scale: some.length === 0 ? 1 : duplicates.length / some.length };
}

function ofRows(w: Asked, action: RowAction): Along {
  const look = lookOf(w, action);
  if (look === undefined) return { hanging: [], warnings: [] };
  const { removal, portions, scale } = look;
  const counted = (sql: (doomed: (n: Node) => string) => string): number | null =>
    portions.length > MOST_PORTIONS
      ? null
      : Math.round(scale * portions.reduce((n, p) => n + count(w, sql(doomedIn(removal, p)), p), 0));
  const hanging: HangingRows[] = removal.nodes
    .filter((n) => n !== removal.root)
    .map((n) => ({
      action: action.id,
      place: n.shape.name,
      rows: counted((doomed) => doomed(n)),
      of: total(w, n.shape.quoted),
    }));
  for (const v of removal.vec0) {
    const shadow = quoted(`${v.rows.table}_rowids`);
    const key = v.rows.definition.textId ? 'id' : 'rowid';
    const rows = counted(
      (doomed) => `FROM ${shadow} WHERE ${key} IN (SELECT t.${quoted(v.on)} ${doomed(removal.root)})`,
    );
    hanging.push({ action: action.id, place: v.rows.table, rows, of: total(w, shadow) });
  }
  const warnings = [...removal.foreignWrites, ...onMarking(w, action)].map(saidOf);
  for (const r of removal.references) {
    const parent = removal.nodes.find((n) => n.shape.name === r.key.parent) as Node;
    const key = parent.shape.key.map((k) => `p.${k}`).join(', ');
    const rows = counted((doomed) => {
      const alias = parent === removal.root ? 't' : 'c';
      return referring(
        r,
        `(${key}) IN (SELECT ${parent.shape.key.map((k) => `${alias}.${k}`).join(', ')} ${doomed(parent)})`,
      );
    });
    if (rows === 0) continue;
    const columns = r.key.columns.map(([c]) => c).join(', ');
    warnings.push(
      `${rows ?? 'some'} rows of ${r.child.name} refer to rows of ${r.key.parent} that go, and stay with ${columns} emptied (ON DELETE ${r.key.onDelete}); only a run with --archive can be taken back`,
    );
  }
  return { hanging, warnings };
}

/** What triggers do when a row is marked: nothing of it would be archived, so such a run is refused when it begins. */
function onMarking(w: Asked, action: RowAction): ForeignWrite[] {
  if (action.kind !== 'supersede') return [];
  const { set } = setOf(w, action.set);
  const columns = (set.supersede?.set ?? []).map(({ column }) => ('column' in column ? column.column : column.json));
  return foreignWrites(w.catalog(), [set.table], { update: columns });
}

/** FROM clause of the rows of a table that go with those of a portion: the root as `t`, others as `c`. */
function doomedIn(removal: Removal, portion: Portion): (n: Node) => string {
  const { root } = removal;
  const rootRows = (): string => {
    const from = `FROM ${root.shape.quoted} AS t WHERE ${portion.condition}`;
    if (portion.order === null) return from;
    const key = root.shape.key.map((k) => `t.${k}`).join(', ');
    const limit = portion.excess?.(0) ?? -1;
    return `FROM ${root.shape.quoted} AS t WHERE (${key}) IN (SELECT ${key} ${from} ORDER BY ${portion.order} LIMIT ${Number(limit)})`;
  };
  const of = (n: Node, path: readonly Node[]): string => {
    if (n === root) return rootRows();
    // Tables that take each other along: each is followed once.
    const ways = n.hangs.filter((h) => !path.includes(h.on));
    const any = ways.map(({ on, columns }) => {
      const mine = columns.map(([c]) => childSql(c)).join(', ');
      const theirs = columns.map(([, p]) => `${on === root ? 't' : 'c'}.${quoted(p)}`).join(', ');
      return `(${mine}) IN (SELECT ${theirs} ${of(on, [...path, on])})`;
    });
    return `FROM ${n.shape.quoted} AS c WHERE ${any.length === 0 ? '0' : `(${any.join(' OR ')})`}`;
  };
  return (n) => of(n, [n]);
}

function count(w: Asked, from: string, portion: Portion): number {
  const sql = `SELECT count(*) FROM (SELECT 1 ${from} LIMIT ${MOST})`;
  const now = Date.now() / 1000;
  const given = { ...portion.parameters, ...(from.includes(':now') ? { now } : {}) };
  return Number(w.db.prepare(sql).pluck().get(given));
}

const total = (w: Asked, table: string): number => Number(one(w.db, `SELECT count(*) AS n FROM ${table}`)['n']);
