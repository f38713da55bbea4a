/** The rows of the article whose claims `memplan explain --article` lists: quotes and headings for them. */
import { type ArticleClaim, articleClaims } from '../../src/capacity/article-claims.ts';
import { figure, type SeedFigure, type SeedRow } from './seed-row.ts';

type Place = readonly [id: string, where: string, quotes: readonly string[]];

const PLACES: readonly Place[] = [
  ['log2-term', 'HNSW parameter math', ['bytes_per_vector ≈ dims × 4 + m × 8 × log₂(N)']],
  [
    'ten-million',
    'HNSW parameter math',
    ['At N = 10M, the log₂ term grows by ~3 bits: index grows to ~85 GB. … you start fighting the OS page cache.'],
  ],
  [
    'fifty-million',
    'When HNSW starts breaking down',
    ['RAM footprint exceeds available memory. At 50M vectors with m=16, the index is ~4GB.'],
  ],
  [
    'bytes-per-memory',
    'Database storage cost',
    ['At5.5KBpermemory', 'At 5.5 KB per memory … 6,144 bytes)', '6,144bytes)'],
  ],
  [
    'one-terabyte',
    'Database storage cost',
    [
      '100Mmemoriesconsumesapproximately550GBforembeddingsalone.Addingtextcontent(average200bytes),metadata,indexes,andTOASToverhead:approximately1TBtotalat100Mmemories.',
      '100M memories consumes approximately 550 GB … approximately 1TB total at 100M memories.',
    ],
  ],
  [
    'namespace-index',
    'Hot namespace problem',
    ['A per-namespace HNSW at 100K vectors is tiny — under 1 GB RAM — and gives near-perfect recall'],
  ],
  [
    'embedded-scan',
    'Tier 1',
    [
      'Up to 100K memories per user-store.',
      'Latency is sub-millisecond.',
      "linear-scan ANN doesn't have HNSW's log-N. Above 100K, query latency rises sharply.",
    ],
  ],
  [
    'tier-of-200m',
    'Reality check',
    [
      "Most teams that imagine they need 1B memories don't.",
      'A typical memory system at 1M users and ~200 retained memories per user is 200M memories — comfortably tier 3.',
    ],
  ],
  [
    'gin-size',
    'BM25 / GIN index',
    [
      'At 10M memories, a GIN index on to_tsvector(content) is approximately 2–4 GB.',
      'At 100M memories, the GIN index is 20–40 GB.',
    ],
  ],
  ['single-threaded-build', 'Tier 2', ['HNSW build is single-threaded; index rebuilds at this scale start hurting.']],
  [
    'build-minutes',
    'HNSW parameter math',
    ['Empirically: 1M vectors on 8 cores → 20–40 minutes at ef_construction = 200.'],
  ],
  ['build-product', 'HNSW parameter math', ['T_build ≈ N × log(N) × m × ef_construction / parallelism']],
  [
    'query-growth',
    'HNSW parameter math',
    [
      'T_query ≈ log(N) × ef_search × vector_distance_cost',
      'ef_search = 80: ~5–15ms for 1M vectors, ~15–30ms for 10M.',
    ],
  ],
  [
    'post-filter',
    'When HNSW starts breaking down',
    ['Partial indexes become necessary for multi-tenancy: a global HNSW at 50M must post-filter … hurts recall.'],
  ],
  ['warm-buffer', 'Four-layer cache system', ['L4 keeps the HNSW graph warm across Postgres restarts … from disk.']],
  [
    'embed-once',
    'Embedding API cost',
    [
      'At OpenAI text-embedding-3-small pricing (~0.02per1Mtokens),embedding100Mmemoriesatanaverageof50tokenseachis5Btokens,or0.02 per 1M tokens), embedding 100M memories at an average of 50 tokens each is 5B tokens, or 100. That is a one-time cost for the initial corpus.',
    ],
  ],
  [
    'reembed-10m',
    'Re-embedding at scale',
    ['Cost to re-embed 10M memories at OpenAI text-embedding-3-small rates: ~$4 and ~1 week at 3,000 RPM.'],
  ],
  ['reembed-100m', 'Embedding API cost', ['and approximately one week of background worker time at 3,000 RPM.']],
  [
    'model-change',
    'Embedding API cost',
    [
      're-embedding 100M memories when switching from text-embedding-3-small to text-embedding-3-large (or any model change) costs another $100 in API fees',
    ],
  ],
  [
    'extraction',
    'LLM extraction cost',
    [
      '100M extraction calls (including input context and output JSON) costs approximately 1,0002,000.',
      'rejecting551,000–2,000.',
    ],
  ],
  [
    'prefilter-hype',
    'LLM extraction cost',
    [
      'rejecting 55% of turns before the LLM extraction call saves 550–1,100 at 100M memory scale.',
      'HyPE (hypothetical question generation at write time) adds approximately 30% to extraction cost',
      'At 100M scale, opting into HyPE adds $300–600 to extraction costs',
    ],
  ],
  [
    'largest-cost',
    'LLM extraction cost',
    [
      'This is the largest ongoing operational cost in the memory pipeline — larger than storage, larger than embedding API.',
    ],
  ],
  [
    'storage-price',
    'Database storage cost',
    ['1TB gp3 SSD storage is approximately 100115/month.', 'Budget100–115/month.'],
  ],
  ['parallel-gin', 'BM25 / GIN index', ['Unlike HNSW, GIN supports parallel index builds natively in PostgreSQL 11+']],
  [
    'pending-list',
    'BM25 / GIN index',
    [
      'which batches GIN updates into a pending list … rather than on every write.',
      'slightly stale full-text index state (typically seconds, not minutes).',
    ],
  ],
  ['pgstattuple-gin', 'Write rate spikes', ['and pgstattuple on the GIN index to detect bloat accumulation']],
  ['n-live-tup', 'Write rate spikes', ['Monitor pg_stat_user_tables.n_live_tup']],
  [
    'consistent-hash',
    'Shard transition planning',
    [
      'Add routing layer (consistent hash by namespace_id)',
      'Routing is by hash(namespace_id) % num_shards. For N=4 shards: namespace_id mod 4 determines the shard. This is stable',
    ],
  ],
  [
    'write-spike',
    'Write rate spikes',
    [
      'The write rate spike also affects GIN index maintenance at high aggregate rates.',

      'If 100 users simultaneously backfill at 100 turns/minute each, that is 10,000 writes/minute — high enough to stress GIN pending list flushing.',
    ],
  ],
  [
    'seven-day-window',
    'Temporal BTREE index',
    ['At 10M event memories, a range scan for a 7-day window returns fewer than 1,000 results'],
  ],
  [
    'consolidation',
    'The consolidation dividend',
    [
      'A system with 10M raw stored memories and a 40% dedup rate (aggressive supersession + entity attribute consolidation) has 6M effective memories in active indexes. Each 10% reduction in effective memory count reduces:',
      'HNSW RAM footprint by 10%',
      'Embedding API re-embedding cost by 10%',
      'BM25 GIN index size by 10%',
      'Storage cost by 10%',
    ],
  ],
];

