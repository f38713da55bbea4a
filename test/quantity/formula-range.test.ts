import { describe, expect, it } from 'vitest';
import { formula } from '../../src/quantity/formula.ts';
import { type Ends, formulaRange } from '../../src/quantity/formula-range.ts';

/** Every corner of the intervals, whatever the text shows: what the range must be. */
function everyCorner(text: string, values: readonly number[], ends: readonly Ends[]): Ends {
  const f = formula(text);
  const seen = [f.evaluate(values, undefined)];
  for (let corner = 0; corner < 2 ** ends.length; corner++)
    seen.push(
      f.evaluate(
        ends.map((e, i) => ((corner & (1 << i)) === 0 ? e.low : e.high)),
        undefined,
      ),
    );
  return { low: Math.min(...seen), high: Math.max(...seen) };
}

describe('the range of a formula', () => {
  it.each([
    ['a * b', [3, 5]],
    ['a / b - c', [30, 5, 2]],
    ['a - a / b', [30, 5]],
    ['ceil(a / b) * max(c, 1)', [100, 7, 0.5]],
    ['a * b - b * c', [2, 3, 4]],
    ['(a - b) * (c - a)', [4, 2, 9]],
    ['a / (a + b) + c - d * b', [4, 2, 9, 1]],
    ['a ^ 2 / b', [4, 2]],
  ])('%s is what its corners say', (text, values) => {
    const f = formula(text);
    for (const certain of [-1, ...values.keys()]) {
      const ends = values.map((v, i) => (i === certain ? { low: v, high: v } : { low: v * 0.75, high: v * 1.5 }));
      const inputs = Object.fromEntries(
        f.symbols.map((symbol, i) => [symbol, { value: values[i] as number, ...(ends[i] as Ends) }]),
      );
      const range = formulaRange(f, inputs, f.evaluate(values, undefined), f.directions, undefined);
      expect(range).toEqual(everyCorner(text, values, ends));
    }
  });

  it('takes the two ends where all is said to move one way', () => {
    const f = formula('a * b - b * c');
    const around = (value: number) => ({ value, low: value - 1, high: value + 1 });
    // 1 * 2 - 2 * 3 and 3 * 4 - 4 * 5, with the value itself, -6, between or at an end.
    expect(formulaRange(f, { a: around(2), b: around(3), c: around(4) }, -6, undefined, undefined)).toEqual({
      low: -8,
      high: -4,
    });
  });
});
