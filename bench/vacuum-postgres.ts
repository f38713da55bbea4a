/**
 * What removing expired rows in small transactions costs, against one bare DELETE of the same rows, and what other
 * writers feel of it: `npx tsx bench/vacuum-postgres.ts [rows]` (default 2,000,000, half of them expired).
 * Starts a PostgreSQL of its own (test/servers/README.md).
 */
import pg from 'pg';
import { pgMaintenance } from '../src/adapters/postgres/maintenance.ts';
import { readSets } from '../src/adapters/postgres/reading.ts';
import { openSession } from '../src/adapters/postgres/session.ts';
import { DEFAULT_PACE, type PurgeAction, Target } from '../src/store/index.ts';
import { startPostgres } from '../test/servers/postgres.ts';

const ROWS = Number(process.argv[2] ?? 2_000_000);
const ROUNDS = 3;

async function main(): Promise<void> {
  const given = process.env['MEMCTL_BENCH_POSTGRES_URL'];
  const server =
    given === undefined ? await startPostgres({ settings: { max_wal_size: '8GB', autovacuum: false } }) : undefined;
  const url = given ?? (await (server as NonNullable<typeof server>).createDatabase('bench'));
  try {
    await asked(
      url,
      'DROP TABLE IF EXISTS seed, memories',
      `CREATE TABLE seed AS SELECT gen_random_uuid() AS id,
      'user-' || (power(random(), 3) * 20000)::int AS namespace, repeat(md5(i::text), 5) AS content,
      now() - random() * interval '100 days' AS created_at,
      CASE WHEN i % 2 = 0 THEN now() - random() * interval '10 days' ELSE now() + interval '1 day' END AS expires_at
      FROM generate_series(1, ${ROWS}) i`,
    );
    const bare: number[] = [];
    const batched: number[] = [];
    for (let i = 0; i < ROUNDS; i++) {
      await fresh(url);
      bare.push(await asked(url, 'DELETE FROM memories WHERE expires_at <= now()'));
      await fresh(url);
      batched.push(await purgeOnce(url));
    }
    const alone = await writerLatency(url, async () => await new Promise((done) => setTimeout(done, 3_000)));
    await fresh(url);
    const beside = await writerLatency(url, async () => void (await purgeOnce(url)));
    const median = (x: readonly number[]): number => [...x].sort((a, b) => a - b)[Math.floor(x.length / 2)] as number;
    console.log(`${ROWS / 2} of ${ROWS} rows removed, medians of ${ROUNDS}`);
    console.log(`one bare DELETE      ${median(bare).toFixed(2)} s  (${bare.map((x) => x.toFixed(2)).join(', ')})`);
    console.log(
      `in batches           ${median(batched).toFixed(2)} s  (${batched.map((x) => x.toFixed(2)).join(', ')})`,
    );
    console.log(`ratio                ${(median(batched) / median(bare)).toFixed(2)}`);
    console.log(`p99 of a writer      ${alone.toFixed(1)} ms alone, ${beside.toFixed(1)} ms beside the purge`);
  } finally {
    await server?.stop();
  }
}

/** Over a connection that is gone afterwards: one that has just worked would count as a neighbour. @returns seconds */
async function asked(url: string, ...statements: string[]): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const begun = performance.now();
  for (const s of statements) await client.query(s);
  const seconds = (performance.now() - begun) / 1000;
  await client.end();
  return seconds;
}

async function fresh(url: string): Promise<void> {
  await asked(
    url,
    'DROP TABLE IF EXISTS memories',
    'CREATE TABLE memories AS TABLE seed',
    'ALTER TABLE memories ADD PRIMARY KEY (id)',
    'CREATE INDEX ON memories (expires_at)',
    'CREATE INDEX ON memories (namespace)',
    'VACUUM ANALYZE memories',
    'CHECKPOINT',
  );
}

/** @returns seconds from the first statement to the last event, verification and pauses included */
async function purgeOnce(url: string): Promise<number> {
  const target = Target.parse(url);
  const session = await openSession(target, { mode: 'write', purpose: 'bench' });
  try {
    const table = {
      table: 'public.memories',
      namespace: 'namespace',
      text: 'content',
      created: 'created_at',
      expires: 'expires_at',
    };
    const reading = await readSets(session, { map: { tables: [table] } });
    const set = reading.sets.find((s) => s.relation.name === 'memories');
    if (set === undefined) throw new Error('the table was not recognised');
    const action: PurgeAction = {
      kind: 'purge',
      id: 'purge',
      title: '',
      order: 10,
      lock: 'rows',
      seconds: null,
      diskNeeded: null,
      reclaims: null,
      statement: null,
      reason: 'expired',
      set: set.id,
      rule: '',
      rows: ROWS / 2,
      of: ROWS,
    };
    const context = { signal: new AbortController().signal, maxRows: ROWS, archive: false, pace: DEFAULT_PACE };
    const begun = performance.now();
    for await (const e of pgMaintenance(target, session, reading).perform(action, context)) {
      if (e.state === 'finished' && e.rows !== ROWS / 2) throw new Error(`${e.rows} rows were removed`);
    }
    return (performance.now() - begun) / 1000;
  } finally {
    await session.close();
  }
}

/** 99th percentile of single-row updates, one after the other, while `work` runs; milliseconds. */
async function writerLatency(url: string, work: () => Promise<void>): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const ids = (await client.query<{ id: string }>('SELECT id FROM memories WHERE expires_at > now() LIMIT 1000')).rows;
  const times: number[] = [];
  let over = false;
  const end = work().finally(() => {
    over = true;
  });
  for (let i = 0; !over; i++) {
    const begun = performance.now();
    await client.query("UPDATE memories SET content = content || '.' WHERE id = $1", [ids[i % ids.length]?.id]);
    times.push(performance.now() - begun);
  }
  await end;
  await client.end();
  times.sort((a, b) => a - b);
  return times[Math.floor(times.length * 0.99)] as number;
}

await main();
