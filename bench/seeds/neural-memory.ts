/** neural-memory v0.4.x: "Scalability". */
import { derive, leaf, type Quantity } from '../../src/quantity/index.ts';
import { about, figure, type SeedRow, under } from './seed-row.ts';

const neurons = (n: number): Quantity<'rows'> => leaf('neurons', n, 'rows');

/** Bytes of file a neuron of stores that neural-memory made: the shipped ones and larger ones. */
export const PER_NEURON: Quantity<'B'> = leaf('bytes of the file a neuron', 3745, 'B', {
  basis: 'measured',
  low: 2803,
  high: 4089,
  source: '4,089 B at 576 neurons and 3,745 B at 2,414 (4.62, without embeddings); 2,803 B with schema 1 (0.4.0)',
});
/** Growth of the resident process by its neurons: 59 MB at 2,414 against 45 MB empty. */
const RAM_PER_NEURON: Quantity<'B'> = leaf('RAM a neuron', 5800, 'B', {
  basis: 'measured',
  low: 5000,
  high: 6500,
  source: 'resident process of 59 MB at 2,414 neurons, 45 MB empty',
});
const RAM_BASE: Quantity<'B'> = leaf('RAM of the empty process', 45e6, 'B', { basis: 'measured', source: 'measured' });

const disk = (n: number): Quantity<'B'> => derive('SQLite file', 'B', 'n * each', { n: neurons(n), each: PER_NEURON });
const ram = (n: number): Quantity<'B'> =>
  derive('resident process', 'B', 'base + n * each', { base: RAM_BASE, n: neurons(n), each: RAM_PER_NEURON });

