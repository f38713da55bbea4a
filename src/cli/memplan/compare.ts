/** `memplan compare`. */
import { compare, SORTS, type Sort } from '../../capacity/compare.ts';
import { readAxes } from '../../capacity/compare-axes.ts';
import { reportJson } from '../../capacity/report-json.ts';
import { InputError, nearest } from '../../quantity/index.ts';
import { compareCsv, comparePage } from '../../render/capacity/compare.ts';
import type { Action, Options, Outcome } from '../command.ts';
import { gatherDraft } from './inputs.ts';
import { sectionedOutcome } from './sectioned-outcome.ts';

export const action: Action = {
  async execute(_args, options, runtime): Promise<Outcome> {
    const sort = readSort(options);
    const { draft, prices, notes } = await gatherDraft(options, runtime);
    const vary = options['vary'];
    const axes = readAxes(vary === undefined ? [] : [vary].flat().map(String), draft);
    const report = compare(draft, { axes, sort, prices });
    const outcome = sectionedOutcome(report, comparePage, notes);
    return {
      ...outcome,
      render: (view) => (view.format === 'csv' ? compareCsv(reportJson(report, view.now)) : outcome.render(view)),
    };
  },
};

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
