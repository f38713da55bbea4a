/**
 * What was seen of a live store at one moment: serialisable, versioned and small, whatever the size of the store.
 * Every report is a function of it, so a saved one can be rendered again without the store.
 */
import { InputError } from '../quantity/index.ts';
import type { Capability } from './capability.ts';
import type { DetectedProfile } from './detected-profile.ts';
import type { MemorySet } from './memory-set.ts';
import type { Structure } from './structure.ts';

export const SNAPSHOT_VERSION = 1;

/** `profiles` is always taken: the other sections rest on it. */
export const SECTIONS = ['profiles', 'structures', 'memories'] as const;
export type Section = (typeof SECTIONS)[number];

export interface StoreIdentity {
  readonly scheme: string;
  /** Short name: file base name, database name. */
  readonly name: string;
  /** Printable address, without secrets. */
  readonly address: string;
  /** Stable for the same store and schema; maintenance plans are bound to it. */
  readonly fingerprint: string;
  /** "SQLite", "PostgreSQL"; the version is that of the engine that read the store. */
  readonly engine: string;
  readonly engineVersion: string;
  /** Settings of the store that matter for its size and safety, e.g. journal mode. */
  readonly settings: Readonly<Record<string, string | number>>;
}

/** Bytes of the store as a whole; null where the engine does not tell. */
export interface StorageFacts {
  /** Everything on disk: data, log, side files. */
  readonly totalBytes: number | null;
  readonly dataBytes: number | null;
  /** Write-ahead log or rollback journal beside the data. */
  readonly logBytes: number | null;
  /** Pages that are allocated and hold nothing: reusable by the store, returned to the disk only by a rebuild. */
  readonly freeBytes: number | null;
  readonly pageSize: number | null;
  readonly pages: number | null;
  readonly freePages: number | null;
}

export interface Note {
  /** Stable kebab-case id. */
  readonly code: string;
  /** `unmeasured`: something asked for is missing from the snapshot, and the message says why. */
  readonly level: 'info' | 'warning' | 'unmeasured';
  readonly message: string;
  /** Id of the structure or memory set it is about. */
  readonly subject?: string;
}

export interface Snapshot {
  readonly schemaVersion: typeof SNAPSHOT_VERSION;
  readonly kind: 'store-snapshot';
  /** ISO time, from the clock that was passed in. */
  readonly takenAt: string;
  readonly sections: readonly Section[];
  readonly identity: StoreIdentity;
  readonly capabilities: readonly Capability[];
  readonly storage: StorageFacts;
  readonly profiles: readonly DetectedProfile[];
  /** Tables that no profile claims, largest first where bytes are known. */
  readonly unrecognised: readonly string[];
  readonly structures: readonly Structure[];
  readonly memorySets: readonly MemorySet[];
  readonly notes: readonly Note[];
}

/**
 * Checks that a parsed JSON document is a snapshot this release can read.
 * @param where how to name the document to the user, e.g. "--input snapshot.json"
 * @throws InputError
 */
export function readSnapshot(document: unknown, where: string): Snapshot {
  const d = document as Partial<Snapshot> | null;
  if (typeof d !== 'object' || d === null || d.kind !== 'store-snapshot') {
    throw new InputError('not-a-snapshot', `${where}: this is not a store snapshot`);
  }
  if (d.schemaVersion !== SNAPSHOT_VERSION) {
    throw new InputError(
      'snapshot-version',
      `${where}: snapshot version ${String(d.schemaVersion)} is not known to this release; it reads version ${SNAPSHOT_VERSION}`,
    );
  }
  const lists = ['sections', 'capabilities', 'profiles', 'unrecognised', 'structures', 'memorySets', 'notes'] as const;
  const broken = lists.find((key) => !Array.isArray(d[key]));
  const missing =
    broken ?? (['identity', 'storage'] as const).find((key) => typeof d[key] !== 'object' || d[key] === null);
  if (missing !== undefined || typeof d.takenAt !== 'string') {
    throw new InputError('snapshot-broken', `${where}: the snapshot lacks "${missing ?? 'takenAt'}"; it is incomplete`);
  }
  return d as Snapshot;
}
