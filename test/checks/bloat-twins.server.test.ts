/**
 * Every estimate against its rebuilt twin on a real PostgreSQL: REINDEX for an index, a fresh copy for a table. Five points for
 * each (15 for GIN, or unmeasured), no alarm on anything fresh, and none missed where most of it is waste.
 */
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore } from '../../src/adapters/index.ts';
import { type BloatStructure, bloatReport, compaction } from '../../src/checks/index.ts';
import { bloatExit } from '../../src/cli/memctl/bloat.ts';
import { type Snapshot, Target } from '../../src/store/index.ts';
import { freshDatabase } from '../servers/fresh-database.ts';

const ROWS = 6000;
/** A vector of its own for each row: the subquery must depend on it. */
const vector = (dims: number, type = 'vector'): string =>
  `(SELECT array_agg(random()::real) FROM generate_series(1, ${dims}) WHERE i IS NOT NULL)::${type}(${dims})`;
const words = `(SELECT string_agg('w' || (random() * random() * 3000)::int, ' ') FROM generate_series(1, 25) WHERE i IS NOT NULL)`;

interface Twin {
  readonly table: string;
  readonly sql: string;
  /** Structures whose fresh size is their rebuilt size; keys in no order leave a btree two thirds full. */
  readonly grown?: readonly string[];
}

const TABLES: readonly Twin[] = [
  {
    table: 'graph',
    sql: `CREATE TABLE graph (id bigint PRIMARY KEY, namespace text NOT NULL, status text, confidence float8, embedding vector(128));
      INSERT INTO graph SELECT i, 'user_' || lpad((i % 45)::text, 5, '0'), (ARRAY['active','active','archived'])[1 + i % 3], random(), ${vector(128)}
        FROM generate_series(1, ${ROWS}) i;
      CREATE INDEX graph_hnsw ON graph USING hnsw (embedding vector_l2_ops);`,
  },
  {
    table: 'btrees',
    sql: `CREATE TABLE btrees (id bigint PRIMARY KEY, namespace text NOT NULL, session text NOT NULL, status text, confidence float8, parent text, created timestamptz);
      INSERT INTO btrees SELECT i, 'user_' || lpad((i % 45)::text, 5, '0'), 'session-' || (random() * 8000)::int, (ARRAY['active','active','archived'])[1 + i % 3],
        random(), CASE WHEN i % 4 = 0 THEN md5(i::text) END, now() - i * interval '1 minute' FROM generate_series(1, 120000) i;
      CREATE INDEX b_namespace ON btrees (namespace);
      CREATE INDEX b_plain ON btrees (namespace) WITH (deduplicate_items = off);
      CREATE INDEX b_wide ON btrees (namespace, status, confidence);
      CREATE INDEX b_session ON btrees (session);
      CREATE INDEX b_parent ON btrees (parent);
      CREATE INDEX b_created ON btrees (created);
      CREATE INDEX b_lower ON btrees (lower(session));
      CREATE INDEX b_include ON btrees (namespace) INCLUDE (id);
      CREATE INDEX b_active ON btrees (namespace) WHERE status = 'active';
      CREATE INDEX b_ns_created ON btrees (namespace, created DESC);`,
  },
  {
    table: 'random_keys',
    grown: ['random_keys_pkey'],
    sql: `CREATE TABLE random_keys (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), note text);
      INSERT INTO random_keys(note) SELECT 'n' FROM generate_series(1, 120000);`,
  },
  {
    table: 'inline',
    sql: `CREATE TABLE inline (id bigint PRIMARY KEY, embedding vector(384));
      INSERT INTO inline SELECT i, ${vector(384)} FROM generate_series(1, ${ROWS}) i;
      CREATE INDEX inline_ivf ON inline USING ivfflat (embedding vector_l2_ops) WITH (lists = 20);`,
  },
  {
    table: 'toasted',
    sql: `CREATE TABLE toasted (id bigint PRIMARY KEY, content text, embedding vector(768));
      INSERT INTO toasted SELECT i, ${words}, ${vector(768)} FROM generate_series(1, 3000) i;
      CREATE INDEX toasted_half ON toasted USING hnsw ((embedding::halfvec(768)) halfvec_l2_ops);`,
  },
  {
    table: 'texts',
    sql: `CREATE TABLE texts (id bigint PRIMARY KEY, content text, body text, tsv tsvector);
      ALTER TABLE texts ALTER body SET STORAGE EXTERNAL;
      INSERT INTO texts SELECT i, ${words}, CASE WHEN i % 10 = 0 THEN repeat(md5(i::text), 150) END FROM generate_series(1, 12000) i;
      UPDATE texts SET tsv = to_tsvector('simple', content); VACUUM FULL texts;
      CREATE INDEX texts_gin ON texts USING gin (tsv);`,
  },
];

let client: pg.Client;
let url: string;

