import type { RedisServer } from '../../src/layouts/redis-objects.ts';
import { type MeasuredRow, measuredRows } from './embedded-rows.ts';

/** The measured Redis and Valkey data sets of the given kinds; keys were of about ten bytes, jemalloc the system's. */
export function redisRows(...kinds: readonly string[]): { row: MeasuredRow; server: RedisServer; title: string }[] {
  return [...measuredRows('redis'), ...measuredRows('valkey')]
    .filter((row) => kinds.includes(String(row.extra['kind'])))
    .map((row) => {
      const server = row.engine === 'valkey' ? 'valkey-8' : row.version.startsWith('8') ? 'redis-8' : 'redis-7';
      return {
        row,
        server,
        title: `${row.engine} ${row.version}: ${row.n} x ${row.dims} ${String(row.extra['kind'])}`,
      };
    });
}
