/** Prints what moving and placing a million keys comes to, beside the closed forms of `memplan shard`: docs/shard.md quotes it. */
import { fileURLToPath } from 'node:url';
import { type HashScheme, hashSchemes } from '../src/capacity/hash-movement.ts';
import type { NamespaceSizes } from '../src/capacity/namespace-sizes.ts';
import { fullestShard } from '../src/capacity/shard-balance.ts';
import { harmonic } from '../src/capacity/zipf.ts';
import { leaf } from '../src/quantity/index.ts';
import { arcShares, consistent, fullestOf, modulo, movedShare, rendezvous } from './shard-placement.ts';

export const KEYS = 1_000_000;
export const POINTS = 128;
/** From so many shards to so many. */
export const STEPS: readonly (readonly [number, number])[] = [
  [1, 2],
  [2, 3],
  [4, 5],
  [4, 8],
  [8, 9],
];
const RINGS = 200;
/** Placements of a set of namespaces. */
const SEEDS = 301;

export function closedForms(from: number, to: number): Record<HashScheme['id'], HashScheme> {
  const count = (n: number) => leaf('shards', n, 'count');
  const schemes = hashSchemes(leaf('keys', KEYS, 'rows'), count(from), count(to), count(POINTS));
  return Object.fromEntries(schemes.map((s) => [s.id, s])) as Record<HashScheme['id'], HashScheme>;
}

/** Mean over many rings of the share that the added shards own: what a ring moves. */
export function meanRingMove(from: number, to: number): number {
  let sum = 0;
  for (let seed = 1; seed <= RINGS; seed++) {
    sum += arcShares(to, POINTS, seed)
      .slice(from)
      .reduce((a, b) => a + b, 0);
  }
  return sum / RINGS;
}

/** Mean over many rings of the largest share over the mean share. */
export function meanLargestArc(shards: number): number {
  let sum = 0;
  for (let seed = 1; seed <= RINGS; seed++) sum += Math.max(...arcShares(shards, POINTS, seed)) * shards;
  return sum / RINGS;
}

/** Namespaces by Zipf placed one by one by rendezvous hashing under many seeds: the middle of the fullest. */
export function placedZipf(namespaces: number, exponent: number, shards: number, seeds: number): number {
  const h = harmonic(namespaces, exponent);
  const fullest = Array.from({ length: seeds }, (_, seed) => {
    const route = rendezvous(shards, seed + 1);
    const loads = new Float64Array(shards);
    for (let i = 0; i < namespaces; i++) {
      const s = route(i);
      loads[s] = (loads[s] as number) + (i + 1) ** -exponent / h;
    }
    return Math.max(...loads) * shards;
  }).sort((a, b) => a - b);
  return fullest[Math.floor(seeds / 2)] as number;
}

/** Sizes by Zipf as the report makes them. */
export function zipfSizes(namespaces: number, exponent: number): NamespaceSizes {
  const h = harmonic(namespaces, exponent);
  const head = Array.from({ length: Math.min(100, namespaces) }, (_, i) => (i + 1) ** -exponent / h);
  const below = harmonic(namespaces, 2 * exponent) - harmonic(head.length, 2 * exponent);
  return {
    basis: 'assumed',
    how: 'Zipf',
    namespaces: leaf('namespaces', namespaces, 'count'),
    memories: 1,
    head,
    squaresBelow: below / (h * h),
    largerThan: () => 0,
    exponent: undefined,
  };
}

function lines(): string[] {
  const percent = (x: number): string => `${(x * 100).toFixed(2)} %`.padStart(8);
  const out = [`${KEYS.toLocaleString('en-US')} keys, ${POINTS} points a shard; formula, then counted`, ''];
  for (const [from, to] of STEPS) {
    const f = closedForms(from, to);
    const row = (name: string, formula: number, counted: number): string =>
      `${from} → ${to}  ${name.padEnd(26)} ${percent(formula)} ${percent(counted)}`;
    out.push(
      row('hash % shards', f.modulo.moved.value, movedShare(KEYS, modulo(from), modulo(to))),
      row('ring, one', f.consistent.moved.value, movedShare(KEYS, consistent(from, POINTS), consistent(to, POINTS))),
      row(`ring, mean of ${RINGS}`, f.consistent.moved.value, meanRingMove(from, to)),
      row('rendezvous', f.rendezvous.moved.value, movedShare(KEYS, rendezvous(from), rendezvous(to))),
    );
  }
  out.push('', 'fullest shard over the mean; formula, then counted');
  for (const shards of [4, 8, 16]) {
    const f = closedForms(shards - 1, shards);
    const row = (name: string, formula: number, counted: number): string =>
      `${String(shards).padStart(5)}  ${name.padEnd(26)} ${formula.toFixed(3).padStart(8)} ${counted.toFixed(3).padStart(8)}`;
    out.push(
      row('hash % shards', f.modulo.fullest.value, fullestOf(KEYS, shards, modulo(shards))),
      row('rendezvous', f.rendezvous.fullest.value, fullestOf(KEYS, shards, rendezvous(shards))),
      row(`ring, mean of ${RINGS}`, f.consistent.fullest.value, meanLargestArc(shards)),
      row(
        '20k namespaces, Zipf 1',
        fullestShard(zipfSizes(20_000, 1), shards).middle,
        placedZipf(20_000, 1, shards, SEEDS),
      ),
      row(
        '20k namespaces, Zipf 0.6',
        fullestShard(zipfSizes(20_000, 0.6), shards).middle,
        placedZipf(20_000, 0.6, shards, SEEDS),
      ),
    );
  }
  return out;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(lines().join('\n'));
