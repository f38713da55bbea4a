import { describe, expect, it } from 'vitest';
import { type HnswlibParameters, hnswlib } from '../../src/layouts/hnswlib.ts';
import { isInputError } from '../../src/quantity/index.ts';
import fc from '../random-cases.ts';
import { measuredRows, relativeError } from './embedded-rows.ts';
import { given } from './sqlite-stores.ts';

const index = (rows: number, dims: number, m: number, capacity = rows): HnswlibParameters => ({
  rows: given(rows),
  dims: given(dims),
  m: given(m),
  capacity: given(capacity),
});

describe('hnswlib', () => {
  it('the published level 0 of 9,990,000 x 96 with M 24 to the byte, its links within 0.5 %', () => {
    // deep-image-96 in MyVector, p3io/myvector-dev issue 17, 2025-02-17. Its file leaves out the 4-byte link
    // counts per element that saveIndex writes between the two.
    const { parts } = hnswlib.size(index(9_990_000, 96, 24));
    expect((parts['element']?.value as number) * 9_990_000 + 96).toBe(5_874_120_096);
    expect(Math.abs(relativeError(parts['upperLinks']?.value as number, 43_524_300))).toBeLessThanOrEqual(0.005);
  });

  for (const row of measuredRows('hnswlib')) {
    it(`RAM of ${row.n} x ${row.dims}, M ${row.m}: within 10 %`, () => {
      const { resident } = hnswlib.size(index(row.n, row.dims, row.m, Number(row.extra['capacity'])));
      expect(Math.abs(relativeError(resident.value, row.bytes))).toBeLessThanOrEqual(0.1);
      expect(resident.low <= row.bytes && row.bytes <= resident.high).toBe(true);
    });
    it(`an empty index of capacity ${String(row.extra['capacity'])} takes what the process took after init`, () => {
      const { resident } = hnswlib.size(index(0, row.dims, row.m, Number(row.extra['capacity'])));
      expect(Math.abs(resident.value - Number(row.extra['after_init']))).toBeLessThanOrEqual(500_000);
    });
  }

  it('an index made for 10,000 rows costs 3 MB each with a single vector in it', () => {
    const { resident, parts } = hnswlib.size({ ...index(1, 768, 16, 10_000), indexes: given(1000) });
    expect(resident.value / 1000).toBeGreaterThan(3e6);
    expect(resident.value / 1000).toBeLessThan(3.5e6);
    expect(parts['allocated']?.value).toBeGreaterThan(30e6);
  });

  it('grows with rows, dims, m and capacity; the file holds the vectors', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1e8 }),
        fc.integer({ min: 1, max: 4096 }),
        fc.integer({ min: 2, max: 128 }),
        (n, d, m) => {
          const at = (p: HnswlibParameters): number => hnswlib.size(p).resident.value;
          expect(at(index(n + 10, d, m))).toBeGreaterThan(at(index(n, d, m)));
          expect(at(index(n, d, m, n + 1000))).toBeGreaterThan(at(index(n, d, m)));
          expect(hnswlib.size(index(n, d, m)).disk.value).toBeGreaterThanOrEqual(4 * d * n);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('refuses m, dims and a capacity that cannot be', () => {
    for (const bad of [index(1, 0, 16), index(1, 8, 1), index(100, 8, 16, 50), index(-1, 8, 16)]) {
      try {
        hnswlib.size(bad);
        expect.unreachable();
      } catch (e) {
        expect(isInputError(e)).toBe(true);
      }
    }
  });
});
