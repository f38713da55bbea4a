/**
 * What each structure of a live store would take if it were rebuilt, beside what it takes. Expected sizes come from the
 * same layouts that plan new stores, fed with the rows and sizes that were measured; indexes are taken as packed, as
 * REINDEX and VACUUM leave them, so that the difference is what a rebuild would give back.
 */
import { isInputError, leaf, type Quantity } from '../quantity/index.ts';
import type { Snapshot, Structure } from '../store/index.ts';
import { type Expectation, type ExpectationOptions, seen, unknown, withheld } from './expectation.ts';
import { btree } from './pg-btree-expectation.ts';
import { gin } from './pg-gin-expectation.ts';
import { heap } from './pg-heap-expectation.ts';
import { hnsw, ivfflat } from './pg-vector-expectation.ts';
import { allocator, keyspace } from './redis-memory.ts';
import { index, table, vec0Table } from './sqlite-structures.ts';

export interface StructureComparison {
  readonly structure: Structure;
  readonly actual: Quantity<'B'> | null;
  /** Null where no layout describes the structure, or a figure it needs was not measured. */
  readonly expected: Quantity<'B'> | null;
  /** (actual - expected) / expected; null where either is unknown or nothing is expected. */
  readonly difference: number | null;
  /** Why nothing is expected of it, or what stands out. */
  readonly note?: string;
  readonly expectation: Expectation;
}

/** One comparison per structure, in the order of the snapshot. */
export function expectedActual(snapshot: Snapshot, options: ExpectationOptions = {}): StructureComparison[] {
  const pageSize = snapshot.storage.pageSize;
  const page = pageSize === null ? undefined : seen('page size', pageSize, 'B');
  return snapshot.structures.map((structure) => {
    const actual = structure.bytes === null ? null : seen(`${structure.name} as it is`, structure.bytes, 'B');
    const expectation = expectationOf(structure, page, options);
    const { expected } = expectation;
    const difference =
      actual === null || expected === null || expected.value === 0 ? null : actual.value / expected.value - 1;
    const note = expectation.unmeasured?.why ?? expectation.notes[0];
    return { structure, actual, expected, difference, expectation, ...(note === undefined ? {} : { note }) };
  });
}

function expectationOf(s: Structure, page: Quantity<'B'> | undefined, options: ExpectationOptions): Expectation {
  try {
    return judged(s, page, options);
  } catch (e) {
    // A store may lie outside what a layout was written for; that is a gap in the report, not a failure of it.
    if (isInputError(e)) return unknown('layout', e.message);
    throw e;
  }
}

function judged(s: Structure, page: Quantity<'B'> | undefined, options: ExpectationOptions): Expectation {
  if (s.bytes === null) return withheld(s, 'size', 'its size could not be read');
  const facts = s.facts;
  if (facts === null) return wholeFile(s);
  switch (facts.kind) {
    case 'heap':
      return heap(s, facts);
    case 'btree':
      return btree(s, facts);
    case 'gin':
      return gin(s, facts, options.baselines?.[s.id]);
    case 'hnsw':
      return hnsw(s, facts);
    case 'ivfflat':
      return ivfflat(s, facts);
    case 'other-index':
      return unknown('layout', `the layout of ${facts.accessMethod} indexes is not known here`);
    case 'allocator':
      return allocator(facts);
    case 'keyspace':
      return keyspace();
    case 'fts5':
      return unknown('layout', 'a full-text index follows from its text, not from its rows');
    case 'sidecar':
      return unknown('layout', 'a file beside the store, written anew by its own system');
    case 'table':
    case 'index':
    case 'vec0':
      if (page === undefined || s.rows === null) return withheld(s, 'records', 'its rows could not be read');
      return facts.kind === 'table'
        ? table(s, facts, page)
        : facts.kind === 'index'
          ? index(s, facts, page)
          : vec0Table(s, facts, page);
  }
}

/** What belongs to the file as a whole: its free pages and its log are gone after VACUUM and a checkpoint. */
function wholeFile(s: Structure): Expectation {
  if (s.kind === 'freelist' || s.kind === 'wal') {
    const expected = leaf(s.kind === 'wal' ? 'log after a checkpoint' : 'free pages after VACUUM', 0, 'B');
    return {
      expected,
      method: s.kind === 'wal' ? 'size of the log' : 'free pages counted',
      confidence: 'exact',
      notes: [],
    };
  }
  if (s.kind === 'catalog') return unknown('layout', 'the catalog of the store itself');
  return unknown('layout', 'no layout describes it');
}
