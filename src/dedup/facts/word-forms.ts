/**
 * Which words say the same in another form. Plural and third person, and the -ing of "is learning", are the only endings that
 * are seen through: a past tense says what was, and in other languages the same endings say something else.
 */

/** Articles of four languages that are no word of another one ("die", "den" and "des" are), and "do" in the present. */
const STOP_WORDS: ReadonlySet<string> = new Set('a an the does do der das ein eine le les el los una'.split(' '));
/** The English ones may be a letter or a part of an expression: "vitamin a", "a few". */
const ARTICLES: ReadonlySet<string> = new Set('a an'.split(' '));
const AFTER_NO_ARTICLE: ReadonlySet<string> = new Set('few little lot bit'.split(' '));
/**
 * One of them may be left out; one in the place of another is another statement ("in the box", "on the box"; "is a dog", "has a
 * dog"). Each with the form it is compared in.
 */
const LIGHT_WORDS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    be: 'is am are be been being',
    have: 'has have having',
    in: 'in',
    on: 'on',
    at: 'at',
    to: 'to',
    of: 'of',
    and: 'and',
  }).flatMap(([form, words]) => words.split(' ').map((word) => [word, form] as const)),
);
/** What counts as a difference of tense, whichever verb it stands with. */
const PAST: ReadonlySet<string> = new Set('was were had did'.split(' '));
const PRESENT_OF_BE: ReadonlySet<string> = new Set(
  "is are am be been i'm he's she's it's you're we're they're".split(' '),
);

export interface SaidWord {
  readonly lower: string;
  /** As it stands in the text. */
  readonly shown: string;
  readonly light: boolean;
  /** After a form of "be": "is learning". */
  readonly progressive: boolean;
}

/**
 * A word of a text as it is compared; null for words that carry nothing. Negations are compared by themselves: here is what is left of
 * them.
 * @param before,after its neighbours in lower case; `after` where there is one in its sentence
 */
export function saidWord(
  lower: string,
  shown: string,
  before: string | undefined,
  after: string | undefined,
): SaidWord | null {
  const word = withoutLeaning(lower);
  if (word === '') return null;
  if (STOP_WORDS.has(word)) {
    if (!ARTICLES.has(word) || (after !== undefined && !AFTER_NO_ARTICLE.has(after))) return null;
  }
  const light = LIGHT_WORDS.get(word);
  return {
    lower: light ?? (PAST.has(word) ? 'was' : word),
    shown,
    light: light !== undefined,
    progressive: before !== undefined && PRESENT_OF_BE.has(before),
  };
}

const CONTRACTED: Readonly<Record<string, string>> = {
  not: '',
  cannot: 'can',
  "can't": 'can',
  "won't": 'will',
  "shan't": 'shall',
};

/** "doesn't" is "does", "they're" is "they", "dog's" is "dog". */
function withoutLeaning(lower: string): string {
  const contracted = CONTRACTED[lower];
  if (contracted !== undefined && Object.hasOwn(CONTRACTED, lower)) return contracted;
  return lower.replace(/(?:n't|'s|'re|'ve|'m|')$/, '');
}

/** Words in -s that are no plural of what is left without it, or say something else than it. */
const NO_PLURALS: ReadonlySet<string> = new Set(
  'news goods glasses customs arms pants means species series times works spirits minutes manners colours colors'.split(
    ' ',
  ),
);
const HISSING = /(?:s|x|z|ch|sh|o)$/;
/** One syllable that ends in one consonant: its last letter is doubled before -ing ("plan", "planning"; "planing" is of "plane"). */
const DOUBLED = /^[^aeiou]*[aeiou][^aeiouwxy]$/;
const ASCII_WORD = /^[a-z]{3,}$/;

/** Whether two words are forms of one word; English alone. */
export function sameWord(a: SaidWord, b: SaidWord): boolean {
  if (a.lower === b.lower) return true;
  if (!ASCII_WORD.test(a.lower) || !ASCII_WORD.test(b.lower)) return false;
  const mine = bases(a);
  return bases(b).some((base) => mine.includes(base));
}

/** The word itself, and whatever it may be a form of. */
function bases({ lower, progressive }: SaidWord): string[] {
  const found = [lower];
  const add = (base: string, holds: boolean): void => {
    if (base.length >= 3 && holds) found.push(base);
  };
  if (lower.endsWith('s') && !/(?:ss|us|is)$/.test(lower) && !NO_PLURALS.has(lower)) {
    const base = lower.slice(0, -1);
    add(base, !HISSING.test(base) && !/[^aeiou]y$/.test(base));
    add(lower.slice(0, -2), lower.endsWith('es') && HISSING.test(lower.slice(0, -2)));
    add(`${lower.slice(0, -3)}y`, lower.endsWith('ies'));
  }
  if (progressive && lower.endsWith('ing')) {
    const base = lower.slice(0, -3);
    add(base, !DOUBLED.test(base));
    add(`${base}e`, !base.endsWith('e') && /[^aeiou]$/.test(base));
    add(base.slice(0, -1), base.at(-1) === base.at(-2) && DOUBLED.test(base.slice(0, -1)));
  }
  return found;
}

/** Han and kana without what carries nothing: 的, 该 (the), です (polite "is"). */
export const withoutParticles = (run: string): string => run.replaceAll(/的|该|です/g, '');
