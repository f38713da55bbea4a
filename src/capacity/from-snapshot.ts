/** A live store as the beginning of a workload: what `--from STORE` fills in. */
import type { MemorySet, Snapshot, TableFacts } from '../store/index.ts';
import { ownMetadataBytes } from './own-metadata.ts';

export interface MeasuredField {
  readonly value: number | string;
  /** Given where the figure is a mean over a sample: two standard errors around it. */
  readonly low?: number;
  readonly high?: number;
  readonly basis: 'measured';
}

export interface MeasuredWorkload {
  /** By workload parameter, e.g. "n", "dims", "text-bytes"; only what was measured. */
  readonly fields: Readonly<Record<string, MeasuredField>>;
  /** What could not be taken from the store, and what was left out. */
  readonly notes: readonly string[];
}

/** pgvector's longest namespace key in a B-tree, and the range the workload takes. */
const MAX_NAMESPACE_BYTES = 2712;

export function workloadFromSnapshot(snapshot: Snapshot): MeasuredWorkload {
  const notes: string[] = [];
  const set = primarySet(snapshot, notes);
  if (set === undefined) {
    return {
      fields: {},
      notes: [`${snapshot.identity.name}: no memories were recognised; give --n and --dims`, ...notes],
    };
  }
  const fields: Record<string, MeasuredField> = {};
  const put = (id: string, value: number | string, error = 0): void => {
    const around =
      typeof value === 'number' && error > 0 ? { low: value * Math.max(0, 1 - error), high: value * (1 + error) } : {};
    fields[id] = { value, ...around, basis: 'measured' };
  };
  const stored = set.vectors?.rows;
  const n = stored !== undefined && stored !== null && stored > 0 ? stored : set.rows;
  if (n > 0) put('n', n);
  else notes.push(`${set.table} is empty; give --n`);
  if (n !== set.rows && n > 0)
    notes.push(`${set.table} has ${set.rows} rows and ${n} vectors; planning with the vectors`);
  vectorFields(set, put, notes);
  const error = sampleError(snapshot, set);
  if (set.textBytes !== null) put('text-bytes', round(set.textBytes), error);
  // Text that is read out of the metadata is planned once.
  const metadata = ownMetadataBytes(set, snapshot.profiles);
  if (metadata !== null) put('metadata-bytes', round(metadata), error);
  namespaceFields(set, put, notes);
  return { fields, notes };
}

/** More tables than this are not listed in a sentence. */
const MOST_NAMED = 4;

type Put = (id: string, value: number | string, error?: number) => void;

/** The rows to plan with: those a profile names; where several systems share a file, the ones with most rows. */
export function primarySet(snapshot: Snapshot, notes: string[] = []): MemorySet | undefined {
  const named = snapshot.memorySets.filter((s) => s.primary);
  const candidates = named.length > 0 ? named : snapshot.memorySets.filter((s) => s.vectors?.rows);
  const [first, ...others] = [...candidates].sort((a, b) => b.rows - a.rows);
  if (first !== undefined && others.length > 0) {
    const named = others.slice(0, MOST_NAMED).map((o) => `${o.table} (${o.rows} rows)`);
    const more = others.length > MOST_NAMED ? ` and ${others.length - MOST_NAMED} more` : '';
    notes.push(`planning with ${first.table}; the store also holds ${named.join(', ')}${more}`);
  }
  return first;
}

function vectorFields(set: MemorySet, put: Put, notes: string[]): void {
  const v = set.vectors;
  if (v === null) {
    notes.push(`${set.table} holds no vectors; give --dims`);
    return;
  }
  if (v.dims !== null) put('dims', v.dims);
  else notes.push(`the vectors are not in this store (${v.name}); give --dims`);
  if (v.scalar !== null) put('type', v.scalar);
  if (v.chunkSize !== undefined) put('chunk-size', v.chunkSize);
  if (v.mixed !== undefined) {
    notes.push(`${v.name} holds vectors of ${v.mixed.length} lengths; the most frequent one is planned with`);
  }
}

function namespaceFields(set: MemorySet, put: Put, notes: string[]): void {
  const spaces = set.namespaces;
  if (spaces === null || spaces.distinct === 0) return;
  put('namespaces', spaces.distinct);
  const largest = spaces.top[0];
  if (largest !== undefined && largest.rows > 0) put('largest-namespace', largest.rows);
  const bytes = set.namespaceBytes;
  if (bytes === null || bytes < 1) return;
  if (bytes <= MAX_NAMESPACE_BYTES) put('namespace-bytes', round(bytes));
  else notes.push(`namespace ids of ${round(bytes)} B are longer than a B-tree key may be; left at the default`);
}

/** Twice the relative standard error of the mean record, where the table was sampled; 0 where it was read whole. */
function sampleError(snapshot: Snapshot, set: MemorySet): number {
  const facts = snapshot.structures.find((s) => s.kind === 'table' && s.name === set.table)?.facts as
    | TableFacts
    | undefined;
  const r = facts?.record;
  if (r == null || r.sampled >= set.rows || r.mean <= 0) return 0;
  return (2 * r.deviation) / (r.mean * Math.sqrt(r.sampled));
}

const round = (bytes: number): number => Math.round(bytes * 10) / 10;
