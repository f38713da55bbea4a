/** A number or claim of one of the four seed documents, and what became of it. */
import type { Quantity, Unit } from '../../src/quantity/index.ts';

export const SEED_DOCUMENTS = ['article', 'mneme', 'neural-memory', 'memories-dev'] as const;
export type SeedDocument = (typeof SEED_DOCUMENTS)[number];

export const SEED_TITLES: Readonly<Record<SeedDocument, string>> = {
  article: '"Scaling to 1B Memories: Index Tiers", Arc Labs Research',
  mneme: '"Capacity planning & RAM management", documentation of mneme 1.0.0',
  'neural-memory': '"Scalability", documentation of neural-memory (v0.4.x)',
  'memories-dev': '"Memory System", documentation of memories-dev 2.0.9',
};

/** `reproduced`: this program computes it. `corrected`: it does not hold, and what holds is said. */
export type SeedVerdict = 'reproduced' | 'corrected' | 'out of scope';

/** A number as the document states it, beside the one computed here. */
export interface SeedFigure {
  readonly what: string;
  /** As printed: "~300 MB". */
  readonly says: string;
  /** What that may mean, in the unit of `ours`: a "~" is 10 % on both sides unless the row says otherwise. */
  readonly from: number;
  readonly to: number;
  readonly ours: Quantity;
}

export interface SeedRow {
  /** kebab-case, unique over all documents: `mneme-numpy-ram`. */
  readonly id: string;
  readonly document: SeedDocument;
  /** Heading under which it stands. */
  readonly where: string;
  /** Words of the document, verbatim; "…" stands for what is between, inside one line. */
  readonly quotes: readonly string[];
  readonly verdict: SeedVerdict;
  /** What was found, what holds instead, or why it is not for this program to say. */
  readonly found: string;
  /** Page, source file, measurement or verb to see it by. */
  readonly how: string;
  readonly figures: readonly SeedFigure[];
}

/** Text that claims nothing: headings, samples of code, the words of a question. `to` is where a passage of lines ends. */
export interface NoClaim {
  readonly document: SeedDocument;
  readonly from: string;
  readonly to?: string;
  readonly why: string;
}

export const about = (value: number, share = 0.1): { readonly from: number; readonly to: number } => ({
  from: value * (1 - share),
  to: value * (1 + share),
});

export function figure<U extends Unit>(
  what: string,
  says: string,
  range: { readonly from: number; readonly to: number },
  ours: Quantity<U>,
): SeedFigure {
  return { what, says, ...range, ours };
}

type Add = (
  id: string,
  quotes: readonly string[],
  found: string,
  how: string,
  figures?: readonly SeedFigure[],
) => SeedRow;

/** Three makers of rows of one document under one heading. */
export function under(
  document: SeedDocument,
  where: string,
): { readonly reproduced: Add; readonly corrected: Add; readonly outside: Add } {
  const maker =
    (verdict: SeedVerdict): Add =>
    (id, quotes, found, how, figures = []) => ({
      id: `${document}-${id}`,
      document,
      where,
      quotes,
      verdict,
      found,
      how,
      figures,
    });
  return { reproduced: maker('reproduced'), corrected: maker('corrected'), outside: maker('out of scope') };
}
