import type { Quantity } from '../quantity/index.ts';

/** `wrong` is false as it stands; `outdated` was true of older versions; `contradictory` disagrees with the article itself. */
export type ArticleVerdict = 'right' | 'wrong' | 'outdated' | 'contradictory' | 'incomplete';

/** One figure of the article beside the one computed here. */
export interface ArticleFigure {
  /** What is counted: "50M × 1,536, HNSW index". */
  readonly what: string;
  /** As the article prints it: "~4 GB". */
  readonly article: string;
  /** Computed by the layouts, engines and prices of this program. */
  readonly ours: Quantity;
}

/** One claim of "Scaling to 1B Memories: Index Tiers" and what holds instead. */
export interface ArticleClaim {
  /** kebab-case, stable. */
  readonly id: string;
  /** What the article says, in a sentence. */
  readonly claim: string;
  readonly verdict: ArticleVerdict;
  /** What is true, and why. */
  readonly truth: string;
  /** Source file, release or document with its date; the figures carry sources of their own. */
  readonly source: string;
  readonly figures: readonly ArticleFigure[];
}
