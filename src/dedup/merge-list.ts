/** From clusters to what is done: each row that goes, with the row that stays for it. */
import { InputError } from '../quantity/index.ts';
import type { Duplicate } from '../store/index.ts';
import type { DedupCluster, DedupMember, DedupSet } from './dedup-report.ts';

/** What a person said of a cluster. */
export interface ClusterDecision {
  readonly verdict: 'accept' | 'reject';
  /** Key of the row that stays instead of the one proposed. */
  readonly survivor?: string;
  /** Keys of rows that stay, too. */
  readonly except?: readonly string[];
}

/**
 * @param decisions by id of the cluster: what was accepted goes, whatever its guards, and nothing else. Left out: all rows
 * that need no review.
 * @returns no row that stays for another goes itself
 * @throws InputError when a decision names a cluster or a row that is not there
 */
export function mergeList(set: DedupSet, decisions?: ReadonlyMap<string, ClusterDecision>): readonly Duplicate[] {
  if (decisions === undefined) {
    return unchained(
      set.clusters.flatMap((c) => c.members.filter((m) => m.verdict === 'merge').map((m) => duplicate(m, c.survivor))),
      set.title,
    );
  }
  const clusters = new Map(set.clusters.map((c) => [c.id, c]));
  const list: Duplicate[] = [];
  for (const [id, decision] of decisions) {
    const cluster = clusters.get(id);
    if (cluster === undefined)
      throw new InputError(
        'unknown-cluster',
        `cluster ${id}: ${set.title} has no such cluster now; audit again and review what it finds`,
      );
    if (decision.verdict === 'accept') list.push(...accepted(cluster, decision));
  }
  return unchained(list, set.title);
}

function accepted(cluster: DedupCluster, { survivor, except = [] }: ClusterDecision): Duplicate[] {
  const all = [cluster.survivor, ...cluster.members];
  const named = (key: string): DedupMember => {
    const member = all.find((m) => m.key === key);
    if (member === undefined)
      throw new InputError('unknown-row', `cluster ${cluster.id}: it has no row ${key}; its rows are listed under it`);
    return member;
  };
  const stays = survivor === undefined ? cluster.survivor : named(survivor);
  const kept = new Set(except.map((key) => named(key).key));
  const going = all.filter((m) => m.key !== stays.key && !kept.has(m.key));
  return going.map((m) => ({ ...duplicate(m, stays), reviewed: true }));
}

const duplicate = (member: DedupMember, survivor: DedupMember): Duplicate => ({
  key: member.key,
  survivor: survivor.key,
  digest: member.digest,
  survivorDigest: survivor.digest,
});

/** Rows whose survivor goes as well get the row that stays in the end. */
export function unchained(list: readonly Duplicate[], where: string): readonly Duplicate[] {
  const byKey = new Map<string, Duplicate>();
  for (const d of list) {
    const held = byKey.get(d.key);
    if (held !== undefined && held.survivor !== d.survivor)
      throw new InputError(
        'two-survivors',
        `${where}: row ${d.key} is to go for ${held.survivor} and for ${d.survivor}; it can go for one`,
      );
    byKey.set(d.key, d);
  }
  return [...byKey.values()].map((d) => {
    let last = d;
    const seen = new Set([d.key]);
    for (let next = byKey.get(last.survivor); next !== undefined; next = byKey.get(last.survivor)) {
      if (seen.has(next.key))
        throw new InputError(
          'circle',
          `${where}: rows ${[...seen].join(', ')} are each to go for another of them; one has to stay`,
        );
      seen.add(next.key);
      last = next;
    }
    return last === d ? d : { ...d, survivor: last.survivor, survivorDigest: last.survivorDigest };
  });
}
