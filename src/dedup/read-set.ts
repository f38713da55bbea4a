/** First reading: every row of the set (or of some namespaces) once, in a stream. Vectors go on to what compares them. */
import { keyOf, type MemorySet, type ScanField, type ScanRequest, type Store } from '../store/index.ts';
import type { AuditOptions } from './audit-options.ts';
import { normaliseText } from './normalise.ts';
import { RowTable } from './row-table.ts';
import { type HashedRow, simhashWords } from './simhash-pairs.ts';
import type { PairsOptions, VectorPairs } from './vector-pairs.ts';

const FIELDS: readonly ScanField[] = ['namespace', 'text', 'hash', 'created', 'kind', 'inactive'];
const PROGRESS_ROWS = 5000;

/** Bits of 64 in which two SimHashes may differ. */
export interface SimhashBits {
  /** Up to here the store itself takes a new row for one it has. */
  readonly same: number;
  /** Up to here its consolidation joins rows: looked at, never merged by themselves. */
  readonly near: number;
}

/** Stores whose own hash is a SimHash (neural-memory 4.62.0, utils/simhash.py: 7 bits when encoding, 10 in consolidation). */
const SIMHASHES: Readonly<Record<string, SimhashBits>> = { 'neural-memory:neurons': { same: 7, near: 10 } };
export const simhashBits = (set: Pick<MemorySet, 'id'>): SimhashBits | null => SIMHASHES[set.id] ?? null;

export interface FirstReading {
  readonly table: RowTable;
  readonly inactive: number;
  readonly empty: number;
  /** Rows whose hash is a SimHash. */
  readonly hashed: readonly HashedRow[];
  /** Rows of the table by key, of those asked for. */
  readonly found: ReadonlyMap<string, number>;
}

export interface ReadingInput {
  readonly store: Store;
  readonly set: MemorySet;
  /** All of them where left out. */
  readonly namespaces?: readonly (string | null)[];
  /** Keys whose rows are wanted by number. */
  readonly keys?: ReadonlySet<string>;
  /** Where the vectors go; null: they stay in the store, and each row is taken to have one. */
  readonly vectors: VectorPairs | null;
}

export async function readSet(input: ReadingInput, o: AuditOptions): Promise<FirstReading> {
  const table = new RowTable(o.sha256);
  const bits = simhashBits(input.set);
  const hashed: HashedRow[] = [];
  const found = new Map<string, number>();
  let inactive = 0;
  let empty = 0;
  let seen = 0;
  const total = input.namespaces === undefined ? input.set.rows : null;
  const request: ScanRequest = {
    set: input.set.id,
    fields: input.vectors === null ? FIELDS : [...FIELDS, 'vector'],
    order: 'stored',
    ...(input.namespaces === undefined ? {} : { namespaces: input.namespaces }),
    ...(o.now === undefined ? {} : { now: o.now }),
    ...(o.signal === undefined ? {} : { signal: o.signal }),
  };
  for await (const row of input.store.scan(request)) {
    if (++seen % PROGRESS_ROWS === 0) {
      o.signal?.throwIfAborted();
      o.onProgress?.({ phase: 'reading', done: seen, total });
    }
    if (row.inactive !== undefined) {
      inactive++;
      continue;
    }
    const hasVector = (row.vector?.length ?? 0) > 0;
    if (!hasVector && input.vectors !== null && normaliseText(row.text ?? '') === '') {
      empty++;
      continue;
    }
    const at = table.rows;
    const fresh = table.add(row, input.vectors === null);
    if (input.keys?.has(keyOf(row))) found.set(keyOf(row), at);
    const words = bits === null || row.hash === undefined ? null : simhashWords(row.hash);
    if (words !== null) hashed.push({ row: at, group: table.group.get(at), words });
    if (!fresh || input.vectors === null) continue;
    const taken = input.vectors.add(table.vectors - 1, table.group.get(at), row.vector as Float32Array);
    if (taken !== undefined) await taken;
  }
  o.onProgress?.({ phase: 'reading', done: seen, total: seen });
  return { table, inactive, empty, hashed, found };
}

/** How vectors are read again: by the key of the first row that has each; null where that is gone or has another one now. */
export function vectorReader(store: Store, set: string, table: RowTable, o: AuditOptions): PairsOptions['fetch'] {
  return async (vectors) => {
    const places = new Map<string, number[]>();
    vectors.forEach((v, i) => {
      const key = table.key(table.vectorRow.get(v));
      const list = places.get(key);
      if (list === undefined) places.set(key, [i]);
      else list.push(i);
    });
    const out: (Float32Array | null)[] = vectors.map(() => null);
    const request: ScanRequest = { set, fields: ['vector'], keys: [...places.keys()] };
    for await (const row of store.scan({ ...request, ...(o.signal === undefined ? {} : { signal: o.signal }) })) {
      const { vector } = row;
      if (vector === undefined || vector.length === 0) continue;
      for (const i of places.get(keyOf(row)) ?? []) {
        if (table.sameVector(table.vectorRow.get(vectors[i] as number), vector)) out[i] = vector;
      }
    }
    return out;
  };
}
