import { describe, expect, it } from 'vitest';
import { formula } from '../../src/quantity/formula.ts';
import fc from '../random-cases.ts';

const value = (text: string, inputs: Record<string, number> = {}): number => {
  const f = formula(text);
  return f.evaluate(
    f.symbols.map((s) => inputs[s] as number),
    { double: (x = 0) => 2 * x, total: (...n) => n.reduce((a, b) => a + b, 0) },
  );
};

describe('formula', () => {
  it.each([
    ['1 + 2 * 3', 7],
    ['(1 + 2) * 3', 9],
    ['2 ^ 3 ^ 2', 512],
    ['-2 ^ 2', -4],
    ['2 ^ -1', 0.5],
    ['10 - 4 - 3', 3],
    ['24 / 4 / 2', 3],
    ['1_000 + 1e-3', 1000.001],
    ['align8(72 + 6152)', 6224],
    ['align8(6153)', 6160],
    ['max(1, min(5, 3))', 3],
    ['floor(ln(10) / ln(3))', 2],
    ['double(21)', 42],
    ['total(1, 2, 3, 4)', 10],
    ['log2(8) + sqrt(16) + ceil(0.1)', 8],
  ])('%s = %d', (text, expected) => {
    expect(value(text)).toBeCloseTo(expected, 12);
  });

  it('names its symbols once each and leaves calls out of them', () => {
    const f = formula('N * (a + N) / double(a)');
    expect(f.symbols).toEqual(['N', 'a']);
    expect(f.directions).toBe('ru');
  });

  it('agrees with JavaScript on random arithmetic', () => {
    const number = fc.integer({ min: 1, max: 99 }).map(String);
    const expression = fc.letrec((tie) => ({
      e: fc.oneof(
        { maxDepth: 5 },
        number,
        fc.tuple(tie('e'), fc.constantFrom('+', '-', '*', '/'), tie('e')).map(([a, o, b]) => `(${a} ${o} ${b})`),
      ),
    })).e as fc.Arbitrary<string>;
    fc.assert(
      fc.property(expression, (text) => {
        const expected = Function(`return ${text}`)() as number;
        const got = value(text);
        expect(
          Number.isNaN(expected)
            ? Number.isNaN(got)
            : Object.is(got, expected) || Math.abs(got - expected) <= 1e-9 * Math.abs(expected),
        ).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it.each(['1 +', '(1', 'f(1', '1 2', 'a $ b', ''])('refuses "%s"', (text) => {
    expect(() => formula(text)).toThrow(/formula/);
  });

  it('says which function is missing', () => {
    expect(() => formula('nowhere(1)').evaluate([], undefined)).toThrow(/nowhere/);
  });
});
