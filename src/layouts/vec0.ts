/**
 * sqlite-vec's vec0 virtual table; sqlite-vec.c 0.1.9 over SQLite 3.53. Rows live in chunks of `chunk_size` slots,
 * allocated whole, one sequence of chunks per partition key value: a chunk is one blob of vectors, one row of
 * `_chunks` (validity bitmap and rowids) and one blob per metadata column, each stored by SQLite's overflow rule.
 * Deletes free a chunk only when it is empty; VACUUM gives back no slots.
 */
import { derive, InputError, leaf, type Quantity, revised, stated } from '../quantity/index.ts';
import { type Cliff, defineLayout, type Layout, type LayoutSize } from './layout.ts';
import { checkPageSize, DEFAULT_PAGE_SIZE, RANDOM_FILL, RANDOM_FILL_HIGH, RANDOM_FILL_LOW } from './sqlite-pages.ts';
import { recordOf, type SqliteColumn } from './sqlite-records.ts';
import { checkRows } from './sqlite-table.ts';
import { schemaPages, vec0Arithmetic } from './vec0-tables.ts';

export type Vec0Type = 'float' | 'int8' | 'bit';

export type Vec0Metadata =
  | { readonly kind: 'boolean' | 'integer' | 'float' }
  /** Mean length in bytes; texts of more than 12 bytes also take a row of `_metadatatext`. */
  | { readonly kind: 'text'; readonly bytes: Quantity<'B'> };

export interface Vec0Partitions {
  /** Distinct partition key values that have rows. */
  readonly values: Quantity;
  /** Mean bytes of the value, as text. */
  readonly valueBytes: Quantity<'B'>;
  /** Relative standard deviation of the rows per value; default 0, an even spread, which nobody confirmed. */
  readonly rowsSpread?: Quantity<'ratio'>;
}

export interface Vec0Parameters {
  readonly rows: Quantity;
  readonly dims: Quantity;
  readonly type: Vec0Type;
  /** SQLite's page size; default 4,096. */
  readonly pageSize?: Quantity<'B'>;
  /** Slots per chunk; default 1,024. */
  readonly chunkSize?: Quantity;
  readonly partitions?: Vec0Partitions;
  /** Bytes of a `text primary key`; leave out for integer ids. */
  readonly idBytes?: Quantity<'B'>;
  /** Whether text ids arrive sorted; default `random` (UUIDs). */
  readonly idOrder?: 'ascending' | 'random';
  readonly metadata?: readonly Vec0Metadata[];
  /** Auxiliary (`+`) columns, kept in a table of their own. */
  readonly auxiliary?: readonly SqliteColumn[];
}

const SOURCE = 'sqlite-vec.c 0.1.9; SQLite file format';
const PAGE_SIZE: Quantity<'B'> = stated('page size', DEFAULT_PAGE_SIZE, 'B', 'exact', 'SQLite default');
const CHUNK_SIZE: Quantity = stated('chunk size', 1024, 'count', 'exact', 'sqlite-vec default');
const EVEN: Quantity<'ratio'> = stated('spread of rows per partition', 0, 'ratio', 'assumed', 'default');
const NO_BYTES: Quantity<'B'> = leaf('none', 0, 'B');
const FILL: Quantity<'ratio'> = stated(
  'leaf fill after random inserts',
  RANDOM_FILL,
  'ratio',
  'measured',
  'SQLite 3.53',
  RANDOM_FILL_LOW,
  RANDOM_FILL_HIGH,
);
/** SQLite's limits on vec0: SQLITE_VEC_VEC0_MAX_DIMENSIONS, the chunk size check, the column counts of vec0_init. */
const MAX_DIMS = 8192;
const MAX_CHUNK = 4096;
const MAX_COLUMNS = 16;
/** A metadata slot holds a text's length and its first 12 bytes; longer texts go to a table of their own. */
const TEXT_SLOT = 16;
const TEXT_INLINE = 12;

/** Bytes by which a declaration may well be longer than the typical one. */
const LONG_DECLARATION = 1000;
/** How pages of ids and rowids happen to split. */
const PAGE_ERROR = 0.005;

