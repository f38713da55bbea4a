/** memplan cache: four layers, what they hold, what they spare, what they cost. No I/O. */
import { cacheCost, computeCost, DAYS_PER_MONTH, findPrice, type PriceOverrides, perToken } from '../prices/index.ts';
import { derive, formatPercent, formatQuantity, formatSeconds, leaf, type Quantity, sum } from '../quantity/index.ts';
import type { Workload } from '../workload/index.ts';
import { type Latencies, meanTime, missTime, pageReads, type Rates, searchTime } from './cache-effect.ts';
import { type CacheLayer, cacheLayers, hitRates, type LayerId } from './cache-layers.ts';
import { type WarmUp, warmUp } from './cache-warmup.ts';
import { priceBook } from './cost.ts';
import { inputNotes, notUsed } from './input-notes.ts';
import { chooseTier } from './tier.ts';

export interface CacheWishes {
  readonly rates: Partial<Record<LayerId, number>>;
  readonly results: number | undefined;
  readonly queryTokens: number | undefined;
  readonly embeddingLatency: number | undefined;
  readonly redisLatency: number | undefined;
  readonly pageLatency: number | undefined;
  readonly readRate: number | undefined;
  readonly iops: number | undefined;
}

export interface LayerEffect {
  readonly id: LayerId;
  /** Mean time of a query if this layer alone were missing. */
  readonly withoutIt: Quantity<'s'> | undefined;
  /** What it keeps from the system behind it, a second. */
  readonly spares: Quantity | undefined;
  readonly sparesWhat: string;
  readonly saved: Quantity<'USD/month'> | undefined;
  /** Its part, by bytes, of the Redis node that L2 and L3 share. */
  readonly costs: Quantity<'USD/month'> | undefined;
}

export interface CacheReport {
  readonly kind: 'cache-report';
  readonly memories: Quantity<'rows'>;
  readonly engine: string;
  readonly headline: readonly string[];
  readonly layers: readonly CacheLayer[];
  readonly effects: readonly LayerEffect[];
  readonly redis: Quantity<'B'> | undefined;
  readonly redisNode: string | undefined;
  /** The Redis node; L2 and L3 share it. */
  readonly redisCost: Quantity<'USD/month'> | undefined;
  readonly mean: Quantity<'s'> | undefined;
  /** A query that no cache answers, on average: where fewer than 99 % hit, the p99 is no less. */
  readonly miss: Quantity<'s'> | undefined;
  readonly search: Quantity<'s'> | undefined;
  readonly pageReads: Quantity<'count'> | undefined;
  readonly searchesPerSecond: Quantity<'queries/s'> | undefined;
  readonly embeddingsPerSecond: Quantity<'queries/s'> | undefined;
  readonly warmUp: WarmUp | undefined;
  readonly notes: readonly string[];
}

function wish<U extends 's' | 'count' | 'tokens' | 'B'>(
  name: string,
  unit: U,
  given: number | undefined,
  flag: string,
  stock: readonly [value: number, low: number, high: number],
  source: string,
  basis: 'assumed' | 'documented' = 'assumed',
): Quantity<U> {
  const [value, low, high] = stock;
  return given === undefined
    ? leaf(name, value, unit, { basis, low, high, source: `default: ${source}; ${flag}` })
    : leaf(name, given, unit, { source: flag });
}

/** What filling the store costs, and how many machines are allowed: a cache in front of it rests on none of it. */
const BESIDE = [
  'largest-namespace',
  'slo-p99',
  'tokens',
  'extraction-input-tokens',
  'extraction-output-tokens',
  'extraction-model',
  'prefilter',
  'hype',
  'cache-entries',
  'replicas',
  'budget',
  'max-shards',
] as const;

