/** What a measured row of PostgreSQL says about its structure, as the parameters of that structure's layout. */
import type { HnswBuildKind } from '../layouts/hnsw-build-memory.ts';
import { type BtreeParameters, type KeyColumn, keyColumn } from '../layouts/pg-btree.ts';
import type { GinParameters, GinTextClass } from '../layouts/pg-gin.ts';
import type { HeapParameters } from '../layouts/pg-heap.ts';
import type { Storage } from '../layouts/pg-heap-row.ts';
import { memoryTableColumns } from '../layouts/pg-memory-table.ts';
import type { HnswParameters } from '../layouts/pgvector-hnsw.ts';
import type { IvfflatParameters } from '../layouts/pgvector-ivfflat.ts';
import { VECTOR_TYPES, type VectorType } from '../layouts/pgvector-value.ts';
import { leaf, oncePer, type Quantity, type Unit } from '../quantity/index.ts';
import { damaged } from './selftest-csv.ts';
import { extraNumber, type MeasuredRow, type PublishedRow } from './selftest-rows.ts';

/** Mean text and metadata of the loaded tables, where the row does not state its own. */
const TEXT_BYTES = 204.1;
const METADATA_BYTES = 67.65;
/** Metadata of the tables that the jsonb indexes were built over. */
const INDEXED_METADATA_BYTES = 67.67;

const givenBefore = new Map<string, Quantity>();

/** One quantity for all rows that state the same: what a layout keeps for it, they share. */
function given<U extends Unit>(name: string, value: number, unit: U): Quantity<U> {
  const key = `${name} ${value}`;
  let known = givenBefore.get(key);
  if (known === undefined) {
    known = leaf(name, value, unit, { source: 'the measured row' });
    givenBefore.set(key, known);
  }
  return known as Quantity<U>;
}

/** @throws InputError (`damaged-measurements`) for a type that pgvector does not have */
function vectorType(row: { readonly file: string; readonly line: number; readonly type: string }): VectorType {
  if (row.type === '' || row.type === 'none') return 'vector';
  const type = VECTOR_TYPES.find((t) => t === row.type);
  if (type === undefined) throw damaged(row.file, row.line, `"${row.type}" is no type of pgvector`);
  return type;
}

/** A PostgreSQL server, and PGlite's WebAssembly build of one. */
function hnswBuildKind(row: MeasuredRow): HnswBuildKind {
  const pglite = row.engine === 'pglite';
  return {
    mode: row.extra['par'] === 1 ? 'parallel' : 'serial',
    postgres: pglite ? 18 : Number(/pg(\d+)/.exec(row.version)?.[1] ?? 17),
    pointerBytes: pglite ? 4 : 8,
  };
}

/** Asked for by the row's size and by its build time. */
export const hnswParameters: (row: MeasuredRow) => HnswParameters & { readonly build: HnswBuildKind } = oncePer(
  (row) => ({
    rows: given('rows', row.n, 'rows'),
    dims: given('dims', row.dims, 'dimensions'),
    type: vectorType(row),
    m: given('m', row.m, 'count'),
    build: hnswBuildKind(row),
  }),
  new WeakMap(),
);

/** Rows in the graph when the build said that it no longer fits; undefined where it did fit. */
export function spilledAfter(row: Pick<MeasuredRow, 'extra'>): number | undefined {
  const notices = row.extra['notices'];
  const notice: unknown = row.extra['notice'] ?? (Array.isArray(notices) ? notices[0] : undefined);
  const rows = typeof notice === 'string' ? /after (\d+) tuples/.exec(notice)?.[1] : undefined;
  return rows === undefined ? undefined : Number(rows);
}

/** maintenance_work_mem of the build; undefined where it was not noted. */
export function maintenanceWorkMem(row: Pick<MeasuredRow, 'extra'>): Quantity<'B'> | undefined {
  const match = /^(\d+)(MB|GB)$/.exec(String(row.extra['mwm'] ?? ''));
  if (match === null) return undefined;
  return given('maintenance_work_mem', Number(match[1]) * (match[2] === 'GB' ? 2 ** 30 : 2 ** 20), 'B');
}

export function ivfflatParameters(row: MeasuredRow): IvfflatParameters {
  return {
    rows: given('rows', row.n, 'rows'),
    dims: given('dims', row.dims, 'dimensions'),
    type: vectorType(row),
    lists: given('lists', row.lists, 'count'),
  };
}

const STORAGES: readonly Storage[] = ['plain', 'extended', 'external', 'main'];

const tables = new Map<string, HeapParameters['columns']>();

/** The table of memories that heap and TOAST rows were measured on; 'default' storage is the type's own. */
export function heapParameters(row: MeasuredRow): HeapParameters {
  const { dims } = row;
  const type = dims === 0 ? undefined : vectorType(row);
  const storage = STORAGES.find((s) => s === row.extra['storage']);
  const textBytes = extraNumber(row, 'content_bytes') ?? TEXT_BYTES;
  const metadataBytes = extraNumber(row, 'meta_json_bytes') ?? METADATA_BYTES;
  const key = `${dims} ${type} ${storage} ${textBytes} ${metadataBytes}`;
  let columns = tables.get(key);
  if (columns === undefined) {
    columns = memoryTableColumns({
      textBytes: given('text', textBytes, 'B'),
      metadataBytes: given('metadata', metadataBytes, 'B'),
      ...(type === undefined
        ? {}
        : {
            vector: {
              dims: given('dims', dims, 'dimensions'),
              type,
              ...(storage === undefined ? {} : { storage }),
            },
          }),
    });
    tables.set(key, columns);
  }
  return { rows: given('rows', row.n, 'rows'), columns };
}

