/**
 * What speaks against two texts being the same memory: embeddings hardly see a changed digit, a date or a "not", so texts
 * that differ in one of them are looked at by a person, however near their vectors are. In doubt there is a guard.
 *
 * The same value in another notation is no difference where that is certain: 1,000 and 1000; 2026-03-01 and 2026/03/01 and
 * March 1st, 2026; v1.2 and 1.2; 3 pm and 15:00; three and 3. "1.000" (a thousand, or one), 3.10 beside 3.1, and 03/04/2026
 * (whose month?) are as they stand. Order counts: three apples and five pears are not five apples and three pears.
 */
import type { Fact, NameFact, Pole } from './facts/fact.ts';
import { factsOf, type TextFacts } from './facts/text-facts.ts';
import { STAND_INS, stemOf } from './facts/words-of-names.ts';
import { CONTRARY_PREFIXES } from './facts/words-of-negation.ts';
import { movedPhrase } from './moved-phrase.ts';

/**
 * `order`: the same words, numbers or names in another order ("prefers tea over coffee", "prefers coffee over tea"). `word`: any
 * other word that carries something (differing-words.ts), where only a vector or a hash ties the texts.
 */
export type GuardCode =
  | 'number'
  | 'date'
  | 'version'
  | 'identifier'
  | 'url'
  | 'negation'
  | 'quoted-name'
  | 'order'
  | 'word';

export interface Guard {
  readonly code: GuardCode;
  /** What stands in the one and in the other; empty where it stands in one alone. */
  readonly a: string;
  readonly b: string;
}

export { factsOf, type TextFacts };

/** All that differs between two texts, at most one guard of a code; empty where nothing is found. */
export const guardsBetween = (a: string, b: string): Guard[] => (a === b ? [] : guardsOf(factsOf(a), factsOf(b)));

/** The same over texts that were read before. */
export function guardsOf(a: TextFacts, b: TextFacts): Guard[] {
  const found = [...differingFacts(a.facts, b.facts), turnedRound(a, b), otherQuotes(a, b), otherNames(a, b)];
  const guards: Guard[] = [];
  for (const g of found) if (g !== null && !guards.some((held) => held.code === g.code)) guards.push(g);
  if (guards.length > 0) return guards;
  const order = exchanged(a.words, b.words, a.negators.length > 0);
  return order === null ? [] : [order];
}

/** A guard shows this much of either side. */
const SHOWN = 80;
const cut = (text: string): string => (text.length > SHOWN ? `${text.slice(0, SHOWN - 1)}…` : text);
type Shown = readonly { readonly shown: string }[];
function guard(code: GuardCode, a: Shown, b: Shown): Guard {
  // Of an order each place counts; of a difference its values do, once each.
  const side = (found: Shown): string => {
    const shown = found.map((f) => f.shown);
    return cut((code === 'order' ? shown : [...new Set(shown)]).join(', '));
  };
  return { code, a: side(a), b: side(b) };
}

function differingFacts(a: readonly Fact[], b: readonly Fact[]): Guard[] {
  if (a.length === 0 && b.length === 0) return [];
  const onlyA = without(a, b);
  const onlyB = without(b, a);
  if (onlyA.length === 0 && onlyB.length === 0)
    return a.length > 1 && (reordered(a, b) || counted(a, b)) ? [guard('order', a, b)] : [];
  // A version in one of them names the difference, though the other has it as a bare number.
  const codes = new Set([...onlyA, ...onlyB].map((f) => f.code));
  const version = codes.has('version');
  if (version) codes.delete('number');
  return [...codes].map((code) => {
    const of = (f: Fact): boolean => f.code === code || (code === 'version' && f.code === 'number');
    return guard(code, onlyA.filter(of), onlyB.filter(of));
  });
}

/** What `from` has more often than `other`. */
function without(from: readonly Fact[], other: readonly Fact[]): Fact[] {
  const left = new Map<string, number>();
  for (const { value } of other) left.set(value, (left.get(value) ?? 0) + 1);
  return from.filter(({ value }) => {
    const times = left.get(value) ?? 0;
    left.set(value, times - 1);
    return times <= 0;
  });
}

