/** `memplan estimate`. */
import { type CapacityJson, capacityJson } from '../../capacity/capacity-json.ts';
import { estimate } from '../../capacity/estimate.ts';
import { engineOfReport, unusedNotes } from '../../capacity/input-notes.ts';
import type { CapacityReport } from '../../capacity/report.ts';
import { InputError } from '../../quantity/index.ts';
import { jsonText } from '../../render/written-number.ts';
import type { Action, Outcome, View } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { gatherInputs } from './inputs.ts';
import { workloadFlagIn } from './workload-options.ts';

export const action: Action = {
  async execute(_args, options, runtime): Promise<Outcome> {
    const input = options['input'];
    if (input !== undefined) {
      const other = workloadFlagIn(options);
      if (other !== undefined)
        throw new InputError('contradiction', `--input contradicts --${other}: a saved report is printed as it is`);
      const { savedCapacityReport } = await import('./saved-report.ts');
      const saved = savedCapacityReport(String(input), `--input ${String(input)}`);
      return { exit: EXIT.done, render: (view) => render(saved, undefined, view) };
    }
    const { workload, prices, store, notes, ofSystem } = await gatherInputs(options, runtime);
    const planned = estimate(workload, {
      prices,
      now: runtime.now,
      ...(store === undefined ? {} : { observed: store.observed }),
    });
    const unused = unusedNotes(workload, engineOfReport(workload, planned.engine.id));
    // First: whoever typed a flag has to hear that it changed nothing, before the screen runs out of lines.
    const advice = [...unused.map((message) => ({ id: 'unused-flag', message })), ...planned.advice];
    const report = unused.length === 0 ? planned : { ...planned, advice };
    return {
      exit: EXIT.done,
      notes: [...notes, ...ofSystem],
      render: (view) => render(capacityJson(report, view.now, view.explain && view.format === 'json'), report, view),
    };
  },
};

/** JSON needs no table library: it is the path that gates and pipes take. */
async function render(json: CapacityJson, report: CapacityReport | undefined, view: View): Promise<string> {
  if (view.format === 'json') return jsonText(json);
  const { renderCapacity } = await import('./screen.ts');
  return renderCapacity(json, report, view);
}
