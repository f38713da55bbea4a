/** How the rows of one memory set spread over its namespaces: what `hot` is computed from. */

export interface CensusRequest {
  /** Id of a memory set, as the snapshot calls it. */
  readonly set: string;
  /** The clock. */
  readonly now: Date;
  /** False: every row is counted. True: statistics and sampling, about a second whatever the size. */
  readonly approximate: boolean;
  /** Seed of the sampling, so that a run can be repeated. */
  readonly seed: number;
  /** Namespaces listed by name, most rows first. */
  readonly top: number;
  readonly onProgress?: (step: string) => void;
}

/** A count with its 95 % interval; exact counts have low = value = high. */
export interface Counted {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export interface NamespaceLoad {
  /** Null for rows that have none. Cut to 120 characters; `length` is then the whole length. */
  readonly namespace: string | null;
  readonly length?: number;
  readonly label?: string;
  readonly rows: Counted;
  /** Mean bytes of a row of this namespace (text, metadata, vector) as stored; null where it was not measured. */
  readonly rowBytes: number | null;
  /** Rows of it that are expired or marked deleted; null where the set knows neither. */
  readonly deadRows: Counted | null;
}

export interface Census {
  readonly set: string;
  /** How the namespace is found: a column, or a path into a JSON column. */
  readonly column: string;
  readonly method: 'exact' | 'approximate';
  /** One sentence: what was counted or sampled, and how the interval comes about. */
  readonly how: string;
  /** Rows looked at. */
  readonly sampled: number;
  readonly rows: Counted;
  /** Number of namespaces; null where a sample cannot tell. */
  readonly distinct: Counted | null;
  readonly top: readonly NamespaceLoad[];
  /** All namespaces by size: [rows, namespaces of that size]; null when approximate. Gini and top-k are computed from it. */
  readonly sizes: readonly (readonly [rows: number, namespaces: number])[] | null;
}
