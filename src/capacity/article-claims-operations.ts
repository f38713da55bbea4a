/** The seed article's claims about running a store. */
import { derive, leaf, type Quantity } from '../quantity/index.ts';
import type { ArticleClaim } from './article-claim.ts';
import { hnswIndex } from './article-claims-sizes.ts';

const SHARDS: Quantity<'count'> = leaf('shards before', 4, 'count', { source: "the article's example" });

export function operationClaims(): ArticleClaim[] {
  return [
    {
      id: 'parallel-gin',
      claim: 'GIN supports parallel index builds natively in PostgreSQL 11 and later.',
      verdict: 'wrong',
      truth:
        'PostgreSQL 11 brought parallel builds for B-trees only, 17 for BRIN, and GIN got them in 18. Up to 17 a GIN build is ' +
        'serial whatever the settings, while the HNSW build next to it is not: the article has it the wrong way round.',
      source: 'PostgreSQL 18, commit 8492feb98f6, src/backend/access/gin/gininsert.c',
      figures: [],
    },
    {
      id: 'pending-list',
      claim: 'The GIN pending list makes full-text results stale for some seconds.',
      verdict: 'wrong',
      truth:
        'A search reads the pending list too, so results are always complete; the price is a slower search while it is long. ' +
        'It is flushed by vacuum and autovacuum, by gin_clean_pending_list(), and by the backend whose insert exceeds ' +
        'gin_pending_list_limit (4 MB), which then waits.',
      source: 'PostgreSQL documentation, GIN fast update technique; src/backend/access/gin/ginget.c scanPendingInsert',
      figures: [],
    },
    {
      id: 'pgstattuple-gin',
      claim: 'Run pgstattuple on the GIN index to detect bloat.',
      verdict: 'wrong',
      truth:
        'pgstattuple refuses it: index "…" (gin index) is not supported. pgstatginindex() gives pending pages and tuples; bloat ' +
        'shows in bytes per row against what a rebuild would take.',
      source: 'PostgreSQL contrib/pgstattuple/pgstattuple.c',
      figures: [],
    },
    {
      id: 'n-live-tup',
      claim: 'Monitor n_live_tup to see bloat accumulate.',
      verdict: 'incomplete',
      truth: 'Live tuples say nothing about bloat; n_dead_tup, n_ins_since_vacuum and last_autovacuum do.',
      source: 'PostgreSQL documentation, pg_stat_user_tables',
      figures: [],
    },
    {
      id: 'consistent-hash',
      claim: 'Routing is a consistent hash, hash(namespace_id) % num_shards, and stable.',
      verdict: 'contradictory',
      truth:
        'A remainder is not a consistent hash. It is stable only while the number of shards is: adding one moves N of N + 1 ' +
        'namespaces, a consistent hash moves one of N + 1. Hash into many fixed buckets and assign buckets to shards.',
      source: 'Karger et al., Consistent Hashing and Random Trees, 1997',
      figures: [
        {
          what: 'namespaces moved from 4 to 5 shards, remainder',
          article: 'stable',
          ours: derive('namespaces moved by a remainder', 'ratio', 'shards / (shards + 1)', { shards: SHARDS }),
        },
        {
          what: 'namespaces moved from 4 to 5 shards, consistent hash',
          article: 'stable',
          ours: derive('namespaces moved by a consistent hash', 'ratio', '1 / (shards + 1)', { shards: SHARDS }),
        },
      ],
    },
    {
      id: 'write-spike',
      claim: '100 users at 100 turns a minute, 10,000 writes a minute, stress the pending list.',
      verdict: 'contradictory',
      truth: 'That is a sixth of the 1,000 a second at which the article itself puts the bottleneck.',
      source: 'the article, section "BM25 / GIN index"',
      figures: [
        {
          what: '10,000 writes a minute',
          article: '1,000/s is the limit',
          ours: derive('writes a second', 'rows/s', 'writes / 60', { writes: leaf('writes a minute', 10_000, 'rows') }),
        },
      ],
    },
    {
      id: 'seven-day-window',
      claim: 'At 10M event memories a 7-day range returns fewer than 1,000 rows.',
      verdict: 'incomplete',
      truth:
        'Only inside one namespace. Over all of them a week of ten million events a year is far more, so lead the index with namespace_id.',
      source: 'arithmetic',
      figures: [
        {
          what: '7 days of 10M events a year, all namespaces',
          article: '< 1,000 rows',
          ours: derive('events of a week', 'rows', 'events * 7 / 365.25', {
            events: leaf('events a year', 1e7, 'rows'),
          }),
        },
      ],
    },
    {
      id: 'consolidation',
      claim: 'A dedup rate of 40 % makes 6M of 10M memories; 10 % fewer rows are 10 % less of every cost.',
      verdict: 'right',
      truth:
        'Sizes, embedding and build work are linear in the rows. Space comes back only where something gives it back: VACUUM shrinks no HNSW index.',
      source: 'pgvector src/hnswvacuum.c',
      figures: [
        {
          what: '10M memories less 40 %',
          article: '6M',
          ours: derive('memories left', 'rows', 'N * (1 - rate)', {
            N: leaf('memories', 1e7, 'rows'),
            rate: leaf('dedup rate', 0.4, 'ratio'),
          }),
        },
        {
          what: '9M in place of 10M × 1,536, HNSW index less',
          article: '10 %',
          ours: derive('index saved', 'ratio', '1 - less / all', {
            less: hnswIndex(9e6, 1536),
            all: hnswIndex(1e7, 1536),
          }),
        },
      ],
    },
  ];
}
