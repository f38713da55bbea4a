/** REINDEX INDEX CONCURRENTLY, and the `_ccnew` that it leaves when it fails or is cancelled. */
import { formatBytes } from '../../quantity/index.ts';
import { type StepEvent, StoreError } from '../../store/index.ts';
import { runWatched } from './own-backend.ts';
import type { ReclaimJob } from './reclaim.ts';
import { type PgSession, refusalCode } from './session.ts';
import { type Invalid, invalidIndexes, placeOf } from './structure-place.ts';
import { extensionVersion, olderThan } from './version-rules.ts';

export async function* reindex(job: ReclaimJob): AsyncGenerator<StepEvent> {
  const { session, place, target, action } = job;
  if (session.serverVersion < 120_000 || (session.serverVersion >= 140_000 && session.serverVersion < 140_004))
    throw new StoreError(
      'version',
      `${target}: PostgreSQL ${session.serverText} cannot rebuild an index concurrently${session.serverVersion >= 140_000 ? ' without the risk of corrupting it (fixed in 14.4)' : ''}`,
      'upgrade the server',
      5,
    );
  if (!place.owned)
    throw new StoreError(
      'not-owner',
      `${target}: only the owner of ${place.schema}.${place.name} may rebuild it`,
      'use the owner of the table',
    );
  if (await isExclusion(session, place.oid)) {
    yield {
      state: 'skipped',
      why: `${place.name} belongs to an exclusion constraint, which cannot be rebuilt concurrently`,
    };
    return;
  }
  // pgvector before 0.8.2 writes beyond a buffer when several workers build an HNSW index (pgvector CHANGELOG, 0.8.2).
  if (place.method === 'hnsw' && olderThan(await extensionVersion(session, 'vector'), [0, 8, 2]))
    await session.execute('SET max_parallel_maintenance_workers = 0');
  yield* dropLeftovers(session, place.table, place.name, [], 0);
  const before = (await invalidIndexes(session, place.table)).map((i) => i.oid);
  let stopped = false;
  try {
    stopped = yield* runWatched(job, `REINDEX INDEX CONCURRENTLY ${place.quoted}`, 'reindex');
  } catch (e) {
    yield* dropLeftovers(session, place.table, place.name, before, CLEANUP_WAIT_MS);
    throw e;
  }
  const clean = !stopped || (yield* dropLeftovers(session, place.table, place.name, before, CLEANUP_WAIT_MS));
  const after = await placeOf(session, action.structure);
  const valid = after?.valid === true;
  if (!stopped && !valid)
    throw new StoreError('reindex-invalid', `${target}: ${place.name} is not valid after it was rebuilt`);
  const bytesAfter = after?.bytes ?? null;
  yield {
    state: 'finished',
    rows: 0,
    bytesBefore: place.bytes,
    bytesAfter,
    verified: stopped
      ? clean
        ? 'the index is as it was, and nothing is left of the unfinished one'
        : 'the index is as it was; the unfinished one could not be dropped while other transactions use the table, and the next rebuild drops it'
      : `the index is valid and takes ${formatBytes(bytesAfter ?? 0)} instead of ${formatBytes(place.bytes)}`,
    stopped,
  };
}

async function isExclusion(session: PgSession, oid: number): Promise<boolean> {
  const rows = await session.query('SELECT 1 FROM pg_catalog.pg_index WHERE indexrelid = $1 AND indisexclusion', [oid]);
  return rows.length > 0;
}

/** After a failure somebody waits for us: others may keep the clean-up this long. */
const CLEANUP_WAIT_MS = 20_000;

/**
 * Invalid `<index>_ccnew`, `_ccold` that nobody is building.
 * @param others indexes that were there before us @param waitMs 0: as long as it takes
 * @returns false when one could not be dropped in that time
 */
async function* dropLeftovers(
  session: PgSession,
  table: number,
  index: string,
  others: readonly number[],
  waitMs: number,
): AsyncGenerator<StepEvent, boolean> {
  const ours = (i: Invalid): boolean => i.leftover && !others.includes(i.oid) && namedAfter(i.name, index);
  await session.execute(`SET lock_timeout = ${waitMs}`);
  for (const left of (await invalidIndexes(session, table)).filter(ours)) {
    yield { state: 'progress', message: `dropping ${left.name}, left by an unfinished rebuild`, done: 0, total: null };
    try {
      await session.execute(`DROP INDEX CONCURRENTLY IF EXISTS ${left.quoted}`);
    } catch (e) {
      if (refusalCode(e) !== '55P03') throw e;
      return false;
    }
  }
  return true;
}

/** The server cuts a long name in the middle of nowhere to make room for the suffix (63 bytes in all). */
function namedAfter(leftover: string, index: string): boolean {
  const stem = leftover.replace(/_cc(new|old)\d*$/, '');
  return stem === index || (stem.length >= 40 && index.startsWith(stem));
}
