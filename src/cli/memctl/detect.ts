/** `memctl detect`. */
import { type DetectReport, detectReport } from '../../profiles/index.ts';
import type { Action, Outcome, View } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { readJson, type SnapshotRuntime, type SnapshotSource, savedOr, snapshotOf } from './open-target.ts';

export type DetectOptions = Omit<SnapshotSource, 'sections'>;

/** Prints nothing. @throws InputError, StoreError */
export async function execute(options: DetectOptions, runtime: SnapshotRuntime): Promise<DetectReport> {
  if (options.input !== undefined) {
    const saved = readJson(options.input, runtime.cwd) as Partial<DetectReport> | null;
    if (saved?.kind === 'detect-report' && saved.schemaVersion === 1) return saved as DetectReport;
  }
  return detectReport(await snapshotOf({ ...options, sections: ['profiles'] }, runtime), runtime.now);
}

export const action: Action = {
  async execute(args, options, runtime): Promise<Outcome> {
    const text = (name: string): string | undefined =>
      options[name] === undefined ? undefined : String(options[name]);
    const report = await execute({ store: args[0], profile: text('profile'), input: text('input') }, runtime);
    return { exit: EXIT.done, render: (view) => savedOr(options['input'], () => render(report, view)) };
  },
};

async function render(report: DetectReport, view: View): Promise<string> {
  if (view.format === 'json') return `${JSON.stringify(report, null, 2)}\n`;
  const { renderDetectReport } = await import('../../render/detect-report.ts');
  const { paint } = await import('../paint.ts');
  return renderDetectReport(report, { width: view.columns, paint: paint(view.color), verbose: view.verbose });
}
