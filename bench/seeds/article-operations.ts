/** The article: other indexes, tenants, migration, money, consolidation. */
import { outboxPlan } from '../../src/capacity/outbox-backlog.ts';
import { reembed } from '../../src/capacity/reembed.ts';
import { shadowQuery } from '../../src/capacity/reembed-schedule.ts';
import { fanOut } from '../../src/capacity/shard-operation.ts';
import { migration } from '../../src/capacity/shard-timeline.ts';
import { writeReport } from '../../src/capacity/writes.ts';
import { engineById } from '../../src/engines/index.ts';
import { CATALOGUE, embeddingCost } from '../../src/prices/index.ts';
import { derive, leaf, type Quantity } from '../../src/quantity/index.ts';
import { workload } from '../../src/workload/from-text.ts';
import { NO_WISHES } from '../writes-comparison.ts';
import { componentOf, planOf } from './planned.ts';
import { about, figure, type SeedRow, under } from './seed-row.ts';

const PG100 = { n: '100M', dims: '1536', engine: 'pgvector' } as const;
const PG1 = { n: '1M', dims: '1536', engine: 'pgvector' } as const;
const NONE: Quantity<'s'> = leaf('not known', 0, 's');
const count = (name: string, n: number): Quantity<'count'> => leaf(name, n, 'count');

export function articleOperationRows(): SeedRow[] {
  return [...shadowRows(), ...indexRows(), ...tenantRows(), ...migrationRows(), ...moneyRows()];
}

function spared(): Quantity<'ratio'> {
  const report = writeReport(workload(PG100), NO_WISHES);
  if (report.pending === undefined) throw new Error('the plan has a lexical index');
  return report.pending.spared;
}

function shadowRows(): SeedRow[] {
  const change = reembed(
    workload(PG1),
    {
      toModel: 'text-embedding-3-large',
      toDims: 1536,
      batch: false,
      start: new Date('2026-04-01T00:00:00Z'),
      topK: 10,
      alert: 0.5,
    },
    { now: new Date('2026-04-01T00:00:00Z') },
  ).storage;
  if (change === undefined) throw new Error('pgvector holds 1,536 dimensions');
  const shadow = under('article', 'Re-embedding at scale');
  return [
    shadow.reproduced(
      'shadow-strategy',
      [
        'old embeddings in the index are incompatible with new query embeddings. The shadow strategy runs the two models in parallel:',
        '1. Dual-write: … (v1) and new (v2) models.',
        '2. Backfill: … re-embeds historical memories with v2. … Checkpointed for resumption.',
        '4. Validation: run LongMemEval-style probes against both versions.',
        '5. Cutover: queries switch to v2. v1 retained for N days as rollback.',
        '6. Cleanup: drop v1 column and index.',
      ],
      'Planned step by step, with days, money, and what both columns and both indexes take while they stand: twice the vectors at the same dimensions.',
      'memplan reembed',
      [
        figure(
          'disk added while v1 and v2 stand, over the table and index of one of them',
          'v1 and v2',
          about(1, 0.15),
          derive('added over one', 'ratio', '(peak - today) / (index + toast)', {
            peak: change.peakDisk,
            today: planOf(PG1).totals.disk,
            index: componentOf(PG1, 'vector-index').disk,
            toast: componentOf(PG1, 'toast').disk,
          }),
        ),
      ],
    ),
    shadow.reproduced(
      'jaccard-alert',
      [
        '3. Shadow query: reads compute results with both v1 and v2, comparing top-K overlap via Jaccard divergence. Alert if divergence > 0.5.',
      ],
      'The exit criterion of the shadow step. Two lists of 10 that share 7 diverge by 0.46, two that share 6 by 0.57: 7 of 10 have to be shared. Whether that is much or little depends on the two models.',
      'memplan reembed',
      [
        figure(
          'divergence of two lists of 10 that share just enough',
          'no alert up to 0.5',
          { from: 0, to: 0.5 },
          derive('divergence', 'ratio', '1 - s / (2 * 10 - s)', { s: shadowQuery(10, 0.5).leastShared }),
        ),
        figure(
          'divergence with one less',
          'alert above 0.5',
          { from: 0.5001, to: 1 },
          derive('divergence', 'ratio', '1 - (s - 1) / (2 * 10 - (s - 1))', { s: shadowQuery(10, 0.5).leastShared }),
        ),
      ],
    ),
    shadow.outside(
      'time-not-dollars',
      ['Most of the "cost" is time, not dollars — plan accordingly.'],
      'Advice; time and money are both in the plan, and with full requests the time is hours.',
      'memplan reembed',
    ),
  ];
}

