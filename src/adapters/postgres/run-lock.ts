/** One run at a time: an advisory lock of a connection of its own, which the server gives back when that connection ends. */
import type { RunLock, Target } from '../../store/index.ts';
import { refusePooled } from './pooler.ts';
import { openSession, type PgSession } from './session.ts';

/** "memc": the first key, of all our locks. The second says which database, as locks of a database are its own anyway. */
const CLASS = 0x6d_65_6d_63;
/** A connection that died without a word is noticed by asking. */
const ASK_MS = 10_000;

export async function runLock(target: Target, run: string): Promise<RunLock | null> {
  const session = await openSession(target, { mode: 'write', purpose: `run ${run}` });
  try {
    refusePooled(session, target);
    const key = lockKey(session.database);
    const [r] = await session.query<{ got: boolean }>('SELECT pg_catalog.pg_try_advisory_lock($1, $2) AS got', [
      CLASS,
      key,
    ]);
    if (r?.got !== true) {
      await session.close();
      return null;
    }
    return held(session, key);
  } catch (e) {
    await session.close();
    throw e;
  }
}

function held(session: PgSession, key: number): RunLock {
  const lost = new AbortController();
  const lose = (): void => lost.abort();
  session.lost.addEventListener('abort', lose, { once: true });
  if (session.lost.aborted) lose();
  const timer = setInterval(() => {
    holds(session, key).then((yes) => (yes ? undefined : lose()), lose);
  }, ASK_MS);
  timer.unref();
  let released = false;
  return {
    lost: lost.signal,
    release: async () => {
      if (released) return;
      released = true;
      clearInterval(timer);
      session.lost.removeEventListener('abort', lose);
      // The server gives the lock back when the connection ends, whether or not this succeeds.
      await session.query('SELECT pg_catalog.pg_advisory_unlock($1, $2)', [CLASS, key]).catch(() => undefined);
      await session.close();
    },
  };
}

async function holds(session: PgSession, key: number): Promise<boolean> {
  const rows = await session.query(
    `SELECT 1 FROM pg_catalog.pg_locks l WHERE ${LOCK} AND l.pid = pg_catalog.pg_backend_pid()`,
    [CLASS, key],
  );
  return rows.length === 1;
}

const LOCK = `l.locktype = 'advisory' AND l.classid::bigint = $1::bigint AND l.objid::bigint = ($2::bigint & 4294967295) AND l.objsubid = 2 AND l.granted
  AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())`;

export async function lockHolder(session: PgSession): Promise<string | null> {
  const [r] = await session.query<{
    pid: number;
    name: string | null;
    role: string | null;
    host: string | null;
    seconds: number | null;
  }>(
    `SELECT l.pid, a.application_name AS name, a.usename::text AS role,
       coalesce(nullif(a.client_hostname, ''), pg_catalog.host(a.client_addr)) AS host,
       extract(epoch FROM pg_catalog.clock_timestamp() - a.backend_start)::pg_catalog.float8 AS seconds
     FROM pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid WHERE ${LOCK} LIMIT 1`,
    [CLASS, lockKey(session.database)],
  );
  if (r === undefined) return null;
  const name = r.name === null || r.name === '' ? 'a session' : r.name;
  const since = r.seconds === null ? '' : ` for ${Math.round(r.seconds)} s`;
  return `${name}${r.role === null ? '' : ` of role ${r.role}`}${r.host === null ? '' : ` from ${r.host}`} (process ${r.pid})${since}`;
}

/** 32-bit FNV-1a of the database's name, signed. */
function lockKey(database: string): number {
  let hash = 0x81_1c_9d_c5;
  for (const byte of new TextEncoder().encode(database)) {
    hash = Math.imul(hash ^ byte, 0x01_00_01_93);
  }
  return hash | 0;
}
