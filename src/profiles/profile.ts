/** The form in which a known memory-store schema is written down. Profiles are data; the detector reads them. */
import type { SetRole, TimeFormat } from '../store/index.ts';

export interface Profile {
  /** kebab-case, the same as its file and what `--profile` takes. */
  readonly id: string;
  readonly title: string;
  readonly schemes: readonly string[];
  /** The releases and source files the profile was written from. */
  readonly source: string;
  readonly signature: Signature;
  /** Where the store states its schema version. */
  readonly version?: VersionSource;
  /** Newest schema version this profile was written from; a newer one is read as far as its tables agree. */
  readonly newestKnown?: number;
  /** First variant whose condition holds names the shape. */
  readonly variants?: readonly Variant[];
  readonly sets: readonly SetProfile[];
  /**
   * Further tables that belong to the system: bookkeeping, journals, copies. Names may end in `*`; a common word is named
   * with columns that tell it from others: "metadata(key, value)".
   */
  readonly alsoOwns: readonly string[];
  readonly hazards: readonly Hazard[];
  readonly ownMaintenance: string;
  /** Why memctl must not remove or rewrite rows of this system: its vectors live elsewhere, its log is its truth. */
  readonly readOnly?: string;
}

/**
 * Every table must be there with every column; at least one of `anyOf` where it is given. All tables of one store are in
 * one schema. A column is "name", or with its type "name:type", and either may be a choice: "content|text:text|varchar".
 */
export interface Signature {
  readonly tables: Readonly<Record<string, readonly string[]>>;
  readonly anyOf?: readonly Readonly<Record<string, readonly string[]>>[];
  /** True when those columns must be all the columns the tables have: for schemas made of common words. */
  readonly exact?: boolean;
  /** For systems whose users name the table themselves: it is known by its columns alone. `tables` is then empty. */
  readonly shape?: TableShape;
  /** Further evidence; the strongest that is there decides the confidence where it is above the signature's own. */
  readonly markers?: readonly Marker[];
  /** Confidence when the signature holds, before markers and a stated version raise it. */
  readonly confidence: number;
}

/** A table known by its columns. In the sets, `alsoOwns` and markers of such a profile "*" stands for its name. */
export interface TableShape {
  readonly columns: readonly string[];
  /** Columns that may be there as well; any other column means another system. */
  readonly optional?: readonly string[];
  /** Any other column is allowed, too: the names are particular enough. */
  readonly open?: boolean;
  /** Tables whose name ends like this hang on another one ("*_entities") and found no store of their own. */
  readonly notNamed?: readonly string[];
  /** All such tables of a schema are one store; else each is one of its own. */
  readonly together?: boolean;
}

/** One thing that speaks for a signature; all of its conditions must hold. */
export interface Marker {
  /** A table of the same schema, as in `alsoOwns`; "*" stands for the table known by its shape. */
  readonly table?: string;
  /** Name pattern of an index on a table of the signature. */
  readonly index?: string;
  /** Name of the table known by its shape: a regular expression's source, case-sensitive. */
  readonly name?: string;
  /** At least so many tables of the shape (and of that name). */
  readonly atLeast?: number;
  /** Keys of a JSON column, in a few sampled rows. Looked at last. */
  readonly keys?: { readonly column: string; readonly all: readonly string[] };
  /** What it proves, for the reader. */
  readonly says: string;
  readonly confidence: number;
}

export interface VersionSource {
  readonly table: string;
  readonly column: string;
  /** Row to read, where the table is a key-value list: column and value. */
  readonly where?: { readonly column: string; readonly value: string };
}

export interface Variant {
  readonly name: string;
  readonly hasTable?: string;
  readonly hasColumn?: { readonly table: string; readonly column: string };
  readonly lacksColumn?: { readonly table: string; readonly column: string };
  /** Name pattern of an index on one of the store's tables. */
  readonly hasIndex?: string;
}

/** How a value is found in a row. */
export type ColumnRef =
  | { readonly column: string }
  /** A member of a JSON column: `{ json: 'payload', path: 'user_id' }`. */
  | { readonly json: string; readonly path: string };

export interface TimeColumn {
  readonly column: ColumnRef;
  /** `infer`: unknown tables only; the format is judged from the values' magnitude. */
  readonly format: TimeFormat | 'infer';
}

export type TtlRule =
  /** Expires at the moment the column names; NULL never. */
  | { readonly kind: 'at'; readonly at: TimeColumn }
  /** Expires `ttl` after `from`; NULL ttl never. */
  | { readonly kind: 'after'; readonly from: TimeColumn; readonly ttl: string; readonly seconds: number };

