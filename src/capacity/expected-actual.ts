/**
 * What each structure of a live store would take if it were rebuilt, beside what it takes. Expected sizes come from the
 * same layouts that plan new stores, fed with the rows and record sizes that were measured; indexes are taken as packed,
 * as REINDEX and VACUUM leave them, so that the difference is what a rebuild would give back.
 */
import { sqliteIndex } from '../layouts/sqlite-index.ts';
import { lengthTypeBytes } from '../layouts/sqlite-pages.ts';
import type { SqliteColumn } from '../layouts/sqlite-records.ts';
import { sqliteTable } from '../layouts/sqlite-table.ts';
import { type Vec0Metadata, vec0 } from '../layouts/vec0.ts';
import { derive, isInputError, leaf, named, type Quantity } from '../quantity/index.ts';
import type { IndexFacts, Snapshot, Structure, TableFacts, Vec0Facts } from '../store/index.ts';
import type { Observed } from './observed.ts';

export interface StructureComparison {
  readonly structure: Structure;
  readonly actual: Quantity<'B'> | null;
  /** Null where no layout describes the structure, or a figure it needs was not measured. */
  readonly expected: Quantity<'B'> | null;
  /** (actual - expected) / expected; null where either is unknown or nothing is expected. */
  readonly difference: number | null;
  /** Why nothing is expected of it, or what stands out. */
  readonly note?: string;
}

/** One comparison per structure, in the order of the snapshot. */
export function expectedActual(snapshot: Snapshot): StructureComparison[] {
  const pageSize = snapshot.storage.pageSize;
  const page = pageSize === null ? undefined : leaf('page size', pageSize, 'B', MEASURED);
  return snapshot.structures.map((structure) => {
    const actual = structure.bytes === null ? null : leaf(`${structure.name} as it is`, structure.bytes, 'B', MEASURED);
    const { expected, note } = expectation(structure, page);
    const difference =
      actual === null || expected === null || expected.value === 0 ? null : actual.value / expected.value - 1;
    return { structure, actual, expected, difference, ...(note === undefined ? {} : { note }) };
  });
}

/** The comparisons as plain figures for a capacity report. */
export function observedOf(snapshot: Snapshot): Observed {
  return {
    store: snapshot.identity.address,
    structures: expectedActual(snapshot).map((c) => ({
      id: c.structure.id,
      name: c.structure.name,
      actual: c.actual?.value ?? null,
      expected: c.expected?.value ?? null,
      difference: c.difference,
      ...(c.note === undefined ? {} : { note: c.note }),
    })),
  };
}

const MEASURED = { basis: 'measured', source: 'read from the store' } as const;

interface Expectation {
  readonly expected: Quantity<'B'> | null;
  readonly note?: string;
}

const unknown = (note: string): Expectation => ({ expected: null, note });

function expectation(s: Structure, page: Quantity<'B'> | undefined): Expectation {
  const facts = s.facts;
  if (page === undefined || facts === null || s.rows === null) return { expected: null };
  try {
    switch (facts.kind) {
      case 'table':
        return table(s, facts, page);
      case 'index':
        return index(s, facts, page);
      case 'vec0':
        return vec0Table(s, facts, page);
      case 'fts5':
        return unknown('a full-text index follows from its text, not from its rows');
      default:
        return { expected: null };
    }
  } catch (e) {
    // A store may lie outside what a layout was written for; that is a gap in the report, not a failure of it.
    if (isInputError(e)) return unknown(e.message);
    throw e;
  }
}

function table(s: Structure, facts: TableFacts, page: Quantity<'B'>): Expectation {
  const rows = leaf(`rows of ${s.name}`, s.rows ?? 0, 'rows', MEASURED);
  if (facts.record === null) return s.rows === 0 ? { expected: onePage(s.name, page) } : { expected: null };
  const columns = [asColumn(`record of ${s.name}`, facts.record.mean, facts.record.deviation)];
  const sized = facts.withoutRowid
    ? sqliteIndex.size({ rows, columns, order: 'packed', withoutRowid: true, pageSize: page })
    : sqliteTable.size({ rows, columns, pageSize: page, state: 'vacuumed' });
  return { expected: named(`${s.name} rebuilt`, sized.disk) };
}