function indexRows(): SeedRow[] {
  const gin = under('article', 'BM25 / GIN index');
  const graph = under('article', 'Entity graph (edge table)');
  const time = under('article', 'Temporal BTREE index');
  const metadata = under('article', 'Metadata indexes');
  const scaling = under('article', 'Scaling lexical and graph indexes alongside vectors');
  return [
    scaling.corrected(
      'not-first-bottleneck',
      [
        'it is only one of five indexes in a memory store. Scaling to 100M+ memories requires planning all five in parallel — the vector index rarely becomes the bottleneck first.',
        'GIN is the write-time bottleneck at high write rates, HNSW is the RAM bottleneck at high memory counts … the others will not surprise you.',
      ],
      'The page contradicts itself: it rarely is the bottleneck first, and it is the RAM bottleneck. By bytes it is first: 763 GiB at 100M × 1,536 against 7.1 GiB of GIN and 4.0 GiB of metadata index.',
      'memplan estimate --n 100M --engine pgvector',
      [
        figure(
          'vector index over all other indexes, bytes at 100M × 1,536',
          'rarely first',
          { from: 0, to: 1 },
          derive('vector index over the others', 'ratio', 'v / (gin + time + meta + key)', {
            v: componentOf(PG100, 'vector-index').disk,
            gin: componentOf(PG100, 'lexical-index').disk,
            time: componentOf(PG100, 'temporal-index').disk,
            meta: componentOf(PG100, 'metadata-index').disk,
            key: componentOf(PG100, 'primary-key').disk,
          }),
        ),
      ],
    ),
    gin.outside(
      'gin-build',
      ['Build time for a fresh GIN at 10M records: 10–15 minutes.'],
      'It depends on the text, on maintenance_work_mem and on the machine, none of which is given; no build time of GIN was measured here at that size. Up to PostgreSQL 17 it is one process.',
      'docs/layouts/pg-gin.md',
    ),
    gin.corrected(
      'gin-posting-lists',
      [
        'The bottleneck at 100M records is not build time but write-time maintenance: … potentially thousands of posting lists.',
        'At high write rates (1,000+ turns/second), GIN writes become a measurable bottleneck.',
        'This can cut write-time GIN overhead by 60–80%',
      ],
      'An insert touches one posting list per distinct lexeme of its text: some 30 at most for 200 bytes, not thousands. What the list spares is what its rows have in common with each other, and less of that counts the longer the entries of the index are: by the log, with the default list of 4 MB, 84 % at 100,000 memories, 60 % at 1M, 18 % at 10M and 8 % at the 100M of the sentence. 1,000 turns a second are 86 million a day.',
      'docs/writes.md',
      [
        figure(
          'posting lists of one memory of 200 bytes',
          'thousands',
          { from: 1000, to: 9999 },
          derive('distinct lexemes at most', 'count', 'text / word', {
            text: leaf('text', 200, 'B'),
            word: leaf('a word and its space', 6, 'B', { basis: 'assumed', low: 5, high: 8, source: 'English text' }),
          }),
        ),
        figure('log that the pending list spares at 100M', '60–80 %', { from: 0.6, to: 0.8 }, spared()),
      ],
    ),
    gin.outside(
      'gin-replica',
      [
        'This is large but manageable on a dedicated Postgres instance. … routes to the primary or dedicated vector DB.',
      ],
      'A physical replica holds every index of its primary: the GIN is not moved away by reading it elsewhere. Where reads go is not a matter of size.',
      'PostgreSQL documentation, Warm Standby',
    ),
    graph.reproduced(
      'edge-table',
      [
        'The entity graph scales by node and edge count, not by memory count. A namespace with 10M memories might have 500K entities and 2M edges. A Postgres table with 2M rows is trivial — the entity graph scales easily to 100M edges before requiring specialized infrastructure.',
      ],
      '0.2 edges a memory: 2M rows with two indexes take a quarter of a GiB, 100M edges eleven and a half.',
      'memplan estimate --n 10M --engine pgvector, edge table',
      [
        figure(
          'edge table of 10M memories',
          'trivial',
          { from: 0, to: 2 ** 30 },
          componentOf({ n: '10M', dims: '1536', engine: 'pgvector' }, 'edge-table').disk,
        ),
      ],
    ),
    graph.outside(
      'hop-times',
      [
        'Edge traversal (multi-hop queries) uses recursive CTEs or WITH RECURSIVE in PostgreSQL.',
        '2-hop traversal at 2M edges: under 5ms',
        '3-hop traversal at 2M edges: 15–50ms depending on fan-out',
        '4-hop traversal: exponential growth in intermediate results, frequently timing out',
        'Cap hop depth at 3 in production. Beyond 3 hops, … The practical answer to "why limit at 3 hops?" is that measured LongMemEval scores do not improve past 3 hops while query latency rises sharply.',
      ],
      'Latency of graph queries and retrieval quality are not planned here. What can be said: with 2M edges over 500K entities a node has 8 neighbours, so 2 hops touch 64 edges and 3 hops 512 where degrees are even; they are not, and hubs decide.',
      'arithmetic',
    ),
    time.outside(
      'temporal-ms',
      [
        'The event_at BTREE index is the cheapest to maintain of all five. BTREE is update-friendly and scales linearly with row count.',
        'in 2–5ms.',
      ],
      'The time of a range scan depends on how many of its rows are in memory; the size is linear in the rows, 22.5 MB a million.',
      'docs/layouts/pg-btree.md',
    ),
    time.corrected(
      'temporal-shard',
      [
        'The temporal index does not require sharding until 500M+ events. If you are sharding before that threshold, shard by namespace_id first … range scans local.',
      ],
      'No row count decides it: the index is 10.5 GiB at 500M, which any machine for tier 2 holds. The table below it is what has to be sharded, and long before.',
      'memplan estimate --n 500M --engine pgvector',
      [
        figure(
          'temporal index of 500M rows over 64 GiB of RAM',
          'needs sharding',
          { from: 1, to: 10 },
          derive('share of 64 GiB', 'ratio', 'index / ram', {
            index: componentOf({ n: '500M', dims: '1536', engine: 'pgvector' }, 'temporal-index').disk,
            ram: leaf('RAM', 64 * 2 ** 30, 'B'),
          }),
        ),
      ],
    ),
    metadata.reproduced(
      'metadata-size',
      [
        'Confidence, status, schema_version, and namespace — composite indexes cover these. … (all active memories for a user above a confidence threshold).',
        'At 100M memories, this index is approximately 3–4 GB.',
      ],
      '3.99 GiB for (namespace_id, status, confidence), as a B-tree packs it after a fresh build.',
      'memplan estimate --n 100M --engine pgvector, metadata index',
      [
        figure(
          'composite index of 100M rows',
          '3-4 GB',
          { from: 3 * 2 ** 30, to: 4 * 2 ** 30 },
          componentOf(PG100, 'metadata-index').disk,
        ),
      ],
    ),
    metadata.outside(
      'btree-insert-cost',
      ['Unlike GIN, composite BTREE indexes have minimal write-time overhead — they add roughly 10–20% to INSERT cost'],
      'No measurement is named, and the share depends on what else an INSERT writes: beside an HNSW insert, which visits thousands of tuples, a B-tree entry is far less than 10 %.',
      'memplan estimate --writes-per-day 1M',
    ),
  ];
}

