/** Real PostgreSQL with pgvector, in process: what CREATE INDEX and INSERT leave on disk against the prediction. */
import { PGlite } from '@electric-sql/pglite';
import { pg_trgm } from '@electric-sql/pglite/contrib/pg_trgm';
import { vector } from '@electric-sql/pglite-pgvector';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keyColumn, pgBtree } from '../../src/layouts/pg-btree.ts';
import { pgGin } from '../../src/layouts/pg-gin.ts';
import { pgHeap } from '../../src/layouts/pg-heap.ts';
import type { Storage } from '../../src/layouts/pg-heap-row.ts';
import { memoryTableColumns } from '../../src/layouts/pg-memory-table.ts';
import { pgvectorHnsw } from '../../src/layouts/pgvector-hnsw.ts';
import { ivfflatBuildMemory, pgvectorIvfflat } from '../../src/layouts/pgvector-ivfflat.ts';
import type { VectorType } from '../../src/layouts/pgvector-value.ts';
import { bytes, count, dims, ratio, relativeError, rows } from './postgres-rows.ts';

let db: PGlite;
const number = async (sql: string): Promise<number> =>
  Number(Object.values((await db.query<Record<string, unknown>>(sql)).rows[0] ?? {})[0]);
const sizeOf = (relation: string): Promise<number> => number(`SELECT pg_relation_size('${relation}')`);
const toastOf = (table: string): Promise<number> =>
  number(`SELECT pg_relation_size(reltoastrelid) FROM pg_class WHERE relname = '${table}'`);

/** A distinct value for row `i`. */
const randoms = (d: number): string =>
  `(SELECT array_agg(random() + 0 * (i + j)) FROM generate_series(1, ${d}) j)::vector(${d})`;
const literal: Readonly<Record<VectorType, (d: number, nnz: number) => string>> = {
  vector: randoms,
  halfvec: (d) => `${randoms(d)}::halfvec(${d})`,
  bit: (d) =>
    `(SELECT string_agg(('x' || left(md5(i || ' ' || j), 8))::bit(32)::text, '') FROM generate_series(1, ${d / 32}) j)::bit(${d})`,
  sparsevec: (d, nnz) =>
    `('{' || (SELECT string_agg(j || ':' || (1 + (i * 7919 + j * 31) % 1009), ',') FROM generate_series(1, ${nnz}) j) || '}/${d}')::sparsevec(${d})`,
};

beforeAll(async () => {
  db = await PGlite.create({ extensions: { vector, pg_trgm } });
  await db.exec(
    "CREATE EXTENSION vector; CREATE EXTENSION pg_trgm; SET maintenance_work_mem = '256MB'; SET max_parallel_maintenance_workers = 0",
  );
});
afterAll(() => db.close());

describe('HNSW', () => {
  it.each([
    [2000, 96, 'vector', 16, 0],
    [1000, 384, 'vector', 12, 0],
    [500, 1536, 'vector', 16, 0],
    [150, 2000, 'vector', 16, 0],
    [1000, 768, 'halfvec', 16, 0],
    [1000, 256, 'bit', 16, 0],
    [1000, 5000, 'sparsevec', 16, 20],
    [600, 512, 'vector', 48, 0],
  ] as const)('%i x %i %s, m %i', async (n, d, type, m, nnz) => {
    const ops = {
      vector: 'vector_l2_ops',
      halfvec: 'halfvec_l2_ops',
      bit: 'bit_hamming_ops',
      sparsevec: 'sparsevec_l2_ops',
    }[type];
    await db.exec(
      `DROP TABLE IF EXISTS v; CREATE TABLE v (e ${type}(${d})); INSERT INTO v SELECT ${literal[type](d, nnz)} FROM generate_series(1, ${n}) i`,
    );
    await db.exec(
      `CREATE INDEX v_i ON v USING hnsw (e ${ops}) WITH (m = ${m}, ef_construction = ${Math.max(16, 2 * m)})`,
    );
    const distinct = await number('SELECT count(DISTINCT e::text) FROM v');
    const { disk } = pgvectorHnsw.size({
      rows: rows(distinct),
      dims: dims(d),
      type,
      m: count(m),
      nonZeros: count(nnz),
    });
    const actual = await sizeOf('v_i');
    expect(distinct).toBeGreaterThan(0.9 * n);
    // Levels are drawn anew in every build: a small index may differ by two pages from what is expected on average.
    expect(Math.abs(disk.value - actual)).toBeLessThanOrEqual(Math.max(0.02 * actual, 2 * 8192));
    expect(actual).toBeGreaterThanOrEqual(disk.low);
    expect(actual).toBeLessThanOrEqual(disk.high);
  });

  it('an empty index, and one of ten equal rows per vector', async () => {
    await db.exec(
      'DROP TABLE IF EXISTS v; CREATE TABLE v (e vector(384)); CREATE INDEX v_i ON v USING hnsw (e vector_l2_ops)',
    );
    const size = (n: number, duplicates: number) =>
      pgvectorHnsw.size({
        rows: rows(n),
        dims: dims(384),
        type: 'vector',
        m: count(16),
        duplicateRate: ratio(duplicates),
      }).disk.value;
    expect(await sizeOf('v_i')).toBe(size(0, 0));
    await db.exec(
      `DROP INDEX v_i; INSERT INTO v SELECT ${literal.vector(384, 0)} FROM generate_series(1, 200) i; INSERT INTO v SELECT e FROM v, generate_series(1, 9)`,
    );
    await db.exec('CREATE INDEX v_i ON v USING hnsw (e vector_l2_ops)');
    expect(await sizeOf('v_i')).toBe(size(2000, 0.9));
  });
});

