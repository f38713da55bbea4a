import { describe, expect, it } from 'vitest';
import { type UsearchParameters, type UsearchType, usearch } from '../../src/layouts/usearch.ts';
import { isInputError } from '../../src/quantity/index.ts';
import fc from '../random-cases.ts';
import { measuredRows, relativeError } from './embedded-rows.ts';
import { given } from './sqlite-stores.ts';

const index = (rows: number, dims: number, type: UsearchType, m = 16): UsearchParameters => ({
  rows: given(rows),
  dims: given(dims),
  type,
  m: given(m),
});

describe('usearch', () => {
  for (const row of measuredRows('usearch')) {
    const { disk, resident } = usearch.size(index(row.n, row.dims, row.type as UsearchType, row.m));
    if (row.object === 'serialized_file') {
      it(`file of ${row.n} x ${row.dims} ${row.type}: within 0.1 %`, () => {
        expect(Math.abs(relativeError(disk.value, row.bytes))).toBeLessThanOrEqual(0.001);
        expect(disk.low <= row.bytes && row.bytes <= disk.high).toBe(true);
      });
    } else if (row.n >= 10_000) {
      it(`RAM of ${row.n} x ${row.dims} ${row.type}: inside the interval`, () => {
        expect(resident.low <= row.bytes && row.bytes <= resident.high).toBe(true);
        // The process's own heap drowns small indexes; the bar is for those of 10 million components.
        if (row.n * row.dims >= 1e7)
          expect(Math.abs(relativeError(resident.value, row.bytes))).toBeLessThanOrEqual(0.1);
      });
    }
  }

  it('grows with rows; f16 <= f32, i8 <= f16, b1 <= i8', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e8 }), fc.integer({ min: 1, max: 4096 }), (n, d) => {
        const at = (count: number, type: UsearchType): number => usearch.size(index(count, d, type)).disk.value;
        expect(at(n + 1, 'f32')).toBeGreaterThan(at(n, 'f32'));
        expect(at(n, 'f16')).toBeLessThanOrEqual(at(n, 'f32'));
        expect(at(n, 'i8')).toBeLessThanOrEqual(at(n, 'f16'));
        expect(at(n, 'b1')).toBeLessThanOrEqual(at(n, 'i8'));
      }),
      { numRuns: 200 },
    );
  });

  it('refuses rows, dims and m that cannot be', () => {
    for (const bad of [index(-1, 8, 'f32'), index(1, 0, 'f32'), index(1, 8, 'f32', 1)]) {
      try {
        usearch.size(bad);
        expect.unreachable();
      } catch (e) {
        expect(isInputError(e)).toBe(true);
      }
    }
  });
});
