/** What a removal says of the rows that still meet its rule when it ends. */
import { formatCount } from '../../quantity/index.ts';
import type { DuplicateRows } from './duplicate-rows.ts';
import type { PurgeTarget } from './purge-target.ts';
import type { RefusedRows } from './refused-rows.ts';
import { CHECKED_PAGES, type Remaining } from './remaining-rows.ts';

/** @param kept rows that a trigger kept */
export function verdictOf(
  stays: Remaining,
  { place, triggers }: PurgeTarget,
  kept: number,
  refused: RefusedRows,
): string {
  if (stays.count === 0 && stays.read === 'second-reading')
    return `every page of ${place} was read again over another connection, and no row meets the rule any more`;
  if (stays.count === 0 && stays.read === 'sample')
    return `every page of ${place} was read, and no row of about ${formatCount(CHECKED_PAGES)} random ones meets the rule any more`;
  if (stays.count === 0) return `no row of ${place} meets the rule any more`;
  const stayed = `${formatCount(stays.count)} ${stays.count === 1 ? 'row' : 'rows'} of ${place} stayed`;
  if (refused.count >= stays.count) return `${stayed}: ${refused.sentence()}`;
  const before = triggers.filter((t) => t.before).map((t) => `${t.name} of ${t.place}`);
  const why =
    kept > 0 && before.length > 0
      ? `kept by a trigger (${before.join(', ')})`
      : 'held locked by other transactions or due since a moment ago';
  const names = `${stays.names.join(', ')}${stays.count > stays.names.length ? ', …' : ''}`;
  return `${stayed}, ${why}: ${names}${refused.count > 0 ? `; ${refused.sentence()}` : ''}`;
}

/**
 * The same of a list of duplicates.
 * @param rows that went
 * @param capped the allowed number of rows ended it
 */
export function listVerdict(
  list: DuplicateRows,
  { triggers }: PurgeTarget,
  kept: number,
  refused: RefusedRows,
  rows: number,
  capped: boolean,
): string {
  const before = triggers.filter((t) => t.before).map((t) => `${t.name} of ${t.place}`);
  const parts = [
    list.leftSentence(),
    kept > 0 ? `${formatCount(kept)} kept by a trigger (${before.join(', ')})` : null,
    refused.count > 0 ? refused.sentence() : null,
    capped ? 'the allowed number of rows is reached' : null,
  ].filter((p) => p !== null);
  const went = `${formatCount(rows)} rows went, the row that stays was there for each`;
  return [went, ...parts].join('; ');
}
