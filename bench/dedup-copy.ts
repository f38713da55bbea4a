/**
 * How fast a whole set with its vectors comes out of PostgreSQL, against what the server itself needs for the vectors alone
 * (`COPY (SELECT embedding …) TO '/dev/null'`) and against a client that throws COPY's bytes away:
 * `npx tsx bench/dedup-copy.ts [rounds] [rows x dimensions,…]` (default 7 rounds after a first, 100000x384,20000x1536).
 * Starts a PostgreSQL of its own (test/servers/README.md), or uses the empty database of MEMCTL_BENCH_POSTGRES_URL. With
 * `--memory ROWSxDIMS` it prints the resident memory over one scan instead.
 */
import { loadavg } from 'node:os';
import pg from 'pg';
import { to } from 'pg-copy-streams';
import { postgresAdapter } from '../src/adapters/postgres/index.ts';
import { type ScanField, type Store, Target } from '../src/store/index.ts';
import { startPostgres } from '../test/servers/postgres.ts';

const FIELDS: readonly ScanField[] = ['namespace', 'text', 'vector', 'created'];
const MAP = {
  tables: [
    {
      table: 'public.memories',
      namespace: 'namespace',
      text: 'content',
      created: 'created_at',
      embedding: 'embedding',
    },
  ],
};
const SET = 'map:public.memories';

const memory = process.argv.indexOf('--memory');
const [rounds = '7', shapes = '100000x384,20000x1536'] = memory > 0 ? [] : process.argv.slice(2);

async function main(): Promise<void> {
  const given = process.env['MEMCTL_BENCH_POSTGRES_URL'];
  const settings = { max_wal_size: '8GB', autovacuum: false, shared_buffers: '1GB' };
  const server = given === undefined ? await startPostgres({ settings }) : undefined;
  const url = given ?? (await (server as NonNullable<typeof server>).createDatabase('bench'));
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    if (memory > 0) await resident(client, url, process.argv[memory + 1] ?? '300000x384');
    else for (const shape of shapes.split(',')) await compared(client, url, shape);
  } finally {
    await client.end();
    await server?.stop();
  }
}

async function filled(client: pg.Client, shape: string): Promise<{ rows: number; dims: number }> {
  const [rows = 0, dims = 0] = shape.split('x').map(Number);
  await client.query('CREATE EXTENSION IF NOT EXISTS vector; DROP TABLE IF EXISTS memories');
  await client.query(`CREATE TABLE memories (id bigint PRIMARY KEY, namespace text NOT NULL, content text,
    created_at timestamptz NOT NULL, embedding vector(${dims}))`);
  // A thousand random vectors, over and over: drawing a number for each element would take longer than everything measured.
  await client.query(`CREATE TEMP TABLE drawn AS SELECT d.j, (SELECT array_agg(x) FROM (SELECT random() - 0.5 + d.j * 0 AS x FROM generate_series(1, ${dims})) AS r)::vector(${dims}) AS v
    FROM generate_series(0, 999) AS d(j); ALTER TABLE drawn ADD PRIMARY KEY (j); ANALYZE drawn`);
  await client.query(`INSERT INTO memories SELECT i, 'user-' || i % 500, repeat(md5(i::text), 4), now() - i * interval '1 s', v
    FROM generate_series(1, ${rows}) AS i JOIN drawn ON j = i % 1000 ORDER BY i`);
  await client.query('DROP TABLE drawn');
  await client.query('VACUUM ANALYZE memories');
  return { rows, dims };
}

async function compared(client: pg.Client, url: string, shape: string): Promise<void> {
  const { rows, dims } = await filled(client, shape);
  await using store = await postgresAdapter.open(Target.parse(url), { mode: 'read', map: MAP });
  const work = {
    'server alone, binary': async () =>
      void (await client.query(`COPY (SELECT embedding FROM memories) TO '/dev/null' (FORMAT binary)`)),
    'server alone, text': async () =>
      void (await client.query(`COPY (SELECT embedding FROM memories) TO '/dev/null' (FORMAT text)`)),
    'server, all fields': async () =>
      void (await client.query(
        `COPY (SELECT id, namespace, content, created_at, embedding FROM memories) TO '/dev/null' (FORMAT binary)`,
      )),
    'client that discards': async () =>
      await discarded(client, 'COPY (SELECT embedding FROM memories) TO STDOUT (FORMAT binary)'),
    'scan, vector alone': async () => await scanned(store, ['vector'], rows, 'stored'),
    'scan, vector, by key': async () => await scanned(store, ['vector'], rows, 'key'),
    'scan, all fields': async () => await scanned(store, FIELDS, rows, 'stored'),
  };
  type Name = keyof typeof work;
  const names = Object.keys(work) as Name[];
  const times = new Map<Name, number[]>(names.map((n) => [n, []]));
  const cpu = new Map<Name, number[]>(names.map((n) => [n, []]));
  // In turn, so that whatever else the machine does slows all of them; the first round is not counted.
  for (let i = 0; i <= Number(rounds); i++) {
    for (const name of names) {
      const used = process.cpuUsage();
      const begun = performance.now();
      await work[name]();
      const { user, system } = process.cpuUsage(used);
      if (i === 0) continue;
      times.get(name)?.push((performance.now() - begun) / 1000);
      cpu.get(name)?.push((user + system) / 1e6);
    }
  }
  const bare = times.get('server alone, binary') ?? [];
  console.log(`${rows} x ${dims}, medians of ${rounds} rounds, load ${loadavg()[0]?.toFixed(1)}`);
  for (const name of names) {
    const own = times.get(name) ?? [];
    const ratios = own.map((t, i) => (bare[i] as number) / t);
    const s = median(own);
    console.log(
      `  ${name.padEnd(22)} ${s.toFixed(3)} s  ${Math.round(rows / s)} rows/s  ${((rows * dims * 4) / s / 1e6).toFixed(0)} MB/s  client CPU ${median(cpu.get(name) ?? []).toFixed(3)} s  of the server's own speed ${median(ratios).toFixed(2)}`,
    );
  }
}

async function discarded(client: pg.Client, sql: string): Promise<void> {
  let bytes = 0;
  for await (const piece of client.query(to(sql))) bytes += (piece as Buffer).length;
  if (bytes === 0) throw new Error('nothing came');
}

async function scanned(
  store: Store,
  fields: readonly ScanField[],
  rows: number,
  order: 'key' | 'stored',
): Promise<void> {
  let seen = 0;
  for await (const row of store.scan({ set: SET, fields, order })) if (row.vector !== undefined) seen++;
  if (seen !== rows) throw new Error(`${seen} of ${rows} rows came with a vector`);
}

async function resident(client: pg.Client, url: string, shape: string): Promise<void> {
  const { rows } = await filled(client, shape);
  await using store = await postgresAdapter.open(Target.parse(url), { mode: 'read', map: MAP });
  const before = process.memoryUsage.rss();
  let [seen, most] = [0, 0];
  for await (const row of store.scan({ set: SET, fields: FIELDS, order: 'stored' })) {
    if (row.vector !== undefined) seen++;
    if (seen % 1000 === 0) most = Math.max(most, process.memoryUsage.rss());
    if (seen % Math.ceil(rows / 10) === 0)
      console.log(`  ${seen} rows: ${mb(process.memoryUsage.rss())}, most so far ${mb(most)}`);
  }
  console.log(`${shape}: ${mb(before)} before, at most ${mb(most)} while ${seen} rows were scanned`);
}

const mb = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;
const median = (x: readonly number[]): number => [...x].sort((a, b) => a - b)[Math.floor(x.length / 2)] as number;

await main();
