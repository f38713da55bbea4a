/** The article: tiers, sizes, build and search, caches. */
import { seedArticleRule } from '../../src/engines/documented/index.ts';
import { visitedTuples } from '../../src/engines/hnsw-work.ts';
import { derive, leaf, type Quantity } from '../../src/quantity/index.ts';
import { cacheOf, componentOf, planOf } from './planned.ts';
import { about, figure, type SeedRow, under } from './seed-row.ts';

const rows = (n: number): Quantity<'rows'> => leaf('memories', n, 'rows');
const M: Quantity<'count'> = leaf('m', 16, 'count');
const ruleAt = (n: number): Quantity<'B'> =>
  seedArticleRule({ vectors: rows(n), dimensions: leaf('dimensions', 1536, 'dimensions'), m: M }).memory;
const perVector: Quantity<'B'> = derive("the article's rule, a vector at 1M", 'B', 'all / N', {
  all: ruleAt(1e6),
  N: rows(1e6),
});
const visited = (n: number, ef: number): Quantity<'count'> => visitedTuples(rows(n), M, leaf('ef', ef, 'count'));

export function articleSizeRows(): SeedRow[] {
  const tiers = under('article', 'Tiers 1 to 4');
  const math = under('article', 'HNSW parameter math');
  const breaks = under('article', 'When HNSW starts breaking down');
  const cache = under('article', 'Four-layer cache system');
  const store = under('article', 'Vector store ≠ memory store');
  return [
    tiers.corrected(
      'tier-ceilings',
      [
        'Each tier has a clear capacity ceiling.',
        'When to leave: multi-tenancy, >100K per user, or distributed reads.',
        'Up to ~10M memories. Postgres with the pgvector extension; one HNSW index.',
        'Up to ~100M memories.',
        '100M+ memories. Qdrant, Milvus, or similar',
        'When to use: billion-scale',
      ],
      'No tier ends at a row count. What ends one is RAM, the build window, p99, the write rate, namespaces or money, each at its own number of rows; 10M vectors of 1,536 dimensions do not fit 64 GiB, 10M of 384 do in 20 GiB.',
      'docs/tiers.md; memplan estimate, TIER',
      [
        figure(
          'rows of 1,536 dimensions at which the index alone fills 64 GiB',
          '~10M',
          about(1e7),
          derive('rows in 64 GiB', 'rows', 'ram / page', {
            ram: leaf('RAM', 64 * 2 ** 30, 'B'),
            page: derive('index a vector', 'B', 'index / N', {
              index: componentOf({ n: '1M', dims: '1536', engine: 'pgvector' }, 'vector-index').disk,
              N: rows(1e6),
            }),
          }),
        ),
      ],
    ),
    tiers.outside(
      'tier-advice',
      [
        'The right tier is the one that can hold your store with margin.',
        'Single SQLite file with a vector extension. The whole memory system runs in-process.',
        'When to use: single-user agents, desktop apps, edge deployments.',
        'Multi-tenant via row-level security or per-user schemas.',
        'When to use: SaaS at any reasonable scale; you already run Postgres.',
        'When to leave: p99 query latency rises above your SLO; index build times become operational issues.',
        'Postgres-on-Postgres, with a routing layer … Each shard maintains its own HNSW.',
        "When to use: you've hit pgvector ceiling; ops team can manage Postgres clusters.",
        'When to leave: rebuild orchestration becomes a bottleneck; cross-shard queries become common.',
        'Failure mode: coordinated shard rebuilds; consistency-during-migration; tail-latency outliers from straggler shards.',
        'Often pair with PQ (product quantization) or DiskANN for memory-economical storage.',
        'When to leave: you start questioning whether you actually need a billion memories',
        'Failure mode: operational complexity; ecosystem maturity vs Postgres',
      ],
      'Advice on when to change; the limits behind it (p99, build window, stragglers, rebuild windows) are computed, the choice is not a figure.',
      'memplan estimate, memplan shard',
    ),
    store.reproduced(
      'five-components',
      [
        'The vector index is one component. A real memory store also holds:',
        'Lexical index (BM25, Tantivy or pg_trgm).',
        'Entity graph (typed edges, hop traversal).',
        'Temporal index (BTREE on event timestamps).',
        'Audit ledger (supersession chains, access counts).',
        'Metadata (confidence, type, freshness). … with a coordinator that fan-outs."',
      ],
      'Every one of them is a component of an estimate, with its own layout; of a store of 1M memories the vector index is less than half of the bytes.',
      'memplan estimate --n 1M --engine pgvector',
      [
        figure(
          'share of the vector index in the bytes of a store of 1M × 1,536',
          'one component',
          { from: 0.05, to: 0.6 },
          derive('share of the vector index', 'ratio', 'index / all', {
            index: componentOf({ n: '1M', dims: '1536', engine: 'pgvector' }, 'vector-index').disk,
            all: planOf({ n: '1M', dims: '1536', engine: 'pgvector' }).totals.disk,
          }),
        ),
      ],
    ),
    math.reproduced(
      'rule-1m-vector',
      ['For N = 1M vectors, dims = 1536, m = 16:', 'bytes_per_vector ≈ 6,144 + 128 × 20 ≈ 8,700 bytes'],
      "The article's own arithmetic is right (8,695 B with log2 1M = 19.93); the rule is not, see log2-term.",
      'memplan explain --compare seed-article --n 1M --dims 1536',
      [figure('bytes a vector by the rule', '≈ 8,700', about(8700, 0.01), perVector)],
    ),
    math.corrected(
      'rule-1m-index',
      ['Total index ≈ 8.3 GB in RAM'],
      'By the rule it is 8.7 GB or 8.1 GiB: 8.3 is 8,297 MiB over 1,000. The pages of pgvector take 8.19 GB (7.63 GiB).',
      'memplan estimate --n 1M --dims 1536 --engine pgvector',
      [
        figure('the index by the rule', '≈ 8.3 GB', about(8.3e9, 0.01), ruleAt(1e6)),
        figure(
          'the index by its pages',
          '≈ 8.3 GB',
          about(8.3e9, 0.01),
          componentOf({ n: '1M', dims: '1536', engine: 'pgvector' }, 'vector-index').disk,
        ),
      ],
    ),
    math.outside(
      'ten-million-build',
      ['10M vectors → 4–8 hours.'],
      'Cores, workers and maintenance_work_mem are not given, and they decide it: the estimate says 2.5 h on its stock machine of 64 GiB, and 0.6 to 26 h as long as nothing was calibrated on yours.',
      'memplan estimate --n 10M --dims 1536 --engine pgvector, BUILD',
    ),
    math.reproduced(
      'insert-log-n',
      [
        'At 10M, you care about incremental insertion latency (amortized log(N) per insert) rather than cold rebuild time.',
      ],
      'Tuples visited by one insert grow with ln N: 1.17 times from 1M to 10M by logarithms, and no more than that by the planner of pgvector.',
      'docs/engines/pgvector.md',
      [
        figure(
          'tuples visited by an insert at 10M against 1M, ef_construction 64',
          'log N: × 1.17',
          { from: 1, to: 1.25 },
          derive('visited at 10M over 1M', 'ratio', 'a / b', { a: visited(1e7, 64), b: visited(1e6, 64) }),
        ),
      ],
    ),
    math.corrected(
      'ef-linear',
      ['Raising ef_search increases recall@k but costs linearly.'],
      'Less than linearly: the share of visited tuples that are new falls as the candidate list grows. Four times ef_search (40 to 160) is about 2.9 times the tuples at 1M.',
      'src/engines/hnsw-work.ts, the estimate that pgvector plans by',
      [
        figure(
          'tuples visited at ef_search 160 against 40, 1M',
          '× 4',
          about(4, 0.05),
          derive('visited at 160 over 40', 'ratio', 'a / b', { a: visited(1e6, 160), b: visited(1e6, 40) }),
        ),
      ],
    ),
    math.corrected(
      'ef-120-slo',
      ['At 10M memories with ef_search = 120, you start bumping against p99 SLOs if your SLO is 100ms end-to-end.'],
      'Not while the index is in memory: a search visits a few thousand tuples, some milliseconds. It holds as soon as the graph is read from disk, which at 10M × 1,536 on 64 GiB it is.',
      'memplan estimate --n 10M --dims 1536 --ef-search 120 --ram 128GiB, QUERY',
      [figure('p99 in RAM at 10M, ef_search 120', '~100 ms', about(0.1, 0.5), p99At120())],
    ),
    breaks.outside(
      'fifty-million-rebuild',
      [
        'HNSW becomes problematic above ~50M vectors on a single node:',
        "Index build time exceeds maintenance windows. A nightly rebuild of a 50M-vector index takes 8+ hours on a 16-core machine. You can't afford nightly rebuilds.",
      ],
      'That it exceeds a night is right with any published build rate; the number of rows at which it does is computed from the window, the workers and the memory instead of stated, and no index needs a rebuild every night.',
      'memplan estimate --n 50M --cores 16, TIER: build window',
    ),
    breaks.corrected(
      'fifty-million-server',
      ['Combined with the data tables and OS page cache, this pushes you to 128GB+ servers.'],
      'The index alone is 381 GiB at 1,536 dimensions: 128 GB hold a third of it.',
      'memplan estimate --n 50M --dims 1536 --engine pgvector',
      [
        figure(
          'resident index of 50M × 1,536',
          '128 GB+',
          { from: 64e9, to: 192e9 },
          componentOf({ n: '50M', dims: '1536', engine: 'pgvector' }, 'vector-index').resident,
        ),
      ],
    ),
    breaks.reproduced(
      'pq-reduction',
      [
        'Tier 3 solutions: time-partitioned HNSW per namespace (smaller indexes, faster rebuilds, cold tiering for old partitions).',
        'Tier 4: consider DiskANN … IVF-PQ (product quantization reduces index size by 10–30× at modest recall cost).',
      ],
      'A code of a byte for four dimensions, as Milvus advises for IVF_PQ, is 16 times smaller than float32. A byte for 16 dimensions is 64 times smaller, at less modest cost.',
      'memplan explain --compare --n 10M --dims 1536',
      [figure('float32 over PQ codes, d / 4 bytes each', '10-30×', { from: 10, to: 30 }, pqFactor())],
    ),
    cache.reproduced(
      'cache-lifetimes',
      [
        'Independent of scale tier, Recall stacks four caches:',
        'L1: Query resultFused search resultsIn-process DashMap30s~20%',
        'L2: Entity attributeCanonical names, top attributesRedis1 hour~80%',
        'L3: Embedding(query_hash → embedding)Redis24 hours~40%',
        'L4: HNSW warm bufferHNSW graph pagesShared memoryNo TTL~95%',
      ],
      'Lifetimes and hit rates are taken as defaults, and every size, latency and saving follows from them; a hit rate is a property of the queries, so measure yours.',
      'memplan cache',
      lifetimes(),
    ),
    cache.outside(
      'redis-2ms',
      [
        'L2 (entity attribute) is what makes entity resolution fast … hits Redis at under 2ms rather than querying Postgres.',
      ],
      'A round trip to Redis is a property of the network; the verb takes it as an input (0.5 ms unless given, with the 2 ms of the article as its upper end).',
      'memplan cache --redis-latency 2ms',
    ),
  ];
}

function p99At120(): Quantity<'s'> {
  const plan = planOf({ n: '10M', dims: '1536', 'ef-search': '120', ram: '256GiB', engine: 'pgvector' });
  if (plan.query.p99 === undefined) throw new Error('256 GiB hold 10M × 1,536, so p99 is known');
  return plan.query.p99;
}

function pqFactor(): Quantity<'ratio'> {
  const d = leaf('dimensions', 1536, 'dimensions');
  return derive('float32 bytes over code bytes', 'ratio', '4 * d / (d / 4)', { d });
}

/** The lifetimes that `memplan cache` starts from. */
function lifetimes(): SeedRow['figures'] {
  const stated = { l1: ['30 s', 30], l2: ['1 hour', 3600], l3: ['24 hours', 86_400], l4: undefined } as const;
  return cacheOf({ n: '1M', dims: '1536', 'queries-per-second': '50' }).layers.flatMap((l) => {
    const said = stated[l.id];
    if (said === undefined || l.lifetime === undefined) return [];
    return [figure(`lifetime in ${l.id.toUpperCase()}`, said[0], about(said[1], 1e-9), l.lifetime)];
  });
}