function tenantRows(): SeedRow[] {
  const tenants = under('article', 'Multi-tenant scaling patterns');
  const hot = under('article', 'Hot namespace problem');
  const writes = under('article', 'Write rate spikes');
  const bucket = { rate: leaf('turns a minute', 100, 'rows'), burst: leaf('burst', 200, 'rows') };
  return [
    tenants.outside(
      'isolation',
      [
        'A memory system serving 1M users has different scaling constraints than one serving 1K users. … wildly different usage profiles.',
        'Row-level security in PostgreSQL enforces that queries with WHERE namespace_id = $user_namespace only see',
        'This is correct and necessary, but adds a predicate to every query.',
        'The index design that makes this work: … (discussed below).',
      ],
      'Design of tenants; its costs (a namespace column in every index, filtered searches) are in the sizes and in the recall note of an estimate.',
      'memplan estimate --namespaces 1M',
    ),
    tenants.reproduced(
      'average-namespace',
      ['At 10M total memories across 100K users (average 100 memories/user)'],
      'Arithmetic; and namespaces of 100 rows need no graph: a B-tree and an exact scan of 100 vectors.',
      'memplan estimate --n 10M --users 100k',
      [
        figure(
          'memories a user',
          '100',
          about(100, 1e-9),
          derive('memories a user', 'rows', 'N / users', {
            N: leaf('memories', 1e7, 'rows'),
            users: count('users', 1e5),
          }),
        ),
      ],
    ),
    hot.corrected(
      'hot-5000',
      [
        'A namespace with 500K memories uses more resources than 5,000 namespaces with 100 memories each — not just in storage',
      ],
      'Not in storage: both are 500,000 rows, and rows are what storage is linear in. The rest of the sentence (filtered recall, posting lists, fan-out) is about queries and holds.',
      'memplan estimate --n 500k --namespaces 5000',
      [
        figure(
          'disk with one namespace over disk with 5,000, 500K × 1,536',
          'more',
          { from: 1.01, to: 100 },
          derive('one over 5,000', 'ratio', 'one / many', {
            one: planOf({ n: '500k', dims: '1536', engine: 'pgvector', namespaces: '1' }).totals.disk,
            many: planOf({ n: '500k', dims: '1536', engine: 'pgvector', namespaces: '5000' }).totals.disk,
          }),
        ),
      ],
    ),
    hot.outside(
      'hot-trigger',
      [
        'Some users have vastly more memories than others:',
        'Identify hot namespaces by memory count with a simple query run weekly:',
        'LIMIT 20;',
        'Namespaces above a threshold (100K memories is a reasonable trigger) are candidates for dedicated Postgres schemas with per-namespace HNSW indexes.',
        'Route hot namespaces to their dedicated schema; cold namespaces remain in the shared table.',
      ],
      'A trigger to choose; memctl hot counts namespaces and says which has earned an index of its own by what a filtered search costs it, not by a fixed number.',
      'memctl hot',
    ),
    writes.reproduced(
      'rate-limit',
      [
        'A user who pastes 1,000 conversation turns at once',
        'Default: 100 turns/minute per namespace with a burst allowance of 200 turns.',
        'Rate limiting per namespace at the API layer prevents this.',
        'For deliberate backfill operations, … for other namespaces.',
      ],
      'A token bucket: of 1,000 turns pasted at once 200 pass immediately and the rest within 8 minutes; a namespace can write 144,000 turns a day and no more than 200 beyond.',
      'arithmetic of a token bucket',
      [
        figure(
          'minutes until 1,000 pasted turns are through',
          '100 a minute, burst 200',
          about(8 * 60, 1e-9),
          derive('time of a paste', 's', '(turns - burst) / rate * 60', {
            turns: leaf('turns pasted', 1000, 'rows'),
            ...bucket,
          }),
        ),
      ],
    ),
  ];
}

