import { grouped } from './grouped.ts';

/** A number for an explanation: up to six significant digits, thousands separated, never in a scaled unit. */
export function plain(n: number): string {
  if (Number.isInteger(n)) return grouped(n.toString());
  const short = Math.abs(n) >= 1e6 ? Math.round(n) : Number(n.toPrecision(6));
  const [whole, fraction] = short.toString().split('.') as [string, string?];
  if (whole.includes('e')) return short.toString();
  return fraction === undefined ? grouped(whole) : `${grouped(whole)}.${fraction}`;
}

export function formatIntervalPlain(low: number, high: number): string {
  return `${plain(low)} to ${plain(high)}`;
}
