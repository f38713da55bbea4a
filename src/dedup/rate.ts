/**
 * How much of a set is said twice, in two figures that are not the same: redundancy, 1 − clusters ÷ rows, is the share of rows
 * that could go; rows with a twin count the one that stays, too.
 */
import type { Counted } from '../store/index.ts';
import type { Cluster } from './cluster.ts';
import type { DedupSet } from './dedup-report.ts';
import { type Stratum, shareInterval } from './interval.ts';
import type { SetAudit } from './set-audit.ts';

/** Rows of the cluster of each row of the evidence; 1 for rows that are in none. */
export function clusterSizes(rows: number, clusters: readonly Cluster[]): Uint32Array {
  const sizes = new Uint32Array(rows).fill(1);
  for (const { survivor, bonds, size } of clusters) {
    sizes[survivor] = size;
    for (const bond of bonds) for (const row of bond.rows) sizes[row] = size;
  }
  return sizes;
}

export function rateOf(audit: SetAudit, clusters: readonly Cluster[]): DedupSet['rate'] {
  const { strata, head } = audit;
  if (strata === null) {
    const redundant = clusters.reduce((sum, c) => sum + c.size - 1, 0);
    const twins = clusters.reduce((sum, c) => sum + c.size, 0);
    return { redundancy: exactShare(redundant, head.rows), withTwin: exactShare(twins, head.rows) };
  }
  const sizes = clusterSizes(audit.evidence.rows, clusters);
  return {
    redundancy: sampledShare(
      audit,
      clusters,
      (row) => (row < 0 ? 0 : 1 - 1 / (sizes[row] as number)),
      (c) => c.size - 1,
    ),
    withTwin: sampledShare(
      audit,
      clusters,
      (row) => Number(row >= 0 && (sizes[row] as number) > 1),
      (c) => c.size,
    ),
  };
}

function exactShare(part: number, rows: number): Counted {
  const value = rows === 0 ? 0 : part / rows;
  return { value, low: value, high: value };
}

function sampledShare(
  { strata, evidence, facts }: SetAudit,
  clusters: readonly Cluster[],
  worthOf: (row: number) => number,
  counted: (cluster: Cluster) => number,
): Counted {
  const held = (strata ?? []).filter((s) => s.draws.length > 0);
  const population = held.reduce((sum, s) => sum + s.population, 0);
  // Nothing drawn, nothing known.
  if (population === 0) return { value: 0, low: 0, high: 1 };
  const byNamespace = new Map<string | null, number>();
  for (const cluster of clusters) {
    const namespace = evidence.groups[evidence.groupOf(cluster.survivor)]?.namespace ?? null;
    byNamespace.set(namespace, (byNamespace.get(namespace) ?? 0) + counted(cluster));
  }
  const rows = new Map(facts.namespaces.map((n) => [n.namespace, n.rows]));
  return shareInterval(
    held.map(
      (s): Stratum => ({
        weight: s.population / population,
        population: s.population,
        draws: s.draws.map(({ row, namespace }) => {
          if (s.by === 'rows') return { mean: worthOf(row), rows: 1 };
          const size = rows.get(namespace) ?? 1;
          return {
            mean: (byNamespace.get(namespace) ?? 0) / size,
            rows: size,
            cluster: namespace === null ? '' : `n${namespace}`,
          };
        }),
      }),
    ),
  );
}
