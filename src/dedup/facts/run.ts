/** Runs of Han and kana: numerals, days, negation and contraries, found by the longest entry at each place. */

import type { Reading } from './fact.ts';
import { dateValue } from './number-token.ts';
import { WEEKDAYS, WHEN } from './words-of-dates.ts';
import { POLES, RUN_NEGATION } from './words-of-negation.ts';
import { UNITS } from './words-of-numbers.ts';

const DIGITS = '〇一二三四五六七八九';
const VALUES: Readonly<Record<string, number>> = {
  ...Object.fromEntries([...DIGITS].map((c, i) => [c, i])),
  零: 0,
  两: 2,
  兩: 2,
};
const POWERS: Readonly<Record<string, number>> = { 十: 10, 百: 100, 千: 1000, 万: 1e4, 萬: 1e4, 亿: 1e8, 億: 1e8 };
/** After 一 or before it these make words without a number: 一起, 一样, 统一. */
const NO_NUMBER_AFTER = new Set([...'起样樣些直般定下切边邊旦共致緒番方']);
const NO_NUMBER_BEFORE = new Set([...'统統唯万第周週期拜']);
const KATAKANA = /^[ァ-ヴー]$/;
/** Katakana that ends a word of kana is a particle's or a loan word's; three or more in a row are a word of their own. */
const LEAST_KATAKANA = 2;
/** Longest entry of any table. */
const LONGEST = 10;

type Entry = (r: Reading, shown: string) => void;

/** First character → entries that begin with it, longest first. */
const ENTRIES: ReadonlyMap<string, readonly (readonly [string, Entry])[]> = (() => {
  const all = new Map<string, Entry>();
  const isRunWord = (word: string): boolean => word.charCodeAt(0) >= 0x3041 && word.length <= LONGEST;
  for (const [word, negates] of RUN_NEGATION)
    all.set(word, (r, shown) => {
      if (negates) r.negators.push({ shown, of: '' });
    });
  for (const [word, poles] of POLES)
    if (isRunWord(word))
      all.set(word, (r, shown) => {
        for (const [group, pole] of poles) r.poles.push({ group, pole, shown });
      });
  for (const [word, value] of WHEN)
    if (isRunWord(word)) all.set(word, (r, shown) => void r.facts.push({ code: 'date', value, shown, of: '' }));
  for (const [word, value] of WEEKDAYS)
    if (isRunWord(word))
      all.set(word, (r, shown) => void r.facts.push({ code: 'date', value: `weekday ${value}`, shown, of: '' }));
  const byFirst = new Map<string, [string, Entry][]>();
  for (const [word, entry] of all) {
    const held = byFirst.get(word[0] as string) ?? [];
    held.push([word, entry]);
    byFirst.set(word[0] as string, held);
  }
  for (const held of byFirst.values()) held.sort(([a], [b]) => b.length - a.length);
  return byFirst;
})();

/** Reads a run from a place on; always one token. */
export function readRun(r: Reading, run: string, from: number): 1 {
  let i = from;
  while (i < run.length) i += readNumeral(r, run, i) || readEntry(r, run, i) || readKatakana(r, run, i) || 1;
  return 1;
}

function readEntry(r: Reading, run: string, i: number): number {
  for (const [word, entry] of ENTRIES.get(run[i] as string) ?? [])
    if (run.startsWith(word, i)) {
      entry(r, word);
      return word.length;
    }
  return 0;
}

function readNumeral(r: Reading, run: string, i: number): number {
  const first = run[i] as string;
  if (VALUES[first] === undefined && POWERS[first] === undefined) return 0;
  let to = i + 1;
  while (to < run.length && (VALUES[run[to] as string] !== undefined || POWERS[run[to] as string] !== undefined)) to++;
  if (
    to - i === 1 &&
    (NO_NUMBER_AFTER.has(run[to] ?? '') || (NO_NUMBER_BEFORE.has(run[i - 1] ?? '') && run[i - 1] !== '第'))
  )
    return 1;
  const value = numeralValue(run.slice(i, to));
  const unit = run[to] ?? '';
  if (unit === '月' && value >= 1 && value <= 12) {
    const day = /^([〇一二三四五六七八九十]+)[日号]/.exec(run.slice(to + 1, to + 8));
    r.facts.push({
      code: 'date',
      value: dateValue(null, value, day === null ? null : numeralValue(day[1] as string)),
      shown: run.slice(i, to + 1 + (day?.[0].length ?? 0)),
      of: '',
    });
    return to + 1 - i + (day?.[0].length ?? 0);
  }
  for (const length of [4, 3, 2, 1]) {
    const name = run.slice(to, to + length);
    const known = name.length === length ? UNITS.get(name) : undefined;
    if (known === undefined) continue;
    r.facts.push({ code: 'number', value: `${value} ${known}`, shown: run.slice(i, to + length), of: '' });
    return to + length - i;
  }
  r.facts.push({
    code: 'number',
    value: run[i - 1] === '第' ? `${value}.` : String(value),
    shown: run.slice(i, to),
    of: unit,
  });
  return to - i;
}

/** 二十五 → 25, 三千 → 3000, 二〇二六 → 2026. */
function numeralValue(text: string): number {
  let total = 0;
  let part = 0;
  let digit = 0;
  for (const c of text) {
    const value = VALUES[c];
    if (value !== undefined) {
      digit = digit * 10 + value;
      continue;
    }
    const power = POWERS[c] as number;
    if (power < 1e4) part += Math.max(1, digit) * power;
    else {
      total = (total + part + digit || 1) * power;
      part = 0;
    }
    digit = 0;
  }
  return total + part + digit;
}

function readKatakana(r: Reading, run: string, i: number): number {
  let to = i;
  while (to < run.length && KATAKANA.test(run[to] as string)) to++;
  if (to - i < LEAST_KATAKANA) return to - i;
  const word = run.slice(i, to);
  r.names.push({ lower: word, shown: word, start: false, next: '' });
  return to - i;
}
