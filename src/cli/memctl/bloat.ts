/** `memctl bloat`. */
import {
  type BloatOptions,
  type BloatReport,
  bloatReport,
  mightBeBloated,
  WORTH_SETTLING_BYTES,
} from '../../checks/index.ts';
import { InputError, parseBytes, parseDecimal } from '../../quantity/index.ts';
import { readSnapshot } from '../../store/index.ts';
import type { Action, Options, Outcome, View } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import type { Runtime } from '../runtime.ts';
import { snapshotOfChoice } from './open-target.ts';
import { overStores, type StoreOutcome, savedOutcome } from './over-stores.ts';
import { progressOn } from './progress.ts';
import { rebuiltSizes } from './rebuilt-sizes.ts';
import type { StoreChoice } from './stores.ts';

const LEVELS = ['warn', 'crit'] as const;
type Level = (typeof LEVELS)[number];

/** Everything for one store; prints nothing. @throws InputError, StoreError */
export async function bloatOf(
  choice: StoreChoice,
  options: Options,
  runtime: Runtime,
): Promise<StoreOutcome<BloatReport>> {
  const wished = wishes(options, runtime);
  const failOn = levelOf(options);
  using progress = progressOn(runtime, options, choice.name);
  const { now, cwd, env, signal } = runtime;
  const snapshot = await snapshotOfChoice(
    choice,
    { exact: options['exact'] === true },
    { now, cwd, env, signal, onProgress: progress.step },
  );
  const baselines = await rebuiltSizes(snapshot, runtime);
  const report = bloatReport(snapshot, { ...wished, baselines });
  return { report, exit: bloatExit(report, failOn) };
}

function wishes(options: Options, runtime: Runtime): BloatOptions {
  const percent = options['min-percent'];
  const bytes = options['min-bytes'];
  return {
    generatedAt: runtime.now,
    explain: options['explain'] === true,
    thresholds: {
      ...(percent === undefined ? {} : { minPercent: percentOf(String(percent)) }),
      ...(bytes === undefined ? {} : { minBytes: parseBytes(String(bytes), '--min-bytes') }),
    },
  };
}

/** "30" and "30%" mean the same. */
function percentOf(text: string): number {
  const value = parseDecimal(text.replace(/\s*%$/, ''), '--min-percent');
  if (!(value >= 0 && value <= 100)) {
    throw new InputError('bad-percent', `--min-percent: must lie between 0 and 100, not ${text}`);
  }
  return value;
}

function levelOf(options: Options): Level | undefined {
  const asked = options['fail-on'];
  if (asked === undefined) return undefined;
  const level = LEVELS.find((l) => l === asked);
  if (level === undefined) {
    throw new InputError('unknown-level', `--fail-on: "${String(asked)}" is not known`, `one of ${LEVELS.join(', ')}`);
  }
  return level;
}

/**
 * 1 when a structure is at the level asked for or above; else 3 when something that a grant or a statement would settle was
 * not measured, or measured so loosely that it may be bloated; what no figure can tell, like a full-text index or a GIN index without its history, is no failure.
 */
export function bloatExit(report: BloatReport, failOn: Level | undefined): number {
  const at = (s: BloatReport['structures'][number]): boolean =>
    s.level !== null && (failOn === 'warn' || (failOn === 'crit' && s.level === 'crit'));
  if (report.structures.some(at)) return EXIT.breached;
  const gap = report.structures.some(
    ({ unmeasured: u, kind, actual }) =>
      (u?.grant !== undefined || u?.settle !== undefined) &&
      kind !== 'gin' &&
      (actual?.value ?? 0) >= WORTH_SETTLING_BYTES,
  );
  return gap || report.structures.some(mightBeBloated) || report.notes.some((n) => n.level === 'unmeasured')
    ? EXIT.partial
    : EXIT.done;
}

/** A report or snapshot saved with --json. @throws InputError for one of a version this release does not read */
function savedReport(document: unknown, file: string, options: Options, runtime: Runtime): BloatReport {
  const d = document as Partial<BloatReport> | null;
  if (typeof d !== 'object' || d === null || d.kind !== 'bloat-report') {
    return bloatReport(readSnapshot(document, `--input ${file}`), wishes(options, runtime));
  }
  if (d.schemaVersion !== 1 || !Array.isArray(d.structures)) {
    throw new InputError(
      'input-file',
      `--input ${file}: this bloat report is of another version than 1, or incomplete`,
    );
  }
  return d as BloatReport;
}

export const action: Action = {
  async execute(args, options, runtime): Promise<Outcome> {
    const input = options['input'];
    const failOn = levelOf(options);
    if (input !== undefined) {
      const read = (document: unknown): StoreOutcome<BloatReport> => {
        const report = savedReport(document, String(input), options, runtime);
        return { report, exit: bloatExit(report, failOn) };
      };
      return savedOutcome(String(input), runtime, { read, render });
    }
    return overStores(args, options, runtime, { one: (choice) => bloatOf(choice, options, runtime), render });
  },
};

async function render(report: BloatReport, view: View): Promise<string> {
  if (view.format === 'json') return `${JSON.stringify(report, null, 2)}\n`;
  const { bloatCsv, bloatMarkdown, renderBloatReport } = await import('../../render/bloat-report.ts');
  if (view.format === 'csv') return bloatCsv(report);
  if (view.format === 'markdown') return bloatMarkdown(report);
  const { paint } = await import('../paint.ts');
  return renderBloatReport(report, { width: view.columns, paint: paint(view.color), verbose: view.verbose });
}
