/** Removed rows put back as they were: same rowid, same types, same bytes; a key that is there again is left alone. */
import { formatCount } from '../../quantity/index.ts';
import { type Conflict, type PerformContext, type RemovedRow, type StepEvent, StoreError } from '../../store/index.ts';
import { registerFunctions } from './application-functions.ts';
import { bindable } from './archived-value.ts';
import { spreadOut, tokenOf } from './batch-token.ts';
import { raiseSignal } from './change-signal.ts';
import { identityColumns } from './changed-rows.ts';
import { quoted } from './driver.ts';
import { ftsRows } from './fts-rows.ts';
import { comparedAs, type Inserter, keyOf, keySayer, Replaced, tableInserter } from './row-back.ts';
import { isReference } from './side-effects.ts';
import { loadSqliteVec } from './sqlite-vec.ts';
import { type Shape, shapeOf } from './table-shape.ts';
import { vec0Rows } from './vec0-rows.ts';
import { begin, pause, rollback, turn, type Writer } from './writer.ts';

const BATCH = 1_000;

export type RestoreEvent = StepEvent | Conflict;

export async function* restoreRows(
  w: Writer,
  rows: AsyncIterable<RemovedRow>,
  context: PerformContext,
): AsyncGenerator<RestoreEvent> {
  const { db } = w;
  for (const m of w.matches()) for (const s of m.sets) registerFunctions(db, s.functions ?? []);
  const inserters = new Map<string, Inserter>();
  const replaced = new Replaced(w);
  const size = context.batchRows ?? BATCH;
  let batch = 0;
  let restored = 0;
  let conflicts = 0;
  // Rows whose parent came after them: tried again with every later batch.
  let waiting: RemovedRow[] = [];
  const iterator = rows[Symbol.asyncIterator]();
  try {
    for (let more = true; more && !context.signal.aborted && restored < context.maxRows; ) {
      const next: RemovedRow[] = [];
      while (next.length < Math.min(size, context.maxRows - restored)) {
        const r = await iterator.next();
        if (r.done === true) {
          more = false;
          break;
        }
        next.push(r.value);
      }
      for (const place of new Set(next.map((r) => r.place))) {
        if (!inserters.has(place)) inserters.set(place, await inserterOf(w, place, replaced));
      }
      if (next.length === 0 && waiting.length === 0) break;
      const started = performance.now();
      if (!(await begin(w, context.signal))) break;
      const refused: { row: RemovedRow; why: string }[] = [];
      const put: RemovedRow[] = [];
      let pending = [...waiting, ...next];
      for (let progress = true; progress && pending.length > 0; ) {
        progress = false;
        const again: RemovedRow[] = [];
        for (const row of pending) {
          const outcome = (inserters.get(row.place) as Inserter)(row);
          if (outcome === true) {
            put.push(row);
            progress = true;
          } else if (outcome === 'retry') again.push(row);
          else refused.push({ row, why: outcome });
        }
        pending = again;
      }
      waiting = more ? pending : [];
      if (!more) for (const row of pending) refused.push({ row, why: missing(w, row) });
      for (const r of refused) {
        conflicts++;
        yield { state: 'conflict', row: r.row, why: r.why, ...comparedAs(r.why) };
      }
      if (put.length === 0) {
        rollback(w);
        continue;
      }
      signals(w, put);
      batch++;
      yield { state: 'prepared', batch, rows: put.length, dependents: 0, token: tokenFor(w, put) };
      db.exec('COMMIT');
      restored += put.length;
      const took = performance.now() - started;
      yield { state: 'committed', batch, rows: put.length, seconds: took / 1000 };
      yield { state: 'progress', message: 'rows put back', done: restored, total: null };
      await turn();
      await pause(took * context.pace.pauseRatio, context.signal);
    }
  } finally {
    rollback(w);
    await iterator.return?.();
  }
  yield {
    state: 'finished',
    rows: restored,
    bytesBefore: null,
    bytesAfter: null,
    verified: `${formatCount(restored)} rows put back${conflicts === 0 ? '' : `, ${formatCount(conflicts)} left as they are`}`,
    stopped: context.signal.aborted,
  };
}

