/** What was found of a store once the run was over, as the last line of its ledger: `runs RUN` gives the same report again. */
import { dirname } from 'node:path';
import type { LookedAfter } from '../../maintenance/index.ts';
import { isStoreError } from '../../store/index.ts';
import type { CarriedOut } from './carry-out.ts';
import { LedgerFiles } from './run-files.ts';

/** @returns why it could not be written down; `runs RUN` then knows less than this report */
export function noted(done: CarriedOut, id: string, clock: () => Date, looked: LookedAfter): string | undefined {
  if (done.ledger === null) return undefined;
  const files = new LedgerFiles(dirname(done.ledger));
  try {
    files.append({ event: 'looked', at: clock().toISOString(), run: id, ...looked });
    return undefined;
  } catch (e) {
    if (!isStoreError(e)) throw e;
    return `what was found afterwards is not in the ledger: ${e.message}`;
  } finally {
    files.close();
  }
}
