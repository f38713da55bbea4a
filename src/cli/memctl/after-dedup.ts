/** After rows were superseded or removed as duplicates: a connection of its own finds them gone, and the rows that stay there. */
import {
  isOfDuplicates,
  type LedgerEvent,
  type MaintenancePlan,
  summarise,
  type Verification,
  verifyDuplicates,
} from '../../maintenance/index.ts';
import type { Snapshot } from '../../store/index.ts';
import type { Runtime } from '../runtime.ts';
import { openChoice, type StoreChoice } from './stores.ts';

/** @throws StoreError when the store cannot be read */
export async function verifiedDuplicates(
  choice: StoreChoice,
  plan: MaintenancePlan,
  before: Snapshot,
  events: readonly LedgerEvent[],
  run: string,
  runtime: Runtime,
): Promise<Verification[]> {
  const own = summarise(events.filter((e) => e.run === run));
  // The ledger keeps how many rows an action was about; the plan knows which.
  const begun = plan.actions.filter(isOfDuplicates).filter((a) => own?.actions.some((o) => o.id === a.id) === true);
  if (begun.length === 0) return [];
  const { cwd, env } = runtime;
  await using store = await openChoice(choice, 'read', { cwd, env });
  const verified: Verification[] = [];
  for (const a of begun) {
    const title = before.memorySets.find((s) => s.id === a.set)?.title ?? a.set;
    verified.push(await verifyDuplicates(store, a, title, own?.byAction.get(a.id)?.rows ?? 0));
  }
  return verified;
}
