/**
 * What to do about each structure, in the order that costs least: vector indexes are rebuilt before VACUUM, which would
 * spend hours on repairing a graph that is thrown away. What is left alone is said, with the reason.
 */
import type { ReclaimAction, Snapshot } from '../store/index.ts';
import type { BloatReport } from './bloat.ts';
import { postgresCompaction } from './compaction-postgres.ts';
import { redisCompaction } from './compaction-redis.ts';
import { sqliteCompaction } from './compaction-sqlite.ts';
import type { CompactionOptions, Decisions, LeftAlone } from './decisions.ts';

export interface Compaction {
  /** By `order`, then by what they give back. */
  readonly actions: readonly ReclaimAction[];
  readonly left: readonly LeftAlone[];
}

export function compaction(report: BloatReport, snapshot: Snapshot, options: CompactionOptions = {}): Compaction {
  const decisions: Decisions = { actions: [], left: [] };
  const scheme = snapshot.identity.scheme;
  if (scheme === 'sqlite') sqliteCompaction(report, snapshot, decisions);
  else if (scheme === 'postgres') postgresCompaction(report, snapshot, options, decisions);
  else if (scheme === 'redis' || scheme === 'rediss') redisCompaction(report, snapshot, decisions);
  else
    for (const s of report.structures)
      decisions.left.push({ structure: s.id, why: 'this kind of store gives nothing back' });
  const actions = decisions.actions.sort(
    (a, b) => a.order - b.order || (b.reclaims ?? 0) - (a.reclaims ?? 0) || (a.id < b.id ? -1 : 1),
  );
  return { actions, left: decisions.left };
}
