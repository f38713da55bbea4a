/** What the texts of each pair say against each other, and the cosines that the near pairs do not give. */
import { keyOf, type Store } from '../store/index.ts';
import type { AuditOptions } from './audit-options.ts';
import { differingWords } from './differing-words.ts';
import type { EvidenceLists, Tie } from './evidence.ts';
import type { Gathered } from './gather-rows.ts';
import { factsOf, type Guard, guardsOf, type TextFacts } from './guards.ts';
import { otherCase } from './letter-case.ts';
import { type Membership, MOST_GRAPH_PAIRS, PairList } from './number-lists.ts';
import type { RowTable } from './row-table.ts';
import { ALL_IN_CLASS, ALL_NEAR, Orders } from './speakers.ts';
import type { PairsOptions, VectorPairs } from './vector-pairs.ts';
import { sharedWords, wordSet } from './words.ts';

/** Texts that are read again at a time. */
const BATCH = 1000;
/** Texts taken apart and kept for the next pairs: those of one small class. More would outlive the young generation. */
const TAKEN_APART = 40;

/**
 * Pairs of nodes whose texts decide about a merge.
 * @param nearFrom least cosine of near pairs that are looked at
 * @returns the least cosine that is whole: higher than `nearFrom` when there are too many pairs
 */
export function wantedTies(
  { evidence }: Gathered,
  lists: EvidenceLists,
  nearFrom: number,
): { readonly pairs: PairList; readonly from: number } {
  const orders = new Orders(evidence, lists);
  const wanted = new PairList();
  const sameText = (a: number, b: number): boolean => {
    const text = evidence.node(a).text;
    return text >= 0 && text === evidence.node(b).text;
  };
  const add = (a: number, b: number): void => {
    if (a !== b && !sameText(a, b)) wanted.push(a, b, 0);
  };
  const classes = (of: Membership): void => {
    for (let c = 0; c < of.classes; c++) {
      const members = of.of(c);
      if (members.length < 2) continue;
      const from = orders.speakers(members, ALL_IN_CLASS);
      for (const a of from) for (const b of members) if (from !== members || a < b) add(a, b);
    }
  };
  classes(lists.norm);
  classes(lists.hash);
  classes(lists.vector);
  for (let i = 0; i < evidence.nearHashes.length; i++)
    add(evidence.nearHashes.a[i] as number, evidence.nearHashes.b[i] as number);
  const { cosines } = evidence;
  const order = Float64Array.from({ length: cosines.length }, (_, i) => i).sort(
    (x, y) => (cosines.value[y] as number) - (cosines.value[x] as number),
  );
  let from = nearFrom;
  for (const i of order) {
    const similarity = cosines.value[i] as number;
    if (similarity < nearFrom) break;
    if (wanted.length + ALL_NEAR * ALL_NEAR * 2 > MOST_GRAPH_PAIRS) {
      from = similarity + 1e-12;
      break;
    }
    const left = orders.speakers(lists.vector.of(cosines.a[i] as number), ALL_NEAR);
    const right = orders.speakers(lists.vector.of(cosines.b[i] as number), ALL_NEAR);
    for (const a of left) for (const b of right) add(a, b);
  }
  return { pairs: wanted.unique(), from };
}

export interface TieInput {
  readonly store: Store;
  readonly set: string;
  readonly table: RowTable;
  readonly gathered: Gathered;
  readonly pairs: PairList;
}

/** Compares the texts of the pairs; nodes whose text is gone meanwhile get no tie. */
export async function evaluateTies(input: TieInput, o: AuditOptions): Promise<void> {
  const { pairs, gathered } = input;
  const { evidence, texts } = gathered;
  const shelf = new Shelf((a, b) => {
    const { norm } = evidence.node(a);
    return norm >= 0 && norm === evidence.node(b).norm;
  });
  let at = 0;
  while (at < pairs.length) {
    o.signal?.throwIfAborted();
    const missing = new Set<number>();
    let end = at;
    for (; end < pairs.length && missing.size < BATCH; end++) {
      for (const node of [pairs.a[end] as number, pairs.b[end] as number])
        if (texts[node] === undefined) missing.add(node);
      // A long stretch without anything to read: the signal is looked at in between.
      if (end - at >= BATCH * 10) break;
    }
    const read = missing.size === 0 ? undefined : await readTexts(input, missing, o);
    for (const stop = Math.max(end, at + 1); at < stop && at < pairs.length; at++) {
      const [a, b] = [pairs.a[at] as number, pairs.b[at] as number];
      const [left, right] = [texts[a] ?? read?.get(a), texts[b] ?? read?.get(b)];
      if (left !== undefined && right !== undefined) evidence.addTie(a, b, shelf.tie(a, left, b, right));
    }
  }
}

