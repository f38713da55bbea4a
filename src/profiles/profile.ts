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
  /** Further tables that belong to the system: bookkeeping, journals, copies. Names may end in `*`. */
  readonly alsoOwns: readonly string[];
  readonly hazards: readonly Hazard[];
  readonly ownMaintenance: string;
}

/** Every table must be there with every column; at least one of `anyOf` where it is given. */
export interface Signature {
  readonly tables: Readonly<Record<string, readonly string[]>>;
  readonly anyOf?: readonly Readonly<Record<string, readonly string[]>>[];
  /** True when those columns must be all the columns the tables have: for schemas made of common words. */
  readonly exact?: boolean;
  /** Confidence when the signature holds, before a stated version raises it. */
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
  readonly softDeleted?: string;
  readonly ttl?: TtlRule;
  readonly breakdowns?: readonly ColumnRef[];
  readonly vectors?: VectorSource;
  /** Table of per-namespace limits. */
  readonly quota?: { readonly table: string; readonly namespace: string; readonly limit: string };
}

export type VectorSource =
  | { readonly where: 'column'; readonly column: string; readonly scalar: 'float32' }
  | {
      /** A table of vectors beside the rows, joined on columns of the same names. */
      readonly where: 'table';
      readonly table: string;
      readonly column: string;
      readonly on: readonly string[];
      readonly scalar: 'float32';
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
