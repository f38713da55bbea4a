import type { TimeFormat } from '../store/index.ts';

/** Magnitudes that points in time between 2001 and 2286 have in each unit of the epoch. */
const EPOCHS: readonly (readonly [low: number, format: TimeFormat])[] = [
  [1e9, 'epoch-s'],
  [1e12, 'epoch-ms'],
  [1e15, 'epoch-us'],
];

/**
 * The format of a column of an unknown table, from one of its values: numbers by magnitude, text when it begins like
 * an ISO-8601 date. Null when it cannot be told; ages are then not available.
 */
export function inferTimeFormat(value: unknown): TimeFormat | null {
  if (typeof value === 'number') {
    for (const [low, format] of EPOCHS) if (value >= low && value < low * 10) return format;
    return null;
  }
  if (typeof value === 'string') return /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}|$)/.test(value) ? 'utc-text' : null;
  return null;
}
