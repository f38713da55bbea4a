/**
 * A long statement of ours, watched over a second connection: what it is at, whom it waits for, and its end when the run is
 * stopped. No timeout of the server applies: lock_timeout and statement_timeout both leave an invalid index behind.
 */
import { type StepEvent, StoreError } from '../../store/index.ts';
import type { ReclaimJob } from './reclaim.ts';
import { openSession, type PgSession, refusalCode } from './session.ts';

const LOOK_MS = 1_000;
/** A statement that waits for others this long is given up. */
export const WAIT_LIMIT_MS = 900_000;

const PROGRESS: Readonly<Record<string, string>> = {
  reindex: `SELECT p.phase, greatest(p.blocks_done, p.tuples_done) AS done, greatest(p.blocks_total, p.tuples_total) AS total
    FROM pg_catalog.pg_stat_progress_create_index p WHERE p.pid = $1`,
  vacuum: `SELECT p.phase, p.heap_blks_scanned AS done, p.heap_blks_total AS total
    FROM pg_catalog.pg_stat_progress_vacuum p WHERE p.pid = $1`,
};

interface Look {
  readonly phase: string;
  readonly done: number | null;
  readonly total: number | null;
}

/**
 * Runs the statement on the job's session and yields its progress.
 * @returns true when the signal stopped it
 * @throws StoreError; `wait-limit` when others kept it waiting too long
 */
export async function* runWatched(
  job: ReclaimJob,
  statement: string,
  what: string,
  waitLimitMs: number = WAIT_LIMIT_MS,
): AsyncGenerator<StepEvent, boolean> {
  const { session, context, target } = job;
  const pid = await ownPid(session);
  const watcher = await openSession(target, { mode: 'write', purpose: `watching ${what}` });
  const running = { over: false, failure: undefined as unknown };
  await session.execute('SET lock_timeout = 0');
  const end = session.execute(statement).then(
    () => {
      running.over = true;
    },
    (e: unknown) => {
      running.over = true;
      running.failure = e;
    },
  );
  let waiting = 0;
  let cancelled: 'signal' | 'waited' | undefined;
  let blockers = '';
  try {
    while (!running.over) {
      await Promise.race([end, tick(context.signal, cancelled !== undefined)]);
      if (running.over) break;
      if (context.signal.aborted && cancelled === undefined) {
        cancelled = 'signal';
        await cancel(watcher, pid);
        continue;
      }
      const held = await holders(watcher, pid);
      waiting = held === '' ? 0 : waiting + LOOK_MS;
      if (waiting > waitLimitMs && cancelled === undefined) {
        cancelled = 'waited';
        blockers = held;
        await cancel(watcher, pid);
      }
      const look = await progress(watcher, what, pid);
      const message = held === '' ? `${what}: ${look?.phase ?? 'running'}` : `${what} waits for ${held}`;
      if (cancelled === undefined)
        yield { state: 'progress', message, done: look?.done ?? 0, total: look?.total || null };
    }
    await end;
  } finally {
    if (!running.over) {
      // Whoever asked for us went away in the middle.
      await cancel(watcher, pid).catch(() => undefined);
      await end;
    }
    await watcher.close();
  }
  if (running.failure === undefined) return false;
  // query_canceled, by us
  if (refusalCode(running.failure) === '57014' && cancelled === 'signal') return true;
  if (refusalCode(running.failure) === '57014' && cancelled === 'waited')
    throw new StoreError(
      'wait-limit',
      `${target}: ${what} of ${job.place.schema}.${job.place.name} waited ${Math.round(waitLimitMs / 60_000)} minutes for ${blockers}, and was given up`,
      'end that session, or try again later',
      5,
    );
  throw running.failure;
}

async function ownPid(session: PgSession): Promise<number> {
  const [r] = await session.query<{ pid: number }>('SELECT pg_catalog.pg_backend_pid() AS pid');
  return Number(r?.pid);
}

/** Cancels the statement of our own other session, and of nobody else. */
async function cancel(watcher: PgSession, pid: number): Promise<void> {
  await watcher.query('SELECT pg_catalog.pg_cancel_backend($1)', [pid]);
}

/** Who keeps it waiting; "" when nobody does. */
async function holders(watcher: PgSession, pid: number): Promise<string> {
  const rows = await watcher.query<{ pid: number; name: string; state: string | null }>(
    `SELECT b.pid, coalesce(nullif(a.application_name, ''), a.usename::text, 'another session') AS name, a.state
     FROM pg_catalog.unnest(pg_catalog.pg_blocking_pids($1)) AS b(pid)
     LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = b.pid LIMIT 3`,
    [pid],
  );
  return rows.map((r) => `${r.name} (process ${r.pid}${r.state === null ? '' : `, ${r.state}`})`).join(', ');
}

async function progress(watcher: PgSession, what: string, pid: number): Promise<Look | undefined> {
  const sql = PROGRESS[what];
  return sql === undefined ? undefined : (await watcher.query<Look>(sql, [pid]))[0];
}

async function tick(signal: AbortSignal, cancelled: boolean): Promise<void> {
  await new Promise<void>((done) => {
    const finish = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', finish);
      done();
    };
    const timer = setTimeout(finish, LOOK_MS);
    if (!cancelled) signal.addEventListener('abort', finish, { once: true });
  });
}
