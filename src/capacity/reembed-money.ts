/** Money of a change of model: the backfill, both models while they stand, the disk and the machine that take both. */
import type { Engine, EnginePlan } from '../engines/engine.ts';
import {
  BYTES_PER_GB,
  type Catalogue,
  type CostLine,
  computeCost,
  DAYS_PER_MONTH,
  embeddingCost,
  findPrice,
  perGbMonth,
  perToken,
} from '../prices/index.ts';
import { derive, leaf, type Quantity, sum } from '../quantity/index.ts';
import type { Workload } from '../workload/index.ts';
import type { Schedule } from './reembed-schedule.ts';
import type { ReembedStorage } from './reembed-storage.ts';

export interface ReembedModels {
  readonly from: string;
  readonly to: string;
}

export interface ReembedMoney {
  readonly oneOff: readonly CostLine<'USD'>[];
  readonly total: Quantity<'USD'>;
  /** Embedding new memories with the old model and with the new one; undefined where nobody said how many there are. */
  readonly monthlyNow: Quantity<'USD/month'> | undefined;
  readonly monthlyAfter: Quantity<'USD/month'> | undefined;
  /** What has no price here. */
  readonly notes: readonly string[];
}

const DAY: Quantity<'s'> = leaf('a day', 86_400, 's');
const QUERY_TOKENS: Quantity<'tokens'> = leaf('tokens of a query', 15, 'tokens', {
  low: 5,
  high: 50,
  basis: 'assumed',
  source: 'default: a question of ten words, 5 to 50 tokens',
});
const MEAN_QUERIES: Quantity<'ratio'> = leaf('mean over peak query rate', 0.2, 'ratio', {
  low: 0.1,
  high: 0.5,
  basis: 'assumed',
  source: 'default: the peak is five times the mean, 2 to 10',
});

const written = (name: string, model: string, w: Workload, span: Quantity<'s'>, prices: Catalogue): Quantity<'USD'> =>
  derive(name, 'USD', 'writes * span / day * tokens * price', {
    writes: w.writesPerDay as Quantity<'rows/day'>,
    span,
    day: DAY,
    tokens: w.tokens,
    price: perToken(findPrice(prices, `${model}.input`, 'embedding model')),
  });

/** @throws InputError when a model has no price */
export function reembedMoney(
  w: Workload,
  models: ReembedModels,
  batch: boolean,
  steps: Schedule,
  prices: Catalogue,
  standing: { readonly engine: Engine; readonly plan: EnginePlan; readonly storage: ReembedStorage } | undefined,
): ReembedMoney {
  const notes: string[] = [];
  const { oneOff } = embeddingCost(prices, { model: models.to, memories: w.memories, tokens: w.tokens, batch });
  const lines: CostLine<'USD'>[] = oneOff.map((l) => ({
    ...l,
    id: 'backfill',
    title: l.title.replace('embed every memory once', 'every memory, with').replace(/[()]/g, ''),
  }));
  const { beforeCutover, afterCutover } = steps;
  if (w.writesPerDay === undefined)
    notes.push('--writes-per-day is not known: what new memories cost twice is left out.');
  else if (beforeCutover !== undefined) {
    lines.push({
      id: 'dual-write',
      title: `new memories, a second time with ${models.to}, until the cutover`,
      usd: written('new memories a second time', models.to, w, beforeCutover, prices),
    });
  }
  if (w.writesPerDay !== undefined) {
    lines.push({
      id: 'rollback',
      title: `new memories, still with ${models.from}, until the cleanup`,
      usd: written('the old model while the way back is open', models.from, w, afterCutover, prices),
    });
  }
  const shadow = steps.steps.find((s) => s.id === 'shadow')?.seconds;
  if (w.queriesPerSecond !== undefined && shadow !== undefined) {
    lines.push({
      id: 'shadow',
      title: `shadow queries, embedded a second time with ${models.to}`,
      usd: derive('shadow queries', 'USD', 'peak * mean * span * tokens * price', {
        peak: w.queriesPerSecond,
        mean: MEAN_QUERIES,
        span: shadow,
        tokens: QUERY_TOKENS,
        price: perToken(findPrice(prices, `${models.to}.input`, 'embedding model')),
      }),
    });
  }
  if (standing !== undefined && beforeCutover !== undefined) {
    const { engine, plan, storage } = standing;
    const both = derive('days both models stand', 's', 'before + after', {
      before: beforeCutover,
      after: afterCutover,
    });
    if (engine.level === 2 || engine.level === 3) lines.push(...whileBothStand(w, plan, storage, both, prices));
    else notes.push(`What ${engine.title} costs more while both models stand is not priced.`);
  }
  const [first, ...rest] = lines.map((l) => l.usd);
  return {
    oneOff: lines,
    total: sum('money of the change', first as Quantity<'USD'>, ...rest),
    monthlyNow: monthly(models.from, w, prices),
    monthlyAfter: monthly(models.to, w, prices),
    notes,
  };
}

const monthly = (model: string, w: Workload, prices: Catalogue): Quantity<'USD/month'> | undefined =>
  embeddingCost(prices, { model, memories: w.memories, tokens: w.tokens, writesPerDay: w.writesPerDay }).monthly[0]
    ?.usd;

/** Disk and machine beyond today's, for the days of the change. */
function whileBothStand(
  w: Workload,
  plan: EnginePlan,
  storage: ReembedStorage,
  span: Quantity<'s'>,
  prices: Catalogue,
): CostLine<'USD'>[] {
  const today = storage.phases[0];
  if (today === undefined) return [];
  const disk = findPrice(prices, 'rds.gp3', 'storage price');
  const machine = (resident: Quantity<'B'>): CostLine<'USD/month'> =>
    computeCost(prices, {
      family: 'rds',
      residentPerMachine: derive('resident on one machine', 'B', 'resident / machines', {
        resident,
        machines: plan.machines,
      }),
      machines: plan.machines,
      replicas: w.replicas,
    }).monthly[0] as CostLine<'USD/month'>;
  const now = machine(today.resident);
  const larger = machine(storage.peakResident);
  const time = { span, day: DAY, month: DAYS_PER_MONTH };
  return [
    {
      id: 'disk',
      title: `${disk.title} for both, beyond today's`,
      usd: derive('disk while both stand', 'USD', 'added / GB * (1 + replicas) * price * span / (day * month)', {
        added: storage.addedDisk,
        GB: BYTES_PER_GB,
        replicas: w.replicas,
        price: perGbMonth(disk),
        ...time,
      }),
    },
    {
      id: 'machine',
      title: larger.title === now.title ? `${now.title} holds both` : `${larger.title} instead of ${now.title}`,
      usd: derive('larger machine while both stand', 'USD', 'max(0, larger - now) * span / (day * month)', {
        larger: larger.usd,
        now: now.usd,
        ...time,
      }),
    },
  ];
}
