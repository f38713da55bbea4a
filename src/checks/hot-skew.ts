/** How unevenly rows spread over namespaces. */
import type { Census } from '../store/index.ts';

export interface Skew {
  readonly set: string;
  /** 0: all namespaces are alike; near 1: one holds everything. Null where the sizes are only sampled. */
  readonly gini: number | null;
  /** Share of the rows in the k largest namespaces. */
  readonly topShares: readonly { readonly k: number; readonly share: number }[];
  /** Largest over mean namespace; null where the number of namespaces is not known. */
  readonly largestOverMean: number | null;
}

const TOP = [1, 5, 10, 100] as const;

export function skewOf(c: Census): Skew {
  const rows = c.rows.value;
  const largest = c.top[0]?.rows.value ?? 0;
  const distinct = c.distinct?.value ?? null;
  return {
    set: c.set,
    gini: c.sizes === null ? null : gini(c.sizes),
    topShares: TOP.flatMap((k) => {
      const share = topShare(c, k);
      return share === null || (distinct !== null && k > distinct && k > 1) ? [] : [{ k, share }];
    }),
    largestOverMean: distinct === null || distinct === 0 || rows === 0 ? null : largest / (rows / distinct),
  };
}

/**
 * Gini coefficient of the sizes, exact: 2 Σ i·x_i / (n Σ x) - (n + 1) / n over the sizes in ascending order, with runs of
 * equal sizes summed at once.
 */
export function gini(sizes: readonly (readonly [rows: number, namespaces: number])[]): number {
  const ascending = [...sizes].sort((a, b) => a[0] - b[0]);
  let n = 0;
  let total = 0;
  let weighted = 0;
  for (const [rows, count] of ascending) {
    // Ranks n+1 to n+count.
    weighted += rows * (count * n + (count * (count + 1)) / 2);
    n += count;
    total += rows * count;
  }
  if (n === 0 || total === 0) return 0;
  return Math.max(0, (2 * weighted) / (n * total) - (n + 1) / n);
}

function topShare(c: Census, k: number): number | null {
  const rows = c.rows.value;
  if (rows === 0) return null;
  if (c.sizes !== null) {
    let left = k;
    let held = 0;
    for (const [size, count] of [...c.sizes].sort((a, b) => b[0] - a[0])) {
      const taken = Math.min(left, count);
      held += size * taken;
      left -= taken;
      if (left === 0) break;
    }
    return Math.min(1, held / rows);
  }
  // A sample lists only its largest ones: beyond them nothing is claimed.
  if (c.top.length < k) return null;
  return Math.min(1, c.top.slice(0, k).reduce((sum, n) => sum + n.rows.value, 0) / rows);
}