/** @throws InputError when no engine can hold the workload */
export function cacheReport(
  w: Workload,
  wishes: CacheWishes,
  options: { readonly prices?: PriceOverrides } = {},
): CacheReport {
  const prices = priceBook(options.prices ?? {});
  const { engine, plan } = chooseTier(w, prices).chosen;
  const rates: Rates = hitRates(wishes.rates);
  const results = wish('memories in one result', 'count', wishes.results, '--results', [10, 5, 20], 'ten memories');
  const isPostgres = engine.id === 'pgvector' || engine.id === 'sharded-pgvector';
  const layers = cacheLayers(w, { rates, results, plan, paged: isPostgres });
  const l: Latencies = {
    embedding: wish(
      'a call of the embedding model',
      's',
      wishes.embeddingLatency,
      '--embedding-latency',
      [0.2, 0.08, 0.5],
      '200 ms',
    ),
    redis: wish(
      'round trip to Redis',
      's',
      wishes.redisLatency,
      '--redis-latency',
      [0.0005, 0.0002, 0.002],
      '0.5 ms, up to the 2 ms of the seed article',
    ),
    page: wish(
      'random read of a page',
      's',
      wishes.pageLatency,
      '--page-latency',
      [0.0005, 0.0001, 0.001],
      'network SSD 0.5 to 1 ms, local NVMe 0.1 ms',
    ),
    search: plan.query.p50,
    visited: plan.index === 'hnsw' ? plan.query.work : undefined,
  };
  const qps = w.queriesPerSecond;
  const searches = qps && derive('searches a second', 'queries/s', 'qps * (1 - h1)', { qps, h1: rates.l1 });
  const embeddings =
    searches &&
    derive('calls of the embedding model a second', 'queries/s', 'searches * (1 - h3)', { searches, h3: rates.l3 });
  const [l2, l3] = [layers[1]?.bytes, layers[2]?.bytes];
  const redis = l2 && l3 ? sum('Redis for L2 and L3', l2, l3) : undefined;
  const node = redis && cacheCost(prices, { bytes: redis }).monthly[0];
  const nodeCost = node?.usd as Quantity<'USD/month'> | undefined;
  const mean = meanTime(rates, l);
  const index = layers[3]?.bytes;
  const perMachine =
    index && derive('index of one machine', 'B', 'index / machines', { index, machines: plan.machines });
  const report = {
    kind: 'cache-report' as const,
    memories: w.memories,
    engine: engine.title,
    layers,
    effects: effects(w, rates, l, layers, { bytes: redis, cost: nodeCost }, wishes, options.prices ?? {}),
    redis,
    redisNode: node?.title,
    redisCost: nodeCost,
    mean,
    miss: missTime(rates, l),
    search: searchTime(rates, l),
    pageReads: pageReads(rates, l),
    searchesPerSecond: searches,
    embeddingsPerSecond: embeddings,
    warmUp:
      !isPostgres || perMachine === undefined || perMachine.value === 0
        ? undefined
        : warmUp({
            bytes: perMachine,
            ram: w.ram,
            ownIndex: w.systemInUse?.ownTables === true ? plan.index : undefined,
            readRate: wish(
              'bytes a second read in order',
              'B',
              wishes.readRate,
              '--read-rate',
              [125e6, 125e6, 1e9],
              'gp3 with nothing added, 125 MB/s; larger volumes and NVMe read faster',
              'documented',
            ),
            iops: wish(
              'random reads a second',
              'count',
              wishes.iops,
              '--iops',
              [3000, 3000, 16_000],
              'gp3 with nothing added, 3,000',
              'documented',
            ),
          }),
    notes: [
      ...notes(w, l, engine.title),
      ...(l.search === undefined || l.visited === undefined ? notUsed(latencyFlags(wishes), 'no latency is told') : []),
      ...(isPostgres ? [] : notUsed(diskFlags(wishes), 'a warm-up is told of PostgreSQL alone')),
      ...inputNotes(w, engine, { beside: BESIDE }),
    ],
  };
  return { ...report, headline: headline(report, rates, l) };
}

/** Which machines the searches run on where money is told: one of --ram, whatever the engine. */
function coreMonth(w: Workload, prices: PriceOverrides): Quantity<'USD/month'> | undefined {
  const machine = computeCost(priceBook(prices), {
    residentPerMachine: w.ram,
    usableShare: leaf('RAM of the machine as given', 1, 'ratio', { source: '--ram' }),
    machines: leaf('machines', 1, 'count'),
    replicas: leaf('copies', 0, 'count'),
  }).monthly[0]?.usd;
  return machine && derive('one core for a month', 'USD/month', 'machine / cores', { machine, cores: w.cores });
}

