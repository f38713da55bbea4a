import { describe, expect, it } from 'vitest';
import { type NumpyMatrixParameters, type NumpyType, numpyMatrix } from '../../src/layouts/numpy-matrix.ts';
import { isInputError } from '../../src/quantity/index.ts';
import fc from '../random-cases.ts';
import { given } from './sqlite-stores.ts';

const matrix = (
  rows: number,
  dims: number,
  type: NumpyType,
  state: NonNullable<NumpyMatrixParameters['state']> = 'grown',
): NumpyMatrixParameters => ({
  rows: given(rows),
  dims: given(dims),
  type,
  state,
});

describe('numpy-matrix', () => {
  // Capacities that doubling from 256 reaches, and what 768 floats a row make of them.
  for (const [rows, capacity] of [
    [1, 256],
    [256, 256],
    [257, 512],
    [100_000, 131_072],
    [500_000, 524_288],
    [1_000_000, 1_048_576],
    [10_000_000, 16_777_216],
  ] as const) {
    it(`${rows} rows are allocated as ${capacity}`, () => {
      const { resident, building, parts } = numpyMatrix.size(matrix(rows, 768, 'float32'));
      expect(parts['capacity']?.value).toBe(capacity);
      expect(resident.value).toBe(capacity * 768 * 4);
      expect(building?.value).toBe(1.5 * capacity * 768 * 4);
    });
  }

  it('fits exactly after a reopen, and doubles on the first write', () => {
    expect(numpyMatrix.size(matrix(1_000_000, 768, 'float32', 'reopened')).resident.value).toBe(3_072_000_000);
    expect(numpyMatrix.size(matrix(1_000_000, 768, 'float32', 'reopened')).building?.value).toBe(9_216_000_000);
    expect(numpyMatrix.size(matrix(1_000_000, 768, 'float32', 'written')).resident.value).toBe(6_144_000_000);
  });

  it('the cliffs are the doublings on either side', () => {
    expect(numpyMatrix.cliffs(matrix(100_000, 768, 'int8')).map((c) => c.at)).toEqual([65_537, 131_073]);
    expect(numpyMatrix.cliffs(matrix(10, 768, 'int8')).map((c) => c.at)).toEqual([257]);
    expect(numpyMatrix.cliffs(matrix(10, 768, 'int8', 'reopened'))).toEqual([]);
  });

  it('never holds less than its rows, never more than twice them past 256', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1e9 }),
        fc.integer({ min: 1, max: 4096 }),
        fc.constantFrom<NumpyType>('float32', 'float16', 'int8'),
        (n, d, type) => {
          const { resident, parts } = numpyMatrix.size(matrix(n, d, type));
          const used = parts['used']?.value as number;
          expect(resident.value).toBeGreaterThanOrEqual(used);
          if (n > 256) expect(resident.value).toBeLessThan(2 * used);
          expect(numpyMatrix.size(matrix(n, d, 'int8')).resident.value).toBeLessThanOrEqual(resident.value);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('refuses rows and dims that cannot be', () => {
    for (const bad of [matrix(-1, 8, 'int8'), matrix(1, 0, 'int8'), matrix(1, 1.5, 'int8')]) {
      try {
        numpyMatrix.size(bad);
        expect.unreachable();
      } catch (e) {
        expect(isInputError(e)).toBe(true);
      }
    }
  });
});
