/**
 * Predicts every measurement that is shipped with the program and holds the errors against their bars: the claim "sizes
 * are computed, not guessed", checked on the user's own machine.
 */
import { isInputError, leaf, type QuantityJson, toJson } from '../quantity/index.ts';
import { barOfRow, GROUP_IDS, GROUPS, type GroupId, LEFT_OUT, type LeftOut, SMALL } from './selftest-bars.ts';
import { medianOf, predictBuildTimes } from './selftest-build-time.ts';
import { damaged } from './selftest-csv.ts';
import {
  type Predicted,
  type Prediction,
  predictEmbedded,
  predictPostgres,
  predictPublished,
} from './selftest-predictions.ts';
import { type MeasurementFiles, measuredRows, publishedRows } from './selftest-rows.ts';
import { whenAsked } from './when-asked.ts';

/** One prediction beside what was measured. Errors are relative: 0.01 is 1 %. */
export interface SelftestRow {
  readonly group: GroupId;
  readonly label: string;
  /** File and line of the measurement. */
  readonly file: string;
  readonly line: number;
  readonly predicted: QuantityJson;
  readonly actual: QuantityJson;
  /** Predicted ÷ measured − 1. Where nothing was there to measure: 0 if nothing was predicted, else 1. */
  readonly error: number;
  /** The largest error this row may have; null where only the group's median is held to a bar. */
  readonly bar: number | null;
  readonly passed: boolean;
}

export interface SelftestGroup {
  readonly id: GroupId;
  readonly title: string;
  readonly rows: number;
  readonly medianError: number;
  readonly maxError: number;
  readonly bar: { readonly each: number | null; readonly eachSmall: number | null; readonly median: number | null };
  readonly passed: boolean;
}

export interface SelftestReport {
  readonly schemaVersion: 1;
  readonly kind: 'selftest-report';
  readonly generatedAt: string;
  readonly passed: boolean;
  /** Measurements read, and how many of them were predicted. */
  readonly measurements: number;
  readonly predictedMeasurements: number;
  readonly groups: readonly SelftestGroup[];
  readonly leftOut: readonly { readonly id: LeftOut; readonly reason: string; readonly rows: number }[];
  /** Time per visited tuple that was fitted to the measured builds. */
  readonly buildTuple: QuantityJson | null;
  /** The rows over their bar. */
  readonly failures: readonly SelftestRow[];
  readonly rows: readonly SelftestRow[];
}

const NAMES: Readonly<Record<keyof MeasurementFiles, string>> = {
  postgres: 'postgres.csv',
  embedded: 'embedded.csv',
  published: 'published.csv',
};

/** @throws InputError (`damaged-measurements`) when a file cannot be read as measurements */
export function selftest(files: MeasurementFiles, now: Date): SelftestReport {
  const postgres = measuredRows(files.postgres, NAMES.postgres);
  const predicted = [
    ...postgres.map((row) => placed(row, () => predictPostgres(row))),
    ...measuredRows(files.embedded, NAMES.embedded).map((row) => placed(row, () => predictEmbedded(row))),
    ...publishedRows(files.published, NAMES.published).map((row) => placed(row, () => predictPublished(row))),
  ];
  const times = predictBuildTimes(postgres);
  const predictions = [...predicted.flatMap((p) => (typeof p === 'string' ? [] : p)), ...times.predictions];
  if (predictions.length === 0) throw damaged(NAMES.postgres, 1, 'there is no measurement to predict');
  const judgements = judgedByGroup(predictions);
  const all = judgements.flat();
  const rows = whenAsked(() => all.map(rowOf));
  const groups = GROUP_IDS.flatMap((id, i) => groupOf(id, judgements[i] ?? []) ?? []);
  return {
    schemaVersion: 1,
    kind: 'selftest-report',
    generatedAt: now.toISOString(),
    passed: groups.every((g) => g.passed),
    measurements: predicted.length,
    predictedMeasurements: predicted.filter((p) => typeof p !== 'string').length,
    groups,
    leftOut: (Object.keys(LEFT_OUT) as LeftOut[])
      .map((id) => ({ id, reason: LEFT_OUT[id], rows: predicted.filter((p) => p === id).length }))
      .filter((l) => l.rows > 0),
    buildTuple: times.tuple === undefined ? null : toJson(times.tuple),
    failures: all.filter((j) => !j.passed).map(rowOf),
    get rows() {
      return rows();
    },
  };
}

/** A layout that refuses a measured row means that the row is not what was measured. */
function placed(row: { readonly file: string; readonly line: number }, predict: () => Predicted): Predicted {
  try {
    return predict();
  } catch (e) {
    if (isInputError(e) && e.code !== 'damaged-measurements') throw damaged(row.file, row.line, e.message);
    throw e;
  }
}

function errorOf(p: Prediction): number {
  if (p.actual === 0) return p.predicted.value === 0 ? 0 : 1;
  return p.predicted.value / p.actual - 1;
}

/** A prediction held against its bar. Its interval is not part of that, and is worked out for a row that is shown. */
interface Judgement {
  readonly prediction: Prediction;
  readonly error: number;
  readonly bar: number | undefined;
  readonly passed: boolean;
}

/** In the order of `GROUP_IDS`. */
function judgedByGroup(predictions: readonly Prediction[]): Judgement[][] {
  const byGroup = new Map<GroupId, Judgement[]>();
  for (const id of GROUP_IDS) byGroup.set(id, []);
  for (const p of predictions) byGroup.get(p.group)?.push(judged(p));
  return [...byGroup.values()];
}

function judged(prediction: Prediction): Judgement {
  const error = errorOf(prediction);
  const bar = barOfRow(prediction.group, prediction.row.n);
  return { prediction, error, bar, passed: bar === undefined || Math.abs(error) <= bar };
}

function rowOf({ prediction: p, error, bar, passed }: Judgement): SelftestRow {
  return {
    group: p.group,
    label: p.row.label,
    file: p.row.file,
    line: p.row.line,
    predicted: toJson(p.predicted),
    actual: toJson(leaf('measured', p.actual, p.predicted.unit, { basis: 'measured' })),
    error,
    bar: bar ?? null,
    passed,
  };
}

function groupOf(id: GroupId, judgements: readonly Judgement[]): SelftestGroup | undefined {
  if (judgements.length === 0) return undefined;
  const { title, bar } = GROUPS[id];
  const errors = judgements.map((j) => Math.abs(j.error));
  // Structures that hold nothing are predicted without error by anybody: they would flatter the median.
  const telling = judgements.filter(
    (j) => j.prediction.actual > 0 && (bar.eachSmall === undefined || j.prediction.row.n >= SMALL),
  );
  const counted = (telling.length > 0 ? telling : judgements).map((j) => Math.abs(j.error));
  const medianError = medianOf(counted.sort((a, b) => a - b));
  return {
    id,
    title,
    rows: judgements.length,
    medianError,
    maxError: Math.max(...errors),
    bar: { each: bar.each ?? null, eachSmall: bar.eachSmall ?? null, median: bar.median ?? null },
    passed: judgements.every((j) => j.passed) && (bar.median === undefined || medianError <= bar.median),
  };
}
