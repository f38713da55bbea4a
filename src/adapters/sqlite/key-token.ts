/** The token of a batch whose keys stand in the key table of its root. */
import { tokenOf } from './batch-token.ts';
import { all, type Db, one } from './driver.ts';
import type { Removal } from './removal-plan.ts';

/** @param columns hashed beside the key: what makes the rows those, or what was written into them */
export function keysToken(
  db: Db,
  effect: 'removed' | 'marked',
  { root: { shape, keys } }: Removal,
  columns: readonly string[],
): string {
  const list = shape.key.map((_, i) => `CAST(k${i} AS TEXT)`).join(', ');
  const count = Number(one(db, `SELECT count(*) AS n FROM ${keys}`)['n']);
  // At most a few hundred keys are looked at, evenly spread, whatever the batch.
  const step = Math.max(1, Math.floor(count / 100));
  const rows = all(
    db,
    `SELECT ${list} FROM (SELECT *, row_number() OVER () AS n FROM ${keys}) WHERE (n - 1) % ${step} = 0`,
  ).map((r) => Object.values(r).map(String));
  return tokenOf(db, effect, shape.name, shape.key, columns, rows);
}
