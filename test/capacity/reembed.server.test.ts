/** The shadow strategy carried out on a real PostgreSQL with pgvector: what its report says about disk, step by step. */
import { expect, it } from 'vitest';
import { reembed } from '../../src/capacity/reembed.ts';
import { sql } from '../adapters/postgres/pg-store.ts';
import { freshDatabase } from '../servers/fresh-database.ts';
import { workloadFrom } from './plan-from-flags.ts';

const ROWS = 1000;
/** A random vector for each row: a series that refers to the row is made for every one of them. */
const vector = (dims: number, row: string): string =>
  `(SELECT array_agg(random()) FROM generate_series(1, ${dims} + ${row} * 0))::vector(${dims})`;

it('takes and gives back disk as it says', { timeout: 120_000 }, async () => {
  const url = await freshDatabase();
  const size = async (what: string): Promise<number> => Number((await sql(url, `SELECT ${what} AS n`))[0]?.['n']);
  const table = (): Promise<number> => size(`pg_table_size('memories')`);
  await sql(
    url,
    'CREATE EXTENSION vector',
    'CREATE TABLE memories (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), namespace text, content text, v1 vector(1536))',
    'ALTER TABLE memories ALTER v1 SET STORAGE EXTERNAL',
    `INSERT INTO memories (namespace, content, v1) SELECT 'u', repeat('x', 200), ${vector(1536, 'i')} FROM generate_series(1, ${ROWS}) i`,
    'CREATE INDEX old_index ON memories USING hnsw (v1 vector_l2_ops)',
  );
  const today = await table();
  const before = await size(`pg_relation_size('old_index')`);
  const report = reembed(
    workloadFrom({ n: ROWS, dims: 1536, engine: 'pgvector', 'duplicate-rate': 0 }),
    { toModel: 'text-embedding-3-large', batch: false, start: new Date('2027-01-04T00:00:00Z'), topK: 10, alert: 0.5 },
    { now: new Date('2026-06-01T00:00:00Z') },
  );
  const { storage } = report;
  if (storage === undefined) throw new Error(report.unheld);
  const disk = (id: string): { low: number; value: number; high: number } => {
    const found = storage.phases.find((p) => p.id === id);
    if (found === undefined) throw new Error(id);
    return found.disk;
  };

  // An index of float32 over so many dimensions is refused: the report plans halfvec.
  await sql(url, 'ALTER TABLE memories ADD v2 vector(3072)', 'ALTER TABLE memories ALTER v2 SET STORAGE EXTERNAL');
  await expect(sql(url, 'CREATE INDEX refused ON memories USING hnsw (v2 vector_l2_ops)')).rejects.toThrow(
    /2000 dimensions/,
  );
  expect(storage.to.indexScalar).toBe('halfvec');

  await sql(url, `UPDATE memories SET v2 = ${vector(3072, 'length(content)')}`);
  // The same vector again joins its element: work, and no page.
  expect(await size(`pg_relation_size('old_index')`)).toBe(before);
  const grown = (await table()) - today;
  expect(grown).toBeGreaterThan((disk('backfilled').low - disk('today').value) * 0.97);
  expect(grown).toBeLessThan((disk('backfilled').high - disk('today').value) * 1.03);

  await sql(url, 'CREATE INDEX new_index ON memories USING hnsw ((v2::halfvec(3072)) halfvec_l2_ops)');
  const [oldIndex, newIndex] = [
    await size(`pg_relation_size('old_index')`),
    await size(`pg_relation_size('new_index')`),
  ];
  expect(Math.abs(newIndex / (storage.to.index?.value ?? 0) - 1)).toBeLessThan(0.03);

  const both = await table();
  const rolledBack = storage.rollback.value;
  await sql(url, 'DROP INDEX old_index', 'ALTER TABLE memories DROP v1');
  expect(await table()).toBe(both);
  await sql(url, 'VACUUM FULL memories');
  const rewritten = await table();
  // The way back was the old vectors and their index; dead rows of the backfill go with them.
  expect(Math.abs((both - rewritten + oldIndex) / rolledBack - 1)).toBeLessThan(0.1);
});