const VALUE: Readonly<Record<Vec0Type, string>> = { float: '4 * d', int8: 'd', bit: 'd / 8' };
const SLOT: Readonly<Record<Vec0Metadata['kind'], Quantity<'B'>>> = {
  boolean: leaf('boolean slot', 1 / 8, 'B'),
  integer: leaf('integer slot', 8, 'B'),
  float: leaf('float slot', 8, 'B'),
  text: leaf('text slot', TEXT_SLOT, 'B'),
};

type Using = { readonly using: ReturnType<typeof vec0Arithmetic> };
let made: Using | undefined;

/** Made for the first vec0 table: most plans have none. */
function using(): Using {
  made ??= { using: vec0Arithmetic() };
  return made;
}

/** @throws InputError where vec0 has no column for such vectors */
export function checkVec0Dims(type: Vec0Type, d: number): void {
  if (!Number.isInteger(d) || d < 1 || d > MAX_DIMS) {
    throw new InputError('dims', `dims: vec0 takes 1 to ${MAX_DIMS} dimensions, not ${d}`);
  }
  if (type === 'bit' && d % 8 !== 0) {
    throw new InputError('dims', `dims: a bit vector of vec0 needs a multiple of 8 dimensions, not ${d}`);
  }
}

function check(p: Vec0Parameters, c: number): void {
  checkRows(p.rows, 'rows');
  checkVec0Dims(p.type, p.dims.value);
  if (!Number.isInteger(c) || c < 8 || c > MAX_CHUNK || c % 8 !== 0) {
    throw new InputError(
      'chunk-size',
      `chunk size: ${c} is not one vec0 takes; it must be a multiple of 8 from 8 to ${MAX_CHUNK}`,
    );
  }
  const values = p.partitions?.values.value;
  if (values !== undefined && !(values >= 1)) {
    throw new InputError('partitions', `partitions: ${values} values of the partition key; there must be at least 1`);
  }
  for (const [what, columns] of [
    ['metadata', p.metadata],
    ['auxiliary', p.auxiliary],
  ] as const) {
    if ((columns?.length ?? 0) > MAX_COLUMNS) {
      throw new InputError('columns', `${what}: ${columns?.length} columns; vec0 takes at most ${MAX_COLUMNS}`);
    }
  }
}

/** Chunks of the whole table. With an assumed spread of rows the count lies between n / c and one more per value. */
function chunkCount(p: Vec0Parameters, c: Quantity): Quantity {
  const parts = p.partitions;
  if (parts === undefined) return derive('chunks', 'count', 'ceil(n / c)', { n: p.rows, c }, { source: SOURCE });
  const each = derive('rows per partition', 'rows', 'n / G', { n: p.rows, G: parts.values });
  const spread = parts.rowsSpread ?? EVEN;
  const inputs = { r: each, s: spread, c, G: parts.values, n: p.rows };
  // No partition holds less than one row.
  const even = derive('chunks', 'count', 'min(n, G) * chunks_each(r, s, c)', inputs, { ...using(), source: SOURCE });
  if (parts.rowsSpread !== undefined) return even;
  const fewest = Math.max(Math.min(p.rows.low, parts.values.low), p.rows.low / c.value);
  const most = Math.min(p.rows.high, p.rows.high / c.value + parts.values.high);
  return revised(even, { low: Math.min(even.low, fewest), high: Math.max(even.high, most) });
}

