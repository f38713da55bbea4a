/** Every pair compared in plain JavaScript: the contract of vector pairs at its simplest, exact and slow. */
import { cosine } from '../../src/dedup/push-down.ts';
import type { Near, PairBatch, VectorPairs } from '../../src/dedup/vector-pairs.ts';

export function exactPairs(): VectorPairs {
  const vectors: Float32Array[] = [];
  const groups: number[] = [];
  const lengthOf = new Map<number, number>();
  const unusable = new Set<number>();
  const usable = (row: number): boolean => !unusable.has(row);
  const mates = (row: number): number[] =>
    [...vectors.keys()].filter((other) => other !== row && groups[other] === groups[row] && usable(other));
  const similarity = (a: number, b: number): number => cosine(vectors[a] as Float32Array, vectors[b] as Float32Array);
  const batch = (pairs: readonly (readonly [number, number, number])[]): PairBatch => ({
    a: Uint32Array.from(pairs, (p) => p[0]),
    b: Uint32Array.from(pairs, (p) => p[1]),
    similarity: Float64Array.from(pairs, (p) => p[2]),
  });
  async function* around(rows: readonly number[], least: number): AsyncGenerator<PairBatch> {
    const asked = new Set(rows);
    const found: [number, number, number][] = [];
    for (const row of asked) {
      if (!usable(row)) continue;
      for (const other of mates(row)) {
        if (asked.has(other) && other < row) continue;
        const s = similarity(row, other);
        if (s >= least) found.push([Math.min(row, other), Math.max(row, other), s]);
      }
    }
    yield batch(found);
  }
  return {
    add(row, group, vector) {
      if (row !== vectors.length) throw new Error(`row ${row} came as number ${vectors.length}`);
      vectors.push(vector.slice());
      groups.push(group);
      const length = lengthOf.get(group) ?? vector.length;
      lengthOf.set(group, length);
      if (vector.length !== length || vector.every((x) => x === 0) || !vector.every(Number.isFinite)) unusable.add(row);
    },
    async seal() {},
    pairs: (least) => around([...vectors.keys()], least),
    around: (rows, least) => around(rows, least),
    nearest: async (rows, k) =>
      rows.map((row): Near[] =>
        mates(row)
          .map((other) => ({ row: other, similarity: similarity(row, other) }))
          .sort((a, b) => b.similarity - a.similarity)
          .slice(0, k),
      ),
    cosines: async (a, b) => Float64Array.from(a, (x, i) => similarity(x, b[i] as number)),
    how: () => 'all pairs compared',
    unusable,
    async close() {},
  };
}
