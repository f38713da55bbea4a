/** How many rows an action may still remove: the caps, less what the run has removed so far. */
import type { Action } from '../store/index.ts';
import { allowedRows, type Caps } from './guard.ts';

/** Why an action did not remove all that it should. */
export const CAP_REACHED = 'the cap on removed rows is reached';

export class RowBudget {
  private readonly caps: Caps;
  private total = 0;
  private readonly bySet = new Map<string, number>();

  constructor(caps: Caps) {
    this.caps = caps;
  }

  /** Rows this action may remove; 0 for one that removes none. */
  allowed(action: Action): number {
    if (action.kind !== 'purge') return 0;
    const own =
      action.reason === 'orphans'
        ? Number.MAX_SAFE_INTEGER
        : allowedRows(action.of, this.caps) - (this.bySet.get(action.set) ?? 0);
    const excess = action.excess?.reduce((n, e) => n + e.rows, 0) ?? Number.MAX_SAFE_INTEGER;
    return Math.max(0, Math.min(this.left, own, excess));
  }

  /** Rows of any table, dependents among them, that may still go. */
  get left(): number {
    return this.caps.maxDelete === null ? Number.MAX_SAFE_INTEGER : this.caps.maxDelete - this.total;
  }

  /** @param dependents rows that went along: only `--max-delete` counts them */
  took(action: Action, rows: number, dependents = 0): void {
    if (action.kind !== 'purge') return;
    this.total += rows + dependents;
    if (action.reason !== 'orphans') this.bySet.set(action.set, (this.bySet.get(action.set) ?? 0) + rows);
  }
}
