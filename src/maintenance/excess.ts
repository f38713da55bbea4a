/** How many rows go when a quota or a cap is exceeded. */
import { formatCount } from '../quantity/index.ts';
import type { MemorySet, NamespaceCount } from '../store/index.ts';
import type { PurgeRules } from './purge-actions.ts';

/** mneme evicts a tenth of the quota at a time, so that the next write does not evict again (mneme 1.0.0, _eviction.py). */
const BATCH_SHARE = 0.1;

/** Rows to remove so that `rows` come under `quota`: max(excess, floor(10 % of quota), 1), and 0 where nothing is in excess. */
export function evictionAmount(rows: number, quota: number): number {
  if (rows <= quota) return 0;
  return Math.min(rows, Math.max(rows - quota, Math.floor(quota * BATCH_SHARE), 1));
}

export interface Excess {
  readonly namespace: string | null;
  readonly rows: number;
  readonly keep: number;
}

interface Over {
  readonly excess: readonly Excess[];
  readonly left: readonly { readonly why: string; readonly unmeasured: boolean }[];
  readonly clean: readonly string[];
}

/**
 * @param doomed rows of the set that other rules of this run remove before; how they spread over namespaces is not known. What
 *   is planned is then the most that may go, and what stays is the quota itself: the store counts again when its turn comes
 */
export function excessOverQuotas(set: MemorySet, rules: PurgeRules, doomed: number): Over {
  const quotas = new Map<string, { rows: number; quota: number }>();
  const left: { why: string; unmeasured: boolean }[] = [];
  const clean: string[] = [];
  if (rules.storeQuotas === true) {
    for (const q of set.overQuota) quotas.set(q.namespace, q);
    // A set without namespaces has no quotas that anybody could exceed.
    if (set.overQuota.length === 0 && set.namespaces !== null)
      clean.push(`no namespace of ${set.title} exceeds a quota that the store keeps`);
  } else if (set.overQuota.length > 0) {
    const [first] = set.overQuota;
    const more = set.overQuota.length > 1 ? ` and ${formatCount(set.overQuota.length - 1)} more` : '';
    left.push({
      why: `"${first?.namespace}" holds ${formatCount(first?.rows ?? 0)} of the ${formatCount(first?.quota ?? 0)} its quota allows${more}; rows over quota go with --quotas`,
      unmeasured: false,
    });
  }
  if (set.primary) {
    for (const [namespace, quota] of Object.entries(rules.quotas ?? {})) {
      const found = configured(set, namespace);
      if (typeof found === 'string') left.push({ why: found, unmeasured: true });
      else if (found !== null && found.rows > quota) quotas.set(namespace, { rows: found.rows, quota });
      else quotas.delete(namespace);
    }
  }
  const excess: Excess[] = [];
  for (const [namespace, { rows, quota }] of quotas) {
    const amount = doomed > 0 ? Math.max(0, rows - quota) : evictionAmount(rows, quota);
    if (amount > 0) excess.push({ namespace, rows: amount, keep: rows - amount });
  }
  return { excess, left, clean };
}

/** The namespace's rows; null when it has fewer than any listed; a sentence when that cannot be told. */
function configured(set: MemorySet, namespace: string): NamespaceCount | string | null {
  if (set.namespaces === null) return `a quota for "${namespace}" was given, and ${set.title} have no namespaces`;
  const { top, distinct } = set.namespaces;
  const found = top.find((n) => n.length === undefined && n.namespace === namespace);
  if (found !== undefined) return found;
  if (top.length >= distinct) return null;
  return `"${namespace}" is not among the ${formatCount(top.length)} largest namespaces, so its rows were not counted`;
}
