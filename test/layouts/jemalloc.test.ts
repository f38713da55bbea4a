import { describe, expect, it } from 'vitest';
import { classBelow, jemallocClass, type Quantum, sdsAllocated, sdsBytes } from '../../src/layouts/jemalloc.ts';
import fc from '../random-cases.ts';

describe('jemalloc size classes', () => {
  // The first classes of the table in jemalloc(3), for either quantum.
  const classes: Readonly<Record<Quantum, readonly number[]>> = {
    16: [8, 16, 32, 48, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 640, 768, 896, 1024, 1280],
    8: [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 640, 768],
  };
  for (const quantum of [8, 16] as const) {
    it(`with a quantum of ${quantum}`, () => {
      const found = [
        ...new Set(Array.from({ length: classes[quantum].at(-1) as number }, (_, i) => jemallocClass(i + 1, quantum))),
      ];
      expect(found).toEqual(classes[quantum]);
      classes[quantum].forEach((size, i) => {
        expect(classBelow(size, quantum)).toBe(i === 0 ? 0 : classes[quantum][i - 1]);
      });
    });
  }

  it('1,536 floats and their sds header miss 6,144 and take 7,168', () => {
    expect(jemallocClass(6144)).toBe(6144);
    expect(sdsBytes(6144)).toBe(6150);
    expect(sdsAllocated(6144, 16)).toBe(7168);
  });

  it('holds what was asked for, wastes at most a fifth above 128 bytes, never shrinks', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e8 }), fc.constantFrom<Quantum>(8, 16), (bytes, quantum) => {
        const size = jemallocClass(bytes, quantum);
        expect(size).toBeGreaterThanOrEqual(bytes);
        if (bytes > 128) expect(size).toBeLessThanOrEqual(bytes * 1.25);
        expect(jemallocClass(bytes + 1, quantum)).toBeGreaterThanOrEqual(size);
        expect(jemallocClass(size, quantum)).toBe(size);
      }),
    );
  });
});
