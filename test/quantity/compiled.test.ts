import { describe, expect, it } from 'vitest';
import { allFormulasModule } from '../../build-formulas.ts';
import type { FormulaMaker } from '../../src/quantity/compiled-formulas.ts';
import { type Formula, formula } from '../../src/quantity/formula.ts';
import fc from '../random-cases.ts';

const text: string = allFormulasModule();
const compiledFormula = Function(`${text.replace('export function', 'return function')}`)() as (
  formula: string,
  make: FormulaMaker,
) => Formula | undefined;
const compiled = (source: string): Formula | undefined =>
  compiledFormula(source, (known, symbols, directions, evaluate) => ({
    text: known,
    symbols: symbols === '' ? [] : symbols.split(' '),
    directions,
    evaluate,
  }));
/** The module's own cases: every formula that it knows, by its text. */
const table: ReadonlyMap<string, Formula> = new Map(
  Array.from(text.matchAll(/^case (".*"): return /gm), ([, quoted]) => {
    const source = JSON.parse(quoted as string) as string;
    return [source, compiled(source) as Formula];
  }),
);

/** Supplied functions are layout algorithms; any fixed one shows whether the calls are the same. */
const using = new Proxy(
  {},
  {
    get:
      () =>
      (...n: number[]) =>
        n.reduce((a, b, i) => a + b * (i + 1), 1),
  },
) as Record<string, (...n: number[]) => number>;

describe('the formulas that the build compiles', () => {
  it('are those of every engine, and many', () => {
    expect(table.size).toBeGreaterThan(100);
    expect(table.get('8 + 4 * d')).toBeDefined();
    expect(compiled('8 + 5 * d')).toBeUndefined();
  });

  it('give what the parser gives, for any values', () => {
    for (const [source, { text: own, symbols, directions, evaluate }] of table) {
      const parsed = formula(source);
      expect(own).toBe(source);
      expect(symbols).toEqual(parsed.symbols);
      expect(directions).toEqual(parsed.directions);
      fc.assert(
        fc.property(
          fc.array(fc.double({ min: 0.5, max: 1e6, noNaN: true }), {
            minLength: symbols.length,
            maxLength: symbols.length,
          }),
          (values) => {
            expect(Object.is(evaluate(values, using), parsed.evaluate(values, using))).toBe(true);
          },
        ),
        { numRuns: 8 },
      );
    }
  });

  it('move as their directions say', () => {
    for (const [source, { symbols, directions, evaluate }] of table) {
      symbols.forEach((symbol, i) => {
        if (directions[i] === 'u') return;
        // Shares and rates stand where 1 minus them is taken; counts everywhere else.
        const values = symbols.map((s) =>
          /^(hot|D|rejected|fill|share|serial|cached|usable|h\d?|c|rate|merged|superseding)$/.test(s) ? 0.3 : 40,
        );
        const at = (x: number): number =>
          evaluate(
            values.map((v, k) => (k === i ? x : v)),
            using,
          );
        const here = values[i] as number;
        const [low, high] = [at(here * 0.9), at(here * 1.1)];
        if (directions[i] === 'r') expect(high, `${source} in ${symbol}`).toBeGreaterThanOrEqual(low);
        else expect(high, `${source} in ${symbol}`).toBeLessThanOrEqual(low);
      });
    }
  });
});
