/** mneme 1.0.0: "Capacity planning & RAM management". */

import { visitedTuples } from '../../src/engines/hnsw-work.ts';
import { hnswlib } from '../../src/layouts/hnswlib.ts';
import { numpyMatrix } from '../../src/layouts/numpy-matrix.ts';
import { derive, leaf, type Quantity } from '../../src/quantity/index.ts';
import { about, figure, type SeedRow, under } from './seed-row.ts';

const rows = (n: number): Quantity<'rows'> => leaf('entries', n, 'rows');
const DIMS: Quantity<'dimensions'> = leaf('dimensions', 768, 'dimensions');
const M: Quantity<'count'> = leaf('M', 16, 'count', { source: 'mneme 1.0.0, HnswIndex' });

/** The matrix as it is after the store was opened: as many rows as there are. */
const opened = (n: number, type: 'float32' | 'int8' = 'float32'): Quantity<'B'> =>
  numpyMatrix.size({ rows: rows(n), dims: DIMS, type, state: 'reopened' }).resident;
/** The matrix after that many puts into a process that began empty. */
const grown = (n: number): Quantity<'B'> =>
  numpyMatrix.size({ rows: rows(n), dims: DIMS, type: 'float32', state: 'grown' }).resident;
const graph = (n: number): Quantity<'B'> => hnswlib.size({ rows: rows(n), dims: DIMS, m: M }).resident;

export function mnemeRows(): SeedRow[] {
  return [...storeRows(), ...indexRows(), ...lifetimeRows(), ...tombstoneRows(), ...recipeRows()];
}

function storeRows(): SeedRow[] {
  const short = under('mneme', 'The short version');
  const stores = under('mneme', 'Per-store scaling limits');
  return [
    short.corrected(
      'store-independent',
      [
        'The store scales independently of the index (SQLite handles billions of rows; Redis/Postgres/DynamoDB are effectively unbounded).',
      ],
      'Redis ends with its memory, as the table below it says, and DynamoDB ends at about 500 puts or hits a second: each of them updates one counter item in a transaction, and a partition takes 1,000 write units a second.',
      'mneme 1.0.0 src/mneme/_store_dynamodb.py; AWS limits of a partition',
      [
        figure(
          'puts and hits a second of one DynamoDB cache',
          'effectively unbounded',
          { from: 1e6, to: 1e12 },
          derive('operations on one counter item', 'rows/s', 'units / 2', {
            units: leaf('write units a second of a partition', 1000, 'rows/s', { source: 'AWS DynamoDB limits' }),
          }),
        ),
      ],
    ),
    short.corrected(
      'hnsw-int8-advice',
      [
        'Past ~500k entries at d=768 fp32, switch to',
        'index_backend="hnsw". Past 1M, you usually also wantvector_dtype="int8".',
        '"I\'m caching at 1M+ entries." →',
        'index_backend="hnsw"+vector_dtype="int8".',
      ],
      'The two together raise QuantizationError: the hnsw index of mneme takes float32 only. Either 3.3 GB of graph at 1M × 768, or 0.77 GB of int8 matrix that is scanned.',
      'mneme 1.0.0 src/mneme, HnswIndex',
      [figure('hnsw at 1M × 768, int8', '≈ 750 MB', about(750e6, 0.1), graph(1e6))],
    ),
    stores.outside(
      'store-latency',
      [
        'MemoryStore |',
        'RAM | ~µs | Process restart loses everything; bound by host RAM |',
        'Disk; SQLite handles billions of rows | ~3 ms | Index rebuild on open() (seconds at 1M) |',
        'Redis server RAM | ~0.5–2 ms (same DC) | Redis instance memory |',
        'Disk; effectively unbounded | ~2–10 ms | Network round-trip cost dominates |',
        'AWS-managed; effectively unbounded | ~10–30 ms | Per-item cost; eventually consistency knobs |',
        'Latency numbers are rough — your network and hardware vary, but the relative ordering holds.',
        '| Store | Storage limit | Latency at 1M entries (p99) | Where it stops scaling |',
      ],
      'Latencies of a network and a machine that are not named. What each store takes in bytes is planned.',
      'docs/layouts/redis-hash.md, docs/layouts/sqlite-table.md',
    ),
  ];
}

