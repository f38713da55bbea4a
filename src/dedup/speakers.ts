/**
 * Which nodes of a class are compared text by text. Small classes: all with all. In larger ones a star: the row that would
 * stay, with every other; so that one text (or one vector under a thousand texts) never takes the square of its rows.
 */
import type { Evidence, EvidenceLists } from './evidence.ts';
import { compareWorth, KEEPS, type Keep, type Worth } from './survivor.ts';

/** Nodes of one normalised text, hash or vector: 32 take 496 comparisons. */
export const ALL_IN_CLASS = 32;
/** Nodes of one vector that speak for it towards near vectors: 4 on either side take 16 comparisons. */
export const ALL_NEAR = 4;

/** Order in which nodes would stay, for one policy: a lower number stays. */
export interface NodeOrder {
  readonly keep: Keep;
  /** Nodes, best first, and the place of each node there. */
  readonly nodes: Uint32Array;
  readonly place: Uint32Array;
  /** Best row of each node. */
  readonly best: Uint32Array;
  /** Negative when row `a` would stay rather than row `b`. */
  readonly compare: (a: number, b: number) => number;
}

export function nodeOrder(evidence: Evidence, lists: EvidenceLists, keep: Keep): NodeOrder {
  const worth = Array.from({ length: evidence.rows }, (_, row) => evidence.worth(row));
  const compare = (a: number, b: number): number => compareWorth(keep, worth[a] as Worth, worth[b] as Worth) || a - b;
  const best = new Uint32Array(evidence.nodes);
  const held: number[] = [];
  for (let node = 0; node < evidence.nodes; node++) {
    const rows = lists.rowsOf.of(node);
    // A file that was cut names nodes whose rows are not in it.
    if (rows.length === 0) continue;
    held.push(node);
    best[node] = rows.reduce((one, other) => (compare(other, one) < 0 ? other : one));
  }
  const nodes = Uint32Array.from(held);
  nodes.sort((a, b) => compare(best[a] as number, best[b] as number));
  const place = new Uint32Array(evidence.nodes).fill(evidence.nodes);
  nodes.forEach((node, i) => {
    place[node] = i;
  });
  return { keep, nodes, place, best, compare };
}

/** The node of a class that would stay. */
export function hub(members: Uint32Array, order: NodeOrder): number {
  return members.reduce((one, other) => ((order.place[other] as number) < (order.place[one] as number) ? other : one));
}

/** The nodes that speak for a class under one policy. */
export function speakers(members: Uint32Array, all: number, order: NodeOrder): readonly number[] | Uint32Array {
  return members.length <= all ? members : [hub(members, order)];
}

/** One order for each policy, computed when the first large class asks for it. */
export class Orders {
  readonly #orders = new Map<Keep, NodeOrder>();
  readonly #evidence: Evidence;
  readonly #lists: EvidenceLists;

  constructor(evidence: Evidence, lists: EvidenceLists) {
    this.#evidence = evidence;
    this.#lists = lists;
  }

  of(keep: Keep): NodeOrder {
    let order = this.#orders.get(keep);
    if (order === undefined) {
      order = nodeOrder(this.#evidence, this.#lists, keep);
      this.#orders.set(keep, order);
    }
    return order;
  }

  /** Whoever would speak for the class under any policy. */
  speakers(members: Uint32Array, all: number): readonly number[] | Uint32Array {
    if (members.length <= all) return members;
    return [...new Set(KEEPS.map((keep) => hub(members, this.of(keep))))];
  }
}
