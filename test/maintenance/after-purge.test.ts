/** What removed rows leave to be done before any statistics know of it. */
import { describe, expect, it } from 'vitest';
import { reclaimAfterPurge } from '../../src/maintenance/index.ts';
import type { Snapshot, Structure } from '../../src/store/index.ts';
import { identity, memorySet, reclaim, snapshotOf } from './memory-store.ts';

const structure = (kind: Structure['kind'], name: string, table: string, bytes: number): Structure => ({
  id: `${kind}:${name}`,
  kind,
  name,
  table,
  rows: null,
  bytes,
  pages: null,
  payloadBytes: null,
  unusedBytes: null,
  facts: null,
});

const snapshot = (scheme: string): Snapshot => ({
  ...snapshotOf(memorySet({ id: 'm:app.memories', table: 'memories', schema: 'app', rows: 600 })),
  identity: { ...identity, scheme },
  structures: [
    structure('heap', 'app.memories', 'app.memories', 5e7),
    structure('hnsw', 'app.memories_embedding', 'app.memories', 8e7),
    structure('btree', 'app.memories_pkey', 'app.memories', 1e6),
    structure('heap', 'public.memories', 'public.memories', 5e7),
  ],
});
const removed = (rows: number): ReadonlyMap<string, number> => new Map([['m:app.memories', rows]]);

describe('after a purge on PostgreSQL', () => {
  it('the table is vacuumed, and its vector index rebuilt before that where much of it is gone', () => {
    const found = reclaimAfterPurge(snapshot('postgres'), [], removed(400));
    expect(found.map((a) => [a.id, a.order])).toEqual([
      ['vacuum:heap:app.memories', 30],
      ['reindex:hnsw:app.memories_embedding', 20],
    ]);
    expect(found[1]).toMatchObject({ reclaims: 3.2e7, diskNeeded: 4.8e7 });
    expect(reclaimAfterPurge(snapshot('postgres'), [], removed(100)).map((a) => a.kind)).toEqual(['vacuum']);
  });

  it('what is planned already is not planned twice', () => {
    const planned = [reclaim('vacuum', 'heap:app.memories', 30)];
    expect(reclaimAfterPurge(snapshot('postgres'), planned, removed(100))).toEqual(planned);
    expect(reclaimAfterPurge(snapshot('postgres'), [], new Map())).toEqual([]);
  });

  it('elsewhere the checks see it for themselves', () => {
    expect(reclaimAfterPurge(snapshot('sqlite'), [], removed(400))).toEqual([]);
  });
});
