/** Numbers written as words: "twenty-five", "two hundred", "the third", "twice"; and what multiplies digits: "5 million". */

import type { Reading } from './fact.ts';
import { readRun } from './run.ts';
import type { Token } from './token.ts';
import { unitAfter } from './unit.ts';
import { stemOf } from './words-of-names.ts';
import { MULTIPLES, NUMBER_WORDS, ORDINALS, TIMES } from './words-of-numbers.ts';

/** "no one", "this one", "one another": not the number. */
const PRONOUN_BEFORE: ReadonlySet<string> = new Set(['no', 'any', 'every', 'some', 'this', 'that', 'which', 'another']);
const PRONOUN_AFTER: ReadonlySet<string> = new Set(['another']);
const MULTIPLIES_ARTICLE: ReadonlySet<string> = new Set(['a', 'one']);

/** Reads a number phrase at token i; tokens taken, 0 where there is none. */
export function readNumberWords(r: Reading, i: number): number {
  const { lower, text } = r.tokens[i] as Token;
  const ordinal = ORDINALS.get(lower);
  if (ordinal !== undefined) {
    r.facts.push({ code: 'number', value: `${ordinal}.`, shown: text, of: stemOf(r.tokens[i + 1]?.lower ?? '') });
    return 1;
  }
  const times = TIMES.get(lower);
  if (times !== undefined) {
    r.facts.push({ code: 'number', value: `${times} x`, shown: text, of: '' });
    return 1;
  }
  if (
    lower === 'one' &&
    (PRONOUN_BEFORE.has(r.tokens[i - 1]?.lower ?? '') || PRONOUN_AFTER.has(r.tokens[i + 1]?.lower ?? ''))
  )
    return 0;
  const words = wordValue(r.tokens, i);
  if (words === null) return 0;
  const unit = unitAfter(r.tokens, i + words.tokens);
  const shown = r.tokens
    .slice(i, i + words.tokens)
    .map((t) => t.text)
    .join(' ');
  if (unit === null) {
    r.facts.push({
      code: 'number',
      value: String(words.value),
      shown,
      of: stemOf(r.tokens[i + words.tokens]?.lower ?? ''),
    });
    return words.tokens;
  }
  r.facts.push({ code: 'number', value: `${words.value} ${unit.unit}`, shown: `${shown} ${unit.shown}`, of: '' });
  if (unit.rest !== '') readRun(r, unit.rest, 0);
  return words.tokens + unit.tokens;
}

/** The value of number words from token i on. */
function wordValue(tokens: readonly Token[], i: number): { value: number; tokens: number } | null {
  let total = 0;
  let part = 0;
  let any = false;
  let j = i;
  for (; j < tokens.length && j < i + 12; j++) {
    const token = tokens[j] as Token;
    if (any && token.start) break;
    const value = simpleValue(token.lower);
    const multiple = MULTIPLES.get(token.lower);
    if (value !== null) {
      // "twenty five" adds; "five six" are two numbers.
      if (
        any &&
        part !== 0 &&
        !(part % 100 >= 20 && part % 10 === 0 && value < 10) &&
        !(part % 100 === 0 && value < 100)
      )
        break;
      part += value;
      any = true;
    } else if (multiple !== undefined) {
      if (multiple === 100) part = Math.max(1, part) * 100;
      else {
        total += Math.max(1, part) * multiple;
        part = 0;
      }
      any = true;
    } else if (
      any &&
      token.lower === 'and' &&
      (part >= 100 || total > 0) &&
      simpleValue(tokens[j + 1]?.lower ?? '') !== null
    ) {
      // "a hundred and five"
    } else if (!any && MULTIPLIES_ARTICLE.has(token.lower) && MULTIPLES.has(tokens[j + 1]?.lower ?? '')) {
      // "a hundred"
    } else {
      break;
    }
  }
  return any ? { value: total + part, tokens: j - i } : null;
}

function simpleValue(lower: string): number | null {
  const value = NUMBER_WORDS.get(lower);
  if (value !== undefined) return value;
  const hyphen = lower.indexOf('-');
  if (hyphen < 0) return null;
  const tens = NUMBER_WORDS.get(lower.slice(0, hyphen));
  const ones = NUMBER_WORDS.get(lower.slice(hyphen + 1));
  return tens !== undefined && ones !== undefined && tens >= 20 && ones < 10 ? tens + ones : null;
}

/** "5 million": the multiple at token i, 1 where there is none. */
export const multipleAt = (tokens: readonly Token[], i: number): number => {
  const multiple = MULTIPLES.get(tokens[i]?.lower ?? '');
  return multiple ?? 1;
};