describe('IVFFlat', () => {
  it('size, and the memory without which the build fails', async () => {
    await db.exec(
      `DROP TABLE IF EXISTS v; CREATE TABLE v (e vector(96)); INSERT INTO v SELECT ${literal.vector(96, 0)} FROM generate_series(1, 5000) i`,
    );
    await db.exec('CREATE INDEX v_i ON v USING ivfflat (e vector_l2_ops) WITH (lists = 10)');
    const shape = { rows: rows(5000), dims: dims(96), type: 'vector' as const };
    const { disk } = pgvectorIvfflat.size({ ...shape, lists: count(10) });
    expect(Math.abs(relativeError(disk.value, await sizeOf('v_i')))).toBeLessThanOrEqual(0.01);

    const needed = ivfflatBuildMemory({ ...shape, lists: count(300) }).value / 2 ** 20;
    await db.exec("SET maintenance_work_mem = '8MB'");
    const refusal = await db.exec('CREATE INDEX ON v USING ivfflat (e vector_l2_ops) WITH (lists = 300)').then(
      () => '',
      (e: Error) => e.message,
    );
    await db.exec("SET maintenance_work_mem = '256MB'");
    expect(refusal).toMatch(/memory required is \d+ MB/);
    // pgvector rounds up by adding one.
    expect(Number(/is (\d+) MB/.exec(refusal)?.[1])).toBe(Math.floor(needed) + 1);
  });
});

/** A vocabulary of 20,000 pseudo-words drawn by Zipf's law; texts of 120 to 280 bytes. */
const WORDS = `CREATE TABLE words AS SELECT r, translate(left(md5(r::text), 4 + r % 5), '0123456789', 'ghijklmnop') w FROM generate_series(1, 20000) r`;
const memories = (type: string, storage: string, value: string, n: number): string => `
  DROP TABLE IF EXISTS mem;
  CREATE TABLE mem (id bigserial, uid uuid, ns text, content text, metadata jsonb, status text, confidence real,
    created_at timestamptz, event_at timestamptz, embedding ${type});
  ALTER TABLE mem ALTER embedding SET STORAGE ${storage};
  INSERT INTO mem (uid, ns, content, metadata, status, confidence, created_at, event_at, embedding)
  SELECT gen_random_uuid(), 'ns_' || lpad((i * 7919 % 50)::text, 7, '0'), content,
    jsonb_build_object('source', 'chat', 'turn', i % 1000, 'tags', jsonb_build_array('alpha', 'b'), 'score', 0.5),
    CASE WHEN i % 5 < 3 THEN 'active' WHEN i % 5 = 3 THEN 'archived' ELSE 'superseded' END, i * 0.618 % 1,
    timestamptz '2026-01-01' + i * interval '1 s', timestamptz '2026-01-01' + i * interval '7 s', ${value}
  FROM (
    SELECT i, left(string_agg(w, ' ' ORDER BY random()), 120 + i * 7919 % 161) content
    FROM (SELECT i, (20000 ^ random())::int r FROM generate_series(1, ${n}) i, generate_series(1, 45)) drawn JOIN words USING (r)
    GROUP BY i
  ) texts`;

