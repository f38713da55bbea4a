/** `memctl stats`. */
import { type StoreReport, storeReport } from '../../capacity/store-report.ts';
import { InputError } from '../../quantity/index.ts';
import { redundantIndexes, type Snapshot } from '../../store/index.ts';
import type { Action, Outcome, View } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { readJson, type SnapshotRuntime, type SnapshotSource, savedOr, snapshotOf } from './open-target.ts';

export interface StatsOptions extends SnapshotSource {
  readonly explain?: boolean;
}

/** Prints nothing. @throws InputError, StoreError */
export async function execute(options: StatsOptions, runtime: SnapshotRuntime): Promise<StoreReport> {
  if (options.input !== undefined) {
    const saved = readJson(options.input, runtime.cwd);
    if (isStoreReport(saved)) return saved;
  }
  return reportOf(await snapshotOf(options, runtime), runtime.now, options.explain === true);
}

function reportOf(snapshot: Snapshot, generatedAt: Date, explain: boolean): StoreReport {
  return storeReport(snapshot, { generatedAt, redundant: redundantIndexes(snapshot.structures), explain });
}

/** @throws InputError for a store report of a version this release does not read */
function isStoreReport(document: unknown): document is StoreReport {
  const d = document as Partial<StoreReport> | null;
  if (typeof d !== 'object' || d === null || d.kind !== 'store-report') return false;
  if (d.schemaVersion !== 1 || typeof d.sections !== 'object') {
    throw new InputError('input-file', '--input: this store report is of another version than 1, or incomplete');
  }
  return true;
}

/** Some figure asked for is missing from the report: exit 3, and the note says which. */
export function statsExit(report: StoreReport): number {
  return report.notes.some((n) => n.level === 'unmeasured') ? EXIT.partial : EXIT.done;
}

export const action: Action = {
  async execute(args, options, runtime): Promise<Outcome> {
    const text = (name: string): string | undefined =>
      options[name] === undefined ? undefined : String(options[name]);
    const report = await execute(
      { store: args[0], profile: text('profile'), input: text('input'), explain: options['explain'] === true },
      runtime,
    );
    return { exit: statsExit(report), render: (view) => savedOr(options['input'], () => render(report, view)) };
  },
};

async function render(report: StoreReport, view: View): Promise<string> {
  if (view.format === 'json') return `${JSON.stringify(report, null, 2)}\n`;
  const { renderStoreReport } = await import('../../render/store-report.ts');
  const { paint } = await import('../paint.ts');
  return renderStoreReport(report, { width: view.columns, paint: paint(view.color), verbose: view.verbose });
}
