/**
 * What a namespace would get from an index of its own. An ANN index over all namespaces finds the nearest rows first and
 * drops the other namespaces' afterwards: a search for k rows with ef_search candidates in a namespace of share s keeps about
 * ef_search × s of them. pgvector 0.8 can go on searching (hnsw.iterative_scan); an index of its own need not.
 */
import { qualified, quoteIdentifier } from '../expectation/index.ts';
import { pgvectorHnsw } from '../layouts/pgvector-hnsw.ts';
import { vec0 } from '../layouts/vec0.ts';
import { formatCount, isInputError, leaf, type Quantity, type QuantityJson, toJson } from '../quantity/index.ts';
import type { Census, HnswFacts, IvfflatFacts, MemorySet, NamespaceLoad, Snapshot, Structure } from '../store/index.ts';
import { hnswBuildSeconds } from './rebuild-time.ts';

export interface Recall {
  /** Share of the indexed vectors that belong to the namespace. */
  readonly selectivity: number;
  readonly efSearch: number;
  /** Rows that survive the filter of one search, in expectation. */
  readonly expectedRows: number;
  /** Rows that a search usually wants. */
  readonly wanted: number;
  /** `short`: it returns fewer than wanted. `fine`: it does not. */
  readonly risk: 'short' | 'fine';
  readonly note: string;
}

export interface OwnIndex {
  readonly kind: 'partial-index' | 'partition-key';
  readonly disk: QuantityJson;
  /** Memory its build wants; null where building needs none to speak of. */
  readonly buildMemory: QuantityJson | null;
  /** About so many seconds to build. */
  readonly seconds: number;
  /** For people; null where it is no single statement. */
  readonly statement: string | null;
  readonly note: string;
}

/** pgvector's default of hnsw.ef_search, and the rows that memory systems ask for. */
export const DEFAULT_EF_SEARCH = 40;
export const DEFAULT_WANTED = 10;

export interface IndexSeen {
  readonly structure: Structure;
  readonly facts: HnswFacts | IvfflatFacts;
}

/** The table that the vectors of a set are in where that is another one ("store_vectors.embedding"); null where it is not. */
function vectorTable({ vectors }: MemorySet): string | null {
  if (vectors?.where !== 'column') return null;
  const dot = vectors.name.lastIndexOf('.');
  return dot < 0 ? null : vectors.name.slice(0, dot);
}

/** Bytes of one vector as stored, by its type: pgvector and sqlite-vec keep the values beside a short header. */
const SCALAR_BITS = { float32: 32, halfvec: 16, int8: 8, bit: 1 } as const;
const VALUE_HEADER_BYTES = 8;

/**
 * Mean bytes, for each row of the set, of the vectors that its own rows do not hold, by their width; 0 where they are in the
 * row or in no table of the store.
 * @param rows of the set, as they were counted
 */
export function vectorBytesElsewhere(set: MemorySet, rows: number, snapshot: Snapshot): number {
  const v = set.vectors;
  if (v?.dims == null || v.scalar === null || rows === 0) return 0;
  const table = vectorTable(set) ?? (v.where === 'vec0' && v.name !== set.table ? v.name : null);
  if (table === null) return 0;
  const name = set.schema === undefined ? table : `${set.schema}.${table}`;
  const vectors = v.rows ?? snapshot.structures.find((s) => s.table === s.name && s.name === name)?.rows ?? null;
  const bytes = (v.dims * SCALAR_BITS[v.scalar]) / 8 + (v.where === 'vec0' ? 0 : VALUE_HEADER_BYTES);
  // How many there are nobody counted: then each row has one.
  return bytes * ((vectors ?? rows) / rows);
}

/** The ANN index over the vectors of a set, in whatever table they are: the one that is not partial, the largest of several. */
export function annIndex(snapshot: Snapshot, set: MemorySet): IndexSeen | null {
  const of = (vectorTable(set) ?? set.table).replace(/^.*\./, '');
  const found = snapshot.structures.flatMap((structure): IndexSeen[] => {
    const facts = structure.facts;
    if (facts?.kind !== 'hnsw' && facts?.kind !== 'ivfflat') return [];
    const table = structure.table?.replace(/^.*\./, '');
    if (table !== of || (set.schema !== undefined && facts.schema !== set.schema)) return [];
    return facts.valid && facts.predicate === null ? [{ structure, facts }] : [];
  });
  return found.sort((a, b) => (b.structure.bytes ?? 0) - (a.structure.bytes ?? 0))[0] ?? null;
}

export function recallOf(share: number, index: IndexSeen, efSearch: number, wanted: number): Recall {
  const lists = index.facts.kind === 'ivfflat';
  const expectedRows = efSearch * share;
  const short = expectedRows < wanted;
  const remedy = lists ? 'ivfflat.iterative_scan or more probes' : 'hnsw.iterative_scan = strict_order';
  return {
    selectivity: share,
    efSearch,
    expectedRows,
    wanted,
    risk: short ? 'short' : 'fine',
    note: short
      ? `of ${efSearch} candidates about ${expectedRows < 1 ? expectedRows.toFixed(2) : Math.round(expectedRows)} are its own: without ${remedy} a search for ${wanted} comes back short`
      : `about ${Math.round(expectedRows)} of ${efSearch} candidates are its own`,
  };
}

const TYPES = { float32: 'vector', halfvec: 'halfvec', bit: 'bit' } as const;

