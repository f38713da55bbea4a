/**
 * Clusters: stars around the row that stays. Union-find over near pairs would chain what lies between two memories into one
 * heap; here every row is tied to the survivor itself, and near rows must be near each other too (complete link).
 *
 * Rows are taken in the order of the policy. The best row that is still free takes every free row whose tie to it needs no
 * review; when no such tie is left, single rows that need one are shown under the best row they are tied to. So a pair under
 * review never joins two clusters, and never comes before a merge.
 */
import { outlives } from '../store/index.ts';
import { LEVELS, type Level } from './dedup-report.ts';
import { type Evidence, type EvidenceLists, tieOf } from './evidence.ts';
import type { Guard } from './guards.ts';
import type { Membership } from './number-lists.ts';
import { ALL_IN_CLASS, ALL_NEAR, hub, type NodeOrder, speakers } from './speakers.ts';
import type { Worth } from './survivor.ts';
import { mergeVerdict } from './verdict.ts';

/**
 * How far below the threshold two members may be from each other. Rows at cosine 0.95 to the survivor may lie at 0.81 to
 * each other by geometry alone; true restatements scatter by a few hundredths.
 */
export const LINK_SLACK = 0.02;
/** Rows that vectors may bring into one cluster. Beyond it, a cluster is a template or a broken model, and goes on in the next. */
export const MOST_NEAR_ROWS = 1000;
/** Distinct vectors among which the diameter is taken pair by pair; beyond, over the pairs with the survivor. */
const DIAMETER_VECTORS = 64;

export interface Cluster {
  /** Row of the evidence. */
  readonly survivor: number;
  readonly bonds: readonly Bond[];
  /** Rows, the survivor included. */
  readonly size: number;
  readonly diameter: number | null;
}

/** Rows that go for the same reason. */
export interface Bond {
  readonly rows: readonly number[];
  readonly level: Level;
  readonly similarity: number | null;
  readonly overlap: number | null;
  readonly guards: readonly Guard[];
  readonly verdict: 'merge' | 'review';
  readonly why: string | null;
}

type Proposal = Omit<Bond, 'rows'> & { readonly node: number };

/** @param threshold least cosine; null where there are no vectors */
export function clusters(
  evidence: Evidence,
  lists: EvidenceLists,
  threshold: number | null,
  order: NodeOrder,
): readonly Cluster[] {
  const work = new Clustering(evidence, lists, threshold ?? Number.POSITIVE_INFINITY, order);
  return work.run();
}

class Clustering {
  readonly #evidence: Evidence;
  readonly #lists: EvidenceLists;
  readonly #threshold: number;
  readonly #order: NodeOrder;
  readonly #taken: Uint8Array;

  constructor(evidence: Evidence, lists: EvidenceLists, threshold: number, order: NodeOrder) {
    this.#evidence = evidence;
    this.#lists = lists;
    this.#threshold = threshold;
    this.#order = order;
    this.#taken = new Uint8Array(evidence.nodes);
  }

