/** What a run that removes rows or gives space back looks at, before and afterwards. */
import type { Section, Snapshot } from '../../store/index.ts';
import type { Options } from '../command.ts';
import type { Runtime } from '../runtime.ts';
import type { MaintenanceFlags } from './maintenance-flags.ts';
import { type SnapshotWish, snapshotOfStore } from './open-target.ts';
import { progressOn } from './progress.ts';
import { openChoice, type StoreChoice } from './stores.ts';

/**
 * What must be seen for removing rows and giving space back, and no more: every further figure reads a large table once
 * again. Without giving back, structures are not looked at.
 */
export function removalWish(choice: StoreChoice, flags: MaintenanceFlags): SnapshotWish {
  const { quotas, maxEntries, retention } = choice.rules;
  return {
    exact: flags.exact,
    removal: {
      ages: Object.keys(retention).length > 0,
      namespaces: (quotas !== null && quotas !== 'store') || Object.keys(maxEntries).length > 0,
    },
    ...(flags.reclaim ? {} : { sections: ['profiles', 'memories'] }),
  };
}

/** The store as a connection of its own finds it: what one that has just written believes is no proof. */
export async function freshLook(
  choice: StoreChoice,
  options: Options,
  runtime: Runtime,
  clock: () => Date,
  flags: MaintenanceFlags,
  sections?: readonly Section[],
): Promise<Snapshot> {
  using progress = progressOn(runtime, options, choice.name);
  const { cwd, env } = runtime;
  await using store = await openChoice(choice, 'read', { cwd, env });
  const wish = { ...removalWish(choice, flags), ...(sections === undefined ? {} : { sections }) };
  return await snapshotOfStore(store, choice, wish, {
    now: clock(),
    cwd,
    env,
    onProgress: progress.step,
  });
}