/** Null where the store has no index of its own to give to a namespace, or nothing is known of the vectors. */
export function ownIndex(
  load: NamespaceLoad,
  census: Census,
  set: MemorySet,
  snapshot: Snapshot,
  ann: IndexSeen | null,
): OwnIndex | null {
  const rows = leaf(`rows of ${load.namespace ?? '(none)'}`, load.rows.value, 'rows', {
    low: load.rows.low,
    high: load.rows.high,
    basis: 'measured',
  });
  try {
    if (snapshot.identity.scheme === 'postgres') return partialIndex(load, census, set, rows, ann, snapshot);
    if (snapshot.identity.scheme === 'sqlite' && set.vectors?.where === 'vec0')
      return ownPartition(set, rows, snapshot);
  } catch (e) {
    if (!isInputError(e)) throw e;
  }
  return null;
}

function partialIndex(
  load: NamespaceLoad,
  census: Census,
  set: MemorySet,
  rows: Quantity<'rows'>,
  ann: IndexSeen | null,
  snapshot: Snapshot,
): OwnIndex | null {
  const facts = ann?.facts;
  const dims = facts?.dims ?? set.vectors?.dims ?? null;
  const scalar = facts?.scalar ?? set.vectors?.scalar ?? null;
  if (dims === null || scalar === null || scalar === 'sparsevec' || scalar === 'int8') return null;
  const m = facts?.kind === 'hnsw' ? facts.m : 16;
  const efConstruction = facts?.kind === 'hnsw' ? facts.efConstruction : 64;
  const sized = pgvectorHnsw.size({
    rows,
    dims: leaf('dimensions', dims, 'dimensions', { basis: 'measured' }),
    type: TYPES[scalar],
    m: leaf('m', m, 'count'),
  });
  const memory = sized.building;
  return {
    kind: 'partial-index',
    disk: toJson(sized.disk),
    buildMemory: memory === undefined ? null : toJson(memory),
    seconds: hnswBuildSeconds(rows.value, dims),
    statement: statementOf(load, census, ann, m, efConstruction, snapshot),
    note: `planners use it only for queries with exactly this filter; ${formatCount(rows.value)} vectors stay in the shared index too, until the table is partitioned by the namespace`,
  };
}

/** CREATE INDEX … WHERE: identifiers and the value quoted; null where the column of the vectors is not known. */
function statementOf(
  load: NamespaceLoad,
  census: Census,
  ann: IndexSeen | null,
  m: number,
  efConstruction: number,
  snapshot: Snapshot,
): string | null {
  const column = ann?.facts.columns[0];
  // A name that was cut for the report would index something else.
  if (ann === null || column == null || load.namespace === null || load.length !== undefined) return null;
  const bare = ann.structure.table?.replace(/^.*\./, '');
  if (bare === undefined || !hasNamespace(snapshot, ann, census)) return null;
  const table = qualified(ann.facts.schema, bare);
  const opclass = /^[a-z_][a-z0-9_]*$/.test(ann.facts.opclass) ? ann.facts.opclass : quoteIdentifier(ann.facts.opclass);
  return (
    `CREATE INDEX CONCURRENTLY ON ${table} USING hnsw (${quoteIdentifier(column)} ${opclass}) ` +
    `WITH (m = ${m}, ef_construction = ${efConstruction}) WHERE ${namespaceSql(census.column)} = ${literal(load.namespace)}`
  );
}

/** Whether the table that is indexed has the column of the namespace: vectors in a table of their own need not. */
function hasNamespace(snapshot: Snapshot, ann: IndexSeen, census: Census): boolean {
  const set = snapshot.memorySets.find((m) => m.id === census.set);
  if (set !== undefined && vectorTable(set) === null) return true;
  const heap = snapshot.structures.find((s) => s.kind === 'heap' && s.name === ann.structure.table)?.facts;
  const [column] = census.column.split(/->>?/);
  return heap?.kind === 'heap' && heap.columns.some((c) => c.name === column);
}

/** A column, or a path into a JSON column: "payload->user_id", "metadata->scope->id". */
export function namespaceSql(column: string): string {
  const [name = '', ...path] = column.split(/->>?/);
  if (path.length === 0) return quoteIdentifier(name);
  const steps = path.map((p, i) => `${i === path.length - 1 ? '->>' : '->'} ${literal(p.replaceAll(/^'|'$/g, ''))}`);
  return `(${quoteIdentifier(name)} ${steps.join(' ')})`;
}

/** A string constant; a backslash is safe only in an escape string. */
export function literal(text: string): string {
  const doubled = text.replaceAll("'", "''");
  return doubled.includes('\\') ? `E'${doubled.replaceAll('\\', '\\\\')}'` : `'${doubled}'`;
}

/** sqlite-vec reads every chunk of a partition: a table of its own is what a partition key of its own gives. */
function ownPartition(set: MemorySet, rows: Quantity<'rows'>, snapshot: Snapshot): OwnIndex | null {
  const v = set.vectors;
  const facts = snapshot.structures.find((s) => s.kind === 'vec0' && s.name === v?.name)?.facts;
  if (v?.dims == null || v.scalar === null || v.scalar === 'halfvec' || facts?.kind !== 'vec0') return null;
  if (facts.partitionKeys.length > 0) return null;
  const types = { float32: 'float', int8: 'int8', bit: 'bit' } as const;
  const sized = vec0.size({
    rows,
    dims: leaf('dimensions', v.dims, 'dimensions', { basis: 'measured' }),
    type: types[v.scalar],
    chunkSize: leaf('chunk size', facts.chunkSize, 'count'),
  });
  return {
    kind: 'partition-key',
    disk: toJson(sized.disk),
    buildMemory: null,
    seconds: Math.max(1, Math.round(sized.disk.value / (20 * 2 ** 20))),
    statement: null,
    note: `a vec0 table with the namespace as partition key searches its chunks alone; each namespace then keeps chunks of its own, so choose chunk_size near the rows of a small one`,
  };
}
