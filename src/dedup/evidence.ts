/**
 * Everything that clusters are made of, as it was found in the store: the rows that have a twin of any kind, what they share,
 * the cosines between their vectors, and what the texts of a pair say against each other. Clusters at another threshold or with
 * another survivor are a function of it.
 */
import { type Column, float64Column, int32Column, uint32Column } from './columns.ts';
import type { Guard } from './guards.ts';
import { Membership, PairGraph, PairList } from './number-lists.ts';
import type { Group } from './row-table.ts';
import type { Worth } from './survivor.ts';
import { TextArena } from './text-arena.ts';

/** Pairs whose guards are kept with what stands in either text: some 300 bytes each. */
const MOST_GUARDS = 200_000;

/** A row, without what it shares with the other rows of its node. */
export interface EvidenceRow extends Worth {
  readonly key: string;
  readonly digest: string;
  readonly group: number;
  readonly node: number;
}

/** Rows with the same text and the same vector. Numbers of classes are those of the evidence; -1 for none. */
export interface EvidenceNode {
  readonly text: number;
  readonly norm: number;
  readonly hash: number;
  readonly vector: number;
  /** The beginning of the text. */
  readonly snippet: string | null;
}

export interface Tie {
  /** Share of the words in common; null where one side has none. */
  readonly overlap: number | null;
  readonly guards: readonly Guard[];
}

