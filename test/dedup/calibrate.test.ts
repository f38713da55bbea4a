/** Calibration on stores whose twins are known: vectors of several kinds of embedding model, strangers and twins counted. */
import { describe, expect, it } from 'vitest';
import { calibrate, DEFAULT_THRESHOLD } from '../../src/dedup/calibrate.ts';
import type { Calibration } from '../../src/dedup/dedup-report.ts';
import { seeded } from './seeded.ts';

interface StoreShape {
  readonly rows: number;
  readonly dims: number;
  /** Weight of the direction that all vectors share, and of that of a topic. */
  readonly common: number;
  readonly topic: number;
  readonly topics: number;
  readonly twins: number;
  /** Spread of a twin around its original: from, to. */
  readonly noise: readonly [number, number];
}

interface Outcome {
  readonly calibration: Calibration;
  /** Pairs at or above the suggestion that are no twins; twins found; twins there are. */
  readonly false: number;
  readonly found: number;
  readonly twins: number;
}

function run(shape: StoreShape, seed: number): Outcome {
  const r = seeded(seed);
  const { rows, dims } = shape;
  const direction = (): number[] => Array.from({ length: dims }, r.normal);
  const common = direction();
  const topics = Array.from({ length: shape.topics }, direction);
  const vectors: number[][] = [];
  const origin: number[] = [];
  for (let i = 0; i < rows; i++) {
    if (i > 10 && r.next() < shape.twins) {
      const first = origin[r.below(i)] as number;
      const noise = shape.noise[0] + (shape.noise[1] - shape.noise[0]) * r.next();
      const v = vectors[first] as number[];
      const size = Math.hypot(...v) / Math.sqrt(dims);
      vectors.push(v.map((x) => x + noise * size * r.normal()));
      origin.push(first);
    } else {
      const topic = r.pick(topics);
      vectors.push(common.map((x, j) => shape.common * x + shape.topic * (topic[j] as number) + r.normal()));
      origin.push(i);
    }
  }
  const unit = vectors.map((v) => {
    const length = Math.hypot(...v);
    return Float64Array.from(v, (x) => x / length);
  });
  const cosine = (a: number, b: number): number => {
    const [x, y] = [unit[a] as Float64Array, unit[b] as Float64Array];
    let sum = 0;
    for (let j = 0; j < dims; j++) sum += (x[j] as number) * (y[j] as number);
    return sum;
  };
  const random = Float64Array.from({ length: 2000 }, () => {
    const a = r.below(rows);
    return cosine(a, (a + 1 + r.below(rows - 1)) % rows);
  });
  const nearest = Float64Array.from({ length: 500 }, () => {
    const a = r.below(rows);
    let best = -1;
    for (let b = 0; b < rows; b++) if (b !== a) best = Math.max(best, cosine(a, b));
    return best;
  });
  const calibration = calibrate({ random, nearest, rows, groupPairs: (rows * (rows - 1)) / 2 });
  const outcome = { calibration, false: 0, found: 0, twins: 0 };
  for (let a = 0; a < rows; a++)
    for (let b = 0; b < a; b++) {
      const twin = origin[a] === origin[b];
      const flagged = cosine(a, b) >= calibration.suggested;
      if (twin) outcome.twins++;
      if (flagged && twin) outcome.found++;
      if (flagged && !twin) outcome.false++;
    }
  return outcome;
}

const BASE: StoreShape = { rows: 1200, dims: 96, common: 0, topic: 0, topics: 40, twins: 0.25, noise: [0.05, 0.2] };

