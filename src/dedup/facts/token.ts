/** A text as a row of tokens, found in one pass: no pattern ever runs over more than one token. */
import { knownAs } from './known-words.ts';

export interface Token {
  readonly text: string;
  readonly lower: string;
  /** `word` letters alone; `number` has a digit; `mark` has a sign inside: paths, addresses, code; `run` Han and kana. */
  readonly kind: 'word' | 'number' | 'mark' | 'run' | 'url';
  /** First of its sentence. */
  readonly start: boolean;
  readonly capital: boolean;
  /** No blank between it and the token before. */
  readonly glued: boolean;
  /** Of a word, what it may be (known-words.ts); else 0. */
  readonly known: number;
}

const BLANK = 1;
const BREAK = 2;
const SENTENCE = 3;

/** What ends a token, by character code; all else is part of one. */
const ENDS: Uint8Array = (() => {
  const table = new Uint8Array(0x3100);
  for (let code = 0; code <= 32; code++) table[code] = BLANK;
  for (const code of [0x7f, 0x85, 0xa0, 0x1680, 0x2028, 0x2029, 0x3000]) table[code] = BLANK;
  for (let code = 0x2000; code <= 0x200f; code++) table[code] = BLANK;
  for (const c of '"()[]{}<>,;*|=`“”„‟«»‹›‘‚「」『』《》〈〉【】–—…、·・•') table[c.charCodeAt(0)] = BREAK;
  for (const c of '!?。¿¡\n\r') table[c.charCodeAt(0)] = SENTENCE;
  return table;
})();

const isRun = (code: number): boolean =>
  code >= 0x3005 &&
  (code <= 0x3007 ||
    (code >= 0x3041 && code <= 0x30ff) ||
    (code >= 0x3400 && code <= 0x9fff) ||
    (code >= 0xf900 && code <= 0xfaff));
const isDigit = (code: number): boolean => code >= 48 && code <= 57;
const DECIMAL = /\p{Nd}/u;