export function neuralMemoryRows(): SeedRow[] {
  const now = under('neural-memory', 'Current Performance (v0.4.x)');
  const paths = under('neural-memory', 'Scaling Paths');
  const tuning = under('neural-memory', 'Optimization Strategies and Memory Management');
  const bench = under('neural-memory', 'Benchmarking');
  const plan = under('neural-memory', 'Capacity Planning');
  return [
    now.corrected(
      'neo4j',
      [
        'Neo4jStorage |',
        'Interface only | Production, large scale |',
        'Path 1: Neo4j Backend',
        'Interface exists at: src/neural_memory/storage/neo4j_store.py',
        'Scale to millions of neurons',
        'Neo4j recommended',
      ],
      'There is no such file in any version: at 0.4.0 there were configuration keys, and nothing read them. Later versions have PostgreSQL and a store of their own.',
      'neural-memory, history of src/neural_memory/storage',
    ),
    now.corrected(
      'limit-100k',
      [
        '| Neurons | Up to ~100,000 | Comfortable limit |',
        'For scaling beyond 100k neurons or concurrent access.',
        'Need >100k neurons',
      ],
      '100,000 neurons are a file of less than half a GB, which SQLite holds easily. What ends earlier is the safety of copies: export and snapshots stop silently at 50,000 neurons, 100,000 synapses and 50,000 fibers.',
      'neural-memory 4.62, LIMIT of export and brain_versions',
    ),
    now.reproduced(
      'ram-10k',
      ['| Memory usage | ~100MB per 10k neurons | Estimate |'],
      'A process of 45 MB and 5.8 KB a neuron: 103 MB at 10,000. Not per 10,000: at 100,000 it is 625 MB, not 1,000.',
      'measured: a process at 2,414 neurons and empty',
      [figure('RAM at 10,000 neurons', '~100 MB', about(100e6), ram(1e4))],
    ),
    now.corrected(
      'one-user',
      ['| Concurrent users | 1 | SQLite limitation |'],
      'SQLite has one writer at a time and any number of readers, in write-ahead mode also while somebody writes. The page itself gives the same store to a team of 5 to 10.',
      'SQLite documentation, Write-Ahead Logging',
    ),
    now.outside(
      'latencies',
      [
        '| Query latency | 10-50ms | Typical queries |',
        '| Encode (simple) | 10-30ms |',
        '| Encode (complex) | 30-50ms |',
        '| Query (depth 0) | 5-20ms |',
        '| Query (depth 1) | 20-50ms |',
        '| Query (depth 2) | 50-100ms |',
        '| Query (depth 3) | 100-150ms |',
      ],
      "Latencies of graph queries on a machine that is not named. The project's own pilot (776 neurons) has p50 44 ms and p99 171 ms, so the typical range is about its median.",
      "neural-memory's storage-pilot.json",
    ),
    paths.outside(
      'rust-and-distributed',
      [
        'Need >1M neurons',
        'Need <5ms query latency',
        '99.9% uptime requirement',
        'Expected benefits:',
        'Native graph traversal',
        'Concurrent read/write',
        'Cypher query language',
        'CPU-intensive operations at massive scale.',
        'For multi-region, high-availability deployments.',
        'Need concurrent multi-user access',
        'Need complex graph queries (Cypher)',
      ],
      'Plans for software that does not exist.',
      '–',
    ),
    tuning.corrected(
      'decay-shrinks',
      [
        '# Apply decay to reduce size',
        'manager = DecayManager(prune_threshold=0.1)',
        'await manager.apply_decay(storage)',
      ],
      'Decay sets levels and weights to 0 and removes no row: 690 of 690 synapses were "pruned" and all were still there. The default threshold is 0.01. Rows go by PRUNE, and the file shrinks only by VACUUM, which it never runs.',
      'memctl bloat, memctl compact; neural-memory 4.62 engine/lifecycle.py',
    ),
    tuning.corrected(
      'names-that-do-not-exist',
      [
        'async for chunk in exporter.stream_export(brain_id):',
        'await archiver.compress_old_fibers(',
        'older_than_days=90',
        'python scripts/benchmark.py',
      ],
      'None of stream_export, compress_old_fibers and scripts/benchmark.py is in the package, at 0.4.0 or later.',
      'neural-memory 0.4.0 and 4.62, searched',
    ),
    tuning.outside(
      'how-it-works',
      [
        'Early termination - Stop spreading when below threshold',
        'Priority queue -',
        'Lazy loading -',
        'Connection pooling -',
        'Caching frequent paths -',
        'Batch operations -',
        'Async processing -',
        'Sharding - Split brains across databases',
        'SQLite handles memory for persistent storage',
        'NetworkX graph for in-memory operations',
        'Lazy loading of neuron content',
      ],
      'How the program works or may work, without a number that could be checked.',
      '–',
    ),
    bench.outside(
      'benchmark-areas',
      [
        'Encoding throughput -',
        'Query latency - p50, p95, p99',
        'Memory usage - Per neuron overhead',
        'Graph traversal - Hops per millisecond',
      ],
      'What is to be measured; no result.',
      '–',
    ),
    plan.reproduced(
      'small',
      ['- 1 user', '- <10k neurons', '- SQLite sufficient', '- ~50MB disk, ~100MB RAM'],
      '37 MB of file (28 to 41) at 10,000 neurons, so 50 MB is on the safe side, and 103 MB of RAM.',
      'measured stores; memctl stats on one of yours',
      [
        figure('file of 10,000 neurons', '~50 MB for fewer', { from: 25e6, to: 55e6 }, disk(1e4)),
        figure('RAM at 10,000 neurons', '~100 MB', about(100e6), ram(1e4)),
      ],
    ),
    plan.reproduced(
      'medium-disk',
      ['- 10k-100k neurons', '~500MB disk'],
      '375 MB (280 to 409) at 100,000 neurons: 500 MB is on the safe side.',
      'measured stores',
      [figure('file of 100,000 neurons', '~500 MB at most', { from: 250e6, to: 550e6 }, disk(1e5))],
    ),
    plan.corrected(
      'medium-ram',
      ['~500MB RAM', '- 5-10 users', '- SQLite with shared server'],
      'Contradicts the page: 100 MB per 10,000 neurons are 1,000 MB at 100,000. By what a neuron takes it is 625 MB.',
      'measured: a process at 2,414 neurons and empty',
      [figure('RAM at 100,000 neurons', '~500 MB', about(500e6), ram(1e5))],
    ),
    plan.outside(
      'large',
      ['- 100+ users', '100k neurons', '- Dedicated infrastructure'],
      'A size class without a figure for disk or RAM, for a store that does not exist.',
      '–',
    ),
  ];
}
