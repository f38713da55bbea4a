/**
 * CPU time of server processes, where the server runs on this host and in this process namespace: Linux alone, where /proc says it.
 * schedstat counts nanoseconds on a processor (kernel documentation, scheduler/sched-stats); stat counts ticks, 100 a second for
 * user space on every architecture of Linux.
 */
import { readFileSync } from 'node:fs';
import type { PgSession } from './session.ts';

const TICKS = 100;

/** Seconds that the process has been on a processor; undefined when it is not to be seen here. */
export function cpuSeconds(pid: number): number | undefined {
  const nanoseconds = Number(fileOr(`/proc/${pid}/schedstat`)?.split(' ')[0]);
  if (Number.isFinite(nanoseconds) && nanoseconds > 0) return nanoseconds / 1e9;
  // The name in parentheses may hold anything; utime and stime are the 12th and 13th field after it.
  const stat = fileOr(`/proc/${pid}/stat`);
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields?.[11]) + Number(fields?.[12]);
  return Number.isFinite(ticks) ? ticks / TICKS : undefined;
}

/**
 * The process id of a session's backend, when that process is on this host: a number alone may be somebody else's, as behind
 * a forwarded port. PostgreSQL writes role, database and the client's port into its command line.
 */
export async function localBackend(session: PgSession): Promise<number | undefined> {
  const [r] = await session.query<{ pid: number; port: number | null }>(
    'SELECT pg_catalog.pg_backend_pid() AS pid, pg_catalog.inet_client_port() AS port',
  );
  if (r === undefined) return undefined;
  const line = fileOr(`/proc/${r.pid}/cmdline`)?.replaceAll('\0', ' ');
  const place = r.port === null ? '[local]' : `(${r.port})`;
  const ours =
    line?.startsWith('postgres: ') === true && line.includes(` ${session.database} `) && line.includes(place);
  return ours ? r.pid : undefined;
}

function fileOr(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}
