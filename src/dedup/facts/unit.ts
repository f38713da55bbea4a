/** The unit after a number. */
import type { Token } from './token.ts';
import { UNITS } from './words-of-numbers.ts';

/** The unit that begins at token i, where the token before was a number. */
export function unitAfter(
  tokens: readonly Token[],
  i: number,
): { unit: string; shown: string; tokens: number; rest: string } | null {
  const token = tokens[i];
  if (token === undefined) return null;
  if (token.kind === 'run') {
    for (const length of [4, 3, 2, 1]) {
      const head = token.text.slice(0, length);
      const unit = head.length === length ? UNITS.get(head) : undefined;
      if (unit !== undefined) return { unit, shown: head, tokens: 1, rest: token.text.slice(length) };
    }
    return null;
  }
  const unit = UNITS.get(token.lower);
  // A single letter is a unit only right after the digits: "5 m" is, "plan 5 a" is not.
  if (unit === undefined || (token.lower.length === 1 && /[bdwxy]/.test(token.lower))) return null;
  return { unit, shown: token.text, tokens: 1, rest: '' };
}