async function readTexts(input: TieInput, nodes: ReadonlySet<number>, o: AuditOptions): Promise<Map<number, string>> {
  const byKey = new Map<string, number>();
  for (const node of nodes) byKey.set(input.table.key(input.gathered.rowOfNode[node] as number), node);
  const texts = new Map<number, string>();
  const request = { set: input.set, fields: ['text'] as const, keys: [...byKey.keys()] };
  for await (const row of input.store.scan({ ...request, ...(o.signal === undefined ? {} : { signal: o.signal }) })) {
    const node = byKey.get(keyOf(row));
    if (node !== undefined && row.text !== undefined) texts.set(node, row.text);
  }
  return texts;
}

/** So that a report does not depend on which of two rows was read first. */
const byCode = (x: Guard, y: Guard): number => (x.code < y.code ? -1 : 1);

/** Texts taken apart once for all pairs they stand in; pairs come sorted, so few are needed at a time. */
class Shelf {
  readonly #sameNorm: (a: number, b: number) => boolean;
  readonly #apart = new Map<number, { readonly words: ReadonlySet<string>; readonly facts: TextFacts }>();

  /** @param sameNorm whether two nodes have one normalised text: then there is no other word in it */
  constructor(sameNorm: (a: number, b: number) => boolean) {
    this.#sameNorm = sameNorm;
  }

  tie(a: number, left: string, b: number, right: string): Tie {
    if (left === '' || right === '') return { overlap: null, guards: [] };
    const x = this.#of(a, left);
    const y = this.#of(b, right);
    const guards = guardsOf(x.facts, y.facts).sort(byCode);
    const overlap = sharedWords(x.words, y.words);
    if (guards.length > 0) return { overlap, guards };
    const found = this.#sameNorm(a, b) ? otherCase(left, right) : differingWords(x.facts, y.facts);
    return { overlap, guards: found === null ? guards : [found] };
  }

  #of(node: number, text: string): { readonly words: ReadonlySet<string>; readonly facts: TextFacts } {
    const held = this.#apart.get(node);
    if (held !== undefined) return held;
    if (this.#apart.size >= TAKEN_APART) this.#apart.delete(this.#apart.keys().next().value as number);
    const made = { words: wordSet(text), facts: factsOf(text) };
    this.#apart.set(node, made);
    return made;
  }
}

/**
 * Distinct vectors of one text, normalised text or hash that are all compared with each other, and with what is near them; of
 * more, those of the rows that would stay are compared with the others.
 */
const ALL_VECTORS = 8;
const MOST_ASKED = 200_000;

/** Rows tied by their text may have vectors far apart: their cosines are asked for, so that diameters are told whole. */
export async function addMissingCosines(
  { evidence, vectors }: Gathered,
  lists: EvidenceLists,
  pairs: VectorPairs,
  o: PairsOptions,
): Promise<void> {
  const wanted = new PairList();
  const orders = new Orders(evidence, lists);
  const want = (a: number, b: number): void => {
    if (a !== b && wanted.length < MOST_ASKED && lists.cosine.get(a, b) === undefined) wanted.push(a, b, 0);
  };
  const vectorsOf = (nodes: Iterable<number>): number[] => [
    ...new Set([...nodes].map((node) => evidence.vectorOf(node)).filter((v) => v >= 0)),
  ];
  for (const of of [lists.text, lists.norm, lists.hash]) {
    for (let c = 0; c < of.classes; c++) {
      if (of.size(c) < 2) continue;
      const held = vectorsOf(of.of(c));
      if (held.length < 2) continue;
      const from = held.length <= ALL_VECTORS ? held : vectorsOf(orders.speakers(of.of(c), 0));
      const near = from.flatMap((v) => [...lists.cosine.of(v)]);
      for (const a of from) for (const b of [...held, ...near]) want(a, b);
    }
  }
  if (wanted.length === 0) return;
  const asked = wanted.unique();
  const a = asked.a.slice(0, asked.length).map((v) => vectors[v] as number);
  const b = asked.b.slice(0, asked.length).map((v) => vectors[v] as number);
  const values = await pairs.cosines(a, b, o);
  for (let i = 0; i < asked.length; i++)
    if (!Number.isNaN(values[i]))
      evidence.cosines.push(asked.a[i] as number, asked.b[i] as number, values[i] as number);
}
