/**
 * SQLite tables, indexes and vec0 tables after VACUUM: indexes packed, tables filled. Expected sizes come from the layouts
 * that plan new stores, fed with the rows and record sizes that were measured.
 */
import { sqliteIndex } from '../layouts/sqlite-index.ts';
import { lengthTypeBytes } from '../layouts/sqlite-pages.ts';
import type { SqliteColumn } from '../layouts/sqlite-records.ts';
import { sqliteTable } from '../layouts/sqlite-table.ts';
import { type Vec0Metadata, vec0 } from '../layouts/vec0.ts';
import { derive, leaf, named, type Quantity } from '../quantity/index.ts';
import type { IndexFacts, Structure, TableFacts, Vec0Facts } from '../store/index.ts';
import { type Confidence, type Expectation, seen, unknown } from './expectation.ts';

const METHOD = 'records measured, packed';

function found(expected: Quantity<'B'>, confidence: Confidence, notes: readonly string[] = []): Expectation {
  return { expected, method: METHOD, confidence, notes };
}

export function table(s: Structure, facts: TableFacts, page: Quantity<'B'>): Expectation {
  const rows = seen(`rows of ${s.name}`, s.rows ?? 0, 'rows');
  if (facts.record === null) {
    return s.rows === 0 ? found(onePage(s.name, page), 'exact') : unknown(METHOD, 'its records could not be read');
  }
  const columns = [asColumn(`record of ${s.name}`, facts.record.mean, facts.record.deviation)];
  const sized = facts.withoutRowid
    ? sqliteIndex.size({ rows, columns, order: 'packed', withoutRowid: true, pageSize: page })
    : sqliteTable.size({ rows, columns, pageSize: page, state: 'vacuumed' });
  return found(named(`${s.name} rebuilt`, sized.disk), facts.record.sampled < (s.rows ?? 0) ? 'medium' : 'high');
}

export function index(s: Structure, facts: IndexFacts, page: Quantity<'B'>): Expectation {
  if (s.rows === 0) return found(onePage(s.name, page), 'exact');
  if (facts.predicate !== null) return unknown(METHOD, 'a partial index: the keys of its rows were not measured');
  if (facts.entry === null) return unknown(METHOD, 'an index over an expression: its keys were not measured');
  const rows = seen(`entries of ${s.name}`, s.rows ?? 0, 'rows');
  const columns = [asColumn(`entry of ${s.name}`, facts.entry.mean, facts.entry.deviation)];
  // The measured entry already holds its rowid.
  const sized = sqliteIndex.size({ rows, columns, order: 'packed', withoutRowid: true, pageSize: page });
  return found(named(`${s.name} rebuilt`, sized.disk), 'high');
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
    bytes: seen(`${name}, without its header`, values, 'B'),
    spread: seen(`spread of ${name}`, Math.min(deviation / values, 10), 'ratio'),
  };
}

/** An empty B-tree keeps its root page. */
function onePage(name: string, page: Quantity<'B'>): Quantity<'B'> {
  return derive(`${name}, empty`, 'B', 'root * U', { root: leaf('root page', 1, 'pages'), U: page });
}

const TYPE = { float32: 'float', int8: 'int8', bit: 'bit' } as const;

export function vec0Table(s: Structure, facts: Vec0Facts, page: Quantity<'B'>): Expectation {
  const [vector, ...more] = facts.vectors;
  if (vector === undefined || facts.packedChunks === null) return unknown(METHOD, 'its chunks could not be read');
  if (more.length > 0) return unknown(METHOD, 'several vector columns in one vec0 table');
  const measured = (name: string, value: number): Quantity => seen(name, value, 'count');
  const bytes = (name: string, value: number | null): Quantity<'B'> => seen(name, value ?? 0, 'B');
  const sized = vec0.size({
    rows: seen(`rows of ${s.name}`, s.rows ?? 0, 'rows'),
    dims: seen('dimensions', vector.dims, 'dimensions'),
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
            rowsSpread: seen('spread inside a chunk', 0, 'ratio'),
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
  const notes = share === null ? [] : [`${Math.round(share * 100)} % of ${facts.capacity} slots hold a vector`];
  return { expected, method: 'chunks packed', confidence: 'high', notes, deadShare: share === null ? null : 1 - share };
}

function metadataColumn(m: Vec0Facts['metadata'][number]): Vec0Metadata {
  if (m.type === 'text') return { kind: 'text', bytes: seen(m.name, m.meanBytes ?? 0, 'B') };
  return { kind: m.type === 'boolean' ? 'boolean' : m.type.startsWith('int') ? 'integer' : 'float' };
}
