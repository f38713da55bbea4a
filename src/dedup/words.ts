/** How many words two texts have in common: the check on what vectors say. */
import { normaliseText } from './normalise.ts';

/** Words are runs of letters, marks and digits. */
const WORD = /[\p{L}\p{M}\p{N}]+/gu;
/** Scripts that are written without blanks between words: Han, kana, Thai, Lao, Khmer, Burmese. */
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}ー]+/gu;
/** Below this code (Thai) no script without blanks begins: most texts need no second look. */
const FIRST_UNSPACED = 0x0e00;

/** The words of a text, normalised; in scripts without blanks every two neighbouring characters. */
export function wordSet(text: string): ReadonlySet<string> {
  const words = new Set<string>();
  for (const word of normaliseText(text).match(WORD) ?? []) {
    if (mayBeUnspaced(word)) splitUnspaced(word, words);
    else words.add(word);
  }
  return words;
}

/** Jaccard index of two sets: in common ÷ in either; null where one of them is empty. */
export function sharedWords(a: ReadonlySet<string>, b: ReadonlySet<string>): number | null {
  if (a.size === 0 || b.size === 0) return null;
  const [few, many] = a.size <= b.size ? [a, b] : [b, a];
  let common = 0;
  for (const word of few) if (many.has(word)) common++;
  return common / (a.size + b.size - common);
}

/** Share of the words that two texts have in common, 0 to 1 (P. Jaccard, 1901); null where one of them has no words. */
export const wordOverlap = (a: string, b: string): number | null => sharedWords(wordSet(a), wordSet(b));

function mayBeUnspaced(word: string): boolean {
  for (let i = 0; i < word.length; i++) if (word.charCodeAt(i) >= FIRST_UNSPACED) return true;
  return false;
}

function splitUnspaced(word: string, into: Set<string>): void {
  let end = 0;
  for (const run of word.matchAll(UNSPACED)) {
    if (run.index > end) into.add(word.slice(end, run.index));
    end = run.index + run[0].length;
    const characters = [...run[0]];
    if (characters.length === 1) into.add(run[0]);
    for (let i = 1; i < characters.length; i++) into.add(`${characters[i - 1]}${characters[i]}`);
  }
  if (end < word.length) into.add(word.slice(end));
}