describe('calibration', () => {
  it.each<[string, Partial<StoreShape>, readonly [number, number]]>([
    ['no common direction', {}, [-0.05, 0.05]],
    ['all vectors alike, as in gte-large', { common: 1.8 }, [0.7, 0.82]],
    ['alike and in topics, as in e5', { common: 2.2, topic: 0.6 }, [0.75, 0.9]],
    ['topics, as in nomic', { common: 1.1, topic: 0.5 }, [0.4, 0.65]],
  ])('finds the twins and hardly a stranger: %s', (_, shape, mean) => {
    const o = run({ ...BASE, ...shape }, 11);
    expect(o.calibration.random.mean).toBeGreaterThan(mean[0]);
    expect(o.calibration.random.mean).toBeLessThan(mean[1]);
    expect(o.twins).toBeGreaterThan(300);
    expect(o.found / o.twins).toBeGreaterThan(0.85);
    expect(o.false).toBeLessThanOrEqual(3);
    expect(o.calibration.suggested).toBeGreaterThanOrEqual(0.8);
    expect(o.calibration.suggested).toBeLessThanOrEqual(0.99);
    const { value, low, high } = o.calibration.falsePairs;
    expect(low).toBeLessThanOrEqual(value);
    expect(value).toBeLessThanOrEqual(high);
    expect(o.false).toBeLessThanOrEqual(Math.max(3, high));
    expect(o.calibration.how).toMatch(/valley decides|Chance decides/);
  });

  it('says so where twins and strangers overlap, and asks for more', () => {
    const o = run({ ...BASE, common: 1.8, topic: 2, noise: [0.2, 0.5] }, 12);
    expect(o.calibration.how).toMatch(/overlap|no near twins/);
    expect(o.false).toBeLessThanOrEqual(Math.max(5, o.calibration.falsePairs.high));
    expect(o.calibration.suggested).toBeGreaterThan(0.95);
  });

  it('puts the threshold into an empty gap, nearer to the twins, and says so without a contradiction', () => {
    const r = seeded(16);
    const between = (low: number, high: number): number => low + (high - low) * r.next();
    const random = Float64Array.from({ length: 2000 }, () => between(-0.3, 0.3));
    const nearest = Float64Array.from({ length: 500 }, (_, i) =>
      i % 10 === 0 ? between(0.96, 0.99) : between(0.1, 0.4),
    );
    const { suggested, how } = calibrate({ random, nearest, rows: 1758, groupPairs: 300_000 });
    const twins = Math.min(...nearest.filter((c) => c > 0.9));
    const strangers = Math.max(...nearest.filter((c) => c < 0.9));
    expect(suggested).toBeLessThan(twins);
    expect(suggested - strangers).toBeGreaterThan(3 * (twins - suggested));
    expect(how).toMatch(/^The valley decides: twins \(50 of 500 nearest neighbours\) stand apart from strangers/);
    expect(how).toContain(`none of either between ${strangers.toFixed(3)} and ${twins.toFixed(3)}`);
    expect(how).not.toContain('overlap');
  });

  it('says that the lowest suggestion decides where twins begin below it', () => {
    const r = seeded(17);
    const random = Float64Array.from({ length: 2000 }, () => 0.4 * r.next() - 0.2);
    const nearest = Float64Array.from({ length: 500 }, (_, i) => (i % 4 === 0 ? 0.7 : 0.1) + 0.1 * r.next());
    const { suggested, how } = calibrate({ random, nearest, rows: 1000, groupPairs: 100_000 });
    expect(suggested).toBe(0.8);
    expect(how).toMatch(/valley decides.*0\.8 is the lowest that is suggested/);
  });

  it('finds strangers where nearly every row has a twin', () => {
    const o = run({ ...BASE, common: 1, topic: 0.5, twins: 0.97, noise: [0.03, 0.08] }, 13);
    expect(o.found / o.twins).toBeGreaterThan(0.9);
    expect(o.false).toBeLessThanOrEqual(5);
  });

  it('does not find twins where there are none', () => {
    const o = run({ ...BASE, common: 1.6, topic: 0.4, twins: 0 }, 14);
    expect(o.twins).toBe(0);
    expect(o.false).toBeLessThanOrEqual(10);
  });

  it('has a histogram whose shares add up to 1', () => {
    const { nearest } = run(BASE, 15).calibration;
    expect(nearest.rows).toBe(500);
    expect(nearest.shares.reduce((sum, s) => sum + s, 0)).toBeCloseTo(1, 9);
    expect(nearest.from + nearest.shares.length * 0.01).toBeCloseTo(1, 9);
  });

  it('falls back to the default where there is too little to look at', () => {
    const c = calibrate({ random: Float64Array.of(0.1, 0.2), nearest: Float64Array.of(0.9), rows: 3, groupPairs: 3 });
    expect(c.suggested).toBe(DEFAULT_THRESHOLD);
    expect(c.how).toMatch(/too few/);
    expect(
      calibrate({ random: new Float64Array(0), nearest: new Float64Array(0), rows: 0, groupPairs: 0 }).suggested,
    ).toBe(DEFAULT_THRESHOLD);
  });

  it('bears a store of one text', () => {
    const same = new Float64Array(500).fill(1);
    const c = calibrate({ random: same, nearest: same, rows: 1000, groupPairs: 499_500 });
    expect(c.suggested).toBeLessThanOrEqual(0.99);
    expect(Number.isFinite(c.falsePairs.high)).toBe(true);
  });
});
