/** The lexical index of a PostgreSQL store: GIN over to_tsvector(content), or over its trigrams, from the text's length. */
import { pgGin } from '../layouts/pg-gin.ts';
import { derive, type Quantity } from '../quantity/index.ts';
import type { Workload } from '../workload/index.ts';
import type { Component } from './engine.ts';

/** What it is made from. */
export const LEXICAL_INPUTS = ['lexical', 'textBytes', 'distinctTerms', 'termsPerMemory', 'hotShare'] as const;
type Indexed = Pick<Workload, 'memories' | (typeof LEXICAL_INPUTS)[number]>;

/** @param rowsPerPage rows on a page of the memory table: a posting of the same page costs one byte, a distant one up to five */
export function lexicalIndex(w: Indexed, rowsPerPage: Quantity): Component {
  const { disk } = pgGin.size({
    rows: w.memories,
    keys: {
      kind: 'text',
      opclass: w.lexical === 'trigram' ? 'trgm' : 'tsvector',
      textBytes: w.textBytes,
      distinctTerms: w.distinctTerms,
      termsPerRow: w.termsPerMemory,
    },
    rowsPerHeapPage: rowsPerPage as Quantity<'ratio'>,
  });
  return {
    id: 'lexical-index',
    title: w.lexical === 'trigram' ? 'trigram index (GIN)' : 'lexical index (GIN)',
    disk,
    resident: derive('in use', 'B', 'disk * hot', { disk, hot: w.hotShare }),
    docs: 'layouts/pg-gin',
  };
}