function indexRows(): SeedRow[] {
  const index = under('mneme', 'The hidden ceiling: the in-memory index');
  return [
    index.reproduced(
      'numpy-ram',
      [
        'The in-memory index is the real ceiling on a single host.',
        'That is the true single-host scaling wall:',
        'every embedding is also held in an in-memory matrix (or hnswlib graph)',
        '| 100k | ~300 MB | ~3 ms | Sweet spot; default config |',
        '| 500k | ~1.5 GB |',
        '| 1M | ~3 GB |',
      ],
      'As loaded from the store the matrix is exactly 4 × 768 bytes a row: 307 MB, 1.54 GB, 3.07 GB. After growing row by row it has the next power of two of 256: 403 MB, 1.61 GB, 3.22 GB.',
      'docs/layouts/numpy-matrix.md',
      [
        figure('matrix of 100k × 768', '~300 MB', about(300e6), opened(1e5)),
        figure('matrix of 500k × 768', '~1.5 GB', about(1.5e9), opened(5e5)),
        figure('matrix of 1M × 768', '~3 GB', about(3e9), opened(1e6)),
        figure('matrix of 1M × 768, grown', '~3 GB', about(3e9), grown(1e6)),
      ],
    ),
    index.corrected(
      'numpy-ram-10m',
      ['| 10M | ~30 GB | NumPy infeasible / ~1 ms (hnsw) | hnsw + tuned M/ef |'],
      '30.7 GB holds only right after loading. Grown to 10M, or written to once after loading, the matrix has 16.8M or 20M rows: 51.5 or 61.4 GB, and half as much again while it is copied. As a graph of hnswlib it is 33 GB.',
      'docs/layouts/numpy-matrix.md',
      [
        figure('matrix of 10M × 768, grown', '~30 GB', about(30e9), grown(1e7)),
        figure('graph of 10M × 768', '~30 GB', about(30e9), graph(1e7)),
      ],
    ),
    index.outside(
      'search-latency',
      [
        '| 100k | ~300 MB | ~3 ms |',
        '~12 ms | Auto-switches to hnsw at this point |',
        '~25 ms (NumPy) / ~0.5 ms (hnsw) | hnsw becomes mandatory |',
      ],
      'Latencies of a machine that is not named. A scan reads every row: 3 ms for 307 MB is 102 GB/s and 25 ms for 3.07 GB is 123 GB/s, which is all memory channels of a server at once.',
      'arithmetic',
    ),
    index.corrected(
      'int8-quarter',
      [
        'Two knobs change the math 4×:',
        'vector_dtype="int8"— cuts index RAM by 4× (1M × 768 × 1 byte ≈ 750 MB). Some accuracy loss (~1–3% similarity drift); calibrate against your corpus.',
      ],
      'For the matrix yes: a quarter, 768 MB (732 MiB). One of the two knobs changes the memory; the other, hnsw, adds 8 % for its links, and they cannot be had together.',
      'docs/layouts/numpy-matrix.md',
      [
        figure('matrix of 1M × 768, int8', '≈ 750 MB', about(750e6, 0.05), opened(1e6, 'int8')),
        figure(
          'memory of hnsw over the float32 matrix, 1M × 768',
          '4× less',
          about(0.25),
          derive('graph over matrix', 'ratio', 'graph / matrix', { graph: graph(1e6), matrix: opened(1e6) }),
        ),
      ],
    ),
    index.reproduced(
      'hnsw-log-n',
      ['past 500k) — makes search O(log N) at sub-ms even at 10M.'],
      "From 100k to 10M, a hundred times the rows, a search visits less than twice the tuples. The time of it is the machine's.",
      'src/engines/hnsw-work.ts',
      [
        figure(
          'tuples visited at 10M against 100k, ef 64',
          'log N: × 1.4',
          { from: 1, to: 1.6 },
          derive('visited', 'ratio', 'a / b', {
            a: visitedTuples(rows(1e7), M, leaf('ef', 64, 'count')),
            b: visitedTuples(rows(1e5), M, leaf('ef', 64, 'count')),
          }),
        ),
      ],
    ),
  ];
}

