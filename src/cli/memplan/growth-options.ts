/** The flags that say how a store grows, the same on every verb that looks ahead. */
import type { OptionDeclaration } from '../command.ts';

export const GROWTH_OPTIONS: readonly OptionDeclaration[] = [
  {
    flags: '--growth-per-day <GROWTH>',
    summary: 'net growth: 20k, 0.3% (compounding), or a range 15k..25k',
    group: 'Growth:',
  },
  { flags: '--ttl <TIME>', summary: 'a memory is kept so long (with --writes-per-day)', group: 'Growth:' },
  {
    flags: '--dedup-rate <SHARE>',
    summary: 'share of writes merged into a memory that is there',
    group: 'Growth:',
  },
  {
    flags: '--supersede-rate <SHARE>',
    summary: 'share of writes that replace an earlier memory',
    group: 'Growth:',
  },
  { flags: '--half-life <TIME>', summary: 'half of the memories are forgotten in that time', group: 'Growth:' },
];