beforeAll(async () => {
  url = await freshDatabase();
  client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query("SET client_min_messages = 'error'; SET maintenance_work_mem = '512MB'");
  for (const e of ['vector', 'pgstattuple', 'pageinspect', 'pg_freespacemap'])
    await client.query(`CREATE EXTENSION ${e}`);
  for (const t of TABLES) {
    for (const statement of t.sql.split(/;\s*\n?/).filter((s) => s.trim() !== '')) await client.query(statement);
    await client.query(`ALTER TABLE ${t.table} SET (autovacuum_enabled = off, toast.autovacuum_enabled = off)`);
  }
});

afterAll(async () => await client.end());

async function snapshot(exact = false, at = url): Promise<Snapshot> {
  // Counters are flushed a second after the statement that moved them, at the latest.
  await client.query('SELECT pg_stat_force_next_flush()');
  await using store = await openStore(Target.parse(at), { mode: 'read' });
  return await store.snapshot({ now: new Date(), exact });
}

const report = async (exact = false): Promise<readonly BloatStructure[]> =>
  bloatReport(await snapshot(exact), { thresholds: { minBytes: 0 } }).structures;

/** What each structure takes after it was rebuilt, by id. */
async function truth(): Promise<Map<string, number>> {
  const sizes = new Map<string, number>();
  const { rows } = await client.query<{ index: string; method: string }>(
    `SELECT c.relname AS index, a.amname AS method FROM pg_index x JOIN pg_class c ON c.oid = x.indexrelid
       JOIN pg_am a ON a.oid = c.relam JOIN pg_class t ON t.oid = x.indrelid WHERE t.relnamespace = 'public'::regnamespace AND t.relkind = 'r'`,
  );
  const size = async (f: string, name: string): Promise<number> =>
    Number((await client.query<{ n: string }>(`SELECT ${f}('${name}'::regclass) AS n`)).rows[0]?.n);
  for (const { index, method } of rows) {
    await client.query(`REINDEX INDEX ${index}`);
    sizes.set(`${method}:public.${index}`, await size('pg_relation_size', index));
  }
  for (const { table } of TABLES) {
    await client.query(
      `CREATE TABLE twin_of (LIKE ${table} INCLUDING STORAGE); INSERT INTO twin_of SELECT * FROM ${table}`,
    );
    // Free space and visibility maps come with the first VACUUM.
    await client.query('VACUUM twin_of');
    sizes.set(`heap:public.${table}`, await size('pg_table_size', 'twin_of'));
    await client.query('DROP TABLE twin_of');
  }
  return sizes;
}

/** "id: estimate vs truth" of every structure that is off by more than its bar. */
function misses(found: readonly BloatStructure[], rebuilt: ReadonlyMap<string, number>): string[] {
  return found.flatMap((s) => {
    const after = rebuilt.get(s.id);
    if (after === undefined || s.actual === null) return [];
    const real = Math.max(0, 100 * (1 - after / s.actual.value));
    if (s.percent === null) return s.kind === 'gin' ? [] : [`${s.id}: unmeasured (${s.unmeasured?.why})`];
    // A few pages of a small structure are points that nobody pays for.
    const pages = (100 * 3 * 8192) / s.actual.value;
    const bar =
      s.method === 'free pages' ? Math.max(0, real - s.percent.value) + 1 : s.kind === 'gin' ? 15 : Math.max(5, pages);
    const off = Math.abs(s.percent.value - real);
    return off <= bar
      ? []
      : [`${s.id}: ${s.percent.value.toFixed(1)} % estimated (${s.method}), ${real.toFixed(1)} % real`];
  });
}

/** Judged structures of the tables above, so that a test that judges nothing fails. */
const judged = (found: readonly BloatStructure[]): number => found.filter((s) => s.percent !== null).length;

