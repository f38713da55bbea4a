/**
 * The shadow strategy of the seed article as dated steps. The article names six; the build of the new index and the time for a
 * way back, which it mentions without a step of their own, are two more. It leaves N days of rollback open: 14 are taken.
 */
import { derive, formatCount, formatQuantity, leaf, type Quantity } from '../quantity/index.ts';
import type { Workload } from '../workload/index.ts';
import { dayAfter } from './calendar.ts';
import type { Backfill } from './reembed-backfill.ts';
import type { ReembedStorage } from './reembed-storage.ts';

export interface StepWishes {
  readonly start: Date;
  /** Seconds; undefined for the default. */
  readonly shadow?: number | undefined;
  readonly validation?: number | undefined;
  readonly rollback?: number | undefined;
  /** Results of a query that are compared. */
  readonly topK: number;
  /** Jaccard divergence above which an alert is raised. */
  readonly alert: number;
}

export interface ReembedStep {
  readonly id: 'dual-write' | 'backfill' | 'index' | 'shadow' | 'validation' | 'cutover' | 'rollback' | 'cleanup';
  readonly title: string;
  /** First day, ISO; undefined after a step whose length is not known. */
  readonly start: string | undefined;
  /** First day if every step before takes as long as it may. */
  readonly latest: string | undefined;
  readonly seconds: Quantity<'s'> | undefined;
  readonly does: string;
  readonly exit: string;
}

export interface ShadowQuery {
  readonly topK: number;
  readonly alert: number;
  /** Fewest of the top K that both models must return so that no alert is raised. */
  readonly leastShared: Quantity<'count'>;
  /** Compared queries after which the mean divergence is known to ±0.05. */
  readonly queries: Quantity<'count'>;
}

export interface Schedule {
  readonly steps: readonly ReembedStep[];
  readonly cutover: string | undefined;
  readonly end: string | undefined;
  readonly latestEnd: string | undefined;
  readonly shadow: ShadowQuery;
  /** Seconds from the first dual write to the cutover, and from then to the last. */
  readonly beforeCutover: Quantity<'s'> | undefined;
  readonly afterCutover: Quantity<'s'>;
}

const DAY = 86_400;
const days = (name: string, value: number, low: number, high: number, source: string): Quantity<'s'> =>
  leaf(name, value * DAY, 's', { low: low * DAY, high: high * DAY, basis: 'assumed', source });

const ROLL_OUT = days('rolling out the dual write', 1, 1, 3, 'default: a day, up to three');
const SHADOW = days('shadow queries', 7, 7, 14, 'default: a week, so that every weekday is in it, up to two');
const VALIDATION = days('validation', 2, 1, 5, 'default: two days for the probes, one to five');
const CUTOVER = days('cutover', 1, 1, 1, 'default: a day');
const ROLLBACK = days(
  'time for a way back',
  14,
  14,
  30,
  'default: two weeks, up to a month; the seed article says N days',
);
const CLEANUP = days('cleanup', 1, 1, 2, 'default: a day or two');

const own = (name: string, seconds: number | undefined, flag: string, other: Quantity<'s'>): Quantity<'s'> =>
  seconds === undefined ? other : leaf(name, seconds, 's', { source: flag });

/** Two-sided 95 % of the normal distribution. */
const Z: Quantity<'ratio'> = leaf('normal quantile, 95 % two-sided', 1.96, 'ratio');
const MARGIN: Quantity<'ratio'> = leaf('half width of the interval', 0.05, 'ratio');
const MOST_SPREAD: Quantity<'ratio'> = leaf('largest standard deviation of a share', 0.5, 'ratio', {
  source: 'a value between 0 and 1 spreads by a half at the most',
});

/**
 * Two lists of K that share s have a Jaccard divergence of 1 − s / (2K − s).
 * @param alert above this divergence an alert is raised, 0 to below 1
 */
export function shadowQuery(topK: number, alert: number): ShadowQuery {
  const K = leaf('results compared', topK, 'count', { source: '--top-k' });
  const t = leaf('divergence that raises an alert', alert, 'ratio', {
    source: 'seed article, shadow strategy: 0.5, or --alert',
  });
  return {
    topK,
    alert,
    // 1e-9: a bound that is a whole number must not be missed by its last bit.
    leastShared: derive('results that must be shared', 'count', 'ceil(2 * K * (1 - t) / (2 - t) - 1e-9)', { K, t }),
    queries: derive('queries to compare', 'count', 'ceil((z * spread / margin) ^ 2)', {
      z: Z,
      spread: MOST_SPREAD,
      margin: MARGIN,
    }),
  };
}

const wholeDays = (seconds: number): number => Math.max(1, Math.ceil(seconds / DAY - 1e-9));

