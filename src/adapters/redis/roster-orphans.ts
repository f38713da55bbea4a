/** What of a store's own lists leads nowhere or contradicts its entry, in the words of the repair. */
import { formatCount } from '../../quantity/index.ts';
import type { MemorySet } from '../../store/index.ts';
import type { RosterKeys } from './roster.ts';

/** In the words of what is done about each: none of them is a row of a table. */
export function orphansOf(
  keys: RosterKeys,
  n: { readonly gone: number; readonly strayUnique: number; readonly mismatched: number | null },
): NonNullable<MemorySet['orphans']> {
  const some = (count: number, one: string, more: string): string =>
    `${formatCount(count)} ${count === 1 ? one : more}`;
  const { gone, strayUnique, mismatched } = n;
  return [
    {
      table: keys.ids,
      rows: gone,
      repair: {
        title: `take ${some(gone, 'id', 'ids')} whose entry is gone out of ${keys.ids} and the other lists`,
        rule: `no entry behind the id in ${keys.ids}`,
        clean: `every id in ${keys.ids} has its entry, or is due`,
      },
    },
    {
      table: keys.uniquePattern,
      rows: strayUnique,
      repair: {
        title: `unlink ${some(strayUnique, 'key', 'keys')} ${keys.uniquePattern} without an entry behind`,
        rule: `${keys.uniquePattern} leads to no entry`,
        clean: `every key ${keys.uniquePattern} leads to an entry`,
      },
    },
    ...(mismatched === null
      ? []
      : [
          {
            table: keys.byExpiry,
            rows: mismatched,
            repair: {
              title: `set ${some(mismatched, 'place', 'places')} in ${keys.byExpiry} to what the entry says of its expiry; nothing is removed`,
              rule: `${keys.byExpiry} contradicts the entry`,
              clean: `every place in ${keys.byExpiry} agrees with its entry`,
            },
          },
        ]),
  ];
}
