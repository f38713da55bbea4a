/** The connection or the disk goes away in the middle: nothing is lost, a sentence says what happened, the next run does the rest. */
import pg from 'pg';
import type { Finding } from './safety-findings.ts';
import { converge, settled, VACUUM } from './safety-kills.ts';
import { type Ended, forget, reached, said, sleep, start } from './safety-program.ts';
import type { SafetyStore } from './safety-stores.ts';

const STACK = /\n\s+at .*:\d+|this is a bug/;

async function midway(
  store: SafetyStore,
  what: string,
  rows: number,
  run: () => Promise<Ended>,
  exits: readonly number[],
): Promise<Finding> {
  forget(store);
  await store.addExpired(rows);
  const before = await store.truth();
  const ended = await run();
  const broken: string[] = [];
  const text = `${ended.stdout}${ended.stderr}`;
  if (!exits.includes(ended.exit ?? -1)) broken.push(said(ended));
  if (STACK.test(text)) broken.push(`a stack, or a bug of its own: ${said(ended)}`);
  await store.lapse();
  const between = await store.truth();
  const { broken: stuck } = await converge(store, VACUUM);
  broken.push(...stuck, ...(await settled(store, before, await store.truth())));
  forget(store);
  return {
    what: `${what}, ${store.engine}`,
    seen: `exit ${ended.exit ?? ended.signal}, ${before.rows - between.rows} of ${before.expired} rows gone by then; the next run did the rest`,
    broken,
  };
}

/** Which of memctl's connections an administrator ends. */
export type Victim = 'all' | 'lock' | 'work';

export async function terminatedBackends(store: SafetyStore, victim: Victim, rows: number): Promise<Finding> {
  const which = { all: 'true', lock: "application_name LIKE '%run %'", work: "application_name LIKE '%purge%'" }[
    victim
  ];
  const run = async (): Promise<Ended> => {
    const running = start(store, VACUUM);
    await reached(store, running, 3, 0);
    const client = new pg.Client({ connectionString: store.url });
    await client.connect();
    await client.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'memctl%' AND ${which}`,
    );
    await client.end();
    return await running.ended;
  };
  // Ending the lock's connection after the last batch changes nothing for the run.
  return await midway(
    store,
    `pg_terminate_backend of ${victim === 'all' ? 'every connection' : `the ${victim}'s connection`}`,
    rows,
    run,
    [3, 4, 5],
  );
}

/** @param restart ends the server in the middle and brings it back */
export async function restarted(
  store: SafetyStore,
  what: string,
  rows: number,
  restart: () => Promise<void>,
): Promise<Finding> {
  const run = async (): Promise<Ended> => {
    const running = start(store, VACUUM);
    await reached(store, running, 3, 0);
    await restart();
    return await running.ended;
  };
  return await midway(store, what, rows, run, [3, 4, 5]);
}

/** @param lock the Redis key of the run's lock is removed under it */
export async function lostKey(store: SafetyStore, rows: number, removeLock: () => Promise<void>): Promise<Finding> {
  const run = async (): Promise<Ended> => {
    const running = start(store, VACUUM);
    await reached(store, running, 3, 0);
    await removeLock();
    await sleep(0);
    return await running.ended;
  };
  return await midway(store, 'lock taken away', rows, run, [3, 4, 5]);
}

/**
 * A file may not grow beyond so much: the ledger meets that in mid-run, or at once with 0. The program sees EFBIG, where a
 * full disk would give ENOSPC. Not for SQLite, whose own file meets it first.
 */
export async function fullDisk(store: SafetyStore, blocks: number, rows: number): Promise<Finding> {
  const run = async (): Promise<Ended> => await start(store, VACUUM, `trap '' XFSZ; ulimit -f ${blocks}`).ended;
  return await midway(store, `no room for the ledger beyond ${blocks * 512} bytes`, rows, run, [3, 5]);
}