function lifetimeRows(): SeedRow[] {
  const ttl = under('mneme', 'TTL and LRU');
  const cap: Quantity<'rows'> = leaf('cap', 1e6, 'rows');
  return [
    ttl.reproduced(
      'ttl-seconds',
      [
        'default_ttl=86400, # every entry expires 24h after creation',
        'cache.put(query, response, ttl=3600) # this entry expires in 1h',
        'default_ttl=30 * 24 * 3600, # 30-day expiry',
      ],
      'ttl is a number of seconds after created_at; memctl detect reads it so, in every store.',
      'memctl detect, memctl vacuum',
      [
        figure('24 h in seconds', '86400', about(86_400, 1e-9), derive('a day', 's', '24 * 3600', {})),
        figure(
          '30 days in seconds',
          '30 * 24 * 3600',
          about(2_592_000, 1e-9),
          derive('30 days', 's', '30 * 24 * 3600', {}),
        ),
      ],
    ),
    ttl.reproduced(
      'ttl-lazy',
      [
        'Lazy on read (always on): every',
        "cache.get()checks the candidate'screated_at + ttl; … Entries you query naturally fall off when stale. - Sweep on demand:",
        'cache.vacuum()scans everything and deletes any expired entries up front. Not automatic',
        'There is no background thread doing this automatically',
        'A second put() for the same query replaces the existing entry … pass ttl=remaining_seconds explicitly.',
        'mneme is a library, not a daemon. … systemd timer).',
        'No daemon, no extra threads.',
        'No background expiration thread. TTL purges happen lazily on read or when you call',
      ],
      'So by reading its code: an entry nobody asks for stays until somebody sweeps, which memctl vacuum does from outside. In Redis a second put with no ttl keeps the old expiry, so an entry meant to be permanent vanishes: there the page is wrong.',
      'memctl vacuum; mneme 1.0.0 src/mneme/_store_redis.py',
    ),
    ttl.reproduced(
      'lru-batch',
      [
        'the cache automatically drops the least-recently-accessed entries when you go over',
        'Runs automatically on every',
        'put(). No cron, no manual call.',
        '"Oldest" = lowest',
        'last_accessed_at. Everyget()updates that timestamp, so frequently-queried entries stay; quiet ones fall off first.',
        'Eviction is batched: when you go over, it drops',
        'max(excess, 10% of cap, 1)entries at once, so it amortizes the cost.',
        'Per-namespace quotas take precedence over the global cap',
        'No "drop random N if too big" panic mode. If you blow past',
        'max_entriesbetween puts (e.g., bulk insert), nothing kicks in until the nextput(). … directly to force a sweep.',
      ],
      'By reading its code: int(0.10 × cap), at least the excess and at least one. At a cap of 1M one put too many drops 100,000 entries, so the cache holds 0.9M to 1M. With quotas the global cap is not looked at at all.',
      'mneme 1.0.0 src/mneme/_eviction.py; memctl vacuum keeps quotas the same way',
      [
        figure(
          'entries dropped when a cap of 1M is exceeded by 1',
          '10% of cap',
          about(1e5, 1e-9),
          derive('batch', 'rows', 'max(excess, floor(cap * 0.10), 1)', { excess: leaf('excess', 1, 'rows'), cap }),
        ),
      ],
    ),
    ttl.reproduced(
      'no-cap',
      [
        'No automatic cap.',
        'max_entries=Noneis the default — the cache grows until you fill the disk. Always setmax_entriesin production.',
      ],
      'Right by reading its code.',
      'mneme 1.0.0 src/mneme',
    ),
  ];
}

