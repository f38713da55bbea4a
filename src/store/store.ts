/// <reference lib="esnext.disposable" preserve="true" />
import type { Action } from './action.ts';
import type { Capability } from './capability.ts';
import type { Census, CensusRequest } from './census.ts';
import type { Conditions } from './conditions.ts';
import type { Maintenance } from './maintenance.ts';
import type { NeighbourPair, NeighbourRequest } from './neighbours.ts';
import type { ProfileMap } from './profile-map.ts';
import type { ScanRequest, ScanRow } from './scan.ts';
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
   * asked for. Breakdowns, mean bytes and vectors are left out, and what expires within a day or a week is not counted (0): a
   * large table would be read again and again for them.
   */
  readonly removal?: { readonly ages: boolean; readonly namespaces: boolean };
  /** Told what is being read, for a progress line. */
  readonly onProgress?: (step: string) => void;
}

export interface Store extends AsyncDisposable {
  readonly identity: StoreIdentity;
  readonly capabilities: ReadonlySet<Capability>;
  /** @throws StoreError when the store refuses; the signal's reason when aborted */
  snapshot(options: SnapshotOptions): Promise<Snapshot>;
  /** Rows of one memory set in the order of their key. */
  scan(request: ScanRequest): AsyncIterable<ScanRow>;
  /**
   * Near rows as the engine's own vector index finds them, for stores that outgrow this machine. Approximate: what the index
   * misses is missed. Present where the engine can search by vector. @throws InputError when the set has no such index
   */
  neighbours?(request: NeighbourRequest): AsyncIterable<NeighbourPair>;
  /**
   * Steps of the longest chain of superseded rows, each of which names the row that stays for it; null where the set keeps no such
   * name. @throws InputError when the set is unknown
   */
  chainDepth?(set: string): Promise<number | null>;
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
