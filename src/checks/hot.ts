/**
 * Where the memories crowd: namespaces by count, bytes, share and growth; how uneven that is; what a search that filters by
 * namespace gets from a shared ANN index; and which namespaces have earned an index of their own.
 */
import { formatCount, type QuantityJson } from '../quantity/index.ts';
import type { Census, Counted, MemorySet, NamespaceLoad, Note, Snapshot } from '../store/index.ts';
import { type CheckedStore, checkedStore } from './checked-store.ts';
import {
  annIndex,
  DEFAULT_EF_SEARCH,
  DEFAULT_WANTED,
  type IndexSeen,
  type OwnIndex,
  ownIndex,
  type Recall,
  recallOf,
  vectorBytesElsewhere,
} from './hot-index.ts';
import { type Skew, skewOf } from './hot-skew.ts';

/** Rows from which memory systems give a namespace an index of its own. */
export const DEFAULT_THRESHOLD = 100_000;

export interface Growth {
  readonly since: string;
  readonly days: number;
  readonly rows: number;
  readonly rowsPerDay: number;
}

export interface HotNamespace {
  /** Id of the memory set. */
  readonly set: string;
  readonly namespace: string | null;
  /** Length of a name that was cut to 120 characters. */
  readonly length?: number;
  readonly label?: string;
  readonly memories: Counted;
  /** Rows × their mean bytes as stored, with those of vectors in a table of their own; null where they were not measured. */
  readonly bytes: QuantityJson | null;
  readonly share: Counted;
  /** Null without an earlier report, or where it did not list the namespace. */
  readonly growth: Growth | null;
  /** Share of its rows that are expired or marked deleted; null where the set knows neither. */
  readonly deadShare: Counted | null;
  /** Null where no ANN index is shared with other namespaces. */
  readonly recall: Recall | null;
  /** At or above the threshold: what an index of its own would take; null below it, or where there is none to give. */
  readonly own: OwnIndex | null;
}

export interface HotSet {
  readonly set: string;
  readonly title: string;
  readonly table: string;
  /** How the namespace is found: a column, or a path into a JSON column. */
  readonly column: string;
  readonly memories: Counted;
  readonly distinct: Counted | null;
  readonly sampled: number;
  readonly how: string;
  /** Structure id of the ANN index that its namespaces share; null without one. */
  readonly index: string | null;
}

export interface HotReport {
  readonly schemaVersion: 1;
  readonly kind: 'hot-report';
  readonly generatedAt: string;
  readonly store: CheckedStore;
  /** `approximate` when any set was sampled. */
  readonly method: 'exact' | 'approximate';
  /** Rows from which a namespace has earned an index of its own. */
  readonly threshold: number;
  readonly sets: readonly HotSet[];
  readonly skew: readonly Skew[];
  /** Most rows first. */
  readonly namespaces: readonly HotNamespace[];
  /** Namespaces of each set that were asked for by name; absent in reports of earlier releases. */
  readonly top?: number;
  readonly notes: readonly Note[];
}

/** What an earlier look at the same store saw. */
export interface EarlierLook {
  readonly takenAt: string;
  readonly namespaces: readonly Pick<HotNamespace, 'set' | 'namespace' | 'length' | 'memories'>[];
}

export interface HotOptions {
  readonly threshold?: number;
  readonly since?: EarlierLook;
  /** Namespaces of each set that were asked for by name. */
  readonly top?: number;
  readonly efSearch?: number;
  /** Rows that a search asks for. */
  readonly wanted?: number;
  /** The clock; default: when the snapshot was taken. */
  readonly generatedAt?: Date;
}

export function hotReport(snapshot: Snapshot, censuses: readonly Census[], options: HotOptions = {}): HotReport {
  const threshold = options.threshold ?? DEFAULT_THRESHOLD;
  const sets: HotSet[] = [];
  const namespaces: HotNamespace[] = [];
  for (const census of censuses) {
    const set = snapshot.memorySets.find((m) => m.id === census.set);
    if (set === undefined) continue;
    const ann = annIndex(snapshot, set);
    sets.push(setOf(census, set, ann));
    const vectors = set.vectors?.rows ?? census.rows.value;
    for (const load of census.top)
      namespaces.push(namespaceOf(load, census, set, snapshot, ann, vectors, threshold, options));
  }
  return {
    schemaVersion: 1,
    kind: 'hot-report',
    generatedAt: options.generatedAt?.toISOString() ?? snapshot.takenAt,
    store: checkedStore(snapshot),
    method: censuses.some((c) => c.method === 'approximate') ? 'approximate' : 'exact',
    threshold,
    ...(options.top === undefined ? {} : { top: options.top }),
    sets,
    skew: censuses.map(skewOf),
    namespaces: namespaces.sort((a, b) => b.memories.value - a.memories.value),
    notes: [...snapshot.notes, ...withoutNamespace(snapshot, censuses)],
  };
}

