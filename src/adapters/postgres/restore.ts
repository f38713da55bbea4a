/** Removed rows put back as they were, in batches; a row that cannot go back is named and left out. */
import { formatCount } from '../../quantity/index.ts';
import {
  type Conflict,
  type PerformContext,
  type RemovedRow,
  type StepEvent,
  StoreError,
  type Target,
} from '../../store/index.ts';
import { pause, waitForCopies } from './pace.ts';
import { refusePooled } from './pooler.ts';
import { quoted } from './quoting.ts';
import { type PgReading, relationOf } from './reading.ts';
import { AS_IT_WAS, putBackChanges, sameRow, whyWaiting } from './restore-changed.ts';
import { type ArchiveColumn, archiveColumns, keyColumns, restoredText } from './row-archive.ts';
import { openSession, type PgSession, refusalCode, refusedBy } from './session.ts';
import { systemIdentifier, transactionToken } from './transaction-token.ts';
import { TwinRows } from './twin-rows.ts';
import { relink, takenFrom } from './unlink.ts';

const BATCH_ROWS = 500;
const BATCH_CHARACTERS = 8 * 2 ** 20;

type RestoreEvent = StepEvent | Conflict;

interface Place {
  readonly quoted: string;
  readonly columns: ReadonlyMap<string, ArchiveColumn>;
  /** Primary key; none where there is none. */
  readonly keys: readonly string[];
  /** Where nothing in the table keeps a row from being there twice. */
  readonly twins: TwinRows | null;
}

export async function* restore(
  target: Target,
  reading: PgReading,
  rows: AsyncIterable<RemovedRow>,
  context: PerformContext,
): AsyncGenerator<RestoreEvent> {
  const session = await openSession(target, { mode: 'write', purpose: 'undo' });
  try {
    refusePooled(session, target);
    yield* restoreWith(session, target, reading, rows, context);
  } finally {
    await session.close();
  }
}

async function* restoreWith(
  session: PgSession,
  target: Target,
  reading: PgReading,
  rows: AsyncIterable<RemovedRow>,
  context: PerformContext,
): AsyncGenerator<RestoreEvent> {
  const system = await systemIdentifier(session);
  const places = new Map<string, Place>();
  const placed = async (name: string): Promise<Place> => {
    const place = places.get(name) ?? (await placeFor(session, target, reading, name));
    places.set(name, place);
    return place;
  };
  const taken: RemovedRow[] = [];
  let changed: RemovedRow[] = [];
  const whole = async function* (): AsyncGenerator<RemovedRow> {
    for await (const row of rows) {
      if (row.changed !== undefined) changed.push(row);
      else if (takenFrom(row, (await placed(row.place)).columns) === undefined) yield row;
      else taken.push(row);
    }
  };
  // What was taken out of lists comes last, the last one first: each then finds the list as it left it. Changes likewise.
  const all = async function* (): AsyncGenerator<RemovedRow[]> {
    yield* groups(whole(), context);
    yield* groups(taken.reverse(), context);
    changed.reverse();
    for (let before = Number.POSITIVE_INFINITY; changed.length > 0 && changed.length < before; ) {
      before = changed.length;
      const now = changed;
      changed = [];
      yield* groups(now, context);
    }
  };
  let batch = 0;
  let restored = 0;
  let conflicts = 0;
  let stopped = false;
  for await (const group of all()) {
    if (context.signal.aborted) {
      stopped = true;
      break;
    }
    const begun = performance.now();
    await session.execute('BEGIN; SET LOCAL row_security = off; SET LOCAL statement_timeout = 0');
    try {
      const refused: Refused[] = [];
      let put = 0;
      for (const run of runs(group)) {
        const place = await placed((run[0] as RemovedRow).place);
        if (run[0]?.changed === undefined) {
          const result = await putBack(session, place, run);
          put += result.put;
          refused.push(...result.refused);
        } else {
          const result = await putBackChanges(session, place, run);
          put += result.put;
          for (const { row, why } of result.refused) refused.push({ row, why: `${why}${keyOf(place, row)}` });
          changed.push(...result.waiting);
        }
      }
      if (put === 0) {
        await session.execute('ROLLBACK');
      } else {
        batch += 1;
        const token = await transactionToken(session, system);
        yield { state: 'prepared', batch, rows: put, dependents: 0, token };
        await session.execute('COMMIT');
        restored += put;
        const seconds = (performance.now() - begun) / 1000;
        yield { state: 'committed', batch, rows: put, seconds };
        await pause(seconds * context.pace.pauseRatio * 1000, context.signal);
      }
      conflicts += refused.length;
      for (const r of refused) yield { state: 'conflict', ...r };
    } catch (e) {
      await session.execute('ROLLBACK').catch(() => undefined);
      throw e;
    }
    for await (const message of waitForCopies(session, target, context.pace, context.signal))
      yield { state: 'progress', message, done: restored, total: null };
  }
  for (const row of stopped ? [] : changed) {
    const place = await placed(row.place);
    conflicts += 1;
    const why = await whyWaiting(session, place, row);
    const same = why === AS_IT_WAS ? { same: true } : {};
    yield { state: 'conflict', row, why: `${why}${keyOf(place, row)}`, ...same };
  }
  const verified = `${formatCount(restored)} rows are back${conflicts === 0 ? '' : `; ${formatCount(conflicts)} are not, each named`}`;
  yield { state: 'finished', rows: restored, bytesBefore: null, bytesAfter: null, verified, stopped };
}

