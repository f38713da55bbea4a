/** What goes along with the rows of a purge, and what it does to rows that stay: counted beforehand, reading only. */
import { type Action, type HangingRows, isStoreError, type PurgeAction } from '../../store/index.ts';
import { one, quoted } from './driver.ts';
import { type Portion, purgeRule } from './purge-rule.ts';
import { childSql, lookAtRemoval, type Node, type Removal } from './removal-plan.ts';
import { referring, saidOf } from './side-effects.ts';
import { isSqliteError } from './sqlite-errors.ts';
import { type Asked, setOf } from './writer.ts';

/** Rows of one table are counted up to so many. */
const MOST = 1_000_000;
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
    if (action.kind !== 'purge') continue;
    try {
      const found = ofPurge(w, action);
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

function ofPurge(w: Asked, action: PurgeAction): Along {
  const { set } = setOf(w, action.set);
  const rule = purgeRule(w, action, set);
  // Rows of a vec0 table without a row: nothing hangs on them.
  if (w.catalog().virtual.has(rule.table)) return { hanging: [], warnings: [] };
  const removal = lookAtRemoval(w, rule.table, action.reason === 'orphans' ? [] : (set.dependents ?? []));
  const counted = (sql: (doomed: (n: Node) => string) => string): number | null =>
    rule.portions.length > MOST_PORTIONS
      ? null
      : rule.portions.reduce((n, p) => n + count(w, sql(doomedIn(removal, p)), p), 0);
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
  const warnings = removal.foreignWrites.map(saidOf);
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
