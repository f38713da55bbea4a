/** What one token with a digit in it is: number, date, time, version, identifier. */
import type { GuardCode } from '../guards.ts';
import { UNITS } from './words-of-numbers.ts';

export interface Reading {
  readonly code: GuardCode;
  readonly value: string;
  /** A number that may take a unit, a day of a month or a year. */
  readonly plain?: boolean;
  readonly ordinal?: boolean;
}

/** Longer tokens are compared as they stand: none of the forms below is longer, and no pattern runs over them. */
const LONGEST = 80;

const ISO = /^(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?:t(\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)(z|[+-]\d{2}:?\d{2})?)?$/;
const DAY_FIRST = /^(\d{1,2})([./-])(\d{1,2})\2(\d{4}|\d{2})$/;
const YEAR_MONTH = /^(\d{4})-(\d{2})$/;
const TIME = /^(\d{1,2})[:h](\d{2})(?::(\d{2}))?(am|pm)?$/;
const HOUR = /^(\d{1,2})(?:\.(\d{2}))?(am|pm)$/;
const VERSION = /^v\.?(\d+(?:\.\d+)*)([-+._]?[a-z][a-z0-9.+-]*)?$/;
const RELEASE = /^(\d+(?:\.\d+)+)(-?(?:rc|alpha|beta|a|b|pre|dev|post|snapshot|final|lts)[-.]?\d*|-[a-z][a-z0-9.]*)$/;
const PARTS = /^\d+(?:\.\d+){2,}$/;
const ADDRESS = /^(?:\d{1,3}\.){3}\d{1,3}(?::\d+|\/\d+)?$/;
const NUMBER =
  /^([+-]?)((?:[a-z]{1,2})?[$€£¥₹])?([+-]?)(\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:'\d{3})+|\d+(?:\.\d{3}){2,}(?:,\d+)?|\d*\.?\d+|\d+,\d+|\d+)(.*)$/;
const ORDINAL = /^(\d+)(?:st|nd|rd|th|er|ère|ème|º|ª|\.)$/;
const RANGE = /^([$€£]?\d+(?:[.,]\d+)?)-([$€£]?\d+(?:[.,]\d+)?)([a-z%]*)$/;
const LETTERS = /^[\p{L}%$€£¥₹°]+$/u;
const OTHER_DIGITS = /\p{Nd}/gu;

const pad = (n: string | number): string => String(n).padStart(2, '0');
export const dateValue = (year: string | number | null, month: number | null, day: number | null): string =>
  `${year ?? '?'}-${month === null ? '?' : pad(month)}-${day === null ? '?' : pad(day)}`;

/** @param text the token, composed; @param lower the same in lower case */
export function readNumberToken(text: string, lower: string): readonly Reading[] {
  if (text.length > LONGEST) return [{ code: 'identifier', value: text }];
  return plainDigits(lower) ?? readDate(lower) ?? readVersion(lower) ?? readNumber(lower) ?? [identifier(text, lower)];
}

function plainDigits(lower: string): Reading[] | null {
  for (let i = 0; i < lower.length; i++) {
    const code = lower.charCodeAt(i);
    if (code < 48 || code > 57) return null;
  }
  return [{ code: 'number', value: withoutZeros(lower), plain: true }];
}

const withoutZeros = (digits: string): string => digits.replace(/^0+(?=\d)/, '');

function readDate(lower: string): Reading[] | null {
  const iso = ISO.exec(lower);
  if (iso !== null && inCalendar(iso[3], iso[4])) {
    const found: Reading[] = [{ code: 'date', value: dateValue(iso[1] as string, Number(iso[3]), Number(iso[4])) }];
    if (iso[5] !== undefined) found.push({ code: 'date', value: `${clock(iso[5])}${iso[6] ?? ''}` });
    return found;
  }
  const local = DAY_FIRST.exec(lower);
  if (local !== null) {
    const [, first, sign, second, year] = local as unknown as [string, string, string, string, string];
    // With dots the day stands first; with slashes it is known only where one of the two can be no month.
    if (sign === '.' && inCalendar(second, first) && year.length === 4)
      return [{ code: 'date', value: dateValue(year, Number(second), Number(first)) }];
    if (sign === '/' && year.length === 4 && Number(first) > 12 && inCalendar(second, first))
      return [{ code: 'date', value: dateValue(year, Number(second), Number(first)) }];
    if (sign === '/' && year.length === 4 && Number(second) > 12 && inCalendar(first, second))
      return [{ code: 'date', value: dateValue(year, Number(first), Number(second)) }];
    if (sign !== '.' || year.length === 4) return [{ code: 'date', value: lower }];
  }
  const month = YEAR_MONTH.exec(lower);
  if (month !== null && inCalendar(month[2], '1'))
    return [{ code: 'date', value: dateValue(month[1] as string, Number(month[2]), null) }];
  const time = TIME.exec(lower);
  if (time !== null)
    return [
      {
        code: 'date',
        value: halfDay(`${pad(time[1] as string)}:${time[2]}${time[3] === undefined ? '' : `:${time[3]}`}`, time[4]),
      },
    ];
  const hour = HOUR.exec(lower);
  if (hour !== null) return [{ code: 'date', value: halfDay(`${pad(hour[1] as string)}:${hour[2] ?? '00'}`, hour[3]) }];
  return null;
}

const inCalendar = (month: string | undefined, day: string | undefined): boolean =>
  Number(month) >= 1 && Number(month) <= 12 && Number(day) >= 1 && Number(day) <= 31;
const clock = (time: string): string =>
  pad(time.replace(/:00(?:\.0+)?$/, (s, at: number) => (at > 2 ? '' : s))).padStart(5, '0');

/** "03:00" and pm → "15:00". */
export function halfDay(time: string, half: string | undefined): string {
  if (half === undefined) return time;
  const hour = Number(time.slice(0, 2)) % 12;
  return `${pad(half === 'pm' ? hour + 12 : hour)}${time.slice(2)}`;
}

function readVersion(lower: string): Reading[] | null {
  if (ADDRESS.test(lower)) return [{ code: 'identifier', value: lower }];
  const v = VERSION.exec(lower);
  if (v !== null) return [{ code: 'version', value: `${v[1]}${v[2] ?? ''}` }];
  if (RELEASE.test(lower)) return [{ code: 'version', value: lower }];
  // Groups of three digits are thousands: 1.000.000.
  if (PARTS.test(lower) && !/^\d{1,3}(?:\.\d{3}){2,}$/.test(lower)) return [{ code: 'version', value: lower }];
  return null;
}

function readNumber(lower: string): Reading[] | null {
  const ordinal = ORDINAL.exec(lower);
  if (ordinal !== null)
    return [{ code: 'number', value: `${withoutZeros(ordinal[1] as string)}.`, plain: true, ordinal: true }];
  const range = RANGE.exec(lower);
  if (range !== null && (range[1] as string).length + (range[2] as string).length < 10) {
    const ends = [...(readNumber(range[1] as string) ?? []), ...(readNumber(`${range[2]}${range[3]}`) ?? [])];
    return ends.length === 2 ? ends : null;
  }
  const m = NUMBER.exec(lower);
  if (m === null) return /^\p{Nd}+$/u.test(lower) ? plainDigits(westernDigits(lower)) : null;
  const [, before, currency, after, digits, rest] = m as unknown as [
    string,
    string,
    string | undefined,
    string,
    string,
    string,
  ];
  const sign = before === '-' || after === '-' ? '-' : before;
  let value = canonical(digits);
  let suffix = rest;
  // 10k is 10,000.
  if (/^k(?![a-z])/.test(suffix) && /^\d+(?:\.\d{1,3})?$/.test(value)) {
    value = String(Number(value) * 1000);
    suffix = suffix.slice(1);
  }
  if (suffix !== '' && !LETTERS.test(suffix)) return null;
  const unit = UNITS.get(currency ?? suffix);
  if (suffix !== '' && unit === undefined) return null;
  if (currency !== undefined && suffix !== '') return null;
  if (currency !== undefined) value = value.replace(/\.0+$/, '');
  const full = `${sign}${value}`;
  return unit === undefined && currency === undefined
    ? [{ code: 'number', value: full, plain: true }]
    : [{ code: 'number', value: `${full} ${unit ?? currency}` }];
}

/**
 * Separators of thousands taken out; a comma with other than three digits after it is a decimal point. "1.000" stays as it
 * is, since it may be a thousand or one; zeros at the end stay, since 3.10 may be the release after 3.9.
 */
function canonical(digits: string): string {
  if (/^\d{1,3}(?:,\d{3})+(?:\.\d+)?$/.test(digits)) return withoutZeros(digits.replaceAll(',', ''));
  if (/^\d{1,3}(?:'\d{3})+$/.test(digits)) return withoutZeros(digits.replaceAll("'", ''));
  if (/^\d{1,3}(?:\.\d{3}){2,}(?:,\d+)?$/.test(digits))
    return withoutZeros(digits.replaceAll('.', '').replace(',', '.'));
  return withoutZeros(digits.replace(',', '.').replace(/^\./, '0.'));
}

/** Digits of other scripts (Arabic, Devanagari, Thai …) as 0 to 9: each script has its ten in a row. */
const westernDigits = (text: string): string =>
  text.replaceAll(OTHER_DIGITS, (digit) => {
    const code = digit.codePointAt(0) as number;
    let zero = code;
    while (code - zero < 9 && /\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero--;
    return String(code - zero);
  });

/** Identifiers in one case, but for long mixed ones, where case may tell two apart (base64, keys). */
const identifier = (text: string, lower: string): Reading => ({
  code: 'identifier',
  value: text.length >= 16 && text !== lower && text !== text.toUpperCase() ? text : lower,
});
