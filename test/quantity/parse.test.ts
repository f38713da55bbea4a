import { describe, expect, it } from 'vitest';
import {
  formatBytes,
  formatDecimal,
  formatInterval,
  formatMoney,
  formatSeconds,
  formatShortCount,
  isInputError,
  nearest,
  parseBytes,
  parseCount,
  parseDuration,
  parseMoney,
  parseRatio,
  toPostgresSize,
} from '../../src/quantity/index.ts';
import fc from '../random-cases.ts';

const refusal = (run: () => unknown): string => {
  try {
    run();
  } catch (e) {
    if (isInputError(e)) return e.message;
    throw e;
  }
  return 'accepted';
};

describe('counts', () => {
  it.each([
    ['10M', 10_000_000],
    ['1.5B', 1_500_000_000],
    ['200k', 200_000],
    ['200K', 200_000],
    ['1e6', 1_000_000],
    ['1_000', 1000],
    ['1,000,000', 1_000_000],
    ['1.1k', 1100],
    [' 42 ', 42],
    ['2T', 2e12],
  ])('%s is %d', (text, expected) => expect(parseCount(text, '--n')).toBe(expected));

  it.each([
    ['10Q', /--n: "10Q" has an unknown suffix "Q"/],
    ['5constructor', /--n: "5constructor" has an unknown suffix "constructor"/],
    ['10m', /ambiguous.*10M/],
    ['-5', /negative/],
    ['1.5', /whole number/],
    ['ten', /is not a count/],
    ['', /is not a count/],
    ['1,5', /comma/],
    ['NaN', /is not a count/],
    ['Infinity', /is not a count/],
    ['1e400', /is not a count/],
    ['0x10', /is not a count/],
  ])('%s is refused in one sentence', (text, expected) => {
    const message = refusal(() => parseCount(text, '--n'));
    expect(message).toMatch(expected);
    expect(message).not.toContain('\n');
  });
});

describe('bytes', () => {
  it.each([
    ['200', 200],
    ['64GB', 64e9],
    ['64GiB', 64 * 2 ** 30],
    ['1.5TB', 1.5e12],
    ['8 KiB', 8192],
    ['8kB', 8000],
  ])('%s is %d', (text, expected) => expect(parseBytes(text, '--ram')).toBe(expected));

  it.each([
    ['64G', /GB \(10\^n bytes\) or 64GiB \(2\^n bytes\)/],
    ['64Gi', /does not say which G/],
    ['64g', /does not say which G/],
    ['64gb', /write 64GB/],
    ['64XB', /unknown unit/],
  ])('%s is refused', (text, expected) => expect(refusal(() => parseBytes(text, '--ram'))).toMatch(expected));
});

describe('durations, money, shares', () => {
  it('reads them', () => {
    expect(parseDuration('100ms', 'x')).toBeCloseTo(0.1, 12);
    expect(parseDuration('90d', 'x')).toBe(7_776_000);
    expect(parseDuration('8h', 'x')).toBe(28_800);
    expect(parseMoney('$0.02', 'x')).toBe(0.02);
    expect(parseMoney('$1,200', 'x')).toBe(1200);
    expect(parseMoney('5k', 'x')).toBe(5000);
    expect(parseRatio('40%', 'x')).toBe(0.4);
    expect(parseRatio('0.4', 'x')).toBe(0.4);
  });

  it.each([
    [() => parseDuration('100', '--slo-p99'), /has no unit/],
    [() => parseDuration('5m', '--slo-p99'), /ambiguous unit "m"/],
    [() => parseDuration('5parsec', '--slo-p99'), /unknown unit/],
    [() => parseRatio('140%', '--duplicate-rate'), /between 0 and 1/],
    [() => parseRatio('4', '--duplicate-rate'), /between 0 and 1/],
    [() => parseMoney('€5', '--budget'), /dollars/],
  ])('refuses what is ambiguous', (run, expected) => expect(refusal(run)).toMatch(expected));
});

describe('format', () => {
  it('writes bytes in binary units and small ones in full', () => {
    expect(formatBytes(8192)).toBe('8,192 B');
    expect(formatBytes(81_920_008_192)).toBe('76.3 GiB');
    expect(formatBytes(0)).toBe('0 B');
    expect(formatBytes(2 ** 40)).toBe('1 TiB');
    expect(formatBytes(1023.99 * 2 ** 30)).toBe('1 TiB');
  });

  it('writes times, money and counts as people do', () => {
    expect(formatSeconds(0.0023)).toBe('2.3 ms');
    expect(formatSeconds(11_475)).toBe('3.19 h');
    expect(formatSeconds(90)).toBe('90 s');
    expect(formatMoney(6000)).toBe('$6,000');
    expect(formatMoney(0.02)).toBe('$0.02');
    expect(formatMoney(0.000_6)).toBe('$0.00060');
    expect(formatShortCount(7_123_456)).toBe('7.12M');
    expect(formatShortCount(10_000_000)).toBe('10M');
    expect(formatShortCount(200)).toBe('200');
  });

  it('writes an interval with its unit once', () => {
    expect(formatInterval({ value: 10_000, low: 7560, high: 12_240, unit: 's', basis: 'assumed' })).toBe('2.1-3.4 h');
    expect(formatInterval({ value: 1, low: 1, high: 1, unit: 's', basis: 'exact' })).toBe('1 s');
  });

  it('rounds settings up to whole MB', () => {
    expect(toPostgresSize(64 * 2 ** 30)).toBe('64GB');
    expect(toPostgresSize(100 * 2 ** 20 + 1)).toBe('101MB');
  });

  it('reads back what it writes, to the digits shown', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 50 }), (n) => {
        const read = parseBytes(formatBytes(n).replaceAll(',', ''), 'x');
        expect(Math.abs(read - n) / n).toBeLessThan(0.006);
      }),
    );
  });
});

describe('decimals with so many significant digits', () => {
  it.each([
    [1536.25, 9, '1,536.25'],
    [0.00000002, 9, '0.00000002'],
    [-1234567.891, 4, '-1,235,000'],
    [0.1 + 0.2, 9, '0.3'],
    [0.0009996, 3, '0.001'],
    [0, 4, '0'],
  ])('%d with %d is %s', (value, digits, text) => {
    expect(formatDecimal(value, digits)).toBe(text);
  });

  it('is what Intl prints', () => {
    const value = fc.tuple(fc.double({ min: -10, max: 10, noNaN: true }), fc.integer({ min: -12, max: 14 }));
    fc.assert(
      fc.property(value, fc.integer({ min: 1, max: 9 }), ([mantissa, exponent], digits) => {
        // A negative zero has no sign here, and Intl stops at 20 decimals.
        const n = mantissa * 10 ** exponent;
        fc.pre(Math.abs(n) >= 1e-11);
        expect(formatDecimal(n, digits)).toBe(n.toLocaleString('en-US', { maximumSignificantDigits: digits }));
      }),
      { numRuns: 2000, seed: 5 },
    );
  });
});

describe('suggestions', () => {
  it.each([
    ['pgvectr', 'pgvector'],
    ['sqlitevec', 'sqlite-vec'],
    ['qdrnat', 'qdrant'],
  ])('%s suggests %s', (typed, expected) =>
    expect(nearest(typed, ['pgvector', 'sqlite-vec', 'qdrant', 'milvus'])).toBe(expected),
  );

  it('says nothing when nothing is near', () => expect(nearest('zzzzzzzzz', ['pgvector', 'qdrant'])).toBeUndefined());
});
