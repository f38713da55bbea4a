/** Rows made from a seed: memories with restatements, copies, other typings and other facts of the same template planted. */
import { seededChance } from '../../src/dedup/seeded-order.ts';
import type { ScanRow } from '../../src/store/index.ts';

const WHO = ['Priya', 'Omar', 'Lena', 'the finance team', 'the build agent', 'the on-call engineer', 'the customer'];
const WHAT = ['asked about', 'prefers', 'changed', 'reported a problem with', 'decided against', 'approved'];
const WHICH = [
  'invoice export',
  'dark mode',
  'the staging database',
  'weekly summaries',
  'refund rules',
  'the upgrade',
];
const WHEN = ['in the morning', 'after the release', 'during the review', 'at the offsite', 'over lunch', 'by mail'];

export interface Making {
  readonly rows: number;
  readonly namespaces: number;
  readonly dims: number;
  /** Share of rows that repeat an earlier one in some way. */
  readonly repeats: number;
  /** Above 1: the first namespaces hold more. */
  readonly skew?: number;
  readonly seed: number;
}

export function madeRows({ rows, namespaces, dims, repeats, skew = 1, seed }: Making): ScanRow[] {
  const chance = seededChance(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(chance() * list.length)] as T;
  const gauss = (): number => Math.sqrt(-2 * Math.log(1 - chance())) * Math.cos(2 * Math.PI * chance());
  const direction = (near?: Float32Array, spread = 0): Float32Array => {
    const v = Float32Array.from(
      { length: dims },
      (_, i) => (near?.[i] ?? 0) + gauss() * (near ? spread / Math.sqrt(dims) : 1),
    );
    const length = Math.hypot(...v);
    return v.map((x) => x / length);
  };
  const made: ScanRow[] = [];
  const earlier = new Map<string, ScanRow[]>();
  for (let i = 0; i < rows; i++) {
    const namespace = `n${Math.floor(namespaces * chance() ** skew)}`;
    const before = earlier.get(namespace) ?? [];
    const model = before.length > 0 && chance() < repeats ? pick(before) : undefined;
    const rank = {
      pinned: chance() < 0.01,
      accesses: Math.floor(chance() * 5),
      confidence: Math.floor(chance() * 3) / 2,
    };
    const facts = { id: String(i + 1), namespace, created: 1.7e12 + Math.floor(chance() * 1e10), rank };
    const row: ScanRow =
      model === undefined
        ? { ...facts, text: `${pick(WHO)} ${pick(WHAT)} ${pick(WHICH)} ${pick(WHEN)}, case ${i}`, vector: direction() }
        : { ...facts, ...repeat(model, chance(), direction) };
    made.push(row);
    before.push(row);
    earlier.set(namespace, before);
  }
  return made;
}

function repeat(
  { text = '', vector }: ScanRow,
  roll: number,
  direction: (near?: Float32Array, spread?: number) => Float32Array,
): Pick<ScanRow, 'text' | 'vector'> {
  const near = (spread: number): Pick<ScanRow, 'vector'> =>
    vector === undefined ? {} : { vector: direction(vector, spread) };
  if (roll < 0.3) return { text, ...(vector === undefined ? {} : { vector }) };
  if (roll < 0.4) return { text, ...near(0.05) };
  if (roll < 0.55) return { text: text.toUpperCase(), ...near(0.05) };
  if (roll < 0.8) return { text: text.replace(', case', ', the case'), ...near(0.3) };
  if (roll < 0.9) return { text: `${text}9`, ...near(0.2) };
  return { text: 'quite another thing', ...near(0.4) };
}