/** The same values in another order; a version may stand as a bare number in the other text. */
function reordered(a: readonly Fact[], b: readonly Fact[]): boolean {
  const first = byKind(a);
  const second = byKind(b);
  for (const [kind, values] of first) if (second.get(kind) !== values) return true;
  return false;
}

/** "at 3 pm on Monday" is "on Monday at 3 pm": times, weekdays and dates each have an order of their own. */
function byKind(facts: readonly Fact[]): Map<string, string> {
  const map = new Map<string, string>();
  for (const { code, value } of facts) {
    const kind =
      code !== 'date' ? 'value' : value.startsWith('weekday') ? 'weekday' : /^\d\d:/.test(value) ? 'time' : 'date';
    map.set(kind, `${map.get(kind) ?? ''}${value}\n`);
  }
  return map;
}

/** A word that counts in both texts, with other numbers before it. */
function counted(a: readonly Fact[], b: readonly Fact[]): boolean {
  const byWord = (facts: readonly Fact[]): Map<string, string> => {
    const map = new Map<string, string>();
    for (const { of, value } of facts) if (of !== '') map.set(of, `${map.get(of) ?? ''}${value}\n`);
    return map;
  };
  const other = byWord(b);
  for (const [word, values] of byWord(a)) if (other.has(word) && other.get(word) !== values) return true;
  return false;
}

function turnedRound(a: TextFacts, b: TextFacts): Guard | null {
  if (a.negators.length !== b.negators.length || movedNegation(a, b) || movedNegation(b, a))
    return guard('negation', a.negators, b.negators);
  return opposed(a.poles, b.poles) ?? contraryWord(a, b) ?? mirrored(contraryWord(b, a));
}

const mirrored = (g: Guard | null): Guard | null => (g === null ? null : { code: g.code, a: g.b, b: g.a });

/** What is negated in the one stands in the other without negation. */
const movedNegation = (a: TextFacts, b: TextFacts): boolean =>
  a.negators.some((n) => n.of !== '' && !b.negators.some((m) => m.of === n.of) && b.has(n.of));

/** Words on two sides of a pair of contraries, the one more often here, the other more often there; or in another order. */
function opposed(a: readonly Pole[], b: readonly Pole[]): Guard | null {
  if (a.length === 0 || b.length === 0) return null;
  for (const group of new Set(a.map((p) => p.group))) {
    const here = a.filter((p) => p.group === group);
    const there = b.filter((p) => p.group === group);
    if (there.length === 0) continue;
    const poles = (side: readonly Pole[]): string => side.map((p) => p.pole).join();
    if (poles(here) === poles(there)) continue;
    const more = (side: readonly Pole[], other: readonly Pole[]): Pole | undefined =>
      side.find((p) => side.filter((x) => x.pole === p.pole).length > other.filter((x) => x.pole === p.pole).length);
    const [mine, yours] = [more(here, there), more(there, here)];
    if (mine !== undefined && yours !== undefined) return guard('negation', [mine], [yours]);
    if (here.length === there.length) return guard('negation', here, there);
  }
  return null;
}

/** A word of a alone whose contrary, without its prefix, stands in b alone: "unavailable", "available"; "useless", "useful". */
function contraryWord(a: TextFacts, b: TextFacts): Guard | null {
  for (const word of a.words) {
    if (word.length < 6) continue;
    const contrary = PREFIX_LETTERS.includes(word[0] as string)
      ? CONTRARY_PREFIXES.filter((p) => word.startsWith(p)).map((p) => word.slice(p.length))
      : [];
    if (word.endsWith('less')) contrary.push(`${word.slice(0, -4)}ful`);
    for (const other of contrary)
      if (
        other.length >= LEAST_STEM &&
        inflected(b.words, other) &&
        !b.words.includes(word) &&
        !a.words.includes(other)
      )
        return { code: 'negation', a: word, b: other };
  }
  return null;
}
const inflected = (words: readonly string[], word: string): boolean =>
  words.includes(word) || words.includes(stemOf(word)) || words.includes(`${word}s`);
