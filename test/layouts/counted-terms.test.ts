import { describe, expect, it } from 'vitest';
import { zipfOfPositions, zipfOfTerms } from '../../src/layouts/counted-terms.ts';
import { documentFrequencies, textKeys, type ZipfKeys } from '../../src/layouts/text-statistics.ts';
import fc from '../random-cases.ts';

function counts(z: ZipfKeys, rows: number): { distinct: number; perRow: number } {
  const classes = documentFrequencies(z, rows);
  return {
    distinct: classes.reduce((sum, c) => sum + c.keys, 0),
    perRow: classes.reduce((sum, c) => sum + c.keys * c.rows, 0) / rows,
  };
}
const near = (is: number, should: number, within: number): void =>
  expect(Math.abs(is / should - 1), `${is} for ${should}`).toBeLessThan(within);

describe('a vocabulary from what was counted', () => {
  it('gives back what any Zipf vocabulary shows, positions and repeats known', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 200, max: 50_000 }),
        fc.double({ min: 0.3, max: 1.5, noNaN: true }),
        fc.integer({ min: 10, max: 400 }),
        fc.integer({ min: 100, max: 100_000 }),
        (vocabulary, exponent, draws, rows) => {
          const seen = counts({ vocabulary, exponent, drawsPerRow: draws }, rows);
          const model = { vocabulary: 8000, exponent: 0.9, drawsPerRow: draws };
          const again = counts(zipfOfPositions(rows, model, seen), rows);
          near(again.distinct, seen.distinct, 0.02);
          near(again.perRow, seen.perRow, 0.02);
        },
      ),
      { numRuns: 60, seed: 7 },
    );
  });

  it('and where repeats within a row are not known', () => {
    for (const rows of [1000, 50_000]) {
      const seen = { distinct: 5004, perRow: 19.3 };
      const again = counts(zipfOfTerms(rows, textKeys('tsvector', 186, rows), seen), rows);
      near(again.distinct, seen.distinct, 0.02);
      near(again.perRow, seen.perRow, 0.02);
    }
  });

  it('one count leaves the rest to the model, none leaves the model', () => {
    const model = textKeys('tsvector', 200, 1000);
    expect(zipfOfTerms(1000, model, {})).toBe(model);
    expect(zipfOfPositions(0, model, { distinct: 10 })).toBe(model);
    near(counts(zipfOfTerms(1000, model, { perRow: 12 }), 1000).perRow, 12, 0.02);
    near(counts(zipfOfPositions(1000, model, { distinct: 3000 }), 1000).distinct, 3000, 0.02);
  });

  it('one text of 500 words has no 10,000 different ones', () => {
    const z = zipfOfTerms(1, textKeys('tsvector', 2000, 1), { distinct: 10_000, perRow: 500 });
    expect(counts(z, 1).distinct).toBeLessThan(520);
  });
});
