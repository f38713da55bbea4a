/** mneme in a real Redis: entries written as the store writes them, used_memory before and after. */
import { Redis } from 'ioredis';
import type { Flags } from '../capacity/plan-from-flags.ts';
import { randomStream } from '../layouts/sqlite-stores.ts';

const DIMS = 64;
const NAMESPACES = 20;
const BATCH = 1000;

const usedMemory = async (c: Redis): Promise<number> => Number(/^used_memory:(\d+)/m.exec(await c.info('memory'))?.[1]);

export async function fillMnemeRedis(
  url: string,
  n: number,
): Promise<{ readonly flags: Flags; readonly bytes: number }> {
  const c = new Redis(url);
  const random = randomStream(5);
  const hex = (digits: number): string =>
    Array.from({ length: digits }, () => Math.floor(random() * 16).toString(16)).join('');
  const before = await usedMemory(c);
  let bytes = 0;
  for (let from = 1; from <= n; from += BATCH) {
    const p = c.pipeline();
    for (let id = from; id < Math.min(from + BATCH, n + 1); id++) {
      const namespace = `tenant_${String(id % NAMESPACES).padStart(2, '0')}`;
      const hash = hex(64);
      const query = `question ${id}`.padEnd(40, '?');
      const response = 'x'.repeat(
        Math.round(230 * (1 + 0.15 * (random() + random() + random() + random() - 2) * 1.73)),
      );
      bytes += query.length + response.length;
      const at = 1_790_000_000 + id;
      const embedding = Buffer.from(Float32Array.from({ length: DIMS }, () => random()).buffer);
      p.hset(
        `mneme:entry:${id}`,
        'namespace',
        namespace,
        'query_hash',
        hash,
        'query',
        query,
        'response',
        response,
        'embedding',
        embedding,
        'metadata',
        '{}',
        'created_at',
        String(at),
        'last_accessed_at',
        String(at),
        'ttl',
        '86400',
        'access_count',
        '0',
      );
      p.expireat(`mneme:entry:${id}`, at + 86_400_000);
      p.set(`mneme:hash:${namespace}:${hash}`, String(id));
      p.zadd(`mneme:lru:${namespace}`, at, String(id));
      p.zadd('mneme:by_id', id, String(id));
      p.zadd('mneme:by_ttl', at + 86_400, `${namespace}|${id}`);
      p.sadd('mneme:namespaces', namespace);
    }
    for (const [error] of (await p.exec()) ?? []) if (error !== null) throw error;
  }
  // A rehash under way keeps both tables for a while.
  await new Promise((done) => setTimeout(done, 1500));
  const measured = (await usedMemory(c)) - before;
  c.disconnect();
  return {
    flags: {
      n,
      dims: DIMS,
      'text-bytes': Math.round(bytes / n),
      'metadata-bytes': 2,
      'namespace-bytes': 9,
      namespaces: NAMESPACES,
    },
    bytes: measured,
  };
}
