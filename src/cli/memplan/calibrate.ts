/** `memplan calibrate`: a small real series on this host or a server, in scratch space; a profile of what was fitted to it. */
import { resolve } from 'node:path';
import { calibrateStore, SCRATCH } from '../../adapters/calibrate.ts';
import { calibrationReport, type Measured, type SeriesPlan } from '../../capacity/calibration-report.ts';
import { workloadFromSnapshot } from '../../capacity/from-snapshot.ts';
import { notUsed } from '../../capacity/input-notes.ts';
import { type SizeResiduals, sizeResiduals } from '../../capacity/size-residuals.ts';
import { fitCalibration } from '../../engines/calibration-fit.ts';
import { formatCount, InputError, leaf, printable } from '../../quantity/index.ts';
import { calibrationPage } from '../../render/capacity/calibrate.ts';
import type { CalibrationRequest, Snapshot } from '../../store/index.ts';
import { mergedCalibrations, plausible } from '../../workload/calibration-profile.ts';
import type { CalibratedId, EngineCalibration } from '../../workload/index.ts';
import type { Action, Options, Outcome } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { snapshotOfChoice } from '../memctl/open-target.ts';
import { progressOn } from '../memctl/progress.ts';
import { type StoreChoice, storeChoices } from '../memctl/stores.ts';
import type { Runtime } from '../runtime.ts';
import { DEFAULT_PROFILE, profileThere, writeCalibrationFile } from './calibration-file.ts';
import { busyNote, hostDescription } from './host.ts';
import { numberOption } from './number-options.ts';
import { sectionedOutcome } from './sectioned-outcome.ts';

/** Long enough for 20,000 rows on two cores, short enough to wait for. */
const DEFAULT_BUDGET_S = 60;
/** What is within a factor of four of nearly every embedding model. */
const DEFAULT_DIMENSIONS = 768;
const DEFAULT_M = 16;
const DEFAULT_EF_CONSTRUCTION = 64;
const DEFAULT_ROWS = 20_000;
/** pgvector's own default, and what is taken where recall counts. */
const EF_SEARCH = [40, 100] as const;
const SEED = 20_240_601;
/** HNSW_MAX_DIM of pgvector, SQLITE_VEC_VEC0_MAX_DIMENSIONS. */
const MOST_DIMENSIONS = { pgvector: 2_000, 'sqlite-vec': 8_192 } as const;

interface Wishes {
  readonly budget: number;
  readonly dimensions: number | undefined;
  readonly m: number | undefined;
  readonly rows: number;
  readonly sizesOnly: boolean;
  readonly dryRun: boolean;
  readonly output: string;
}

export const action: Action = {
  async execute(args, options, runtime): Promise<Outcome> {
    const wishes = wishesOf(args, options);
    const path = resolve(runtime.cwd, wishes.output);
    // Before anything is measured: a file that is not ours is not written over.
    if (!wishes.sizesOnly) profileThere(path, wishes.output);
    // Asked for early: Ctrl-C then ends the measuring and not the process, which cleans up.
    const { signal } = runtime;
    const choice = args[0] === undefined ? undefined : await choiceOf(args[0], runtime);
    const seen = choice === undefined ? undefined : await snapshot(choice, options, runtime);
    signal.throwIfAborted();
    const sizes = seen === undefined ? undefined : sizeResiduals(seen);
    if (wishes.sizesOnly) return outcome(calibrationReport({ sizes }), sizesExit(sizes));
    const plan = planOf(wishes, choice, seen);
    if (plan === undefined) {
      const notes = [
        `${choice?.target.scheme}: there is no model of its times to calibrate; its sizes alone are compared`,
      ];
      return outcome(calibrationReport({ sizes, notes }), sizesExit(sizes));
    }
    // Its series is an exact scan.
    const unread = plan.engine === 'sqlite-vec' && wishes.m !== undefined ? ['m'] : [];
    const unused = notUsed(unread, 'vec0 has no graph');
    if (wishes.dryRun) return outcome(calibrationReport({ planned: [plan], sizes, notes: unused }), EXIT.done);
    announce(plan, options, runtime);
    const busy = busyNote();
    const measured = await measure(plan, choice, options, runtime);
    const fitted = Object.keys(measured.fit.calibration.constants).length > 0;
    const fresh = fitted ? [measured.fit.calibration] : [];
    // Read again: another run may have written its engine while this one measured.
    const before = profileThere(path, wishes.output);
    const kept = before.filter((b) => !fresh.some((f) => f.engine === b.engine));
    if (fitted) writeCalibrationFile(path, wishes.output, mergedCalibrations(before, fresh), runtime.now);
    const file = fitted ? printable(wishes.output) : undefined;
    const notes = [...unused, ...(busy === undefined || measured.fit.calibration.host === null ? [] : [busy])];
    const report = calibrationReport({ measured: [measured], sizes, file, kept: fitted ? kept : [], notes });
    return outcome(
      report,
      MAIN[plan.engine].every((id) => id in measured.fit.calibration.constants) ? EXIT.done : EXIT.partial,
    );
  },
};

/** Without these a series was too short for what it is there for. */
const MAIN: Readonly<Record<EngineCalibration['engine'], readonly CalibratedId[]>> = {
  pgvector: ['build-tuple', 'search-tuple'],
  'sqlite-vec': ['flat-scan'],
};

const outcome = (report: ReturnType<typeof calibrationReport>, exit: number): Outcome => ({
  ...sectionedOutcome(report, calibrationPage, []),
  exit,
});

/** Nothing of which both sizes are known is not an answer. */
const sizesExit = (sizes: SizeResiduals | undefined): number =>
  sizes?.actual === undefined ? EXIT.partial : EXIT.done;

