/** Which rows no search of the store's own software finds any more: by its marks; an expiry comes beside them. */
import type { HiddenMark, SetProfile } from './profile.ts';

/**
 * The marks of a set, strongest first: the first that holds says why a row is inactive. After them an expiry that is over
 * (`set.ttl`) makes a row `expired`.
 */
export function inactiveMarks(set: SetProfile): readonly HiddenMark[] {
  const { softDeleted, deletedValue, markSays, hidden } = set;
  const own: HiddenMark[] =
    softDeleted === undefined
      ? []
      : [
          {
            ref: { column: softDeleted },
            says: markSays ?? 'deleted',
            ...(deletedValue === undefined ? {} : { value: deletedValue }),
          },
        ];
  return [...own, ...(hidden ?? [])];
}
