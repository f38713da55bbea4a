/** Supersedes slowly, a line with the rows as they were before each commit and one after; run and killed by supersede-killed.test.ts. */
import { appendFileSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Duplicate } from '../../../src/store/index.ts';
import { NOTES, openNotes } from '../../maintenance/superseded-store.ts';
import { context, supersedeOf } from './maintained.ts';

const [path = '', list = '', ledger = ''] = process.argv.slice(2);
const line = (o: object): void => appendFileSync(ledger, `${JSON.stringify(o)}\n`);
const duplicates = JSON.parse(readFileSync(list, 'utf8')) as Duplicate[];

await using store = await openNotes(path, 'write');
const events =
  store.maintenance?.perform(supersedeOf(NOTES, duplicates), context({ batchRows: 40, archive: true })) ?? [];
for await (const e of events) {
  if (e.state === 'prepared') {
    line({ state: e.state, batch: e.batch, rows: e.rows, token: e.token, removed: e.removed });
    await sleep(8);
  } else if (e.state === 'committed') {
    await sleep(1);
    line({ state: e.state, batch: e.batch, rows: e.rows });
    if (e.batch === 1) process.stdout.write('ready\n');
  }
}