  run(): Cluster[] {
    const stars = new Map<number, Proposal[]>();
    for (const center of this.#order.nodes) {
      if (this.#taken[center] === 1) continue;
      const members = this.#gather(center, [], 'merge');
      if (members.length === 0 && this.#lists.rowsOf.size(center) === 1) continue;
      this.#taken[center] = 1;
      stars.set(center, members);
    }
    for (const center of this.#order.nodes) {
      const merged = stars.get(center);
      if (merged === undefined && this.#taken[center] === 1) continue;
      const members = this.#gather(center, merged ?? [], 'review');
      if (members.length === (merged?.length ?? 0)) continue;
      this.#taken[center] = 1;
      stars.set(center, members);
    }
    return [...stars].map(([center, members]) => this.#cluster(center, members));
  }

  /** `before` and what else may go with this center: marked as taken. */
  #gather(center: number, before: readonly Proposal[], verdict: Bond['verdict']): Proposal[] {
    const members = [...before];
    let near = 0;
    for (const m of before) if (byVector(m.level)) near += this.#lists.rowsOf.size(m.node);
    for (const proposal of this.#proposals(center, verdict)) {
      const rows = this.#lists.rowsOf.size(proposal.node);
      if (byVector(proposal.level)) {
        if (near + rows > MOST_NEAR_ROWS || !this.#linked(proposal.node, members)) continue;
        near += rows;
      }
      this.#taken[proposal.node] = 1;
      members.push(proposal);
    }
    return members;
  }

  /** Free nodes tied to this one, with that verdict: strongest level first, then nearest, then as they would stay. */
  #proposals(center: number, verdict: Bond['verdict']): Proposal[] {
    const found: Proposal[] = [];
    for (const node of this.#tied(center)) {
      if (this.#taken[node] === 1 || this.#lists.rowsOf.size(node) === 0) continue;
      // Rows that are the same word for word are a cluster of their own: they are not shown one by one.
      if (verdict === 'review' && this.#lists.rowsOf.size(node) > 1) continue;
      const proposal = this.#proposal(center, node);
      if (proposal?.verdict === verdict) found.push(proposal);
    }
    const place = this.#order.place;
    return found.sort(
      (x, y) =>
        LEVELS.indexOf(x.level) - LEVELS.indexOf(y.level) ||
        (y.similarity ?? 0) - (x.similarity ?? 0) ||
        (place[x.node] as number) - (place[y.node] as number),
    );
  }

  #tied(center: number): Set<number> {
    const { text, norm, hash, vector, nearHash, cosine } = this.#lists;
    const own = this.#evidence.node(center);
    const found = new Set<number>();
    const add = (nodes: Iterable<number>): void => {
      for (const node of nodes) if (node !== center) found.add(node);
    };
    const star = (classes: Membership, at: number): void => {
      if (at < 0) return;
      const members = classes.of(at);
      if (members.length <= ALL_IN_CLASS || hub(members, this.#order) === center) add(members);
    };
    if (own.text >= 0) add(text.of(own.text));
    star(norm, own.norm);
    star(hash, own.hash);
    star(vector, own.vector);
    add(nearHash.of(center));
    if (own.vector >= 0 && [...speakers(vector.of(own.vector), ALL_NEAR, this.#order)].includes(center)) {
      const others = cosine.of(own.vector);
      const values = cosine.values(own.vector);
      others.forEach((other, i) => {
        if ((values[i] as number) >= this.#threshold) add(speakers(vector.of(other), ALL_NEAR, this.#order));
      });
    }
    return found;
  }

  #proposal(center: number, node: number): Proposal | null {
    const a = this.#evidence.node(center);
    const b = this.#evidence.node(node);
    const similarity =
      a.vector < 0 || b.vector < 0
        ? null
        : a.vector === b.vector
          ? 1
          : (this.#lists.cosine.get(a.vector, b.vector) ?? null);
    const same = (x: number, y: number): boolean => x >= 0 && x === y;
    if (same(a.text, b.text))
      return { node, level: 'identical', similarity, overlap: 1, guards: [], verdict: 'merge', why: null };
    const level: Level = same(a.norm, b.norm)
      ? 'normalised'
      : same(a.hash, b.hash) || this.#lists.nearHash.get(center, node) !== undefined
        ? 'hash'
        : same(a.vector, b.vector)
          ? 'vector'
          : 'near';
    const tie = tieOf(this.#evidence, this.#lists, center, node);
    if (tie === null) return null;
    const { overlap, guards } = tie;
    const bits = level === 'hash' && !same(a.hash, b.hash) ? (this.#lists.nearHash.get(center, node) ?? 0) : 0;
    if (bits > (this.#evidence.simhashSame ?? 0))
      return { node, level, similarity, overlap, guards, verdict: 'review', why: `hashes ${bits} bits apart` };
    return { node, level, similarity, overlap, guards, ...mergeVerdict({ level, similarity, overlap, guards }) };
  }

  /** Near every member that came by its vector, too. */
  #linked(node: number, members: readonly Proposal[]): boolean {
    const own = this.#evidence.vectorOf(node);
    const { text } = this.#evidence.node(node);
    return members.every((m) => {
      if (!byVector(m.level)) return true;
      const other = this.#evidence.vectorOf(m.node);
      // Vectors of one text are not compared with each other: it is the same text.
      if (text >= 0 && this.#evidence.node(m.node).text === text) return true;
      return own === other || (this.#lists.cosine.get(own, other) ?? -1) >= this.#threshold - LINK_SLACK;
    });
  }

  #cluster(center: number, members: readonly Proposal[]): Cluster {
    const survivor = this.#order.best[center] as number;
    const stays = this.#evidence.worth(survivor);
    const bonds: Bond[] = [];
    let size = 1;
    const bind = (node: number, bond: Omit<Bond, 'rows'>): void => {
      const rows = [...this.#lists.rowsOf.of(node)].filter((row) => row !== survivor).sort(this.#order.compare);
      size += rows.length;
      const kept = bond.verdict === 'merge' ? rows.map((row) => keptFor(this.#evidence.worth(row), stays)) : [];
      const free = rows.filter((_, i) => kept[i] == null);
      if (free.length > 0) bonds.push({ rows: free, ...bond });
      for (const why of ['pinned', LATER]) {
        const held = rows.filter((_, i) => kept[i] === why);
        if (held.length > 0) bonds.push({ rows: held, ...bond, verdict: 'review', why });
      }
    };
    const own = this.#evidence.vectorOf(center);
    if (this.#lists.rowsOf.size(center) > 1)
      bind(center, {
        level: 'identical',
        similarity: own < 0 ? null : 1,
        overlap: 1,
        guards: [],
        verdict: 'merge',
        why: null,
      });
    for (const { node, ...bond } of members) bind(node, bond);
    return { survivor, bonds, size, diameter: this.#diameter([center, ...members.map((m) => m.node)]) };
  }

  #diameter(nodes: readonly number[]): number | null {
    const vectors = [...new Set(nodes.map((n) => this.#evidence.vectorOf(n)).filter((v) => v >= 0))];
    if (vectors.length === 0) return null;
    let least = vectors.length === 1 ? 1 : Number.POSITIVE_INFINITY;
    const from = vectors.length <= DIAMETER_VECTORS ? vectors : vectors.slice(0, 1);
    from.forEach((a, i) => {
      for (const b of vectors.slice(i + 1)) least = Math.min(least, this.#lists.cosine.get(a, b) ?? least);
    });
    return least === Number.POSITIVE_INFINITY ? null : Math.max(0, 1 - least);
  }
}

const LATER = 'expires later than the row that stays';

/** Why a row does not go by itself, though nothing in its content speaks against it. */
function keptFor(row: Worth, survivor: Worth): string | null {
  if (row.pinned) return 'pinned';
  return outlives(row.expires, survivor.expires) ? LATER : null;
}

const byVector = (level: Level): boolean => level === 'near' || level === 'vector';
