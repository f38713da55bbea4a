/**
 * Texts that differ in nothing but how they are typed. Unicode's compatibility composition (NFKC, UAX #15: full-width and
 * half-width forms, ligatures, circled digits, all blanks) and lower case, then runs of white space to one blank.
 *
 * Lower case is `toLowerCase`, not Unicode's full case folding: folding also makes ß into ss, and "in Maßen" (in moderation)
 * and "in Massen" (in masses) are not one memory. What folding would add beyond that (a few Greek and Armenian ligatures) is
 * found by its vector instead. No locale is used, so Turkish ı and i stay two letters.
 */

/** Printable ASCII and the white space of ASCII: already NFKC. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the range is the point
const ASCII = /^[\x00-\x7f]*$/;
/** White space that is not yet one blank between two words. */
const LOOSE = /^ | $| {2}|[^\S ]/;
const BLANKS = /\s+/g;
/** Characters that show nothing: soft hyphen, zero-width space, word joiner, byte order mark, emoji and text variants. */
const UNSEEN = /\u00ad|\u200b|\u2060|\ufeff|\ufe0e|\ufe0f/g;
/** Raised digits, which NFKC would put down beside the digits before them: 10² is not 102. */
const RAISED = /[\u2070\u00b9\u00b2\u00b3\u2074-\u2079]+/g;

/** One and a half is not eleven halves: NFKC makes "1" and "1/2" of it. */
const FRACTION = /(\d)([\u00bc-\u00be\u2150-\u215e])/g;

/**
 * NFKC, without characters that show nothing; case and white space as they are.
 * A raised number becomes `^` and its digits.
 */
export function compose(text: string): string {
  if (ASCII.test(text)) return text;
  return text.replaceAll(UNSEEN, '').replaceAll(RAISED, '^$&').replaceAll(FRACTION, '$1 $2').normalize('NFKC');
}

/** The text in the form in which texts are compared; digits and punctuation are kept. Empty for a text of white space. */
export function normaliseText(text: string): string {
  const lower = compose(text).toLowerCase();
  return LOOSE.test(lower) ? lower.replaceAll(BLANKS, ' ').trim() : lower;
}

/** U+FFFD, which decoding puts in the place of bytes that are no text, and halves of surrogate pairs, which encoding turns into it. */
const BROKEN = /[\ud800-\udfff\ufffd]/u;

/** Whether something of the text was lost on the way: equal to another one it may have been another text. */
export const isBroken = (text: string): boolean => !ASCII.test(text) && BROKEN.test(text);
