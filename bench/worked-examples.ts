/**
 * Prints the worked example of every page in docs/ and of the README, and with `--write` puts each between its markers:
 *
 *     <!-- example: pgvector-hnsw -->
 *     ...
 *     <!-- /example -->
 *
 * An example is a module in bench/examples/, named like its page, whose default export returns the lines.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const here: string = dirname(fileURLToPath(import.meta.url));
const docs: string = join(here, '..', 'docs');

/** The lines of every example, by its id. */
export async function workedExamples(): Promise<Map<string, string[]>> {
  const examples = new Map<string, string[]>();
  for (const file of readdirSync(join(here, 'examples')).sort()) {
    if (!file.endsWith('.ts')) continue;
    const module = (await import(pathToFileURL(join(here, 'examples', file)).href)) as {
      default: () => string[] | Promise<string[]>;
    };
    examples.set(file.replace(/\.ts$/, ''), await module.default());
  }
  return examples;
}

const block = (id: string): RegExp => new RegExp(`(<!-- example: ${id} -->\\n)[\\s\\S]*?(<!-- /example -->)`);

/** The text with the block of one example filled in; unchanged where the text has no such block. */
export function filled(text: string, id: string, lines: readonly string[]): string {
  return text.replace(
    block(id),
    (_all, open: string, close: string) => `${open}\`\`\`\n${lines.join('\n')}\n\`\`\`\n${close}`,
  );
}

/** README and every Markdown page under docs/, by path. */
export function pages(): string[] {
  const under = readdirSync(docs, { recursive: true, encoding: 'utf8' }).filter((f) => f.endsWith('.md'));
  return [join(docs, '..', 'README.md'), ...under.map((f) => join(docs, f))];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const examples = await workedExamples();
  for (const [id, lines] of examples) console.log(`# ${id}\n${lines.join('\n')}\n`);
  if (process.argv.includes('--write')) {
    for (const page of pages()) {
      const before = readFileSync(page, 'utf8');
      let after = before;
      for (const [id, lines] of examples) after = filled(after, id, lines);
      if (after !== before) writeFileSync(page, after);
    }
  }
}