function migrationRows(): SeedRow[] {
  const planning = under('article', 'Shard transition planning');
  const fan = fanOut(engineById('pgvector').plan(workload(PG1)), count('shards', 4));
  const day = new Date('2026-01-01T00:00:00Z');
  const plan = migration({
    memories: leaf('memories', 1e7, 'rows'),
    shards: count('shards', 1),
    target: count('shards wanted', 2),
    disk: leaf('disk', 1.7e11, 'B'),
    insertRate: undefined,
    start: day,
  });
  const last = Math.max(...plan.steps.map((s) => s.toDay));
  const w = workload({ n: '10M', dims: '1536', engine: 'qdrant' });
  const hour = outboxPlan(
    w,
    leaf('writes a second', 10, 'rows/s'),
    CATALOGUE,
    { recovery: 3600, consistency: 60, drain: 100 },
    () => undefined,
  );
  return [
    planning.reproduced(
      'four-weeks',
      [
        'Moving from tier 2 (pgvector, single instance) to tier 3 (sharded) or tier 4',
        'Tier 2 to Tier 3 (adding shards)',
        'A four-week migration timeline:',
        'Day 1:    Provision shard 2 (new Postgres instance with pgvector)',
        'Day 2:    Add routing layer',
        'Day 30:   All existing namespaces migrated; remove dual-write path;',
        'decommission shared table',
      ],
      'Planned day by day, 30 days: the four weeks end on day 28, two days stay for a last comparison.',
      'memplan shard --n 10M --to 2',
      [figure('last day of the plan', 'Day 30', about(30, 1e-9), count('last day', last))],
    ),
    planning.corrected(
      'dual-write-order',
      [
        'Day 3–7:  Backfill existing namespaces to their target shard',
        '(dual-write to both shards during backfill window)',
        'Day 7:    Cut over write path — new namespaces route to target shard',
        'via hash(namespace_id) % num_shards',
        'Week 2-4: Migrate remaining existing namespaces at background priority',
      ],
      'Contradictory: existing namespaces are backfilled by day 7 and migrated in weeks 2 to 4, and a remainder that changes on day 7 sends old namespaces to shards that do not hold them yet. Routing needs a table of which namespace has moved until the last one has; memplan shard prints the order with the contradictions settled.',
      'memplan shard --n 10M --to 2 --verbose',
      [
        figure(
          'namespaces that a remainder sends elsewhere from 1 shard to 2',
          'none: "stable"',
          { from: 0, to: 0.001 },
          plan.moved,
        ),
      ],
    ),
    planning.corrected(
      'cross-shard-linear',
      ['When cross-shard is required … they are linearly slower with shard count.'],
      'The work is linear in the shards, the latency is not: shards answer at once, and what grows is the chance that one of them is slow. With 4 shards a fan-out meets the slowest 1 % of a shard in 3.9 % of queries, and its p99 is 9 % above that of one shard.',
      'memplan shard --n 200M',
      [
        figure(
          'p99 of a fan-out over 4 shards against one shard',
          '× 4',
          about(4),
          derive('fan-out over one', 'ratio', 'all / one', { all: fan.p99 ?? NONE, one: fan.oneP99 ?? NONE }),
        ),
      ],
    ),
    planning.reproduced(
      'outbox',
      [
        'Tier 3 to Tier 4 (adding a dedicated vector DB)',
        'Vector-specific traffic (ANN queries) moves to the specialized store … not namespace.',
        'This "split-brain" architecture requires strict write synchronization: … Idempotency key: the memory\'s stable UUID.',
        'The failure mode to design for is queue backlog: … recovery time.',
      ],
      "The backlog is the writes during the time away, and the drain takes them over what the worker sends beyond new ones; both follow from the vector side's recovery time, as the article says.",
      'memplan shard --writes-per-day 1M --recovery 1h',
      [
        figure(
          'rows queued by an hour away at 10 writes a second',
          'observed recovery time × writes',
          about(36_000, 1e-6),
          hour.depth ?? count('unknown', 0),
        ),
      ],
    ),
    planning.outside(
      'zero-downtime',
      [
        'Users cannot experience degraded retrieval quality during migration.',
        'Cross-shard queries are rare in memory systems because nearly all queries are scoped to a single namespace.',
      ],
      'A property of the application.',
      '–',
    ),
  ];
}

