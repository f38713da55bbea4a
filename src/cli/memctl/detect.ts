/** `memctl detect`. */
import { type DetectReport, detectReport } from '../../profiles/index.ts';
import { readSnapshot } from '../../store/index.ts';
import type { Action, Options, Outcome, View } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import type { Runtime } from '../runtime.ts';
import { snapshotOfChoice } from './open-target.ts';
import { overStores, type StoreOutcome, savedOutcome } from './over-stores.ts';
import { progressOn } from './progress.ts';
import type { StoreChoice } from './stores.ts';

async function detectIn(choice: StoreChoice, options: Options, runtime: Runtime): Promise<StoreOutcome<DetectReport>> {
  using progress = progressOn(runtime, options, choice.name);
  const { now, cwd, env, signal } = runtime;
  const snapshot = await snapshotOfChoice(
    choice,
    { sections: ['profiles'] },
    { now, cwd, env, signal, onProgress: progress.step },
  );
  return { report: detectReport(snapshot, now), exit: EXIT.done };
}

export const action: Action = {
  async execute(args, options, runtime): Promise<Outcome> {
    const input = options['input'];
    if (input === undefined) {
      return overStores(args, options, runtime, { one: (choice) => detectIn(choice, options, runtime), render });
    }
    const read = (document: unknown): StoreOutcome<DetectReport> => {
      const saved = document as Partial<DetectReport> | null;
      const report =
        saved?.kind === 'detect-report' && saved.schemaVersion === 1
          ? (saved as DetectReport)
          : detectReport(readSnapshot(saved, `--input ${String(input)}`), runtime.now);
      return { report, exit: EXIT.done };
    };
    return savedOutcome(String(input), runtime, { read, render });
  },
};

async function render(report: DetectReport, view: View): Promise<string> {
  if (view.format === 'json') return `${JSON.stringify(report, null, 2)}\n`;
  const { renderDetectReport } = await import('../../render/detect-report.ts');
  const { paint } = await import('../paint.ts');
  return renderDetectReport(report, { width: view.columns, paint: paint(view.color), verbose: view.verbose });
}
