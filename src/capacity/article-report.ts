/** The claims of the seed article as a report: all of them, those of one verdict, or one by its name. */
import type { PriceOverrides } from '../prices/index.ts';
import { InputError, nearest } from '../quantity/index.ts';
import type { ArticleClaim, ArticleVerdict } from './article-claim.ts';
import { articleClaims } from './article-claims.ts';
import { priceBook } from './cost.ts';

export const ARTICLE_VERDICTS: readonly ArticleVerdict[] = [
  'right',
  'wrong',
  'outdated',
  'contradictory',
  'incomplete',
];

export interface ArticleReport {
  readonly kind: 'article-report';
  readonly title: string;
  readonly headline: readonly string[];
  /** How many of all claims have each verdict. */
  readonly verdicts: readonly { readonly verdict: ArticleVerdict; readonly claims: number }[];
  readonly claims: readonly ArticleClaim[];
}

export interface ArticleChoice {
  readonly id?: string | undefined;
  readonly verdict?: string | undefined;
  readonly prices?: PriceOverrides;
}

/** @throws InputError for a claim or a verdict that there is not */
export function articleReport(choice: ArticleChoice = {}): ArticleReport {
  const all = articleClaims(priceBook(choice.prices ?? {}));
  const { id, verdict } = choice;
  if (verdict !== undefined && !ARTICLE_VERDICTS.some((v) => v === verdict)) {
    throw unknown('--verdict', verdict, ARTICLE_VERDICTS, `one of ${ARTICLE_VERDICTS.join(', ')}`);
  }
  const ids = all.map((c) => c.id);
  if (id !== undefined && !ids.includes(id)) {
    throw unknown('--article', id, ids, 'memplan explain --article lists them all');
  }
  const claims = all.filter(
    (c) => (id === undefined || c.id === id) && (verdict === undefined || c.verdict === verdict),
  );
  const verdicts = ARTICLE_VERDICTS.map((v) => ({ verdict: v, claims: all.filter((c) => c.verdict === v).length }));
  const right = all.filter((c) => c.verdict === 'right').length;
  return {
    kind: 'article-report',
    title: '"Scaling to 1B Memories: Index Tiers", Arc Labs Research',
    headline: [
      `${all.length} claims of the article: ${right} hold as they stand; ${verdicts
        .filter((v) => v.verdict !== 'right')
        .map((v) => `${v.claims} ${v.verdict}`)
        .join(', ')}.`,
      ...(claims.length === all.length ? [] : [`Shown: ${claims.length}.`]),
    ],
    verdicts,
    claims,
  };
}

function unknown(where: string, given: string, known: readonly string[], right: string): InputError {
  const near = nearest(given, known);
  return new InputError(
    'unknown-choice',
    `${where}: "${given}" is not known${near === undefined ? '' : `; did you mean ${near}?`}`,
    right,
  );
}