function moneyRows(): SeedRow[] {
  const money = under('article', 'Cost optimization at scale');
  const dividend = under('article', 'The consolidation dividend');
  const reality = under('article', 'Reality check');
  const [daily] = embeddingCost(CATALOGUE, {
    model: 'text-embedding-3-small',
    memories: leaf('new memories a day', 1e6, 'rows'),
    tokens: leaf('tokens a memory', 50, 'tokens'),
  }).oneOff;
  if (daily === undefined) throw new Error('the catalogue prices text-embedding-3-small');
  return [
    money.outside(
      'three-items',
      [
        'Memory infrastructure costs more than expected if you are not paying attention to the right cost drivers.',
        'At 100M+ memories, three items dominate the budget.',
      ],
      'Which items dominate follows from the prices and the workload; every estimate ranks its own lines.',
      'memplan estimate --n 100M, COST',
    ),
    money.reproduced(
      'embed-daily',
      [
        'The ongoing cost for new memories at 1M new memories per day at 50 tokens each is 50M tokens per day, or $1 per day — essentially free.',
      ],
      '50M tokens at $0.02 a million.',
      'memplan estimate --writes-per-day 1M --tokens 50',
      [figure('embedding 1M memories of 50 tokens', '$1', about(1, 0.01), daily.usd)],
    ),
    money.outside(
      'model-commitment',
      [
        'Model selection decisions are consequential. … the cost model means you do not want to do this frequently.',
        'Plan embedding model selection as a 1–2 year commitment, not a quarterly optimization.',
      ],
      'Advice.',
      'memplan reembed',
    ),
    money.outside(
      'hype-quality',
      [
        'It is opt-in and improves retrieval quality on direct question queries.',
        'justified if your workload includes frequent direct question retrieval patterns',
      ],
      'Retrieval quality is not planned here; what the questions cost is, see prefilter-hype.',
      'memplan estimate --hype 30%',
    ),
    money.corrected(
      'storage-budget',
      ['100–200/month for storage at this scale.'],
      'The database of 100M × 1,536 is 1.74 TB where 1 TB was budgeted for: $200 a month for one copy, and twice that with Multi-AZ or a replica.',
      'memplan estimate --n 100M --engine pgvector, COST',
      [figure('disk of the whole store, 100M × 1,536', '1 TB', about(1e12, 0.1), planOf(PG100).totals.disk)],
    ),
    money.corrected(
      'retrieval-budget',
      [
        'Retrieval infrastructure (Redis for L2/L3 cache, dedicated vector DB if at tier 4) adds $200–500/month at 100M scale',
      ],
      'A vector database for 100M × 1,536 holds 614 GB of float32 vectors. At the published rates of such services that is thousands of dollars a month unless vectors are quantised and the originals stay on disk.',
      'memplan estimate --n 100M --engine qdrant, COST',
      [
        figure(
          'machines and disks for 100M × 1,536 with Qdrant, a month',
          '$200-500',
          { from: 200, to: 500 },
          monthlyOf(),
        ),
      ],
    ),
    dividend.outside(
      'dedup-floor',
      [
        'Measure dedup rate monthly. If it is below 20% at 1M memories, the extraction and supersession pipeline has a problem',
        'Aggressive deduplication reduces the effective memory count and therefore every cost that scales with memory count.',
      ],
      'A rate below 20 % is a sign of a bad pipeline, or of one that removes repeats before it stores them: the two look the same in a rate. memctl dedup measures it with an interval and shows the pairs.',
      'memctl dedup',
    ),
    reality.outside(
      'consolidation-beats-scale',
      [
        'The consolidation dividend compounds: a system that aggressively consolidates from the start avoids the infrastructure scaling work that a system with poor dedup requires.',
        'Above that, consolidation usually beats further scale-out: … to stay in tier 3 for another year.',
      ],
      'Whether it does is a question of two rates, growth and consolidation; the forecast takes both.',
      'memplan forecast',
    ),
  ];
}

function monthlyOf(): Quantity<'USD/month'> {
  const { cost } = planOf({ n: '100M', dims: '1536', engine: 'qdrant' });
  const lines = Object.fromEntries(cost.monthly.map((l, i) => [`c${i}`, l.usd]));
  return derive('monthly cost', 'USD/month', Object.keys(lines).join(' + '), lines);
}
