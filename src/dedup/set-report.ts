/** Clusters, rates and lists of one set, at one threshold and with one way of choosing what stays. */
import { type Bond, type Cluster, clusters as clusterAll } from './cluster.ts';
import {
  type DedupCluster,
  type DedupMember,
  type DedupNote,
  type DedupSet,
  LEVELS,
  type Level,
} from './dedup-report.ts';
import type { EvidenceLists } from './evidence.ts';
import { rateOf } from './rate.ts';
import type { SetAudit } from './set-audit.ts';
import { dayName } from './set-facts.ts';
import { type NodeOrder, nodeOrder } from './speakers.ts';
import { compareIds, compareWorth, type Keep, whyItStays } from './survivor.ts';

/** Rows that a report names, survivors not counted; what is beyond is counted and not named. */
export const MOST_MEMBERS = 20_000;
const MOST_NAMESPACES = 10_000;
const MOST_REPEATED = 20;
const MOST_LEAST = 20;
const DAY_MS = 86_400_000;

export interface ReportOptions {
  readonly threshold?: number;
  readonly keep?: Keep;
  readonly content?: boolean;
  /** Rows named, default MOST_MEMBERS. */
  readonly members?: number;
}

export interface SetReport {
  readonly set: DedupSet;
  readonly notes: readonly DedupNote[];
}

export function setReport(audit: SetAudit, o: ReportOptions = {}): SetReport {
  const { evidence, head } = audit;
  const keep = o.keep ?? audit.keep;
  const value = o.threshold !== undefined && audit.threshold.value !== null ? o.threshold : audit.threshold.value;
  const lists = evidence.lists();
  const order = nodeOrder(evidence, lists, keep);
  const found = clusterAll(evidence, lists, value, order);
  const wording = new Wording(audit, keep, o.content !== false);
  const sorted = [...found].sort((a, b) => b.size - a.size || compareIds(idOf(audit, a), idOf(audit, b)));
  const counts = countRows(sorted);
  const named = wording.clusters(sorted, o.members ?? MOST_MEMBERS);
  const cut = counts.redundant - named.reduce((sum, c) => sum + c.members.length, 0);
  const set: DedupSet = {
    ...head,
    threshold:
      o.threshold === undefined
        ? audit.threshold
        : { ...audit.threshold, value, from: value === null ? 'none' : 'given' },
    rate: rateOf(audit, sorted),
    levels: counts.levels,
    clusterCount: sorted.length,
    mergeable: counts.mergeable,
    review: counts.redundant - counts.mergeable,
    clusters: named,
    namespaces: byNamespace(audit, sorted),
    days: byDay(audit, sorted),
    repeated: repeated(audit, lists, order, o.content !== false),
    least: wording.least(sorted),
    across: audit.across === null ? null : audit.across.map((a) => (o.content === false ? withoutText(a) : a)),
  };
  const note: DedupNote = {
    code: 'clusters-cut',
    level: 'info',
    message: `${head.title}: ${counts.redundant - cut} of ${counts.redundant} rows that could go are listed, the largest clusters first; the rest is counted, and comes when these are gone`,
  };
  return { set, notes: [...audit.notes, ...(cut > 0 ? [note] : [])] };
}

const idOf = (audit: SetAudit, cluster: Cluster): string => audit.evidence.worth(cluster.survivor).id;

function withoutText<T extends { readonly text?: string }>(of: T): Omit<T, 'text'> {
  const { text: _, ...rest } = of;
  return rest;
}

function countRows(found: readonly Cluster[]): {
  readonly levels: Record<Level, number>;
  readonly redundant: number;
  readonly mergeable: number;
} {
  const levels = Object.fromEntries(LEVELS.map((level) => [level, 0])) as Record<Level, number>;
  let redundant = 0;
  let mergeable = 0;
  for (const { bonds } of found) {
    for (const bond of bonds) {
      levels[bond.level] += bond.rows.length;
      redundant += bond.rows.length;
      if (bond.verdict === 'merge') mergeable += bond.rows.length;
    }
  }
  return { levels, redundant, mergeable };
}

/** Rows and clusters as a report shows them. */
class Wording {
  readonly #audit: SetAudit;
  readonly #keep: Keep;
  readonly #content: boolean;

  constructor(audit: SetAudit, keep: Keep, content: boolean) {
    this.#audit = audit;
    this.#keep = keep;
    this.#content = content;
  }