function tombstoneRows(): SeedRow[] {
  const tombs = under('mneme', 'How RAM actually behaves');
  const matrix = grown(1e6);
  const live = derive('live rows', 'B', 'rows * 4 * d', { rows: rows(1e4), d: DIMS });
  return [
    tombs.reproduced(
      'doubling',
      [
        'The in-memory NumPy matrix has a starting capacity (256 rows). When you exceed it, the matrix is reallocated at 2× capacity and the old rows are copied. Capacity grows geometrically:',
      ],
      '256 × 2^k rows; 1,000,000 entries are a matrix of 1,048,576. While it is copied, old and new stand together: half as much again as the new one.',
      'docs/layouts/numpy-matrix.md',
      [
        figure(
          'rows allocated for 1M entries',
          '256 × 2^12',
          about(1_048_576, 1e-9),
          derive('rows allocated', 'rows', 'matrix / (4 * d)', { matrix, d: DIMS }),
        ),
      ],
    ),
    tombs.reproduced(
      'tombstones',
      [
        'The corresponding row in the matrix is marked as a tombstone',
        'set[int]) but its bytes are not reclaimed. The matrix capacity stays at whatever it was.',
        "If they're out of proportion to entries, your in-memory index needs to be compacted.",
        '1. put 1,000,000 entries → matrix is 1M × 768 × 4B ≈ 3 GB',
        '2. TTL expires 990,000 entries → matrix is still ~3 GB; 10k rows are "live"',
        '3. cache.stats().entries → 10,000 (correct; queried from store)',
        '4. cache.stats().memory_bytes_estimate → ~30 MB (live × dim × dtype) — does NOT include tombstones',
        '5. cache.stats().index_memory_bytes → ~3 GB (the actual matrix nbytes)',
        'The index is a NumPy matrix (or hnswlib graph) that grows as you',
        'putand does not shrink ondelete/vacuumuntil you callcompact()',
        'The two new Stats fields (index_memory_bytes and index_tombstone_count) make this drift visible.',
      ],
      '3.22 GB as grown, and 30.7 MB of live rows.',
      'docs/layouts/numpy-matrix.md',
      [
        figure('matrix after 1,000,000 puts', '≈ 3 GB', about(3e9), matrix),
        figure('live rows of 10,000', '~30 MB', about(30e6), live),
      ],
    ),
    tombs.corrected(
      'compact-time',
      [
        'Schedule it from a non-critical-latency context (overnight cron, low-traffic window) for big caches. … so other concurrent gets/puts wait.',
        'compact() is cheap when there are no tombstones (early-return).',
        "Compact is O(N) over the live entry count: … At 1M entries that's ~tens to hundreds of milliseconds and holds the cache lock for the duration.",
      ],
      'For the matrix the copy alone is 3 GB: 0.15 s at 20 GB/s, and it walks the rows in a Python loop, some seconds at 1M. For hnsw it is a new graph: at a thousand inserts a second and core, a quarter of an hour. Peak RAM is the old matrix and twice the live rows, and capacity then fits exactly, so the next put doubles it.',
      'mneme 1.0.0 src/mneme, compact',
      [
        figure(
          'compact of an hnsw index of 1M entries, at 1,000 inserts a second',
          'tens to hundreds of milliseconds',
          { from: 0.01, to: 0.999 },
          derive('rebuild of the graph', 's', 'rows / rate', {
            rows: rows(1e6),
            rate: leaf('inserts a second of one core', 1000, 'rows/s', {
              basis: 'assumed',
              low: 300,
              high: 10_000,
              source: 'hnswlib, 768 dimensions, ef_construction 200',
            }),
          }),
        ),
      ],
    ),
    tombs.reproduced(
      'compact-vacuum',
      [
        '# Reclaims tombstone memory in the in-memory index. The store is not touched —',
        '# entries already deleted from the store remain deleted.',
        'Or let vacuum() do it for you',
        '# vacuum() purges TTL-expired entries AND auto-compacts the index.',
        'It does not touch the store; entries already deleted from the store remain deleted.',
        'For HnswIndex, compact rebuilds each per-namespace index from the live set',
      ],
      'Right by reading its code. It removes one row a transaction while it holds the lock, and no SQLite file ever shrinks by it: that takes VACUUM, which mneme never runs.',
      'memctl compact',
    ),
  ];
}