const PREFIX_LETTERS: string = [...new Set(CONTRARY_PREFIXES.map((p) => p[0]))].join('');
/** Shorter rests are chance: "inside", "side" is four letters, "under", "er" two. */
const LEAST_STEM = 4;

function otherQuotes(a: TextFacts, b: TextFacts): Guard | null {
  if (a.quotes.length === 0 && b.quotes.length === 0) return null;
  // Without its quotation marks the same name is the same name.
  const onlyA = without(a.quotes, b.quotes).filter((q) => !b.lower.includes(q.value));
  const onlyB = without(b.quotes, a.quotes).filter((q) => !a.lower.includes(q.value));
  if (onlyA.length > 0 || onlyB.length > 0) return guard('quoted-name', onlyA, onlyB);
  return a.quotes.length === b.quotes.length && reordered(a.quotes, b.quotes)
    ? guard('order', a.quotes, b.quotes)
    : null;
}

function otherNames(a: TextFacts, b: TextFacts): Guard | null {
  if (a.names.length === 0 && b.names.length === 0) return null;
  const unknownA = a.names.filter((n) => !b.has(n.lower) && !b.has(stemOf(n.lower)));
  const unknownB = b.names.filter((n) => !a.has(n.lower) && !a.has(stemOf(n.lower)));
  const onlyA = names(unknownA, unknownB, b);
  const onlyB = names(unknownB, unknownA, a);
  if (onlyA.length > 0 || onlyB.length > 0) return guard('quoted-name', onlyA, onlyB);
  const named = new Set([...a.names, ...b.names].filter((n) => !n.start).map((n) => n.lower));
  if (named.size < 2) return null;
  const order = (t: TextFacts): string[] => [...new Set(t.words.filter((w) => named.has(w)))];
  const [first, second] = [order(a), order(b)];
  return first.length === second.length && first.join() !== second.join()
    ? { code: 'order', a: cut(first.join(', ')), b: cut(second.join(', ')) }
    : null;
}

/** A capital at the start of a sentence makes a name only where the other text has an unknown word, or a pronoun, in its place. */
const names = (mine: readonly NameFact[], other: readonly NameFact[], text: TextFacts): readonly NameFact[] =>
  mine.filter((n) => !n.start || other.some((m) => m.start) || takesPlace(n, text));

const takesPlace = (name: NameFact, text: TextFacts): boolean =>
  name.next !== '' && text.words.some((w, i) => w === name.next && STAND_INS.has(text.words[i - 1] ?? ''));

/** Words around which an exchange is another statement. */
const BETWEEN: ReadonlySet<string> = new Set(
  'over than to from before after by instead rather above below under versus vs against into not but reports als statt nach vor über que avant après sur plutôt antes después sobre hasta'.split(
    ' ',
  ),
);

/**
 * The same words in another order, or the two sides of "over", "than", "to" exchanged. A phrase that moved as a whole ("in
 * 2021 she moved", "she moved in 2021") says the same, unless a negation may have moved with it.
 */
function exchanged(a: readonly string[], b: readonly string[], negated: boolean): Guard | null {
  if (
    a.length === b.length &&
    a.some((w, i) => w !== b[i]) &&
    [...a].sort().join(' ') === [...b].sort().join(' ') &&
    (negated || !movedPhrase(a, b, Object.is))
  )
    return { code: 'order', a: cut(a.join(' ')), b: cut(b.join(' ')) };
  const sides = new Set<string>();
  for (let i = 1; i + 1 < a.length; i++)
    if (BETWEEN.has(a[i] as string) && a[i - 1] !== a[i + 1]) sides.add(`${a[i + 1]} ${a[i]} ${a[i - 1]}`);
  if (sides.size === 0) return null;
  for (let i = 1; i + 1 < b.length; i++) {
    const here = `${b[i - 1]} ${b[i]} ${b[i + 1]}`;
    if (BETWEEN.has(b[i] as string) && sides.has(here))
      return { code: 'order', a: cut(here.split(' ').reverse().join(' ')), b: cut(here) };
  }
  return null;
}
