import type { Quantity, Unit } from '../quantity/index.ts';

/** What one physical structure takes. Further figures of interest (pages, tuple sizes) go into `parts`. */
export interface LayoutSize {
  /** Bytes on disk right after a fresh load or build. 0 (a leaf) for structures that live in memory only. */
  readonly disk: Quantity<'B'>;
  /**
   * Bytes that must be in RAM for the structure to work at the speed its engine's model promises: the whole of an
   * HNSW graph, a fraction of a table. Not a cache one would merely like to have.
   */
  readonly resident: Quantity<'B'>;
  /** Peak bytes of memory while it is built, beyond `disk`; absent where building needs no memory to speak of. */
  readonly building?: Quantity<'B'>;
  /** Named intermediate results, e.g. `elementTuple`, `perPage`, `pages`. */
  readonly parts: Readonly<Record<string, Quantity>>;
}

/** A parameter value at which the size per row steps: the next page, chunk or allocation class begins here. */
export interface Cliff {
  /** The parameter that is varied, as the workload calls it: "dims", "m", "rows". */
  readonly parameter: string;
  /** The first value of the parameter at which the new size holds. */
  readonly at: number;
  /** Size just below `at` and from `at` on. */
  readonly before: number;
  readonly after: number;
  /** Unit of before and after, e.g. "B" (bytes per vector). */
  readonly unit: Unit;
  /** What `before` and `after` are sizes of: "vector", "chunk", "key". */
  readonly per: string;
}

/**
 * One physical structure of one engine: a pure function from counts and parameters to Quantities.
 * @typeParam P its parameters: Quantities for numbers, string literals for choices
 */
export interface Layout<P> {
  /** kebab-case, the same as its file, its docs page and its test. */
  readonly id: string;
  readonly title: string;
  /** The source file, document or measurement that the formula rests on, with its version. */
  readonly source: string;
  /** @throws InputError when a parameter lies outside the engine's range, naming the range and what would fit. */
  size(parameters: P): LayoutSize;
  /**
   * The cliffs around the given parameters: per varied parameter the nearest one below and above, and no more.
   * Empty for structures whose size is a line.
   */
  cliffs(parameters: P): readonly Cliff[];
}

/** Identity; gives a layout its type and the reader a word to search for. */
export function defineLayout<P>(layout: Layout<P>): Layout<P> {
  return layout;
}
