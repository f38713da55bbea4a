/** The one place that loads ioredis. It is an optional dependency: planning works without it. */
import type { Redis } from 'ioredis';
import { StoreError } from '../../store/index.ts';

export type Client = Redis;
export type Driver = typeof Redis;

/** @throws StoreError when the driver is not installed */
export async function loadDriver(): Promise<Driver> {
  try {
    return (await import('ioredis')).Redis;
  } catch (e) {
    const reason = e instanceof Error ? (e.message.split('\n')[0] ?? '') : String(e);
    const absent = /Cannot find (package|module)/.test(reason);
    throw new StoreError(
      'driver-missing',
      absent ? 'redis: the driver ioredis is not installed' : `redis: the driver ioredis cannot be loaded (${reason})`,
      'npm install ioredis',
    );
  }
}
