/**
 * Reads the four seed documents and says which of their numbers and sentences have no row in bench/seeds:
 *
 *     npx tsx bench/seed-claims.ts FOLDER [--write]
 *
 * FOLDER holds the texts as 000…txt to 003…txt. `--write` keeps the numbers found, each with its row, in
 * fixtures/seeds/numbers.csv; the tests hold the rows against that list without the texts.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { csvLine } from '../src/render/csv.ts';
import { coverageOf } from './seeds/coverage.ts';
import { NO_CLAIMS, SEED_DOCUMENTS, seedRows } from './seeds/index.ts';

const [folder, ...flags] = process.argv.slice(2);
if (folder === undefined) throw new Error('usage: npx tsx bench/seed-claims.ts FOLDER [--write]');

const files = readdirSync(folder)
  .filter((f) => /^00[0-3].*\.txt$/.test(f))
  .sort();
const rows = seedRows();
const lines = [csvLine(['document', 'line', 'number', 'row'])];
let gaps = 0;
for (const [i, document] of SEED_DOCUMENTS.entries()) {
  const file = files[i];
  if (file === undefined) throw new Error(`${folder}: there is no ${i}th of ${SEED_DOCUMENTS.length} texts`);
  const c = coverageOf(document, readFileSync(join(folder, file), 'utf8'), rows, NO_CLAIMS);
  for (const n of c.numbers) lines.push(csvLine([document, n.line, n.text, n.by ?? '']));
  const bare = c.numbers.filter((n) => n.by === undefined);
  const byRow = c.numbers.filter((n) => rows.some((r) => r.id === n.by)).length;
  console.log(
    `${document}: ${c.numbers.length} numbers, ${byRow} in a row, ${c.numbers.length - byRow - bare.length} that claim nothing, ` +
      `${bare.length} without either; ${c.bareSentences.length} sentences without a quote; ${c.notFound.length} quotes that are not there`,
  );
  for (const n of bare) console.log(`  line ${n.line}: ${n.text}`);
  for (const l of c.bareSentences) console.log(`  line ${l.line} has no quote: ${l.text.slice(0, 100)}`);
  for (const q of c.notFound) console.log(`  ${q.by}: not in the text: ${q.quote}`);
  gaps += bare.length + c.bareSentences.length + c.notFound.length;
}
if (flags.includes('--write')) {
  const kept = join(dirname(fileURLToPath(import.meta.url)), '..', 'fixtures', 'seeds');
  mkdirSync(kept, { recursive: true });
  writeFileSync(join(kept, 'numbers.csv'), lines.join(''));
}
process.exitCode = gaps === 0 ? 0 : 1;
