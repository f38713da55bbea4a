/**
 * Sizing rules as their vendors publish them. They are set beside our own figures, never mixed into them: a vendor's
 * rule carries head-room, a base of its own (container, heap) and roundings that no file on disk has.
 */
import type { Quantity } from '../../quantity/index.ts';

/** What every rule is a function of. */
export interface VectorLoad {
  readonly vectors: Quantity<'rows'>;
  readonly dimensions: Quantity<'dimensions'>;
  /** HNSW links per element and level. */
  readonly m: Quantity<'count'>;
}

export interface DocumentedSize {
  /** Memory the vendor says is needed. */
  readonly memory: Quantity<'B'>;
  /** Bytes on disk, where the vendor says something about them. */
  readonly disk?: Quantity<'B'>;
}

export interface DocumentedRule {
  /** kebab-case: `qdrant-components`. */
  readonly id: string;
  readonly title: string;
  /** Document and date. */
  readonly source: string;
  /** Bytes with the vendor's default for everything that a VectorLoad does not say. */
  size(load: VectorLoad): DocumentedSize;
}

/**
 * How far a documented formula may be off, as a share. A rule over components misses allocator and file overhead; a
 * rule of thumb with a round factor is meant to be generous; where we measured the engine, the error is what we saw.
 */
export const ERROR: Readonly<Record<'components' | 'thumb' | 'bare', number>> = {
  bare: 0.05,
  components: 0.15,
  thumb: 0.3,
};
