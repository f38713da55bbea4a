/** What the engines of run and undo yield. */
import type { RemovedRow } from '../store/index.ts';
import type { LedgerEvent } from './ledger.ts';

/** What the engine yields: events to be written down, and two that are for the screen alone. */
export type EngineEvent =
  | { readonly event: 'ledger'; readonly entry: LedgerEvent; readonly removed?: readonly RemovedRow[] }
  | { readonly event: 'warning'; readonly message: string }
  | {
      readonly event: 'progress';
      readonly action: string;
      readonly message: string;
      readonly done: number;
      readonly total: number | null;
    };
