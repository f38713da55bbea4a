import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { openStore } from '../../../src/adapters/index.ts';
import {
  type Conflict,
  DEFAULT_PACE,
  type PerformContext,
  type StepEvent,
  type Store,
  Target,
} from '../../../src/store/index.ts';

const FILE: string = join(import.meta.dirname, '../../../fixtures/stores/mneme-v1-redis.jsonl');

/** A connection that never tries again, so that a test ends when its server does. */
export function client(url: string): Redis {
  const c = new Redis(url, { retryStrategy: () => null, protocol: 2 });
  c.on('error', () => {});
  return c;
}

/** Loads the fixture: 228 entries, of which 5, 6 and 7 have lost their hash. @param prefix in the place of "mneme" */
export async function loadMneme(c: Redis, prefix = 'mneme'): Promise<void> {
  const pipeline = c.pipeline();
  for (const line of readFileSync(FILE, 'utf8').trim().split('\n')) {
    const [name, key, ...rest] = JSON.parse(line) as [string, string, ...(string | { b64: string })[]];
    const args = rest.map((a) => (typeof a === 'string' ? a : Buffer.from(a.b64, 'base64')));
    pipeline.call(name, `${prefix}${key.slice('mneme'.length)}`, ...args);
  }
  for (const [error] of (await pipeline.exec()) ?? []) if (error !== null) throw error;
}

export async function openRead(url: string): Promise<Store> {
  return await openStore(Target.parse(url), { mode: 'read' });
}

export async function openWrite(url: string): Promise<Store> {
  return await openStore(Target.parse(url), { mode: 'write' });
}

export function context(o: Partial<PerformContext> = {}): PerformContext {
  return {
    signal: new AbortController().signal,
    maxRows: 1_000_000,
    archive: false,
    pace: { ...DEFAULT_PACE, pauseRatio: 0 },
    ...o,
  };
}

type Event = StepEvent | Conflict;

export async function eventsOf(all: AsyncIterable<Event>): Promise<Event[]> {
  const events: Event[] = [];
  for await (const e of all) events.push(e);
  return events;
}

export function committedRows(events: readonly Event[]): number {
  return events.reduce((n, e) => n + (e.state === 'committed' ? e.rows : 0), 0);
}

/** Everything the database holds, comparable: the value of each key and the moment at which it expires. */
export async function contents(c: Redis): Promise<Map<string, string>> {
  const all = new Map<string, string>();
  for (const key of (await c.keys('*')).sort()) {
    if (key.startsWith('memctl:')) continue;
    all.set(key, JSON.stringify([await held(c, key), await c.pexpiretime(key)]));
  }
  return all;
}

async function held(c: Redis, key: string): Promise<unknown> {
  switch (await c.type(key)) {
    case 'zset':
      return await c.zrange(key, '0', '-1', 'WITHSCORES');
    case 'set':
      return (await c.smembers(key)).sort();
    case 'hash': {
      const fields = Object.entries(await c.hgetallBuffer(key)).map(
        ([name, value]) => `${name} ${value.toString('hex')}`,
      );
      return fields.sort();
    }
    default:
      return await c.get(key);
  }
}

/** DBSIZE and the server's own count of keys it expired: what reading must leave as it is. */
export async function trace(c: Redis): Promise<{ keys: number; expired: number }> {
  const expired = /expired_keys:(\d+)/.exec(await c.info('stats'))?.[1];
  return { keys: await c.dbsize(), expired: Number(expired) };
}
