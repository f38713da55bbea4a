/** `memctl apply`: a saved maintenance plan, carried out as it was reviewed or not at all. */
import { resolve } from 'node:path';
import {
  dedupActionsNow,
  drift,
  isOfDuplicates,
  type MaintenancePlan,
  type PurgeRules,
  planStore,
  planTotals,
  purgeActions,
  readPlan,
} from '../../maintenance/index.ts';
import { InputError } from '../../quantity/index.ts';
import { isReclaim, type Action as MaintenanceAction, type Snapshot, StoreError } from '../../store/index.ts';
import type { Action, Outcome } from '../command.ts';
import { textOfNamedFile } from '../text-of-file.ts';
import { maintainOne, renderMaintenance, sha256 } from './maintain.ts';
import { maintenanceFlags } from './maintenance-flags.ts';
import { namedStore } from './named-store.ts';
import type { StoreChoice } from './stores.ts';

/** Larger than a plan of a million actions: what is named by mistake is not read into memory. */
const MAX_BYTES = 2 ** 28;

export const action: Action = {
  async execute(args, options, runtime): Promise<Outcome> {
    const [file] = args;
    if (file === undefined)
      throw new InputError(
        'plan-missing',
        'PLAN: no plan was given',
        'save one with memctl vacuum STORE --output plan.json',
      );
    const where = `PLAN ${file}`;
    const saved = { where, what: 'plan', mostBytes: MAX_BYTES, code: 'plan-missing' };
    const plan = readPlan(textOfNamedFile(resolve(runtime.cwd, file), saved), where, sha256);
    const choice = withRules(await namedStore(plan.store.address, options, runtime), plan.settings.rules);
    const flags = maintenanceFlags(options, runtime);
    const outcome = await maintainOne(choice, flags, options, runtime, (snapshot) =>
      stillValid(plan, snapshot, runtime.now),
    );
    const { report, exit, notes } = outcome;
    return { exit, ...(notes === undefined ? {} : { notes }), render: (view) => renderMaintenance(report, view) };
  },
};

/** The plan's rules say what must be seen of the store, whatever memctl.yaml says here. */
function withRules(choice: StoreChoice, { quotas, caps, retention, storeQuotas }: PurgeRules): StoreChoice {
  const rules = {
    ...choice.rules,
    quotas: quotas ?? (storeQuotas === true ? ('store' as const) : null),
    maxEntries: caps ?? {},
    retention: retention ?? {},
  };
  return { ...choice, rules };
}

/**
 * The plan with the counts of now: what has gone by itself in between is not missed.
 * @throws StoreError (exit 5) naming everything that has changed
 */
function stillValid(plan: MaintenancePlan, snapshot: Snapshot, now: Date): MaintenancePlan {
  const purges = purgeActions(snapshot, plan.settings.rules);
  const dedup = dedupActionsNow(plan.actions, snapshot);
  const changed = [...drift(plan, planStore(snapshot.identity), purges.actions, now), ...dedup.drift];
  const [first] = changed;
  if (first !== undefined)
    throw new StoreError(
      first.code,
      `PLAN: ${changed.map((d) => d.message).join('; ')}`,
      changed.some((d) => d.code === 'rule-changed')
        ? 'give the --map or --profile that the plan was made with, or make it again and review it'
        : 'make it again and review it',
      5,
    );
  const actions = plan.actions.flatMap((a): MaintenanceAction[] => {
    if (isReclaim(a)) return [a];
    const current = [...dedup.actions, ...purges.actions].find((p) => p.id === a.id);
    return current === undefined ? [] : [current];
  });
  const renewed = { ...plan, actions, totals: planTotals(actions) };
  // Of rows that say what another one says no rule speaks: what was left stands as it was reviewed.
  return plan.actions.some(isOfDuplicates) ? renewed : { ...renewed, left: purges.left, clean: purges.clean };
}