function index(s: Structure, facts: IndexFacts, page: Quantity<'B'>): Expectation {
  if (s.rows === 0) return { expected: onePage(s.name, page) };
  if (facts.predicate !== null) return unknown('a partial index: the keys of its rows were not measured');
  if (facts.entry === null) return unknown('an index over an expression: its keys were not measured');
  const rows = leaf(`entries of ${s.name}`, s.rows ?? 0, 'rows', MEASURED);
  const columns = [asColumn(`entry of ${s.name}`, facts.entry.mean, facts.entry.deviation)];
  // The measured entry already holds its rowid.
  const sized = sqliteIndex.size({ rows, columns, order: 'packed', withoutRowid: true, pageSize: page });
  return { expected: named(`${s.name} rebuilt`, sized.disk) };
}

/**
 * A whole measured record as one column: the layouts add a header of two varints to it, which is taken off here. At
 * least a byte is left, or the layout would see no column.
 */
function asColumn(name: string, mean: number, deviation: number): SqliteColumn {
  const values = Math.max(1, mean - 1 - lengthTypeBytes(Math.max(0, mean - 2)));
  return {
    kind: 'blob',
    name,
    bytes: leaf(`${name}, without its header`, values, 'B', MEASURED),
    spread: leaf(`spread of ${name}`, Math.min(deviation / values, 10), 'ratio', MEASURED),
  };
}

/** An empty B-tree keeps its root page. */
function onePage(name: string, page: Quantity<'B'>): Quantity<'B'> {
  return derive(`${name}, empty`, 'B', 'root * U', { root: leaf('root page', 1, 'pages'), U: page });
}

const TYPE = { float32: 'float', int8: 'int8', bit: 'bit' } as const;

function vec0Table(s: Structure, facts: Vec0Facts, page: Quantity<'B'>): Expectation {
  const [vector, ...more] = facts.vectors;
  if (vector === undefined || facts.packedChunks === null) return { expected: null };
  if (more.length > 0) return unknown('several vector columns in one vec0 table');
  const measured = (name: string, value: number): Quantity => leaf(name, value, 'count', MEASURED);
  const bytes = (name: string, value: number | null): Quantity<'B'> => leaf(name, value ?? 0, 'B', MEASURED);
  const sized = vec0.size({
    rows: leaf(`rows of ${s.name}`, s.rows ?? 0, 'rows', MEASURED),
    dims: leaf('dimensions', vector.dims, 'dimensions', MEASURED),
    type: TYPE[vector.scalar],
    pageSize: page,
    chunkSize: measured('chunk size', facts.chunkSize),
    // Each packed chunk counts as a partition of its own: then the chunks are those counted in the store, however
    // unevenly its partitions are filled.
    ...(facts.partitions === null || facts.packedChunks === 0
      ? {}
      : {
          partitions: {
            values: measured('chunks when packed', facts.packedChunks),
            valueBytes: bytes('partition key', facts.partitionBytes),
            rowsSpread: leaf('spread inside a chunk', 0, 'ratio', MEASURED),
          },
        }),
    ...(facts.idBytes === null ? {} : { idBytes: bytes('text id', facts.idBytes) }),
    ...(facts.metadata.length === 0 ? {} : { metadata: facts.metadata.map(metadataColumn) }),
    ...(facts.auxiliary.length === 0
      ? {}
      : { auxiliary: facts.auxiliary.map((a) => asColumn(a.name, (a.meanBytes ?? 0) + 2, 0)) }),
  });
  const expected = derive(`${s.name} rebuilt`, 'B', 'd - f + 2 * U', {
    d: sized.disk,
    // sqlite_schema and sqlite_sequence belong to the whole file; _info and its index to the table.
    f: sized.parts['fixed'] ?? leaf('fixed pages', 0, 'B'),
    U: page,
  });
  const share = facts.capacity ? (s.rows ?? 0) / facts.capacity : null;
  return share === null
    ? { expected }
    : { expected, note: `${Math.round(share * 100)} % of ${facts.capacity} slots hold a vector` };
}

function metadataColumn(m: Vec0Facts['metadata'][number]): Vec0Metadata {
  if (m.type === 'text') return { kind: 'text', bytes: leaf(m.name, m.meanBytes ?? 0, 'B', MEASURED) };
  return { kind: m.type === 'boolean' ? 'boolean' : m.type.startsWith('int') ? 'integer' : 'float' };
}
