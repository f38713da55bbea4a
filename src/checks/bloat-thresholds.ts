/**
 * When a structure counts as bloated: a share and a size, both. A share alone alarms on every small table, a size alone
 * on every large one. Both are judged on the least that a rebuild would give back, never on the estimate's middle.
 */
import type { StructureKind } from '../store/index.ts';

export interface BloatThreshold {
  /** Per cent of the structure that a rebuild gives back at the least. */
  readonly warn: number;
  readonly crit: number;
  /** Bytes that it gives back at the least. */
  readonly bytes: number;
}

const MIB = 2 ** 20;
/** The size from which the monitoring of PostgreSQL has been asked to speak at all: 10 MB to 1 GB, here the least. */
const PG_BYTES = 10 * MIB;
/** A thousand pages of 4 KiB: what syncthing asks of a SQLite file before it vacuums. */
const SQLITE_BYTES = 4 * MIB;

const HEAP: BloatThreshold = { warn: 25, crit: 50, bytes: PG_BYTES };
/** Keys inserted in no order leave a btree 69 % full, which CREATE INDEX packs to 90 %: up to 23 % is its normal life. */
const BTREE: BloatThreshold = { warn: 30, crit: 60, bytes: PG_BYTES };
/** Deleted elements are reused by inserts, so a tenth is a reserve; above a quarter searches pay for them. */
const GRAPH: BloatThreshold = { warn: 25, crit: 50, bytes: PG_BYTES };
/** fast-nix-gc and others leave a SQLite file alone below a quarter of free space. */
const SQLITE: BloatThreshold = { warn: 25, crit: 50, bytes: SQLITE_BYTES };

const THRESHOLDS: Partial<Readonly<Record<StructureKind, BloatThreshold>>> = {
  heap: HEAP,
  btree: BTREE,
  gin: BTREE,
  hnsw: GRAPH,
  ivfflat: GRAPH,
  vec0: SQLITE,
  // SQLite checkpoints at 1,000 pages; a log of this size is one that a reader keeps from being reset.
  wal: { warn: 25, crit: 100, bytes: 64 * MIB },
  // A ratio above 1.5 and 100 MB: below, a server's own overhead looks like fragmentation.
  allocator: { warn: 100 / 3, crit: 60, bytes: 100_000_000 },
};

export interface ThresholdOptions {
  /** In place of the per cent of every kind; the critical share moves with it. */
  readonly minPercent?: number;
  readonly minBytes?: number;
}

export function thresholdOf(kind: StructureKind, options: ThresholdOptions = {}): BloatThreshold {
  const own = THRESHOLDS[kind] ?? SQLITE;
  const warn = options.minPercent ?? own.warn;
  return {
    warn,
    crit: options.minPercent === undefined ? own.crit : Math.max(own.crit, warn),
    bytes: options.minBytes ?? own.bytes,
  };
}

/** Dead tuples that autovacuum would have removed long ago: it starts at a fifth (autovacuum_vacuum_scale_factor). */
export const DEAD_SHARE: { readonly warn: number; readonly crit: number } = { warn: 0.2, crit: 0.5 };