function size(p: Vec0Parameters): LayoutSize {
  const n = p.rows;
  const U = p.pageSize ?? PAGE_SIZE;
  const c = p.chunkSize ?? CHUNK_SIZE;
  checkPageSize(U);
  check(p, c.value);
  const K = chunkCount(p, c);
  const value = derive('vector', 'B', VALUE[p.type], { d: p.dims });
  const blob = derive('vectors of a chunk', 'B', 'c * v', { c, v: value });
  const record = derive('vector chunk record', 'B', 'record(b, K)', { b: blob, K }, using());
  const vectorChunks = derive(
    '_vector_chunks00',
    'B',
    'table(K, P, U) * U',
    { K, P: record, U },
    { ...using(), source: SOURCE },
  );
  const chunkRow = derive(
    'chunk record',
    'B',
    'chunks_record(c, p)',
    { c, p: p.partitions?.valueBytes ?? NO_BYTES },
    using(),
  );
  const chunks = derive('_chunks', 'B', 'table(K, P, U) * U', { K, P: chunkRow, U }, { ...using(), source: SOURCE });
  const rowids = derive(
    '_rowids',
    'B',
    p.partitions === undefined ? 'rowids(n, K, c, id, U) * U' : 'rowids_spread(n, K, c, id, U) * U',
    { n, K, c, id: p.idBytes ?? NO_BYTES, U },
    { ...using(), source: SOURCE },
  );
  const keyIndex = derive('implicit index of _vector_chunks00', 'B', 'rowid_index(K, U) * U', { K, U }, using());
  const tables: Record<string, Quantity<'B'>> = { chunks, rowids, vectorChunks, vectorChunksIndex: keyIndex };
  if (p.idBytes !== undefined) tables['rowidsIndex'] = idIndex(n, p.idBytes, p.idOrder ?? 'random', U);
  addMetadata(tables, p.metadata ?? [], n, K, c, U);
  if (p.auxiliary !== undefined && p.auxiliary.length > 0) {
    const row = recordOf('auxiliary record', [{ kind: 'rowid', name: 'rowid' }, ...p.auxiliary]).payload;
    tables['auxiliary'] = derive('_auxiliary', 'B', 'table(n, P, U) * U', { n, P: row, U }, using());
  }
  tables['fixed'] = fixedPages(tables, p, U);
  const inputs: Record<string, Quantity> = {};
  Object.values(tables).forEach((t, i) => {
    inputs[`t${i + 1}`] = t;
  });
  const utilisation = derive('chunk utilisation', 'ratio', 'n / max(1, K * c)', { n, K, c });
  return {
    disk: derive('vec0 table', 'B', Object.keys(inputs).join(' + '), inputs, { error: PAGE_ERROR, source: SOURCE }),
    // A KNN query reads every chunk: its validity bitmap and rowids, then its vectors.
    resident: derive('chunks read by every query', 'B', 'v + k', { v: vectorChunks, k: chunks }),
    parts: { value, chunkCount: K, utilisation, ...tables },
  };
}

function idIndex(n: Quantity, bytes: Quantity<'B'>, order: 'ascending' | 'random', U: Quantity<'B'>): Quantity<'B'> {
  const entry = derive('id index entry', 'B', 'id_entry(b, n)', { b: bytes, n }, using());
  return order === 'random'
    ? derive('unique index of text ids', 'B', 'index_random(n, P, U, f) * U', { n, P: entry, U, f: FILL }, using())
    : derive('unique index of text ids', 'B', 'index_ascending(n, P, U) * U', { n, P: entry, U }, using());
}

function addMetadata(
  tables: Record<string, Quantity<'B'>>,
  metadata: readonly Vec0Metadata[],
  n: Quantity,
  K: Quantity,
  c: Quantity,
  U: Quantity<'B'>,
): void {
  metadata.forEach((column, i) => {
    const nn = i.toString().padStart(2, '0');
    const blob = derive(`slots of a chunk (${column.kind})`, 'B', 'c * s', { c, s: SLOT[column.kind] });
    const record = derive('metadata chunk record', 'B', 'record(b, K)', { b: blob, K }, using());
    tables[`metadataChunks${nn}`] = derive(
      `_metadatachunks${nn}`,
      'B',
      'table(K, P, U) * U',
      { K, P: record, U },
      using(),
    );
    tables[`metadataChunksIndex${nn}`] = derive(
      `implicit index of _metadatachunks${nn}`,
      'B',
      'rowid_index(K, U) * U',
      { K, U },
      using(),
    );
    if (column.kind !== 'text') return;
    const long = column.bytes.value > TEXT_INLINE ? n : leaf('long texts', 0, 'count');
    const text = derive('long text record', 'B', 'text_record(b, n)', { b: column.bytes, n }, using());
    tables[`metadataText${nn}`] = derive(
      `_metadatatext${nn}`,
      'B',
      'table(k, P, U) * U',
      { k: long, P: text, U },
      using(),
    );
    tables[`metadataTextIndex${nn}`] = derive(
      `implicit index of _metadatatext${nn}`,
      'B',
      'rowid_index(k, U) * U',
      { k: long, U },
      using(),
    );
  });
}

