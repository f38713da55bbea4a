/** The claims of docs/seed-article.md, one paragraph each. */
import { articleClaims } from '../../src/capacity/article-claims.ts';

const COLUMNS = 96;

function wrapped(label: string, text: string): string[] {
  const indent = ' '.repeat(10);
  const lines: string[] = [];
  let line = `  ${label.padEnd(8)}`;
  for (const word of text.split(' ')) {
    if (line.length + 1 + word.length > COLUMNS && line.trim() !== '' && line !== indent) {
      lines.push(line.trimEnd());
      line = indent;
    }
    line += line.length > indent.length ? ` ${word}` : word;
  }
  return [...lines, line];
}

export default function seedArticleClaims(): string[] {
  return articleClaims().flatMap((c, i) => [
    ...(i === 0 ? [] : ['']),
    `${c.id} · ${c.verdict}`,
    ...wrapped('says', c.claim),
    ...wrapped('is', c.truth),
    ...wrapped('source', c.source),
  ]);
}
