import { describe, expect, it } from 'vitest';
import { nearHashes } from '../../src/dedup/near-hashes.ts';
import { seededWords } from '../../src/dedup/sketch.ts';

describe('near hashes', () => {
  it.each([
    [300, 3, 7],
    [300, 3, 10],
    [5000, 2, 7],
    [60, 60, 64],
    [0, 1, 7],
  ])('%i in %i groups are those within %2$i bits by plain arithmetic', (rows, groupCount, bits) => {
    const random = seededWords(rows + bits);
    const base = Array.from({ length: 40 }, () => (BigInt(random()) << 32n) | BigInt(random()));
    const flips = (): bigint => {
      let mask = 0n;
      for (let n = random() % 9; n > 0; n--) mask |= 1n << BigInt(random() % 64);
      return mask;
    };
    const hashes = BigUint64Array.from({ length: rows }, () => (base[random() % 40] as bigint) ^ flips());
    const groups = Uint32Array.from({ length: rows }, () => random() % groupCount);
    const halves = new Uint32Array(hashes.buffer);
    const wanted = new Set<number>();
    for (let i = 0; i < rows; i++) {
      for (let j = i + 1; j < rows; j++) {
        if (groups[i] !== groups[j]) continue;
        let apart = 0;
        for (const k of [0, 1]) {
          for (let x = (halves[2 * i + k] as number) ^ (halves[2 * j + k] as number); x !== 0; x &= x - 1) apart++;
        }
        if (apart <= bits) wanted.add(i * rows + j);
      }
    }
    const found: number[] = [];
    for (const { a, b } of nearHashes(hashes, groups, bits)) {
      for (const [k, i] of a.entries()) found.push(i * rows + (b[k] as number));
    }
    expect(found.length).toBe(new Set(found).size);
    expect(found.filter((pair) => !wanted.has(pair))).toEqual([]);
    expect(wanted.size).toBe(found.length);
    if (rows >= 300) expect(wanted.size).toBeGreaterThan(20);
  });
});
