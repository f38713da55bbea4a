/**
 * What `memplan calibrate` answers: constants of the user's own host beside the assumed ones, how well they meet the samples they
 * come from, what they change in a plan, and what a live store takes beside what it should.
 */
import type { CalibrationFit } from '../engines/fitted-series.ts';
import { engineById } from '../engines/index.ts';
import { formatCount, formatQuantity, leaf, type Quantity } from '../quantity/index.ts';
import type { BuildSample, CalibrationSeries, QuerySample } from '../store/index.ts';
import { completeWorkload, draftFrom, type EngineCalibration, type Workload } from '../workload/index.ts';
import { type ConstantBeside, constantsBeside } from './calibrated-constants.ts';
import { type SizeResiduals, wholeDifference } from './size-residuals.ts';

/** What was or will be done on one engine. */
export interface SeriesPlan {
  readonly engine: EngineCalibration['engine'];
  /** "postgres://app@db/memory", or "this host". */
  readonly at: string;
  /** "a scratch schema memplan_calibration_… of database memory". */
  readonly scratch: string;
  readonly budget: Quantity<'s'>;
  readonly dimensions: number;
  readonly m: number;
  readonly efConstruction: number;
  readonly rows: number;
}

export interface CalibratedSample {
  readonly of: 'build' | 'search';
  /** "HNSW build, 20,000 rows, 2 processes". */
  readonly title: string;
  readonly rows: number;
  readonly measured: Quantity<'s'>;
  /** The same by the fitted constants. */
  readonly fitted: Quantity<'s'>;
  /** fitted / measured - 1 */
  readonly off: number;
}

/** One workload under the assumed constants and under the measured ones. */
export interface CalibrationExample {
  readonly rows: number;
  readonly dimensions: number;
  readonly buildBefore: Quantity<'s'> | undefined;
  readonly build: Quantity<'s'> | undefined;
  readonly p50Before: Quantity<'s'> | undefined;
  readonly p50: Quantity<'s'> | undefined;
}

export interface MeasuredEngine {
  readonly engine: EngineCalibration['engine'];
  readonly title: string;
  readonly server: string;
  readonly host: string | undefined;
  readonly measuredAt: string;
  readonly dimensions: number;
  readonly referenceRows: number;
  readonly seconds: Quantity<'s'>;
  /** Why the series ended early; undefined where it did not. */
  readonly cutShort: string | undefined;
  readonly constants: readonly ConstantBeside[];
  readonly samples: readonly CalibratedSample[];
  readonly example: CalibrationExample | undefined;
}

export interface CalibrationReport {
  readonly kind: 'calibration-report';
  readonly headline: readonly string[];
  /** What a dry run would measure; empty when it was measured. */
  readonly planned: readonly SeriesPlan[];
  readonly engines: readonly MeasuredEngine[];
  /** Sizes of the live store beside a fresh one's; undefined without a store. */
  readonly sizes: SizeResiduals | undefined;
  /** The profile that was written, and engines that were in it before and stay. */
  readonly file: string | undefined;
  readonly kept: readonly string[];
  readonly notes: readonly string[];
}

export interface CalibrationParts {
  readonly planned?: readonly SeriesPlan[];
  readonly measured?: readonly Measured[];
  readonly sizes?: SizeResiduals | undefined;
  readonly file?: string | undefined;
  readonly kept?: readonly EngineCalibration[];
  readonly notes?: readonly string[];
}

/** One series with what was fitted to it. */
export interface Measured {
  readonly series: CalibrationSeries;
  readonly fit: CalibrationFit;
}

export function calibrationReport(parts: CalibrationParts): CalibrationReport {
  const { planned = [], measured = [], sizes, file, kept = [], notes = [] } = parts;
  const engines = measured.map((m) => measuredEngine(m, file ?? 'this run'));
  return {
    kind: 'calibration-report',
    headline: [
      ...planned.map(plannedSentence),
      ...engines.map(engineSentence),
      ...engines.flatMap((e) => exampleSentence(e) ?? []),
      ...(sizes === undefined ? [] : [sizesSentence(sizes)]),
    ],
    planned,
    engines,
    sizes,
    file,
    kept: kept.map((e) => e.engine),
    notes: [...notes, ...measured.flatMap(({ series, fit }) => [...cutShort(series), ...fit.notes])],
  };
}

const cutShort = (series: CalibrationSeries): string[] =>
  series.cutShort === null ? [] : [`${series.engine}: the series ended early: ${series.cutShort}`];

