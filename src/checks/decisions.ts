/** What a compaction adds up as it goes through the structures: what to do, and what to leave alone. */
import type { ReclaimAction } from '../store/index.ts';
import type { BloatStructure } from './bloat.ts';

export interface LeftAlone {
  /** Id of the structure. */
  readonly structure: string;
  readonly why: string;
  /** True where somebody could act on it; what has nothing to give back, or goes by itself, is no news. */
  readonly act?: true;
}

export interface CompactionOptions {
  /**
   * Vectors that will be inserted before the next compaction: HNSW reuses deleted elements for them, so that much of its
   * free room is a reserve. Default 0.
   */
  readonly expectedInserts?: number;
  /** Id of the one structure that was asked for by name: a GIN index that cannot be measured is then rebuilt all the same. */
  readonly asked?: string;
}

/** What one kind of store adds up. */
export interface Decisions {
  readonly actions: ReclaimAction[];
  readonly left: LeftAlone[];
}

/** A structure that is no case for action; what a grant would tell is for somebody to act on. */
export function leftAlone(s: BloatStructure): LeftAlone {
  return { structure: s.id, why: leftWhy(s), ...(s.unmeasured?.grant === undefined ? {} : { act: true as const }) };
}

/** Why a structure that is no case for action is none. */
function leftWhy(s: BloatStructure): string {
  if (s.unmeasured !== undefined) {
    const settle = s.unmeasured.grant ?? s.unmeasured.settle;
    return `unmeasured: ${s.unmeasured.why}${settle === undefined ? '' : ` (${settle})`}`;
  }
  if (s.state === 'duplicates') return 'smaller than its rows would make it: it has nothing to give back';
  const value = s.percent?.value ?? 0;
  return value < 1 ? 'it has nothing to give back' : `${Math.round(value)} % would come back: below the threshold`;
}
