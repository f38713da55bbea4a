/**
 * The near-pair search against comparing every pair: recall, precision, time and memory. Run the build first, then
 * `tsx bench/dedup-pairs.ts [case …]`; a case is one of those below, or `all`. Each case is best a process of its own: peak memory
 * is the process's.
 */

import { type Timed, timed } from './dedup-brute-force.ts';
import { vectorField } from './dedup-vectors.ts';

interface Case {
  readonly rows: number;
  readonly dimensions: number;
  readonly groups: number;
  /** Cosine of two rows of a cluster, about. */
  readonly tight: number;
  readonly similarity: number;
  /** Vectors are made when they are wanted, and not compared with brute force: for peak memory. */
  readonly streamed?: true;
}

const CASES: Readonly<Record<string, Case>> = {
  '100k': { rows: 100_000, dimensions: 384, groups: 1, tight: 0.39, similarity: 0.95 },
  '20k-1536': { rows: 20_000, dimensions: 1536, groups: 1, tight: 0.39, similarity: 0.95 },
  '20k-tight': { rows: 20_000, dimensions: 384, groups: 1, tight: 0.86, similarity: 0.95 },
  '1m-10k': { rows: 1_000_000, dimensions: 384, groups: 10_000, tight: 0.39, similarity: 0.95 },
  '1m-10k-memory': { rows: 1_000_000, dimensions: 384, groups: 10_000, tight: 0.39, similarity: 0.95, streamed: true },
  '1m-1': { rows: 1_000_000, dimensions: 384, groups: 1, tight: 0.39, similarity: 0.95, streamed: true },
};

const say = (what: string, t: Timed): void =>
  console.log(
    `  ${what.padEnd(12)} ${t.wall.toFixed(2)} s, ${t.cpu.toFixed(2)} CPU-s, ${t.pairs.size} pairs; ${t.how}`,
  );

const wanted = process.argv.slice(2);
for (const name of wanted.length === 0 ? ['20k-1536'] : wanted.includes('all') ? Object.keys(CASES) : wanted) {
  const shape = CASES[name];
  if (shape === undefined) throw new Error(`no case ${name}: ${Object.keys(CASES).join(', ')}`);
  console.log(
    `${name}: ${shape.rows} × ${shape.dimensions}, ${shape.groups} groups, cosine at least ${shape.similarity}`,
  );
  const field = vectorField(shape.rows, shape.dimensions, shape.groups, shape.tight, 1);
  const vectors = shape.streamed ? null : Array.from({ length: shape.rows }, (_, row) => field.vector(row));
  const searched = await timed(field, vectors, shape.similarity, {});
  say(shape.streamed ? 'with making' : 'search', searched);
  console.log(`  peak memory  ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MB`);
  if (searched.least < shape.similarity) throw new Error(`a pair at ${searched.least} was reported`);
  if (shape.streamed) continue;
  const brute = await timed(field, vectors, shape.similarity, {
    method: 'exact',
    budgetBytes: Number.POSITIVE_INFINITY,
  });
  say('brute force', brute);
  let both = 0;
  for (const pair of searched.pairs) if (brute.pairs.has(pair)) both++;
  const ratio = `${(searched.wall / brute.wall).toFixed(3)} of the time (${(searched.cpu / brute.cpu).toFixed(3)} of the CPU time)`;
  console.log(
    `  recall ${(both / brute.pairs.size).toFixed(5)}, precision ${(both / searched.pairs.size).toFixed(5)}, ${ratio}`,
  );
}
