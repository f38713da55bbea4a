/** `memctl stats`. */
import { type Growth, type StoreReport, storeReport } from '../../capacity/store-report.ts';
import { InputError } from '../../quantity/index.ts';
import { readSnapshot, redundantIndexes, type Snapshot } from '../../store/index.ts';
import type { Action, Options, Outcome, View } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import type { Runtime } from '../runtime.ts';
import { growthSinceLast } from './growth.ts';
import { snapshotOfChoice } from './open-target.ts';
import { overStores, type StoreOutcome, savedOutcome } from './over-stores.ts';
import { progressOn } from './progress.ts';
import type { StoreChoice } from './stores.ts';

/** Everything for one store; prints nothing. @throws InputError, StoreError */
export async function statsOf(
  choice: StoreChoice,
  options: Options,
  runtime: Runtime,
): Promise<StoreOutcome<StoreReport>> {
  using progress = progressOn(runtime, options, choice.name);
  const snapshot = await snapshotOfChoice(choice, {}, { ...plain(runtime), onProgress: progress.step });
  const { growth, note } = options['no-history'] === true ? { growth: null } : await growthSinceLast(snapshot, runtime);
  const report = reportOf(snapshot, runtime.now, options['explain'] === true, growth);
  return { report, exit: statsExit(report), notes: note === undefined ? [] : [note] };
}

/** The members of a runtime are read once: its signal is a getter that begins to listen. */
function plain({ now, cwd, env, signal }: Runtime): Pick<Runtime, 'now' | 'cwd' | 'env' | 'signal'> {
  return { now, cwd, env, signal };
}

function reportOf(snapshot: Snapshot, generatedAt: Date, explain: boolean, growth: Growth | null): StoreReport {
  return storeReport(snapshot, { generatedAt, redundant: redundantIndexes(snapshot.structures), explain, growth });
}

/** A report or snapshot saved with --json. @throws InputError for one of a version this release does not read */
function savedReport(document: unknown, file: string, options: Options, runtime: Runtime): StoreReport {
  const d = document as Partial<StoreReport> | null;
  if (typeof d !== 'object' || d === null || d.kind !== 'store-report') {
    const snapshot = readSnapshot(document, `--input ${file}`);
    return reportOf(snapshot, runtime.now, options['explain'] === true, null);
  }
  if (d.schemaVersion !== 1 || typeof d.sections !== 'object') {
    throw new InputError('input-file', '--input: this store report is of another version than 1, or incomplete');
  }
  return d as StoreReport;
}

/** Some figure asked for is missing from the report: exit 3, and the note says which. */
export function statsExit(report: StoreReport): number {
  return report.notes.some((n) => n.level === 'unmeasured') ? EXIT.partial : EXIT.done;
}

export const action: Action = {
  async execute(args, options, runtime): Promise<Outcome> {
    const input = options['input'];
    if (input !== undefined) {
      const read = (document: unknown): StoreOutcome<StoreReport> => {
        const report = savedReport(document, String(input), options, runtime);
        return { report, exit: statsExit(report) };
      };
      return savedOutcome(String(input), runtime, { read, render });
    }
    return overStores(args, options, runtime, { one: (choice) => statsOf(choice, options, runtime), render });
  },
};

async function render(report: StoreReport, view: View): Promise<string> {
  if (view.format === 'json') return `${JSON.stringify(report, null, 2)}\n`;
  if (view.format === 'csv' || view.format === 'markdown') {
    const { storeCsv, storeMarkdown } = await import('../../render/store-structures.ts');
    return view.format === 'csv' ? storeCsv(report) : storeMarkdown(report);
  }
  const { renderStoreReport } = await import('../../render/store-report.ts');
  const { paint } = await import('../paint.ts');
  return renderStoreReport(report, { width: view.columns, paint: paint(view.color), verbose: view.verbose });
}
