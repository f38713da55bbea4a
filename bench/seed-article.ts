/** Prints what the seed article claims beside what this program computes: `npx tsx bench/seed-article.ts`. */
import seedArticle from './examples/seed-article.ts';
import seedArticleClaims from './examples/seed-article-claims.ts';

for (const line of [...seedArticle(), '', ...seedArticleClaims()]) console.log(line);
