/** The flags of `memplan writes` beside the workload's. */
import type { OptionDeclaration } from '../command.ts';

export const WRITES_OPTIONS: readonly OptionDeclaration[] = [
  {
    flags: '--checkpoint-timeout <TIME>',
    summary: 'longest time between checkpoints (default: 5min, as PostgreSQL)',
    group: 'Write-ahead log:',
  },
  {
    flags: '--max-wal-size <SIZE>',
    summary: 'log at which a checkpoint comes early (default: 1GiB, as PostgreSQL)',
    group: 'Write-ahead log:',
  },
  {
    flags: '--slot-lag <TIME>',
    summary: 'how long a replication slot may hold the log back (default: 4h)',
    group: 'Write-ahead log:',
  },
  {
    flags: '--pending-limit <SIZE>',
    summary: 'gin_pending_list_limit (default: 4MiB, as PostgreSQL)',
    group: 'Lexical index:',
  },
  { flags: '--fastupdate <SWITCH>', summary: 'on (default) or off: no pending list', group: 'Lexical index:' },
  {
    flags: '--turns-per-minute <COUNT>',
    summary: 'turns a minute that one namespace may write (default: 100)',
    group: 'Rate limit:',
  },
  { flags: '--burst <COUNT>', summary: 'turns it may write at once (default: 200)', group: 'Rate limit:' },
  { flags: '--memories-per-turn <COUNT>', summary: 'memories written for a turn (default: 1)', group: 'Rate limit:' },
  {
    flags: '--backfill <COUNT>',
    summary: 'memories to import (default: a tenth of the store)',
    group: 'Backfill:',
  },
  {
    flags: '--consistency <TIME>',
    summary: 'how old a queued live write may become (default: 1min)',
    group: 'Backfill:',
  },
  {
    flags: '--touched <COUNT>',
    summary: 'rows that a search marks as read (default: 10)',
    group: 'Touch on read:',
  },
];
