/** What a text states that another text may state otherwise: numbers, dates, names, negation, in the order of the text. */
import { compose } from '../normalise.ts';
import { readDatePhrase } from './date-phrase.ts';
import type { Fact, NameFact, Negator, Pole, Reading } from './fact.ts';
import { IS_ARTICLE, IS_DATE, IS_NEGATOR, IS_NUMBER, IS_PLUS, IS_POLE } from './known-words.ts';
import { multipleAt, readNumberWords } from './number-phrase.ts';
import { dateValue, readNumberToken } from './number-token.ts';
import { quotesIn } from './quotes.ts';
import { readRun } from './run.ts';
import { type Token, tokensOf } from './token.ts';
import { unitAfter } from './unit.ts';
import { type SaidWord, saidWord, withoutParticles } from './word-forms.ts';
import { COMMON_STARTS, NEVER_NAMES, stemOf } from './words-of-names.ts';
import { EMPTY, POLES } from './words-of-negation.ts';
import { CURRENCIES, UNITS } from './words-of-numbers.ts';

export type { SaidWord };

export interface TextFacts {
  readonly facts: readonly Fact[];
  readonly quotes: readonly Fact[];
  readonly names: readonly NameFact[];
  readonly negators: readonly Negator[];
  readonly poles: readonly Pole[];
  /** Words in order, lower case, without articles. */
  readonly words: readonly string[];
  /** What is no fact and no stop word, in order. */
  readonly said: readonly SaidWord[];
  /** Whether the text has the word, or one of the same stem. */
  readonly has: (lower: string) => boolean;
  /** The composed text in lower case. */
  readonly lower: string;
}

/** Beyond this a text is a document; what is compared is its beginning and its length. */
export const LONGEST_TEXT = 20_000;

/** Everything that a guard may need of a text; reads the first 20,000 characters and takes the rest as it stands. */
export function factsOf(text: string): TextFacts {
  const composed = ASCII.test(text) ? text : plain(compose(text));
  const head = composed.length > LONGEST_TEXT ? composed.slice(0, LONGEST_TEXT) : composed;
  const lower = head.toLowerCase();
  const tokens = tokensOf(head, lower);
  const r: Reading = { tokens, facts: [], names: [], negators: [], poles: [] };
  const said: SaidWord[] = [];
  for (let i = 0; i < tokens.length; ) {
    const held = r.facts.length;
    const next = i + readAt(r, i);
    for (; i < next; i++) say(said, tokens, i, r.facts.length > held);
  }
  if (COMPARISON.test(head))
    for (const [sign] of head.matchAll(COMPARISONS)) r.facts.push({ code: 'number', value: sign, shown: sign, of: '' });
  if (head !== composed)
    r.facts.push({ code: 'identifier', value: composed.slice(LONGEST_TEXT), shown: '… (long text)', of: '' });
  const words: string[] = [];
  for (const token of tokens) if ((token.known & IS_ARTICLE) === 0) words.push(token.lower);
  const { facts, names, negators, poles } = r;
  let set: Set<string> | null = null;
  const has = (word: string): boolean => {
    if (words.length < FEW_WORDS && words.includes(word)) return true;
    set ??= wordsAndStems(tokens);
    return set.has(word);
  };
  return { facts, names, negators, poles, words, said, has, quotes: quotesIn(head), lower };
}

/** Takes down what a token says beside the facts that were read of it: of a run, all of it. */
function say(said: SaidWord[], tokens: readonly Token[], i: number, read: boolean): void {
  const token = tokens[i];
  if (token === undefined) return;
  if (token.kind === 'run') {
    const lower = withoutParticles(token.lower);
    if (lower !== '') said.push({ lower, shown: token.text, light: false, progressive: false });
  } else if (!read) {
    const next = tokens[i + 1];
    const after = next?.start === true ? undefined : next?.lower;
    const word = saidWord(token.lower, token.text, tokens[i - 1]?.lower, after);
    if (word !== null) said.push(word);
  }
}

/** x > 5 is not x < 5. */
const COMPARISON = /[<>≤≥]/;
const COMPARISONS = /[<>]=?|[≤≥]/g;

/** So few are searched faster than a set of them is built. */
const FEW_WORDS = 100;

function wordsAndStems(tokens: readonly Token[]): Set<string> {
  const set = new Set<string>();
  for (const { lower, kind } of tokens) {
    set.add(lower);
    if (kind === 'run') {
      for (const word of lower.match(KATAKANA) ?? []) set.add(word);
    } else if (kind === 'word') {
      set.add(stemOf(lower));
      if (lower.includes('-')) for (const part of lower.split('-')) set.add(part);
    }
  }
  return set;
}

const KATAKANA = /[ァ-ヴー]{2,}/g;

/** Typographic apostrophes and minus signs as typed ones. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the range is the point
const ASCII = /^[\x00-\x7f]*$/;
const plain = (text: string): string => text.replaceAll(/[’ʼ]/g, "'").replaceAll(/[−‐‑]/g, '-');

/** Reads what begins at token i; how many tokens it took. */
function readAt(r: Reading, i: number): number {
  const token = r.tokens[i] as Token;
  switch (token.kind) {
    case 'run':
      return readRun(r, token.text, 0);
    case 'url':
      r.facts.push({ code: 'url', value: urlValue(token.text), shown: token.text, of: '' });
      return 1;
    case 'mark':
      return readMark(r, token);
    case 'number':
      return readDatePhrase(r, i) || readNumberAt(r, i);
    default:
      if ((token.known & IS_DATE) !== 0) {
        const taken = readDatePhrase(r, i);
        if (taken > 0) return taken;
      }
      if ((token.known & IS_NUMBER) !== 0) {
        const taken = readNumberWords(r, i);
        if (taken > 0) return taken;
      }
      if (token.known !== 0 || token.capital) readWord(r, i, token);
      return 1;
  }
}