describe('table and TOAST', () => {
  beforeAll(async () => {
    await db.exec(WORDS);
  });

  it.each([
    [384, 'vector', 'external'],
    [768, 'vector', 'external'],
    [768, 'vector', 'plain'],
    [1536, 'vector', 'external'],
    [1536, 'vector', 'extended'],
    [1536, 'halfvec', 'external'],
  ] as const)('%i dimensions, %s, %s', async (d, type, storage) => {
    const n = 1500;
    // Random numbers, so that `extended` finds nothing to compress.
    await db.exec(memories(`${type}(${d})`, storage, literal[type](d, 0), n));
    const text = await number('SELECT avg(octet_length(content)) FROM mem');
    const metadata = await number(
      'SELECT avg(pg_column_size(metadata)) - 1 FROM mem WHERE pg_column_size(metadata) < 127',
    );
    const { parts } = pgHeap.size({
      rows: rows(n),
      columns: memoryTableColumns({
        textBytes: bytes(text),
        metadataBytes: bytes(metadata / 1.393),
        vector: { dims: dims(d), type, storage: storage as Storage },
      }),
    });
    expect(Math.abs(relativeError(parts['heap']?.value as number, await sizeOf('mem')))).toBeLessThanOrEqual(0.03);
    const toast = await toastOf('mem');
    if (toast === 0) expect(parts['toast']?.value).toBe(0);
    else expect(Math.abs(relativeError(parts['toast']?.value as number, toast))).toBeLessThanOrEqual(0.02);
  });
});

describe('btree and GIN over the same table', () => {
  const n = 20_000;
  beforeAll(async () => {
    await db.exec(memories('vector(3)', 'external', 'NULL', n));
    await db.exec(`CREATE INDEX b_ns ON mem (ns); CREATE INDEX b_uid ON mem (uid); CREATE INDEX b_created ON mem (created_at);
      CREATE INDEX b_nsc ON mem (ns, status, confidence); CREATE INDEX g_tsv ON mem USING gin (to_tsvector('simple', content));
      CREATE INDEX g_trgm ON mem USING gin (content gin_trgm_ops)`);
  });

  it.each([
    ['b_uid', [keyColumn.uuid('uid')], undefined, 0],
    ['b_created', [keyColumn.timestamptz('created_at')], undefined, 0],
    [
      'b_nsc',
      [
        keyColumn.text('ns', 10),
        keyColumn.oneOf('status', { active: 0.6, archived: 0.2, superseded: 0.2 }),
        keyColumn.real('confidence'),
      ],
      undefined,
      0.02,
    ],
    ['b_ns', [keyColumn.text('ns', 10)], 50, 0.1],
  ] as const)('%s', async (name, columns, distinct, bar) => {
    const { disk } = pgBtree.size({
      rows: rows(n),
      columns,
      ...(distinct === undefined ? {} : { distinctKeys: count(distinct) }),
    });
    expect(Math.abs(relativeError(disk.value, await sizeOf(name)))).toBeLessThanOrEqual(bar);
  });

  it.each([
    ['g_tsv', 'tsvector', "SELECT ndoc FROM ts_stat('SELECT to_tsvector(''simple'', content) FROM mem')"],
    ['g_trgm', 'trgm', 'SELECT count(*)::int AS ndoc FROM (SELECT unnest(show_trgm(content)) g FROM mem) x GROUP BY g'],
  ] as const)('%s, from counted frequencies and from the text length', async (name, opclass, frequencies) => {
    const rowsPerKey = (await db.query<{ ndoc: number }>(frequencies)).rows.map((r) => r.ndoc);
    const rowsPerHeapPage = ratio(n / ((await sizeOf('mem')) / 8192));
    const actual = await sizeOf(name);
    const known = pgGin.size({ rows: rows(n), rowsPerHeapPage, keys: { kind: 'frequencies', opclass, rowsPerKey } });
    expect(Math.abs(relativeError(known.disk.value, actual))).toBeLessThanOrEqual(0.07);
    const textBytes = bytes(await number('SELECT avg(octet_length(content)) FROM mem'));
    const guessed = pgGin.size({ rows: rows(n), rowsPerHeapPage, keys: { kind: 'text', opclass, textBytes } });
    // Words of random letters hold more trigrams than any language.
    expect(Math.abs(relativeError(guessed.disk.value, actual))).toBeLessThanOrEqual(opclass === 'trgm' ? 0.35 : 0.25);
  });
});
