/**
 * Vectors in the types' own binary form, several times faster to read than text: pgvector 0.8, vector_send, halfvec_send,
 * sparsevec_send; PostgreSQL 17, bit_send, array_send. In the binary COPY that is how they come; elsewhere the driver's
 * binary mode corrupts them, and they travel as base64 of the same bytes.
 */
import { quoted } from './quoting.ts';
import type { PgReading, PgSet } from './reading.ts';
import { vectorPlace } from './vector-facts.ts';

/** Bytes `from` to `to` → floats; undefined for what is no vector. */
export type VectorDecoder = (bytes: Buffer, from: number, to: number) => Float32Array | undefined;

export interface VectorColumn {
  /** Expression whose binary form `decode` reads; NULL where the row has no vector. */
  readonly sql: string;
  /** The same bytes as text in base64. */
  readonly base64: string;
  readonly decode: VectorDecoder;
}

/** @returns undefined where the set has no vectors in a type that is known here */
export function vectorColumn(reading: PgReading, s: PgSet): VectorColumn | undefined {
  const place = vectorPlace({ reading }, s);
  const v = s.set.vectors;
  if (place === null || v === undefined) return undefined;
  const form = formOf(place.type, quoted(reading.catalog.extensions.get('vector')?.schema ?? 'public'));
  if (form === undefined) return undefined;
  const encoded = (x: string): string => `pg_catalog.encode(${form.bytes(x)}, 'base64')`;
  const one = (wire: (x: string) => string): string => {
    if (v.where !== 'table') return wire(`t.${quoted(place.column)}`);
    const join = v.on.map((c) => `v.${quoted(c)} = t.${quoted(c)}`).join(' AND ');
    const other = `${quoted(place.table.schema)}.${quoted(place.table.name)}`;
    return `(SELECT ${wire(`v.${quoted(place.column)}`)} FROM ${other} AS v WHERE ${join} LIMIT 1)`;
  };
  return { sql: one(form.value), base64: one(encoded), decode: form.decode };
}

interface Form {
  /** The value as COPY sends it, and the same bytes as bytea. */
  value(x: string): string;
  bytes(x: string): string;
  readonly decode: VectorDecoder;
}

const itself = (x: string): string => x;
const sentBy =
  (send: string) =>
  (x: string): string =>
    `${send}(${x})`;

function formOf(type: string, vectorSchema: string): Form | undefined {
  if (type.endsWith('[]')) return arrayForm(type.slice(0, -2));
  const name = /^\w+(\s\w+)*/.exec(type)?.[0] ?? '';
  switch (name) {
    case 'vector':
      return { value: itself, bytes: sentBy(`${vectorSchema}.vector_send`), decode: float32 };
    case 'halfvec':
      return { value: itself, bytes: sentBy(`${vectorSchema}.halfvec_send`), decode: float16 };
    case 'sparsevec':
      return { value: itself, bytes: sentBy(`${vectorSchema}.sparsevec_send`), decode: sparse };
    case 'bit':
      return { value: itself, bytes: sentBy('pg_catalog.bit_send'), decode: bits };
    case 'bit varying':
      return { value: itself, bytes: sentBy('pg_catalog.varbit_send'), decode: bits };
    case 'bytea':
      return { value: itself, bytes: itself, decode: blob };
    case 'json':
    case 'jsonb':
    case 'text':
    case 'character varying': {
      const value = (x: string): string => `${x}::pg_catalog.text`;
      return { value, bytes: (x) => `pg_catalog.textsend(${value(x)})`, decode: list };
    }
    default:
      return undefined;
  }
}

const ARRAY_CASTS: Readonly<Record<string, string>> = {
  real: '',
  'double precision': '',
  smallint: '::pg_catalog.float4[]',
  integer: '::pg_catalog.float8[]',
  bigint: '::pg_catalog.float8[]',
  numeric: '::pg_catalog.float8[]',
};

