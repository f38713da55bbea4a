/** What hot says of a PostgreSQL store, tried there: the statement runs, the index is that large, the search comes back that short. */
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore } from '../../src/adapters/index.ts';
import { type HotReport, hotReport } from '../../src/checks/index.ts';
import { Target } from '../../src/store/index.ts';
import { freshDatabase } from '../servers/fresh-database.ts';

const ROWS = 12_000;
let client: pg.Client;
let url: string;
let report: HotReport;

beforeAll(async () => {
  url = await freshDatabase();
  client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`CREATE EXTENSION vector;
    CREATE TABLE memories (id bigint PRIMARY KEY, namespace text NOT NULL, content text NOT NULL, embedding vector(64), created_at timestamptz DEFAULT now());
    INSERT INTO memories SELECT i, CASE WHEN i % 50 = 0 THEN 'small' WHEN i % 50 < 16 THEN 'it''s \\big' ELSE 'user-' || i % 7 END, 'text ' || i,
        (SELECT array_agg(random()::real) FROM generate_series(1, 64) WHERE i IS NOT NULL)::vector FROM generate_series(1, ${ROWS}) i;
    CREATE INDEX memories_embedding ON memories USING hnsw (embedding vector_l2_ops);`);
  await client.query('VACUUM ANALYZE memories');
  await using store = await openStore(Target.parse(url), { mode: 'read' });
  const now = new Date();
  const snapshot = await store.snapshot({ now });
  const set = snapshot.memorySets.find((m) => m.table === 'memories');
  const census = await store.census({ set: set?.id ?? '', now, approximate: false, seed: 1, top: 20 });
  report = hotReport(snapshot, [census], { threshold: 3000 });
});

afterAll(async () => await client.end());

const of = (name: string) => report.namespaces.find((n) => n.namespace === name);

describe('a hot namespace', () => {
  it('is counted, with what it takes', () => {
    expect(of("it's \\big")).toMatchObject({ memories: { value: 3600 }, share: { value: 0.3 } });
    expect(of('small')).toMatchObject({ memories: { value: 240 }, own: null });
    expect(report.sets[0]?.index).toBe('hnsw:public.memories_embedding');
  });

  it('gets a statement that runs, and an index of the size that was said', async () => {
    const own = of("it's \\big")?.own;
    await client.query(own?.statement as string);
    const { rows } = await client.query<{ bytes: string; tuples: number }>(
      `SELECT pg_relation_size(c.oid) AS bytes, c.reltuples AS tuples FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid
         WHERE i.indrelid = 'memories'::regclass AND i.indpred IS NOT NULL`,
    );
    expect(rows).toHaveLength(1);
    expect(rows[0]?.tuples).toBe(3600);
    expect(Math.abs((own?.disk.value ?? 0) / Number(rows[0]?.bytes) - 1)).toBeLessThan(0.01);
    await client.query('DROP INDEX memories_embedding_idx');
  });

  it('comes back as short from the shared index as was said', async () => {
    await client.query('SET enable_seqscan = off; SET enable_bitmapscan = off; SET hnsw.ef_search = 40');
    for (const name of ['small', "it's \\big"]) {
      let found = 0;
      const searches = 60;
      for (let i = 1; i <= searches; i++) {
        const { rowCount } = await client.query(
          'SELECT id FROM memories WHERE namespace = $1 ORDER BY embedding <-> (SELECT embedding FROM memories WHERE id = $2) LIMIT 40',
          [name, i * 101],
        );
        found += rowCount ?? 0;
      }
      const expected = of(name)?.recall?.expectedRows ?? 0;
      // 60 searches of 40 candidates: four standard errors of a binomial share.
      const share = expected / 40;
      const error = 4 * Math.sqrt((share * (1 - share)) / (40 * searches)) * 40;
      expect(Math.abs(found / searches - expected)).toBeLessThan(error);
    }
    expect(of('small')?.recall?.risk).toBe('short');
    expect(of("it's \\big")?.recall?.risk).toBe('fine');
  });
});
