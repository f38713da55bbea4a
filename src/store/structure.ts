/** Physical structures of a live store, with the facts that their expected size is computed from. */
import type { BtreeFacts, GinFacts, HeapFacts, HnswFacts, IvfflatFacts, OtherIndexFacts } from './pg-structure.ts';
import type { AllocatorFacts, KeyspaceFacts } from './redis-structure.ts';

export type StructureKind =
  | 'table'
  | 'index'
  | 'vec0'
  | 'fts5'
  | 'virtual'
  | 'catalog'
  | 'freelist'
  | 'wal'
  | 'sidecar'
  // PostgreSQL: a heap with its TOAST, and indexes by access method.
  | 'heap'
  | 'btree'
  | 'gin'
  | 'hnsw'
  | 'ivfflat'
  | 'other-index'
  // Redis: the keys of one pattern, and the server's memory.
  | 'keyspace'
  | 'allocator';

export interface Structure {
  /** `kind:name`, unique in the store and the same from run to run. */
  readonly id: string;
  readonly kind: StructureKind;
  readonly name: string;
  /** The table an index belongs to; the table itself for a table; null where there is none. */
  readonly table: string | null;
  /** Rows or entries; null where it was not or could not be counted. */
  readonly rows: number | null;
  /** Bytes on disk; null where the engine does not tell. */
  readonly bytes: number | null;
  readonly pages: number | null;
  /** Bytes of stored records, without page headers and free space. */
  readonly payloadBytes: number | null;
  /** Bytes inside the pages that hold nothing. */
  readonly unusedBytes: number | null;
  readonly facts: StructureFacts | null;
  /** Figures that this role or this server would not give, each with what would settle it. */
  readonly withheld?: readonly Withheld[];
  /** The pieces a composite structure (vec0, fts5) is stored in. */
  readonly pieces?: readonly StructurePiece[];
}

export interface StructurePiece {
  readonly name: string;
  readonly rows: number | null;
  readonly bytes: number | null;
  readonly unusedBytes: number | null;
}

export interface Withheld {
  /** What is missing: "statistics", "pending list", "page sample". */
  readonly what: string;
  readonly why: string;
  /** The statement that would settle it: "GRANT pg_stat_scan_tables TO app". */
  readonly grant?: string;
}

export type StructureFacts =
  | TableFacts
  | IndexFacts
  | Vec0Facts
  | Fts5Facts
  | SidecarFacts
  | HeapFacts
  | BtreeFacts
  | GinFacts
  | HnswFacts
  | IvfflatFacts
  | OtherIndexFacts
  | KeyspaceFacts
  | AllocatorFacts;

export interface ColumnFacts {
  readonly name: string;
  readonly type: string;
  /** Mean bytes of the stored value over the sampled rows, NULL counting 0; null where no row was sampled. */
  readonly meanBytes: number | null;
  /** Standard deviation of those bytes. */
  readonly deviationBytes: number | null;
  /** Mean bytes of the column's serial type in the record header. */
  readonly meanHeaderBytes: number | null;
  /** Share of the sampled rows in which the column is NULL. */
  readonly nullShare: number | null;
}

export interface RecordFacts {
  /** Mean, least and greatest bytes of a record (header and body), and the standard deviation. */
  readonly mean: number;
  readonly min: number;
  readonly max: number;
  readonly deviation: number;
  /** How many rows were looked at; below `rows` it is an evenly spaced sample. */
  readonly sampled: number;
}

export interface TableFacts {
  readonly kind: 'table';
  readonly columns: readonly ColumnFacts[];
  readonly record: RecordFacts | null;
  /** The table is its own primary-key B-tree and has no rowid. */
  readonly withoutRowid: boolean;
  /** The column that is the rowid itself (INTEGER PRIMARY KEY), and so takes no room in the record. */
  readonly rowidColumn: string | null;
  /** Least and greatest rowid, and the mean bytes of one as an integer in an index entry: both grow with it. */
  readonly rowids: { readonly min: number; readonly max: number; readonly meanBytes: number } | null;
}

export interface IndexFacts {
  readonly kind: 'index';
  /** Key columns in order; null for an expression. */
  readonly columns: readonly (string | null)[];
  readonly unique: boolean;
  /** Made by CREATE INDEX, or by the engine for a UNIQUE or PRIMARY KEY constraint. */
  readonly origin: 'created' | 'unique' | 'primary-key';
  /** WHERE clause of a partial index. */
  readonly predicate: string | null;
  /** Bytes of an entry (header, key and rowid), from the columns'; null where a key is an expression or the index partial. */
  readonly entry: { readonly mean: number; readonly deviation: number } | null;
  /** True when the order of every key column is the default one: collation BINARY, ascending. */
  readonly plainOrder: boolean;
}

export interface Vec0Column {
  readonly name: string;
  readonly scalar: 'float32' | 'int8' | 'bit';
  readonly dims: number;
  /** "l2" unless declared otherwise. */
  readonly metric: string;
}

export interface Vec0Facts {
  readonly kind: 'vec0';
  readonly vectors: readonly Vec0Column[];
  readonly partitionKeys: readonly string[];
  /** Columns kept in chunks beside the vectors, and columns kept row by row ("+name"). */
  readonly metadata: readonly { readonly name: string; readonly type: string; readonly meanBytes: number | null }[];
  readonly auxiliary: readonly { readonly name: string; readonly meanBytes: number | null }[];
  /** Mean bytes of a text primary key; null where ids are integers. */
  readonly idBytes: number | null;
  /** Mean bytes of a partition key value; null without a partition key. */
  readonly partitionBytes: number | null;
  readonly chunkSize: number;
  readonly chunks: number | null;
  /** Slots in all chunks; `rows` of the structure is how many of them hold a vector. */
  readonly capacity: number | null;
  readonly partitions: number | null;
  /** Chunks needed if each partition were packed: sum of ceil(rows / chunk size). */
  readonly packedChunks: number | null;
  /** Version of sqlite-vec that made the table, where it says so. */
  readonly createdBy: string | null;
}

export interface Fts5Facts {
  readonly kind: 'fts5';
  readonly columns: readonly string[];
  /** The table whose text is indexed; "" for a contentless index; null when the index keeps its own copy. */
  readonly content: string | null;
  readonly tokenizer: string | null;
}

export interface SidecarFacts {
  readonly kind: 'sidecar';
  readonly format: string;
  readonly vectors: number | null;
  readonly dims: number | null;
  readonly m: number | null;
}

export function structureId(kind: StructureKind, name: string): string {
  return `${kind}:${name}`;
}
