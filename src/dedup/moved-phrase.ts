/** A phrase that moved as a whole: "in 2021 she moved", "she moved in 2021". */

/** Beyond a sentence or two nothing is a phrase; and the search stays short. */
const LONGEST_MOVE = 60;

/** Whether two neighbouring parts of a, exchanged, make b: lists of one length that differ. */
export function movedPhrase<T>(a: readonly T[], b: readonly T[], same: (x: T, y: T) => boolean): boolean {
  const equal = (i: number, j: number): boolean => same(a[i] as T, b[j] as T);
  let from = 0;
  while (from < a.length && equal(from, from)) from++;
  let to = a.length;
  while (to > from && equal(to - 1, to - 1)) to--;
  const length = to - from;
  if (length > LONGEST_MOVE) return false;
  for (let shift = 1; shift < length; shift++) {
    let kept = 0;
    while (kept < length && equal(from + ((kept + shift) % length), from + kept)) kept++;
    if (kept === length) return true;
  }
  return false;
}
