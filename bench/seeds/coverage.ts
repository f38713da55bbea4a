/** Which numbers and sentences of a seed document have a row: text in, gaps out. */
import { createHash } from 'node:crypto';
import type { NoClaim, SeedDocument, SeedRow } from './seed-row.ts';

export interface Passage {
  readonly start: number;
  readonly end: number;
  /** Id of the row, or why it claims nothing. */
  readonly by: string;
}

export interface NumberInText {
  readonly line: number;
  readonly text: string;
  /** Id of the row that covers it, the reason why it claims nothing, or undefined: nothing does. */
  readonly by: string | undefined;
}

export interface Coverage {
  readonly document: SeedDocument;
  readonly sha256: string;
  readonly numbers: readonly NumberInText[];
  /** Sentences, and lines of lists and tables, that no quote touches. */
  readonly bareSentences: readonly { readonly line: number; readonly text: string }[];
  /** Quotes that are not in the text. */
  readonly notFound: readonly { readonly by: string; readonly quote: string }[];
}

const ELLIPSIS = ' … ';
/** Up to a full stop, a question or exclamation mark before a space, or the end of the line. */
const SENTENCE = /\S(?:[^\n]*?[.!?](?=\s)|[^\n]*)/g;
/** 1,000,000 and 0.5 and 5_000_000 are one number each; the point that ends a sentence is none of it. */
const NUMBER = /\d+(?:[,_.]\d+)*/g;

export function coverageOf(
  document: SeedDocument,
  text: string,
  rows: readonly SeedRow[],
  noClaims: readonly NoClaim[],
): Coverage {
  const notFound: { by: string; quote: string }[] = [];
  const passages: Passage[] = [];
  for (const row of rows.filter((r) => r.document === document)) {
    for (const quote of row.quotes) {
      const found = occurrences(text, quote);
      if (found.length === 0) notFound.push({ by: row.id, quote });
      passages.push(...found.map(([start, end]) => ({ start, end, by: row.id })));
    }
  }
  for (const n of noClaims.filter((c) => c.document === document)) {
    const found = n.to === undefined ? occurrences(text, n.from) : between(text, n.from, n.to);
    if (found.length === 0) notFound.push({ by: n.why, quote: n.to === undefined ? n.from : `${n.from} … ${n.to}` });
    passages.push(...found.map(([start, end]) => ({ start, end, by: n.why })));
  }
  const lineStarts = [0, ...[...text.matchAll(/\n/g)].map((m) => m.index + 1)];
  const lineOf = (at: number): number => lineStarts.filter((s) => s <= at).length;
  // A row speaks for a number before a passage that claims nothing does: rows come first.
  const numbers = [...text.matchAll(NUMBER)].map((m) => ({
    line: lineOf(m.index),
    text: m[0],
    by: passages.find((p) => p.start <= m.index && m.index + m[0].length <= p.end)?.by,
  }));
  const bareSentences = [...text.matchAll(SENTENCE)].flatMap((m) => {
    const [start, end] = [m.index, m.index + m[0].length];
    const touched = passages.some((p) => p.start < end && start < p.end);
    return touched || !/\p{L}{2}/u.test(m[0]) ? [] : [{ line: lineOf(start), text: m[0] }];
  });
  return {
    document,
    sha256: createHash('sha256').update(text).digest('hex'),
    numbers,
    bareSentences,
    notFound,
  };
}

/** Every place of a quote; its ellipses stand for anything inside one line. */
function occurrences(text: string, quote: string): [number, number][] {
  const pattern = new RegExp(quote.split(ELLIPSIS).map(escaped).join('[^\\n]*?'), 'g');
  return [...text.matchAll(pattern)].map((m) => [m.index, m.index + m[0].length]);
}

function between(text: string, from: string, to: string): [number, number][] {
  const start = text.indexOf(from);
  const end = start < 0 ? -1 : text.indexOf(to, start + from.length);
  return end < 0 ? [] : [[start, end + to.length]];
}

const escaped = (s: string): string => s.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