async function* groups(
  rows: AsyncIterable<RemovedRow> | Iterable<RemovedRow>,
  context: PerformContext,
): AsyncGenerator<RemovedRow[]> {
  const most = context.batchRows ?? BATCH_ROWS;
  let group: RemovedRow[] = [];
  let characters = 0;
  for await (const row of rows) {
    group.push(row);
    for (const v of Object.values(row.values)) characters += typeof v === 'string' ? v.length : 16;
    if (group.length < most && characters < BATCH_CHARACTERS) continue;
    yield group;
    group = [];
    characters = 0;
  }
  if (group.length > 0) yield group;
}

/** Neighbours of one table with the same columns. */
function runs(group: readonly RemovedRow[]): RemovedRow[][] {
  const found: RemovedRow[][] = [];
  let last = '';
  for (const row of group) {
    const shape = JSON.stringify([row.place, Object.keys(row.values), Object.keys(row.changed ?? {})]);
    if (shape === last) found.at(-1)?.push(row);
    else found.push([row]);
    last = shape;
  }
  return found;
}

async function placeFor(session: PgSession, target: Target, reading: PgReading, name: string): Promise<Place> {
  const table = reading.catalog.tables.find(
    (t) => `${t.schema}.${t.name}` === name && (t.kind === 'r' || t.kind === 'p'),
  );
  if (table === undefined)
    throw new StoreError(
      'no-such-table',
      `${target}: the table ${name} of the archived rows is not there any more`,
      undefined,
      5,
    );
  const columns = await archiveColumns(session, table.oid);
  const relation = relationOf(table);
  const [unique] = await session.query(
    `SELECT 1 FROM pg_catalog.pg_index i WHERE i.indrelid = $1 AND (i.indisprimary OR i.indisexclusion
       OR (i.indisunique AND i.indpred IS NULL AND NOT EXISTS (SELECT FROM pg_catalog.pg_attribute a
         WHERE a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey::int2[]) AND NOT a.attnotnull))) LIMIT 1`,
    [table.oid],
  );
  return {
    quoted: relation.quoted,
    columns: new Map(columns.map((c) => [c.name, c])),
    keys: await keyColumns(session, table.oid, []),
    twins: unique === undefined ? new TwinRows(session, relation.quoted) : null,
  };
}

const NAME_CHARACTERS = 80;