/** Signs that belong to the token they begin: -5, +49, .5, ./x, /etc, ~/x, @name, #tag. */
const LEADING =
  /^(?:[-+](?=[\d$€£¥.])|--?(?=\p{L}{2})|\.(?=\d|\/|\.\/|\p{L})|\.\.(?=\/)|\/(?=[\p{L}\d])|~(?=\/)|[@#$€£¥₹%°_](?=.)|\\\\)/u;
const SIGNS_BEFORE = ".:'-/\\@#+~&^_";
const SIGNS_AFTER = ".:'-/\\@~&^";
const ABBREVIATED: ReadonlySet<string> = new Set([
  'mr',
  'mrs',
  'ms',
  'dr',
  'prof',
  'st',
  'no',
  'nr',
  'vs',
  'z.b',
  'e.g',
  'i.e',
  'ca',
  'approx',
]);
const CAMEL = /\p{Ll}\p{Lu}/u;
const INITIALS = /^(?:\p{L}\.)+\p{L}$/u;
/** French and Italian words that lean on the next one. */
const LEANING = /^(?:l|d|n|j|m|t|s|c|qu|un|dell|all|nell)'(?=\p{L}{2})/u;
const ALTERNATIVES = /^(\p{L}+)\/(\p{L}+)$/u;

/** @param text composed text (NFKC), with typographic apostrophes and minus signs made plain; @param lowered the same in lower case */
export function tokensOf(text: string, lowered: string): Token[] {
  // Rarely a letter's lower case is two: then each token is lowered by itself.
  const parallel = lowered.length === text.length;
  const tokens: Token[] = [];
  let start = true;
  let glued = false;
  let i = 0;
  while (i < text.length) {
    const code = text.charCodeAt(i);
    const end = code < ENDS.length ? ENDS[code] : 0;
    if (end !== 0) {
      if (end === SENTENCE || code === 10 || code === 13) start = true;
      glued = false;
      i++;
      continue;
    }
    if (isRun(code)) {
      let to = i + 1;
      while (to < text.length && isRun(text.charCodeAt(to))) to++;
      const run = text.slice(i, to);
      tokens.push({ text: run, lower: run, kind: 'run', start, capital: false, glued, known: 0 });
      start = false;
      glued = true;
      i = to;
      continue;
    }
    const to = chunkEnd(text, i);
    const ended = pushChunk(tokens, text.slice(i, to), parallel ? lowered.slice(i, to) : null, start, glued);
    if (ended !== null) start = ended;
    if (text[to] === ':' || text[to] === '\n') start = true;
    glued = to < text.length && isRun(text.charCodeAt(to));
    i = Math.max(to, i + 1);
  }
  return tokens;
}

function chunkEnd(text: string, from: number): number {
  let url = false;
  let i = from;
  for (; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const end = code < ENDS.length ? ENDS[code] : 0;
    if (end === BLANK || isRun(code)) return i;
    if (url) {
      if (code === 34 || code === 60 || code === 62 || code > 0x2000) return i;
      continue;
    }
    if (code === 58) {
      if (text.startsWith('//', i + 1) && i > from) url = true;
      else if (!(isDigit(text.charCodeAt(i - 1)) && isDigit(text.charCodeAt(i + 1))) && text[i + 1] !== '\\') {
        if (i > from) return i;
      }
    } else if (end !== 0) {
      // A comma between digits belongs to the number.
      if (code === 44 && i > from && isDigit(text.charCodeAt(i - 1)) && isDigit(text.charCodeAt(i + 1))) continue;
      return i;
    }
  }
  return i;
}

/** @returns whether a sentence ended with it; null where nothing was left of it */
function pushChunk(
  tokens: Token[],
  chunk: string,
  lowered: string | null,
  start: boolean,
  glued: boolean,
): boolean | null {
  let to = chunk.length;
  while (to > 0 && SIGNS_AFTER.includes(chunk[to - 1] as string)) to--;
  let from = 0;
  while (from < to && SIGNS_BEFORE.includes(chunk[from] as string) && !LEADING.test(chunk.slice(from, from + 4)))
    from++;
  if (from >= to) return null;
  const whole = from === 0 && to === chunk.length;
  const text = whole ? chunk : chunk.slice(from, to);
  const lower = lowered === null ? text.toLowerCase() : whole ? lowered : lowered.slice(from, to);
  const kind = kindOf(text, lower);
  const ends = to < chunk.length && chunk[to] === '.' && !(ABBREVIATED.has(lower) || text.length === 1);
  const capital = text.charCodeAt(0) !== lower.charCodeAt(0);
  if (kind === 'mark' && INITIALS.test(text)) {
    const letters = text.replaceAll('.', '');
    tokens.push({ text, lower: letters.toLowerCase(), kind: 'word', start, capital, glued, known: 0 });
    return false;
  }
  const two = kind === 'mark' ? ALTERNATIVES.exec(text.slice(0, 80)) : null;
  const leaning = kind === 'word' && text.includes("'") && lower !== "aujourd'hui" ? LEANING.exec(lower) : null;
  const cut =
    two !== null && text.length <= 80 ? (two[1] as string).length : leaning === null ? 0 : leaning[0].length - 1;
  if (cut === 0) {
    tokens.push({ text, lower, kind, start, capital, glued, known: kind === 'word' ? knownAs(lower) : 0 });
  } else {
    const rest = text.slice(cut + 1);
    const restLower = rest.toLowerCase();
    const first = lower.slice(0, cut);
    tokens.push({ text: text.slice(0, cut), lower: first, kind: 'word', start, capital, glued, known: knownAs(first) });
    tokens.push({
      text: rest,
      lower: restLower,
      kind: 'word',
      start: false,
      capital: rest[0] !== restLower[0],
      glued: true,
      known: knownAs(restLower),
    });
  }
  return ends;
}

function kindOf(text: string, lower: string): Token['kind'] {
  let mark = false;
  let digit = false;
  let foreign = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 128) foreign = true;
    else if (isDigit(code)) digit = true;
    else if (!((code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 39 || (code === 45 && i > 0)))
      mark = true;
  }
  if (mark && (text.includes('://') || lower.startsWith('www.'))) return 'url';
  if (digit || (foreign && DECIMAL.test(text))) return 'number';
  if (mark || (foreign && SIGNED.test(text))) return 'mark';
  return text !== lower && CAMEL.test(text) ? 'mark' : 'word';
}

/** Currency and degree signs outside ASCII. */
const SIGNED = /[€£¥₹°±×÷]/;