/** A row that waited to the end. */
function missing(w: Writer, row: RemovedRow): string {
  const s = shape(w, row.place);
  const key = s === undefined ? '' : `${keySayer(w, s)(row)}: `;
  return `${key}${isReference(row) ? 'the row, or the one it referred to, is not there' : 'a row it refers to is not there'}`;
}

function shape(w: Writer, place: string): Shape | undefined {
  const table = w.catalog().stored.find((t) => t.name === place);
  return table && shapeOf(w.db, table);
}

/** Rows of vec0 and full-text tables: their content cannot be compared cheaply, only their key. */
function onRow(key: readonly string[], replaced: Replaced, insert: (row: RemovedRow) => boolean): Inserter {
  return (row) => {
    const parent = replaced.parentOf(row);
    if (parent !== undefined) return `${keyOf(key, row)}: the row of ${parent} that it hung on is another one by now`;
    return insert(row) || `${keyOf(key, row)}: its key is there already`;
  };
}

async function inserterOf(w: Writer, place: string, replaced: Replaced): Promise<Inserter> {
  const { db } = w;
  const vectors = vec0Rows(w.catalog(), place);
  if (vectors !== undefined) {
    await loadSqliteVec(db);
    return onRow([vectors.key], replaced, (row) => vectors.insert(db, row.values));
  }
  const indexed = ftsRows(w.catalog(), place);
  if (indexed !== undefined) return onRow(['rowid'], replaced, (row) => indexed.insert(db, row.values));
  const s = shape(w, place);
  if (s === undefined) {
    throw new StoreError(
      'table-gone',
      `${w.target}: there is no table ${place} any more, so its rows cannot be put back`,
    );
  }
  return tableInserter(w, s, replaced);
}

/** Other processes are told of rows that came back as of rows that went. */
function signals(w: Writer, put: readonly RemovedRow[]): void {
  for (const set of w.matches().flatMap((m) => m.sets)) {
    const n = put.filter((r) => r.place === set.table && !isReference(r)).length;
    if (n > 0) raiseSignal(w.db, set, n);
  }
}

/** By rows that were changed; else by the rows of the first table that has a key of its own. */
function tokenFor(w: Writer, put: readonly RemovedRow[]): string {
  const [marked] = put.filter((r) => r.changed !== undefined);
  const of = marked === undefined ? undefined : shape(w, marked.place);
  if (marked !== undefined && of !== undefined) {
    // A row that was there all along is known by what was put back into it; its key is looked up once, by its index.
    const columns = Object.keys(marked.changed ?? {});
    const alike = put.filter((r) => r.place === marked.place && columns.every((c) => c in (r.changed ?? {})));
    const keys = spreadOut(alike).map((r) => keyNow(w, of, r));
    return tokenOf(w.db, 'restored', marked.place, of.key, columns, keys);
  }
  const whole = put.filter((r) => !isReference(r));
  for (const place of new Set(whole.map((r) => r.place))) {
    const s = shape(w, place);
    const table = w.catalog().stored.find((t) => t.name === place);
    if (s === undefined || table === undefined) continue;
    const names = table.withoutRowid
      ? s.key.map((k) => k.slice(1, -1).replaceAll('""', '"'))
      : [table.rowidColumn ?? (s.rowid as string)];
    const keys = whole.filter((r) => r.place === place).map((r) => names.map((n) => String(bindable(r.values[n]))));
    return tokenOf(w.db, 'restored', place, s.key, [], keys);
  }
  return tokenOf(w.db, 'restored', put[0]?.place ?? '', ['rowid'], [], []);
}

/** The key under which a row that stayed is found now, as texts. */
function keyNow(w: Writer, s: Shape, row: RemovedRow): string[] {
  const names = identityColumns(row);
  const own = s.columns.map((c) => c.name);
  const at = names.map((n) => `${own.includes(n) ? quoted(n) : n} IS ?`).join(' AND ');
  const list = s.key.map((k) => `CAST(${k} AS TEXT)`).join(', ');
  const found = w.db.prepare(`SELECT ${list} FROM ${s.quoted} WHERE ${at}`).raw(true);
  return (found.get(...names.map((n) => bindable(row.values[n]))) as string[] | undefined) ?? [];
}
