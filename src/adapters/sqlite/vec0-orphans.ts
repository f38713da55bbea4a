/** Rows of a vec0 table whose row in the store is gone, found through the shadow table and removed by the extension. */
import type { SetProfile } from '../../profiles/index.ts';
import { formatCount } from '../../quantity/index.ts';
import type { PerformContext, StepEvent } from '../../store/index.ts';
import { tokenOf } from './batch-token.ts';
import { one, quoted } from './driver.ts';
import { orphanCondition, type PurgeRule } from './purge-rule.ts';
import type { SqliteCatalog } from './read-catalog.ts';
import { type Vec0Rows, vec0Rows } from './vec0-rows.ts';
import { begin, pause, rollback, turn, type Writer } from './writer.ts';

const BATCH = 500;

/** Shadow table of the ids, its key column, and the condition on it, over the alias `t`. */
export function vec0OrphanSql(
  set: SetProfile,
  on: Readonly<Record<string, string>>,
  rows: Vec0Rows,
): { readonly shadow: string; readonly key: string; readonly condition: string } {
  const key = rows.definition.textId ? 'id' : 'rowid';
  const parent = Object.values(on)[0] ?? 'rowid';
  return { shadow: `${rows.table}_rowids`, key, condition: orphanCondition(set, { [key]: parent }, 't') };
}

/** Orphans that a dependent vec0 table has; 0 when there is no such table. */
export function countVec0Orphans(
  count: (sql: string) => number,
  catalog: SqliteCatalog,
  set: SetProfile,
  dependent: { readonly table: string; readonly on: Readonly<Record<string, string>> },
): number {
  const rows = vec0Rows(catalog, dependent.table);
  if (rows === undefined) return 0;
  const { shadow, condition } = vec0OrphanSql(set, dependent.on, rows);
  return count(`SELECT count(*) AS n FROM ${quoted(shadow)} AS t WHERE ${condition}`);
}

export async function* purgeVec0Orphans(
  w: Writer,
  set: SetProfile,
  rule: PurgeRule,
  context: PerformContext,
): AsyncGenerator<StepEvent> {
  const { db } = w;
  const rows = vec0Rows(w.catalog(), rule.table) as Vec0Rows;
  const dependent = set.dependents?.find((d) => d.table.toLowerCase() === rule.table.toLowerCase());
  const { shadow, key, condition } = vec0OrphanSql(set, dependent?.on ?? {}, rows);
  const select = db
    .prepare(`SELECT t.${key} FROM ${quoted(shadow)} AS t WHERE ${condition} ORDER BY t.rowid LIMIT ?`)
    .safeIntegers(true)
    .pluck();
  let batch = 0;
  let gone = 0;
  try {
    while (!context.signal.aborted && gone < context.maxRows) {
      const started = performance.now();
      if (!(await begin(w, context.signal))) break;
      const keys = select.all(Math.min(context.batchRows ?? BATCH, context.maxRows - gone));
      if (keys.length === 0) break;
      const removed = context.archive ? rows.read(db, keys) : undefined;
      const token = tokenOf(
        db,
        'removed',
        shadow,
        [key],
        [],
        keys.map((k) => [String(k)]),
      );
      const n = rows.remove(db, keys);
      batch++;
      yield { state: 'prepared', batch, rows: n, dependents: 0, token, ...(removed === undefined ? {} : { removed }) };
      db.exec('COMMIT');
      gone += n;
      const took = performance.now() - started;
      yield { state: 'committed', batch, rows: n, seconds: took / 1000 };
      await turn();
      await pause(took * context.pace.pauseRatio, context.signal);
    }
  } finally {
    rollback(w);
  }
  if (gone === 0 && !context.signal.aborted) {
    yield { state: 'skipped', why: `every row of ${rule.table} has its row in ${set.table}` };
    return;
  }
  const left = Number(one(db, `SELECT count(*) AS n FROM ${quoted(shadow)} AS t WHERE ${condition}`)['n']);
  yield {
    state: 'finished',
    rows: gone,
    bytesBefore: null,
    bytesAfter: null,
    verified: `${formatCount(left)} rows of ${rule.table} without a row in ${set.table} are left`,
    stopped: context.signal.aborted,
  };
}
