/** Purges a store slowly, a ledger line before and after each batch; run and killed by killed.test.ts. */
import { appendFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { openStore } from '../../../src/adapters/index.ts';
import { Target } from '../../../src/store/index.ts';
import { context, purgeOf } from './maintained.ts';

const [path = '', ledger = ''] = process.argv.slice(2);
const line = (o: object): void => appendFileSync(ledger, `${JSON.stringify(o)}\n`);

writeFileSync(ledger, '');
await using store = await openStore(Target.parse(`sqlite:${path}`), { mode: 'write', busyTimeoutMs: 5000 });
const events =
  store.maintenance?.perform(purgeOf('expired', 'mneme:entries'), context({ batchRows: 40, archive: true })) ?? [];
for await (const e of events) {
  if (e.state === 'prepared') {
    const ids = (e.removed ?? []).map((r) => r.values['id']);
    line({ state: e.state, batch: e.batch, rows: e.rows, token: e.token, ids });
    await sleep(2);
  } else if (e.state === 'committed') {
    await sleep(1);
    line({ state: e.state, batch: e.batch, rows: e.rows });
    // However slow the disk is: the kill comes after something was committed.
    if (e.batch === 1) process.stdout.write('ready\n');
  }
}