/** " (id = 4)"; "" where the table has no primary key. */
function keyOf(place: Place, row: RemovedRow): string {
  if (place.keys.length === 0) return '';
  const named = place.keys.map((k) => `${k} = ${restoredText(row.values[k] ?? null) ?? 'NULL'}`).join(', ');
  return ` (${named.replace(/[\p{Cc}\p{Cf}]+/gu, ' ').slice(0, NAME_CHARACTERS)})`;
}

interface Refused {
  readonly row: RemovedRow;
  readonly why: string;
  readonly same?: boolean;
}

interface PutBack {
  readonly put: number;
  readonly refused: readonly Refused[];
}

interface Shared {
  readonly there: readonly RemovedRow[];
  readonly missing: readonly RemovedRow[];
}

/** All at once; when a key is taken or a constraint minds, one by one to find out which. */
async function putBack(session: PgSession, place: Place, all: readonly RemovedRow[]): Promise<PutBack> {
  const first = all[0] as RemovedRow;
  const list = takenFrom(first, place.columns);
  if (list !== undefined) {
    const refused: Refused[] = [];
    for (const row of all) {
      const why = await relink(session, place, row, list);
      if (why !== null) refused.push({ row, why });
    }
    return { put: all.length - refused.length, refused };
  }
  const names = Object.keys(first.values);
  const gone = names.filter((n) => !place.columns.has(n));
  if (gone.length > 0)
    return {
      put: 0,
      refused: all.map((row) => ({ row, why: `the column ${gone.join(', ')} is not there any more` })),
    };
  const { there, missing: rows }: Shared = (await place.twins?.split(names, all)) ?? { there: [], missing: all };
  const refused: Refused[] = there.map((row) => ({ row, why: 'the same row is there already', same: true }));
  if (rows.length === 0) return { put: 0, refused };
  const whole = await insert(session, place, names, rows);
  if (whole === rows.length) return { put: whole, refused };
  if (typeof whole === 'number' && whole > 0) await session.execute('ROLLBACK TO SAVEPOINT memctl_put');
  let put = 0;
  for (const row of rows) {
    const one = await insert(session, place, names, [row]);
    if (one === 1) {
      put += 1;
      continue;
    }
    const same = typeof one === 'string' ? null : await sameRow(session, place, row);
    const there = same === true ? 'the same row is there already' : 'a row with the same key is there again';
    const why = `${typeof one === 'string' ? one : there}${keyOf(place, row)}`;
    refused.push({ row, why, ...(same === null ? {} : { same }) });
  }
  return { put, refused };
}

/** @returns rows inserted, or why a constraint refused them */
async function insert(
  session: PgSession,
  place: Place,
  names: readonly string[],
  rows: readonly RemovedRow[],
): Promise<number | string> {
  const columns = names.map((n) => place.columns.get(n) as ArchiveColumn);
  const list = names.map(quoted).join(', ');
  const values = columns.map((c, i) => `u.c${i}::${c.type}`).join(', ');
  const arrays = columns.map((_, i) => `pg_catalog.unnest($${i + 1}::text[])`).join(', ');
  const aliases = columns.map((_, i) => `c${i}`).join(', ');
  const sql = `INSERT INTO ${place.quoted} (${list}) OVERRIDING SYSTEM VALUE
    SELECT ${values} FROM ROWS FROM (${arrays}) AS u(${aliases}) ON CONFLICT DO NOTHING`;
  const params = names.map((n) => rows.map((r) => restoredText(r.values[n] ?? null)));
  await session.execute('SAVEPOINT memctl_put');
  try {
    return await session.execute(sql, params);
  } catch (e) {
    const code = refusalCode(e) ?? '';
    // Class 23: a constraint. P0: a function of the store. Anything else is no matter of single rows.
    if (!code.startsWith('23') && !code.startsWith('P0')) throw e;
    await session.execute('ROLLBACK TO SAVEPOINT memctl_put');
    if (code.startsWith('P0')) return `the function ${refusedBy(e)?.function ?? 'of a trigger'} refuses it (${code})`;
    return code === '23503' ? 'the row it hangs on is not there' : 'a constraint of the table refuses it';
  }
}
