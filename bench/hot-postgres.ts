/**
 * What `memctl hot` costs as a whole verb (the program started, connected, and its report printed) against psql's bare
 * `SELECT namespace, count(*) … GROUP BY 1`, and what its intervals are worth: `npx tsx bench/hot-postgres.ts [rows] [rounds] [namespaces,…]`
 * (default 10,000,000 rows, 7 rounds after a first, 100,000 and 1,000 namespaces; build the program before). Starts a PostgreSQL of its own
 * (test/servers/README.md), or uses the empty database of MEMCTL_BENCH_POSTGRES_URL.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import type { HotReport } from '../src/checks/index.ts';
import { startPostgres } from '../test/servers/postgres.ts';

const ROWS = Number(process.argv[2] ?? 10_000_000);
const ROUNDS = Number(process.argv[3] ?? 7);
const SHAPES = (process.argv[4] ?? '100000,1000').split(',').map(Number);
const SEEDS = 100;
const BARE = 'SELECT namespace, count(*) FROM memories GROUP BY 1';
const program = fileURLToPath(new URL('../bin/memctl.cjs', import.meta.url));

const MAP = `tables:
  - table: public.memories
    namespace: namespace
    text: content
    created: created_at
`;
/** Then the dead rows of each namespace are counted in the same scan. */
const EXPIRES = '    expires: expires_at\n';

async function main(): Promise<void> {
  const given = process.env['MEMCTL_BENCH_POSTGRES_URL'];
  const server =
    given === undefined ? await startPostgres({ settings: { max_wal_size: '8GB', autovacuum: false } }) : undefined;
  const url = given ?? (await (server as NonNullable<typeof server>).createDatabase('bench'));
  const folder = mkdtempSync(join(tmpdir(), 'bench-hot-'));
  const [map, plain] = [join(folder, 'map.yaml'), join(folder, 'plain.yaml')];
  writeFileSync(map, `${MAP}${EXPIRES}`);
  writeFileSync(plain, MAP);
  try {
    for (const namespaces of SHAPES) await measured(url, map, plain, namespaces);
  } finally {
    rmSync(folder, { recursive: true });
    await server?.stop();
  }
}

async function measured(url: string, map: string, plain: string, namespaces: number): Promise<void> {
  await filled(url, namespaces);
  const verbBy = async (by: string, ...flags: string[]): Promise<string> =>
    await output(process.execPath, [program, 'hot', url, '--map', by, '--no-history', '--quiet', ...flags]);
  const verb = async (...flags: string[]): Promise<string> => await verbBy(map, ...flags);
  const bare = hasPsql()
    ? async (): Promise<unknown> => await output('psql', ['-X', '-q', '-A', '-t', url, '-c', BARE])
    : async (): Promise<unknown> => await byDriver(url);
  const work = {
    bare,
    plain: async () => await verbBy(plain, '--json'),
    exact: async () => await verb('--json'),
    approximate: async () => await verb('--json', '--approx'),
  };
  const times: Record<keyof typeof work, number[]> = { bare: [], plain: [], exact: [], approximate: [] };
  // In turn, so that whatever else the machine does slows all of them.
  for (let i = 0; i <= ROUNDS; i++)
    for (const name of ['bare', 'plain', 'exact', 'approximate'] as const) times[name].push(await seconds(work[name]));
  const ratio = (of: readonly number[]): string => {
    const each = of.map((t, i) => t / (times.bare[i] as number));
    return `ratio of the medians ${(median(of) / median(times.bare)).toFixed(2)}, median of the ratios ${median(each).toFixed(2)}`;
  };
  console.log(`${ROWS} rows, ${namespaces} namespaces, ${ROUNDS} rounds after a first`);
  console.log(`  bare GROUP BY by ${hasPsql() ? 'psql  ' : 'driver'}    ${spread(times.bare)}`);
  console.log(`  hot, no expiry known     ${spread(times.plain)}, ${ratio(times.plain)}`);
  console.log(`  hot, dead rows as well   ${spread(times.exact)}, ${ratio(times.exact)}`);
  console.log(`  hot --approx             ${spread(times.approximate)}`);
  await coverage(url, verb);
}

