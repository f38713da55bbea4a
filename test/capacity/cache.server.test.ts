/** The warm-up that memplan cache prints for a system's own tables, on a real PostgreSQL with that system's schema. */
import { readFileSync } from 'node:fs';
import pg from 'pg';
import { expect, it } from 'vitest';
import { cacheReport } from '../../src/capacity/cache.ts';
import { systemDraft } from '../../src/systems/index.ts';
import { completeWorkload, draftFrom, mergeDrafts } from '../../src/workload/index.ts';
import { freshDatabase } from '../servers/fresh-database.ts';

const NONE = {
  rates: {},
  results: undefined,
  queryTokens: undefined,
  embeddingLatency: undefined,
  redisLatency: undefined,
  pageLatency: undefined,
  readRate: undefined,
  iops: undefined,
};

it("reads mem0's HNSW indexes by the names that mem0 gave them", async () => {
  const flags = draftFrom({ n: '1M', dims: '768' }, 'flag', (id) => `--${id}`);
  const { warmUp } = cacheReport(completeWorkload(mergeDrafts(systemDraft('mem0'), flags)), NONE);
  const [extension, statement] = warmUp?.settings.slice(-2) ?? [];
  const client = new pg.Client({ connectionString: await freshDatabase() });
  await client.connect();
  try {
    await client.query(readFileSync('fixtures/ddl/mem0_pgvector.sql', 'utf8'));
    await client.query(
      "INSERT INTO mem0 SELECT gen_random_uuid(), (SELECT array_agg(random() + 0 * i * j) FROM generate_series(1, 1536) j)::vector, '{}' FROM generate_series(1, 50) i",
    );
    await client.query(extension ?? '');
    const { rows } = await client.query<{ oid: string; pg_prewarm: string }>(statement ?? '');
    const read = Object.fromEntries(rows.map((r) => [r.oid, Number(r.pg_prewarm)]));
    expect(Object.keys(read).sort()).toEqual(['mem0_entities_hnsw_idx', 'mem0_hnsw_idx', 'mem0migrations_hnsw_idx']);
    expect(read['mem0_hnsw_idx']).toBeGreaterThan(40);
  } finally {
    await client.end();
  }
});
