/** Removes expired rows in batches of 100, prints the token of the second at the wanted state, and then waits to be killed. */
import { context, maintained, purgeOf } from './maintained.ts';

const [url = '', when] = process.argv.slice(2);

async function main(): Promise<void> {
  const m = await maintained(url, [
    { table: 'public.memories', created: 'created_at', expires: 'expires_at', text: 'content' },
  ]);
  let token = '';
  for await (const e of m.maintenance.perform(purgeOf(m, 'memories'), context({ batchRows: 100 }))) {
    if (e.state === 'prepared') token = e.token;
    if ((e.state === 'prepared' || e.state === 'committed') && e.state === when && e.batch === 2) {
      process.stdout.write(`${token}\n`);
      await new Promise((done) => setTimeout(done, 60_000));
    }
  }
}

await main();
