/** Headers laid out by hand after HierarchicalNSW::saveIndex: M 16, 384 dimensions, 1,024 slots of which 700 are used. */
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { hnswlibFile } from '../../../src/adapters/sqlite/hnswlib-file.ts';
import { workloadFromSnapshot } from '../../../src/capacity/from-snapshot.ts';
import { copied, directory, snapshot } from './temporary-store.ts';

const M = 16;
const DIMS = 384;

function header(changes: Partial<Record<'dataOffset' | 'perElement', number>> = {}): Buffer {
  const links = 4 + 2 * M * 4;
  const dataOffset = changes.dataOffset ?? links;
  const labelOffset = links + 4 * DIMS;
  const b = Buffer.alloc(96 + 64);
  [0, 1024, 700, changes.perElement ?? labelOffset + 8, labelOffset, dataOffset].forEach((n, i) => {
    b.writeBigUInt64LE(BigInt(n), i * 8);
  });
  b.writeInt32LE(3, 48);
  b.writeInt32LE(1, 52);
  [M, 2 * M, M].forEach((n, i) => {
    b.writeBigUInt64LE(BigInt(n), 56 + i * 8);
  });
  return b;
}

const written = (bytes: Buffer): string => {
  const path = join(directory(), 'x.hnsw');
  writeFileSync(path, bytes);
  return path;
};

it('tells vectors, dimensions and M', () => {
  expect(hnswlibFile(written(header()))).toEqual({ vectors: 700, dims: DIMS, m: M });
});

it.each([
  ['too short', Buffer.alloc(50)],
  ['zeroes', Buffer.alloc(200)],
  ['text', Buffer.from('this is a text of some length, and no index at all. '.repeat(5))],
  ['inconsistent', header({ perElement: 99 })],
  ['of another scalar', header({ dataOffset: 133 })],
])('%s is not an index', (_why, bytes) => {
  expect(hnswlibFile(written(bytes))).toBeUndefined();
});

it('an index beside a brain becomes a structure, and gives the dimensions', async () => {
  const path = copied('neural-memory-4.62-multibrain.db');
  writeFileSync(join(dirname(path), 'hot-team.hnsw'), header());
  writeFileSync(join(dirname(path), 'stranger.hnsw'), header());
  const s = await snapshot(path);
  expect(s.structures.filter((x) => x.kind === 'sidecar')).toEqual([
    expect.objectContaining({
      id: 'sidecar:hot-team.hnsw',
      rows: 700,
      bytes: 160,
      facts: { kind: 'sidecar', format: 'hnswlib', vectors: 700, dims: DIMS, m: M },
    }),
  ]);
  expect(workloadFromSnapshot(s).fields).toMatchObject({
    n: { value: 700 },
    dims: { value: DIMS },
    type: { value: 'float32' },
  });
});
