/** Dates that take more than one token: "1 March 2026", "March 1st", "next Friday", "3 pm", "2026年3月1日". */

import type { Reading } from './fact.ts';
import { dateValue, halfDay } from './number-token.ts';
import { readRun } from './run.ts';
import type { Token } from './token.ts';
import { DOUBTFUL, MONTHS, PERIODS, SEASONS, WEEKDAYS, WHEN, WHICH } from './words-of-dates.ts';

const DAY = /^(\d{1,2})(?:st|nd|rd|th|er|\.|º)?$/;
const YEAR = /^(?:19|20)\d\d$/;
const HALF: Readonly<Record<string, string>> = { am: 'am', pm: 'pm' };
const HOUR_WORDS: ReadonlySet<string> = new Set(['uhr', "o'clock", 'h']);
const JOINERS: ReadonlySet<string> = new Set(['of', 'de', 'del', 'the']);
const QUARTER = /^q[1-4]$/;

/** Reads a date at token i; tokens taken, 0 where none begins there. */
export function readDatePhrase(r: Reading, i: number): number {
  const token = r.tokens[i] as Token;
  return token.kind === 'number' ? fromNumber(r, i, token) : fromWord(r, i, token);
}

const push = (r: Reading, i: number, taken: number, value: string): number => {
  const shown = r.tokens
    .slice(i, i + taken)
    .map((t) => t.text)
    .join(' ');
  r.facts.push({ code: 'date', value, shown, of: '' });
  return taken;
};

function fromNumber(r: Reading, i: number, token: Token): number {
  const next = r.tokens[i + 1];
  if (QUARTER.test(token.lower)) return push(r, i, 1, token.lower);
  if (next === undefined) return 0;
  if (next.kind === 'run') return next.glued || token.glued ? fromCharacters(r, i) : 0;
  const day = DAY.exec(token.lower);
  if (day === null) return 0;
  const value = Number(day[1]);
  if (value <= 24 && token.lower === day[1]) {
    const half = HALF[next.lower];
    if (half !== undefined) return push(r, i, 2, halfDay(`${token.lower.padStart(2, '0')}:00`, half));
    if (HOUR_WORDS.has(next.lower) && next.lower !== 'h') return push(r, i, 2, `${token.lower.padStart(2, '0')}:00`);
  }
  if (value < 1 || value > 31) return 0;
  const at = JOINERS.has(next.lower) ? i + 2 : i + 1;
  const month = monthOf(r.tokens[at]);
  // "5 may" after a number is a month unless what follows is a verb's: "the other 5 may come".
  if (
    month === null ||
    (r.tokens[at]?.lower === 'may' && !(r.tokens[at] as Token).capital && !isYear(r.tokens[at + 1]))
  )
    return 0;
  const year = yearAt(r.tokens, at + 1);
  return push(r, i, at + 1 - i + year.taken, dateValue(year.value, month, value));
}

const isYear = (token: Token | undefined): boolean => token !== undefined && YEAR.test(token.text);

function yearAt(tokens: readonly Token[], i: number): { value: string | null; taken: number } {
  if (isYear(tokens[i])) return { value: (tokens[i] as Token).text, taken: 1 };
  if (JOINERS.has(tokens[i]?.lower ?? '') && isYear(tokens[i + 1]))
    return { value: (tokens[i + 1] as Token).text, taken: 2 };
  return { value: null, taken: 0 };
}

const monthOf = (token: Token | undefined): number | null =>
  token?.kind === 'word' ? (MONTHS.get(token.lower) ?? null) : null;

