/** `memctl vacuum`: what has expired goes, and what the rules of memctl.yaml say; then the space is given back. */
import { maintenancePlan, type PurgeRules, purgeActions, unknownRules } from '../../maintenance/index.ts';
import { InputError } from '../../quantity/index.ts';
import type { Snapshot } from '../../store/index.ts';
import type { Action, Options } from '../command.ts';
import type { Runtime } from '../runtime.ts';
import { type MaintenanceDocument, maintainOne, renderMaintenance, sha256 } from './maintain.ts';
import { type MaintenanceFlags, maintenanceFlags, purgeRules } from './maintenance-flags.ts';
import { overStores, type StoreOutcome } from './over-stores.ts';
import { type Baselines, rebuiltSizes } from './rebuilt-sizes.ts';
import { reclaimActions } from './reclaim.ts';
import type { StoreChoice } from './stores.ts';

/** Everything for one store. @throws InputError, StoreError */
export async function vacuumOne(
  choice: StoreChoice,
  options: Options,
  runtime: Runtime,
): Promise<StoreOutcome<MaintenanceDocument>> {
  const flags = maintenanceFlags(options, runtime);
  const rules = purgeRules(choice, options);
  return await maintainOne(choice, flags, options, runtime, async (snapshot) =>
    vacuumPlan(snapshot, rules, flags, runtime.now, await rebuiltSizes(snapshot, runtime)),
  );
}

function vacuumPlan(
  snapshot: Snapshot,
  rules: PurgeRules,
  flags: MaintenanceFlags,
  now: Date,
  baselines: Baselines,
): ReturnType<typeof maintenancePlan> {
  const [unknown] = unknownRules(snapshot, rules);
  if (unknown !== undefined)
    throw new InputError(
      'unknown-set',
      `vacuum: "${unknown}" in memctl.yaml is no kind of rows of ${snapshot.identity.name}`,
      `it has ${snapshot.memorySets.map((s) => s.id).join(', ')}`,
    );
  const { structure, minBytes } = flags;
  const settings = { command: 'vacuum', rules, reclaim: flags.reclaim, structure, minBytes };
  const purges = purgeActions(snapshot, rules);
  const space = flags.reclaim
    ? reclaimActions(snapshot, new Map(), settings, baselines)
    : { actions: [], left: [], clean: [] };
  return maintenancePlan(snapshot, [...purges.actions, ...space.actions], {
    now,
    hash: sha256,
    settings,
    left: [...purges.left, ...space.left],
    clean: [...purges.clean, ...space.clean],
  });
}

export const action: Action = {
  execute: (args, options, runtime) =>
    overStores(args, options, runtime, {
      one: (choice) => vacuumOne(choice, options, runtime),
      render: renderMaintenance,
    }),
};
