/** What one engine's plan costs: which price lines apply to which engine, and which catalogue they come from. */
import type { Engine, EnginePlan } from '../engines/engine.ts';
import { redisString } from '../layouts/redis-string.ts';
import {
  CATALOGUE,
  type Catalogue,
  type ComputeCost,
  costLines,
  type InstanceFamily,
  type PriceOverrides,
  stalePrices,
  withOverrides,
} from '../prices/index.ts';
import { derive, formatBytes, leaf, type Quantity, stated, sum } from '../quantity/index.ts';
import type { EngineId, Workload } from '../workload/index.ts';
import type { CostLine } from './report.ts';
import { diskToProvision } from './totals.ts';

/** A catalogue with the user's own prices over it. */
export type PriceBook = Catalogue;

export interface CostAnswer {
  readonly oneOff: readonly CostLine[];
  readonly monthly: readonly CostLine[];
  readonly monthlyTotal: Quantity | undefined;
}

/** Whose machines an engine is priced on; engines that live in somebody's process have none of their own. */
const FAMILY: Readonly<Partial<Record<EngineId, InstanceFamily>>> = {
  pgvector: 'rds',
  'sharded-pgvector': 'rds',
  qdrant: 'qdrant',
  milvus: 'qdrant',
  redis: 'elasticache',
};

/** A prefix and a hash of the query as text. */
export const CACHE_KEY: Quantity<'B'> = stated(
  'cache key',
  72,
  'B',
  'assumed',
  'default: a prefix and a SHA-256 in hex',
  40,
  90,
);

/** Redis memory of the cached embeddings: one string a key, by its layout. */
function cachedBytes(w: Workload): Quantity<'B'> {
  if (w.cacheEntries.value === 0) return leaf('cached embeddings', 0, 'B');
  const valueBytes = derive('embedding as bytes', 'B', '4 * d', { d: w.dimensions });
  return redisString.size({ keys: w.cacheEntries, keyBytes: CACHE_KEY, valueBytes }).resident;
}

/** The catalogue with `overrides` (price file, config file, --price). @throws InputError for an id that is not in it */
export function priceBook(overrides: PriceOverrides): PriceBook {
  return Object.keys(overrides).length === 0 ? CATALOGUE : withOverrides(CATALOGUE, overrides, 'prices');
}

/**
 * Where several machines are needed because one of --ram is too small, that machine is what is bought; a lone one, or a
 * shard of a store that would fit one, is as small as its share allows.
 */
function machineOf(plan: EnginePlan, w: Workload): Pick<ComputeCost, 'residentPerMachine' | 'usableShare'> {
  return boughtWhole(plan)
    ? { residentPerMachine: w.ram, usableShare: WHOLE_RAM }
    : { residentPerMachine: plan.residentPerMachine };
}

const boughtWhole = (plan: EnginePlan): boolean => (plan.demand ?? 0) > 1;
const WHOLE_RAM: Quantity<'ratio'> = stated('RAM of the machine as given', 1, 'ratio', 'exact', '--ram');

/** A named system calls the models that it calls, and one that somebody asks for all the same. */
function calls(w: Workload, what: 'embeds' | 'extracts'): boolean {
  const asked = w.origin[what === 'embeds' ? 'embedding-model' : 'extraction-model'];
  return (w.systemInUse?.[what] ?? true) || asked === 'flag' || asked === 'config';
}

/** @throws InputError when a model that the workload names has no price */
export function priceOf(engine: Engine, plan: EnginePlan, w: Workload, prices: PriceBook): CostAnswer {
  const family = FAMILY[engine.id];
  const lines = costLines(prices, {
    ...(calls(w, 'embeds')
      ? {
          embedding: { model: w.embeddingModel, memories: w.memories, tokens: w.tokens, writesPerDay: w.writesPerDay },
        }
      : {}),
    ...(calls(w, 'extracts')
      ? {
          extraction: {
            model: w.extractionModel,
            memories: w.memories,
            inputTokens: w.extractionInputTokens,
            outputTokens: w.extractionOutputTokens,
            prefilter: w.prefilter,
            hype: w.hype,
            writesPerDay: w.writesPerDay,
          },
        }
      : {}),
    ...(family === undefined
      ? {}
      : {
          // A cache node has its disk with it.
          ...(family === 'elasticache' ? {} : { storage: { disk: diskToProvision(plan), replicas: w.replicas } }),
          compute: {
            family,
            ...machineOf(plan, w),
            machines: plan.machines,
            replicas: w.replicas,
          },
        }),
    cache: { bytes: cachedBytes(w) },
  });
  const own = lines.monthly.map((l) => (l.id === 'compute' ? machineLine(l, engine, plan, w) : l));
  const monthly: CostLine[] = [...own, ...postgresBeside(engine, plan, w, prices)];
  const [first, ...rest] = monthly.map((l) => l.usd);
  return {
    get oneOff() {
      return lines.oneOff;
    },
    monthly,
    monthlyTotal: first === undefined ? undefined : sum('cost a month', first, ...rest),
  };
}

/** The machines' line, with what has to be said about them. */
function machineLine(l: CostLine, engine: Engine, plan: EnginePlan, w: Workload): CostLine {
  // The catalogue has no list price of Milvus nodes; machines of the same size elsewhere give the order of magnitude.
  const title = engine.id === 'milvus' ? `${l.title} (standing in for Milvus)` : l.title;
  return boughtWhole(plan)
    ? { ...l, title, note: `machines of ${formatBytes(w.ram.value)}, as many as it takes` }
    : { ...l, title };
}

/** A tier-4 store keeps everything but the vectors in PostgreSQL, on a machine of its own. */
function postgresBeside(engine: Engine, plan: EnginePlan, w: Workload, prices: PriceBook): CostLine[] {
  if (engine.level !== 4) return [];
  const [first, ...rest] = plan.components.filter((c) => c.id !== 'vector-index').map((c) => c.resident);
  if (first === undefined) return [];
  const { monthly } = costLines(prices, {
    compute: {
      family: 'rds',
      residentPerMachine: sum('resident in PostgreSQL', first, ...rest),
      machines: leaf('machines', 1, 'count'),
      replicas: w.replicas,
    },
  });
  return monthly.map((l) => ({ ...l, id: 'compute-postgres', title: `${l.title} beside it` }));
}

/** The oldest date among the prices an engine's cost rests on, and a sentence for each that is stale. */
export function priceDates(
  prices: PriceBook,
  monthly: readonly CostLine[],
  w: Workload,
  now: Date,
): { asOf: string; warnings: string[] } {
  const ids = [
    ...(calls(w, 'embeds') ? [`${w.embeddingModel}.input`] : []),
    ...(calls(w, 'extracts') ? [`${w.extractionModel}.input`, `${w.extractionModel}.output`] : []),
  ];
  if (monthly.some((l) => l.id === 'storage')) ids.push('rds.gp3');
  // Of the instances only those that are bought: the ones that were only considered are no part of the answer.
  const instances = monthly.flatMap((l) => (l.instance === undefined ? [] : [l.instance]));
  const used = [...ids.flatMap((id) => prices.get(id) ?? []), ...instances];
  const asOf = used.map((p) => p.asOf).sort()[0] ?? 'unknown';
  const stale = stalePrices(prices, now, new Set(used.map((p) => p.id)));
  return { asOf, warnings: stale.flatMap((s) => (s.warning === undefined ? [] : [s.warning])) };
}
