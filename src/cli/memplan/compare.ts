/** `memplan compare`. */
import { compare, SORTS, type Sort } from '../../capacity/compare.ts';
import { type Axis, readAxes, type SystemDrafts } from '../../capacity/compare-axes.ts';
import { reportJson } from '../../capacity/report-json.ts';
import { InputError, nearest } from '../../quantity/index.ts';
import { compareCsv, comparePage } from '../../render/capacity/compare.ts';
import { EMPTY_DRAFT } from '../../workload/index.ts';
import type { Action, Options, Outcome } from '../command.ts';
import { gatherDraft, gatherSystem } from './inputs.ts';
import { sectionedOutcome } from './sectioned-outcome.ts';

export const action: Action = {
  async execute(_args, options, runtime): Promise<Outcome> {
    const sort = readSort(options);
    const vary = options['vary'] === undefined ? [] : [options['vary']].flat().map(String);
    const bySystem = vary.some((v) => /^\s*system\s*=/.test(v));
    const gathered = await gatherDraft(options, runtime, bySystem);
    const { draft, prices, notes } = gathered;
    const { axes, systems } = await withSystems(readAxes(vary, draft));
    const report = compare(draft, { axes, sort, prices, systems });
    const outcome = sectionedOutcome(report, comparePage, notes);
    return {
      ...outcome,
      render: (view) => (view.format === 'csv' ? compareCsv(reportJson(report, view.now)) : outcome.render(view)),
    };
  },
};

/** The systems of that axis by their full names, each with what it sets. @throws InputError for one that is not known */
async function withSystems(
  axes: readonly Axis[],
): Promise<{ axes: readonly Axis[]; systems: SystemDrafts | undefined }> {
  const axis = axes.find((a) => a.parameter === 'system');
  if (axis === undefined) return { axes, systems: undefined };
  const systems = new Map<string, Awaited<ReturnType<typeof gatherSystem>>>();
  for (const value of axis.values) {
    const said = { system: { value, from: 'flag' as const, where: '--vary system' } };
    const drafts = await gatherSystem({ ...EMPTY_DRAFT, inputs: said });
    systems.set(String(drafts.above.inputs['system']?.value), drafts);
  }
  return { axes: axes.map((a) => (a === axis ? { ...a, values: [...systems.keys()] } : a)), systems };
}

function readSort(options: Options): Sort {
  const given = options['sort'];
  if (given === undefined) return 'resident';
  const known = SORTS.find((s) => s === given);
  if (known !== undefined) return known;
  const near = nearest(String(given), SORTS);
  throw new InputError(
    'unknown-choice',
    `--sort: "${String(given)}" is not known${near === undefined ? '' : `; did you mean ${near}?`}`,
    `one of ${SORTS.join(', ')}`,
  );
}
