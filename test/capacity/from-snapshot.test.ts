import { describe, expect, it } from 'vitest';
import { workloadFromSnapshot } from '../../src/capacity/from-snapshot.ts';
import type { Snapshot } from '../../src/store/index.ts';
import { fixture, made, snapshot } from '../adapters/sqlite/temporary-store.ts';

const values = (s: Snapshot): Record<string, unknown> =>
  Object.fromEntries(Object.entries(workloadFromSnapshot(s).fields).map(([k, f]) => [k, f.value]));

describe('a store as the beginning of a workload', () => {
  it('mneme: everything is in the file', async () => {
    const s = await snapshot(fixture('stores/mneme-v1-sqlite.db'));
    expect(values(s)).toEqual({
      n: 447,
      dims: 64,
      type: 'float32',
      'text-bytes': 255.6,
      'metadata-bytes': 25.3,
      namespaces: 5,
      'largest-namespace': 219,
      'namespace-bytes': 8.8,
    });
    expect(workloadFromSnapshot(s).notes).toEqual([]);
    expect(
      Object.values(workloadFromSnapshot(s).fields).every((f) => f.basis === 'measured' && f.low === undefined),
    ).toBe(true);
  });

  it('neural-memory: the neurons, and no word on dimensions that are not there', async () => {
    const s = await snapshot(fixture('stores/neural-memory-4.62-multibrain.db'));
    expect(values(s)).toMatchObject({ n: 1178, namespaces: 3, 'largest-namespace': 877 });
    expect(values(s)).not.toHaveProperty('dims');
    expect(workloadFromSnapshot(s).notes).toEqual([
      'the vectors are not in this store ({namespace}.hnsw); give --dims',
    ]);
  });

  it('nothing recognised, or nothing there', async () => {
    expect(workloadFromSnapshot(await snapshot(made('CREATE TABLE t(a)'))).notes[0]).toContain(
      'no memories were recognised; give --n',
    );
    const empty = await snapshot(made('CREATE TABLE docs(content TEXT, embedding BLOB)'));
    expect(workloadFromSnapshot(empty)).toMatchObject({
      fields: {},
      notes: expect.arrayContaining(['docs is empty; give --n']),
    });
  });

  it('rows without a vector are not planned for, and mixed lengths are named', async () => {
    const s = await snapshot(
      made(
        "CREATE TABLE docs(content TEXT, embedding BLOB); INSERT INTO docs VALUES ('a', zeroblob(64)), ('b', zeroblob(64)), ('c', zeroblob(32)), ('d', NULL)",
      ),
    );
    expect(values(s)).toMatchObject({ n: 3, dims: 16 });
    expect(workloadFromSnapshot(s).notes).toEqual([
      'docs has 4 rows and 3 vectors; planning with the vectors',
      'embedding holds vectors of 2 lengths; the most frequent one is planned with',
    ]);
  });

  it('a sampled mean carries its error', async () => {
    const s = await snapshot(
      made(`CREATE TABLE docs(id INTEGER PRIMARY KEY, content TEXT, embedding BLOB);
        WITH RECURSIVE x(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM x WHERE i < 110000)
        INSERT INTO docs SELECT i, substr('${'z'.repeat(400)}', 1, i % 400), zeroblob(16) FROM x`),
    );
    const text = workloadFromSnapshot(s).fields['text-bytes'];
    expect(text?.low).toBeLessThan(199.5);
    expect(text?.high).toBeGreaterThan(199.5);
    expect((text?.high ?? 0) - (text?.low ?? 0)).toBeLessThan(20);
  });
});
