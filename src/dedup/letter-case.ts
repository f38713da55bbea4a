/**
 * Where the case of letters says something: paths, and keys or tokens of mixed letters. "IBM" beside "ibm" is typing, "aBc12" beside
 * "AbC12" is another key.
 */
import type { Guard } from './guards.ts';
import { compose } from './normalise.ts';

const BLANK = /\s+/u;
const LONGEST_SHOWN = 80;

/**
 * @param a,b texts that are equal but for case and white space
 * @returns the first words that differ in a case that counts; null where there are none, or one text is in capitals throughout
 */
export function otherCase(a: string, b: string): Guard | null {
  if (inCapitals(a) || inCapitals(b)) return null;
  const [mine, yours] = [compose(a).trim().split(BLANK), compose(b).trim().split(BLANK)];
  for (let i = 0; i < mine.length; i++) {
    const [x, y] = [mine[i] as string, yours[i] ?? ''];
    if (x !== y && counts(x, y))
      return { code: 'identifier', a: x.slice(0, LONGEST_SHOWN), b: y.slice(0, LONGEST_SHOWN) };
  }
  return null;
}

/** A sentence, and not one key by itself. */
const inCapitals = (text: string): boolean => text === text.toUpperCase() && BLANK.test(text.trim());

const counts = (x: string, y: string): boolean => isPath(x) || !(isTyping(x) || isTyping(y));
const isPath = (word: string): boolean => /[/\\]/.test(word) && /^[/\\.~]|[/\\].*[/\\.]/.test(word);

/** As people type any word: in capitals, in small letters, or with a capital first. */
function isTyping(word: string): boolean {
  const lower = word.toLowerCase();
  if (word === lower || word === word.toUpperCase()) return true;
  const first = word.search(/\p{L}/u);
  return word.slice(first + 1) === lower.slice(first + 1);
}
