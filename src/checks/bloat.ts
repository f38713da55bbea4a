/**
 * How much of each structure is waste: what it takes beside what it would take if it were rebuilt, how that is known, and
 * what is not known. Nothing that could not be measured is ever 0 %.
 */
import {
  type Confidence,
  type ExpectationOptions,
  expectedActual,
  type StructureComparison,
  type Unmeasured,
} from '../expectation/index.ts';
import {
  formatCount,
  formatPercent,
  leaf,
  type Quantity,
  type QuantityJson,
  revised,
  toJson,
} from '../quantity/index.ts';
import type { Note, Snapshot, StructureKind } from '../store/index.ts';
import { DEAD_SHARE, type ThresholdOptions, thresholdOf } from './bloat-thresholds.ts';
import { type CheckedStore, checkedStore } from './checked-store.ts';
import { judgedByFile } from './sqlite-file.ts';

/**
 * `bloated`: a rebuild gives back what the threshold asks. `dead`: rows are dead and VACUUM has not been there.
 * `duplicates`: it is smaller than its rows would make it. `unmeasured`: nothing is claimed.
 */
export type BloatState = 'ok' | 'bloated' | 'dead' | 'duplicates' | 'unmeasured';

export interface BloatStructure {
  readonly id: string;
  readonly kind: StructureKind;
  readonly name: string;
  readonly table: string | null;
  readonly actual: QuantityJson | null;
  readonly expected: QuantityJson | null;
  /** Bytes that a rebuild gives back: `low` at the least, which is what alarms rest on. */
  readonly reclaimable: QuantityJson | null;
  /** The same in per cent of `actual` (free pages and log: of the whole file). */
  readonly percent: QuantityJson | null;
  readonly method: string;
  readonly confidence: Confidence;
  readonly state: BloatState;
  readonly level: 'warn' | 'crit' | null;
  /** Share of the rows, elements or slots that are dead and still there. */
  readonly deadShare: number | null;
  /** HNSW: at least this share of the vectors are exact duplicates. */
  readonly duplicateShare: number | null;
  readonly unmeasured?: Unmeasured;
  readonly notes: readonly string[];
}

export interface BloatTotals {
  readonly actual: QuantityJson;
  /** Over the structures that were measured. */
  readonly expected: QuantityJson;
  readonly reclaimable: QuantityJson;
  /** Share of the bytes of the store for which an expected size is known. */
  readonly measuredShare: number;
  readonly bloated: number;
  readonly dead: number;
  readonly unmeasured: number;
}

export interface BloatReport {
  readonly schemaVersion: 1;
  readonly kind: 'bloat-report';
  readonly generatedAt: string;
  readonly store: CheckedStore;
  /** Most reclaimable first; what was not measured last. */
  readonly structures: readonly BloatStructure[];
  readonly totals: BloatTotals;
  /** What was asked for in place of the thresholds of each kind. */
  readonly thresholds: ThresholdOptions;
  readonly notes: readonly Note[];
}

export interface BloatOptions extends ExpectationOptions {
  readonly thresholds?: ThresholdOptions;
  /** The clock; default: when the snapshot was taken. */
  readonly generatedAt?: Date;
  /** Carry the computation of each expected size along. */
  readonly explain?: boolean;
}

/** Smaller structures may stay unmeasured without the report being partial. */
export const WORTH_SETTLING_BYTES: number = 2 ** 20;

/** True where old statistics or one side of a figure leave open whether it is: --exact or ANALYZE would tell. */
export function mightBeBloated(s: BloatStructure): boolean {
  const { reclaimable: r, percent: p } = s;
  if (s.state !== 'ok' || s.confidence !== 'low' || r === null || p === null) return false;
  return r.high - r.low >= WORTH_SETTLING_BYTES && p.high >= thresholdOf(s.kind).warn;
}

