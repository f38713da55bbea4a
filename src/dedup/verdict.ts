/** Whether a row goes by itself, or a person looks first. */
import type { Level } from './dedup-report.ts';
import type { Guard } from './guards.ts';

/**
 * Least share of words in common for a row to go on the word of its vector. Embeddings place a template with other facts in
 * it within a few hundredths of a true restatement; half the words in common is what restatements of one sentence have.
 */
export const LEAST_OVERLAP = 0.5;

export interface Tie {
  readonly level: Level;
  /** Cosine; null where it was not compared. */
  readonly similarity: number | null;
  /** Share of the words in common; null where one side has none. */
  readonly overlap: number | null;
  readonly guards: readonly Guard[];
}

/**
 * The same bytes need no second look. Texts equal but for typing need to be without a guard between them; where a vector or the
 * store's own hash ties two rows their words need to agree, too: a hash may be of nothing, or one constant in every row.
 * @returns `why` says what a review is for beside the guards; null where there is nothing beside them
 */
export function mergeVerdict(tie: Tie): { readonly verdict: 'merge' | 'review'; readonly why: string | null } {
  if (tie.level === 'identical') return { verdict: 'merge', why: null };
  const why = doubt(tie);
  return { verdict: why === null && tie.guards.length === 0 ? 'merge' : 'review', why };
}

function doubt({ level, overlap }: Tie): string | null {
  if (level === 'normalised') return null;
  if (overlap === null) return 'no words to compare';
  return overlap < LEAST_OVERLAP ? 'few words in common' : null;
}
