/** `memplan diff BEFORE [AFTER]`: two saved reports, or one and the workload as it is described now. */
import { capacityJson } from '../../capacity/capacity-json.ts';
import { diff, type Named } from '../../capacity/diff.ts';
import { estimate } from '../../capacity/estimate.ts';
import { engineOfReport, inputNotes } from '../../capacity/input-notes.ts';
import { reportJson } from '../../capacity/report-json.ts';
import { InputError, isInputError, printable } from '../../quantity/index.ts';
import { diffCsv, diffMarkdown, diffPage } from '../../render/capacity/diff.ts';
import type { Action, Options, Outcome } from '../command.ts';
import type { Runtime } from '../runtime.ts';
import { gatherInputs, type Inputs } from './inputs.ts';
import { numberOption } from './number-options.ts';
import { savedCapacityReport } from './saved-report.ts';
import { sectionedOutcome } from './sectioned-outcome.ts';
import { workloadFlagIn } from './workload-options.ts';

/** Below it a change is the growth of a day, not of a pull request. */
const DEFAULT_THRESHOLD = 0.01;
/** A change of a thousand times is one under any threshold. */
const LARGEST_THRESHOLD = 1000;

export const action: Action = {
  async execute(args, options, runtime): Promise<Outcome> {
    const threshold = numberOption(options, 'threshold', 'ratio', 0, LARGEST_THRESHOLD) ?? DEFAULT_THRESHOLD;
    const [first, second, third] = args;
    if (first === undefined) {
      throw new InputError(
        'report-missing',
        'no report is named: memplan diff BEFORE.json AFTER.json, or BEFORE.json with a workload',
        'save one with memplan estimate … --json > report.json',
      );
    }
    if (third !== undefined) {
      throw new InputError('too-many-reports', `memplan diff compares two reports; ${args.length} are named`);
    }
    const before = saved(first);
    const { after, notes } =
      second === undefined ? await current(options, runtime) : { after: fromFile(second, options), notes: [] };
    const report = diff(before, after, threshold);
    const outcome = sectionedOutcome(report, diffPage, notes);
    return {
      ...outcome,
      render(view) {
        if (view.format === 'markdown') return diffMarkdown(reportJson(report, view.now));
        if (view.format === 'csv') return diffCsv(reportJson(report, view.now));
        return outcome.render(view);
      },
    };
  },
};

const saved = (path: string): Named => ({ name: printable(path), report: savedCapacityReport(path, printable(path)) });

function fromFile(path: string, options: Options): Named {
  const other = workloadFlagIn(options);
  if (other !== undefined) {
    throw new InputError(
      'contradiction',
      `--${other} contradicts ${printable(path)}: a saved report is compared as it is; give one of them`,
    );
  }
  return saved(path);
}

/** The workload that flags, memplan.yaml and --from describe, planned now. */
async function current(
  options: Options,
  runtime: Runtime,
): Promise<{ readonly after: Named; readonly notes: readonly string[] }> {
  const { workload, prices, notes, ofSystem } = await described(options, runtime);
  const plan = estimate(workload, { prices, now: runtime.now });
  const told = inputNotes(workload, engineOfReport(workload, plan.engine.id));
  const report = capacityJson(plan, runtime.now);
  return { after: { name: 'the workload now', report }, notes: [...notes, ...ofSystem, ...told] };
}

/** @throws InputError that names both ways out where there is neither a second report nor a workload */
async function described(options: Options, runtime: Runtime): Promise<Inputs> {
  try {
    return await gatherInputs(options, runtime);
  } catch (e) {
    if (!isInputError(e) || e.code !== 'memories-missing') throw e;
    throw new InputError(
      'report-missing',
      `there is nothing to compare it with: name a second report, or describe the workload (${e.message})`,
    );
  }
}
