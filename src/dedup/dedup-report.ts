/** What `memctl dedup` found, as one document: the same for the screen, JSON, CSV, Markdown and the library. */
import type { Counted } from '../store/index.ts';
import type { Guard } from './guards.ts';

export const DEDUP_REPORT_VERSION = 1;

/**
 * What ties a row to the one that stays, strongest first: `identical` text byte by byte; `normalised` text equal after NFKC,
 * case and white space; `hash` equal (or near, where the store's hash is a SimHash) by the store's own hash; `vector`
 * identical vectors under different texts; `near` vectors whose cosine reaches the threshold.
 */
export const LEVELS = ['identical', 'normalised', 'hash', 'vector', 'near'] as const;
export type Level = (typeof LEVELS)[number];

export interface DedupReport {
  readonly schemaVersion: typeof DEDUP_REPORT_VERSION;
  readonly kind: 'dedup-report';
  readonly generatedAt: string;
  readonly store: {
    readonly name: string;
    readonly scheme: string;
    readonly address: string;
    readonly engine: string;
    readonly fingerprint: string;
    readonly takenAt: string;
  };
  readonly sets: readonly DedupSet[];
  /** What removing the redundant rows would bring, from the planner; null where nothing is redundant or rows cannot be planned. */
  readonly dividend: Dividend | null;
  readonly notes: readonly DedupNote[];
}

export interface DedupNote {
  readonly code: string;
  /** `alarm`: below 20 % at a million memories, or what was superseded comes back. `unmeasured`: a part is missing (exit 3). */
  readonly level: 'info' | 'warn' | 'alarm' | 'unmeasured';
  readonly message: string;
}

/** One memory set. Rows are compared inside one namespace and kind, active ones only. */
export interface DedupSet {
  /** Id of the memory set, as the snapshot calls it. */
  readonly set: string;
  readonly profile: string;
  readonly title: string;
  readonly table: string;
  /** Active rows that were compared (the whole of their namespaces), and rows of the set. */
  readonly rows: number;
  readonly of: number;
  readonly skipped: {
    /** Deleted, superseded or expired: no search finds them. */
    readonly inactive: number;
    /** Neither text nor vector. */
    readonly empty: number;
    /** Vectors of another length than the rest of their group, all zero or not finite: compared by text alone. */
    readonly vectorless: number;
  };
  /** Groups of rows that may be compared: namespaces by kinds. */
  readonly groups: number;
  readonly method: 'whole' | 'sample' | 'push-down';
  /** One sentence: what was compared with what, how pairs were found, and the bound on what that misses. */
  readonly how: string;
  /** Rows sampled; null where all were compared. */
  readonly sampled: number | null;
  readonly threshold: Threshold;
  readonly rate: {
    /** 1 − clusters ÷ rows: the share of rows that could go. */
    readonly redundancy: Counted;
    /** Share of rows that have at least one twin. */
    readonly withTwin: Counted;
  };
  /** Rows that could go, by the level that ties each to the row that stays. */
  readonly levels: Readonly<Record<Level, number>>;
  /** Clusters of two rows or more; rows that go without a review; rows that need one. */
  readonly clusterCount: number;
  readonly mergeable: number;
  readonly review: number;
  /**
   * What can be done with rows that go: marked in the way of the store's own software, removed alone (`--delete`), or nothing,
   * where no verb may change them. Absent where saved pairs were read.
   */
  readonly remedy?: 'supersede' | 'delete' | 'none';
  /** Largest first, up to 20,000 rows in all: counts stay whole. */
  readonly clusters: readonly DedupCluster[];
  readonly namespaces: readonly {
    readonly namespace: string | null;
    readonly rows: number;
    readonly redundant: number;
    readonly clusters: number;
  }[];
  /** By UTC day of creation; empty where rows carry no time. */
  readonly days: readonly { readonly day: string; readonly rows: number; readonly redundant: number }[];
  /** Texts stored most often. `text` is absent with --no-content. */
  readonly repeated: readonly {
    readonly text?: string;
    readonly namespace: string | null;
    readonly times: number;
    readonly id: string;
  }[];
  /** The least similar pairs that were flagged: look at these to judge the threshold. */
  readonly least: readonly PairExample[];
  /** Same texts in different namespaces: only when asked for, and never merged. */
  readonly across:
    | readonly { readonly text?: string; readonly namespaces: number; readonly rows: number; readonly id: string }[]
    | null;
}

export interface Threshold {
  /** Least cosine; null where the set has no vectors that can be read. */
  readonly value: number | null;
  readonly from: 'given' | 'calibrated' | 'default' | 'none';
  readonly calibration: Calibration | null;
}

/** What the store's own pairs say about a threshold. */
export interface Calibration {
  readonly suggested: number;
  /** Random pairs of one group: mean, 99.9th percentile, and how many were looked at. */
  readonly random: { readonly pairs: number; readonly mean: number; readonly p999: number; readonly max: number };
  /** Similarity of a row to its nearest other row: rows looked at, and shares of them by similarity, 0.01 wide, from `from` up. */
  readonly nearest: { readonly rows: number; readonly from: number; readonly shares: readonly number[] };
  /** Pairs of rows that say different things and would still be flagged at the suggestion, expected over the whole set. */
  readonly falsePairs: { readonly value: number; readonly low: number; readonly high: number };
  /** One sentence: which of the two decided, and how sure it is. */
  readonly how: string;
}

export interface PairExample {
  readonly a: DedupMember;
  readonly b: DedupMember;
}

export interface DedupCluster {
  /** Stable from run to run while its rows stay the same: the key of the survivor. */
  readonly id: string;
  readonly namespace: string | null;
  readonly kind: string | null;
  readonly size: number;
  /**
   * 1 − the least cosine between any two members (where one text stands under more than 8 vectors: between those and the row
   * that stays); null where no vectors were compared.
   */
  readonly diameter: number | null;
  /** `merge`: every member is tied to the survivor without a guard against it. */
  readonly verdict: 'merge' | 'review';
  readonly survivor: DedupMember;
  /** Which rule of the policy chose it: "newest". */
  readonly survivorWhy: string;
  readonly members: readonly DedupMember[];
}

/** A row that could go (or the survivor, whose similarity is 1). */
export interface DedupMember {
  readonly id: string;
  /** As actions name it. */
  readonly key: string;
  readonly level: Level;
  /** Cosine to the survivor; null where it was not compared. */
  readonly similarity: number | null;
  /** Share of the words in common (Jaccard); null without texts. */
  readonly overlap: number | null;
  /** `merge`, or `review` with what speaks against it. */
  readonly verdict: 'merge' | 'review';
  readonly guards: readonly Guard[];
  /** Why a review is needed beside the guards: "few words in common". */
  readonly why: string | null;
  /** Cut to 400 characters; absent with --no-content. */
  readonly text?: string;
  /** ISO time. */
  readonly created?: string;
  /** `contentDigest` when it was compared. */
  readonly digest: string;
}

/** What a consolidation would bring. Bytes and money come from the planner, with the same workload at fewer rows. */
export interface Dividend {
  /** Whose rows: id of the memory set that is planned. */
  readonly set?: string;
  readonly rows: Counted;
  readonly bytes: { readonly now: number; readonly then: number };
  readonly ram: { readonly now: number; readonly then: number };
  readonly moneyPerMonth: { readonly now: number; readonly then: number; readonly currency: string } | null;
  readonly tier: { readonly now: string; readonly then: string };
  /** One sentence: how it was computed. */
  readonly how: string;
}
