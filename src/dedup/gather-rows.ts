/** Second reading: the rows that have a twin of any kind, by key. Rows that are gone or changed since are left out. */
import { contentDigest, DIGEST_FIELDS, keyOf, type ScanRow, type Store } from '../store/index.ts';
import type { AuditOptions } from './audit-options.ts';
import { Evidence } from './evidence.ts';
import { HashIndex, mixed } from './hash-index.ts';
import type { PairList } from './number-lists.ts';
import { type Group, NONE, type RowTable } from './row-table.ts';

/** Rows asked for at a time. */
const BATCH = 2000;
/** Characters of text in a report. */
export const SNIPPET = 400;
/** Characters of snippets kept, and of whole texts kept for the comparison of texts; what is beyond is read again. */
const MOST_SNIPPETS = 96 * 2 ** 20;
const MOST_TEXTS = 32 * 2 ** 20;

export interface Gathered {
  readonly evidence: Evidence;
  /** Row of the table → row of the evidence, node of it; NONE for rows without a twin. */
  readonly slot: Int32Array;
  readonly nodeOf: Int32Array;
  /** Vector of the table → of the evidence, and back. */
  readonly vectorOf: ReadonlyMap<number, number>;
  readonly vectors: readonly number[];
  /** Whole texts by node, as far as they are kept; a row of the table for each node. */
  readonly texts: (string | undefined)[];
  readonly rowOfNode: readonly number[];
  /** Rows that were gone or had changed. */
  readonly lost: number;
}

export interface GatherInput {
  readonly store: Store;
  readonly set: string;
  readonly table: RowTable;
  /** Rows to look at; all that have a twin where left out. */
  readonly only?: Uint8Array;
  /** By vector of the table: compared by cosine, and at least this similar to another one. */
  readonly usable: (vector: number) => boolean;
  readonly near: PairList;
  readonly nearFrom: number;
  /** By row of the table. */
  readonly nearHashes: PairList;
}

export async function gatherRows(input: GatherInput, o: AuditOptions): Promise<Gathered> {
  const { table, store } = input;
  const rows = rowsWithTwin(input);
  const gathering = new Gathering(input, o);
  for (let from = 0; from < rows.length; from += BATCH) {
    o.signal?.throwIfAborted();
    const batch = rows.slice(from, from + BATCH);
    const found = new Map<string, ScanRow>();
    const keys = batch.map((row) => table.key(row));
    const request = {
      set: input.set,
      fields: [...DIGEST_FIELDS, 'created', 'rank'] as const,
      keys,
      ...(o.now === undefined ? {} : { now: o.now }),
      ...(o.signal === undefined ? {} : { signal: o.signal }),
    };
    for await (const row of store.scan(request)) found.set(keyOf(row), row);
    batch.forEach((row, i) => {
      gathering.take(row, found.get(keys[i] as string));
    });
    o.onProgress?.({ phase: 'texts', done: Math.min(rows.length, from + BATCH), total: rows.length });
  }
  return gathering.done();
}

function rowsWithTwin({ table, only, usable, near, nearFrom, nearHashes }: GatherInput): number[] {
  const counts = [table.textFirst, table.normFirst, table.hashFirst].map((first) => {
    const count = new Uint32Array(table.rows);
    for (let row = 0; row < table.rows; row++) {
      const at = first.get(row);
      if (at !== NONE) count[at] = (count[at] as number) + 1;
    }
    return { first, count };
  });
  const vectorRows = new Uint32Array(table.vectors);
  for (let row = 0; row < table.rows; row++) {
    const v = table.vector.get(row);
    if (v !== NONE) vectorRows[v] = (vectorRows[v] as number) + 1;
  }
  const isNear = new Uint8Array(table.vectors);
  for (let i = 0; i < near.length; i++) {
    if ((near.value[i] as number) < nearFrom) continue;
    isNear[near.a[i] as number] = 1;
    isNear[near.b[i] as number] = 1;
  }
  const hashNear = new Set<number>();
  for (let i = 0; i < nearHashes.length; i++) hashNear.add(nearHashes.a[i] as number).add(nearHashes.b[i] as number);
  const found: number[] = [];
  for (let row = 0; row < table.rows; row++) {
    if (only !== undefined && only[row] !== 1) continue;
    const v = table.vector.get(row);
    const twin =
      counts.some(({ first, count }) => first.get(row) !== NONE && (count[first.get(row)] as number) > 1) ||
      (v !== NONE && (isNear[v] === 1 || ((vectorRows[v] as number) > 1 && usable(v)))) ||
      hashNear.has(row);
    if (twin) found.push(row);
  }
  return found;
}

class Gathering {
  readonly #input: GatherInput;
  readonly #options: AuditOptions;
  readonly #evidence = new Evidence();
  readonly #slot: Int32Array;
  readonly #nodeOf: Int32Array;
  readonly #groups = new Map<number, number>();
  readonly #nodes: HashIndex;
  readonly #nodeByFirst = new Map<number, number>();
  readonly #texts: (string | undefined)[] = [];
  readonly #rowOfNode: number[] = [];
  readonly #text = new Numbering();
  readonly #norm = new Numbering();
  readonly #hash = new Numbering();
  readonly #vector = new Numbering();
  readonly #vectorBytes = new Map<number, string>();
  /** Vectors that more than one row has. */
  readonly #sharing: Uint8Array;
  #snippets = 0;
  #chars = 0;
  #lost = 0;