function recipeRows(): SeedRow[] {
  const recipe = under('mneme', 'Operational recipe');
  const watch = under('mneme', 'Monitoring');
  const rules = under('mneme', 'Quick "what to use when" rules of thumb');
  const ratio = derive('matrix over live rows after one doubling', 'ratio', 'matrix / live', {
    matrix: numpyMatrix.size({ rows: rows(524_289), dims: DIMS, type: 'float32', state: 'grown' }).resident,
    live: derive('live', 'B', 'rows * 4 * d', { rows: rows(524_289), d: DIMS }),
  });
  return [
    recipe.corrected(
      'recipe-1m',
      [
        "For a 1M-entry single-host cache that doesn't drift:",
        'index_backend="hnsw", # mandatory at this scale',
        'vector_dtype="int8", # 4× memory cut',
        'max_entries=1_000_000, # LRU cap so RAM is bounded',
      ],
      'As written it raises QuantizationError on the first open (hnsw takes float32 only), and a cap of entries does not bound the RAM: rows that were dropped stay as tombstones until compact.',
      'mneme 1.0.0 src/mneme, HnswIndex',
      [figure('index of 1M × 768 that can be had: hnsw, float32', 'a quarter of 3 GB', about(0.75e9), graph(1e6))],
    ),
    recipe.corrected(
      'recipe-5m',
      [
        'Multi-host (5M entries, shared cache)',
        'index_backend="hnsw",',
        'vector_dtype="int8",',
        'max_entries=5_000_000,',
        'default_ttl=14 * 24 * 3600,',
        'Within a process, the same RAM-management rules apply: schedule',
        'Each replica rebuilds its in-memory HnswIndex from Redis on open() (one-time cost; ~tens of seconds at 5M).',
      ],
      'At 5M × 768 the graph is 16.6 GB in every replica. Reading 15 GB of vectors from Redis alone takes two minutes at 1 Gbit/s, and inserting 5M rows into a graph takes minutes to hours: 42 minutes at 2,000 a second. The recipe also has hnsw with int8.',
      'docs/layouts/hnswlib.md',
      [
        figure(
          'rebuild of 5M rows at 2,000 inserts a second',
          'tens of seconds',
          { from: 10, to: 99 },
          derive('rebuild', 's', 'rows / rate', {
            rows: rows(5e6),
            rate: leaf('inserts a second', 2000, 'rows/s', {
              basis: 'assumed',
              low: 500,
              high: 20_000,
              source: 'hnswlib, 768 dimensions, several cores',
            }),
          }),
        ),
      ],
    ),
    watch.reproduced(
      'watch-index-bytes',
      ['Within 2× of', '> 4× | Same fix: compact.'],
      'Right: doubling alone puts the matrix anywhere from 1 to 2 times the live rows, so more than 2 times is tombstones.',
      'docs/layouts/numpy-matrix.md',
      [figure('matrix over live rows, one row after a doubling', 'within 2×', { from: 1, to: 2 }, ratio)],
    ),
    watch.outside(
      'watch-rest',
      [
        '< 10% of',
        '> 25% of',
        'At cap, sustained |',
        'Steady non-zero (TTL purges) |',
        'Many evictions per second |',
        'Concern only if cap is wrong for your workload.',
        'Cap is too low for your put rate; raise max_entries or shorten default_ttl.',
        'No automatic compact threshold. A future version may add an opt-in auto-compact when',
        'tombstone_count / entries > 0.25, but v1 keeps it explicit',
      ],
      'Thresholds for alerts on figures that only the process itself has; tombstones are not on disk.',
      '–',
    ),
    rules.outside(
      'rules',
      [
        'SQLiteStorewithmax_entries+default_ttl+ scheduledvacuum().',
        'SQLiteStore+multi_process_mode="stale-tolerant".',
        'RedisStore. - ',
        '- "I\'m writing tests." →',

        "I'm running 5 worker processes on one box.",
        'I have 3 app servers behind a load balancer.',
        "I'm caching LLM responses for one Flask app on one server.",
      ],
      'Advice on which store to take; what each takes is planned.',
      '–',
    ),
  ];
}
