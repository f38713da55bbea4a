/**
 * Vectors in the types' own binary form, several times faster to read than text: pgvector 0.8, vector_send, halfvec_send,
 * sparsevec_send; PostgreSQL 17, bit_send. The driver's binary mode corrupts them, so they travel as bytea.
 */

import { quoted } from './quoting.ts';
import type { PgReading, PgSet } from './reading.ts';
import { vectorPlace } from './vector-facts.ts';

export interface VectorColumn {
  /** Select-list item, named "vector". */
  readonly sql: string;
  read(value: unknown): Float32Array | undefined;
}

export function vectorColumn(reading: PgReading, s: PgSet): VectorColumn | undefined {
  const place = vectorPlace({ reading }, s);
  const v = s.set.vectors;
  if (place === null || v === undefined) return undefined;
  const form = formOf(place.type);
  if (form === undefined) return undefined;
  const schema = reading.catalog.extensions.get('vector')?.schema ?? 'public';
  const wire = (x: string): string => form.sql(x, quoted(schema));
  if (v.where !== 'table') return { sql: `${wire(`t.${quoted(place.column)}`)} AS vector`, read: form.read };
  const join = v.on.map((c) => `v.${quoted(c)} = t.${quoted(c)}`).join(' AND ');
  const other = `${quoted(place.table.schema)}.${quoted(place.table.name)}`;
  return {
    sql: `(SELECT ${wire(`v.${quoted(place.column)}`)} FROM ${other} AS v WHERE ${join} LIMIT 1) AS vector`,
    read: form.read,
  };
}

interface Form {
  sql(x: string, schema: string): string;
  read(value: unknown): Float32Array | undefined;
}

function formOf(type: string): Form | undefined {
  const name = /^\w+(\s\w+)*/.exec(type)?.[0] ?? '';
  if (type.endsWith('[]')) {
    return {
      sql: (x) => `${x}::pg_catalog.float4[]`,
      read: (v) => (Array.isArray(v) ? Float32Array.from(v) : undefined),
    };
  }
  const decode = DECODERS[name];
  if (decode === undefined) return undefined;
  const own = name === 'bytea' ? undefined : name === 'bit' ? 'pg_catalog.bit_send' : `${name}_send`;
  return {
    sql: (x, schema) => (own === undefined ? x : `${own.includes('.') ? own : `${schema}.${own}`}(${x})`),
    read: (v) => (Buffer.isBuffer(v) ? decode(v) : undefined),
  };
}

const DECODERS: Readonly<Record<string, (b: Buffer) => Float32Array | undefined>> = {
  // int16 dimensions, int16 unused, then big-endian floats.
  vector: (b) => floats((b.length - 4) / 4, (i) => b.readFloatBE(4 + 4 * i)),
  halfvec: (b) => floats((b.length - 4) / 2, (i) => half(b.readUInt16BE(4 + 2 * i))),
  // int32 dimensions, int32 non-zero elements, int32 unused, their positions, their values.
  sparsevec: (b) => {
    const vector = new Float32Array(b.readInt32BE(0));
    const filled = b.readInt32BE(4);
    for (let i = 0; i < filled; i++) vector[b.readInt32BE(12 + 4 * i)] = b.readFloatBE(12 + 4 * filled + 4 * i);
    return vector;
  },
  // int32 bits, then bytes with the first bit highest.
  bit: (b) => floats(b.readInt32BE(0), (i) => ((b[4 + (i >> 3)] as number) >> (7 - (i & 7))) & 1),
  // As every known writer stores a blob of floats: little-endian.
  bytea: (b) => (b.length % 4 === 0 ? floats(b.length / 4, (i) => b.readFloatLE(4 * i)) : undefined),
};

function floats(n: number, at: (i: number) => number): Float32Array {
  const vector = new Float32Array(n);
  for (let i = 0; i < n; i++) vector[i] = at(i);
  return vector;
}

/** IEEE 754 binary16 to a number. */
function half(bits: number): number {
  const sign = (bits & 0x8000) === 0 ? 1 : -1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