type Stated = readonly [says: string, from: number, to: number];
const WEEK = 7 * 86_400;
const week: Stated = ['~1 week', 0.9 * WEEK, 1.1 * WEEK];

/** What the article states of each figure of a claim, in its order, in the unit of ours; null where it states none. */
const STATED: Readonly<Record<string, readonly (Stated | null)[]>> = {
  'log2-term': [['3,063 B', 3063, 3064]],
  'ten-million': [null, ['~85 GB', 82.5e9, 87.5e9]],
  'fifty-million': [['~4 GB', 3.6e9, 4.4e9]],
  'bytes-per-memory': [null, ['5.5 KB with text', 5000, 6000]],
  'one-terabyte': [
    ['~550 GB', 495e9, 605e9],
    ['~1 TB, all told', 0.9e12, 1.1e12],
  ],
  'namespace-index': [['under 1 GB', 0, 1e9]],
  'gin-size': [
    ['2-4 GB', 2e9, 4e9],
    ['2-4 GB', 2e9, 4e9],
    ['20-40 GB', 20e9, 40e9],
  ],
  'build-minutes': [null, ['20-40 min', 20 * 60, 40 * 60]],
  'build-product': [
    ['× 3.13', 3.12, 3.14],
    ['× 3.13', 3.12, 3.14],
  ],
  'query-growth': [['× 2-3', 2, 3]],
  'embed-once': [['$100', 99, 101]],
  'reembed-10m': [['~$4', 3.6, 4.4], week, week],
  'reembed-100m': [week, week],
  'model-change': [['$100', 99, 101]],
  extraction: [
    ['$1,000-2,000', 1000, 2000],
    ['$1,000-2,000', 1000, 2000],
  ],
  'prefilter-hype': [
    ['$550-1,100', 550, 1100],
    ['$300-600', 300, 600],
  ],
  'storage-price': [['$100-115 a month', 100, 115]],
  'consistent-hash': [['stable', 0, 0.001]],
  'seven-day-window': [['fewer than 1,000', 0, 999]],
  consolidation: [
    ['6M', 6e6, 6e6],
    ['10%', 0.0999, 0.1001],
  ],
};

export function knownArticleRows(): SeedRow[] {
  const claims = new Map(articleClaims().map((c) => [c.id, c]));
  return PLACES.map(([id, where, quotes]) => {
    const claim = claims.get(id);
    if (claim === undefined) throw new Error(`no claim ${id} in src/capacity/article-claims.ts`);
    return {
      id: `article-${id}`,
      document: 'article',
      where,
      quotes,
      verdict: claim.verdict === 'right' ? 'reproduced' : 'corrected',
      found: `${claim.verdict === 'right' ? 'Right' : `${claim.verdict[0]?.toUpperCase()}${claim.verdict.slice(1)}`}. ${claim.truth}`,
      how: `memplan explain --article ${id}`,
      figures: statedOf(claim),
    };
  });
}

function statedOf(claim: ArticleClaim): SeedFigure[] {
  return (STATED[claim.id] ?? []).flatMap((stated, i) => {
    const held = claim.figures[i];
    if (stated === null) return [];
    if (held === undefined) throw new Error(`${claim.id} has no figure ${i + 1}`);
    const [says, from, to] = stated;
    return [figure(held.what, says, { from, to }, held.ours)];
  });
}