/** Of the intervals that runs with different seeds report, how many hold the real count. */
async function coverage(url: string, verb: (...flags: string[]) => Promise<string>): Promise<void> {
  const client = await connected(url);
  const real = new Map<string, { rows: number; dead: number }>();
  const { rows } = await client.query<{ namespace: string; n: string; dead: string }>(
    'SELECT namespace, count(*) AS n, count(*) FILTER (WHERE expires_at <= now()) AS dead FROM memories GROUP BY 1',
  );
  for (const r of rows) real.set(r.namespace, { rows: Number(r.n), dead: Number(r.dead) });
  await client.end();
  const largest = new Set(
    [...real]
      .sort((x, y) => y[1].rows - x[1].rows)
      .slice(0, 10)
      .map(([name]) => name),
  );
  let [told, held, dead, found, totals] = [0, 0, 0, 0, 0];
  const widths: number[] = [0];
  for (let seed = 1; seed <= SEEDS; seed++) {
    const report = JSON.parse(await verb('--json', '--approx', '--seed', String(seed))) as HotReport;
    const [set] = report.sets;
    if (set !== undefined && set.memories.low <= ROWS && ROWS <= set.memories.high) totals++;
    for (const n of report.namespaces) {
      const truth = real.get(n.namespace ?? '') ?? { rows: 0, dead: 0 };
      told++;
      if (n.memories.low <= truth.rows && truth.rows <= n.memories.high) held++;
      const share = truth.dead / truth.rows;
      if (n.deadShare !== null && n.deadShare.low <= share && share <= n.deadShare.high) dead++;
    }
    found += report.namespaces.slice(0, 10).filter((n) => largest.has(n.namespace ?? '')).length;
    const first = report.namespaces[0]?.memories;
    if (first !== undefined) widths.push((first.high - first.low) / 2 / first.value);
  }
  const percent = (n: number, of: number): string => `${((100 * n) / of).toFixed(1)} %`;
  console.log(
    `  ${SEEDS} seeds: intervals that hold ${held} of ${told} (${percent(held, told)}), of all rows ${totals} of ${SEEDS}, of the dead share ${percent(dead, told)}`,
  );
  console.log(
    `  of the ten largest ${percent(found, 10 * SEEDS)} are among the ten it lists first; half width for the largest ${percent(median(widths), 1)}`,
  );
}

async function filled(url: string, namespaces: number): Promise<void> {
  const client = await connected(url);
  await client.query('DROP TABLE IF EXISTS memories');
  await client.query(`CREATE TABLE memories (id bigint PRIMARY KEY, namespace text NOT NULL, content text,
    created_at timestamptz, expires_at timestamptz)`);
  await client.query(`SELECT setseed(0.5)`);
  await client.query(`INSERT INTO memories SELECT i, 'user-' || (power(random(), 3) * ${namespaces})::int, repeat(md5(i::text), 3), now(),
    CASE WHEN i % 4 = 0 THEN now() - interval '1 day' END FROM generate_series(1, ${ROWS}) i`);
  await client.query('VACUUM ANALYZE memories');
  await client.end();
}

async function connected(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return client;
}

async function byDriver(url: string): Promise<void> {
  const client = await connected(url);
  await client.query(BARE);
  await client.end();
}

const hasPsql = (): boolean => spawnSync('psql', ['--version']).status === 0;

/** What a program prints. Error: what it says when it fails. */
async function output(command: string, args: readonly string[]): Promise<string> {
  const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env;
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env });
  const parts: Buffer[] = [];
  const said: Buffer[] = [];
  child.stdout.on('data', (d: Buffer) => parts.push(d));
  child.stderr.on('data', (d: Buffer) => said.push(d));
  const code = await new Promise<number | null>((done, fail) => {
    child.on('error', fail);
    child.on('close', done);
  });
  if (code !== 0) throw new Error(`${command} ended with ${code}: ${Buffer.concat(said).toString()}`);
  return Buffer.concat(parts).toString();
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return (performance.now() - begun) / 1000;
}

/** Of all but the first, which found the table out of the cache. */
const median = (x: readonly number[]): number =>
  x.slice(1).sort((a, b) => a - b)[Math.floor((x.length - 1) / 2)] as number;

function spread(x: readonly number[]): string {
  const sorted = x.slice(1).sort((a, b) => a - b);
  return `${median(x).toFixed(2)} s (${sorted[0]?.toFixed(2)} to ${sorted.at(-1)?.toFixed(2)})`;
}

await main();
