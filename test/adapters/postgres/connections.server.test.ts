/** How many connections are opened, and that none stays behind. */
import { connect, createServer, type Server } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { postgresAdapter } from '../../../src/adapters/postgres/index.ts';
import { openSession } from '../../../src/adapters/postgres/session.ts';
import { Target } from '../../../src/store/index.ts';
import { freshDatabase } from '../../servers/fresh-database.ts';
import { count, refusal } from './pg-store.ts';

let url = '';
let proxy: Server | undefined;
beforeEach(async () => {
  url = await freshDatabase();
});
afterEach(() => void proxy?.close());

/** The same server at another port, and how often that is called. */
async function counted(): Promise<{ url: string; calls: () => number }> {
  const to = new URL(url);
  const { port, hostname } = to;
  let calls = 0;
  const server = createServer((near) => {
    calls++;
    const far = connect(Number(port), hostname);
    near.on('error', () => far.destroy()).pipe(far);
    far.on('error', () => near.destroy()).pipe(near);
  });
  proxy = server;
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const at = server.address();
  if (at === null || typeof at === 'string') throw new Error('no port');
  to.port = String(at.port);
  return { url: to.href, calls: () => calls };
}

describe('a server without TLS', () => {
  it('is asked for it once, and by no further connection that may do without', async () => {
    const at = await counted();
    const open = async (query: string): Promise<void> =>
      await (await openSession(Target.parse(`${at.url}${query}`), { mode: 'read', purpose: 'test' })).close();
    await open('?sslmode=prefer');
    expect(at.calls()).toBe(2);
    await open('?sslmode=prefer');
    await open('');
    expect(at.calls()).toBe(4);
    expect(await refusal(open('?sslmode=require'))).toMatch(/SSL|TLS/);
    expect(at.calls()).toBe(5);
  });
});

it('leaves the globals as they were, whatever the driver asks of them while it is loaded', async () => {
  const before = Object.getOwnPropertyDescriptor(globalThis, 'navigator');
  await (await openSession(Target.parse(url), { mode: 'read', purpose: 'test' })).close();
  expect(Object.getOwnPropertyDescriptor(globalThis, 'navigator')).toEqual(before);
});

describe('a store that is opened for writing', () => {
  const left = async (): Promise<number> =>
    await count(
      url,
      "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'memctl (%'",
    );

  it('leaves no connection behind, whether it was opened or could not be', async () => {
    const target = Target.parse(url);
    const store = await postgresAdapter.open(target, { mode: 'write' });
    expect(await left()).toBe(2);
    await store[Symbol.asyncDispose]();
    await expect.poll(left).toBe(0);
    await refusal(postgresAdapter.open(target, { mode: 'write', profile: 'no-such-system' }));
    await expect.poll(left).toBe(0);
  });
});
