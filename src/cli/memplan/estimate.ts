/** `memplan estimate`. */
import { type CapacityJson, capacityJson } from '../../capacity/capacity-json.ts';
import { estimate } from '../../capacity/estimate.ts';
import type { CapacityReport } from '../../capacity/report.ts';
import type { Action, Outcome, View } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { gatherInputs } from './inputs.ts';

export const action: Action = {
  async execute(_args, options, runtime): Promise<Outcome> {
    const input = options['input'];
    if (input !== undefined) {
      const { readSavedReport } = await import('./screen.ts');
      const saved = readSavedReport(String(input), options);
      return { exit: EXIT.done, render: (view) => render(saved, undefined, view) };
    }
    const { workload, prices, store, notes } = await gatherInputs(options, runtime);
    const report = estimate(workload, {
      prices,
      now: runtime.now,
      ...(store === undefined ? {} : { observed: store.observed }),
    });
    return {
      exit: EXIT.done,
      notes,
      render: (view) => render(capacityJson(report, view.now, view.explain && view.format === 'json'), report, view),
    };
  },
};

/** JSON needs no table library: it is the path that gates and pipes take. */
async function render(json: CapacityJson, report: CapacityReport | undefined, view: View): Promise<string> {
  if (view.format === 'json') return `${JSON.stringify(json, null, 2)}\n`;
  const { renderCapacity } = await import('./screen.ts');
  return renderCapacity(json, report, view);
}
