/**
 * What tells afterwards whether a batch was committed: a few of its rows, by key and by a hash of what makes them those
 * rows and no others under the same key. A removed batch was committed when none of them is there, a marked or restored one
 * when all are.
 */
import { createHash } from 'node:crypto';
import type { Db } from './driver.ts';
import { quoted } from './driver.ts';

const SAMPLE = 7;

export interface TokenRow {
  readonly key: readonly string[];
  readonly hash: string;
}

interface Token {
  readonly v: 1;
  readonly effect: 'removed' | 'marked' | 'restored' | 'rebuilt';
  readonly table: string;
  /** Key columns as SQL writes them, and the columns that are hashed. */
  readonly key: readonly string[];
  readonly columns: readonly string[];
  readonly rows: readonly TokenRow[];
}

/** Every k-th of the rows, so that first and last are among them. */
export function spreadOut<T>(rows: readonly T[]): T[] {
  if (rows.length <= SAMPLE) return [...rows];
  return Array.from({ length: SAMPLE }, (_, i) => rows[Math.round((i * (rows.length - 1)) / (SAMPLE - 1))] as T);
}

export function tokenOf(
  db: Db,
  effect: Token['effect'],
  table: string,
  key: readonly string[],
  columns: readonly string[],
  keys: readonly (readonly string[])[],
): string {
  const rows = spreadOut(keys).flatMap((k) => {
    const hash = hashAt(db, table, key, columns, k);
    return hash === undefined ? [] : [{ key: k, hash }];
  });
  const token: Token = { v: 1, effect, table, key, columns, rows };
  return JSON.stringify(token);
}

/** Keys are compared as text, whatever their type: a rowid beyond 2^53 is a number that JSON cannot hold. */
function hashAt(
  db: Db,
  table: string,
  key: readonly string[],
  columns: readonly string[],
  at: readonly string[],
): string | undefined {
  const where = key.map((k) => (isRowid(k) ? `t.${k} = CAST(? AS INTEGER)` : `CAST(t.${k} AS TEXT) = ?`)).join(' AND ');
  const list = [...key.map((k) => `t.${k}`), ...columns.map((c) => `t.${quoted(c)}`)].join(', ');
  const row = db
    .prepare(`SELECT ${list} FROM ${quoted(table)} AS t WHERE ${where}`)
    .safeIntegers(true)
    .raw(true)
    .get(at) as unknown[] | undefined;
  if (row === undefined) return undefined;
  const hash = createHash('sha256');
  for (const value of row) {
    hash.update(
      typeof value === 'bigint' ? `i${value}` : Buffer.isBuffer(value) ? value : `${typeof value}${String(value)}`,
    );
    hash.update('\0');
  }
  return hash.digest('hex').slice(0, 16);
}

const isRowid = (key: string): boolean => ['rowid', '_rowid_', 'oid'].includes(key);

export function settleToken(db: Db, text: string): 'committed' | 'rolled-back' | 'unknown' {
  let token: Token;
  try {
    token = JSON.parse(text) as Token;
    if (token.v !== 1 || token.rows.length === 0) return 'unknown';
    const there = token.rows.filter((r) => hashAt(db, token.table, token.key, token.columns, r.key) === r.hash).length;
    const all = there === token.rows.length;
    if (!all && there > 0) return 'unknown';
    return all === (token.effect === 'removed') ? 'rolled-back' : 'committed';
  } catch {
    return 'unknown';
  }
}