function fromWord(r: Reading, i: number, token: Token): number {
  const month = MONTHS.get(token.lower);
  if (month !== undefined) {
    const taken = fromMonth(r, i, token, month);
    if (taken > 0) return taken;
  }
  const weekday = WEEKDAYS.get(token.lower);
  if (weekday !== undefined && (token.lower.length > 4 || token.capital)) return push(r, i, 1, `weekday ${weekday}`);
  const which = WHICH.get(token.lower);
  if (which !== undefined) {
    const period = PERIODS.get(r.tokens[i + 1]?.lower ?? '');
    if (period !== undefined) {
      const daily =
        which === 'every'
          ? { day: 'daily', week: 'weekly', month: 'monthly', year: 'yearly', hour: 'hourly', quarter: 'quarterly' }[
              period
            ]
          : undefined;
      return push(r, i, 2, daily ?? `${which} ${period}`);
    }
    if (WEEKDAYS.has(r.tokens[i + 1]?.lower ?? '') && which !== 'every')
      return push(r, i, 2, `${which} weekday ${WEEKDAYS.get(r.tokens[i + 1]?.lower ?? '')}`);
  }
  const when = WHEN.get(token.lower);
  if (when !== undefined) return push(r, i, 1, when === 'noon' ? '12:00' : when === 'midnight' ? '00:00' : when);
  const period = PERIODS.get(token.lower);
  if (period !== undefined) {
    const after = WHICH.get(r.tokens[i + 1]?.lower ?? '');
    if (after !== undefined && /ain|ier|ière|sad|xim/.test(r.tokens[i + 1]?.lower ?? ''))
      return push(r, i, 2, `${after} ${period}`);
    if (SEASONS.has(period) && token.lower !== 'fall' && token.lower !== 'été') return push(r, i, 1, period);
  }
  return 0;
}

function fromMonth(r: Reading, i: number, token: Token, month: number): number {
  const next = r.tokens[i + 1];
  if (isYear(next)) return push(r, i, 2, dateValue((next as Token).text, month, null));
  const at = next?.lower === 'the' ? i + 2 : i + 1;
  const day = DAY.exec(r.tokens[at]?.lower ?? '');
  if (day !== null && Number(day[1]) >= 1 && Number(day[1]) <= 31 && (token.capital || !DOUBTFUL.has(token.lower))) {
    const year = yearAt(r.tokens, at + 1);
    return push(r, i, at + 1 - i + year.taken, dateValue(year.value, month, Number(day[1])));
  }
  const year = yearAt(r.tokens, i + 1);
  if (year.taken > 0) return push(r, i, 1 + year.taken, dateValue(year.value, month, null));
  if (DOUBTFUL.has(token.lower) && (!token.capital || token.start)) return 0;
  return push(r, i, 1, dateValue(null, month, null));
}

const PARTS: Readonly<Record<string, 'year' | 'month' | 'day' | 'hour'>> = {
  年: 'year',
  月: 'month',
  日: 'day',
  号: 'day',
  點: 'hour',
  点: 'hour',
  時: 'hour',
  时: 'hour',
};

/** 2026年3月1日: numbers with the characters for year, month and day between them. */
function fromCharacters(r: Reading, i: number): number {
  const found: Partial<Record<'year' | 'month' | 'day' | 'hour', string>> = {};
  let at = i;
  let rest = '';
  while (rest === '') {
    const number = r.tokens[at];
    const run = r.tokens[at + 1];
    if (number?.kind !== 'number' || run?.kind !== 'run' || !/^\d{1,4}$/.test(number.text)) break;
    const part =
      run.text.startsWith('時間') || run.text.startsWith('年間') || run.text.startsWith('日間')
        ? undefined
        : PARTS[run.text[0] as string];
    if (part === undefined || found[part] !== undefined) break;
    found[part] = number.text;
    at += 2;
    rest = run.text.slice(1);
  }
  if (at === i) return 0;
  if (found.year !== undefined || found.month !== undefined || found.day !== undefined)
    push(
      r,
      i,
      at - i,
      dateValue(
        found.year ?? null,
        found.month === undefined ? null : Number(found.month),
        found.day === undefined ? null : Number(found.day),
      ),
    );
  if (found.hour !== undefined)
    r.facts.push({ code: 'date', value: `${found.hour.padStart(2, '0')}:00`, shown: `${found.hour}時`, of: '' });
  if (rest !== '') readRun(r, rest, 0);
  return at - i;
}
