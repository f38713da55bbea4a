/**
 * A threshold from the store's own pairs: what is far above chance in one embedding model is chance in another (unrelated
 * texts have a mean cosine of 0.77 in gte-large, near 0 in others). Two things are looked at: how similar random pairs are,
 * which pairs are strangers; and how similar each row is to its nearest, where twins stand apart from strangers if they do.
 * The suggestion is the higher of a place in the gap between the two, and of the similarity above which chance gives few pairs.
 */
import type { Calibration } from './dedup-report.ts';
import { fitTail, type Tail } from './tail.ts';
import { valleyOf } from './valley.ts';

export interface CalibrationPairs {
  /** Cosines of random pairs of rows of one group. */
  readonly random: Float64Array;
  /** For each of some random rows, the cosine to its nearest other row of its group. */
  readonly nearest: Float64Array;
  /** Rows with vectors in the set. */
  readonly rows: number;
  /** Pairs of rows that lie in one group, over all groups. */
  readonly groupPairs: number;
}

/** What is suggested lies between these: below, restatements and other facts of one template are mixed in every model seen; above, typing errors part twins. */
const BOUNDS: readonly [number, number] = [0.8, 0.99];
/** Without a calibration: between the 0.92 and 0.97 that stores use. */
export const DEFAULT_THRESHOLD = 0.95;
/** Fewer pairs or rows tell nothing of a tail or of a valley. */
const LEAST_RANDOM = 200;
const LEAST_NEAREST = 50;
/** False pairs accepted: one for this many rows, and at least one. Guards and words stand behind it. */
const ROWS_PER_FALSE_PAIR = 1000;
/** A valley this deep is one. */
const DEEP = 0.5;
/**
 * Where between the lowest twin and the highest stranger, by angle and from the twins, the threshold stands: of all rows some
 * twins are a little further apart than those looked at, and nothing is known of what else would fall into the gap.
 */
const INTO_THE_GAP = 0.25;
/** Vectors this near are the same vector, which says nothing about near ones. */
const SAME = 1 - 1e-6;
const STEP = 0.005;
const BIN = 0.01;

export function calibrate({ random, nearest, rows, groupPairs }: CalibrationPairs): Calibration {
  const chance = Float64Array.from(random).sort();
  const near = Array.from(nearest).sort((a, b) => a - b);
  const facts = { random: summary(chance), nearest: histogram(near) };
  if (chance.length < LEAST_RANDOM || near.length < LEAST_NEAREST) {
    const how = `Default ${DEFAULT_THRESHOLD}: ${chance.length} random pairs and ${near.length} nearest neighbours are too few to calibrate (${LEAST_RANDOM} and ${LEAST_NEAREST}).`;
    return { ...facts, suggested: DEFAULT_THRESHOLD, falsePairs: { value: 0, low: 0, high: groupPairs }, how };
  }
  const valley = valleyBetween(chance, near);
  const strangers = (cosines: readonly number[]): Float64Array =>
    Float64Array.from(cosines.filter((c) => c < (valley?.at ?? SAME)));
  const tails: { tail: Tail; of: number }[] = [];
  // Random pairs above the valley are twins themselves.
  const pairs = strangers([...chance]);
  if (pairs.length >= LEAST_NEAREST)
    tails.push({ tail: fitTail(pairs), of: (groupPairs * pairs.length) / chance.length });
  // Topics make strangers nearer than random pairs tell: nearest strangers, each row once, show that directly. Without a
  // valley all are taken for strangers, which asks for more rather than less.
  const lonely = strangers(near);
  if (lonely.length >= LEAST_NEAREST) tails.push({ tail: fitTail(lonely), of: (rows * lonely.length) / near.length });
  const expected = (cosine: number): Calibration['falsePairs'] =>
    worst(tails.map(({ tail, of }) => times(tail.above(cosine), of)));
  const accepted = Math.max(1, rows / ROWS_PER_FALSE_PAIR);
  const rare = tails.length === 0 ? null : firstBelow(expected, accepted);
  const wanted = Math.max(rare ?? BOUNDS[1], valley?.at ?? 0);
  const suggested = Math.ceil(Math.min(BOUNDS[1], Math.max(BOUNDS[0], wanted)) / STEP - 1e-9) * STEP;
  return {
    ...facts,
    suggested: Number(suggested.toFixed(3)),
    falsePairs: expected(suggested),
    how: sentence({ valley, rare, accepted, wanted, twins: near.length - lonely.length, looked: near.length }),
  };
}

/** What lies between strangers and twins: cosines. */
interface Gap {
  /** Highest stranger and lowest twin of those looked at. */
  readonly from: number;
  readonly to: number;
  /** Between the two, nearer to the twins. */
  readonly at: number;
}

