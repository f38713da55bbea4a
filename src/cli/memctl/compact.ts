/** `memctl compact`: gives space back, structure by structure, without removing a row. */
import { maintenancePlan } from '../../maintenance/index.ts';
import type { Action, Options } from '../command.ts';
import type { Runtime } from '../runtime.ts';
import { type MaintenanceDocument, maintainOne, renderMaintenance, sha256 } from './maintain.ts';
import { maintenanceFlags } from './maintenance-flags.ts';
import { overStores, type StoreOutcome } from './over-stores.ts';
import { rebuiltSizes } from './rebuilt-sizes.ts';
import { reclaimActions } from './reclaim.ts';
import type { StoreChoice } from './stores.ts';

/** Everything for one store. @throws InputError, StoreError */
export async function compactOne(
  choice: StoreChoice,
  options: Options,
  runtime: Runtime,
): Promise<StoreOutcome<MaintenanceDocument>> {
  const flags = maintenanceFlags(options, runtime);
  const { structure, minBytes } = flags;
  const settings = { command: 'compact', rules: {}, reclaim: true, structure, minBytes };
  return await maintainOne(choice, flags, options, runtime, async (snapshot) => {
    const { actions, left, clean } = reclaimActions(
      snapshot,
      new Map(),
      settings,
      await rebuiltSizes(snapshot, runtime),
    );
    return maintenancePlan(snapshot, actions, { now: runtime.now, hash: sha256, settings, left, clean });
  });
}

export const action: Action = {
  execute: (args, options, runtime) =>
    overStores(args, options, runtime, {
      one: (choice) => compactOne(choice, options, runtime),
      render: renderMaintenance,
    }),
};
