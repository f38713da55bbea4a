/** What was accepted in a review, as rows that go and rows that stay. */
import { InputError } from '../../quantity/index.ts';
import type { Duplicate } from '../../store/index.ts';
import type { ReviewEntry } from './review-file.ts';

/**
 * By set, accepted entries alone. Where a row that stays in one entry goes in another, what hung on it goes to the row that
 * stays in the end.
 * @throws InputError with the line where two entries contradict each other
 */
export function acceptedDuplicates(entries: readonly ReviewEntry[], where: string): Map<string, Duplicate[]> {
  const sets = new Map<string, ReviewEntry[]>();
  for (const e of entries) {
    if (e.decision === 'accept') sets.set(e.set, [...(sets.get(e.set) ?? []), e]);
  }
  return new Map([...sets].map(([set, accepted]) => [set, duplicatesOf(accepted, where)]));
}

interface Going {
  readonly digest: string;
  readonly to: string;
  readonly line: number;
}

function duplicatesOf(entries: readonly ReviewEntry[], where: string): Duplicate[] {
  const going = new Map<string, Going>();
  const digests = new Map<string, string>();
  for (const e of entries) {
    for (const { key, digest } of e.rows) {
      const before = digests.get(key);
      if (before !== undefined && before !== digest)
        throw contradiction(where, e.line, `row "${key}" has another digest than in an entry before`);
      digests.set(key, digest);
      if (key === e.keep) continue;
      const other = going.get(key);
      if (other !== undefined && other.to !== e.keep)
        throw contradiction(
          where,
          e.line,
          `row "${key}" goes to "${e.keep}" here and to "${other.to}" in line ${other.line}`,
        );
      going.set(key, { digest, to: e.keep, line: e.line });
    }
  }
  return [...going].map(([key, g]) => {
    const survivor = lastOf(key, g, going, where);
    return { key, survivor, digest: g.digest, survivorDigest: digests.get(survivor) as string, reviewed: true };
  });
}

function lastOf(key: string, first: Going, going: ReadonlyMap<string, Going>, where: string): string {
  const seen = new Set([key]);
  let to = first.to;
  for (let next = going.get(to); next !== undefined; next = going.get(to)) {
    if (seen.has(to))
      throw contradiction(where, first.line, `row "${key}" goes to one that goes to it in turn, and none would stay`);
    seen.add(to);
    to = next.to;
  }
  return to;
}

const contradiction = (where: string, line: number, message: string): InputError =>
  new InputError('review-file', `${where}, line ${line}: ${message}`, 'one of the two must be rejected or changed');
