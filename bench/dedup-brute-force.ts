/**
 * Every pair compared by its vectors, on all cores, with the fastest kernel that runs in Node without an addon: what the search by
 * sketches is measured against. `tsx bench/dedup-brute-force.ts 100000 384`: seconds, and the pairs found. Run the build first.
 */
import { pathToFileURL } from 'node:url';
import type { VectorPairs } from '../src/dedup/vector-pairs.ts';
import { openVectorPairs } from '../src/parallel/open-vector-pairs.ts';
import { type VectorField, vectorField } from './dedup-vectors.ts';

export interface Timed {
  readonly pairs: ReadonlySet<number>;
  /** Seconds on the clock and of all cores, from the first row to the last pair; with making the vectors, where they are not given. */
  readonly wall: number;
  readonly cpu: number;
  readonly least: number;
  readonly how: string;
}

/** A pair as one number: below 2^53 for any store there is. */
export const pairKey = (a: number, b: number): number => a * 2 ** 26 + b;

export async function timed(
  field: VectorField,
  vectors: readonly Float32Array[] | null,
  similarity: number,
  options: Parameters<typeof openVectorPairs>[0],
): Promise<Timed> {
  const search: VectorPairs = await openVectorPairs(options);
  const pairs = new Set<number>();
  let least = 1;
  const make = (row: number): Float32Array => vectors?.[row] ?? field.vector(row);
  const cpu = process.cpuUsage();
  const begun = performance.now();
  for (let row = 0; row < field.rows; row++) {
    const full = search.add(row, field.group(row), make(row));
    if (full !== undefined) await full;
  }
  await search.seal();
  const found = search.pairs(similarity, { fetch: async (rows) => rows.map(make) });
  for await (const { a, b, similarity: cosines } of found) {
    for (const [i, row] of a.entries()) {
      pairs.add(pairKey(row, b[i] as number));
      least = Math.min(least, cosines[i] as number);
    }
  }
  const wall = (performance.now() - begun) / 1000;
  const used = process.cpuUsage(cpu);
  const how = search.how(similarity);
  await search.close();
  return { pairs, wall, cpu: (used.user + used.system) / 1e6, least, how };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [rows = 20_000, dimensions = 384] = process.argv.slice(2).map(Number);
  const field = vectorField(rows, dimensions, 1, 0.39, 1);
  const vectors = Array.from({ length: rows }, (_, row) => field.vector(row));
  const { pairs, wall, cpu } = await timed(field, vectors, 0.95, {
    method: 'exact',
    budgetBytes: Number.POSITIVE_INFINITY,
  });
  console.log(`${rows} × ${dimensions}: ${wall.toFixed(2)} s, ${cpu.toFixed(2)} CPU-s, ${pairs.size} pairs`);
}