/** _info and its index, sqlite_sequence: a page each; and the schema. */
function fixedPages(
  tables: Readonly<Record<string, Quantity<'B'>>>,
  p: Vec0Parameters,
  U: Quantity<'B'>,
): Quantity<'B'> {
  const names = Object.keys(tables);
  const indexes = names.filter((t) => t.includes('Index')).length + 1;
  const columns = 1 + (p.metadata?.length ?? 0) + (p.auxiliary?.length ?? 0) + (p.partitions === undefined ? 0 : 1);
  const tableCount = names.length - indexes + 1 + 2;
  const declaration = 40 + 24 * columns;
  // Where any declaration of common length gives the same pages, its length is no assumption of the result.
  const certain =
    schemaPages(tableCount, indexes, 0, U.value) ===
    schemaPages(tableCount, indexes, declaration + LONG_DECLARATION, U.value);
  return derive(
    '_info, its index, sqlite_sequence and sqlite_schema',
    'B',
    '(3 + schema(t, i, q, U)) * U',
    {
      t: leaf('tables', tableCount, 'count'),
      i: leaf('indexes', indexes, 'count'),
      q: leaf('declaration', declaration, 'B', {
        basis: certain ? 'exact' : 'assumed',
        source: certain ? 'fits the page with the rest of the schema' : 'typical column declarations',
      }),
      U,
    },
    using(),
  );
}

/** Rows at which the last chunk began and the next one begins; with partitions, rows per partition value. */
function cliffs(p: Vec0Parameters): readonly Cliff[] {
  const c = (p.chunkSize ?? CHUNK_SIZE).value;
  const parts = p.partitions;
  const rows = parts === undefined ? p.rows.value : p.rows.value / Math.max(1, parts.values.value);
  const here = Math.max(1, Math.ceil(rows / c));
  const bits = p.type === 'float' ? 32 : p.type === 'int8' ? 8 : 1;
  const chunk = c * ((p.dims.value * bits) / 8 + 8 + 1 / 8);
  const at = (k: number): Cliff => ({
    parameter: parts === undefined ? 'rows' : 'rowsPerPartition',
    at: k * c + 1,
    before: k * chunk,
    after: (k + 1) * chunk,
    unit: 'B',
    per: parts === undefined ? 'table' : 'partition value',
  });
  return here > 1 ? [at(here - 1), at(here)] : [at(here)];
}

export const vec0: Layout<Vec0Parameters> = defineLayout({
  id: 'vec0',
  title: 'sqlite-vec vec0 table',
  source: SOURCE,
  size,
  cliffs,
});

/** The shadow tables by the names dbstat lists them under, for a vec0 table of that name. */
export function shadowTables(table: string, sized: LayoutSize): Record<string, Quantity<'B'>> {
  const named: Record<string, Quantity<'B'>> = {};
  for (const [part, q] of Object.entries(sized.parts)) {
    if (q.unit !== 'B' || part === 'value' || part === 'fixed') continue;
    const nn = /\d\d$/.exec(part)?.[0] ?? (part.startsWith('vectorChunks') ? '00' : '');
    const base = part
      .replace(/\d\d$/, '')
      .replace('Index', '')
      .replace('vectorChunks', 'vector_chunks')
      .replace('metadataChunks', 'metadatachunks')
      .replace('metadataText', 'metadatatext');
    const name = `${table}_${base}${nn}`;
    named[part.includes('Index') ? `sqlite_autoindex_${name}_1` : name] = q as Quantity<'B'>;
  }
  return named;
}
