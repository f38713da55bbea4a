/** Key names sorted into patterns: those a profile knows first, then what stands before the part that looks like an id. */

import type { KeyListing } from './key-names.ts';
import { exactly, type Interval, sampleOf, wilson } from './sampling.ts';

export interface KeyGroup {
  readonly pattern: string;
  readonly count: Interval;
  /** All names when the listing is complete, else those of the sample. */
  readonly names: readonly string[];
}

/** Patterns reported one by one; what is rarer is put together. */
const MOST = 200;
export const REST = 'other keys';
/** Counters, UUIDs, ULIDs, digests: what a program makes up, and a person would not. */
const ID =
  /^(\d+|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{16,}|[0-9A-HJKMNP-TV-Z]{26}|.{41,})$/i;

/** @param known patterns as profiles name them: `mneme:entry:*`, `mneme:by_id` */
export function keyGroups(listing: KeyListing, known: readonly string[]): KeyGroup[] {
  const names = new Map<string, string[]>();
  const tests = [...known].sort((a, b) => b.length - a.length);
  for (const name of listing.names) {
    const pattern = tests.find((p) => matches(p, name)) ?? guessed(name);
    const there = names.get(pattern);
    if (there === undefined) names.set(pattern, [name]);
    else there.push(name);
  }
  const groups = [...names].sort((a, b) => b[1].length - a[1].length || (a[0] < b[0] ? -1 : 1));
  const kept = groups.filter(([pattern], i) => i < MOST || known.includes(pattern));
  const rest = groups.filter((g) => !kept.includes(g)).flatMap(([, own]) => own);
  const all: [string, string[]][] = rest.length === 0 ? kept : [...kept, [REST, rest]];
  return all.map(([pattern, own]) => ({
    pattern,
    count: listing.complete ? exactly(own.length) : wilson(own.length, listing.names.length, listing.keys),
    names: own,
  }));
}

export function matches(pattern: string, name: string): boolean {
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}

function guessed(name: string): string {
  const parts = name.split(':');
  if (parts.length === 1) return ID.test(name) ? '*' : name;
  const kept = parts.slice(0, Math.min(2, parts.length - 1));
  const id = kept.findIndex((p) => ID.test(p));
  return `${(id < 0 ? kept : kept.slice(0, id)).map((p) => `${p}:`).join('')}*`;
}

/** Names to look at closely: all of a small group, an even sample of a large one. Text that is not UTF-8 cannot be asked for. */
export function toMeasure(group: KeyGroup, n: number): string[] {
  return sampleOf(
    group.names.filter((name) => !name.includes('\ufffd')),
    n,
    group.pattern,
  );
}
