/** How many rows an action may still remove or mark as superseded: the caps, less what the run has taken so far. */
import { type Action, isReclaim } from '../store/index.ts';
import { allowedRows, type Caps } from './guard.ts';

/** Why an action did not take all the rows that it should. */
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
    if (isReclaim(action)) return 0;
    const own =
      action.kind === 'purge' && action.reason === 'orphans'
        ? Number.MAX_SAFE_INTEGER
        : allowedRows(action.of, this.caps) - (this.bySet.get(action.set) ?? 0);
    const asked = action.kind === 'purge' ? action.excess?.reduce((n, e) => n + e.rows, 0) : action.rows;
    const excess = asked ?? Number.MAX_SAFE_INTEGER;
    return Math.max(0, Math.min(this.left, own, excess));
  }

  /** Rows of any table, dependents among them, that may still go. */
  get left(): number {
    return this.caps.maxDelete === null ? Number.MAX_SAFE_INTEGER : this.caps.maxDelete - this.total;
  }

  /** @param dependents rows that went along: only `--max-delete` counts them */
  took(action: Action, rows: number, dependents = 0): void {
    if (isReclaim(action)) return;
    this.total += rows + dependents;
    if (action.kind === 'supersede' || action.reason !== 'orphans')
      this.bySet.set(action.set, (this.bySet.get(action.set) ?? 0) + rows);
  }
}
