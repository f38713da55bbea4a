/** Calibrates the PostgreSQL of the address, says when it is building over the named number of rows, and waits to be killed. */
import { calibratePostgres } from '../../../src/adapters/postgres/calibration.ts';
import { Target } from '../../../src/store/index.ts';

const [url = '', rows = ''] = process.argv.slice(2);

async function main(): Promise<void> {
  await calibratePostgres(Target.parse(url), {
    budgetSeconds: 60,
    dimensions: 256,
    m: 16,
    efConstruction: 200,
    efSearch: [40],
    maxRows: 16_000,
    seed: 1,
    signal: new AbortController().signal,
    onProgress: (step) => {
      if (step === `building over ${rows} rows`) process.stdout.write('building\n');
    },
  });
}

await main();
