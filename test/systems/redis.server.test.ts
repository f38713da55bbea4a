/** The preset of mneme in Redis against a real one. */
import { expect, it } from 'vitest';
import { startRedis } from '../servers/redis.ts';
import { fillMnemeRedis } from './filled-redis.ts';
import { off, reportOf, storeBytes } from './planned.ts';

it.each([1000, 50_000])('%i entries within 3 percent of used_memory', async (n) => {
  await using server = await startRedis();
  const { flags, bytes } = await fillMnemeRedis(server.url, n);
  const planned = storeBytes(reportOf('mneme-redis', flags), 'resident');
  expect(Math.abs(off(planned, bytes)), `${planned} planned, ${bytes} measured`).toBeLessThanOrEqual(0.03);
});