  constructor(input: GatherInput, options: AuditOptions) {
    const { table } = input;
    this.#input = input;
    this.#options = options;
    this.#slot = new Int32Array(table.rows).fill(NONE);
    this.#nodeOf = new Int32Array(table.rows).fill(NONE);
    this.#sharing = new Uint8Array(table.vectors);
    for (let row = 0; row < table.rows; row++) {
      const v = table.vector.get(row);
      if (v !== NONE && table.vectorRow.get(v) !== row) this.#sharing[v] = 1;
    }
    const { textFirst, vector } = table;
    this.#nodes = new HashIndex(
      (row) => mixed(textFirst.get(row), vector.get(row)),
      (a, b) => textFirst.get(a) === textFirst.get(b) && vector.get(a) === vector.get(b),
    );
  }

  take(row: number, again: ScanRow | undefined): void {
    const { table } = this.#input;
    if (again === undefined || !table.unchanged(row, again) || !this.#sameBytes(row, again.vector)) {
      this.#lost++;
      return;
    }
    const node = this.#node(row, again.text);
    const { rank } = again;
    this.#slot[row] = this.#evidence.rows;
    this.#nodeOf[row] = node;
    const uses = (rank?.accesses ?? 0) + (rank?.edges ?? 0);
    this.#evidence.addRow({
      id: again.id,
      key: keyOf(again),
      digest: contentDigest(again, this.#options.sha256),
      group: this.#group(table.group.get(row)),
      node,
      pinned: rank?.pinned ?? false,
      expires: rank?.expires ?? Number.NaN,
      confidence: rank?.confidence ?? Number.NaN,
      uses: rank?.accesses === undefined && rank?.edges === undefined ? Number.NaN : uses,
      updated: rank?.updated ?? Number.NaN,
      created: again.created ?? Number.NaN,
      length: again.text?.length ?? 0,
    });
  }

  done(): Gathered {
    return {
      evidence: this.#evidence,
      slot: this.#slot,
      nodeOf: this.#nodeOf,
      vectorOf: this.#vector.numbers,
      vectors: [...this.#vector.numbers.keys()],
      texts: this.#texts,
      rowOfNode: this.#rowOfNode,
      lost: this.#lost,
    };
  }

  /** Rows that pass for having one vector have the same bytes, and not the same 64 bits of a hash alone. */
  #sameBytes(row: number, vector: Float32Array | undefined): boolean {
    const v = this.#input.table.vector.get(row);
    if (v === NONE || vector === undefined || this.#sharing[v] !== 1) return true;
    const bytes = this.#options.sha256(new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength));
    const first = this.#vectorBytes.get(v);
    if (first === undefined) this.#vectorBytes.set(v, bytes.slice(0, 16));
    return first === undefined || bytes.startsWith(first);
  }

  #group(group: number): number {
    let at = this.#groups.get(group);
    if (at === undefined) {
      at = this.#evidence.groups.length;
      this.#groups.set(group, at);
      this.#evidence.groups.push(this.#input.table.groups[group] as Group);
    }
    return at;
  }

  #node(row: number, text: string | undefined): number {
    const { table, usable } = this.#input;
    // Rows without text say nothing that would make them the same: each is a node of its own.
    const first = table.hasText(row) ? this.#nodes.firstOf(row) : row;
    const known = this.#nodeByFirst.get(first);
    if (known !== undefined) return known;
    const v = table.vector.get(row);
    const snippet = this.#snippet(text);
    const node = this.#evidence.addNode({
      text: this.#text.of(table.textFirst.get(row)),
      norm: this.#norm.of(table.normFirst.get(row)),
      hash: this.#hash.of(table.hashFirst.get(row)),
      vector: v !== NONE && usable(v) ? this.#vector.of(v) : NONE,
      snippet,
    });
    this.#nodeByFirst.set(first, node);
    this.#rowOfNode.push(row);
    this.#texts.push(undefined);
    if (!table.hasText(row)) this.#texts[node] = '';
    else if (text !== undefined && this.#chars + text.length <= MOST_TEXTS) {
      this.#chars += text.length;
      this.#texts[node] = text;
    }
    return node;
  }

  #snippet(text: string | undefined): string | null {
    if (text === undefined || this.#options.content === false || this.#snippets > MOST_SNIPPETS) return null;
    const cut = shortened(text);
    this.#snippets += cut.length;
    return cut;
  }
}

/** The beginning of a text, never half a character. */
export function shortened(text: string): string {
  if (text.length <= SNIPPET) return text;
  const last = text.charCodeAt(SNIPPET - 2);
  return `${text.slice(0, last >= 0xd800 && last < 0xdc00 ? SNIPPET - 2 : SNIPPET - 1)}…`;
}

/** Numbers from 0 up for classes that are known by their first row. */
class Numbering {
  readonly numbers: Map<number, number> = new Map<number, number>();

  of(first: number): number {
    if (first === NONE) return NONE;
    let at = this.numbers.get(first);
    if (at === undefined) {
      at = this.numbers.size;
      this.numbers.set(first, at);
    }
    return at;
  }
}
