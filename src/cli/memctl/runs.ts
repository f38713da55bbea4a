/** `memctl runs`: the ledger, all runs or one, read without opening a store. */
import { type RunReport, type RunsReport, runReport, runsReport } from '../../maintenance/index.ts';
import type { Action, Outcome, View } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { renderMaintenance } from './maintain.ts';
import { allRuns, ledgerFolder, readRun } from './run-files.ts';

export const action: Action = {
  async execute(args, options, runtime): Promise<Outcome> {
    const folder = ledgerFolder(options, runtime);
    const [wanted] = args;
    if (wanted !== undefined) {
      const { run, events, summary } = readRun(folder, wanted);
      const unfinished = summary.state === 'unfinished';
      const { looked } = summary;
      const report: RunReport = runReport({
        run,
        generatedAt: runtime.now,
        command: summary.started.command,
        store: summary.started.store,
        plan: null,
        state: summary.state === 'unfinished' ? 'stopped' : summary.state,
        exit: looked?.exit ?? (unfinished ? EXIT.partial : EXIT.done),
        events,
        reclaimed: looked?.reclaimed ?? null,
        verified: looked?.verified ?? [],
        ...(looked === undefined ? {} : { left: looked.left, clean: looked.clean }),
        settled: [],
        warnings: looked?.warnings ?? [],
        ...(unfinished
          ? {
              why: 'no end was written: it is at work, or it broke off, and the next run on the store looks up what it did',
            }
          : {}),
        ledger: `${folder}/${run}.jsonl`,
        archive: summary.started.archive,
      });
      return { exit: EXIT.done, render: (view) => renderMaintenance(report, view) };
    }
    const { runs, unreadable } = allRuns(folder);
    const report = runsReport(runs, { generatedAt: runtime.now, folder, unreadable });
    return { exit: unreadable.length > 0 ? EXIT.partial : EXIT.done, render: (view) => render(report, view) };
  },
};

async function render(report: RunsReport, view: View): Promise<string> {
  if (view.format === 'json') return `${JSON.stringify(report, null, 2)}\n`;
  const { renderRuns } = await import('../../render/runs.ts');
  const { paint } = await import('../paint.ts');
  return renderRuns(report, { width: view.columns, paint: paint(view.color), verbose: view.verbose });
}
