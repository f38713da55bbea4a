/** `memplan gate`: the budgets of memplan.yaml judged; the exit code is the answer. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { GrowthModel } from '../../capacity/forecast-growth.ts';
import { type GateOptions, type GateProblem, type GateReport, gate } from '../../capacity/gate.ts';
import type { Budget } from '../../capacity/gate-budget.ts';
import { engineOfReport, inputNotes, notUsed } from '../../capacity/input-notes.ts';
import { reportJson } from '../../capacity/report-json.ts';
import { InputError, isInputError, printable } from '../../quantity/index.ts';
import { gateMarkdown, gatePage } from '../../render/capacity/gate.ts';
import { gateAnnotations, gateJunit, problemAnnotations, problemJunit } from '../../render/capacity/gate-ci.ts';
import type { Action, Options, Outcome, View } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import type { Runtime } from '../runtime.ts';
import { growthOf } from './growth-of-store.ts';
import { DEFAULT_CONFIG, gatherInputs, type Inputs } from './inputs.ts';
import { savedCapacityReport } from './saved-report.ts';
import { sectionedOutcome } from './sectioned-outcome.ts';

export const action: Action = {
  async execute(_args, options, runtime): Promise<Outcome> {
    const file = budgetFile(options, runtime);
    const baseline = baselineOf(options);
    // The workload reads the file first: what is wrong with it as a whole is said there.
    const inputs = await gatherInputs(options, runtime);
    const { budgetsInFile } = await import('./config-file.ts');
    const budgets = budgetsInFile(file);
    const { growth, problems, notes } = await growthFor(budgets, inputs, options, runtime);
    if (problems.length > 0) return refused(problems, file);
    runtime.expectShort?.();
    const answer = gate(inputs.workload, budgets, {
      now: runtime.now,
      file: printable(file),
      strict: options['strict'] === true,
      prices: inputs.prices,
      ...(baseline === undefined ? {} : { baseline }),
      ...(growth === undefined ? {} : { growth }),
    });
    if ('problems' in answer) return refused(answer.problems, file);
    const told = inputNotes(inputs.workload, engineOfReport(inputs.workload, answer.report.engine));
    return judged(answer.report, [...inputs.notes, ...inputs.ofSystem, ...notes, ...told]);
  },
};

function budgetFile(options: Options, runtime: Runtime): string {
  const named = options['config'];
  if (named !== undefined) return String(named);
  if (existsSync(join(runtime.cwd, DEFAULT_CONFIG))) return DEFAULT_CONFIG;
  throw new InputError(
    'budgets-missing',
    `there is no ${DEFAULT_CONFIG} here, and a gate without budgets checks nothing`,
    'name the file that holds them with --config FILE',
  );
}

function baselineOf(options: Options): GateOptions['baseline'] {
  const given = options['baseline'];
  if (given === undefined) return undefined;
  const path = String(given);
  const name = printable(path);
  return { name, report: savedCapacityReport(path, `--baseline ${name}`) };
}

const GROWTH_FLAGS = ['growth-per-day', 'ttl', 'dedup-rate', 'supersede-rate', 'half-life'] as const;

interface Growth {
  readonly growth: GrowthModel | undefined;
  readonly problems: readonly GateProblem[];
  readonly notes: readonly string[];
}

/** Asked for only where a budget looks ahead; where nothing says it, those budgets cannot be judged. */
async function growthFor(
  budgets: readonly Budget[],
  { workload, store }: Inputs,
  options: Options,
  runtime: Runtime,
): Promise<Growth> {
  const ahead = budgets.filter((b) => b.days !== undefined && b.level !== 'off');
  if (ahead.length === 0) {
    const given = GROWTH_FLAGS.filter((id) => options[id] !== undefined);
    return { growth: undefined, problems: [], notes: notUsed(given, 'no budget looks ahead (for: 180d)') };
  }
  try {
    const { model, notes } = await growthOf(options, workload, store?.seen, runtime);
    return { growth: model, problems: [], notes };
  } catch (e) {
    if (!isInputError(e) || e.code !== 'growth-missing') throw e;
    const why = e.hint === undefined ? e.message : `${e.message}: ${e.hint}`;
    return {
      growth: undefined,
      problems: ahead.map((b) => ({ line: b.line, message: `${b.where}.for: ${why}` })),
      notes: [],
    };
  }
}

/** Wrong evidence: what a CI system reads says so in its own words, everything else gets the sentence. */
function refused(problems: readonly GateProblem[], file: string): Outcome {
  const [first, ...others] = problems;
  const error = new InputError(
    'budget-unjudged',
    first?.message ?? '',
    others.length === 0 ? undefined : `and besides: ${others.map((p) => p.message).join('; ')}`,
  );
  return {
    exit: EXIT.usage,
    notes: problems.map((p) => `memplan: ${p.message}`),
    render(view: View): string {
      if (view.format === 'github') return problemAnnotations(problems, file);
      if (view.format === 'junit') return problemJunit(problems, file);
      throw error;
    },
  };
}

function judged(report: GateReport, notes: readonly string[]): Outcome {
  const outcome = sectionedOutcome(report, gatePage, notes);
  return {
    ...outcome,
    exit: report.passed ? EXIT.done : EXIT.breached,
    render(view) {
      if (view.format === 'github') return gateAnnotations(reportJson(report, view.now));
      if (view.format === 'junit') return gateJunit(reportJson(report, view.now));
      if (view.format === 'markdown') return gateMarkdown(reportJson(report, view.now));
      return outcome.render(view);
    },
  };
}
