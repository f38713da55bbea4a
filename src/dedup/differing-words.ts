/**
 * Words that stand in one of two texts alone. Vectors put "likes apples" beside "likes pears", and no list of facts knows all
 * that can be exchanged: what only a vector ties goes by itself when the texts say the same words, in the same order.
 */
import type { SaidWord, TextFacts } from './facts/text-facts.ts';
import { sameWord } from './facts/word-forms.ts';
import type { Guard } from './guards.ts';
import { movedPhrase } from './moved-phrase.ts';
import { isBroken } from './normalise.ts';

/** A guard shows so many words of either side. */
const SHOWN = 6;
const LONGEST_SHOWN = 80;

/**
 * @returns null when every word that carries something has its form in the other text, in the same order or as a phrase that moved as a
 * whole; else what each side has alone, or both in order when only the order differs
 */
export function differingWords(a: TextFacts, b: TextFacts): Guard | null {
  const [onlyA, onlyB] = [without(a.said, b.said), without(b.said, a.said)];
  const heavy = (words: readonly SaidWord[]): boolean => words.some((w) => !w.light);
  if (heavy(onlyA) || heavy(onlyB) || (onlyA.length > 0 && onlyB.length > 0)) return shown('word', onlyA, onlyB);
  if (isBroken(a.lower) || isBroken(b.lower)) return { code: 'word', a: BROKEN, b: BROKEN };
  const [mine, yours] = [signs(a.lower), signs(b.lower)];
  if (mine !== yours) return { code: 'word', a: cut(mine), b: cut(yours) };
  if (sameOrder(a.said, b.said)) return null;
  const negated = a.negators.length > 0 || b.negators.length > 0;
  if (onlyA.length + onlyB.length > 0) {
    // With another preposition in it, a phrase that moved may have exchanged its parts.
    const [first, second] = [a.said.filter((w) => !w.light), b.said.filter((w) => !w.light)];
    return sameOrder(first, second) ? null : shown('order', first, second);
  }
  return !negated && movedPhrase(a.said, b.said, sameWord) ? null : shown('order', a.said, b.said);
}

/** Shown for characters that could not be read, on either side. */
const BROKEN = '\ufffd';

/** Signs that are no punctuation of a sentence: faces, operators, arrows; and that it is a question. */
const SIGN = /[:;=]-?[()[\]dp/|\\]|[*|=^~&+?¿？→←↑↓⇒✓✔✗✘]/g;
const signs = (lower: string): string => (lower.match(SIGN) ?? []).join(' ');
const cut = (text: string): string => (text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN - 1)}…` : text);

/** What `from` has more often than `other`, in any form. */
function without(from: readonly SaidWord[], other: readonly SaidWord[]): SaidWord[] {
  const left = new Map<string, number>();
  for (const { lower } of other) left.set(lower, (left.get(lower) ?? 0) + 1);
  const missing: SaidWord[] = [];
  for (const word of from) {
    const times = left.get(word.lower) ?? 0;
    if (times > 0) left.set(word.lower, times - 1);
    else missing.push(word);
  }
  if (missing.length === 0) return missing;
  // What is left is few words, or so many that the texts differ in any case.
  const counted = new Map<string, number>();
  for (const { lower } of from) counted.set(lower, (counted.get(lower) ?? 0) + 1);
  const free = other.filter((word) => {
    const times = counted.get(word.lower) ?? 0;
    if (times > 0) counted.set(word.lower, times - 1);
    return times <= 0;
  });
  if (missing.length > MOST_FORMS || free.length > MOST_FORMS) return missing;
  return missing.filter((word) => {
    const at = free.findIndex((f) => sameWord(word, f));
    if (at >= 0) free.splice(at, 1);
    return at < 0;
  });
}
/** Words of either text whose other forms are looked for: 64 x 64 comparisons. Texts with more are not the same words. */
const MOST_FORMS = 64;

const sameOrder = (a: readonly SaidWord[], b: readonly SaidWord[]): boolean =>
  a.length === b.length && a.every((word, i) => sameWord(word, b[i] as SaidWord));

function shown(code: 'word' | 'order', a: readonly SaidWord[], b: readonly SaidWord[]): Guard {
  const side = (words: readonly SaidWord[]): string => {
    const text = words
      .slice(0, SHOWN)
      .map((w) => w.shown)
      .join(', ');
    const whole = words.length <= SHOWN && text.length <= LONGEST_SHOWN;
    return whole ? text : `${text.slice(0, LONGEST_SHOWN - 1)}…`;
  };
  return { code, a: side(a), b: side(b) };
}
