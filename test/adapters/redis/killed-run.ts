/** A run in a process of its own, for a test that kills it: says on stdout what it is about to do, and waits where told. */

import type { PurgeAction } from '../../../src/store/index.ts';
import { context, openWrite } from './mneme-store.ts';

const [url = '', wait = ''] = process.argv.slice(2);
const action = JSON.parse(process.argv[4] ?? '{}') as PurgeAction;
const store = await openWrite(url);
const { maintenance } = store;
if (maintenance === undefined) throw new Error('not writable');
await maintenance.lock('killed');
for await (const event of maintenance.perform(action, context({ batchRows: 20 }))) {
  process.stdout.write(`${JSON.stringify(event)}\n`);
  if (event.state === wait && 'batch' in event && event.batch === 3)
    await new Promise(() => setInterval(() => {}, 1000));
}
