/**
 * What the seed article, "Scaling to 1B Memories: Index Tiers" (Arc Labs Research), gets right and wrong, as data. Its
 * figures stand beside ones computed by the layouts, engines and prices of this program.
 */
import { CATALOGUE, type Catalogue } from '../prices/index.ts';
import type { ArticleClaim } from './article-claim.ts';
import { moneyClaims } from './article-claims-money.ts';
import { operationClaims } from './article-claims-operations.ts';
import { sizeClaims } from './article-claims-sizes.ts';
import { timeClaims } from './article-claims-time.ts';

export type { ArticleClaim, ArticleFigure, ArticleVerdict } from './article-claim.ts';

/** Every claim, by subject: sizes, build and search, money, operation. */
export function articleClaims(prices: Catalogue = CATALOGUE): ArticleClaim[] {
  return [...sizeClaims(), ...timeClaims(), ...moneyClaims(prices), ...operationClaims()];
}
