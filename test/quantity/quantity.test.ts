import { describe, expect, it } from 'vitest';
import { derive, explain, fromJson, leaf, sum, toJson, weakestLeaves } from '../../src/quantity/index.ts';
import fc from '../random-cases.ts';

describe('derive', () => {
  it('computes what its formula says', () => {
    const d = leaf('dimensions', 1536, 'dimensions');
    const value = derive('value', 'B', '8 + 4 * d', { d });
    expect(value.value).toBe(6152);
    expect(value.low).toBe(6152);
    expect(value.basis).toBe('exact');
  });

  it('is known no better than its weakest input', () => {
    const a = leaf('a', 1, 'B');
    const b = leaf('b', 2, 'B', { basis: 'documented' });
    const c = leaf('c', 3, 'B', { basis: 'assumed' });
    expect(derive('x', 'B', 'a + b', { a, b }).basis).toBe('documented');
    expect(derive('x', 'B', 'a + b + c', { a, b, c }).basis).toBe('assumed');
    expect(derive('x', 'B', 'a + 0', { a }, { basis: 'measured' }).basis).toBe('measured');
  });

  it('carries the interval through, falling inputs included', () => {
    const n = leaf('n', 10, 'count', { low: 5, high: 20 });
    const per = leaf('per', 2, 'count', { low: 1, high: 4 });
    const q = derive('pages', 'pages', 'ceil(n / per)', { n, per });
    expect([q.low, q.value, q.high]).toEqual([2, 5, 20]);
  });

  it('holds every corner, however many inputs are uncertain', () => {
    const interval = fc.tuple(
      fc.double({ min: 1, max: 100, noNaN: true }),
      fc.double({ min: 0, max: 50, noNaN: true }),
      fc.double({ min: 0, max: 50, noNaN: true }),
    );
    fc.assert(
      fc.property(fc.array(interval, { minLength: 5, maxLength: 5 }), (ranges) => {
        const names = ['a', 'b', 'c', 'd', 'e'];
        const inputs = Object.fromEntries(
          ranges.map(([v, down, up], i) => [
            names[i],
            leaf(names[i] as string, v, 'count', { low: v - Math.min(down, v / 2), high: v + up }),
          ]),
        );
        const text = 'a * b / c + d - e';
        const q = derive('q', 'count', text, inputs);
        for (let corner = 0; corner < 32; corner++) {
          const at = names.map((n, i) => (corner & (1 << i) ? inputs[n]?.high : inputs[n]?.low) as number) as [
            number,
            number,
            number,
            number,
            number,
          ];
          const value = (at[0] * at[1]) / at[2] + at[3] - at[4];
          expect(value).toBeGreaterThanOrEqual(q.low - 1e-6 * Math.abs(q.low) - 1e-9);
          expect(value).toBeLessThanOrEqual(q.high + 1e-6 * Math.abs(q.high) + 1e-9);
        }
      }),
    );
  });

  it('refuses to travel on as NaN or Infinity, and names the numbers', () => {
    const zero = leaf('zero', 0, 'count');
    expect(() => derive('x', 'B', '1 / z', { z: zero }).value).toThrow(/x: "1 \/ z" gives Infinity for z=0/);
    expect(() => leaf('y', Number.NaN, 'B')).toThrow(RangeError);
    expect(() => leaf('y', 5, 'B', { low: 6, high: 7 })).toThrow(RangeError);
  });

  it('names a symbol that nobody supplied', () => {
    expect(() => derive('x', 'B', 'a + b', { a: leaf('a', 1, 'B') })).toThrow(/needs "b"/);
  });

  it('rejects bytes + seconds when it is compiled', () => {
    const bytes = leaf('a', 1, 'B');
    const seconds = leaf('b', 1, 's');
    // @ts-expect-error units differ
    expect(sum('wrong', bytes, seconds).value).toBe(2);
  });
});

describe('explain', () => {
  const d = leaf('dimensions', 1536, 'dimensions', { source: '--dims' });
  const value = derive('value', 'B', '8 + 4 * d', { d }, { source: 'pgvector src/vector.h' });
  const tuple = derive('element tuple', 'B', 'align8(72 + V)', { V: value });

  it('shows symbol, numbers, result, source, down to the leaves', () => {
    expect(explain(tuple)).toEqual([
      'element tuple = align8(72 + V) = align8(72 + 6,152) = 6,224 B  [exact]',
      '  V: value = 8 + 4 * d = 8 + 4 * 1,536 = 6,152 B  [exact; pgvector src/vector.h]',
      '    d: dimensions = 1,536 dimensions  [exact; --dims]',
    ]);
  });

  it('refers to a node it has shown instead of repeating it', () => {
    const twice = derive('twice', 'B', 'a + b', { a: tuple, b: tuple });
    const lines = explain(twice);
    expect(lines.filter((l) => l.includes('(above)'))).toHaveLength(1);
    expect(lines).toHaveLength(5);
  });

  it('survives the trip through JSON', () => {
    expect(explain(fromJson(JSON.parse(JSON.stringify(toJson(tuple, true)))))).toEqual(explain(tuple));
    expect(toJson(tuple)).toEqual({ value: 6224, unit: 'B', low: 6224, high: 6224, basis: 'exact' });
  });

  it('finds the leaves to confirm', () => {
    const text = leaf('text', 200, 'B', { basis: 'assumed', low: 100, high: 400 });
    const row = derive('row', 'B', 'V + t', { V: value, t: text });
    expect(weakestLeaves(row).map((q) => q.name)).toEqual(['text']);
  });
});
