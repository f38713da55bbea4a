/** memplan: what a memory store should take. Declarations only; each verb's work is in the file it loads. */
import type { CommandDeclaration } from '../command.ts';
import { runProcess } from '../process-runtime.ts';
import { runProgram } from '../program.ts';
import { VERSION } from '../version.ts';
import { action as estimateAction } from './estimate.ts';
import { GROWTH_OPTIONS } from './growth-options.ts';
import { PRICES_OPTIONS } from './prices-options.ts';
import { REEMBED_OPTIONS } from './reembed-options.ts';
import { WORKLOAD_OPTIONS } from './workload-options.ts';

const EXPLAIN = {
  flags: '--explain',
  summary: 'how every figure was computed: formula, numbers, result, source',
  group: 'Output:',
};

const COMMANDS: readonly CommandDeclaration[] = [
  {
    name: 'estimate',
    summary: 'size, RAM, build, query, cost and recommended tier for one workload',
    options: [
      ...WORKLOAD_OPTIONS,
      EXPLAIN,
      { flags: '--input <FILE>', summary: 'print a report saved with --json again', group: 'Where inputs come from:' },
    ],
    formats: ['table', 'json', 'ndjson', 'csv', 'markdown'],
    examples: [
      'memplan estimate --n 10M --dims 1536',
      'memplan estimate --n 2M --dims 1024 --type halfvec --ram 32GiB --slo-p99 20ms',
      'memplan estimate --from sqlite:brain.db --format markdown',
    ],
    load: async () => estimateAction,
  },
  {
    name: 'compare',
    summary: 'the same workload across engines, types and parameters, one row each',
    options: [
      ...WORKLOAD_OPTIONS,
      EXPLAIN,
      {
        flags: '--vary <PARAMETER=VALUES...>',
        summary: 'values to try, e.g. dims=384,768; several multiply, up to 200 rows (default: every engine)',
        group: 'Comparison:',
      },
      { flags: '--sort <FIGURE>', summary: 'resident (default), disk, cost, p99 or build', group: 'Comparison:' },
    ],
    formats: ['table', 'json', 'csv', 'markdown'],
    examples: [
      'memplan compare --n 1M --dims 768',
      'memplan compare --n 2M --engine pgvector --vary dims=768,1024,1536 --vary type=float32,halfvec',
      'memplan compare --n 10M --vary engine=pgvector,qdrant --vary m=8,16,32 --sort cost',
    ],
    load: async () => (await import('./compare.ts')).action,
  },
  {
    name: 'diff',
    summary: 'what changed between two saved reports, or between one and the workload now',
    arguments: '[report...]',
    options: [
      ...WORKLOAD_OPTIONS,
      {
        flags: '--threshold <SHARE>',
        summary: 'least relative change that counts (default: 1%)',
        group: 'Comparison:',
      },
    ],
    formats: ['table', 'json', 'csv', 'markdown'],
    examples: [
      'memplan diff before.json after.json',
      'memplan diff baseline.json --config memplan.yaml --format markdown',
      'memplan diff baseline.json --n 12M --dims 1536 --threshold 5%',
    ],
    load: async () => (await import('./diff.ts')).action,
  },
  {
    name: 'explain',
    summary: 'one figure down to its sources; or other sizing rules, or the seed article, beside ours',
    arguments: '[figure]',
    options: [
      ...WORKLOAD_OPTIONS,
      {
        flags: '--compare',
        summary: 'published sizing rules beside ours, and beside the store with --from; a rule instead of a figure',
        group: 'Other rules:',
      },
      {
        flags: '--article',
        summary: 'the claims of the seed article with what was found; a claim instead of a figure',
        group: 'Other rules:',
      },
      {
        flags: '--verdict <VERDICT>',
        summary: 'only such claims: right, wrong, outdated, contradictory or incomplete',
        group: 'Other rules:',
      },
    ],
    formats: ['table', 'json', 'csv', 'markdown'],
    examples: [
      'memplan explain vector-index --n 10M --dims 1536',
      'memplan explain build.seconds --n 1M',
      'memplan explain',
      'memplan explain --compare --n 10M --dims 1536',
      'memplan explain --compare qdrant-rule --n 1M',
      'memplan explain --article --verdict wrong',
    ],
    load: async () => (await import('./explain.ts')).action,
  },
  {
    name: 'forecast',
    summary: 'growth over time; the day on which each limit falls, and what consolidation, halfvec or an expiry buys',
    options: [
      ...WORKLOAD_OPTIONS,
      EXPLAIN,
      ...GROWTH_OPTIONS,
      { flags: '--days <DAYS>', summary: 'how far ahead: 90, 180d, 2y (default: 365)', group: 'Growth:' },
      { flags: '--disk <SIZE>', summary: 'disk of one machine: tells when it is full', group: 'Growth:' },
    ],
    formats: ['table', 'json', 'csv', 'markdown'],
    examples: [
      'memplan forecast --n 5M --growth-per-day 20k',
      'memplan forecast --users 50k --memories-per-user 40 --writes-per-day 30k --ttl 180d --dedup-rate 20%',
      'memplan forecast --from sqlite:brain.db --days 2y',
    ],
    load: async () => (await import('./forecast.ts')).action,
  },
  {
    name: 'gate',
    summary: 'budgets, absolute, against a baseline or for days to come; exit code 1 when one is exceeded',
    options: [
      ...WORKLOAD_OPTIONS,
      EXPLAIN,
      {
        flags: '--baseline <FILE>',
        summary: 'report saved by memplan estimate --json, for limits such as +10%',
        group: 'Budgets:',
      },
      { flags: '--strict', summary: 'judge by the upper bound of a figure, not by its value', group: 'Budgets:' },
      ...GROWTH_OPTIONS,
    ],
    formats: ['table', 'json', 'csv', 'markdown', 'junit', 'github'],
    examples: [
      'memplan gate',
      'memplan gate --baseline baseline.json --format github',
      'memplan gate --baseline baseline.json --strict --format junit > gate.xml',
    ],
    load: async () => (await import('./gate.ts')).action,
  },
  {
    name: 'selftest',
    summary: 'predicts the shipped table of real measured sizes and prints the error by engine',
    options: [{ flags: '--rows', summary: 'every row, not only the summary', group: 'Output:' }],
    formats: ['table', 'json', 'csv', 'markdown'],
    examples: ['memplan selftest', 'memplan selftest --rows --format csv > errors.csv'],
    load: async () => (await import('./selftest.ts')).action,
  },
  {
    name: 'shard',
    summary: 'how many shards, how even, what moves when one is added, the migration day by day',
    options: [
      ...WORKLOAD_OPTIONS,
      { flags: '--shards <COUNT>', summary: 'shards there are (default: 1)', group: 'Shards:' },
      {
        flags: '--to <COUNT>',
        summary: 'shards there shall be (default: what the constraints ask for)',
        group: 'Shards:',
      },
      {
        flags: '--zipf <EXPONENT>',
        summary: 'sizes of the namespaces by Zipf with this exponent (default: 1, or what --largest-namespace implies)',
        group: 'Shards:',
      },
      { flags: '--disk <SIZE>', summary: 'disk of one machine (default: 64TiB)', group: 'Shards:' },
      { flags: '--rows-per-shard <COUNT>', summary: 'most memories a shard shall hold', group: 'Shards:' },
      {
        flags: '--virtual-nodes <COUNT>',
        summary: 'points of a shard on the ring of consistent hashing (default: 128)',
        group: 'Shards:',
      },
      { flags: '--start <DAY>', summary: 'first day of the migration, 2027-01-31 (default: today)', group: 'Shards:' },
      {
        flags: '--recovery <TIME>',
        summary: 'how long a vector database of its own may be away (default: 1h)',
        group: 'Outbox:',
      },
      {
        flags: '--drain-rate <ROWS>',
        summary: 'rows a second the outbox worker sends (default: what the embedding model lets through)',
        group: 'Outbox:',
      },
      { flags: '--consistency <TIME>', summary: 'how old a queued row may become (default: 1min)', group: 'Outbox:' },
      EXPLAIN,
    ],
    formats: ['table', 'json', 'csv', 'markdown'],
    examples: [
      'memplan shard --n 50M --dims 1536 --users 100k',
      'memplan shard --n 200M --users 2M --shards 4 --to 6 --writes-per-day 5M',
      'memplan shard --from sqlite:brain.db --n 100M',
    ],
    load: async () => (await import('./shard.ts')).action,
  },
  {
    name: 'cache',
    summary: 'four cache layers: sizes, latency and load from hit rates, money saved, warm-up after a restart',
    options: [
      ...WORKLOAD_OPTIONS,
      {
        flags: '--hit-rates <LIST>',
        summary: 'hit rate by layer (default: l1=20%,l2=80%,l3=40%,l4=95%)',
        group: 'Cache:',
      },
      { flags: '--results <COUNT>', summary: 'memories in one result of the L1 layer (default: 10)', group: 'Cache:' },
      {
        flags: '--query-tokens <COUNT>',
        summary: 'tokens of one query that is embedded (default: 15)',
        group: 'Cache:',
      },
      {
        flags: '--embedding-latency <TIME>',
        summary: 'time of one call of the embedding model (default: 200ms)',
        group: 'Cache:',
      },
      { flags: '--redis-latency <TIME>', summary: 'round trip to Redis (default: 0.5ms)', group: 'Cache:' },
      { flags: '--page-latency <TIME>', summary: 'random read of one page (default: 0.5ms)', group: 'Cache:' },
      {
        flags: '--read-rate <SIZE>',
        summary: 'bytes a second the disk reads in sequence (default: 125MB)',
        group: 'Cache:',
      },
      { flags: '--iops <COUNT>', summary: 'random reads a second the disk answers (default: 3000)', group: 'Cache:' },
      EXPLAIN,
    ],
    formats: ['table', 'json', 'csv', 'markdown'],
    examples: [
      'memplan cache --n 10M --dims 1536 --queries-per-second 200',
      'memplan cache --n 10M --queries-per-second 200 --hit-rates l1=10%,l3=60%',
    ],
    load: async () => (await import('./cache.ts')).action,
  },
  {
    name: 'place',
    summary: 'hot, warm, cold and glacier: what goes where, hit rates, latency, money',
    options: [
      ...WORKLOAD_OPTIONS,
      { flags: '--item-bytes <SIZE>', summary: 'data of one item (default: text, metadata, vector)', group: 'Tiers:' },
      { flags: '--hot <SIZE>', summary: 'size of the hot tier (default: 8GB)', group: 'Tiers:' },
      { flags: '--warm <SIZE>', summary: 'size of the warm tier (default: 32GB)', group: 'Tiers:' },
      { flags: '--cold <SIZE>', summary: 'size of the cold tier (default: 500GB)', group: 'Tiers:' },
      {
        flags: '--zipf <EXPONENT>',
        summary: 'how accesses divide over items, by Zipf with this exponent (default: 1)',
        group: 'Tiers:',
      },
      {
        flags: '--warm-store <STORE>',
        summary: 'how the warm tier keeps an item: tables (one each, memories-dev), rows, packed (default: tables)',
        group: 'Tiers:',
      },
      EXPLAIN,
    ],
    formats: ['table', 'json', 'csv', 'markdown'],
    examples: [
      'memplan place --n 1M --item-bytes 64kB --queries-per-second 50',
      'memplan place --n 10M --warm 128GB --warm-store packed',
    ],
    load: async () => (await import('./place.ts')).action,
  },
  {
    name: 'reembed',
    summary: 'changing the embedding model by the shadow strategy: money, time, room, a dated schedule',
    options: [...WORKLOAD_OPTIONS, ...REEMBED_OPTIONS, EXPLAIN],
    formats: ['table', 'json', 'csv', 'markdown'],
    examples: [
      'memplan reembed --n 10M --dims 1536 --to-model text-embedding-3-large',
      'memplan reembed --n 100M --to-model voyage-3.5 --writes-per-day 1M --start 2027-01-04',
      'memplan reembed --n 10M --to-model text-embedding-3-small --to-dims 768 --batch',
    ],
    load: async () => (await import('./reembed.ts')).action,
  },
  {
    name: 'prices',
    summary: 'the price catalogue with the day and the source of every figure; import of a price list',
    options: PRICES_OPTIONS,
    formats: ['table', 'json', 'csv', 'markdown'],
    examples: [
      'memplan prices --kind embedding',
      'memplan prices --old',
      'memplan prices --import model_prices_and_context_window.json --provider openai',
    ],
    load: async () => (await import('./prices.ts')).action,
  },
  {
    name: 'init',
    summary: 'asks for the workload, shows the estimate as it goes, and writes a commented memplan.yaml',
    options: [
      ...WORKLOAD_OPTIONS.filter((o) => !/^--(config|price|with|without)\b/.test(o.flags)),
      { flags: '--output <FILE>', summary: 'the file to write (default: memplan.yaml)', group: 'The file:' },
      { flags: '--yes', summary: 'ask nothing: write what the flags and --from say', group: 'The file:' },
      { flags: '--force', summary: 'write over a file that is there', group: 'The file:' },
    ],
    formats: ['table', 'json'],
    examples: [
      'memplan init',
      'memplan init --from sqlite:brain.db',
      'memplan init --yes --n 1M --dims 768 --output plan.yaml',
    ],
    load: async () => (await import('./init.ts')).action,
  },
];

runProcess((runtime) =>
  runProgram(
    {
      name: 'memplan',
      summary: 'What a memory store should take: size, RAM, build and query time, money, tier.',
      version: VERSION,
      commands: COMMANDS,
      examples: ['memplan estimate --n 10M --dims 1536', 'memplan estimate --from sqlite:brain.db'],
    },
    runtime,
  ),
);
