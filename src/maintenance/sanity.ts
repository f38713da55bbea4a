/** Purges that are well-formed and hardly meant: a unit misread, a sentinel taken for a time, a dependent tied to everything. */
import { formatCount, formatPercent } from '../quantity/index.ts';
import type { HangingRows, PurgeAction, RowAction } from '../store/index.ts';
import type { Caps, Refusal } from './guard.ts';

/** Of fewer rows than this, all may have expired. */
const WHOLE_SET_ROWS = 10;
/** Before any store of today was written: a time of that age is a number in another unit, or a mark for "never". */
const OLDEST_PLAUSIBLE = Date.UTC(2001, 0, 1);
/** So many rows may hang on those that go, whatever their share. */
const FEW_HANGING = 100;
const HANGING_PER_ROW = 10;
const HANGING_SHARE = 0.5;

/**
 * All rows of a set expired, or one of them before 2001: refused unless `--max-delete-pct 100` is named.
 * @param caps a named share of 100 % is the word that it is meant
 */
export function implausibleExpiry(purges: readonly PurgeAction[], caps: Caps): Refusal[] {
  if (caps.shareGiven && caps.maxDeleteShare >= 1) return [];
  const meant = 'if that is right: --max-delete-pct 100';
  return purges.flatMap((a): Refusal[] => {
    if (a.reason !== 'expired') return [];
    const oldest = a.oldestExpired === undefined ? Number.NaN : Date.parse(a.oldestExpired);
    if (oldest < OLDEST_PLAUSIBLE)
      return [
        {
          code: 'implausible-expiry',
          message: `${a.set}: the oldest of ${formatCount(a.rows)} expiries by "${a.rule}" is ${a.oldestExpired}: such a time is a number in another unit, or a mark such as 0 or -1 for rows that never expire`,
          hint: `give the unit with expiresUnit in the map, and NULL to what never expires; ${meant}`,
        },
      ];
    if (a.rows < a.of || a.of <= WHOLE_SET_ROWS) return [];
    return [
      {
        code: 'whole-set',
        message: `all ${formatCount(a.of)} rows of ${a.set} have expired by "${a.rule}"`,
        hint: `look at the column and its unit first; ${meant}`,
      },
    ];
  });
}

/** Rows that hang on what goes, as far as they were counted. */
export const hangingTotal = (hanging: readonly HangingRows[]): number => hanging.reduce((n, h) => n + (h.rows ?? 0), 0);

/**
 * Rows that go along, where `--max-delete` does not say how many may: refused from 100 rows on when they are more than 10 for each
 * row that goes, or more than half of their table and more than twice the share of the set that goes.
 */
export function tooManyHanging(
  purges: readonly RowAction[],
  hanging: readonly HangingRows[],
  caps: Caps,
): Omit<Refusal, 'hint'>[] {
  if (caps.maxDelete !== null) return [];
  const places = [...new Set(hanging.map((h) => h.place))];
  return places.flatMap((place) => {
    const own = hanging.filter((h) => h.place === place);
    const rows = hangingTotal(own);
    const on = purges.filter((a) => own.some((h) => h.action === a.id));
    const going = on.reduce((n, a) => n + a.rows, 0);
    const of = Math.max(0, ...own.map((h) => h.of ?? 0));
    const share = of === 0 ? 0 : rows / of;
    const setShare = Math.max(0, ...on.map((a) => (a.of === 0 ? 0 : a.rows / a.of)));
    if (rows <= FEW_HANGING) return [];
    if (rows <= going * HANGING_PER_ROW && (share <= HANGING_SHARE || share <= 2 * setShare)) return [];
    const whole = of === 0 ? '' : ` (${formatPercent(Math.min(1, share))} of that table)`;
    const message = `about ${formatCount(rows)} rows of ${place}${whole} would go along with ${formatCount(going)} rows of ${[...new Set(on.map((a) => a.set))].join(', ')}`;
    return [{ code: 'hanging-rows', message }];
  });
}