export class Evidence {
  readonly groups: Group[] = [];
  readonly #worth: WorthColumns = {
    ids: new TextArena(),
    pinned: uint32Column(),
    length: uint32Column(),
    expires: float64Column(),
    confidence: float64Column(),
    uses: float64Column(),
    updated: float64Column(),
    created: float64Column(),
  };
  readonly #keys = new TextArena();
  readonly #digests = new TextArena();
  readonly #group: Column<Uint32Array> = uint32Column();
  readonly #node: Column<Uint32Array> = uint32Column();
  readonly #text: Column<Int32Array> = int32Column();
  readonly #norm: Column<Int32Array> = int32Column();
  readonly #hash: Column<Int32Array> = int32Column();
  readonly #vector: Column<Int32Array> = int32Column();
  readonly #snippet: Column<Int32Array> = int32Column();
  readonly #snippets = new TextArena();
  /** Bits up to which a SimHash alone may merge; null where the store's hash is none. */
  simhashSame: number | null = null;
  /** Vectors of the evidence by cosine; nodes by the bits between their SimHashes. */
  readonly cosines: PairList = new PairList();
  readonly nearHashes: PairList = new PairList();
  /** Nodes by overlap (-1: no words): what was compared text by text. */
  readonly overlaps: PairList = new PairList();
  /** By the place of the pair in `overlaps`; pairs without guards are not in it. */
  readonly guards: Map<number, readonly Guard[]> = new Map<number, readonly Guard[]>();
  readonly #guardLists = new Map<string, readonly Guard[]>();

  get rows(): number {
    return this.#node.length;
  }

  get nodes(): number {
    return this.#text.length;
  }

  addRow(row: EvidenceRow): void {
    this.#worth.ids.add(row.id);
    this.#keys.add(row.key === row.id ? '' : row.key);
    this.#digests.add(row.digest);
    this.#group.push(row.group);
    this.#node.push(row.node);
    this.#worth.pinned.push(Number(row.pinned));
    this.#worth.length.push(row.length);
    this.#worth.expires.push(row.expires);
    this.#worth.confidence.push(row.confidence);
    this.#worth.uses.push(row.uses);
    this.#worth.updated.push(row.updated);
    this.#worth.created.push(row.created);
  }

  addNode(node: EvidenceNode): number {
    this.#text.push(node.text);
    this.#norm.push(node.norm);
    this.#hash.push(node.hash);
    this.#vector.push(node.vector);
    this.#snippet.push(node.snippet === null ? -1 : this.#snippets.add(node.snippet));
    return this.nodes - 1;
  }

  addTie(a: number, b: number, { overlap, guards }: Tie): void {
    if (guards.length > 0) this.guards.set(this.overlaps.length, this.#kept(guards));
    this.overlaps.push(a, b, overlap ?? -1);
  }

  /** Guards in full for so many pairs; after that one list for each set of codes, without what stands in the texts. */
  #kept(guards: readonly Guard[]): readonly Guard[] {
    if (this.guards.size < MOST_GUARDS) return guards;
    const name = guards.map((g) => g.code).join();
    let list = this.#guardLists.get(name);
    if (list === undefined) {
      list = guards.map((g) => ({ code: g.code, a: '', b: '' }));
      this.#guardLists.set(name, list);
    }
    return list;
  }

  row(at: number): EvidenceRow {
    const id = this.#worth.ids.get(at);
    return {
      id,
      key: this.#keys.get(at) || id,
      digest: this.#digests.get(at),
      group: this.#group.get(at),
      node: this.#node.get(at),
      pinned: this.#worth.pinned.get(at) === 1,
      length: this.#worth.length.get(at),
      expires: this.#worth.expires.get(at),
      confidence: this.#worth.confidence.get(at),
      uses: this.#worth.uses.get(at),
      updated: this.#worth.updated.get(at),
      created: this.#worth.created.get(at),
    };
  }

  node(at: number): EvidenceNode {
    const snippet = this.#snippet.get(at);
    return {
      text: this.#text.get(at),
      norm: this.#norm.get(at),
      hash: this.#hash.get(at),
      vector: this.#vector.get(at),
      snippet: snippet < 0 ? null : this.#snippets.get(snippet),
    };
  }

  nodeOf(row: number): number {
    return this.#node.get(row);
  }

  vectorOf(node: number): number {
    return this.#vector.get(node);
  }

  groupOf(row: number): number {
    return this.#group.get(row);
  }

  /** Worth of a row, read when it is asked for. */
  worth(at: number): Worth {
    return new StoredWorth(at, this.#worth);
  }

  /** Everything looked up by number; call it when nothing is added any more. */
  lists(): EvidenceLists {
    const classes = (of: Column<Int32Array>): Membership => {
      let most = -1;
      for (let i = 0; i < of.length; i++) most = Math.max(most, of.get(i));
      return new Membership(most + 1, of.length, (node) => of.get(node));
    };
    const vectors = classes(this.#vector);
    const ties = new PairList();
    for (let i = 0; i < this.overlaps.length; i++)
      ties.push(this.overlaps.a[i] as number, this.overlaps.b[i] as number, i);
    return {
      rowsOf: new Membership(this.nodes, this.rows, (row) => this.#node.get(row)),
      text: classes(this.#text),
      norm: classes(this.#norm),
      hash: classes(this.#hash),
      vector: vectors,
      cosine: new PairGraph(vectors.classes, this.cosines),
      nearHash: new PairGraph(this.nodes, this.nearHashes),
      tie: new PairGraph(this.nodes, ties),
    };
  }
}

interface WorthColumns {
  readonly ids: TextArena;
  readonly pinned: Column<Uint32Array>;
  readonly length: Column<Uint32Array>;
  readonly expires: Column<Float64Array>;
  readonly confidence: Column<Float64Array>;
  readonly uses: Column<Float64Array>;
  readonly updated: Column<Float64Array>;
  readonly created: Column<Float64Array>;
}

/** A row number and where its facts are: many thousands of these are compared with each other. */
class StoredWorth implements Worth {
  readonly #at: number;
  readonly #of: WorthColumns;

  constructor(at: number, of: WorthColumns) {
    this.#at = at;
    this.#of = of;
  }

  get id(): string {
    return this.#of.ids.get(this.#at);
  }
  get pinned(): boolean {
    return this.#of.pinned.get(this.#at) === 1;
  }
  get length(): number {
    return this.#of.length.get(this.#at);
  }
  get expires(): number {
    return this.#of.expires.get(this.#at);
  }
  get confidence(): number {
    return this.#of.confidence.get(this.#at);
  }
  get uses(): number {
    return this.#of.uses.get(this.#at);
  }
  get updated(): number {
    return this.#of.updated.get(this.#at);
  }
  get created(): number {
    return this.#of.created.get(this.#at);
  }
}

export interface EvidenceLists {
  /** Rows of each node; nodes of each class. */
  readonly rowsOf: Membership;
  readonly text: Membership;
  readonly norm: Membership;
  readonly hash: Membership;
  readonly vector: Membership;
  readonly cosine: PairGraph;
  readonly nearHash: PairGraph;
  /** Nodes → place of the pair in `overlaps`. */
  readonly tie: PairGraph;
}

/** What two nodes' texts say against each other, where that was looked at; guards begin with what stands in `a`. */
export function tieOf(
  evidence: Evidence,
  lists: EvidenceLists,
  a: number,
  b: number,
): (Tie & { readonly at: number }) | null {
  const at = lists.tie.get(a, b);
  if (at === undefined) return null;
  const overlap = evidence.overlaps.value[at] as number;
  const guards = evidence.guards.get(at) ?? NO_GUARDS;
  return {
    at,
    overlap: overlap < 0 ? null : overlap,
    guards: evidence.overlaps.a[at] === a ? guards : guards.map((g) => ({ code: g.code, a: g.b, b: g.a })),
  };
}

const NO_GUARDS: readonly Guard[] = [];
