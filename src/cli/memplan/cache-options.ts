/** The flags of `memplan cache` beside the workload's. */
import type { OptionDeclaration } from '../command.ts';

export const CACHE_OPTIONS: readonly OptionDeclaration[] = [
  {
    flags: '--hit-rates <LIST>',
    summary: 'hit rate by layer (default: l1=20%,l2=80%,l3=40%,l4=95%)',
    group: 'Cache:',
  },
  {
    flags: '--results <COUNT>',
    summary: 'memories in one result of the L1 layer (default: 10)',
    group: 'Cache:',
  },
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
];
