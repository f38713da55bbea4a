/**
 * An audit that can be asked again without the store: every row that has a twin, every pair down to a floor below the threshold,
 * and what the texts of each pair say against each other. JSON, versioned, bound to a store by its fingerprint.
 */

import { InputError } from '../quantity/index.ts';
import type { DedupNote, DedupReport, DedupSet, Threshold } from './dedup-report.ts';
import { DEDUP_REPORT_VERSION } from './dedup-report.ts';
import type { Guard } from './guards.ts';
import { evidenceOf } from './read-pairs-file.ts';
import type { Group } from './row-table.ts';
import type { FoundStratum, SetAudit } from './set-audit.ts';
import type { SetFacts } from './set-facts.ts';
import { type ReportOptions, setReport } from './set-report.ts';
import { KEEPS, type Keep } from './survivor.ts';

export const PAIRS_FILE_VERSION = 1;
/** Rows of a set in a file: some 300 bytes each. */
export const MOST_SAVED_ROWS = 300_000;

export interface PairsFile {
  readonly schemaVersion: typeof PAIRS_FILE_VERSION;
  readonly kind: 'dedup-pairs';
  /** ISO time of the audit. */
  readonly generatedAt: string;
  readonly store: DedupReport['store'];
  readonly sets: readonly SavedSet[];
}

export interface SavedSet {
  readonly head: SetAudit['head'];
  readonly facts: SetFacts;
  readonly threshold: Threshold;
  readonly floor: number | null;
  readonly keep: Keep;
  readonly simhashSame: number | null;
  readonly groups: readonly Group[];
  readonly rows: readonly SavedRow[];
  /** Text class, normalised class, hash class, vector (-1 for none), and the beginning of the text. */
  readonly nodes: readonly (readonly [number, number, number, number, string | null])[];
  /** Two vectors and their cosine. */
  readonly cosines: readonly (readonly [number, number, number])[];
  /** Two nodes and the bits between their hashes. */
  readonly nearHashes: readonly (readonly [number, number, number])[];
  /** Two nodes, share of words in common (null: none), guards where there are any. */
  readonly ties: readonly (readonly [number, number, number | null, ...(readonly Guard[])[]])[];
  readonly strata: readonly FoundStratum[] | null;
  readonly across: DedupSet['across'];
  readonly notes: readonly DedupNote[];
}

/** What a row's worth does not say is left out. */
export interface SavedRow {
  readonly id: string;
  readonly key?: string;
  readonly digest: string;
  readonly group: number;
  readonly node: number;
  readonly length: number;
  readonly pinned?: true;
  /** Milliseconds since the epoch; JSON has no infinity. */
  readonly expires?: number | 'never';
  readonly confidence?: number;
  readonly uses?: number;
  /** Milliseconds since the epoch. */
  readonly updated?: number;
  readonly created?: number;
}

export function pairsFile(
  head: { readonly generatedAt: string; readonly store: DedupReport['store'] },
  audits: readonly SetAudit[],
): PairsFile {
  return { schemaVersion: PAIRS_FILE_VERSION, kind: 'dedup-pairs', ...head, sets: audits.map(savedSet) };
}

function savedSet(audit: SetAudit): SavedSet {
  const { evidence } = audit;
  const count = Math.min(evidence.rows, MOST_SAVED_ROWS);
  const cut: DedupNote = {
    code: 'pairs-cut',
    level: 'unmeasured',
    message: `${audit.head.title}: the file holds ${count} of ${evidence.rows} rows that have a twin; what is told from it is less than the audit found`,
  };
  const numbers = (list: typeof evidence.cosines): [number, number, number][] =>
    Array.from({ length: list.length }, (_, i) => [list.a[i] as number, list.b[i] as number, list.value[i] as number]);
  return {
    head: audit.head,
    facts: audit.facts,
    threshold: audit.threshold,
    floor: audit.floor,
    keep: audit.keep,
    simhashSame: evidence.simhashSame,
    groups: evidence.groups,
    rows: Array.from({ length: count }, (_, at) => savedRow(audit, at)),
    nodes: Array.from({ length: evidence.nodes }, (_, at) => {
      const { text, norm, hash, vector, snippet } = evidence.node(at);
      return [text, norm, hash, vector, snippet];
    }),
    cosines: numbers(evidence.cosines),
    nearHashes: numbers(evidence.nearHashes),
    ties: numbers(evidence.overlaps).map(([a, b, overlap], i) => {
      const guards = evidence.guards.get(i);
      return guards === undefined ? [a, b, overlap < 0 ? null : overlap] : [a, b, overlap < 0 ? null : overlap, guards];
    }),
    strata:
      audit.strata?.map((s) => ({ ...s, draws: s.draws.map((d) => (d.row >= count ? { ...d, row: -1 } : d)) })) ?? null,
    across: audit.across,
    notes: count < evidence.rows ? [...audit.notes, cut] : audit.notes,
  };
}

function savedRow({ evidence }: SetAudit, at: number): SavedRow {
  const { id, key, digest, group, node, length, pinned, expires, confidence, uses, updated, created } =
    evidence.row(at);
  return {
    id,
    ...(key === id ? {} : { key }),
    digest,
    group,
    node,
    length,
    ...(pinned ? { pinned } : {}),
    ...(Number.isNaN(expires) ? {} : { expires: expires === Number.POSITIVE_INFINITY ? 'never' : expires }),
    ...(Number.isNaN(confidence) ? {} : { confidence }),
    ...(Number.isNaN(uses) ? {} : { uses }),
    ...(Number.isNaN(updated) ? {} : { updated }),
    ...(Number.isNaN(created) ? {} : { created }),
  };
}

/**
 * The report that a fresh audit at this threshold would have given.
 * @throws InputError below the floor of the file
 */
export function dedupFromPairs(file: PairsFile, o: ReportOptions = {}): DedupReport {
  if (o.keep !== undefined && !KEEPS.includes(o.keep))
    throw new InputError('bad-keep', `--keep ${o.keep}: one of ${KEEPS.join(', ')} is expected`);
  const reports = file.sets.map((saved) => {
    refuseBelow(saved, o.threshold);
    const evidence = evidenceOf(saved);
    const { head, facts, threshold, floor, keep, strata, across, notes } = saved;
    return setReport({ head, facts, evidence, threshold, floor, keep, strata, across, notes }, o);
  });
  return dedupReport({ generatedAt: file.generatedAt, store: file.store }, reports);
}

function refuseBelow({ floor, head }: SavedSet, threshold: number | undefined): void {
  if (threshold === undefined || floor === null) return;
  if (!(threshold > 0 && threshold <= 1))
    throw new InputError(
      'bad-threshold',
      `--threshold ${threshold}: a cosine above 0 and up to 1 is expected, such as 0.95`,
    );
  if (threshold < floor - 1e-9)
    throw new InputError(
      'below-floor',
      `--threshold ${threshold}: the file holds the pairs of ${head.title} from ${floor} up; audit the store again for a lower one`,
    );
}

/** One document of the reports of all sets; the dividend is the caller's to add. */
export function dedupReport(
  head: { readonly generatedAt: string; readonly store: DedupReport['store'] },
  reports: readonly { readonly set: DedupSet; readonly notes: readonly DedupNote[] }[],
): DedupReport {
  return {
    schemaVersion: DEDUP_REPORT_VERSION,
    kind: 'dedup-report',
    generatedAt: head.generatedAt,
    store: head.store,
    sets: reports.map((r) => r.set),
    dividend: null,
    notes: reports.flatMap((r) => r.notes),
  };
}
