/**
 * Numbers as people write them: 10M, 1.5B, 64GB (10^9), 64GiB (2^30), 90d, 100ms, $0.02, 40%.
 * Anything ambiguous is refused with what would be right: guessing between GB and GiB is a 7 % error in money.
 */
import { InputError } from './input-error.ts';

// µ by its number: a bundle with one character beyond ASCII is decoded at every start, which doubles what reading it costs.
const WITH_SUFFIX = /^([+-]?(?:\d[\d_,]*(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)\s*([A-Za-z\u00b5%]*)$/;

/** k, M, B/G, T as powers of 1,000. Capital and small letters mean the same, but for `m`, which is refused. */
function countFactor(suffix: string): number | undefined {
  switch (suffix) {
    case 'k':
    case 'K':
      return 1e3;
    case 'M':
      return 1e6;
    case 'B':
    case 'b':
    case 'G':
      return 1e9;
    case 'T':
    case 't':
      return 1e12;
  }
  return undefined;
}

const BYTE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** A power of 1,000 or of 1,024. */
function byteFactor(unit: string): number | undefined {
  const at = BYTE_UNITS.indexOf(unit === 'KB' ? 'kB' : unit);
  if (at < 0) return undefined;
  return at < 6 ? 1000 ** at : 1024 ** (at - 5);
}

/** Seconds. */
function durationFactor(unit: string): number | undefined {
  switch (unit) {
    case 'us':
    case 'µs':
      return 1e-6;
    case 'ms':
      return 1e-3;
    case 's':
    case 'sec':
      return 1;
    case 'min':
      return 60;
    case 'h':
      return 3600;
    case 'd':
      return 86_400;
    case 'w':
      return 604_800;
    case 'y':
      return 365.25 * 86_400;
  }
  return undefined;
}

/**
 * A count of things.
 * @param text e.g. "10M", "1.5B", "200_000", "1e6"
 * @param where the flag or config path, for the message
 * @returns a non-negative whole number
 * @throws InputError
 */
export function parseCount(text: string, where: string): number {
  const { number, suffix } = split(text, where, 'a count such as 250000, 10M or 1.5B');
  if (suffix === 'm') {
    throw new InputError(
      'bad-count',
      `${where}: "${text}" is ambiguous: write ${number}M for millions or ${number} for the plain number`,
    );
  }
  const factor = suffix === '' ? 1 : countFactor(suffix);
  if (factor === undefined) {
    throw new InputError('bad-count', `${where}: "${text}" has an unknown suffix "${suffix}"; use k, M, B (10^9) or T`);
  }
  const value = settle(number * factor);
  if (!Number.isInteger(value)) {
    throw new InputError('bad-count', `${where}: "${text}" is ${value}, and this must be a whole number`);
  }
  return value;
}

/** A size in bytes: "64GiB", "1.5TB", "200" (plain bytes). "64G" is refused: GB or GiB must be said. */
export function parseBytes(text: string, where: string): number {
  const { number, suffix } = split(text, where, 'a size such as 200, 64GB (10^9) or 64GiB (2^30)');
  const factor = suffix === '' ? 1 : byteFactor(suffix);
  if (factor !== undefined) return Math.round(settle(number * factor));
  const short = /^([kKmMgGtTpP])i?$/.exec(suffix)?.[1]?.toUpperCase();
  if (short !== undefined) {
    throw new InputError(
      'ambiguous-bytes',
      `${where}: "${text}" does not say which ${short}: write ${number}${short}B (10^n bytes) or ${number}${short}iB (2^n bytes)`,
    );
  }
  const folded = BYTE_UNITS.find((s) => s.toLowerCase() === suffix.toLowerCase());
  throw new InputError(
    'bad-bytes',
    `${where}: "${text}" has an unknown unit "${suffix}"; ${folded ? `write ${number}${folded}` : 'use B, kB, MB, GB, TB or KiB, MiB, GiB, TiB'}`,
  );
}

/** A duration in seconds: "100ms", "90d", "8h". A bare number is refused: its unit would be a guess. */
export function parseDuration(text: string, where: string): number {
  const { number, suffix } = split(text, where, 'a duration such as 100ms, 30s, 8h or 90d');
  const factor = durationFactor(suffix);
  if (factor === undefined) {
    const unit =
      suffix === '' ? 'no unit' : suffix === 'm' ? 'an ambiguous unit "m" (min or ms?)' : `an unknown unit "${suffix}"`;
    throw new InputError('bad-duration', `${where}: "${text}" has ${unit}; use ms, s, min, h, d, w or y`);
  }
  return settle(number * factor);
}

/** US dollars: "$0.02", "0.02", "1,200", "5k". */
export function parseMoney(text: string, where: string): number {
  const { number, suffix } = split(text.replace(/^\s*\$/, ''), where, 'an amount of dollars such as $500 or 0.02');
  const factor = suffix === '' || suffix === 'USD' ? 1 : countFactor(suffix);
  if (factor === undefined) {
    throw new InputError(
      'bad-money',
      `${where}: "${text}" has an unknown suffix "${suffix}"; amounts are in US dollars, e.g. $500`,
    );
  }
  return settle(number * factor);
}

/** A share between 0 and 1: "0.4" or "40%". */
export function parseRatio(text: string, where: string): number {
  const { number, suffix } = split(text, where, 'a share such as 0.4 or 40%');
  if (suffix !== '' && suffix !== '%') {
    throw new InputError('bad-ratio', `${where}: "${text}" is not a share; write 0.4 or 40%`);
  }
  const value = suffix === '%' ? settle(number / 100) : number;
  if (value < 0 || value > 1) {
    throw new InputError('bad-ratio', `${where}: "${text}" must lie between 0 and 1 (or 0% and 100%)`);
  }
  return value;
}

/** A plain decimal number, suffixes allowed: "120", "1.5k". */
export function parseDecimal(text: string, where: string): number {
  const { number, suffix } = split(text, where, 'a number such as 120 or 1.5k');
  const factor = suffix === '' ? 1 : countFactor(suffix);
  if (factor === undefined) throw new InputError('bad-number', `${where}: "${text}" has an unknown suffix "${suffix}"`);
  return settle(number * factor);
}

/** 12 significant digits: 1.1 * 1e3 must be the whole number it says it is. */
const settle = (n: number): number => Number(n.toPrecision(12));

/** Digits with no suffix or a known one, as most numbers are typed. They need no pattern, whose first use costs 0.1 ms. */
function plainNumber(text: string): { number: number; suffix: string } | undefined {
  let end = 0;
  while (end < text.length && '0123456789'.includes(text.charAt(end))) end++;
  const suffix = text.slice(end);
  const known =
    suffix === '' ||
    suffix === '%' ||
    (countFactor(suffix) ?? byteFactor(suffix) ?? durationFactor(suffix)) !== undefined;
  const number = end > 0 && known ? Number(text.slice(0, end)) : Number.NaN;
  return Number.isFinite(number) ? { number, suffix } : undefined;
}

function split(text: string, where: string, right: string): { number: number; suffix: string } {
  const plain = plainNumber(text);
  if (plain !== undefined) return plain;
  const match = WITH_SUFFIX.exec(text.trim());
  const number = match ? Number((match[1] as string).replaceAll(/[_,]/g, '')) : Number.NaN;
  if (match === null || !Number.isFinite(number)) {
    throw new InputError('not-a-number', `${where}: "${text}" is not ${right}`);
  }
  if (/,/.test(text) && !/^[+-]?\s*\$?\d{1,3}(,\d{3})+(\.\d*)?\s*[A-Za-z%]*$/.test(text.trim())) {
    throw new InputError(
      'not-a-number',
      `${where}: "${text}" uses a comma other than between thousands; use a point for decimals`,
    );
  }
  if (number < 0) throw new InputError('negative', `${where}: "${text}" is negative, and this cannot be below zero`);
  return { number, suffix: match[2] as string };
}