/** The steps with their days. A day begun is a day: steps follow one another on calendar days. */
export function schedule(
  w: Workload,
  run: Backfill,
  storage: ReembedStorage | undefined,
  wishes: StepWishes,
): Schedule {
  const shadow = shadowQuery(wishes.topK, wishes.alert);
  const build = storage?.build.seconds;
  const lengths = {
    shadow: own('shadow queries', wishes.shadow, '--shadow', SHADOW),
    validation: own('validation', wishes.validation, '--validation', VALIDATION),
    rollback: own('time for a way back', wishes.rollback, '--rollback', ROLLBACK),
  };
  // A plan without a time of its own builds the index as vectors come in, or has none.
  const noIndex = storage !== undefined && build === undefined;
  const checkpoint =
    run.checkpointRows === undefined ? '' : `, a checkpoint every ${formatCount(run.checkpointRows.value)} rows`;
  const planned: Omit<ReembedStep, 'start' | 'latest'>[] = [
    {
      id: 'dual-write',
      title: 'dual write',
      seconds: ROLL_OUT,
      does: 'new memories are embedded with both models, until the cleanup',
      exit: 'for a day no new memory lacks either vector',
    },
    {
      id: 'backfill',
      title: 'backfill',
      seconds: run.seconds,
      does: `older memories are embedded with the new model in the order of their ids${checkpoint}`,
      exit: 'no memory lacks the new vector; the last checkpoint is the highest id',
    },
    {
      id: 'index',
      title: 'new index',
      seconds: noIndex ? leaf('no index to build', 0, 's') : build,
      does: noIndex
        ? 'none of its own: the engine indexes vectors as they come in, or reads them all'
        : 'one build when all vectors are there: cheaper than growing it row by row',
      exit: noIndex ? 'a search over the new vectors answers' : 'the index is valid, and a search plan uses it',
    },
    {
      id: 'shadow',
      title: 'shadow query',
      seconds: lengths.shadow,
      does: `reads run against both; the top ${formatCount(shadow.topK)} are compared, fewer than ${formatCount(shadow.leastShared.value)} shared raises an alert`,
      exit: `mean Jaccard divergence at most ${wishes.alert} over ${formatCount(shadow.queries.value)} queries or more; every alert looked at`,
    },
    {
      id: 'validation',
      title: 'validation',
      seconds: lengths.validation,
      does: 'LongMemEval-style probes against both versions',
      exit: 'the new version answers no fewer probes than the old',
    },
    {
      id: 'cutover',
      title: 'cutover',
      seconds: CUTOVER,
      does: 'queries are embedded with the new model and read the new index',
      exit: `p99 within ${formatQuantity(w.sloP99).replace('≈ ', '')} for a day`,
    },
    {
      id: 'rollback',
      title: 'way back open',
      seconds: lengths.rollback,
      does: 'the old vectors stay, and new memories still get both',
      exit: 'nobody has asked for the old version',
    },
    {
      id: 'cleanup',
      title: 'cleanup',
      seconds: CLEANUP,
      does: 'dual write off; old index and column dropped; table rewritten',
      exit: 'disk is what the plan with the new model alone says',
    },
  ];
  return { ...dated(planned, wishes.start), shadow, ...spans(planned) };
}

function dated(
  planned: readonly Omit<ReembedStep, 'start' | 'latest'>[],
  first: Date,
): Pick<Schedule, 'steps' | 'cutover' | 'end' | 'latestEnd'> {
  let day: number | undefined = 0;
  let latestDay: number | undefined = 0;
  const begun = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth(), first.getUTCDate()));
  const at = (n: number | undefined): string | undefined => (n === undefined ? undefined : dayAfter(begun, n));
  const steps = planned.map((s): ReembedStep => {
    const step = { ...s, start: at(day), latest: at(latestDay) };
    const none = s.seconds !== undefined && s.seconds.high === 0;
    const after = (n: number | undefined, seconds: number | undefined): number | undefined =>
      n === undefined || seconds === undefined ? undefined : n + (none ? 0 : wholeDays(seconds));
    day = after(day, s.seconds?.value);
    latestDay = after(latestDay, s.seconds?.high);
    return step;
  });
  return { steps, cutover: steps.find((s) => s.id === 'cutover')?.start, end: at(day), latestEnd: at(latestDay) };
}

/** Seconds of whole days: what is paid by time is paid while a step lasts. */
function spans(
  planned: readonly Omit<ReembedStep, 'start' | 'latest'>[],
): Pick<Schedule, 'beforeCutover' | 'afterCutover'> {
  const at = planned.findIndex((s) => s.id === 'cutover');
  const before = planned.slice(0, at).map((s) => s.seconds);
  const after = planned.slice(at, -1).map((s) => s.seconds);
  const whole = (name: string, list: readonly (Quantity<'s'> | undefined)[]): Quantity<'s'> | undefined => {
    if (list.some((q) => q === undefined)) return undefined;
    const inputs = Object.fromEntries((list as Quantity<'s'>[]).map((q, i) => [`s${i}`, q]));
    const formula = Object.keys(inputs)
      .map((s) => `ceil(${s} / day)`)
      .join(' + ');
    return derive(name, 's', `day * (${formula})`, { ...inputs, day: leaf('a day', DAY, 's') });
  };
  return {
    beforeCutover: whole('from the first dual write to the cutover', before),
    afterCutover: whole('from the cutover to the cleanup', after) as Quantity<'s'>,
  };
}