describe.sequential('twins', () => {
  it('nothing is claimed before ANALYZE', async () => {
    const found = (await report()).filter((s) => s.kind === 'heap' || s.kind === 'btree');
    expect(found.length).toBeGreaterThan(10);
    const claimed = found.filter((s) => s.state === 'bloated' || (s.percent !== null && s.confidence === 'exact'));
    expect(claimed.map((s) => s.id)).toEqual([]);
  });

  it('fresh structures: no alarm, and the estimate holds', async () => {
    await client.query('VACUUM ANALYZE');
    for (const exact of [false, true]) {
      const found = await report(exact);
      expect(
        found.filter((s) => s.state === 'bloated' || s.state === 'dead').map((s) => `${s.id}: ${s.percent?.low}`),
      ).toEqual([]);
      expect(judged(found)).toBeGreaterThan(18);
      if (exact) expect(misses(found, await truth())).toEqual([]);
      else expect(misses(found, await untouched(found))).toEqual([]);
    }
  });

  /** Built a moment ago: what stands is the truth, but for keys that came in no order. */
  async function untouched(found: readonly BloatStructure[]): Promise<Map<string, number>> {
    const grown = TABLES.flatMap((t) => t.grown ?? []);
    return new Map(
      found.flatMap((s) =>
        s.actual === null || grown.some((g) => s.id.endsWith(`.${g}`)) ? [] : [[s.id, s.actual.value] as const],
      ),
    );
  }

  it('deleted rows before VACUUM are dead, not bloat', async () => {
    for (const { table } of TABLES) {
      const key =
        table === 'random_keys' ? 'hashtext(id::text) % 10 NOT IN (0, 1, 2)' : 'hashint8(id) % 10 NOT IN (0, 1, 2)';
      await client.query(`DELETE FROM ${table} WHERE ${key}`);
    }
    const s = await snapshot();
    const found = bloatReport(s, { thresholds: { minBytes: 0 } });
    const dead = found.structures.filter((x) => x.state === 'dead').map((x) => x.id);
    expect(dead.sort()).toEqual(TABLES.map((t) => `heap:public.${t.table}`).sort());
    const plan = compaction(found, s);
    expect(plan.actions.filter((a) => a.kind === 'vacuum')).toHaveLength(TABLES.length);
  });

  it('after deletes and VACUUM: every estimate within its bar, every case found', async () => {
    await client.query('VACUUM ANALYZE');
    const s = await snapshot();
    const full = bloatReport(s, { thresholds: { minBytes: 0 } });
    const [cheap, exact] = [full.structures, await report(true)];
    const plan = compaction(full, s);
    const rebuilt = await truth();
    expect(misses(cheap, rebuilt)).toEqual([]);
    expect(misses(exact, rebuilt)).toEqual([]);
    const missed = cheap.filter((x) => {
      const after = rebuilt.get(x.id);
      if (after === undefined || x.actual === null || x.kind === 'gin') return false;
      return 1 - after / x.actual.value > 0.5 && x.state !== 'bloated';
    });
    expect(missed.map((x) => `${x.id}: ${x.percent?.low} to ${x.percent?.high}`)).toEqual([]);
    // Vector indexes are rebuilt, tables are not, and the statements run.
    const statements = plan.actions.filter((a) => a.kind === 'reindex').map((a) => a.statement as string);
    expect(statements).toContain('REINDEX INDEX CONCURRENTLY "public"."graph_hnsw"');
    await client.query(statements[0] as string);
    expect(plan.left.find((l) => l.structure === 'heap:public.inline')?.why).toContain('VACUUM FULL');
  });

  it('names the grant that a role lacks, and claims nothing', async () => {
    await client.query(`DROP ROLE IF EXISTS bloat_stranger; CREATE ROLE bloat_stranger LOGIN PASSWORD 's'`);
    const stranger = new URL(url);
    [stranger.username, stranger.password] = ['bloat_stranger', 's'];
    const found = bloatReport(await snapshot(false, stranger.href), { thresholds: { minBytes: 0 } });
    const table = found.structures.find((s) => s.id === 'heap:public.btrees');
    expect(table).toMatchObject({
      state: 'unmeasured',
      percent: null,
      unmeasured: { grant: 'GRANT SELECT ON "public"."btrees" TO "bloat_stranger"' },
    });
    expect(found.structures.filter((s) => s.kind === 'btree' && s.state === 'bloated')).toEqual([]);
    expect(bloatExit(found, 'crit')).toBe(3);
    await client.query('DROP ROLE bloat_stranger');
  });

  it('HNSW with exact duplicates is called that', async () => {
    await client.query(`CREATE TABLE twice (id bigint PRIMARY KEY, embedding vector(128));
      INSERT INTO twice SELECT i, ${vector(128)} FROM generate_series(1, 300) i;
      INSERT INTO twice SELECT i + 1000 * k, embedding FROM (SELECT id AS i, embedding FROM twice) t, generate_series(1, 5) k;
      CREATE INDEX twice_hnsw ON twice USING hnsw (embedding vector_l2_ops)`);
    await client.query('SELECT pg_stat_force_next_flush()');
    await client.query('VACUUM ANALYZE twice');
    // A role that may read the rows and no pages: what pg_monitor-like roles are.
    await client.query(
      `DROP ROLE IF EXISTS bloat_reader; CREATE ROLE bloat_reader LOGIN PASSWORD 'r' IN ROLE pg_read_all_data`,
    );
    const reader = new URL(url);
    [reader.username, reader.password] = ['bloat_reader', 'r'];
    const of = async (at: string, exact: boolean): Promise<BloatStructure | undefined> => {
      const found = bloatReport(await snapshot(exact, at), { thresholds: { minBytes: 0 } });
      return found.structures.find((s) => s.id === 'hnsw:public.twice_hnsw');
    };
    // 1,800 rows of 300 vectors: five sixths are copies.
    const blind = await of(reader.href, false);
    expect(blind).toMatchObject({ state: 'duplicates', confidence: 'high' });
    expect(Math.abs((blind?.duplicateShare ?? 0) - 5 / 6)).toBeLessThan(0.03);
    const sampled = await of(url, true);
    expect(sampled).toMatchObject({ state: 'duplicates', confidence: 'exact' });
    expect(Math.abs((sampled?.duplicateShare ?? 0) - 5 / 6)).toBeLessThan(0.005);
    expect(sampled?.percent?.value).toBeLessThan(5);
    await client.query('DROP ROLE bloat_reader');
  });
});
