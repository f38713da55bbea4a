import { describe, expect, it } from 'vitest';
import { totalOf } from '../../../src/adapters/postgres/sample-interval.ts';

/** mulberry32 */
function random(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const PAGES = 20_000;
const PER_PAGE = 40;
const NAMESPACES = 300;

/** Rows of namespaces with Zipf's shares, in one order or another; block by block, the namespace of each row. */
function blocks(order: 'shuffled' | 'clustered' | 'sessions' | 'half empty', seed: number): Int32Array {
  const next = random(seed);
  const weights = Array.from({ length: NAMESPACES }, (_, i) => 1 / (i + 1));
  const all = weights.reduce((a, b) => a + b, 0);
  const rows: Int32Array = new Int32Array(PAGES * PER_PAGE).fill(-1);
  let at = 0;
  weights.forEach((w, ns) => {
    const n = Math.floor((w / all) * rows.length);
    rows.fill(ns, at, at + n);
    at += n;
  });
  const run = order === 'sessions' ? 15 : order === 'clustered' ? rows.length : 1;
  if (run < rows.length) {
    // Runs are shuffled whole: rows of a session lie together.
    const runs: Int32Array[] = Array.from({ length: Math.floor(rows.length / run) }, (_, i) =>
      rows.slice(i * run, (i + 1) * run),
    );
    for (let i = runs.length - 1; i > 0; i--) {
      const j = Math.floor(next() * (i + 1));
      [runs[i], runs[j]] = [runs[j] as Int32Array, runs[i] as Int32Array];
    }
    runs.forEach((r, i) => void rows.set(r, i * run));
  }
  if (order === 'half empty')
    for (let i = 0; i < rows.length; i++) if (next() < 0.5 || i < rows.length / 3) rows[i] = -1;
  return rows;
}

describe('the interval of a total told from random blocks', () => {
  it.each(['shuffled', 'clustered', 'sessions', 'half empty'] as const)(
    'holds the truth at least 94 times of 100 when rows are %s',
    (order) => {
      const rows = blocks(order, 7);
      const truth = new Float64Array(NAMESPACES);
      let live = 0;
      for (const ns of rows) {
        if (ns < 0) continue;
        truth[ns] = (truth[ns] as number) + 1;
        live += 1;
      }
      for (const fraction of [0.01, 0.05, 0.4]) {
        const watched = [0, 1, 2, 5, 9, 20, 60, 200];
        const held = new Map(watched.map((w) => [w, 0]));
        let whole = 0;
        let width = 0;
        for (let seed = 1; seed <= 100; seed++) {
          const next = random(seed * 7919);
          const sums = watched.map(() => ({ sum: 0, squares: 0, most: 0 }));
          const total = { sum: 0, squares: 0, most: 0 };
          for (let b = 0; b < PAGES; b++) {
            if (next() >= fraction) continue;
            const block = rows.subarray(b * PER_PAGE, (b + 1) * PER_PAGE);
            const add = (s: typeof total, y: number): void => {
              s.sum += y;
              s.squares += y * y;
              s.most = Math.max(s.most, y);
            };
            watched.forEach((w, i) => {
              let y = 0;
              for (const ns of block) if (ns === w) y += 1;
              add(sums[i] as typeof total, y);
            });
            let y = 0;
            for (const ns of block) if (ns >= 0) y += 1;
            add(total, y);
          }
          watched.forEach((w, i) => {
            const c = totalOf(sums[i] as typeof total, fraction, total.most);
            const t = truth[w] as number;
            if (c.low <= t && t <= c.high) held.set(w, (held.get(w) as number) + 1);
            if (i === 0) width += (c.high - c.low) / t / 100;
          });
          const c = totalOf(total, fraction, total.most);
          if (c.low <= live && live <= c.high) whole += 1;
        }
        expect(
          [whole, ...held.values()].every((n) => n >= 94),
          `f = ${fraction}: ${whole}; ${[...held.values()].join(', ')}`,
        ).toBe(true);
        // Wide enough is easy: the largest namespace (a sixth of the rows) has to be told apart all the same.
        expect(width, `f = ${fraction}`).toBeLessThan(fraction === 0.01 ? (order === 'clustered' ? 1.5 : 0.8) : 0.5);
      }
    },
  );

  it('is the count itself when every block was read, and never excludes a namespace that was not met', () => {
    expect(totalOf({ sum: 12, squares: 144, most: 12 }, 1, 40)).toEqual({ value: 12, low: 12, high: 12 });
    const unseen = totalOf({ sum: 0, squares: 0, most: 0 }, 0.1, 40);
    expect(unseen).toMatchObject({ value: 0, low: 0 });
    expect(unseen.high).toBeGreaterThan(400);
  });
});
