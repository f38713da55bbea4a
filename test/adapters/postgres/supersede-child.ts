/** Marks duplicates in batches of 10, prints the token of the second at the wanted state, and then waits to be killed. */
import { duplicatesOf, supersedeOf } from './duplicated.ts';
import { context, maintained } from './maintained.ts';

const [url = '', when] = process.argv.slice(2);
const MAP = {
  table: 'public.memories',
  text: 'content',
  embedding: 'embedding',
  status: 'status',
  superseded: 'superseded',
  supersededBy: 'by',
};

async function main(): Promise<void> {
  const m = await maintained(url, [MAP]);
  const pairs = Array.from({ length: 99 }, (_, i) => [String(i + 2), '1'] as const);
  const duplicates = await duplicatesOf(url, m.reading.sets[0]?.id ?? '', pairs, [MAP]);
  let token = '';
  for await (const e of m.maintenance.perform(supersedeOf(m, 'memories', duplicates), context({ batchRows: 10 }))) {
    if (e.state === 'prepared') token = e.token;
    if ((e.state === 'prepared' || e.state === 'committed') && e.state === when && e.batch === 2) {
      process.stdout.write(`${token}\n`);
      await new Promise((done) => setTimeout(done, 60_000));
    }
  }
}

await main();