function wishesOf(args: readonly string[], options: Options): Wishes {
  const sizesOnly = options['sizes-only'] === true;
  if (sizesOnly && args[0] === undefined) {
    throw new InputError(
      'store-missing',
      '--sizes-only: no store was given',
      'e.g. memplan calibrate sqlite:brain.db --sizes-only',
    );
  }
  const other = ['output', 'dry-run', 'budget', 'rows', 'dims', 'm'].find(
    (id) => sizesOnly && options[id] !== undefined,
  );
  if (other !== undefined) {
    throw new InputError(
      'contradiction',
      `--${other} contradicts --sizes-only, which measures and writes nothing; give one of them`,
    );
  }
  return {
    budget: numberOption(options, 'budget', 'duration', 5, 3600) ?? DEFAULT_BUDGET_S,
    dimensions: whole(options, 'dims', 2, MOST_DIMENSIONS['sqlite-vec']),
    m: whole(options, 'm', 2, 100),
    rows: whole(options, 'rows', 1_000, 1_000_000) ?? DEFAULT_ROWS,
    sizesOnly,
    dryRun: options['dry-run'] === true,
    output: options['output'] === undefined ? DEFAULT_PROFILE : String(options['output']),
  };
}

function whole(options: Options, id: string, min: number, max: number): number | undefined {
  const value = numberOption(options, id, 'count', min, max);
  return value === undefined ? undefined : Math.round(value);
}

/** @throws InputError when the name stands for several shards: one server is measured */
async function choiceOf(store: string, runtime: Runtime): Promise<StoreChoice> {
  const { cwd, env } = runtime;
  const [choice, ...more] = await storeChoices([store], {}, { cwd, env });
  if (choice === undefined || more.length > 0) {
    throw new InputError(
      'several-stores',
      `${store}: this names ${formatCount(more.length + 1)} shards, and one server is measured at a time`,
      'give one of them by its address',
    );
  }
  return choice;
}

async function snapshot(choice: StoreChoice, options: Options, runtime: Runtime): Promise<Snapshot> {
  const { now, cwd, env, signal } = runtime;
  using progress = progressOn(runtime, options, choice.name);
  return await snapshotOfChoice(choice, {}, { now, cwd, env, signal, onProgress: progress.step });
}

/** What to measure where; undefined where there is no model of time. @throws InputError for too many dimensions */
function planOf(wishes: Wishes, choice: StoreChoice | undefined, seen: Snapshot | undefined): SeriesPlan | undefined {
  const scheme = choice?.target.scheme ?? 'sqlite';
  const engine = scheme === 'postgres' ? 'pgvector' : scheme === 'sqlite' ? 'sqlite-vec' : undefined;
  if (engine === undefined) return undefined;
  const fields = seen === undefined ? {} : workloadFromSnapshot(seen).fields;
  const measured = (id: string): number | undefined => {
    const value = fields[id]?.value;
    return typeof value === 'number' ? value : undefined;
  };
  const most = MOST_DIMENSIONS[engine];
  const dimensions = wishes.dimensions ?? Math.min(most, measured('dims') ?? DEFAULT_DIMENSIONS);
  if (dimensions > most) {
    throw new InputError(
      'too-many-dimensions',
      `--dims ${formatCount(dimensions)}: ${engine} ${engine === 'pgvector' ? 'indexes' : 'holds'} at most ${formatCount(most)} dimensions of float32`,
    );
  }
  const m = wishes.m ?? measured('m') ?? DEFAULT_M;
  return {
    engine,
    at: engine === 'pgvector' && choice !== undefined ? choice.target.address : 'this host',
    scratch: engine === 'pgvector' ? SCRATCH.postgres(choice?.target.name ?? '') : SCRATCH.sqlite,
    budget: leaf('time it may take', wishes.budget, 's', { source: '--budget' }),
    dimensions,
    m,
    efConstruction: Math.max(measured('ef-construction') ?? DEFAULT_EF_CONSTRUCTION, 2 * m),
    rows: wishes.rows,
  };
}

/** On a terminal, before anything is made: what it is, where, and for how long. */
function announce(plan: SeriesPlan, options: Options, runtime: Runtime): void {
  if (options['quiet'] === true || !runtime.stderr.isTTY) return;
  const [sentence] = calibrationReport({ planned: [plan] }).headline;
  runtime.stderr.write(`${printable(sentence ?? '')}\n`);
}

async function measure(
  plan: SeriesPlan,
  choice: StoreChoice | undefined,
  options: Options,
  runtime: Runtime,
): Promise<Measured> {
  using progress = progressOn(runtime, options, `calibrate ${plan.engine}`);
  const request: CalibrationRequest = {
    budgetSeconds: plan.budget.value,
    dimensions: plan.dimensions,
    m: plan.m,
    efConstruction: plan.efConstruction,
    efSearch: EF_SEARCH,
    maxRows: plan.rows,
    seed: SEED,
    signal: runtime.signal,
    onProgress: (step, done, of) =>
      progress.step(of > 0 ? `${step}, ${formatCount(done)} of ${formatCount(of)}` : step),
  };
  const series = await calibrateStore(plan.engine === 'pgvector' ? choice?.target : undefined, request);
  runtime.signal.throwIfAborted();
  const here = plan.engine === 'sqlite-vec' || series.builds.some((b) => b.cpuSeconds !== null);
  const host = here ? hostDescription() : null;
  const fit = fitCalibration(series, { measuredAt: runtime.now.toISOString(), host });
  const { calibration, left } = plausible(fit.calibration);
  const notes = left.map((id) => `${id} came out as no machine has it, and is left out: measure again on a quiet host`);
  return { series, fit: { ...fit, calibration, notes: [...fit.notes, ...notes] } };
}
