/**
 * The columns of a typical memory table in PostgreSQL, for layouts/pg-heap: a key, a namespace, the text, JSON metadata,
 * a few scalars and the embedding. The sizes that the measurements in fixtures/measurements/postgres.csv were made on.
 */
import { derive, type Quantity, stated } from '../quantity/index.ts';
import type { FixedColumn, HeapColumn, VarlenaColumn } from './pg-heap.ts';
import type { Storage } from './pg-heap-row.ts';
import { checkStorable, type VectorShape, valueBytes } from './pgvector-value.ts';

export interface MemoryTable {
  /** The embedding column; absent for a table that keeps its vectors elsewhere. */
  readonly vector?: VectorShape & { readonly storage?: Storage; readonly nullShare?: number };
  /** Mean bytes of a memory's text. */
  readonly textBytes: Quantity<'B'>;
  /** Texts lie evenly within mean * (1 ± spread). */
  readonly textSpread?: number;
  /** Mean bytes of the metadata as JSON text; 0 for a table without. */
  readonly metadataBytes?: Quantity<'B'>;
  readonly namespaceBytes?: Quantity<'B'>;
  /** Bytes of the status word. */
  readonly statusBytes?: Quantity<'B'>;
}

const TEXT_SPREAD = 0.4;
/** pglz on English prose of a few kilobytes. */
const TEXT_COMPRESSION = 0.65;
const NAMESPACE: Quantity<'B'> = stated('namespace', 10, 'B', 'assumed', 'default: a short identifier');
const METADATA: Quantity<'B'> = stated('metadata as JSON text', 68, 'B', 'assumed', 'default: a handful of keys');
/** "active" in most rows, "archived" and "superseded" in some. */
const STATUS: Quantity<'B'> = stated('status', 7.2, 'B', 'assumed', 'default: active, archived, superseded', 6, 10);

/**
 * jsonb is wider than its text: four bytes for each key and value, and alignment.
 * Measured: 67.7 bytes of text with four keys are 94.2 bytes of jsonb payload.
 */
export function jsonbPayload(text: Quantity<'B'>): Quantity<'B'> {
  return derive(
    'metadata as jsonb',
    'B',
    '1.393 * text',
    { text },
    { basis: 'measured', source: 'PostgreSQL src/include/utils/jsonb.h; four keys' },
  );
}

const fixed = (name: string, bytes: 4 | 8 | 16, align: 1 | 4 | 8): FixedColumn => ({
  name,
  kind: 'fixed',
  bytes,
  align,
});

/** What the vector column stores behind its length word. */
export function vectorPayload(shape: VectorShape): Quantity<'B'> {
  checkStorable(shape);
  return derive(`${shape.type} payload`, 'B', 'V - 4', { V: valueBytes(shape) });
}

/** Columns in the order of the table's definition. @throws InputError when the vector cannot be stored */
export function memoryTableColumns(t: MemoryTable): HeapColumn[] {
  const text: VarlenaColumn = {
    name: 'content',
    kind: 'varlena',
    bytes: t.textBytes,
    storage: 'extended',
    spread: t.textSpread ?? TEXT_SPREAD,
    compression: TEXT_COMPRESSION,
  };
  const columns: HeapColumn[] = [
    fixed('id', 8, 8),
    fixed('uid', 16, 1),
    { name: 'namespace', kind: 'varlena', bytes: t.namespaceBytes ?? NAMESPACE, storage: 'extended' },
    text,
  ];
  const metadata = t.metadataBytes ?? METADATA;
  if (metadata.value > 0) {
    columns.push({
      name: 'metadata',
      kind: 'varlena',
      bytes: jsonbPayload(metadata),
      storage: 'extended',
      spread: 0.03,
    });
  }
  columns.push(
    { name: 'status', kind: 'varlena', bytes: t.statusBytes ?? STATUS, storage: 'extended', spread: 0.2 },
    fixed('confidence', 4, 4),
    fixed('created_at', 8, 8),
    fixed('event_at', 8, 8),
  );
  if (t.vector !== undefined) {
    columns.push({
      name: 'embedding',
      kind: 'varlena',
      bytes: vectorPayload(t.vector),
      vector: true,
      // pgvector declares its own types external; PostgreSQL's bit is extended, and random bits do not compress.
      storage: t.vector.storage ?? (t.vector.type === 'bit' ? 'extended' : 'external'),
      ...(t.vector.nullShare === undefined ? {} : { nullShare: t.vector.nullShare }),
    });
  }
  return columns;
}