const indexName = (row: MeasuredRow): string => String(row.extra['kind'] ?? row.extra['idx'] ?? '');

const NAMESPACE_STATUS_CONFIDENCE: readonly KeyColumn[] = [
  keyColumn.text('namespace', 10),
  keyColumn.oneOf('status', { active: 0.6, archived: 0.2, superseded: 0.2 }),
  keyColumn.real('confidence'),
];
const KEY_COLUMNS: Readonly<Record<string, readonly KeyColumn[]>> = {
  btree_nsc: NAMESPACE_STATUS_CONFIDENCE,
  b_btree: NAMESPACE_STATUS_CONFIDENCE,
  btree_created: [keyColumn.timestamptz('created_at')],
  b_created: [keyColumn.timestamptz('created_at')],
  btree_event: [keyColumn.timestamptz('event_at')],
  btree_uuid: [keyColumn.uuid('uid')],
  b_uuid: [keyColumn.uuid('uid')],
};

/** Undefined for an index whose columns the row's name does not tell. */
export function btreeParameters(row: MeasuredRow): BtreeParameters | undefined {
  const columns = KEY_COLUMNS[indexName(row)];
  return columns === undefined ? undefined : { rows: given('rows', row.n, 'rows'), columns };
}

/** What the row states of the table and texts under a GIN index. */
interface IndexedTexts {
  readonly opclass: GinTextClass;
  readonly textBytes: number;
  readonly rowsPerPage: number;
  readonly vocabulary: number | undefined;
}

function indexedTexts(row: MeasuredRow): IndexedTexts | undefined {
  const heap = { extra: (row.extra['heap'] ?? {}) as Record<string, unknown> };
  const textBytes = extraNumber(heap, 'content_bytes_avg');
  const rowsPerPage = extraNumber(heap, 'rows_per_heap_page');
  if (textBytes === undefined || rowsPerPage === undefined) return undefined;
  const opclass: GinTextClass = indexName(row).includes('trgm') ? 'trgm' : 'tsvector';
  // Of trigrams every one that occurs is a key; of words the vocabulary is what the texts were drawn from.
  const vocabulary = opclass === 'trgm' ? extraNumber(row, 'distinct_keys') : extraNumber(heap, 'vocab');
  return { opclass, textBytes, rowsPerPage, vocabulary };
}

const overJson = (row: MeasuredRow): boolean => indexName(row).includes('jsonb');

/** Document frequencies known: undefined where the row does not count its postings. */
export function ginFromFrequencies(row: MeasuredRow): GinParameters | undefined {
  const texts = indexedTexts(row);
  const postings = extraNumber(row, 'postings');
  if (texts?.vocabulary === undefined || postings === undefined || overJson(row)) return undefined;
  return {
    rows: given('rows', row.n, 'rows'),
    rowsPerHeapPage: given('rows per heap page', texts.rowsPerPage, 'ratio'),
    keys: {
      kind: 'zipf',
      opclass: texts.opclass,
      vocabulary: given('vocabulary', texts.vocabulary, 'count'),
      keysPerRow: given('keys per row', postings / row.n, 'count'),
    },
  };
}

/** Only the mean length of the texts known. */
export function ginFromText(row: MeasuredRow): GinParameters | undefined {
  const texts = indexedTexts(row);
  if (texts === undefined || overJson(row)) return undefined;
  return {
    rows: given('rows', row.n, 'rows'),
    rowsPerHeapPage: given('rows per heap page', texts.rowsPerPage, 'ratio'),
    keys: { kind: 'text', opclass: texts.opclass, textBytes: given('text', texts.textBytes, 'B') },
  };
}

/** An index over JSON metadata. */
export function ginFromJson(row: MeasuredRow): GinParameters | undefined {
  const texts = indexedTexts(row);
  if (texts === undefined || !overJson(row)) return undefined;
  return {
    rows: given('rows', row.n, 'rows'),
    rowsPerHeapPage: given('rows per heap page', texts.rowsPerPage, 'ratio'),
    keys: {
      kind: 'jsonb',
      opclass: indexName(row).endsWith('path') ? 'jsonb_path_ops' : 'jsonb_ops',
      metadataBytes: given('metadata', INDEXED_METADATA_BYTES, 'B'),
    },
  };
}

/** The parameters of a published index, as far as a size of pgvector's depends on them. */
export function publishedHnsw(row: PublishedRow): HnswParameters {
  return {
    rows: given('rows', row.n, 'rows'),
    dims: given('dims', row.dims, 'dimensions'),
    type: vectorType(row),
    m: given('m', row.mOrLists, 'count'),
  };
}

export function publishedIvfflat(row: PublishedRow): IvfflatParameters {
  return {
    rows: given('rows', row.n, 'rows'),
    dims: given('dims', row.dims, 'dimensions'),
    type: vectorType(row),
    lists: given('lists', row.mOrLists, 'count'),
  };
}
