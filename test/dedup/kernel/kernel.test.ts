import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Kernel, openKernel, strideOf } from '../../../src/dedup/kernel/kernel.ts';
import { WAT_SHA256 } from '../../../src/dedup/kernel/kernel-bytes.ts';
import { rotationLength, rotationSigns, seededWords } from '../../../src/dedup/sketch.ts';
import fc from '../../random-cases.ts';
import { gaussian } from '../vectors.ts';

const kernel: Kernel = openKernel();
const shapes = fc.record({
  dimensions: fc.constantFrom(1, 2, 3, 4, 5, 7, 8, 100, 384, 515),
  rows: fc.integer({ min: 1, max: 13 }),
  others: fc.integer({ min: 1, max: 14 }),
  seed: fc.integer(),
});

/** Rows as a kernel wants them, written at an address. */
function put(rows: number, dimensions: number, at: number, random: () => number): Float32Array[] {
  const stride = strideOf(dimensions);
  kernel.f32.fill(0, at >> 2, (at >> 2) + rows * stride);
  return Array.from({ length: rows }, (_, i) => {
    const row = Float32Array.from({ length: dimensions }, random);
    kernel.f32.set(row, (at >> 2) + i * stride);
    return row;
  });
}

const dot = (a: Float32Array, b: Float32Array): number => a.reduce((s, x, i) => s + x * (b[i] as number), 0);
const pairsAt = (out: number, found: number): string[] =>
  Array.from({ length: found }, (_, k) => `${kernel.u32[(out >> 2) + 2 * k]} ${kernel.u32[(out >> 2) + 2 * k + 1]}`);

