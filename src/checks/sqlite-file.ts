/**
 * Whether rewriting a SQLite file is worth it. VACUUM takes the whole file, so its free pages and the waste inside its tables
 * and indexes are one sum: a structure is a case for action only where the file is.
 */
import { formatBytes, formatPercent } from '../quantity/index.ts';
import type { Snapshot, StructureFacts } from '../store/index.ts';
import type { BloatStructure } from './bloat.ts';
import { type ThresholdOptions, thresholdOf } from './bloat-thresholds.ts';

/** A chunk table less full than this is worth rewriting. */
const VEC0_DEAD_FROM = 0.25;
/** Where packing leaves more than this share of the chunks, every partition keeps one of its own. */
const VEC0_KEPT_FROM = 0.75;

export interface FileWaste {
  /** Bytes of the file. */
  readonly file: number;
  /** Free pages, and what rewriting vec0 tables will add to them. */
  readonly free: number;
  readonly freed: number;
  /** Everything that a VACUUM would give back, at the least. */
  readonly all: number;
  /** Whether so many bytes are worth rewriting the file for. */
  worth(bytes: number): boolean;
}

/** @param structures as judged one by one */
export function fileWaste(
  structures: readonly BloatStructure[],
  snapshot: Snapshot,
  thresholds: ThresholdOptions,
): FileWaste {
  const file = snapshot.storage.dataBytes ?? 0;
  const facts = new Map(snapshot.structures.map((s) => [s.id, s.facts]));
  const free = structures.find((s) => s.kind === 'freelist')?.actual?.value ?? 0;
  const low = (of: readonly BloatStructure[]): number => of.reduce((sum, s) => sum + (s.reclaimable?.low ?? 0), 0);
  const freed = low(
    structures.filter((s) => s.kind === 'vec0' && s.state === 'bloated' && !keptApart(s, facts.get(s.id))),
  );
  const threshold = thresholdOf('freelist', thresholds);
  return {
    file,
    free,
    freed,
    all: free + freed + low(structures.filter(isInside)),
    worth: (bytes) => bytes >= threshold.bytes && 100 * bytes >= threshold.warn * file,
  };
}

export const isInside = (s: BloatStructure): boolean => s.kind === 'table' || s.kind === 'index';

/** True for a vec0 table whose empty slots stay, however often it is written anew: each partition keeps a chunk. */
export function keptApart(s: BloatStructure, f: StructureFacts | null | undefined): boolean {
  if (f?.kind !== 'vec0' || f.partitions === null || f.partitions === 0 || f.chunks === null) return false;
  return (s.deadShare ?? 0) > VEC0_DEAD_FROM && (f.packedChunks ?? f.chunks) > VEC0_KEPT_FROM * f.chunks;
}

/** The structures as `compact` would act on them: nothing inside a file is bloated that a VACUUM is not worth. */
export function judgedByFile(
  structures: readonly BloatStructure[],
  snapshot: Snapshot,
  thresholds: ThresholdOptions,
): readonly BloatStructure[] {
  const waste = fileWaste(structures, snapshot, thresholds);
  const { file, all } = waste;
  const share = `${formatBytes(all)} of the file's ${formatBytes(file)} would come back (${formatPercent(all / Math.max(1, file))})`;
  const whole = (s: BloatStructure): boolean => isInside(s) || s.kind === 'freelist';
  if (!waste.worth(all)) {
    const note = `${share}, too little to rewrite all of it for: new rows use the room`;
    return structures.map((s) =>
      whole(s) && s.state === 'bloated' ? { ...s, state: 'ok', level: null, notes: [...s.notes, note] } : s,
    );
  }
  if (structures.some((s) => s.state === 'bloated' && (whole(s) || s.kind === 'vec0'))) return structures;
  // Many small wastes make a large one: it is shown at the largest of them.
  const largest = structures
    .filter(whole)
    .reduce<BloatStructure | undefined>(
      (a, s) => ((s.reclaimable?.low ?? 0) > (a?.reclaimable?.low ?? 0) ? s : a),
      undefined,
    );
  return structures.map((s) =>
    s === largest ? { ...s, state: 'bloated', level: 'warn', notes: [...s.notes, `with the rest, ${share}`] } : s,
  );
}
