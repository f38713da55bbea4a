/** memories-dev 2.0.9: "Memory System". */
import { placeReport } from '../../src/capacity/place.ts';
import { warmItem } from '../../src/capacity/warm-item.ts';
import { derive, leaf, type Quantity } from '../../src/quantity/index.ts';
import { workload } from '../../src/workload/from-text.ts';
import { about, figure, type SeedFigure, type SeedRow, under } from './seed-row.ts';

const FLOAT64: Quantity<'B'> = leaf('float64', 8, 'B');
const array = (side: number): Quantity<'B'> =>
  derive('square array of float64', 'B', 'side * side * each', { side: leaf('side', side, 'count'), each: FLOAT64 });
const gb = (n: number): Quantity<'B'> => leaf('tier', n * 1e9, 'B');
const MB: Quantity<'B'> = leaf('MB', 1e6, 'B');

/** The tiers that `memplan place` starts from. */
const stock = placeReport(workload({ n: '1M', dims: '1536' }), {
  itemBytes: undefined,
  hot: undefined,
  warm: undefined,
  cold: undefined,
  zipf: undefined,
  warmStore: 'tables',
});
const tier = (id: string): (typeof stock.tiers)[number] => {
  const found = stock.tiers.find((t) => t.id === id);
  if (found === undefined) throw new Error(`no tier ${id}`);
  return found;
};
const access = (id: string, says: string, from: number, to: number): SeedFigure =>
  figure(`access in the ${id} tier, as memplan place takes it`, says, { from, to }, tier(id).latency);