/** Null where strangers and twins are not apart. */
function valleyBetween(chance: Float64Array, near: readonly number[]): Gap | null {
  const middle = quantile(chance, 0.5);
  const deep = (cosines: readonly number[]): Gap | null => {
    const found = valleyOf(cosines.filter((c) => c < SAME));
    return found !== null && found.depth <= DEEP && found.at > middle ? gapAround(found.at, cosines) : null;
  };
  const among = deep(near);
  if (among !== null && near.filter((c) => c < among.at).length >= LEAST_NEAREST) return among;
  if (among === null) return null;
  // Where nearly every row has a twin, nearest neighbours show no strangers; random pairs still do, and twins beside them.
  // Further down, two humps of random pairs are pairs of one topic and of two.
  const pairs = deep([...chance]);
  return pairs !== null && pairs.at >= BOUNDS[0] ? pairs : among;
}

/** @param sorted ascending, with values on both sides of the valley */
function gapAround(valley: number, sorted: readonly number[]): Gap {
  const first = sorted.findIndex((c) => c >= valley);
  const [from, to] = [sorted[first - 1] as number, sorted[first] as number];
  const [far, near] = [Math.acos(from), Math.acos(Math.min(1, to))];
  return { from, to, at: Math.cos(near + INTO_THE_GAP * (far - near)) };
}

const times = (share: Calibration['falsePairs'], of: number): Calibration['falsePairs'] => ({
  value: share.value * of,
  low: share.low * of,
  high: share.high * of,
});
const worst = (all: readonly Calibration['falsePairs'][]): Calibration['falsePairs'] =>
  all.reduce((a, b) => (a.value >= b.value ? a : b), { value: 0, low: 0, high: 0 });

/** The lowest similarity of the grid with few enough false pairs; null where even the highest has more. */
function firstBelow(expected: (cosine: number) => Calibration['falsePairs'], accepted: number): number | null {
  for (let step = Math.round(BOUNDS[0] / STEP); step * STEP <= BOUNDS[1] + 1e-9; step++)
    if (expected(step * STEP).value <= accepted) return step * STEP;
  return null;
}

const quantile = (sorted: Float64Array, share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] as number;

function summary(sorted: Float64Array): Calibration['random'] {
  const pairs = sorted.length;
  if (pairs === 0) return { pairs, mean: 0, p999: 0, max: 0 };
  return {
    pairs,
    mean: sorted.reduce((sum, c) => sum + c, 0) / pairs,
    p999: quantile(sorted, 0.999),
    max: sorted[pairs - 1] as number,
  };
}

function histogram(sorted: readonly number[]): Calibration['nearest'] {
  const rows = sorted.length;
  if (rows === 0) return { rows, from: 0, shares: [] };
  const first = Math.floor(Math.min(1 - BIN, sorted[0] as number) / BIN + 1e-9);
  const shares = new Array<number>(Math.round(1 / BIN) - first).fill(0);
  for (const c of sorted) {
    const bin = Math.min(shares.length - 1, Math.max(0, Math.floor(c / BIN + 1e-9) - first));
    shares[bin] = (shares[bin] as number) + 1 / rows;
  }
  return { rows, from: Number((first * BIN).toFixed(2)), shares };
}

const FITTED = 'a tail fitted beyond what was seen, right within a factor of ten, not more';

function sentence(f: {
  readonly valley: Gap | null;
  readonly rare: number | null;
  readonly accepted: number;
  readonly wanted: number;
  readonly twins: number;
  readonly looked: number;
}): string {
  const one = Math.round(f.accepted) === 1;
  const few = `${Math.round(f.accepted)} ${one ? 'pair' : 'pairs'}`;
  const chance =
    f.rare === null
      ? `even above ${BOUNDS[1]} more than ${few} ${one ? 'is' : 'are'} expected by chance`
      : `above ${f.rare.toFixed(3)} at most ${few} ${one ? 'is' : 'are'} expected by chance (${FITTED})`;
  if (f.valley === null)
    return `Twins and strangers overlap, or there are no near twins: no valley between them among ${f.looked} nearest neighbours, so chance decides: ${chance}. Look at the least similar pairs.`;
  const { from, to, at } = f.valley;
  const twins = `twins (${f.twins} of ${f.looked} nearest neighbours)`;
  // The search for few pairs begins at the lowest that is suggested: there it is that bound which decides, not chance.
  if (f.rare === null || (f.rare > at && f.rare > BOUNDS[0]))
    return `Chance decides: ${chance}. From ${to.toFixed(3)} up there are ${twins}, and strangers are expected there too: the two overlap. Look at the least similar pairs.`;
  const reached =
    f.wanted > BOUNDS[1]
      ? `; ${BOUNDS[1]} is the highest that is suggested`
      : at < BOUNDS[0]
        ? `; ${BOUNDS[0]} is the lowest that is suggested`
        : '';
  return `The valley decides: ${twins} stand apart from strangers, with none of either between ${from.toFixed(3)} and ${to.toFixed(3)}${reached}. What is expected by chance comes from ${FITTED}.`;
}
