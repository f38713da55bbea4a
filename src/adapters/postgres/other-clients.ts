/**
 * Whether anybody else is at work on the server. Where nobody is, maintenance takes what the server gives; where somebody is, it
 * goes as autovacuum does: on one core, in small portions, with pauses.
 */
import type { PgSession } from './session.ts';

/** Who asked for something so lately is about to ask for more: an application rests between two requests. */
const LATELY_SECONDS = 10;
/**
 * Autovacuum's own delay (autovacuum_vacuum_cost_delay), after as many cost units as the server's own limit (vacuum_cost_limit, 200
 * unless somebody set it). https://www.postgresql.org/docs/17/runtime-config-vacuum.html
 */
const DELAY = '2ms';

/**
 * Sessions of memctl itself do not count. One that this role may not look into does: its state is hidden then
 * (https://www.postgresql.org/docs/17/monitoring-stats.html, pg_stat_activity), and manners cost nothing but time.
 * @param lately seconds since its last statement ended for which a client is at work
 */
export async function othersAtWork(session: PgSession, lately: number = LATELY_SECONDS): Promise<boolean> {
  const [r] = await session.query<{ busy: boolean }>(
    `SELECT EXISTS (SELECT FROM pg_catalog.pg_stat_activity a
       WHERE a.pid <> pg_catalog.pg_backend_pid() AND a.datid IS NOT NULL
         AND coalesce(a.backend_type, 'client backend') = 'client backend'
         AND coalesce(a.application_name, '') NOT LIKE 'memctl (%'
         AND (a.state IS DISTINCT FROM 'idle'
           OR a.state_change > pg_catalog.clock_timestamp() - interval '${lately} seconds')) AS busy`,
  );
  return r?.busy !== false;
}

/** Reads of this transaction stay on one core while others are at work. */
export async function readPolitely(session: PgSession): Promise<void> {
  if (await othersAtWork(session)) await session.execute('SET LOCAL max_parallel_workers_per_gather = 0');
}

/** VACUUM, ANALYZE and index builds of this session from now on. A delay that the server asks of everybody stays. */
export async function maintainPolitely(session: PgSession): Promise<void> {
  if (!(await othersAtWork(session))) return;
  await session.execute('SET max_parallel_maintenance_workers = 0');
  const [r] = await session.query<{ delay: string }>("SELECT pg_catalog.current_setting('vacuum_cost_delay') AS delay");
  if (r?.delay === '0') await session.execute(`SET vacuum_cost_delay = '${DELAY}'`);
}
