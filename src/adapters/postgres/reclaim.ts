/** VACUUM, ANALYZE, DROP INDEX CONCURRENTLY and the GIN pending list; what each of them left undone is said. */
import { formatBytes, formatCount } from '../../quantity/index.ts';
import { type PerformContext, type ReclaimAction, type StepEvent, StoreError, type Target } from '../../store/index.ts';
import { maintainPolitely } from './other-clients.ts';
import { runWatched } from './own-backend.ts';
import { refusePooled } from './pooler.ts';
import { reindex } from './reindex.ts';
import { openSession, type PgSession } from './session.ts';
import { invalidIndexes, type Place, placeOf } from './structure-place.ts';

/** @throws StoreError when the server refuses or the wait is too long */
export async function* reclaim(
  target: Target,
  action: ReclaimAction,
  context: PerformContext,
): AsyncGenerator<StepEvent> {
  const session = await openSession(target, { mode: 'write', purpose: action.kind, statementTimeoutMs: null });
  try {
    refusePooled(session, target);
    const place = await placeOf(session, action.structure);
    if (place === undefined) {
      yield { state: 'skipped', why: `${action.structure} is not there any more` };
      return;
    }
    if (context.signal.aborted) {
      yield {
        state: 'finished',
        rows: 0,
        bytesBefore: place.bytes,
        bytesAfter: place.bytes,
        verified: null,
        stopped: true,
      };
      return;
    }
    await maintainPolitely(session);
    const job = { target, session, place, action, context };
    switch (action.kind) {
      case 'vacuum':
        yield* vacuum(job, true);
        return;
      case 'analyze':
        yield* vacuum(job, false);
        return;
      case 'reindex':
        yield* reindex(job);
        return;
      case 'drop-invalid-index':
        yield* dropInvalid(job);
        return;
      case 'gin-clean-pending':
        yield* cleanPending(job);
        return;
      default:
        throw new StoreError(
          'no-such-action',
          `${target}: ${action.kind} is nothing that PostgreSQL does`,
          undefined,
          5,
        );
    }
  } finally {
    await session.close();
  }
}

export interface ReclaimJob {
  readonly target: Target;
  /** Where the statement runs; autocommit, no statement_timeout. */
  readonly session: PgSession;
  readonly place: Place;
  readonly action: ReclaimAction;
  readonly context: PerformContext;
}

interface Counters {
  readonly vacuumed: string | null;
  readonly analyzed: string | null;
  readonly dead: number | null;
}

async function counters(session: PgSession, oid: number): Promise<Counters> {
  const [r] = await session.query<Counters>(
    `SELECT s.last_vacuum::text AS vacuumed, s.last_analyze::text AS analyzed, s.n_dead_tup AS dead
     FROM pg_catalog.pg_stat_all_tables s WHERE s.relid = $1`,
    [oid],
  );
  return r ?? { vacuumed: null, analyzed: null, dead: null };
}

async function* vacuum(job: ReclaimJob, full: boolean): AsyncGenerator<StepEvent> {
  const { session, place, target } = job;
  // VACUUM of a table one does not own says so in a warning, and does nothing.
  if (!place.maintained)
    throw new StoreError(
      'not-owner',
      `${target}: the role "${session.role}" may not ${full ? 'vacuum' : 'analyze'} ${place.schema}.${place.name}`,
      session.serverVersion >= 170_000
        ? `GRANT MAINTAIN ON ${place.quoted} TO "${session.role}"`
        : 'use the owner of the table',
    );
  const before = await counters(session, place.table);
  const statement = full ? `VACUUM (ANALYZE) ${place.quoted}` : `ANALYZE ${place.quoted}`;
  const stopped = yield* runWatched(job, statement, full ? 'vacuum' : 'analyze');
  const after = await counters(session, place.table);
  const bytesAfter = (await placeOf(session, job.action.structure))?.bytes ?? null;
  const done = full ? after.vacuumed !== before.vacuumed : after.analyzed !== before.analyzed;
  // A partitioned table keeps no such counters of its own.
  if (!stopped && !done && place.kind === 'r')
    throw new StoreError(
      'vacuum-without-effect',
      `${target}: the server took the statement for ${place.schema}.${place.name} and did nothing; its log says why`,
    );
  const dead = after.dead ?? 0;
  const left =
    dead > 0
      ? `${formatCount(dead)} dead rows could not be removed yet: a transaction, a replication slot or a standby may still see them`
      : 'no dead row is left';
  yield {
    state: 'finished',
    rows: 0,
    bytesBefore: place.bytes,
    bytesAfter,
    verified: stopped ? null : full ? left : 'the statistics are new',
    stopped,
  };
}

/** Only what an interrupted REINDEX CONCURRENTLY left, and only when nobody is at work on that table. */
async function* dropInvalid(job: ReclaimJob): AsyncGenerator<StepEvent> {
  const { session, place, action } = job;
  const found = (await invalidIndexes(session, place.table)).find((i) => i.oid === place.oid);
  if (found?.leftover !== true) {
    const why = place.valid
      ? `${place.name} is valid, and stays`
      : found !== undefined && /_cc(new|old)\d*$/.test(found.name)
        ? `somebody is at work on the table of ${place.name}; it may be theirs`
        : `${place.name} is invalid, and is not what an interrupted REINDEX CONCURRENTLY leaves; whoever made it should drop it`;
    yield { state: 'skipped', why };
    return;
  }
  const stopped = yield* runWatched(job, `DROP INDEX CONCURRENTLY IF EXISTS ${place.quoted}`, 'drop index');
  const gone = (await placeOf(session, action.structure)) === undefined;
  yield {
    state: 'finished',
    rows: 0,
    bytesBefore: place.bytes,
    bytesAfter: gone ? 0 : place.bytes,
    verified: gone ? `${place.name} is gone` : null,
    stopped,
  };
}

async function* cleanPending(job: ReclaimJob): AsyncGenerator<StepEvent> {
  const { session, place, target } = job;
  if (place.method !== 'gin') throw new StoreError('not-gin', `${target}: ${place.name} is no GIN index`, undefined, 5);
  if (!place.owned)
    throw new StoreError(
      'not-owner',
      `${target}: only the owner of ${place.schema}.${place.name} may clean its pending list`,
      'use the owner of the table',
    );
  const [r] = await session.query<{ pages: number }>(
    'SELECT pg_catalog.gin_clean_pending_list($1::regclass) AS pages',
    [place.oid],
  );
  const bytesAfter = (await placeOf(session, job.action.structure))?.bytes ?? null;
  const pages = Number(r?.pages ?? 0);
  yield {
    state: 'finished',
    rows: 0,
    bytesBefore: place.bytes,
    bytesAfter,
    verified:
      pages === 0
        ? 'the pending list was empty'
        : `${formatCount(pages)} pages of the pending list (${formatBytes(pages * 8192)}) were merged into the index`,
    stopped: false,
  };
}
