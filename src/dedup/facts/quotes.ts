/** What stands in quotation marks. */
import type { Fact } from './fact.ts';

/** Opening mark → the marks that close it. */
const CLOSES: Readonly<Record<string, string>> = {
  '"': '"',
  '“': '”"',
  '„': '“”"',
  '«': '»',
  '»': '«',
  '‹': '›',
  '‘': "'",
  '‚': "‘'",
  '「': '」',
  '『': '』',
  '《': '》',
  '`': '`',
  "'": "'",
};
const ANY = /["“„«»‹‘‚「『《`']/;
/** A longer quotation is read as text alone; the bound keeps the search linear. */
const LONGEST = 200;
const LETTER = /[\p{L}\p{N}]/u;

/** @param text typographic closing apostrophes made plain */
export function quotesIn(text: string): readonly Fact[] {
  if (!ANY.test(text)) return [];
  const found: Fact[] = [];
  for (let i = 0; i < text.length; i++) {
    const closing = CLOSES[text[i] as string];
    if (closing === undefined) continue;
    const apostrophe = text[i] === "'";
    if (apostrophe && (LETTER.test(text[i - 1] ?? ' ') || (text[i + 1] ?? ' ') === ' ')) continue;
    const end = closingAt(text, i + 1, closing);
    if (end < 0) continue;
    const value = text
      .slice(i + 1, end)
      .trim()
      .toLowerCase()
      .replace(/[.,!?]$/, '');
    if (value !== '') found.push({ code: 'quoted-name', value, shown: text.slice(i, end + 1), of: '' });
    i = end;
  }
  return found;
}

function closingAt(text: string, from: number, closing: string): number {
  const to = Math.min(text.length, from + LONGEST);
  for (let i = from; i < to; i++) {
    const c = text[i] as string;
    if (c === '\n') return -1;
    if (!closing.includes(c)) continue;
    // An apostrophe within a word closes nothing.
    if (c === "'" && LETTER.test(text[i + 1] ?? ' ')) continue;
    return i;
  }
  return -1;
}
