/** Which rows a purge is about, as SQL over the alias `t`, by the machine's clock: that of every user of the file. */
import type { SetProfile } from '../../profiles/index.ts';
import { type PurgeAction, StoreError } from '../../store/index.ts';
import { numberOr, one, quoted } from './driver.ts';
import { childSql } from './removal-plan.ts';
import { expirySql, refSql, secondsSql, timeFormat } from './time-sql.ts';
import type { Asked } from './writer.ts';

/** Parameter: seconds since the epoch, with fraction, by this machine's clock; one moment for all statements of a batch. */
const NOW = ':now';

/** Rows of one namespace, or all rows, in the order in which they go; or every row that meets a condition. */
export interface Portion {
  /** Holds for a row that should go, whatever the order; may take the parameter `:now`. */
  readonly condition: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Columns of ORDER BY; null: any order, and the table is passed once by its key. */
  readonly order: string | null;
  /** Rows of this portion that may still go, asked inside the transaction, once `gone` of them went; null without a limit. */
  readonly excess: ((gone: number) => number) | null;
}

export interface PurgeRule {
  /** The table whose rows go: the set's own, or the dependent that has orphans. */
  readonly table: string;
  readonly portions: readonly Portion[];
}

export function purgeRule(w: Asked, action: PurgeAction, set: SetProfile): PurgeRule {
  const whole = (condition: string): PurgeRule => ({
    table: set.table,
    portions: [{ condition, parameters: {}, order: null, excess: null }],
  });
  switch (action.reason) {
    case 'expired':
      if (set.ttl === undefined) throw changed(w, action, 'has no expiry any more');
      return whole(`coalesce((${expirySql(set.ttl).expires}) <= ${NOW}, 0)`);
    case 'retention': {
      const format = set.created === undefined ? null : timeFormat(w.db, set.table, set.created);
      if (set.created === undefined || format === null || action.olderThanSeconds === undefined)
        throw changed(w, action, 'has no time of creation');
      const created = secondsSql(refSql(set.created.column), format);
      return whole(`coalesce((${created}) < ${NOW} - ${Number(action.olderThanSeconds)}, 0)`);
    }
    case 'orphans':
      return orphans(w, action, set);
    default:
      return { table: set.table, portions: (action.excess ?? []).map((e) => excess(w, action, set, e)) };
  }
}

function changed(w: Asked, action: PurgeAction, why: string): StoreError {
  return new StoreError('set-changed', `${w.target}: ${action.set} ${why}; make the plan again`, undefined, 5);
}

/** Condition that no row of the set has the keys this one refers to; a NULL refers to nothing and is no orphan. */
export function orphanCondition(set: SetProfile, on: Readonly<Record<string, string>>, alias: string): string {
  const pairs = Object.entries(on);
  const known = pairs.map(([c]) => `${childSql(c, alias)} IS NOT NULL`).join(' AND ');
  const same = pairs.map(([c, p]) => `p.${quoted(p)} = ${childSql(c, alias)}`).join(' AND ');
  return `(${known} AND NOT EXISTS (SELECT 1 FROM ${quoted(set.table)} AS p WHERE ${same}))`;
}

function orphans(w: Asked, action: PurgeAction, set: SetProfile): PurgeRule {
  const dependent = set.dependents?.find((d) => d.table.toLowerCase() === action.dependent?.toLowerCase());
  if (dependent === undefined) throw changed(w, action, `no longer has ${action.dependent ?? 'rows'} hanging on it`);
  const condition = orphanCondition(set, dependent.on, 't');
  return { table: dependent.table, portions: [{ condition, parameters: {}, order: null, excess: null }] };
}

function excess(
  w: Asked,
  action: PurgeAction,
  set: SetProfile,
  e: { readonly namespace: string | null; readonly rows: number; readonly keep?: number },
): Portion {
  const order = set.evictionOrder;
  if (order === undefined) {
    throw new StoreError(
      'no-eviction-order',
      `${w.target}: nothing says which rows of ${set.table} go first`,
      'name the columns in a --map file: evictionOrder',
      5,
    );
  }
  const all = action.reason === 'over-cap';
  if (!all && set.namespace === undefined) throw changed(w, action, 'has no namespaces any more');
  const x = all || set.namespace === undefined ? '1' : refSql(set.namespace);
  const condition = all ? '1' : e.namespace === null ? `${x} IS NULL` : `${x} = :namespace`;
  const parameters = all || e.namespace === null ? {} : { namespace: e.namespace };
  const q = set.quota;
  const keep = (): number => {
    if (e.keep !== undefined) return e.keep;
    if (all) return action.of - e.rows;
    if (q === undefined || e.namespace === null) return 0;
    const sql = `SELECT ${quoted(q.limit)} AS quota FROM ${quoted(q.table)} WHERE ${quoted(q.namespace)} = ?`;
    // Without its quota a namespace is not over it.
    return numberOr(one(w.db, sql, [e.namespace])['quota'], Number.MAX_SAFE_INTEGER);
  };
  return {
    condition,
    parameters,
    order: [...order.map((c) => `t.${quoted(c)}`)].join(', '),
    excess: (gone) => {
      const sql = `SELECT count(*) AS n FROM ${quoted(set.table)} AS t WHERE ${condition}`;
      return Math.max(0, Math.min(e.rows - gone, numberOr(one(w.db, sql, parameters)['n'], 0) - keep()));
    },
  };
}