function arrayForm(element: string): Form | undefined {
  const cast = ARRAY_CASTS[element.replace(/\(.*/, '')];
  if (cast === undefined) return undefined;
  const value = (x: string): string => `${x}${cast}`;
  return { value, bytes: (x) => `pg_catalog.array_send(${value(x)})`, decode: array };
}

/**
 * Vectors of several rows lie in one block of memory: a block for each costs more than all the rest of reading it. Small
 * enough that a vector which is kept for long does not hold on to much.
 */
const BLOCK_BYTES = 64 * 1024;
let block: Buffer = Buffer.from(new ArrayBuffer(0));
let used = 0;

/** int16 dimensions, int16 unused, then big-endian floats. */
const float32: VectorDecoder = (b, from, to) => {
  const n = (to - from - 4) >> 2;
  if (used + 4 * n > block.length) {
    block = Buffer.from(new ArrayBuffer(Math.max(BLOCK_BYTES, 4 * n)));
    used = 0;
  }
  const at = used;
  used += 4 * n;
  b.copy(block, at, from + 4, to);
  block.subarray(at, used).swap32();
  return new Float32Array(block.buffer as ArrayBuffer, at, n);
};

/** IEEE 754 binary16, all 65,536 of them, by their bits. */
let halves: Float32Array | undefined;

const float16: VectorDecoder = (b, from, to) => {
  halves ??= Float32Array.from({ length: 65_536 }, (_, bits) => half(bits));
  const n = (to - from - 4) >> 1;
  const vector = new Float32Array(n);
  for (let i = 0, at = from + 4; i < n; i++, at += 2)
    vector[i] = halves[((b[at] as number) << 8) | (b[at + 1] as number)] as number;
  return vector;
};

function half(bits: number): number {
  const sign = (bits & 0x8000) === 0 ? 1 : -1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** int32 dimensions, int32 non-zero elements, int32 unused, their positions, their values. */
const sparse: VectorDecoder = (b, from) => {
  const vector = new Float32Array(b.readInt32BE(from));
  const filled = b.readInt32BE(from + 4);
  const [positions, values] = [from + 12, from + 12 + 4 * filled];
  for (let i = 0; i < filled; i++) vector[b.readInt32BE(positions + 4 * i)] = b.readFloatBE(values + 4 * i);
  return vector;
};

/** int32 bits, then bytes with the first bit highest. As +1 and -1, so that the cosine is 1 - 2 x Hamming distance / bits. */
const bits: VectorDecoder = (b, from) => {
  const n = b.readInt32BE(from);
  const vector = new Float32Array(n);
  for (let i = 0; i < n; i++) vector[i] = (((b[from + 4 + (i >> 3)] as number) >> (7 - (i & 7))) & 1) === 1 ? 1 : -1;
  return vector;
};

/** As every known writer stores a blob of floats: little-endian. */
const blob: VectorDecoder = (b, from, to) => {
  if ((to - from) % 4 !== 0) return undefined;
  const vector = new Float32Array((to - from) >> 2);
  b.copy(Buffer.from(vector.buffer), 0, from, to);
  return vector;
};

const FLOAT4 = 700;
const FLOAT8 = 701;

/** int32 dimensions, flags and element type, of each dimension its length and first index, then length and bytes of each element. */
const array: VectorDecoder = (b, from) => {
  const dimensions = b.readInt32BE(from);
  if (dimensions === 0) return new Float32Array(0);
  const type = b.readInt32BE(from + 8);
  if (dimensions !== 1 || (type !== FLOAT4 && type !== FLOAT8)) return undefined;
  const n = b.readInt32BE(from + 12);
  const vector = new Float32Array(n);
  const width = type === FLOAT4 ? 4 : 8;
  for (let i = 0, at = from + 20; i < n; i++, at += 4 + width) {
    // A vector with a hole is none.
    if (b.readInt32BE(at) !== width) return undefined;
    vector[i] = type === FLOAT4 ? b.readFloatBE(at + 4) : b.readDoubleBE(at + 4);
  }
  return vector;
};

/** "[0.1, 0.2]", the form of JSON and of a vector that was written as text. */
const list: VectorDecoder = (b, from, to) => {
  let parsed: unknown;
  try {
    parsed = JSON.parse(b.toString('latin1', from, to));
  } catch {
    return undefined;
  }
  if (!Array.isArray(parsed) || !parsed.every((x) => typeof x === 'number')) return undefined;
  return Float32Array.from(parsed as number[]);
};