export interface SetProfile {
  readonly table: string;
  readonly role: SetRole;
  /** What the rows are, plural. */
  readonly title: string;
  /** The rows memplan plans with; at most one set of a profile. */
  readonly primary?: boolean;
  /** Columns that identify a row; scan returns them joined by "/". Default: the rowid. */
  readonly id?: readonly string[];
  readonly namespace?: ColumnRef;
  /** Table that gives the namespace its name. */
  readonly namespaceLabel?: { readonly table: string; readonly id: string; readonly name: string };
  readonly text?: readonly ColumnRef[];
  readonly metadata?: string;
  readonly hash?: ColumnRef;
  readonly created?: TimeColumn;
  /** A row is deleted but still there when this column is not NULL, or has `deletedValue`. */
  readonly softDeleted?: string;
  /** The value of `softDeleted`, as text, that marks a row: "true", "superseded". A boolean is "true" in PostgreSQL, "1" in SQLite. */
  readonly deletedValue?: string;
  readonly ttl?: TtlRule;
  readonly breakdowns?: readonly ColumnRef[];
  readonly vectors?: VectorSource;
  /** What goes with a row of this set, in the order in which it must be removed (before the row itself). */
  readonly dependents?: readonly Dependent[];
  /** Columns by which the store itself evicts, ascending: the first rows go first. */
  readonly evictionOrder?: readonly string[];
  /** A counter that tells other processes of the store that rows are gone. */
  readonly signal?: ChangeSignal;
  /** SQL functions of the application that triggers of this table call; maintenance must supply them or refuse. */
  readonly functions?: readonly string[];
  /** Why rows of this set must not be removed (a log that is replayed, a parent chain). */
  readonly readOnly?: string;
  /** Schema of the table, once resolved against a PostgreSQL catalog. */
  readonly schema?: string;
  /** What `softDeleted` says of a row; deleted, where left out. */
  readonly markSays?: 'superseded';
  /** Further marks by which the system's own searches leave a row out. */
  readonly hidden?: readonly HiddenMark[];
  /** Rows that differ in one of these are never the same memory: type, embedding model, agent. */
  readonly kind?: readonly ColumnRef[];
  /** By what the survivor among duplicates is chosen. */
  readonly rank?: RankColumns;
  readonly supersede?: SupersedeRule;
  /** Table of per-namespace limits. */
  readonly quota?: { readonly table: string; readonly namespace: string; readonly limit: string };
}

export interface HiddenMark {
  readonly ref: ColumnRef;
  /** The value, as text, that marks a row; where left out, any value that is not NULL does. */
  readonly value?: string;
  readonly says: 'deleted' | 'superseded' | 'expired';
}

export interface RankColumns {
  readonly pinned?: ColumnRef;
  readonly confidence?: ColumnRef;
  readonly accesses?: ColumnRef;
  readonly updated?: TimeColumn;
  /** A table whose rows refer to this set: each row there that names it in one of the columns counts. */
  readonly edges?: { readonly table: string; readonly on: readonly Readonly<Record<string, string>>[] };
}

/** How the store's own software takes a row out of what searches find, without deleting it. */
export interface SupersedeRule {
  /** What is written: `now` in the column's own time format, `survivor` the id of the row that stays, or a value. */
  readonly set: readonly {
    readonly column: ColumnRef;
    readonly to:
      | { readonly now: TimeFormat }
      | { readonly survivor: true }
      | { readonly value: string | number | boolean };
  }[];
  /** What the software itself takes away with it (vectors, edges): archived, and put back by undo. */
  readonly dependents?: readonly Dependent[];
  /** Where that was read. */
  readonly source: string;
}

export interface Dependent {
  /** May end in `*` in a profile: every such table that has the columns. Resolved to real names. */
  readonly table: string;
  /** Child column → column of the set's table. A child may be a member of a JSON column, "metadata->message_id", compared as text. */
  readonly on: Readonly<Record<string, string>>;
  /**
   * `delete`: rows that match are removed. `engine`: the engine's own cascade or trigger does it, and it is only checked
   * (SQLite: with `foreign_keys` on). `vec0`: a sqlite-vec table, removed by its rowid or text key. `fts5`: a full-text index
   * without text of its own and without a trigger, told of the removal by its own 'delete' command. `unlink`: the child
   * lists ids of rows; the id is taken out of the list.
   */
  readonly how: 'delete' | 'engine' | 'vec0' | 'fts5' | 'unlink';
  /** `unlink`: where the list is, and whether a child whose list is then empty goes as well. `on` names no child column then. */
  readonly list?: { readonly json: string; readonly path: string; readonly whenEmpty: 'delete' | 'keep' };
  /** The row itself refers to this one by a foreign key: it is removed after the row, and put back before it. */
  readonly after?: boolean;
  /** The store's own clean-up leaves rows here without a parent: memctl counts and removes them. */
  readonly orphans?: boolean;
}

/** One cell that is raised by `max(least, rows removed)` in the transaction of each batch. */
export interface ChangeSignal {
  readonly table: string;
  readonly column: string;
  readonly where: { readonly column: string; readonly value: string };
  readonly least: number;
}

/** Number type of a stored vector. In PostgreSQL the column's own type decides. */
export type VectorScalar = 'float32' | 'halfvec' | 'bit' | 'sparsevec';

export type VectorSource =
  /** `column` may be a choice, "embedding|vector", in a profile. */
  | { readonly where: 'column'; readonly column: string; readonly scalar: VectorScalar }
  | {
      /** A table of vectors beside the rows, joined on columns of the same names. */
      readonly where: 'table';
      readonly table: string;
      readonly column: string;
      readonly on: readonly string[];
      readonly scalar: VectorScalar;
    }
  | { readonly where: 'vec0'; readonly table: string }
  /** Files beside the store, one per namespace: `{namespace}.hnsw`. */
  | { readonly where: 'sidecar'; readonly file: string; readonly format: string }
  | { readonly where: 'elsewhere'; readonly name: string };

/** A trap, named when its condition holds (always, without one). */
export interface Hazard {
  readonly text: string;
  readonly hasTable?: string;
  /** A trigger of the store calls this function. */
  readonly triggerCalls?: string;
}

export function columnRefText(ref: ColumnRef): string {
  return 'column' in ref ? ref.column : `${ref.json}->${ref.path}`;
}

/** Identity; gives a profile its type and the reader a word to search for. */
export function defineProfile(profile: Profile): Profile {
  return profile;
}