  clusters(found: readonly Cluster[], most: number): DedupCluster[] {
    const out: DedupCluster[] = [];
    let left = most;
    for (const cluster of found) {
      if (left <= 0) break;
      out.push(this.#cluster(cluster, left));
      left -= cluster.size - 1;
    }
    return out;
  }

  /** The least similar pairs that vectors brought. */
  least(found: readonly Cluster[]): DedupSet['least'] {
    const pairs: {
      readonly similarity: number;
      readonly survivor: number;
      readonly row: number;
      readonly bond: Bond;
    }[] = [];
    for (const { survivor, bonds } of found) {
      for (const bond of bonds) {
        if (bond.level !== 'near' || bond.similarity === null) continue;
        pairs.push({ similarity: bond.similarity, survivor, row: bond.rows[0] as number, bond });
      }
      if (pairs.length > 1000) this.#cut(pairs);
    }
    this.#cut(pairs);
    return pairs.map(({ survivor, row, bond }) => ({ a: this.#survivor(survivor), b: this.#member(row, bond) }));
  }

  #cut(pairs: { readonly similarity: number; readonly survivor: number; readonly row: number }[]): void {
    const id = (row: number): string => this.#audit.evidence.worth(row).id;
    pairs.sort((x, y) => x.similarity - y.similarity || compareIds(id(x.row), id(y.row)));
    pairs.length = Math.min(pairs.length, MOST_LEAST);
  }

  #cluster(cluster: Cluster, most: number): DedupCluster {
    const { evidence } = this.#audit;
    const { namespace = null, kind = null } = evidence.groups[evidence.groupOf(cluster.survivor)] ?? {};
    const members: DedupMember[] = [];
    for (const bond of cluster.bonds) {
      for (const row of bond.rows) {
        if (members.length >= most) break;
        members.push(this.#member(row, bond));
      }
    }
    return {
      id: evidence.row(cluster.survivor).key,
      namespace,
      kind,
      size: cluster.size,
      diameter: cluster.diameter,
      verdict: cluster.bonds.every((b) => b.verdict === 'merge') ? 'merge' : 'review',
      survivor: this.#survivor(cluster.survivor),
      survivorWhy: this.#why(cluster),
      members,
    };
  }

  /** By what the survivor is ahead of the best of the rows that go without a review; of all where there are none such. */
  #why(cluster: Cluster): string {
    const { evidence } = this.#audit;
    const merging = cluster.bonds.filter((b) => b.verdict === 'merge');
    let next: number | undefined;
    for (const bond of merging.length > 0 ? merging : cluster.bonds) {
      for (const row of bond.rows) {
        if (next === undefined || compareWorth(this.#keep, evidence.worth(row), evidence.worth(next)) < 0) next = row;
      }
    }
    const survivor = evidence.worth(cluster.survivor);
    if (next === undefined) return whyItStays(this.#keep, survivor, survivor);
    if (compareWorth(this.#keep, survivor, evidence.worth(next)) > 0) return 'more rows are the same as this one';
    return whyItStays(this.#keep, survivor, evidence.worth(next));
  }

  #survivor(row: number): DedupMember {
    return this.#member(row, {
      level: 'identical',
      similarity: this.#audit.evidence.vectorOf(this.#audit.evidence.nodeOf(row)) < 0 ? null : 1,
      overlap: 1,
      guards: [],
      verdict: 'merge',
      why: null,
    });
  }

  #member(row: number, bond: Omit<Bond, 'rows'>): DedupMember {
    const { evidence } = this.#audit;
    const { id, key, digest, created, node } = evidence.row(row);
    const { snippet } = evidence.node(node);
    const { level, similarity, overlap, guards, verdict, why } = bond;
    return {
      id,
      key,
      level,
      similarity,
      overlap,
      verdict,
      guards: this.#content ? guards : guards.map((g) => ({ code: g.code, a: '', b: '' })),
      why,
      ...(this.#content && snippet !== null ? { text: snippet } : {}),
      ...(Number.isNaN(created) || Math.abs(created) > 8.64e15 ? {} : { created: new Date(created).toISOString() }),
      digest,
    };
  }
}

function byNamespace({ evidence, facts }: SetAudit, found: readonly Cluster[]): DedupSet['namespaces'] {
  const counts = new Map(facts.namespaces.map((n) => [n.namespace, { ...n, redundant: 0, clusters: 0 }]));
  for (const cluster of found) {
    const at = counts.get(evidence.groups[evidence.groupOf(cluster.survivor)]?.namespace ?? null);
    if (at === undefined) continue;
    at.redundant += cluster.size - 1;
    at.clusters++;
  }
  return [...counts.values()]
    .sort(
      (a, b) => b.redundant - a.redundant || b.rows - a.rows || ((a.namespace ?? '') < (b.namespace ?? '') ? -1 : 1),
    )
    .slice(0, MOST_NAMESPACES);
}

function byDay({ evidence, facts }: SetAudit, found: readonly Cluster[]): DedupSet['days'] {
  const redundant = new Map<string, number>();
  for (const { bonds } of found) {
    for (const { rows } of bonds) {
      for (const row of rows) {
        const { created } = evidence.worth(row);
        if (Number.isNaN(created)) continue;
        const day = dayName(Math.floor(created / DAY_MS));
        redundant.set(day, (redundant.get(day) ?? 0) + 1);
      }
    }
  }
  return facts.days.map(({ day, rows }) => ({ day, rows, redundant: redundant.get(day) ?? 0 }));
}

/** Normalised texts by how often they stand in one group. */
function repeated(
  { evidence }: SetAudit,
  lists: EvidenceLists,
  order: NodeOrder,
  content: boolean,
): DedupSet['repeated'] {
  const counts: { readonly node: number; readonly times: number; readonly id: string }[] = [];
  for (let c = 0; c < lists.norm.classes; c++) {
    const nodes = lists.norm.of(c);
    const times = nodes.reduce((sum, node) => sum + lists.rowsOf.size(node), 0);
    if (times < 2) continue;
    const node = nodes.reduce((a, b) => ((order.place[b] as number) < (order.place[a] as number) ? b : a));
    counts.push({ node, times, id: evidence.worth(order.best[node] as number).id });
  }
  counts.sort((a, b) => b.times - a.times || compareIds(a.id, b.id));
  return counts.slice(0, MOST_REPEATED).map(({ node, times, id }) => {
    const { snippet } = evidence.node(node);
    const group = evidence.groups[evidence.groupOf(order.best[node] as number)];
    return {
      ...(content && snippet !== null ? { text: snippet } : {}),
      namespace: group?.namespace ?? null,
      times,
      id,
    };
  });
}
