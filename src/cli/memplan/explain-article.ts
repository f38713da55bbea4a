/** `memplan explain --article [CLAIM]`: what the seed article claims, and what was found. */
import { articleReport } from '../../capacity/article-report.ts';
import { reportJson } from '../../capacity/report-json.ts';
import { InputError } from '../../quantity/index.ts';
import { articleFile, articlePage } from '../../render/capacity/article.ts';
import { pageCsv, pageMarkdown } from '../../render/capacity/sectioned.ts';
import type { Options, Outcome } from '../command.ts';
import type { Runtime } from '../runtime.ts';
import { gatherDraft } from './inputs.ts';
import { sectionedOutcome } from './sectioned-outcome.ts';
import { workloadFlagIn } from './workload-options.ts';

/** The article's claims are about its own workload; what they cost rests on the prices of this run. */
const READS = ['price', 'currency', 'rate', 'price-file', 'config'];

/** @throws InputError for a claim or verdict that there is not, and for a workload */
export async function articleOutcome(id: string | undefined, options: Options, runtime: Runtime): Promise<Outcome> {
  const given = workloadFlagIn(options, READS);
  if (given !== undefined) {
    throw new InputError(
      'contradiction',
      `--article contradicts --${given}: the claims are about the article's own numbers`,
    );
  }
  const { prices } = await gatherDraft(options, runtime);
  const verdict = options['verdict'];
  runtime.expectShort?.();
  const report = articleReport({ id, verdict: verdict === undefined ? undefined : String(verdict), prices });
  const outcome = sectionedOutcome(report, articlePage, []);
  return {
    ...outcome,
    render: (view) => {
      if (view.format === 'csv') return pageCsv(articleFile(reportJson(report, view.now)));
      if (view.format === 'markdown') return pageMarkdown(articleFile(reportJson(report, view.now)));
      return outcome.render(view);
    },
  };
}
