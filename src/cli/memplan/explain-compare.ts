/** `memplan explain --compare [RULE]`: published sizing rules beside ours, or the computation of one of them. */
import { estimate } from '../../capacity/estimate.ts';
import { engineOfReport, inputNotes } from '../../capacity/input-notes.ts';
import { reportJson } from '../../capacity/report-json.ts';
import { compareRules, ruleRow } from '../../capacity/rule-comparison.ts';
import { rulesFile, rulesPage } from '../../render/capacity/rule-comparison.ts';
import { pageCsv, pageMarkdown } from '../../render/capacity/sectioned.ts';
import type { Options, Outcome } from '../command.ts';
import type { Runtime } from '../runtime.ts';
import { explainedInputs } from './explained-inputs.ts';
import { explanation } from './explanation.ts';
import { sectionedOutcome } from './sectioned-outcome.ts';

/** @throws InputError for a rule that there is not */
export async function compareOutcome(rule: string | undefined, options: Options, runtime: Runtime): Promise<Outcome> {
  const { inputs, notes: noted } = await explainedInputs(options, runtime);
  const { workload, prices, store } = inputs;
  const plan = estimate(workload, { prices, now: runtime.now });
  const notes = [...noted, ...inputNotes(workload, engineOfReport(workload, plan.engine.id))];
  const report = compareRules(workload, plan, store?.observed);
  if (rule !== undefined) return explanation(rule, ruleRow(report, rule).memory, notes);
  const outcome = sectionedOutcome(report, rulesPage, notes);
  return {
    ...outcome,
    render: (view) => {
      if (view.format === 'csv') return pageCsv(rulesFile(reportJson(report, view.now)));
      if (view.format === 'markdown') return pageMarkdown(rulesFile(reportJson(report, view.now)));
      return outcome.render(view);
    },
  };
}
