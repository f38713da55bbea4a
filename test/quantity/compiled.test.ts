import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allFormulasModule } from '../../build-formulas.ts';
import type { CompiledFormula } from '../../src/quantity/compiled-formulas.ts';
import { formula } from '../../src/quantity/formula.ts';

const text: string = allFormulasModule();
const compiled = Function(`${text.replace('export function', 'return function')}`)() as (
  formula: string,
) => CompiledFormula | undefined;
/** The module's own cases: every formula that it knows, by its text. */
const table: ReadonlyMap<string, CompiledFormula> = new Map(
  Array.from(text.matchAll(/^case (".*"): return /gm), ([, quoted]) => {
    const source = JSON.parse(quoted as string) as string;
    return [source, compiled(source) as CompiledFormula];
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
    for (const [source, [symbols, directions, calls, evaluate]] of table) {
      const parsed = formula(source);
      expect(symbols).toEqual(parsed.symbols);
      expect(directions).toEqual(parsed.directions);
      expect(calls).toEqual(parsed.calls);
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
    for (const [source, [symbols, directions, calls, evaluate]] of table) {
      if (calls.length > 0) continue;
      symbols.forEach((symbol, i) => {
        if (directions[i] === 'unknown') return;
        // Shares and rates stand where 1 minus them is taken; counts everywhere else.
        const values = symbols.map((s) =>
          /^(hot|D|rejected|fill|share|serial|cached|usable|h\d?|c|rate|merged|superseding)$/.test(s) ? 0.3 : 40,
        );
        const at = (x: number): number =>
          evaluate(
            values.map((v, k) => (k === i ? x : v)),
            undefined,
          );
        const here = values[i] as number;
        const [low, high] = [at(here * 0.9), at(here * 1.1)];
        if (directions[i] === 'rising') expect(high, `${source} in ${symbol}`).toBeGreaterThanOrEqual(low);
        else expect(high, `${source} in ${symbol}`).toBeLessThanOrEqual(low);
      });
    }
  });
});