function effects(
  w: Workload,
  rates: Rates,
  l: Latencies,
  layers: readonly CacheLayer[],
  redis: { readonly bytes: Quantity<'B'> | undefined; readonly cost: Quantity<'USD/month'> | undefined },
  wishes: CacheWishes,
  prices: PriceOverrides,
): LayerEffect[] {
  const book = priceBook(prices);
  const qps = w.queriesPerSecond;
  const tokens = wish(
    'tokens of one query',
    'tokens',
    wishes.queryTokens,
    '--query-tokens',
    [15, 8, 40],
    'a question of ten words',
  );
  const price = perToken(findPrice(book, `${w.embeddingModel}.input`, '--embedding-model'));
  const embedMoney = (name: string, calls: Quantity<'queries/s'>): Quantity<'USD/month'> =>
    derive(name, 'USD/month', 'calls * 86_400 * days * tokens * price', { calls, days: DAYS_PER_MONTH, tokens, price });
  const node = redis.cost;
  const cost = (id: LayerId): Quantity<'USD/month'> | undefined => {
    const bytes = layers.find((x) => x.id === id)?.bytes;
    if (bytes === undefined || node === undefined || redis.bytes === undefined || redis.bytes.value === 0)
      return undefined;
    return derive(`${id.toUpperCase()}'s part of the Redis node`, 'USD/month', 'node * bytes / all', {
      node,
      bytes,
      all: redis.bytes,
    });
  };
  const l1Hits = qps && derive('searches that L1 spares', 'queries/s', 'qps * h1', { qps, h1: rates.l1 });
  const l1Calls =
    l1Hits && derive('embedding calls that L1 spares', 'queries/s', 'hits * (1 - h3)', { hits: l1Hits, h3: rates.l3 });
  const core = coreMonth(w, prices);
  const l1Cores =
    l1Hits && l.search && derive('cores that L1 spares', 'count', 'hits * search', { hits: l1Hits, search: l.search });
  const l1Saved =
    l1Calls && l1Cores && core
      ? derive('what L1 saves', 'USD/month', 'embeddings + cores * core', {
          embeddings: embedMoney('embeddings that L1 spares', l1Calls),
          cores: l1Cores,
          core,
        })
      : undefined;
  const l2Hits =
    qps &&
    derive('entity reads that L2 spares', 'queries/s', 'qps * (1 - h1) * h2', { qps, h1: rates.l1, h2: rates.l2 });
  const l3Hits =
    qps &&
    derive('embedding calls that L3 spares', 'queries/s', 'qps * (1 - h1) * h3', { qps, h1: rates.l1, h3: rates.l3 });
  const l4Reads =
    qps && l.visited
      ? derive('page reads that L4 spares', 'count', 'qps * (1 - h1) * visited * h4', {
          qps,
          h1: rates.l1,
          visited: l.visited,
          h4: rates.l4,
        })
      : undefined;
  const effect = (
    id: LayerId,
    spares: Quantity | undefined,
    sparesWhat: string,
    saved: Quantity<'USD/month'> | undefined,
    costs: Quantity<'USD/month'> | undefined,
  ): LayerEffect => ({ id, withoutIt: meanTime(rates, l, id), spares, sparesWhat, saved, costs });
  return [
    effect('l1', l1Hits, 'searches', l1Saved, undefined),
    effect('l2', l2Hits, 'entity reads', undefined, cost('l2')),
    effect('l3', l3Hits, 'embedding calls', l3Hits && embedMoney('what L3 saves', l3Hits), cost('l3')),
    effect('l4', l4Reads, 'page reads', undefined, undefined),
  ];
}

function headline(r: Omit<CacheReport, 'headline'>, rates: Rates, l: Latencies): string[] {
  const out: string[] = [];
  const s = (q: Quantity<'s'>): string => `≈ ${formatSeconds(q.value)}`;
  if (r.mean !== undefined && r.miss !== undefined) {
    const hit = 1 - (1 - rates.l1.value) * (1 - rates.l3.value);
    out.push(
      `A query takes ${s(r.mean)} on average, and ${s(r.miss)} where no cache has it: ${formatPercent(1 - hit)} of all, so the p99 is no less than that.`,
    );
  }
  if (r.pageReads !== undefined && r.search !== undefined && l.search !== undefined && r.pageReads.value >= 1) {
    out.push(
      `${formatPercent(rates.l4.value)} of the index pages in memory is not warm: a search waits for ≈ ${Math.round(r.pageReads.value)} random reads, ${s(r.search)} instead of ${s(l.search)}.`,
    );
  }
  if (r.mean === undefined) {
    out.push(
      `What a query waits for is unknown: ${l.search === undefined ? 'there is no latency' : 'page reads are known for HNSW only, not for the index'} of ${r.engine}.`,
    );
  }
  const l3 = r.effects.find((e) => e.id === 'l3');
  if (l3?.saved !== undefined && l3.costs !== undefined && l3.costs.value > l3.saved.value) {
    out.push(
      `L3 costs more than the embeddings it spares (${formatQuantity(l3.costs)} against ${formatQuantity(l3.saved)}): what it buys is time.`,
    );
  }
  return out;
}

/** The flags that only say how long a query waits. */
const latencyFlags = (wishes: CacheWishes): string[] =>
  [
    wishes.embeddingLatency === undefined ? '' : 'embedding-latency',
    wishes.redisLatency === undefined ? '' : 'redis-latency',
    wishes.pageLatency === undefined ? '' : 'page-latency',
  ].filter((flag) => flag !== '');
const diskFlags = (wishes: CacheWishes): string[] =>
  [wishes.readRate === undefined ? '' : 'read-rate', wishes.iops === undefined ? '' : 'iops'].filter((f) => f !== '');

function notes(w: Workload, l: Latencies, engine: string): string[] {
  const out: string[] = [];
  if (w.queriesPerSecond === undefined) {
    out.push('entries, load and money are not told: nobody said how many queries there are; give --queries-per-second');
  }
  if (l.search === undefined)
    out.push(`latencies are not told: there is no latency for ${engine} here; memplan estimate says why`);
  else if (l.visited === undefined) out.push('latencies are not told: page reads are known for HNSW only');
  if (w.queriesPerSecond !== undefined)
    out.push('load and money take the given rate as the mean of the month; at a peak rate they are the most it can be');
  return out;
}
