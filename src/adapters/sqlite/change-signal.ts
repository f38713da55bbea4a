/** The counter by which other processes of a store learn that rows are gone. */
import type { SetProfile } from '../../profiles/index.ts';
import { all, type Db, quoted } from './driver.ts';

/**
 * Raises it by `max(least, rows)` and keeps its type: mneme keeps a number as text.
 * @param dependentsOnly rows of the set itself are untouched, and nobody needs to know
 */
export function raiseSignal(db: Db, set: SetProfile, rows: number, dependentsOnly = false): void {
  const s = set.signal;
  if (s === undefined || dependentsOnly || rows === 0) return;
  if (all(db, "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", [s.table]).length === 0) return;
  const by = BigInt(Math.max(s.least, rows));
  const x = quoted(s.column);
  const { changes } = db
    .prepare(
      `UPDATE ${quoted(s.table)} SET ${x} = CASE typeof(${x}) WHEN 'text' THEN CAST(CAST(${x} AS INTEGER) + :by AS TEXT) ELSE coalesce(${x}, 0) + :by END
       WHERE ${quoted(s.where.column)} = :is`,
    )
    .run({ by, is: s.where.value });
  if (changes > 0) return;
  // A store that never had a second process has no counter yet; it counts from zero.
  db.prepare(`INSERT INTO ${quoted(s.table)} (${quoted(s.where.column)}, ${x}) VALUES (?, ?)`).run(
    s.where.value,
    by.toString(),
  );
}
