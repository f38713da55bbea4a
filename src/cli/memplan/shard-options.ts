/** The flags of `memplan shard` beside the workload's. */
import type { OptionDeclaration } from '../command.ts';

/** The workload's flags that it has no use for: what a search costs, what extraction costs, and limits that it looks past. */
const UNREAD: readonly string[] = [
  'chunk-size',
  'queries-per-second',
  'extraction-input-tokens',
  'extraction-output-tokens',
  'extraction-model',
  'prefilter',
  'hype',
  'cache-entries',
  'replicas',
  'budget',
  'max-shards',
];
export const shardReads = (id: string): boolean => !UNREAD.includes(id);

export const SHARD_OPTIONS: readonly OptionDeclaration[] = [
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
  {
    flags: '--start <DAY>',
    summary: 'first day of the migration, 2027-01-31 (default: today)',
    group: 'Shards:',
  },
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
];
