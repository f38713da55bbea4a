/** What is about to be done, on stderr, and as the question before it. */
import { type MaintenancePlan, planTotals } from '../../maintenance/index.ts';
import { formatBytes, formatCount } from '../../quantity/index.ts';
import type { Action } from '../../store/index.ts';
import type { Options } from '../command.ts';
import { layoutColumns, type Runtime, wantsColor } from '../runtime.ts';

export function question(actions: readonly Action[], along: number): string {
  const { rows, superseded = 0, givenBack: bytes } = planTotals(actions);
  const hanging = along > 0 ? ` and about ${formatCount(along)} that hang on them` : '';
  const parts = [
    ...(superseded > 0 ? [`supersede ${formatCount(superseded)} rows${rows > 0 ? '' : hanging}`] : []),
    ...(rows > 0 ? [`remove up to ${formatCount(rows)} rows${hanging}`] : []),
    ...(bytes > 0 ? [`give back about ${formatBytes(bytes)}`] : []),
  ];
  return `This will ${parts.join(' and ') || `do ${formatCount(actions.length)} ${actions.length === 1 ? 'thing' : 'things'} to the store`}.`;
}

/** On stderr, before anything is done. JSON and --quiet leave it out, unless somebody is asked about it. */
export async function showPlan(plan: MaintenancePlan, options: Options, runtime: Runtime, yes: boolean): Promise<void> {
  const asked = !yes && runtime.ask !== undefined;
  const table = options['json'] !== true && (options['format'] ?? 'table') === 'table';
  if (!asked && (options['quiet'] === true || !table)) return;
  const { renderMaintenancePlan } = await import('../../render/maintenance-plan.ts');
  const { paint } = await import('../paint.ts');
  const flag = options['color'] === true ? true : options['no-color'] === true ? false : undefined;
  const { stderr, env } = runtime;
  const view = {
    width: layoutColumns(stderr),
    paint: paint(wantsColor(stderr, env, flag)),
    verbose: options['verbose'] === true,
  };
  stderr.write(renderMaintenancePlan(plan, view));
}