/** Scheme and host have no case; a slash at the end says nothing. */
function urlValue(text: string): string {
  const host = /^[a-z]+:\/\/[^/?#]*/i.exec(text.slice(0, 300))?.[0] ?? '';
  return `${host.toLowerCase()}${text.slice(host.length)}`.replace(/\/$/, '');
}

function readMark(r: Reading, token: Token): number {
  if (!UNITS.has(token.lower) && /[\p{L}]/u.test(token.text.slice(0, 200)))
    r.facts.push({ code: 'identifier', value: token.lower, shown: token.text, of: '' });
  return 1;
}

const YEAR = /^(?:19|20)\d\d$/;

function readNumberAt(r: Reading, i: number): number {
  const token = r.tokens[i] as Token;
  const readings = readNumberToken(token.text, token.lower);
  const last = readings[readings.length - 1];
  let taken = 1;
  for (const reading of readings) {
    if (reading !== last || reading.plain !== true) {
      r.facts.push({ code: reading.code, value: reading.value, shown: token.text, of: followed(r, i + 1) });
      continue;
    }
    const multiple = multipleAt(r.tokens, i + 1);
    if (multiple > 1 && /^\d+(?:\.\d{1,3})?$/.test(reading.value)) {
      const unit = unitAfter(r.tokens, i + 2);
      const value = `${Number(reading.value) * multiple}${unit === null ? '' : ` ${unit.unit}`}`;
      r.facts.push({ code: 'number', value, shown: `${token.text} ${r.tokens[i + 1]?.text}`, of: '' });
      taken = 2 + (unit?.tokens ?? 0);
      continue;
    }
    const unit = unitAfter(r.tokens, i + 1);
    if (unit !== null) {
      r.facts.push({
        code: 'number',
        value: `${reading.value} ${unit.unit}`,
        shown: `${token.text} ${unit.shown}`,
        of: '',
      });
      taken = 1 + unit.tokens;
      if (unit.rest !== '') readRun(r, unit.rest, 0);
      continue;
    }
    const before = r.tokens[i - 1]?.lower;
    if (before !== undefined && CURRENCIES.has(before)) {
      r.facts.push({
        code: 'number',
        value: `${reading.value.replace(/\.0+$/, '')} ${UNITS.get(before)}`,
        shown: `${before} ${token.text}`,
        of: '',
      });
    } else if (YEAR.test(token.text)) {
      r.facts.push({ code: 'date', value: dateValue(token.text, null, null), shown: token.text, of: '' });
    } else {
      const version = before === 'version' || before === 'release';
      r.facts.push({
        code: version ? 'version' : 'number',
        value: reading.value,
        shown: token.text,
        of: followed(r, i + 1),
      });
    }
  }
  return taken;
}

/** The stem of the word that a number counts. */
function followed(r: Reading, from: number): string {
  for (let i = from; i < Math.min(from + 3, r.tokens.length); i++) {
    const token = r.tokens[i] as Token;
    if (token.kind !== 'word') return '';
    if (!EMPTY.has(token.lower) && token.lower !== 'and') return stemOf(token.lower);
  }
  return '';
}

function readWord(r: Reading, i: number, { text, lower, capital, start, known }: Token): void {
  let special = false;
  if ((known & IS_NEGATOR) !== 0 || ((known & IS_PLUS) !== 0 && hasNeBefore(r.tokens, i))) {
    r.negators.push({ shown: text, of: negated(r, i + 1) });
    special = true;
  }
  if ((known & IS_POLE) !== 0) {
    for (const [group, pole] of POLES.get(lower) ?? []) r.poles.push({ group, pole, shown: text });
    special = true;
  }
  if (!capital || special || NEVER_NAMES.has(lower) || (lower.length === 1 && start)) return;
  if (start ? COMMON_STARTS.has(lower) : afterArticle(r.tokens, i)) return;
  r.names.push({ lower: lower.replace(/'s?$/, ''), shown: text, start, next: r.tokens[i + 1]?.lower ?? '' });
}

/** German nouns have capitals: after an article they are no names. */
const GERMAN_ARTICLES: ReadonlySet<string> = new Set(
  'der die das den dem des ein eine einen einem einer eines kein keine keinen mein meine meinen sein seine seinen ihr ihre ihren im am zum zur vom beim ins'.split(
    ' ',
  ),
);
const afterArticle = (tokens: readonly Token[], i: number): boolean => GERMAN_ARTICLES.has(tokens[i - 1]?.lower ?? '');

/** French "ne … plus": no longer. */
function hasNeBefore(tokens: readonly Token[], i: number): boolean {
  for (let j = Math.max(0, i - 4); j < i; j++) {
    const lower = tokens[j]?.lower;
    if (lower === 'ne' || lower === 'n') return true;
  }
  return false;
}

function negated(r: Reading, from: number): string {
  for (let i = from; i < Math.min(from + 5, r.tokens.length); i++) {
    const token = r.tokens[i] as Token;
    if (token.start) return '';
    if (!EMPTY.has(token.lower)) return stemOf(token.lower);
  }
  return '';
}