export function bloatReport(snapshot: Snapshot, options: BloatOptions = {}): BloatReport {
  const single = expectedActual(snapshot, options).map((c) => judge(c, snapshot, options));
  const structures = [
    ...(snapshot.identity.scheme === 'sqlite' ? judgedByFile(single, snapshot, options.thresholds ?? {}) : single),
  ];
  const rank = (s: BloatStructure): number => (s.state === 'unmeasured' ? -1 : (s.reclaimable?.value ?? 0));
  return {
    schemaVersion: 1,
    kind: 'bloat-report',
    generatedAt: options.generatedAt?.toISOString() ?? snapshot.takenAt,
    store: checkedStore(snapshot),
    structures: structures.sort(
      (a, b) => rank(b) - rank(a) || (b.actual?.value ?? -1) - (a.actual?.value ?? -1) || (a.id < b.id ? -1 : 1),
    ),
    totals: totalsOf(structures),
    thresholds: options.thresholds ?? {},
    notes: [...snapshot.notes, ...withheldNotes(snapshot)],
  };
}

/** What --exact could not read, once for each extension or grant, however many structures lack it. */
function withheldNotes(snapshot: Snapshot): Note[] {
  const lacking = new Map<string, { readonly why: string; readonly names: string[] }>();
  for (const s of snapshot.structures) {
    for (const { what, why, grant } of s.withheld ?? []) {
      if (grant === undefined || !EXACT_FIGURES.includes(what)) continue;
      const seen = lacking.get(grant) ?? { why, names: [] };
      lacking.set(grant, { why, names: [...seen.names, s.name] });
    }
  }
  return [...lacking].map(([grant, { why, names }]) => ({
    code: 'not-read-exactly',
    level: 'unmeasured',
    message: `${names.length === 1 ? names[0] : `${formatCount(names.length)} structures`} could not be read exactly: ${why}; settled by: ${grant}`,
  }));
}

/** Figures that an adapter reads only when it is asked to be exact. */
const EXACT_FIGURES: readonly string[] = ['dead space', 'leaf density'];

function judge(c: StructureComparison, snapshot: Snapshot, options: BloatOptions): BloatStructure {
  const { structure: s, actual, expectation: e } = c;
  const tree = options.explain === true;
  const head = { id: s.id, kind: s.kind, name: s.name, table: s.table };
  const expected = e.expected;
  const dead = e.deadShare ?? null;
  if (actual === null || expected === null) {
    const why = e.unmeasured ?? { why: 'its size could not be read' };
    return {
      ...head,
      actual: actual === null ? null : toJson(actual),
      expected: null,
      reclaimable: null,
      percent: null,
      method: e.method,
      confidence: 'low',
      ...deadState(s.kind, dead, s.rows, 'unmeasured'),
      deadShare: dead,
      duplicateShare: null,
      unmeasured: why,
      notes: [...e.notes, ...deadNote(s.kind, dead, s.rows)],
    };
  }
  const reclaimable = difference(s.name, actual, expected);
  const whole = wholeOf(s.kind, snapshot) ?? actual.value;
  const percent = percentOf(reclaimable, whole);
  const threshold = thresholdOf(s.kind, options.thresholds);
  // What is known from one side only, or from old statistics, is a warning at the most.
  const over = reclaimable.low >= threshold.bytes && percent.low >= threshold.warn;
  const level: 'warn' | 'crit' | null = !over
    ? null
    : percent.low >= threshold.crit && e.confidence !== 'low'
      ? 'crit'
      : 'warn';
  // Dead rows come first: VACUUM makes their room usable, and what it leaves is then judged.
  const died = deadState(s.kind, dead, s.rows, e.duplicateShare === undefined ? 'ok' : 'duplicates');
  const alarmed = level === null || died.state === 'dead' ? died : { state: 'bloated' as const, level };
  return {
    ...head,
    actual: toJson(actual),
    expected: toJson(expected, tree),
    reclaimable: toJson(reclaimable),
    percent: { value: percent.value, unit: '%', low: percent.low, high: percent.high, basis: reclaimable.basis },
    method: e.method,
    confidence: e.confidence,
    ...alarmed,
    deadShare: dead,
    duplicateShare: e.duplicateShare ?? null,
    notes: [...e.notes, ...deadNote(s.kind, dead, s.rows), ...gapNote(reclaimable, percent.value, threshold, level)],
  };
}