describe('the assembled kernel', () => {
  it('was made of the source that stands beside it', () => {
    const source = readFileSync(join(import.meta.dirname, '../../../src/dedup/kernel/kernel.wat'));
    expect(createHash('sha256').update(source).digest('hex'), 'assemble kernel.wat again').toBe(WAT_SHA256);
  });

  it('sums squares and dot products in 64 bits', () => {
    fc.assert(
      fc.property(shapes, ({ dimensions, rows, seed }) => {
        const stride = strideOf(dimensions);
        const [x, squares, digests] = kernel.lay(4 * stride * rows, 8 * rows, 8 * rows);
        const made = put(rows, dimensions, x, gaussian(seed));
        kernel.run.measure(x, rows, stride, squares, digests);
        for (const [i, row] of made.entries()) {
          const square = dot(row, row);
          expect(Math.abs((kernel.f64[(squares >> 3) + i] as number) - square)).toBeLessThan(1e-12 * square);
          const product = kernel.run.dot(x, x + 4 * stride * i, stride);
          expect(Math.abs(product - dot(made[0] as Float32Array, row))).toBeLessThan(1e-12 * dimensions * 20);
        }
      }),
    );
  });

  it('gives equal digests to equal rows only', () => {
    const dimensions = 37;
    const stride = strideOf(dimensions);
    const rows = 4000;
    const [x, squares, digests] = kernel.lay(4 * stride * rows, 8 * rows, 8 * rows);
    put(rows, dimensions, x, gaussian(3));
    kernel.f32.copyWithin((x >> 2) + 5 * stride, x >> 2, (x >> 2) + stride);
    // One bit of one component, the least of them.
    kernel.f32.copyWithin((x >> 2) + 6 * stride, x >> 2, (x >> 2) + stride);
    kernel.u32[(x >> 2) + 6 * stride + 36] = (kernel.u32[(x >> 2) + 6 * stride + 36] as number) ^ 1;
    kernel.run.measure(x, rows, stride, squares, digests);
    const seen = Array.from(
      { length: rows },
      (_, i) => `${kernel.u32[(digests >> 2) + 2 * i]} ${kernel.u32[(digests >> 2) + 2 * i + 1]}`,
    );
    expect(seen[5]).toBe(seen[0]);
    expect(new Set(seen).size).toBe(rows - 1);
  });

  it('tells rows that are zero or not finite by their squares', () => {
    const [x, squares, digests] = kernel.lay(16 * 4, 8 * 4, 8 * 4);
    kernel.f32.set([0, 0, 0, 0, 1, Number.NaN, 0, 0, 1, Number.NEGATIVE_INFINITY, 0, 0, 3e38, 3e38, 0, 0], x >> 2);
    kernel.run.measure(x, 4, 4, squares, digests);
    const at = (i: number): number => kernel.f64[(squares >> 3) + i] as number;
    expect(at(0)).toBe(0);
    expect(Number.isNaN(at(1))).toBe(true);
    expect(at(2)).toBe(Number.POSITIVE_INFINITY);
    expect(at(3) / 1.8e77).toBeCloseTo(1, 5);
  });

  it('finds the pairs whose dot product reaches a limit, whatever the room', () => {
    fc.assert(
      fc.property(shapes, fc.boolean(), fc.boolean(), ({ dimensions, rows, others, seed }, tight, triangle) => {
        const stride = strideOf(dimensions);
        const bRows = triangle ? rows : others;
        const room = tight ? 4 * rows : 4096;
        const [x, y, xInverses, yInverses, next, out] = kernel.lay(
          4 * stride * (rows + 4),
          4 * stride * (bRows + 4),
          4 * (rows + 4),
          4 * (bRows + 4),
          4,
          8 * room,
        );
        const normal = gaussian(seed);
        const a = put(rows, dimensions, x, normal);
        const b = triangle ? a : put(bRows, dimensions, y, normal);
        const inverse = (v: Float32Array): number => 1 / Math.sqrt(dot(v, v));
        kernel.f32.set(a.map(inverse), xInverses >> 2);
        if (!triangle) kernel.f32.set(b.map(inverse), yInverses >> 2);
        const seen: string[] = [];
        for (let from = 0; from < bRows; from = kernel.u32[next >> 2] as number) {
          const [right, rightInverses] = triangle ? [x, xInverses] : [y, yInverses];
          const flag = triangle ? 1 : 0;
          const n = kernel.run.dots(
            x,
            rows,
            right,
            bRows,
            stride,
            xInverses,
            rightInverses,
            0.1,
            flag,
            from,
            out,
            room,
            next,
          );
          seen.push(...pairsAt(out, n));
        }
        expect(new Set(seen).size).toBe(seen.length);
        for (const [i, v] of a.entries()) {
          for (const [j, w] of b.entries()) {
            const c = dot(v, w) * inverse(v) * inverse(w);
            if (Math.abs(c - 0.1) < 1e-5) continue;
            expect(seen.includes(`${i} ${j}`), `${i} ${j}: ${c}`).toBe(c >= 0.1 && (!triangle || i < j));
          }
        }
      }),
    );
  });

  it('rotates: sketches are the signs of three rounds of signs and Walsh-Hadamard, less the centre', () => {
    fc.assert(
      fc.property(shapes, ({ dimensions, rows, seed }) => {
        const stride = strideOf(dimensions);
        const length = rotationLength(stride);
        const [x, inverses, centre, signs, work, out, distances] = kernel.lay(
          4 * stride * rows,
          4 * rows,
          4 * stride,
          12 * length,
          4 * length,
          64 * rows,
          4 * rows,
        );
        const normal = gaussian(seed);
        const made = put(rows, dimensions, x, normal);
        const middle = put(1, dimensions, centre, () => normal() / 40)[0] as Float32Array;
        const turn = rotationSigns(length, seed);
        kernel.f32.set(turn, signs >> 2);
        kernel.f32.set(
          made.map((v) => 1 / Math.sqrt(dot(v, v))),
          inverses >> 2,
        );
        kernel.run.sketch(x, rows, stride, inverses, centre, signs, work, length, out, distances);
        for (const [i, v] of made.entries()) {
          const norm = Math.sqrt(dot(v, v));
          const shifted = Float64Array.from(v, (c, k) => c / norm - (middle[k] as number));
          const apart = shifted.reduce((s, c) => s + c * c, 0);
          expect(kernel.f32[(distances >> 2) + i]).toBeCloseTo(apart, 4);
          const rotated = rotate(shifted, turn, length);
          const scale = Math.sqrt(apart) * length;
          for (let k = 0; k < 512; k++) {
            if (Math.abs(rotated[k] as number) < 1e-4 * scale) continue;
            const bit = ((kernel.u32[(out >> 2) + 16 * i + (k >> 5)] as number) >>> (k & 31)) & 1;
            expect(bit, `row ${i} bit ${k}`).toBe((rotated[k] as number) < 0 ? 1 : 0);
          }
        }
      }),
      { numRuns: 30 },
    );
  });

  it('finds the sketches within both limits, and counts bits', () => {
    fc.assert(
      fc.property(shapes, fc.boolean(), fc.boolean(), ({ rows, others, seed }, triangle, tight) => {
        const bRows = triangle ? rows : others;
        const room = tight ? bRows : 4096;
        const [heads, tails, bHeads, bTails, first, whole, next, bits, out] = kernel.lay(
          16 * (rows + 4),
          48 * rows,
          16 * (bRows + 4),
          48 * bRows,
          4 * rows,
          4 * rows,
          4,
          2 * bRows,
          8 * room,
        );
        const random = seededWords(seed);
        const base = Uint32Array.from({ length: 16 }, random);
        const sketches = (n: number): Uint32Array[] =>
          Array.from({ length: n }, () => base.map((w) => w ^ (random() & random() & random())));
        const a = sketches(rows);
        const b = triangle ? a : sketches(bRows);
        const place = (list: Uint32Array[], head: number, tail: number): void => {
          for (const [i, s] of list.entries()) {
            kernel.u32.set(s.subarray(0, 4), (head >> 2) + 4 * i);
            kernel.u32.set(s.subarray(4), (tail >> 2) + 12 * i);
          }
        };
        place(a, heads, tails);
        if (!triangle) place(b, bHeads, bTails);
        const limits = a.map(() => [24 + (random() % 16), 100 + (random() % 30)] as const);
        kernel.u32.set(
          limits.map((l) => l[0]),
          first >> 2,
        );
        kernel.u32.set(
          limits.map((l) => l[1]),
          whole >> 2,
        );
        const [right, rightTails] = triangle ? [heads, tails] : [bHeads, bTails];
        const seen: string[] = [];
        for (let from = 0; from < rows; from = kernel.u32[next >> 2] as number) {
          const flag = triangle ? 1 : 0;
          const n = kernel.run.near(
            heads,
            tails,
            from,
            rows,
            right,
            rightTails,
            bRows,
            first,
            whole,
            flag,
            out,
            room,
            next,
          );
          seen.push(...pairsAt(out, n));
        }
        const wanted: string[] = [];
        for (const [i, s] of a.entries()) {
          kernel.run.distances(heads + 16 * i, tails + 48 * i, right, rightTails, bRows, bits);
          for (const [j, t] of b.entries()) {
            const apart = differing(s, t, 0, 16);
            expect(kernel.u16[(bits >> 1) + j]).toBe(apart);
            const [most, mostOfAll] = limits[i] as readonly [number, number];
            if (differing(s, t, 0, 4) <= most && apart <= mostOfAll && (!triangle || i < j)) wanted.push(`${i} ${j}`);
          }
        }
        expect(seen).toEqual(wanted);
      }),
    );
  });

  it('finds 64-bit words that differ in few bits', () => {
    fc.assert(
      fc.property(shapes, fc.boolean(), fc.constantFrom(0, 7, 10, 64), ({ rows, others, seed }, triangle, limit) => {
        const bRows = triangle ? rows : others;
        const [x, y, next, out] = kernel.lay(8 * (rows + 4), 8 * (bRows + 4), 4, 8 * 64);
        const random = seededWords(seed);
        const base = Uint32Array.from({ length: 2 }, random);
        const words = (n: number): Uint32Array[] =>
          Array.from({ length: n }, () => base.map((w) => w ^ (random() & random() & random())));
        const a = words(rows);
        const b = triangle ? a : words(bRows);
        for (const [i, w] of a.entries()) kernel.u32.set(w, (x >> 2) + 2 * i);
        if (!triangle) for (const [i, w] of b.entries()) kernel.u32.set(w, (y >> 2) + 2 * i);
        const seen: string[] = [];
        for (let from = 0; from < rows; from = kernel.u32[next >> 2] as number) {
          const n = kernel.run.words(
            x,
            from,
            rows,
            triangle ? x : y,
            bRows,
            BigInt(limit),
            triangle ? 1 : 0,
            out,
            64,
            next,
          );
          seen.push(...pairsAt(out, n));
        }
        const wanted = a.flatMap((s, i) =>
          b.flatMap((t, j) => (differing(s, t, 0, 2) <= limit && (!triangle || i < j) ? [`${i} ${j}`] : [])),
        );
        expect(seen).toEqual(wanted);
      }),
    );
  });
});

function differing(a: Uint32Array, b: Uint32Array, from: number, to: number): number {
  let bits = 0;
  for (let w = from; w < to; w++) {
    for (let x = ((a[w] as number) ^ (b[w] as number)) >>> 0; x !== 0; x &= x - 1) bits++;
  }
  return bits;
}

function rotate(v: Float64Array, signs: Float32Array, length: number): Float64Array {
  let x = new Float64Array(length);
  x.set(v);
  for (let round = 0; round < 3; round++) {
    x = x.map((c, i) => c * (signs[round * length + i] as number));
    for (let h = 1; h < length; h *= 2) {
      x = x.map((c, i) => ((i & h) === 0 ? c + (x[i + h] as number) : (x[i - h] as number) - c));
    }
  }
  return x;
}