function measuredEngine({ series, fit }: Measured, file: string): MeasuredEngine {
  const { calibration } = fit;
  return {
    engine: calibration.engine,
    title: engineById(calibration.engine).title,
    server: calibration.server,
    host: calibration.host ?? undefined,
    measuredAt: calibration.measuredAt,
    dimensions: calibration.dimensions,
    referenceRows: calibration.referenceRows,
    seconds: leaf('time the series took', series.seconds, 's', { basis: 'measured' }),
    cutShort: series.cutShort ?? undefined,
    constants: constantsBeside(calibration, file),
    samples: fit.samples.map((s) => ({
      of: s.of,
      title: sampleTitle(s.sample),
      rows: s.sample.rows,
      measured: leaf(`${sampleTitle(s.sample)}, measured`, s.measuredSeconds, 's', { basis: 'measured' }),
      fitted: leaf(`${sampleTitle(s.sample)}, by the constants`, s.fittedSeconds, 's', { basis: 'measured' }),
      off: s.fittedSeconds / s.measuredSeconds - 1,
    })),
    example: Object.keys(calibration.constants).length === 0 ? undefined : exampleOf(calibration, file),
  };
}

const INDEX_TITLES = { hnsw: 'HNSW', ivfflat: 'IVFFlat', flat: 'exact' } as const;

function sampleTitle(s: BuildSample | QuerySample): string {
  const rows = `${formatCount(s.rows)} rows`;
  if ('workers' in s) {
    return `${INDEX_TITLES[s.index]} build, ${rows}, ${s.workers === 0 ? '1 process' : `${s.workers + 1} processes`}`;
  }
  const how = s.index === 'hnsw' ? `, ef_search ${s.efSearch}` : s.index === 'ivfflat' ? `, ${s.probes} probes` : '';
  return `${INDEX_TITLES[s.index]} search, ${rows}${how}${s.evicted === true ? ', caches emptied' : ''}`;
}

/** Large enough to be a plan, small enough that the graph fits any machine's build memory: the constants alone differ. */
const EXAMPLE_ROWS = { pgvector: 1_000_000, 'sqlite-vec': 100_000 } as const;

function exampleOf(calibration: EngineCalibration, file: string): CalibrationExample {
  const { engine, dimensions } = calibration;
  const rows = EXAMPLE_ROWS[engine];
  const flags = { n: String(rows), dims: String(dimensions), engine, cores: '1' };
  const draft = draftFrom(flags, 'flag', (id) => `--${id}`);
  const plan = (w: Workload): ReturnType<ReturnType<typeof engineById>['plan']> => engineById(engine).plan(w);
  const before = plan(completeWorkload(draft));
  const after = plan(
    completeWorkload({ ...draft, calibration: { profile: { file, engines: [calibration] }, from: 'flag' } }),
  );
  return {
    rows,
    dimensions,
    buildBefore: before.build.seconds,
    build: after.build.seconds,
    p50Before: before.query.p50,
    p50: after.query.p50,
  };
}

function plannedSentence(p: SeriesPlan): string {
  return `${engineById(p.engine).title}, ${p.at}: ${p.engine === 'pgvector' ? 'builds and searches' : 'searches'} of up to ${formatCount(p.rows)} made-up vectors of ${formatCount(p.dimensions)} dimensions in ${p.scratch}, at most ${formatQuantity(p.budget)}; dropped afterwards, nothing else is touched.`;
}

function engineSentence(e: MeasuredEngine): string {
  const [main] = e.constants;
  if (main === undefined) return `${e.title}: nothing could be fitted, so that nothing changes.`;
  const was =
    main.assumed === undefined
      ? ''
      : `, ${formatQuantity({ ...main.assumed, low: main.assumed.value, high: main.assumed.value, basis: 'exact' })} was assumed`;
  const here = formatQuantity({ ...main.measured, low: main.measured.value, high: main.measured.value });
  if (main.id === 'build-tuple') return `${e.title}: a build visits a tuple in ${here} here${was}.`;
  if (main.id === 'flat-scan') return `${e.title}: an exact scan takes ${here} times as long here as on our machine.`;
  return `${e.title}: ${main.title}: ${here}${was}.`;
}

function exampleSentence(e: MeasuredEngine): string | undefined {
  const x = e.example;
  if (x === undefined) return undefined;
  const instead = (now: Quantity | undefined, before: Quantity | undefined): string =>
    `${formatQuantity(now)} instead of ${formatQuantity(before)}`;
  const build = x.build === undefined ? '' : `indexed in ${instead(x.build, x.buildBefore)} on one core, and `;
  return `${formatCount(x.rows)} memories of ${formatCount(x.dimensions)} dimensions are then ${build}searched in ${instead(x.p50, x.p50Before)} (p50, in RAM).`;
}

function sizesSentence(r: SizeResiduals): string {
  const difference = wholeDifference(r);
  if (difference === undefined) return `${r.name}: of no structure is it known what a fresh one would take.`;
  const off = difference.value;
  const how =
    Math.abs(off) < 0.005 ? 'as much as' : `${Math.round(100 * Math.abs(off))} % ${off > 0 ? 'more' : 'less'} than`;
  const main = r.structures.find((s) => s.cause !== 'none' && s.cause !== 'unmeasured');
  const because =
    main === undefined ? '' : ` Most of the difference: ${main.name.replace(/^public\./, '')}, ${main.because}.`;
  return `${r.name} takes ${formatQuantity(r.actual)}, ${how} a fresh one of its rows (${formatQuantity(r.expected)}).${because}`;
}
