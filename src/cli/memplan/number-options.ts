/** Flags that only one verb has: read by kind, held to a range. */
import {
  formatBytes,
  formatCount,
  formatSeconds,
  InputError,
  parseBytes,
  parseCount,
  parseDecimal,
  parseDuration,
  parseRatio,
} from '../../quantity/index.ts';
import type { Options } from '../command.ts';

type Kind = 'count' | 'bytes' | 'duration' | 'decimal' | 'ratio';
type Reading = readonly [parse: (text: string, where: string) => number, show: (n: number) => string];

const KINDS: Readonly<Record<Kind, Reading>> = {
  count: [parseCount, formatCount],
  bytes: [parseBytes, formatBytes],
  duration: [parseDuration, formatSeconds],
  decimal: [parseDecimal, String],
  ratio: [parseRatio, String],
};

/**
 * @returns undefined where the flag was not given; bytes, seconds or a plain number by kind
 * @throws InputError when the text is not of that kind or outside `min` to `max`
 */
export function numberOption(options: Options, id: string, kind: Kind, min: number, max: number): number | undefined {
  const given = options[id];
  if (given === undefined) return undefined;
  const [parse, show] = KINDS[kind];
  const value = parse(String(given), `--${id}`);
  if (value < min || value > max) {
    throw new InputError('out-of-range', `--${id}: ${String(given)} is outside ${show(min)} to ${show(max)}`);
  }
  return value;
}

/** A day as YYYY-MM-DD. @throws InputError */
export function dayOption(options: Options, id: string): Date | undefined {
  const given = options[id];
  if (given === undefined) return undefined;
  const text = String(given).trim();
  const day = /^\d{4}-\d{2}-\d{2}$/.test(text) ? new Date(`${text}T00:00:00Z`) : undefined;
  if (day === undefined || Number.isNaN(day.getTime()) || day.toISOString().slice(0, 10) !== text) {
    throw new InputError('bad-day', `--${id}: "${text}" is not a day; write it as 2027-01-31`);
  }
  return day;
}
