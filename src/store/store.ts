/// <reference lib="esnext.disposable" preserve="true" />
import type { Action } from './action.ts';
import type { Capability } from './capability.ts';
import type { Census, CensusRequest } from './census.ts';
import type { Conditions } from './conditions.ts';
import type { Maintenance } from './maintenance.ts';
import type { ProfileMap } from './profile-map.ts';
import type { Section, Snapshot, StoreIdentity } from './snapshot.ts';
import type { Target } from './target.ts';

export interface OpenOptions {
  /** `read` is enforced by the engine or the driver, not by good intentions. */
  readonly mode: 'read' | 'write';
  readonly signal?: AbortSignal;
  /** Id of a profile, or a map, to use whatever detection says: maintenance rests on the same reading as the snapshot. */
  readonly profile?: string;
  readonly map?: ProfileMap;
  /** How long to wait for a lock that someone else holds, in milliseconds. */
  readonly busyTimeoutMs?: number;
}

export interface SnapshotOptions {
  /** The clock: expiry and ages are judged against it. */
  readonly now: Date;
  /** Default: all sections. */
  readonly sections?: readonly Section[];
  /** Id of a profile to use whatever detection says. */
  readonly profile?: string;
  /** What the user says of tables that no profile knows (`--map FILE`). */
  readonly map?: ProfileMap;
  /**
   * Read whole indexes where the engine offers that (pgstattuple, page samples); costs I/O in the size of the store.
   * Without it, catalog and statistics only.
   */
  readonly exact?: boolean;
  /**
   * Catalog and statistics alone, about as fast at any size: no row of a memory set is counted. `rows` of each is then the
   * engine's own estimate (`rowsFrom` says which); namespaces, breakdowns, expiry, ages and mean bytes are null or empty, and
   * structures have no figure that must be measured. `exact` is then of no effect.
   */
  readonly approximate?: boolean;
  /**
   * Of each memory set, only what decides about removing rows: rows, expiry, orphans, quotas; ages and namespaces where
   * asked for. Breakdowns, mean bytes and vectors are left out, for which a large table would be read again and again.
   */
  readonly removal?: { readonly ages: boolean; readonly namespaces: boolean };
  /** Told what is being read, for a progress line. */
  readonly onProgress?: (step: string) => void;
}

export interface ScanRequest {
  /** Id of a memory set, as the snapshot calls it. */
  readonly set: string;
  readonly fields: readonly ScanField[];
  /** Rows read at a time, default 1,000. */
  readonly batch?: number;
}

export type ScanField = 'namespace' | 'text' | 'metadata' | 'hash' | 'vector' | 'created';

/** One row; a field that was not asked for, or is NULL, is absent. */
export interface ScanRow {
  readonly id: string;
  readonly namespace?: string;
  readonly text?: string;
  readonly metadata?: string;
  readonly hash?: string;
  readonly vector?: Float32Array;
  /** Milliseconds since the epoch. */
  readonly created?: number;
}

export interface Store extends AsyncDisposable {
  readonly identity: StoreIdentity;
  readonly capabilities: ReadonlySet<Capability>;
  /** @throws StoreError when the store refuses; the signal's reason when aborted */
  snapshot(options: SnapshotOptions): Promise<Snapshot>;
  /** Rows of one memory set in the order of their key. */
  scan(request: ScanRequest): AsyncIterable<ScanRow>;
  /** How one memory set spreads over its namespaces. @throws InputError when the set has no namespace */
  census(request: CensusRequest): Promise<Census>;
  /** What the guard judges, without changing anything: also in mode `read`, for `--dry-run`. Same as `maintenance.conditions`. */
  conditions?(actions: readonly Action[]): Promise<Conditions>;
  /** Present when the store was opened with mode `write`. */
  readonly maintenance?: Maintenance;
}

export interface StoreAdapter {
  readonly schemes: readonly string[];
  /**
   * @throws InputError when the address is wrong or what is there is not such a store
   * @throws StoreError when the store is unreachable, locked or refuses this role
   */
  open(target: Target, options: OpenOptions): Promise<Store>;
}
