/** The least cosine of near pairs: given, or told from the set's own pairs. */
import type { AuditOptions } from './audit-options.ts';
import { calibrate, DEFAULT_THRESHOLD } from './calibrate.ts';
import type { Threshold } from './dedup-report.ts';
import { NONE, type RowTable } from './row-table.ts';
import { seededChance } from './seeded-order.ts';
import type { PairsOptions, VectorPairs } from './vector-pairs.ts';

const RANDOM_PAIRS = 2000;
const NEAREST_ROWS = 500;

/** @param usable whether a vector can be compared */
export async function chooseThreshold(
  table: RowTable,
  vectors: VectorPairs,
  usable: (vector: number) => boolean,
  o: AuditOptions,
  pairsOptions: PairsOptions,
): Promise<Threshold> {
  const groups = vectorsByGroup(table, usable);
  const groupPairs = groups.reduce((sum, g) => sum + (g.length * (g.length - 1)) / 2, 0);
  if (groupPairs === 0) {
    const any = groups.some((g) => g.length > 0);
    if (!any) return { value: null, from: 'none', calibration: null };
    return {
      value: o.threshold ?? DEFAULT_THRESHOLD,
      from: o.threshold === undefined ? 'default' : 'given',
      calibration: null,
    };
  }
  const chance = seededChance(o.seed);
  const { a, b } = randomPairs(groups, chance);
  const asked = randomRows(groups, chance);
  const random = await vectors.cosines(a, b, pairsOptions);
  const nearest = await vectors.nearest(asked, 1, pairsOptions);
  const calibration = calibrate({
    random: random.filter((c) => !Number.isNaN(c)),
    nearest: Float64Array.from(nearest.flatMap((list) => (list[0] === undefined ? [] : [list[0].similarity]))),
    rows: groups.reduce((sum, g) => sum + g.length, 0),
    groupPairs,
  });
  if (o.threshold !== undefined) return { value: o.threshold, from: 'given', calibration };
  const told = !calibration.how.startsWith('Default');
  return { value: calibration.suggested, from: told ? 'calibrated' : 'default', calibration };
}

/** Groups of two vectors or more first come first; vectors that cannot be compared are in none. */
function vectorsByGroup(table: RowTable, usable: (vector: number) => boolean): number[][] {
  const groups = new Map<number, number[]>();
  for (let v = 0; v < table.vectors; v++) {
    if (!usable(v)) continue;
    const group = table.group.get(table.vectorRow.get(v));
    const list = groups.get(group);
    if (list === undefined) groups.set(group, [v]);
    else list.push(v);
  }
  return [...groups.values()];
}

/** Every pair that lies in one group has the same chance, so a group's weight is the number of its pairs. */
function randomPairs(groups: readonly number[][], chance: () => number): { a: Uint32Array; b: Uint32Array } {
  const upTo: number[] = [];
  let total = 0;
  for (const g of groups) {
    total += (g.length * (g.length - 1)) / 2;
    upTo.push(total);
  }
  const drawn = new Set<string>();
  const a: number[] = [];
  const b: number[] = [];
  const tries = Math.min(RANDOM_PAIRS, total) * 4;
  for (let i = 0; i < tries && a.length < Math.min(RANDOM_PAIRS, total); i++) {
    const group = groups[place(upTo, chance() * total)] as number[];
    const x = Math.floor(chance() * group.length);
    const y = Math.floor(chance() * (group.length - 1));
    const pair = [group[x] as number, group[y < x ? y : y + 1] as number].sort((p, q) => p - q) as [number, number];
    if (drawn.has(pair.join())) continue;
    drawn.add(pair.join());
    a.push(pair[0]);
    b.push(pair[1]);
  }
  return { a: Uint32Array.from(a), b: Uint32Array.from(b) };
}

/** First place whose running total exceeds the value. */
function place(upTo: readonly number[], value: number): number {
  let low = 0;
  let high = upTo.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((upTo[middle] as number) > value) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Vectors that have another one in their group, each with the same chance. */
function randomRows(groups: readonly number[][], chance: () => number): number[] {
  const rows = groups.filter((g) => g.length > 1);
  const upTo: number[] = [];
  let total = 0;
  for (const g of rows) {
    total += g.length;
    upTo.push(total);
  }
  const drawn = new Set<number>();
  const wanted = Math.min(NEAREST_ROWS, total);
  for (let i = 0; i < wanted * 4 && drawn.size < wanted; i++) {
    const at = Math.floor(chance() * total);
    const group = place(upTo, at);
    drawn.add((rows[group] as number[])[at - ((upTo[group - 1] as number | undefined) ?? 0)] as number);
  }
  return [...drawn];
}

/** Whether a vector of the table can be compared, by what could not. */
export const usableOf =
  (unusable: ReadonlySet<number>) =>
  (vector: number): boolean =>
    vector !== NONE && !unusable.has(vector);
