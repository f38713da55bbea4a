/**
 * What hangs together with sampled rows: their twins, the twins of those, and so on until nothing new is found. Clusters are
 * made inside such components alone, so a sampled row's cluster is the one that an audit of everything would give it.
 */

import type { PairIntake } from './near-pairs.ts';
import { Membership, type PairGraph } from './number-lists.ts';
import { NONE, type RowTable } from './row-table.ts';
import type { PairsOptions, VectorPairs } from './vector-pairs.ts';

export interface AroundInput {
  readonly table: RowTable;
  readonly vectors: VectorPairs;
  readonly usable: (vector: number) => boolean;
  /** Rows to begin with. */
  readonly from: Iterable<number>;
  /** Least cosine that ties; pairs are taken into `intake` from its own floor up. */
  readonly similarity: number;
  readonly intake: PairIntake;
  /** By row. */
  readonly nearHashes: PairGraph;
  readonly options: PairsOptions;
}

/** @returns 1 for each row of a component */
export async function closeAround(input: AroundInput): Promise<Uint8Array> {
  const { table, usable, intake, options } = input;
  const reached = new Uint8Array(table.rows);
  const walk = walker(input, reached);
  const asked = new Uint8Array(table.vectors);
  let round: number[] = walk([...input.from]);
  while (round.length > 0) {
    options.signal?.throwIfAborted();
    const vectors = [...new Set(round.map((row) => table.vector.get(row)))].filter((v) => usable(v) && asked[v] === 0);
    for (const v of vectors) asked[v] = 1;
    const next: number[] = [];
    if (vectors.length > 0) {
      for await (const batch of input.vectors.around(vectors, intake.floor, options)) {
        intake.take(batch);
        for (let i = 0; i < batch.a.length; i++) {
          if ((batch.similarity[i] as number) < input.similarity) continue;
          next.push(table.vectorRow.get(batch.a[i] as number), table.vectorRow.get(batch.b[i] as number));
        }
      }
    }
    round = walk(next);
  }
  return reached;
}

/** Marks rows and everything tied to them by text, hash or the very same vector; gives back what is new. */
function walker({ table, usable, nearHashes }: AroundInput, reached: Uint8Array): (rows: number[]) => number[] {
  const classes = [table.textFirst, table.normFirst, table.hashFirst].map((first) => ({
    of: (row: number): number => first.get(row),
    members: new Membership(table.rows, table.rows, (row) => first.get(row)),
  }));
  classes.push({
    of: (row) => (usable(table.vector.get(row)) ? table.vector.get(row) : NONE),
    members: new Membership(table.vectors, table.rows, (row) => table.vector.get(row)),
  });
  return (rows) => {
    const found: number[] = [];
    const waiting = [...rows];
    for (let row = waiting.pop(); row !== undefined; row = waiting.pop()) {
      if (reached[row] === 1) continue;
      reached[row] = 1;
      found.push(row);
      for (const { of, members } of classes) {
        const at = of(row);
        if (at === NONE) continue;
        // The first of a class brings all of it: the others need not look again.
        const all = members.of(at);
        if (all.length > 1 && all.some((other) => reached[other] === 0)) for (const other of all) waiting.push(other);
      }
      for (const other of nearHashes.of(row)) waiting.push(other);
    }
    return found;
  };
}
