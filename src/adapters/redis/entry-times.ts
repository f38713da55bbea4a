/** Times as they stand in hash fields, and what they add up to. */
import type { AgeFacts, TimeFormat, TtlFacts } from '../../store/index.ts';

const DAY = 86_400;
const AGE_DAYS = [1, 7, 30, 90, 365] as const;

/** Epoch seconds; null where the text is no time. */
export function secondsOf(text: string, format: TimeFormat): number | null {
  if (format === 'epoch-s' || format === 'epoch-ms' || format === 'epoch-us') {
    if (!/^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text)) return null;
    return Number(text) / (format === 'epoch-s' ? 1 : format === 'epoch-ms' ? 1e3 : 1e6);
  }
  const naive = /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?)?$/.test(text);
  const ms = Date.parse(naive && text.length > 10 ? `${text.replace(' ', 'T')}Z` : text);
  return Number.isNaN(ms) ? null : ms / 1000;
}

export function isoOf(seconds: number | null): string | null {
  return seconds === null || Math.abs(seconds) > 8.64e12 ? null : new Date(seconds * 1000).toISOString();
}

/** @param scale rows of the set for each row looked at: above 1 where a sample was read */
export function ageFacts(column: string, created: readonly (number | null)[], now: Date, scale: number): AgeFacts {
  const at = now.getTime() / 1000;
  const counts = new Array<number>(AGE_DAYS.length + 1).fill(0);
  let [future, unreadable, oldest, newest]: [number, number, number | null, number | null] = [0, 0, null, null];
  for (const c of created) {
    if (c === null) {
      unreadable++;
      continue;
    }
    oldest = oldest === null ? c : Math.min(oldest, c);
    newest = newest === null ? c : Math.max(newest, c);
    if (c > at) future++;
    else {
      const i = AGE_DAYS.findIndex((d) => at - c < d * DAY);
      counts[i < 0 ? AGE_DAYS.length : i] = (counts[i < 0 ? AGE_DAYS.length : i] as number) + 1;
    }
  }
  return {
    column,
    oldest: isoOf(oldest),
    newest: isoOf(newest),
    buckets: counts.map((n, i) => ({ days: AGE_DAYS[i] ?? null, rows: Math.round(n * scale) })),
    future: Math.round(future * scale),
    unreadable: Math.round(unreadable * scale),
  };
}

/** @param expiries epoch seconds; null never */
export function ttlFacts(rule: string, expiries: readonly (number | null)[], now: Date, scale: number): TtlFacts {
  const at = now.getTime() / 1000;
  const times = expiries.filter((e): e is number => e !== null);
  const count = (test: (e: number) => boolean): number => Math.round(times.filter(test).length * scale);
  const least = (list: readonly number[]): number | null =>
    list.reduce<number | null>((a, b) => (a === null || b < a ? b : a), null);
  return {
    rule,
    expired: count((e) => e <= at),
    live: count((e) => e > at),
    never: Math.round((expiries.length - times.length) * scale),
    unreadable: 0,
    withinDay: count((e) => e > at && e <= at + DAY),
    withinWeek: count((e) => e > at && e <= at + 7 * DAY),
    next: isoOf(least(times.filter((e) => e > at))),
    oldestExpired: isoOf(least(times.filter((e) => e <= at))),
  };
}
