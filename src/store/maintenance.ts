/** The write side of a store: what the safe engine of maintenance/ asks of an adapter. */
import type { Action } from './action.ts';
import type { Conditions } from './conditions.ts';

/** A value of a removed row that JSON would change: bytes, and integers beyond 2^53. */
export type ArchivedValue =
  | null
  | boolean
  | number
  | string
  | { readonly base64: string }
  | { readonly integer: string };

/**
 * One row (or key) as it was, enough to put it back exactly. Where a row stays and only ids were taken out of a list of it, its
 * key, and under "column->member" what was taken: JSON text, pairs of place in the list and element as JSON text.
 * Where a row stays and only lost a reference (ON DELETE SET NULL), its key, and under "column<-" what it referred to.
 */
export interface RemovedRow {
  /** Table as the store calls it (schema-qualified in PostgreSQL), or "key" in Redis. */
  readonly place: string;
  readonly values: Readonly<Record<string, ArchivedValue>>;
  /**
   * Where a row stays and only columns of it were written (superseded): what was written, by column; `values` then holds its
   * key and what stood there before. It is put back only while what was written still stands there.
   */
  readonly changed?: Readonly<Record<string, ArchivedValue>>;
}

/**
 * What `perform` yields. A batch is removed and `prepared` is yielded while its transaction is still open; the
 * transaction is committed only when the caller asks for the next event, which it does once the ledger (and the archive)
 * are on disk. `committed` follows. So the ledger never lacks a row that is gone, and a crash in between is settled with
 * the token.
 */
export type StepEvent =
  | {
      readonly state: 'prepared';
      /** 1, 2, 3, … within the action. */
      readonly batch: number;
      /** Rows of the set itself, and rows of its dependents. */
      readonly rows: number;
      readonly dependents: number;
      /** What `settle` needs to find out whether this batch was committed. */
      readonly token: string;
      /** With `archive`: every removed row, dependents after what they hang on. */
      readonly removed?: readonly RemovedRow[];
    }
  | { readonly state: 'committed'; readonly batch: number; readonly rows: number; readonly seconds: number }
  /** For a progress line; not in the ledger. `total` null where unknown. */
  | { readonly state: 'progress'; readonly message: string; readonly done: number; readonly total: number | null }
  | {
      readonly state: 'finished';
      /** Rows of the set that this action removed; 0 for a reclaim. */
      readonly rows: number;
      readonly bytesBefore: number | null;
      readonly bytesAfter: number | null;
      /** What was checked afterwards, in one sentence; null where there is nothing to check. */
      readonly verified: string | null;
      /** True when the signal stopped it before everything was done. */
      readonly stopped: boolean;
      /**
       * True where another connection read all of it again after the batches and found nothing that should have gone, and nobody
       * else wrote to it meanwhile: what is there now need not be counted again.
       */
      readonly readAgain?: true;
    }
  /** Nothing was done, and why: already clean, someone else did it, the structure is gone. */
  | { readonly state: 'skipped'; readonly why: string };

/** How hard the store may be worked. */
export interface Pace {
  /** Pause after each batch, as a multiple of the time the batch took; left out where nobody else is seen at work. */
  readonly pauseRatio: number;
  /** Seconds a batch should take; its size follows. */
  readonly batchSeconds: number;
  /** Wait while a replica lags by more seconds than this. */
  readonly maxReplicaLagSeconds: number;
  /** Wait while replication slots hold back more bytes of WAL than this. */
  readonly maxSlotWalBytes: number;
}

export const DEFAULT_PACE: Pace = {
  pauseRatio: 0.1,
  batchSeconds: 0.5,
  maxReplicaLagSeconds: 10,
  maxSlotWalBytes: 8 * 2 ** 30,
};

export interface PerformContext {
  /** Aborted: finish the running batch, yield `finished` with `stopped`, and return. */
  readonly signal: AbortSignal;
  /** Rows this action may still remove: the cap that the user allowed. Never exceeded. */
  readonly maxRows: number;
  /** `prepared` events carry the removed rows. */
  readonly archive: boolean;
  readonly pace: Pace;
  /** Rows of a batch, fixed: for tests. */
  readonly batchRows?: number;
}

/** Held for a whole run. */
export interface RunLock {
  /** Aborted when the lock was lost (connection gone, key taken over): the run must stop. */
  readonly lost: AbortSignal;
  release(): Promise<void>;
}

/**
 * What became of a batch. A number where it is not carried out in one step and was broken off in between: rows of it that are
 * committed; the others are as they were before it.
 */
export type Settled = 'committed' | 'rolled-back' | 'unknown' | number;

/** A row that was not put back. */
export interface Conflict {
  readonly state: 'conflict';
  readonly row: RemovedRow;
  readonly why: string;
  /** True: it is there already, as it was. False: what is there differs. Absent: the store did not compare. */
  readonly same?: boolean;
}

export interface Maintenance {
  /** What the guard judges; `actions` says what it is about. */
  conditions(actions: readonly Action[]): Promise<Conditions>;
  /**
   * One run at a time per store, across processes and hosts.
   * @returns null when another run holds it
   */
  lock(run: string): Promise<RunLock | null>;
  /** Who holds the lock, for the sentence that refuses; null where the store cannot tell. */
  lockHolder(): Promise<string | null>;
  /**
   * Carries out one action. Every row's condition is checked again by the store in the statement that removes it.
   * @throws StoreError when the store refuses; what was committed before is in the events
   */
  perform(action: Action, context: PerformContext): AsyncIterable<StepEvent>;
  /** Whether the batch that yielded this token was committed before the process died. */
  settle(action: Action, token: string): Promise<Settled>;
  /**
   * Puts removed rows back, parents before dependents; a row whose key is there again is left as it is, and named.
   * The same prepared/committed contract as `perform`.
   */
  restore(rows: AsyncIterable<RemovedRow>, context: PerformContext): AsyncIterable<StepEvent | Conflict>;
}