function setOf(c: Census, set: MemorySet, ann: IndexSeen | null): HotSet {
  return {
    set: c.set,
    title: set.title,
    table: set.table,
    column: c.column,
    memories: c.rows,
    distinct: c.distinct,
    sampled: c.sampled,
    how: c.how,
    index: ann?.structure.id ?? null,
  };
}

function namespaceOf(
  load: NamespaceLoad,
  census: Census,
  set: MemorySet,
  snapshot: Snapshot,
  ann: IndexSeen | null,
  vectors: number,
  threshold: number,
  options: HotOptions,
): HotNamespace {
  const share = shareOf(load.rows, census.rows);
  const alone = (census.distinct?.value ?? 2) <= 1;
  // Vectors may be fewer than rows; of which namespaces they are nobody counted, so the rows' share stands for theirs.
  const selectivity = vectors > 0 ? share.value : 0;
  const { efSearch = DEFAULT_EF_SEARCH, wanted = DEFAULT_WANTED } = options;
  const hot = load.rows.value >= threshold;
  const apart = vectorBytesElsewhere(set, census.rows.value, snapshot);
  return {
    set: census.set,
    namespace: load.namespace,
    ...(load.length === undefined ? {} : { length: load.length }),
    ...(load.label === undefined ? {} : { label: load.label }),
    memories: load.rows,
    bytes:
      load.rowBytes === null
        ? null
        : bytesOf(load.rows, load.rowBytes + apart, census.method === 'exact' && apart === 0),
    share,
    growth: growthOf(load, census, options.since, snapshot.takenAt),
    deadShare: load.deadRows === null ? null : shareOf(load.deadRows, load.rows),
    recall: ann === null || alone ? null : recallOf(selectivity, ann, efSearch, wanted),
    own: hot && !alone ? ownIndex(load, census, set, snapshot, ann) : null,
  };
}

/** a / b with the widest interval that both leave open, inside 0 to 1. */
function shareOf(a: Counted, b: Counted): Counted {
  if (b.value === 0) return { value: 0, low: 0, high: 0 };
  const within = (x: number): number => Math.min(1, Math.max(0, x));
  return {
    value: within(a.value / b.value),
    low: within(a.low / Math.max(1, b.high)),
    high: within(a.high / Math.max(1, b.low)),
  };
}

function bytesOf(rows: Counted, each: number, exact: boolean): QuantityJson {
  return {
    value: rows.value * each,
    unit: 'B',
    low: rows.low * each,
    high: rows.high * each,
    basis: exact ? 'measured' : 'assumed',
  };
}

/** Looks within the same hour say nothing of growth. */
const LEAST_DAYS = 1 / 24;

function growthOf(load: NamespaceLoad, census: Census, since: EarlierLook | undefined, takenAt: string): Growth | null {
  const before = since?.namespaces.find(
    (n) => n.set === census.set && n.namespace === load.namespace && n.length === load.length,
  );
  if (since === undefined || before === undefined) return null;
  const days = (Date.parse(takenAt) - Date.parse(since.takenAt)) / 86_400_000;
  if (!(days >= LEAST_DAYS)) return null;
  const rows = load.rows.value - before.memories.value;
  return { since: since.takenAt, days, rows, rowsPerDay: rows / days };
}

function withoutNamespace(snapshot: Snapshot, censuses: readonly Census[]): Note[] {
  const counted = new Set(censuses.map((c) => c.set));
  return snapshot.memorySets
    .filter((m) => m.primary && !counted.has(m.id) && m.rows > 0)
    .map((m) => ({
      code: 'no-namespace',
      level: 'info',
      // An estimate is no figure to name in passing.
      message: `${m.table}${m.rowsFrom === undefined ? ` (${formatCount(m.rows)} rows)` : ''} has no namespace: --map can name a column`,
      subject: m.id,
    }));
}
