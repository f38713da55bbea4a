/** What the user says of a table that no profile knows: the document behind `--map FILE` and `map:` in memctl.yaml. */
import type { SetRole, TimeFormat } from './memory-set.ts';

export interface MappedTable {
  /** "table" or "schema.table". */
  readonly table: string;
  readonly role?: SetRole;
  readonly id?: readonly string[];
  /** A column, or "column->key" for a member of a JSON column. */
  readonly namespace?: string;
  readonly text?: string | readonly string[];
  readonly embedding?: string;
  readonly metadata?: string;
  readonly hash?: string;
  readonly created?: string;
  /** Unit of `created` where it is a number. */
  readonly createdUnit?: TimeFormat;
  /** Only a column named here is ever taken for an expiry. */
  readonly expires?: string;
  readonly expiresUnit?: TimeFormat;
  /** With `created`: a lifetime column, and how many seconds one of its units is. */
  readonly ttl?: string;
  readonly ttlSeconds?: number;
  readonly status?: string;
  /** The value of `status` that means superseded or deleted. */
  readonly superseded?: string;
  readonly deleted?: string;
  /** Unit of `deleted` where it is a time whose type does not say: rows that are superseded are marked by it. */
  readonly deletedUnit?: TimeFormat;
  /** Receives the id of the row that stays. Without `status` or `deleted` it is itself the mark: set means superseded. */
  readonly supersededBy?: string;
  /** Receives the time at which a row was superseded. */
  readonly supersededAt?: string;
  readonly supersededAtUnit?: TimeFormat;
  /** Rows that differ in one of these are never the same memory. Columns, or "column->key". */
  readonly kind?: readonly string[];
  /** By what the survivor among duplicates is chosen. */
  readonly pinned?: string;
  readonly confidence?: string;
  readonly accesses?: string;
  readonly updated?: string;
  readonly updatedUnit?: TimeFormat;
  /** Order in which rows go when a quota is exceeded: columns, ascending. */
  readonly evictionOrder?: readonly string[];
  /**
   * Tables whose rows go with a row of this one: child column → column of this table. `orphans`: rows there that have no such row
   * are counted, and removed by `vacuum`. Default false: only who knows the tables can say that such rows are waste.
   */
  readonly dependents?: readonly {
    readonly table: string;
    readonly on: Readonly<Record<string, string>>;
    readonly orphans?: boolean;
  }[];
}

export interface ProfileMap {
  /** Name shown as the profile's title. */
  readonly title?: string;
  readonly tables: readonly MappedTable[];
}
