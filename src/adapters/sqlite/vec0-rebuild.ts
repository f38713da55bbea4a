/**
 * A vec0 table copied, dropped, made again by its own statement and filled, in one transaction: deleted rows leave their
 * slots allocated, and sqlite-vec 0.1.9 has no other way to pack them. Committed only when a hash over every row, vectors
 * bit by bit, is what it was. The pages it no longer needs become free pages of the file.
 */
import { createHash } from 'node:crypto';
import { formatBytes, formatCount, formatPercent } from '../../quantity/index.ts';
import { type PerformContext, type ReclaimAction, type StepEvent, StoreError } from '../../store/index.ts';
import { type Db, numberOr, one, quoted } from './driver.ts';
import { hashRow } from './rowid-guard.ts';
import { loadSqliteVec } from './sqlite-vec.ts';
import { type Vec0Rows, vec0Rows, wrapped } from './vec0-rows.ts';
import { begin, rollback, type Writer } from './writer.ts';

const COPY = 'temp.memctl_vec0_copy';

export async function* rebuildVec0(
  w: Writer,
  action: ReclaimAction,
  context: PerformContext,
): AsyncGenerator<StepEvent> {
  const { db } = w;
  const name = action.structure.replace(/^vec0:/, '');
  const rows = vec0Rows(w.catalog(), name);
  if (rows === undefined) {
    yield { state: 'skipped', why: `there is no vec0 table ${name} any more` };
    return;
  }
  await loadSqliteVec(db);
  const { table } = rows;
  const bytesBefore = bytesOf(w, table);
  const slotsBefore = slots(db, table);
  yield { state: 'progress', message: `${table}: copying`, done: 0, total: slotsBefore.rows };
  if (!(await begin(w, context.signal))) {
    yield { state: 'finished', rows: 0, bytesBefore, bytesAfter: bytesBefore, verified: null, stopped: true };
    return;
  }
  try {
    const sql = String(one(db, "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?", [table])['sql']);
    const before = hashOf(db, rows);
    const list = rows.columns.map(quoted).join(', ');
    db.exec(`DROP TABLE IF EXISTS ${COPY}`);
    // In the order of the key: a sort on the way back would strip int8 and bit vectors of their type.
    db.exec(`CREATE TABLE ${COPY} AS SELECT ${list} FROM ${quoted(table)} ORDER BY ${quoted(rows.key)}`);
    db.exec(`DROP TABLE ${quoted(table)}`);
    db.exec(sql);
    const values = wrapped(rows.definition, rows.columns, (c) => quoted(c)).join(', ');
    db.exec(`INSERT INTO ${quoted(table)} (${list}) SELECT ${values} FROM ${COPY}`);
    const after = hashOf(db, rows);
    if (after.hash !== before.hash || after.rows !== before.rows) {
      throw new StoreError(
        'rebuild-differs',
        `${w.target}: ${table} would not have held the same rows after it was rebuilt; nothing was changed`,
        'the extension that made the table may be newer than the one at hand',
      );
    }
    const slotsAfter = slots(db, table);
    yield {
      state: 'prepared',
      batch: 1,
      rows: 0,
      dependents: 0,
      token: JSON.stringify({ v: 1, effect: 'rebuilt', table, before: slotsBefore, after: slotsAfter }),
    };
    db.exec('COMMIT');
    db.exec(`DROP TABLE IF EXISTS ${COPY}`);
    yield { state: 'committed', batch: 1, rows: 0, seconds: 0 };
    const bytesAfter = bytesOf(w, table);
    yield {
      state: 'finished',
      rows: 0,
      bytesBefore,
      bytesAfter,
      verified: `${formatCount(after.rows)} rows have the same hash, vectors bit by bit; ${formatCount(slotsBefore.slots)} slots became ${formatCount(slotsAfter.slots)}, ${formatPercent(after.rows / Math.max(1, slotsAfter.slots))} in use; ${bytesBefore === null || bytesAfter === null ? 'its pages' : formatBytes(Math.max(0, bytesBefore - bytesAfter))} became free pages, which VACUUM gives back`,
      stopped: false,
    };
  } finally {
    rollback(w);
    db.exec(`DROP TABLE IF EXISTS ${COPY}`);
  }
}

/** @throws StoreError when the declaration is one this release does not understand: the copy would be another table */
function hashOf(db: Db, rows: Vec0Rows): { readonly hash: string; readonly rows: number } {
  const list = rows.columns.map(quoted).join(', ');
  const statement = db
    .prepare(`SELECT ${list} FROM ${quoted(rows.table)} ORDER BY ${quoted(rows.key)}`)
    .safeIntegers(true)
    .raw(true);
  const hash = createHash('sha256');
  let n = 0;
  for (const row of statement.iterate() as Iterable<unknown[]>) {
    hashRow(hash, row);
    n++;
  }
  return { hash: hash.digest('hex'), rows: n };
}

interface Slots {
  readonly chunks: number;
  readonly slots: number;
  readonly rows: number;
}

function slots(db: Db, table: string): Slots {
  const c = one(db, `SELECT count(*) AS chunks, coalesce(sum(size), 0) AS slots FROM ${quoted(`${table}_chunks`)}`);
  const r = one(db, `SELECT count(*) AS n FROM ${quoted(`${table}_rowids`)}`);
  return { chunks: Number(c['chunks']), slots: Number(c['slots']), rows: Number(r['n']) };
}

/** Whether a rebuild was committed, by the table's chunks; undefined for the token of another action. */
export function settleRebuild(db: Db, text: string): 'committed' | 'rolled-back' | 'unknown' | undefined {
  const token = parsed(text);
  if (token?.effect !== 'rebuilt') return undefined;
  try {
    const now = slots(db, token.table);
    if (now.slots === token.before.slots) return token.before.slots === token.after.slots ? 'unknown' : 'rolled-back';
    return now.slots === token.after.slots ? 'committed' : 'unknown';
  } catch {
    return 'unknown';
  }
}

function parsed(text: string): { effect?: string; table: string; before: Slots; after: Slots } | undefined {
  try {
    return JSON.parse(text) as { effect?: string; table: string; before: Slots; after: Slots };
  } catch {
    return undefined;
  }
}

/** Bytes of its shadow tables and their indexes; null without dbstat. */
function bytesOf(w: Writer, table: string): number | null {
  const shadows = w.catalog().catalog.tables.find((t) => t.name === table)?.shadows ?? [];
  const sql = `SELECT sum(pgsize) AS b FROM dbstat('main', 1)
    WHERE name IN (SELECT name FROM sqlite_master WHERE tbl_name IN (SELECT value FROM json_each(?)))`;
  try {
    return numberOr(one(w.db, sql, [JSON.stringify(shadows)])['b'], null);
  } catch {
    return null;
  }
}