export function memoriesDevRows(): SeedRow[] {
  const tiers = under('memories-dev', 'Memory Tiers');
  const basic = under('memories-dev', 'Basic Usage');
  const moves = under('memories-dev', 'Memory Tier Migration');
  const snapshot = under('memories-dev', 'Memory Snapshots');
  const analytics = under('memories-dev', 'Memory Analytics');
  const nodes = under('memories-dev', 'Distributed Memory');
  const practice = under('memories-dev', 'Best Practices');
  return [
    tiers.reproduced(
      'access-times',
      [
        'The system implements a 4-tier memory architecture:',
        'Fastest access time (< 1ms)',
        'Fast access time (~10ms)',
        'Medium access time (~100ms)',
        'Slow access time (1-10 seconds)',
      ],
      'Taken as they stand, as documented figures with their intervals; mean latency and thresholds follow from them.',
      'memplan place',
      [
        access('hot', '< 1ms', 0, 0.001),
        access('warm', '~10ms', 0.005, 0.02),
        access('cold', '~100ms', 0.05, 0.2),
        access('glacier', '1-10 seconds', 1, 10),
      ],
    ),
    tiers.corrected(
      'tier-names',
      ['Hot Memory (GPU Memory)', 'Automatically managed by the MemoryManager', 'Limited capacity (typically 8-32GB)'],
      'In the program the tier on the GPU is called red_hot (a flat index of FAISS, 384 dimensions), and hot is a DuckDB in RAM; both are gone after a restart. Nothing reads max_size, so nothing is managed: no tier evicts or demotes.',
      'memories-dev 2.0.9 memories/core',
    ),
    tiers.corrected(
      'warm-capacity',
      [
        'Medium capacity (typically 16-128GB)',
        'Large capacity (typically 500GB-2TB)',
        'Configurable size and eviction policies',
      ],
      'The warm tier keeps a table for every item, two blocks of 256 KiB, however small the item is: 32 GB are 58,000 items, not millions of rows.',
      'memplan place',
      [
        figure(
          'warm items of 1 kB in 32 GB',
          '32 GB of data: 32 million',
          { from: 1e6, to: 32e6 },
          derive('items in the warm tier', 'count', 'size / each', {
            size: gb(32),
            each: warmItem('tables', leaf('item', 1000, 'B')),
          }),
        ),
      ],
    ),
    tiers.outside(
      'glacier-unlimited',
      [
        'Virtually unlimited capacity',
        'Supports high compression ratios',
        'Supports compression and indexing',
        'Used for historical data and processed results',
      ],
      'No figure; the ratio of compression is a property of the data.',
      'memplan place',
    ),
    basic.reproduced(
      'matrix-8mb',
      ['data = np.random.rand(1000, 1000) # 8MB array', 'Data shape: (1000, 1000)', 'Hot memory usage: 0.10%'],
      '1000 × 1000 × 8 bytes are 8.0 MB, 0.10 % of 8 GB. The arithmetic holds; the call does not exist.',
      'arithmetic',
      [
        figure('1000 × 1000 float64', '8MB', about(8e6, 0.01), array(1000)),
        figure(
          'share of 8 GB',
          '0.10%',
          about(0.001, 0.05),
          derive('share', 'ratio', 'a / b', { a: array(1000), b: gb(8) }),
        ),
      ],
    ),
    basic.corrected(
      'arguments',
      [
        'hot_memory_size=8, # GB',
        'warm_memory_size=32, # GB',
        'cold_memory_size=500, # GB',
        'usage = memory_manager.get_memory_usage()',
        'memory_manager.cleanup()',
      ],
      'MemoryManager takes no arguments and has no get_memory_usage: sizes are in a configuration, in units that are not said (50, 200, 1000), and no code enforces them. memplan place takes these three as its defaults.',
      'memories-dev 2.0.9 memories/core/memory_manager.py; memplan place',
    ),
    moves.corrected(
      'migration',
      [
        'The system automatically migrates data between tiers based on access patterns:',
        'data_sizes = [100, 200, 300, 400, 500] # MB',
        "Stored 100MB array with key 'data_0' in hot memory",
        "Stored 200MB array with key 'data_1' in hot memory",
        "Stored 300MB array with key 'data_2' in hot memory",
        "Stored 400MB array with key 'data_3' in hot memory",
        "Stored 500MB array with key 'data_4' in hot memory",
        'for _ in range(10):',
        'time.sleep(5)',
        "'data_0' is now in hot memory",
        "'data_1' is now in hot memory",
        "'data_2' is now in warm memory",
        "'data_3' is now in warm memory",
        "'data_4' is now in warm memory",
      ],
      'The program promotes and never demotes. A hot tier that is 18.75 % full has no reason to move three of five arrays out of it either.',
      'memplan place',
      [
        figure(
          'arrays of 500 MB or less that 8 GB hold of these five',
          '2 stay hot',
          about(2, 1e-9),
          derive('arrays that fit', 'count', 'min(5, floor(size / largest))', {
            size: gb(8),
            largest: leaf('largest', 5e8, 'B'),
          }),
        ),
      ],
    ),
    moves.reproduced(
      'usage-1875',
      ['Hot memory usage: 18.75%', 'mb_size = size * 1024 * 1024 // 8 # Convert MB to number of float64 elements'],
      '1,500 MB of 8,000 MB. Of 8 GiB it would be 18.31 % with the arrays as the sample makes them, in MiB.',
      'arithmetic',
      [
        figure(
          'share of 8 GB',
          '18.75%',
          about(0.1875, 1e-6),
          derive('share', 'ratio', '(100 + 200 + 300 + 400 + 500) * MB / tier', { MB, tier: gb(8) }),
        ),
      ],
    ),
    snapshot.corrected(
      'snapshot',
      ['memory_manager.create_snapshot(snapshot_path)', 'memory_manager.restore_snapshot(snapshot_path)'],
      'Neither call is in the package, and the vectors of red_hot are never written to disk.',
      'memories-dev 2.0.9, searched',
    ),
    analytics.corrected(
      'analytics',
      ['memory_manager.enable_analytics()', 'analytics = memory_manager.get_analytics()'],
      'Neither call is in the package, so no hit rate is ever measured; memplan place computes one from sizes and a law of accesses.',
      'memplan place',
    ),
    nodes.corrected(
      'distributed',
      [
        'from memories.core.memory_manager import DistributedMemoryManager',
        'large_data = np.random.rand(10000, 10000)',
        'nodes=["node1:6379", "node2:6379", "node3:6379"],',
        'replication_factor=2',
        'node_status = memory_manager.get_node_status()',
      ],
      'There is no such class. An array of 10,000 × 10,000 float64 is 800 MB, 1.6 GB with two copies, more than a value of Redis may be (512 MB), whose port the sample names.',
      'Redis documentation, proto-max-bulk-len',
      [figure('large_matrix as one value of Redis', 'stored', { from: 0, to: 512 * 2 ** 20 }, array(10_000))],
    ),
    practice.outside(
      'practice',
      [
        'Memory Sizing: - Allocate appropriate sizes',
        'Use consistent key naming conventions',
        'Use compression for cold and glacier memory',
        'Implement predictive caching',
        'Always call cleanup()',
        'Monitor memory usage to prevent out-of-memory errors',
      ],
      'Advice without a number.',
      '–',
    ),
    practice.corrected(
      'warm-item-cost',
      ['Used for recent data and cached results'],
      'What the page does not say and capacity turns on: every warm item is stored twice, as a row and as a table of its own, ~542 KB on disk however small it is.',
      'memplan place',
      [
        figure(
          'one warm item of 1 kB on disk',
          'its bytes',
          about(1000, 0.5),
          warmItem('tables', leaf('item', 1000, 'B')),
        ),
      ],
    ),
  ];
}
