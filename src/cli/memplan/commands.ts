/**
 * What memplan's verbs declare: all that --help says and that commander holds a command line against. A plain command line needs
 * little of it, which the build puts into the program (plain-verbs.ts); this file is loaded for the others.
 */
import type { CommandDeclaration } from '../command.ts';
import { type PlainVerb, plainVerb } from '../plain-verb.ts';
import { CACHE_OPTIONS } from './cache-options.ts';
import { CALIBRATE_OPTIONS } from './calibrate-options.ts';
import { GROWTH_OPTIONS } from './growth-options.ts';
import { PLACE_OPTIONS, placeReads } from './place-options.ts';
import { PRICES_OPTIONS } from './prices-options.ts';
import { REEMBED_OPTIONS } from './reembed-options.ts';
import { SHARD_OPTIONS, shardReads } from './shard-options.ts';
import { WORKLOAD_OPTIONS, workloadOptionsFor } from './workload-options.ts';
import { WRITES_OPTIONS } from './writes-options.ts';

const EXPLAIN = {
  flags: '--explain',
  summary: 'how every figure was computed: formula, numbers, result, source',
  group: 'Output:',
};

export const COMMANDS: readonly CommandDeclaration[] = [
  {
    name: 'estimate',
    summary: 'size, RAM, build, query, cost and recommended tier for one workload',
    get options() {
      return [
        ...WORKLOAD_OPTIONS,
        EXPLAIN,
        {
          flags: '--input <FILE>',
          summary: 'print a report saved with --json again',
          group: 'Where inputs come from:',
        },
      ];
    },
    formats: ['table', 'json', 'ndjson', 'csv', 'markdown'],
    examples: [
      'memplan estimate --n 10M --dims 1536',
      'memplan estimate --n 2M --dims 1024 --type halfvec --ram 32GiB --slo-p99 20ms',
      'memplan estimate --from sqlite:brain.db --format markdown',
    ],
  },
  {
    name: 'compare',
    summary: 'the same workload across engines, types and parameters, one row each',
    get options() {
      return [
        ...WORKLOAD_OPTIONS,
        EXPLAIN,
        {
          flags: '--vary <PARAMETER=VALUES...>',
          summary: 'values to try, e.g. dims=384,768; several multiply, up to 200 rows (default: every engine)',
          group: 'Comparison:',
        },
        { flags: '--sort <FIGURE>', summary: 'resident (default), disk, cost, p99 or build', group: 'Comparison:' },
      ];
    },
    formats: ['table', 'json', 'csv', 'markdown'],
    examples: [
      'memplan compare --n 1M --dims 768',
      'memplan compare --n 2M --engine pgvector --vary dims=768,1024,1536 --vary type=float32,halfvec',
      'memplan compare --n 10M --vary engine=pgvector,qdrant --vary m=8,16,32 --sort cost',
    ],
  },
  {
    name: 'diff',
    summary: 'what changed between two saved reports, or between one and the workload now',
    arguments: '[report...]',
    get options() {
      return [
        ...WORKLOAD_OPTIONS,
        {
          flags: '--threshold <SHARE>',
          summary: 'least relative change that counts (default: 1%)',
          group: 'Comparison:',
        },
      ];
    },
    formats: ['table', 'json', 'csv', 'markdown'],
    examples: [
      'memplan diff before.json after.json',
      'memplan diff baseline.json --config memplan.yaml --format markdown',
      'memplan diff baseline.json --n 12M --dims 1536 --threshold 5%',
    ],
  },
  {
    name: 'explain',
    summary: 'one figure down to its sources; or other sizing rules, or the seed article, beside ours',
    arguments: '[figure]',
    get options() {
      return [
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
      ];
    },
    formats: ['table', 'json', 'csv', 'markdown'],
    examples: [
      'memplan explain vector-index --n 10M --dims 1536',
      'memplan explain build.seconds --n 1M',
      'memplan explain',
      'memplan explain --compare --n 10M --dims 1536',
      'memplan explain --compare qdrant-rule --n 1M',
      'memplan explain --article --verdict wrong',
    ],
  },
  {
    name: 'forecast',
    summary: 'growth over time; the day on which each limit falls, and what consolidation, halfvec or an expiry buys',
    get options() {
      return [
        ...WORKLOAD_OPTIONS,
        EXPLAIN,
        ...GROWTH_OPTIONS,
        { flags: '--days <DAYS>', summary: 'how far ahead: 90, 180d, 2y (default: 365)', group: 'Growth:' },
        { flags: '--disk <SIZE>', summary: 'disk of one machine: tells when it is full', group: 'Growth:' },
      ];
    },
    formats: ['table', 'json', 'csv', 'markdown'],
    examples: [
      'memplan forecast --n 5M --growth-per-day 20k',
      'memplan forecast --users 50k --memories-per-user 40 --writes-per-day 30k --ttl 180d --dedup-rate 20%',
      'memplan forecast --from sqlite:brain.db --days 2y',
    ],
  },
  {
    name: 'gate',
    summary: 'budgets, absolute, against a baseline or for days to come; exit code 1 when one is exceeded',
    get options() {
      return [
        ...WORKLOAD_OPTIONS,
        EXPLAIN,
        {
          flags: '--baseline <FILE>',
          summary: 'report saved by memplan estimate --json, for limits such as +10%',
          group: 'Budgets:',
        },
        { flags: '--strict', summary: 'judge by the upper bound of a figure, not by its value', group: 'Budgets:' },
        ...GROWTH_OPTIONS,
      ];
    },
    formats: ['table', 'json', 'csv', 'markdown', 'junit', 'github'],
    examples: [
      'memplan gate',
      'memplan gate --baseline baseline.json --format github',
      'memplan gate --baseline baseline.json --strict --format junit > gate.xml',
    ],
  },
  {
    name: 'calibrate',
    summary: 'measures this host, or a server in a scratch schema, and writes a profile for --calibration',
    arguments: '[STORE]',
    options: CALIBRATE_OPTIONS,
    formats: ['table', 'json', 'csv', 'markdown'],
    examples: [
      'memplan calibrate',
      'memplan calibrate postgres://app@db.example/memory --budget 2min',
      'memplan calibrate postgres://app@db.example/memory --sizes-only',
      'memplan estimate --n 10M --calibration memplan-calibration.json',
    ],
  },
  {
    name: 'selftest',
    summary: 'predicts the shipped table of real measured sizes and prints the error by engine',
    options: [{ flags: '--rows', summary: 'every row, not only the summary', group: 'Output:' }],
    formats: ['table', 'json', 'csv', 'markdown'],
    examples: ['memplan selftest', 'memplan selftest --rows --format csv > errors.csv'],
  },
  {
    name: 'shard',
    summary: 'how many shards, how even, what moves when one is added, the migration day by day',
    get options() {
      return [...workloadOptionsFor(shardReads), ...SHARD_OPTIONS, EXPLAIN];
    },
    formats: ['table', 'json', 'csv', 'markdown'],
    examples: [
      'memplan shard --n 50M --dims 1536 --users 100k',
      'memplan shard --n 200M --users 2M --shards 4 --to 6 --writes-per-day 5M',
      'memplan shard --from sqlite:brain.db --n 100M',
    ],
  },
  {
    name: 'cache',
    summary: 'four cache layers: sizes, latency and load from hit rates, money saved, warm-up after a restart',
    get options() {
      return [...WORKLOAD_OPTIONS, ...CACHE_OPTIONS, EXPLAIN];
    },
    formats: ['table', 'json', 'csv', 'markdown'],
    examples: [
      'memplan cache --n 10M --dims 1536 --queries-per-second 200',
      'memplan cache --n 10M --queries-per-second 200 --hit-rates l1=10%,l3=60%',
    ],
  },
  {
    name: 'place',
    summary: 'hot, warm, cold and glacier: what goes where, hit rates, latency, money',
    get options() {
      return [...workloadOptionsFor(placeReads), ...PLACE_OPTIONS, EXPLAIN];
    },
    formats: ['table', 'json', 'csv', 'markdown'],
    examples: [
      'memplan place --n 1M --item-bytes 64kB --queries-per-second 50',
      'memplan place --n 10M --warm 128GB --warm-store packed',
    ],
  },
  {
    name: 'writes',
    summary: 'the write path: log a day, lexical merges, rate limit, backfill, touch on read',
    get options() {
      return [...WORKLOAD_OPTIONS, ...WRITES_OPTIONS, EXPLAIN];
    },
    formats: ['table', 'json', 'csv', 'markdown'],
    examples: [
      'memplan writes --n 10M --dims 1536 --writes-per-day 1M --queries-per-second 50',
      'memplan writes --n 1M --writes-per-day 200k --checkpoint-timeout 30min --max-wal-size 32GiB',
      'memplan writes --n 50k --engine sqlite-vec --writes-per-day 5k',
    ],
  },
  {
    name: 'reembed',
    summary: 'changing the embedding model by the shadow strategy: money, time, room, a dated schedule',
    get options() {
      return [...WORKLOAD_OPTIONS, ...REEMBED_OPTIONS, EXPLAIN];
    },
    formats: ['table', 'json', 'csv', 'markdown'],
    examples: [
      'memplan reembed --n 10M --dims 1536 --to-model text-embedding-3-large',
      'memplan reembed --n 100M --to-model voyage-3.5 --writes-per-day 1M --start 2027-01-04',
      'memplan reembed --n 10M --to-model text-embedding-3-small --to-dims 768 --batch',
    ],
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
  },
  {
    name: 'init',
    summary: 'asks for the workload, shows the estimate as it goes, and writes a commented memplan.yaml',
    get options() {
      return [
        ...WORKLOAD_OPTIONS.filter((o) => !/^--(config|calibration|price|currency|rate|with|without)\b/.test(o.flags)),
        { flags: '--output <FILE>', summary: 'the file to write (default: memplan.yaml)', group: 'The file:' },
        { flags: '--yes', summary: 'ask nothing: write what the flags and --from say', group: 'The file:' },
        { flags: '--force', summary: 'write over a file that is there', group: 'The file:' },
      ];
    },
    formats: ['table', 'json'],
    examples: [
      'memplan init',
      'memplan init --from sqlite:brain.db',
      'memplan init --yes --n 1M --dims 768 --output plan.yaml',
    ],
  },
];

/** What a plain command line needs to know, by the name of the verb. */
export function plainVerbs(): Record<string, PlainVerb> {
  return Object.fromEntries(COMMANDS.map((c) => [c.name, plainVerb(c)]));
}
