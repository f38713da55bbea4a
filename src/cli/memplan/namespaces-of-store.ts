/** The namespaces of a live store, every one counted: what `shard --from STORE` judges the balance by. */
import { type NamespaceSizes, sizesOfCensus } from '../../capacity/namespace-sizes.ts';
import { isInputError, printable } from '../../quantity/index.ts';
import { snapshotOfStore } from '../memctl/open-target.ts';
import { openChoice, storeChoices } from '../memctl/stores.ts';
import type { Runtime } from '../runtime.ts';

export interface CountedNamespaces {
  readonly sizes: NamespaceSizes | undefined;
  /** For stderr: why there are none. */
  readonly notes: readonly string[];
}

/**
 * @param planned memories that are planned for
 * @throws InputError when the address is wrong, StoreError when the store cannot be read
 */
export async function namespacesOfStore(
  address: string,
  planned: number,
  runtime: Runtime,
): Promise<CountedNamespaces> {
  const none = (why: string): CountedNamespaces => ({
    sizes: undefined,
    notes: [`--from ${printable(address)}: ${printable(why)}`],
  });
  const [choice] = await storeChoices([address], {}, runtime);
  if (choice === undefined) return none('no store is called that');
  await using store = await openChoice(choice, 'read', runtime);
  const snapshot = await snapshotOfStore(store, choice, { approximate: true }, runtime);
  const sets = snapshot.memorySets.filter((s) => s.primary && s.hidden === undefined);
  const [set] = [...sets].sort((a, b) => b.rows - a.rows);
  if (set === undefined) return none('no memories whose namespaces could be counted');
  try {
    const census = await store.census({ set: set.id, now: runtime.now, approximate: false, seed: 1, top: 1 });
    const sizes = sizesOfCensus(census, planned);
    return sizes === undefined ? none('it holds no memories to count by namespace') : { sizes, notes: [] };
  } catch (e) {
    if (!isInputError(e) || e.code !== 'no-namespace') throw e;
    return none(e.message);
  }
}
