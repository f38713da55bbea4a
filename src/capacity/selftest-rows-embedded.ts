/** What a measured row of an embedded or in-memory engine says, as the parameters of its layout. */
import type { HnswlibParameters } from '../layouts/hnswlib.ts';
import { memoryFields, type RedisHashParameters } from '../layouts/redis-hash.ts';
import type { RedisServer } from '../layouts/redis-objects.ts';
import type { RedisStringParameters } from '../layouts/redis-string.ts';
import type { UsearchParameters, UsearchType } from '../layouts/usearch.ts';
import type { Vec0Parameters, Vec0Type } from '../layouts/vec0.ts';
import { leaf, type Quantity, type Unit } from '../quantity/index.ts';
import { damaged } from './selftest-csv.ts';
import { extraNumber, type MeasuredRow } from './selftest-rows.ts';

/** Of the data sets that were loaded into Redis and Valkey. */
const KEY_BYTES = 10;
const NAMESPACE_BYTES = 10;
const METADATA_BYTES = 68;
/** What a JSON document holds besides its content: `{"ns":"…ten…","content":"…","ts":…ten…}`. */
const JSON_FRAME_BYTES = 47;
/** Standard deviation of the documents' lengths relative to their mean. */
const JSON_SPREAD = 0.12;

const given = <U extends Unit = 'count'>(name: string, value: number, unit: U = 'count' as U): Quantity<U> =>
  leaf(name, value, unit, { source: 'the measured row' });

const VEC0_TYPES: readonly Vec0Type[] = ['float', 'int8', 'bit'];
const USEARCH_TYPES: readonly UsearchType[] = ['f32', 'f16', 'i8', 'b1'];

/** @throws InputError (`damaged-measurements`) for a type that the engine does not have */
function typeOf<T extends string>(row: MeasuredRow, types: readonly T[]): T {
  const type = types.find((t) => t === row.type);
  if (type === undefined) throw damaged(row.file, row.line, `"${row.type}" is no type of ${row.engine}`);
  return type;
}

/** Undefined for a table with further columns, whose contents the row does not state. */
export function vec0Parameters(row: MeasuredRow): Vec0Parameters | undefined {
  const { extraCols } = row.extra as { extraCols?: unknown };
  if ((extraCols !== undefined && extraCols !== '') || row.extra['vacuum'] === true) return undefined;
  const pageSize = extraNumber(row, 'page_size');
  const chunkSize = extraNumber(row, 'chunk_size');
  return {
    rows: given('rows', row.n),
    dims: given('dims', row.dims),
    type: typeOf(row, VEC0_TYPES),
    ...(pageSize === undefined ? {} : { pageSize: given('page size', pageSize, 'B') }),
    ...(chunkSize === undefined ? {} : { chunkSize: given('chunk size', chunkSize) }),
  };
}

export function hnswlibParameters(row: MeasuredRow): HnswlibParameters {
  return {
    rows: given('rows', row.n),
    dims: given('dims', row.dims),
    m: given('m', row.m),
    capacity: given('max_elements', extraNumber(row, 'capacity') ?? row.n),
  };
}

export function usearchParameters(row: MeasuredRow): UsearchParameters {
  return {
    rows: given('rows', row.n),
    dims: given('dims', row.dims),
    type: typeOf(row, USEARCH_TYPES),
    m: given('connectivity', row.m),
  };
}

/** Redis 7 and 8, and Valkey, which keeps keys and fields in other structures. */
export function redisServer(row: Pick<MeasuredRow, 'engine' | 'version'>): RedisServer {
  if (row.engine === 'valkey') return 'valkey-8';
  return row.version.startsWith('8') ? 'redis-8' : 'redis-7';
}

/** A hash of the vector alone (`hash`) or of a whole memory (`hash_full`); undefined for other kinds. */
export function redisHashParameters(row: MeasuredRow): RedisHashParameters | undefined {
  const kind = row.extra['kind'];
  const vectorBytes = given('vector', 4 * row.dims, 'B');
  const common = { keys: given('keys', row.n), keyBytes: given('key', KEY_BYTES, 'B'), server: redisServer(row) };
  if (kind === 'hash') return { ...common, fields: [{ name: 'vector', valueBytes: vectorBytes }] };
  const content = extraNumber(row, 'avg_content');
  if (kind !== 'hash_full' || content === undefined) return undefined;
  return {
    ...common,
    fields: memoryFields({
      vectorBytes,
      namespaceBytes: given('namespace', NAMESPACE_BYTES, 'B'),
      textBytes: given('text', content, 'B'),
      metadataBytes: given('metadata', METADATA_BYTES, 'B'),
    }),
  };
}

/** A string of the vector (`string`) or of a JSON document (`string_json`); undefined for other kinds. */
export function redisStringParameters(row: MeasuredRow): RedisStringParameters | undefined {
  const kind = row.extra['kind'];
  const common = { keys: given('keys', row.n), keyBytes: given('key', KEY_BYTES, 'B'), server: redisServer(row) };
  if (kind === 'string') return { ...common, valueBytes: given('vector', 4 * row.dims, 'B') };
  const content = extraNumber(row, 'avg_content');
  if (kind !== 'string_json' || content === undefined) return undefined;
  return {
    ...common,
    valueBytes: given('document', content + JSON_FRAME_BYTES, 'B'),
    valueSpread: given('spread of document lengths', JSON_SPREAD, 'ratio'),
  };
}
