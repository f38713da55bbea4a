/** The flags of `memplan place` beside the workload's. */
import type { OptionDeclaration } from '../command.ts';

/** The workload's flags that it reads: how many items, of what size, how often asked for, and money. A tier is no engine. */
const READS: readonly string[] = [
  'n',
  'users',
  'memories-per-user',
  'dims',
  'type',
  'nonzeros',
  'text-bytes',
  'metadata-bytes',
  'queries-per-second',
  'replicas',
  'system',
  'store',
  'price',
  'currency',
  'rate',
  'price-file',
  'config',
  'from',
];
export const placeReads = (id: string): boolean => READS.includes(id);

export const PLACE_OPTIONS: readonly OptionDeclaration[] = [
  {
    flags: '--item-bytes <SIZE>',
    summary: 'data of one item (default: text, metadata, vector)',
    group: 'Tiers:',
  },
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
];
