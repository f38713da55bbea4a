/**
 * The bars of the safe engine, through the program itself: `npx tsx bench/safety.ts [PART…]`; exit 1 when one is broken.
 *
 *     parts: kills twice dry-run refusals signals failures load dedup    (all, if none is given; about 50 minutes)
 *     --rounds N   kills of a kind (default 50)     --rows N   rows of the large vacuum (default 1,000,000)
 *     --seed N     other moments                    --engine sqlite|postgres|redis   that one alone
 *
 * Starts its own PostgreSQL, PgBouncer and Redis (test/servers/README.md). MEMCTL_PROGRAM: another build of memctl.
 */
import { parseArgs } from 'node:util';
import { Redis } from 'ioredis';
import { startPgbouncer } from '../test/servers/pgbouncer.ts';
import { startPostgres } from '../test/servers/postgres.ts';
import { startRedis } from '../test/servers/redis.ts';
import { killedDedup, twiceDedup } from './safety-dedup.ts';
import { dryRun, dueKeys } from './safety-dry-run.ts';
import { fullDisk, lostKey, restarted, terminatedBackends } from './safety-failures.ts';
import { type Finding, table } from './safety-findings.ts';
import { killed, terminated, terminatedTwice, twice } from './safety-kills.ts';
import { cost, writerBeside } from './safety-load.ts';
import { refusals } from './safety-refusals.ts';
import { postgresStore, redisStore, type SafetyStore, sqliteStore } from './safety-stores.ts';
import type { TwinStore } from './safety-twins.ts';
import { mappedTwins, mem0Twins, redisTwins } from './safety-twins-servers.ts';
import { mcpTwins, mnemeTwins } from './safety-twins-sqlite.ts';

const PARTS = ['kills', 'twice', 'dry-run', 'refusals', 'signals', 'failures', 'load', 'dedup'];
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '50' },
    rows: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: '1' },
    engine: { type: 'string' },
  },
});
const strange: string | undefined = positionals.find((p) => !PARTS.includes(p));
if (strange !== undefined) {
  console.error(`bench/safety.ts: there is no part ${strange}; there are ${PARTS.join(', ')}`);
  process.exit(2);
}
const wanted = (part: string): boolean => positionals.length === 0 || positionals.includes(part);
const rounds = Number(values.rounds);
const seed = Number(values.seed);
const engine = (name: string): boolean => values.engine === undefined || values.engine === name;

const findings: Finding[] = [];
function found(...more: readonly Finding[]): void {
  findings.push(...more);
  for (const f of more) console.log(table([f]));
}

/** Rows that expire, and rows that come and go, before each round. */
const SIZES = { sqlite: [20_000, 60_000], postgres: [40_000, 40_000], redis: [10_000, 0] } as const;

async function everywhere(store: SafetyStore): Promise<void> {
  const [rows, churn] = SIZES[store.engine];
  if (wanted('kills')) {
    found(await killed(store, 'vacuum', { rounds, rows, seed }));
    if (churn > 0) found(await killed(store, 'compact', { rounds, rows: churn, seed: seed + 1 }));
  }
  if (wanted('twice')) found(await twice(store, Math.ceil(rounds * 0.4), rows));
  if (wanted('signals')) found(await terminated(store, rows), await terminatedTwice(store, rows));
}

/** Texts of which each stands three times on average: enough for several batches. */
const TEXTS = { sqlite: 700, postgres: 1_200, redis: 400 } as const;

async function ofTwins(make: () => Promise<TwinStore>): Promise<void> {
  if (!wanted('dedup')) return;
  await using store = await make();
  found(await killedDedup(store, { rounds, seed: seed + 2 }), await twiceDedup(store, Math.ceil(rounds * 0.2)));
}

async function onSqlite(): Promise<void> {
  await ofTwins(async () => mcpTwins(TEXTS.sqlite));
  await ofTwins(async () => mnemeTwins(TEXTS.sqlite));
  await using store = sqliteStore(20_000);
  await everywhere(store);
  if (!wanted('dry-run')) return;
  await store.churn(60_000);
  await store.addExpired(5_000);
  found(await dryRun(store));
}

async function onPostgres(): Promise<void> {
  await using server = await startPostgres({ settings: { autovacuum: false, max_wal_size: '8GB' } });
  await ofTwins(async () => await mappedTwins(await server.createDatabase('notes'), TEXTS.postgres));
  await ofTwins(async () => await mem0Twins(await server.createDatabase('mem0'), TEXTS.postgres));
  {
    await using store = await postgresStore(await server.createDatabase('safety'), 20_000);
    await everywhere(store);
    if (wanted('failures')) {
      for (const victim of ['all', 'lock', 'work'] as const) found(await terminatedBackends(store, victim, 60_000));
      found(await restarted(store, 'the server is restarted', 60_000, () => server.restart()));
      const crash = async (): Promise<void> => {
        await server.kill();
        await server.restart();
      };
      found(await restarted(store, 'the server crashes', 60_000, crash));
      for (const blocks of [0, 7, 8]) found(await fullDisk(store, blocks, 60_000));
    }
    if (wanted('dry-run') || wanted('refusals')) {
      await store.churn(40_000);
      await store.addExpired(5_000);
    }
    if (wanted('dry-run')) found(await dryRun(store));
    if (wanted('refusals')) {
      await store.churn(40_000);
      const standby = await server.standby();
      const url = new URL(standby.url);
      url.pathname = new URL(store.url).pathname;
      await using pooler = await startPgbouncer(store.url);
      found(...(await refusals(store, { standby: url.href, pooler: pooler.url })));
      await standby.stop();
    }
  }
  if (!wanted('load')) return;
  const rows = Number(values.rows);
  await using large = await postgresStore(await server.createDatabase('large'), rows);
  const times = rounds < 50 ? 1 : 3;
  found(...(await cost(large, rows, times)), await writerBeside(large, rows / 2, times));
}

async function onRedis(): Promise<void> {
  if (wanted('dedup')) {
    await using own = await startRedis();
    await ofTwins(async () => await redisTwins(own.url, TEXTS.redis));
  }
  await using server = await startRedis({ settings: { 'enable-debug-command': 'yes' } });
  await using store = await redisStore(server.url, 5_000);
  await everywhere(store);
  if (wanted('failures')) {
    const client = new Redis(server.url);
    found(await lostKey(store, 10_000, async () => void (await client.del('memctl:lock'))));
    client.disconnect();
    found(await fullDisk(store, 8, 10_000));
  }
  if (!wanted('dry-run')) return;
  await store.addExpired(2_000);
  await dueKeys(server.url, 500);
  found(await dryRun(store));
}

const begun = performance.now();
if (engine('sqlite')) await onSqlite();
if (engine('postgres')) await onPostgres();
if (engine('redis')) await onRedis();
const broken = findings.filter((f) => f.broken.length > 0);
console.log(`\n${table(findings)}\n`);
console.log(
  `${findings.length} bars in ${((performance.now() - begun) / 60_000).toFixed(1)} minutes: ${broken.length === 0 ? 'all hold' : `${broken.length} broken`}`,
);
process.exitCode = broken.length > 0 ? 1 : 0;
