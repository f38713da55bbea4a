/**
 * What counting namespaces costs, against one bare GROUP BY, and what the approximate census costs and misses:
 * `npx tsx bench/hot-postgres.ts [rows]` (default 10,000,000). Starts a PostgreSQL of its own (test/servers/README.md).
 */
import pg from 'pg';
import { pgCensus } from '../src/adapters/postgres/census.ts';
import { readSets } from '../src/adapters/postgres/reading.ts';
import { openSession } from '../src/adapters/postgres/session.ts';
import { type Census, Target } from '../src/store/index.ts';
import { startPostgres } from '../test/servers/postgres.ts';

const ROWS = Number(process.argv[2] ?? 10_000_000);
const ROUNDS = 5;

async function main(): Promise<void> {
  const given = process.env['MEMCTL_BENCH_POSTGRES_URL'];
  const server =
    given === undefined ? await startPostgres({ settings: { max_wal_size: '8GB', autovacuum: false } }) : undefined;
  const url = given ?? (await (server as NonNullable<typeof server>).createDatabase('bench'));
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query('DROP TABLE IF EXISTS memories');
    await client.query(`CREATE TABLE memories AS SELECT i AS id, 'user-' || (power(random(), 3) * 100000)::int AS owner,
      repeat(md5(i::text), 3) AS content, now() AS created_at FROM generate_series(1, ${ROWS}) i`);
    await client.query('VACUUM ANALYZE memories');
    await client.query("SET jit = off; SET work_mem = '256MB'");
    const session = await openSession(Target.parse(url), { mode: 'read', purpose: 'bench' });
    const { sets } = await readSets(session, {
      map: { tables: [{ table: 'public.memories', namespace: 'owner', text: 'content', created: 'created_at' }] },
    });
    const census = async (approximate: boolean): Promise<Census> =>
      await pgCensus(session, sets, { set: sets[0]?.id ?? '', now: new Date(), approximate, seed: 1, top: 20 });
    const times: Record<'bare' | 'exact' | 'approximate', number[]> = { bare: [], exact: [], approximate: [] };
    let exact: Census | undefined;
    let told: Census | undefined;
    for (let i = 0; i <= ROUNDS; i++) {
      times.bare.push(
        await seconds(
          async () =>
            void (await client.query('SELECT owner, count(*) FROM memories GROUP BY owner ORDER BY 2 DESC LIMIT 20')),
        ),
      );
      times.exact.push(
        await seconds(async () => {
          exact = await census(false);
        }),
      );
      times.approximate.push(
        await seconds(async () => {
          told = await census(true);
        }),
      );
    }
    const [bare, whole, sampled] = [median(times.bare), median(times.exact), median(times.approximate)];
    console.log(`${ROWS} rows, ${exact?.distinct?.value} namespaces, medians of ${ROUNDS} after a first run`);
    console.log(`bare GROUP BY        ${bare.toFixed(2)} s`);
    console.log(`exact census         ${whole.toFixed(2)} s, ratio ${(whole / bare).toFixed(2)}`);
    console.log(`approximate census   ${sampled.toFixed(2)} s, ${told?.sampled} rows looked at`);
    const real = new Map(exact?.top.map((t) => [t.namespace, t.rows.value]));
    const held = told?.top.filter(
      (t) =>
        t.rows.low <= (real.get(t.namespace) ?? t.rows.low) && (real.get(t.namespace) ?? t.rows.high) <= t.rows.high,
    );
    console.log(`intervals that hold  ${held?.length} of ${told?.top.length}`);
    await session.close();
  } finally {
    await client.end();
    await server?.stop();
  }
}

async function seconds(work: () => Promise<void>): Promise<number> {
  const begun = performance.now();
  await work();
  return (performance.now() - begun) / 1000;
}

/** Of all but the first, which found the table out of the cache. */
const median = (x: readonly number[]): number =>
  x.slice(1).sort((a, b) => a - b)[Math.floor((x.length - 1) / 2)] as number;

await main();
