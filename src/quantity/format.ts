/** Numbers as people read them, and as the parser would read them back (to the digits shown). */
import { currencySign, shownCurrency } from './currency.ts';
import { grouped } from './grouped.ts';
import type { Basis } from './unit.ts';

/** What formatting needs of a quantity: a live one and a saved one both have it. */
export interface Figure {
  readonly value: number;
  readonly unit: string;
  readonly low: number;
  readonly high: number;
  readonly basis: Basis;
}

/** An unknown is shown as a dash, never as 0. */
export const UNKNOWN = '–';

const BINARY = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'] as const;

/** Bytes in binary units, three significant digits and never fewer than the integer part: "76.3 GiB", "8,192 B". */
export function formatBytes(n: number): string {
  if (!Number.isFinite(n)) return UNKNOWN;
  if (Math.abs(n) < 10_240) return `${formatCount(n)} B`;
  let value = n;
  let unit = 0;
  while (Math.abs(value) >= 1023.5 && unit < BINARY.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${digits(value)} ${BINARY[unit]}`;
}

/** A size as PostgreSQL's settings take it, rounded up to whole MB (of 2^20): "6592MB", "64GB". */
export function toPostgresSize(n: number): string {
  const mebibytes = Math.ceil(n / 2 ** 20);
  return mebibytes % 1024 === 0 ? `${mebibytes / 1024}GB` : `${mebibytes}MB`;
}

/** A whole number with thousands separators. */
export function formatCount(n: number): string {
  if (!Number.isFinite(n)) return UNKNOWN;
  return grouped(Math.round(n).toString());
}

/**
 * In decimals, never with an exponent, and at most so many significant digits: "1,536.25", "0.00000002". What Intl would
 * print; but the first use of Intl costs a process as much as a whole start.
 */
export function formatDecimal(n: number, significant: number): string {
  if (!Number.isFinite(n)) return UNKNOWN;
  if (n === 0) return '0';
  const rounded = Number(n.toPrecision(significant));
  const exponent = Math.floor(Math.log10(Math.abs(rounded)));
  const text = rounded.toFixed(Math.min(100, Math.max(0, significant - 1 - exponent)));
  const [whole = '', decimals] = text.split('.');
  const kept = decimals?.replace(/0+$/, '') ?? '';
  return kept === '' ? grouped(whole) : `${grouped(whole)}.${kept}`;
}

/** Counts in a sentence: "7.1M", "200M", "1.5B"; below 10,000 in full. */
export function formatShortCount(n: number): string {
  if (!Number.isFinite(n)) return UNKNOWN;
  const steps: readonly [number, string][] = [
    [1e12, 'T'],
    [1e9, 'B'],
    [1e6, 'M'],
    [1e3, 'k'],
  ];
  if (Math.abs(n) < 10_000) return formatCount(n);
  for (const [size, suffix] of steps) {
    if (Math.abs(n) >= size * 0.99995) return `${digits(n / size)}${suffix}`;
  }
  return formatCount(n);
}

/** Seconds in the unit a person would choose: "2.3 ms", "12 min", "3.4 h", "2.1 d". */
export function formatSeconds(s: number): string {
  if (!Number.isFinite(s)) return UNKNOWN;
  const a = Math.abs(s);
  if (a === 0) return '0 s';
  if (a < 1e-3) return `${digits(s * 1e6)} µs`;
  if (a < 1) return `${digits(s * 1e3)} ms`;
  if (a < 120) return `${digits(s)} s`;
  if (a < 7200) return `${digits(s / 60)} min`;
  if (a < 48 * 3600) return `${digits(s / 3600)} h`;
  return `${digits(s / 86_400)} d`;
}

/** US dollars: "$10", "$0.02", "$6,000"; below a cent with as many digits as it takes. In the currency that is shown. */
export function formatMoney(usd: number): string {
  if (!Number.isFinite(usd)) return UNKNOWN;
  const currency = shownCurrency();
  const a = Math.abs(usd) * (currency?.rate ?? 1);
  const sign = `${usd < 0 ? '-' : ''}${currencySign(currency)}`;
  if (a === 0) return `${sign}0`;
  if (a >= 100) return `${sign}${formatCount(a)}`;
  if (a >= 0.01) {
    const cents = a.toFixed(2);
    return `${sign}${cents.endsWith('.00') ? cents.slice(0, -3) : cents}`;
  }
  return `${sign}${a.toPrecision(2)}`;
}

/** A share as a percentage: "40 %", "0.3 %". */
export function formatPercent(ratio: number): string {
  return Number.isFinite(ratio) ? `${digits(ratio * 100)} %` : UNKNOWN;
}

/** A quantity in its own unit; uncertain ones carry "≈". */
export function formatQuantity(q: Figure | null | undefined): string {
  if (q === undefined || q === null) return UNKNOWN;
  return `${isApproximate(q) ? '≈ ' : ''}${formatIn(q.value, q.unit)}`;
}

/** The interval of an uncertain quantity, "2.1-3.4 h"; the plain value where it is certain. */
export function formatInterval(q: Figure | null | undefined): string {
  if (q === undefined || q === null) return UNKNOWN;
  const low = formatIn(q.low, q.unit);
  const high = formatIn(q.high, q.unit);
  if (low === high) return low;
  const unit = unitOf(high);
  return unit !== '' && unitOf(low) === unit ? `${low.slice(0, low.length - unit.length)}-${high}` : `${low} - ${high}`;
}

/** What follows the last character of a number. */
function unitOf(text: string): string {
  let from = text.length;
  while (from > 0 && !'0123456789.,$-'.includes(text.charAt(from - 1))) from--;
  return text.slice(from);
}

/** True when the figure deserves a "≈": it is assumed, or its interval is wider than 1 %. */
export function isApproximate(q: Figure): boolean {
  return q.basis === 'assumed' || q.high - q.low > Math.abs(q.value) * 0.02;
}

function formatIn(value: number, unit: string): string {
  switch (unit) {
    case 'B':
      return formatBytes(value);
    case 's':
      return formatSeconds(value);
    case 'ms':
      return formatSeconds(value / 1e3);
    case 'us':
      return formatSeconds(value / 1e6);
    case 'USD':
      return formatMoney(value);
    case 'ratio':
      return digits(value);
    case 'rows':
    case 'pages':
    case 'tokens':
    case 'dimensions':
    case 'count':
      return Number.isInteger(value) ? formatCount(value) : digits(value);
    default:
      return unit.startsWith('USD/') ? `${formatMoney(value)}${unit.slice(3)}` : `${digits(value)} ${unit}`;
  }
}

/** Three significant digits, integers in full. */
function digits(n: number): string {
  const a = Math.abs(n);
  if (a >= 100) return grouped(Math.round(n).toString());
  if (a >= 10) return Number(n.toFixed(1)).toString();
  if (a >= 1) return Number(n.toFixed(2)).toString();
  if (a === 0) return '0';
  return Number(n.toPrecision(2)).toString();
}
