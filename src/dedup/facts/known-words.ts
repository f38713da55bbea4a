/** One look-up for what a word may be, so that the many words that are nothing special cost no more than that. */
import { MONTHS, PERIODS, WEEKDAYS, WHEN, WHICH } from './words-of-dates.ts';
import { NEGATORS, POLES } from './words-of-negation.ts';
import { MULTIPLES, NUMBER_WORDS, ORDINALS, TIMES } from './words-of-numbers.ts';

export const IS_NUMBER = 1;
export const IS_DATE = 2;
export const IS_NEGATOR = 4;
export const IS_POLE = 8;
export const IS_ARTICLE = 16;
/** French "plus", which negates after "ne". */
export const IS_PLUS = 32;

const ARTICLES = 'a an the is are der die das le la les el los las un une una'.split(' ');

const KNOWN: ReadonlyMap<string, number> = (() => {
  const map = new Map<string, number>();
  const mark = (words: Iterable<string>, bit: number): void => {
    for (const word of words) map.set(word, (map.get(word) ?? 0) | bit);
  };
  for (const table of [NUMBER_WORDS, ORDINALS, TIMES, MULTIPLES]) mark(table.keys(), IS_NUMBER);
  for (const table of [MONTHS, WEEKDAYS, WHICH, WHEN, PERIODS]) mark(table.keys(), IS_DATE);
  mark(NEGATORS, IS_NEGATOR);
  mark(POLES.keys(), IS_POLE);
  mark(ARTICLES, IS_ARTICLE);
  mark(['plus'], IS_PLUS);
  mark(['a'], IS_NUMBER);
  return map;
})();

/** Bits of what a word, in lower case, may be. */
export function knownAs(lower: string): number {
  let bits = KNOWN.get(lower) ?? 0;
  if (lower.endsWith("n't") || isKoreanNegation(lower)) bits |= IS_NEGATOR;
  // "twenty-five"
  if (lower.includes('-')) bits |= IS_NUMBER;
  return bits;
}

const isKoreanNegation = (lower: string): boolean =>
  lower.charCodeAt(0) >= 0xac00 &&
  lower.charCodeAt(0) <= 0xd7a3 &&
  (/[않없]/.test(lower) || lower === '안' || lower === '못');