/** Free pages are a share of all that the store takes, as in every other report; a log, of the file it is written into. */
function wholeOf(kind: StructureKind, { storage }: Snapshot): number | null {
  if (kind === 'freelist') return storage.totalBytes ?? storage.dataBytes;
  return kind === 'wal' ? storage.dataBytes : null;
}

/** Heaps only: what is dead in an index or a vec0 table is in its reclaimable bytes already. */
function deadState(
  kind: StructureKind,
  dead: number | null,
  rows: number | null,
  otherwise: BloatState,
): { readonly state: BloatState; readonly level: 'warn' | 'crit' | null } {
  if (kind !== 'heap' || dead === null || dead < DEAD_SHARE.warn || (rows ?? 0) + 1 < FEWEST_ROWS * (1 - dead))
    return { state: otherwise, level: null };
  return { state: 'dead', level: dead >= DEAD_SHARE.crit ? 'crit' : 'warn' };
}

/** Autovacuum waits for 50 dead rows; a table of a few hundred is no case for an alarm. */
const FEWEST_ROWS = 1000;

function deadNote(kind: StructureKind, dead: number | null, rows: number | null): string[] {
  if (kind !== 'heap' || dead === null || dead < 0.01 || rows === null) return [];
  const count = Math.round((rows * dead) / Math.max(1e-9, 1 - dead));
  return [
    `${formatPercent(dead)} of its rows are dead${dead < 1 ? ` (≈ ${formatCount(count)})` : ''}: VACUUM makes their room usable again`,
  ];
}

/** The middle of the estimate is above the threshold and its least is not: said, and not alarmed on. */
function gapNote(
  r: Quantity<'B'>,
  percent: number,
  t: { readonly warn: number; readonly bytes: number },
  level: unknown,
): string[] {
  if (level !== null || percent < t.warn || r.value < t.bytes) return [];
  return ['probably bloated, but at the least it is not: settle it with --exact or ANALYZE'];
}

/** actual - expected, never below 0: what a rebuild would make larger is no debt. */
function difference(name: string, actual: Quantity<'B'>, expected: Quantity<'B'>): Quantity<'B'> {
  const at = (e: number): number => Math.max(0, actual.value - e);
  return revised(
    leaf(`${name}: what a rebuild gives back`, at(expected.value), 'B', {
      basis: expected.basis === 'assumed' ? 'assumed' : 'measured',
    }),
    {
      low: at(expected.high),
      high: at(expected.low),
    },
  );
}

function percentOf(r: Quantity<'B'>, whole: number): { value: number; low: number; high: number } {
  const of = (b: number): number => (whole <= 0 ? 0 : (100 * b) / whole);
  return { value: of(r.value), low: of(r.low), high: of(r.high) };
}

function totalsOf(structures: readonly BloatStructure[]): BloatTotals {
  const add = (pick: (s: BloatStructure) => QuantityJson | null): QuantityJson => {
    const parts = structures.map(pick).filter((q) => q !== null);
    const sum = (of: (q: QuantityJson) => number): number => parts.reduce((a, q) => a + of(q), 0);
    const assumed = parts.some((q) => q.basis === 'assumed');
    return {
      value: sum((q) => q.value),
      unit: 'B',
      low: sum((q) => q.low),
      high: sum((q) => q.high),
      basis: assumed ? 'assumed' : 'measured',
    };
  };
  const all = add((s) => s.actual);
  const measured = add((s) => (s.expected === null ? null : s.actual));
  const count = (state: BloatState): number => structures.filter((s) => s.state === state).length;
  return {
    actual: all,
    expected: add((s) => s.expected),
    reclaimable: add((s) => s.reclaimable),
    measuredShare: all.value === 0 ? 1 : measured.value / all.value,
    bloated: count('bloated'),
    dead: count('dead'),
    unmeasured: structures.filter((s) => s.unmeasured !== undefined).length,
  };
}
