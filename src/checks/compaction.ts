/**
 * What to do about each structure, in the order that costs least: vector indexes are rebuilt before VACUUM, which would
 * spend hours on repairing a graph that is thrown away. What is left alone is said, with the reason.
 */
import type { ReclaimAction, Snapshot } from '../store/index.ts';
import type { BloatReport, BloatStructure } from './bloat.ts';
import { postgresCompaction } from './compaction-postgres.ts';
import { redisCompaction } from './compaction-redis.ts';
import { sqliteCompaction } from './compaction-sqlite.ts';

export interface LeftAlone {
  /** Id of the structure. */
  readonly structure: string;
  readonly why: string;
}

export interface Compaction {
  /** By `order`, then by what they give back. */
  readonly actions: readonly ReclaimAction[];
  readonly left: readonly LeftAlone[];
}

export interface CompactionOptions {
  /**
   * Vectors that will be inserted before the next compaction: HNSW reuses deleted elements for them, so that much of its
   * free room is a reserve. Default 0.
   */
  readonly expectedInserts?: number;
}

/** What one kind of store adds up. */
export interface Decisions {
  readonly actions: ReclaimAction[];
  readonly left: LeftAlone[];
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

/** Why a structure that is no case for action is none. */
export function leftWhy(s: BloatStructure): string {
  if (s.unmeasured !== undefined) {
    const settle = s.unmeasured.grant ?? s.unmeasured.settle;
    return `unmeasured: ${s.unmeasured.why}${settle === undefined ? '' : ` (${settle})`}`;
  }
  if (s.state === 'duplicates') return 'smaller than its rows would make it: it has nothing to give back';
  const value = s.percent?.value ?? 0;
  return value < 1 ? 'it has nothing to give back' : `${Math.round(value)} % would come back: below the threshold`;
}
