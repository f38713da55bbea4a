/** Vectors as SQLite stores keep them: blobs of float32, float16 or bits, little-endian, or lists of numbers as text. */
import { endianness } from 'node:os';
import type { VectorScalar } from '../../profiles/index.ts';
import type { Vec0Column } from '../../store/index.ts';

const FLOAT32 = 4;
const LITTLE_ENDIAN: boolean = endianness() === 'LE';

/** @returns undefined for what is no vector */
export function decoded(value: unknown, scalar: VectorScalar): Float32Array | undefined {
  if (typeof value === 'string') return listed(value);
  if (!Buffer.isBuffer(value) || value.length === 0) return undefined;
  if (scalar === 'bit') return signs(value);
  if (scalar === 'halfvec') return halves(value);
  return value.length % FLOAT32 === 0 ? floats(value) : undefined;
}

/** A slot of a vec0 chunk. */
export function decodedSlot(slot: Buffer, scalar: Vec0Column['scalar']): Float32Array {
  if (scalar === 'bit') return signs(slot);
  if (scalar === 'int8') return Float32Array.from(new Int8Array(slot.buffer, slot.byteOffset, slot.length));
  // A copy: a view would keep the whole chunk.
  return floats(Buffer.from(new Uint8Array(slot).buffer));
}

/** Bytes of one vector in a vec0 chunk. */
export function slotBytes({ scalar, dims }: Vec0Column): number {
  return scalar === 'float32' ? dims * FLOAT32 : scalar === 'bit' ? dims / 8 : dims;
}

/** The driver gives each blob a buffer of its own: a view is enough where it is aligned, which it nearly always is. */
function floats(bytes: Buffer): Float32Array {
  if (!LITTLE_ENDIAN)
    return Float32Array.from({ length: bytes.length / FLOAT32 }, (_, i) => bytes.readFloatLE(i * FLOAT32));
  if (bytes.byteOffset % FLOAT32 === 0) return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / FLOAT32);
  return new Float32Array(new Uint8Array(bytes).buffer);
}

/**
 * Bits are signs: +1 and -1, so that the cosine is 1 - 2 h / d, with h the Hamming distance by which such vectors are
 * searched. The first bit is the lowest of its byte, as in sqlite-vec's vec_quantize_binary.
 */
function signs(bytes: Buffer): Float32Array {
  const vector = new Float32Array(bytes.length * 8);
  for (let i = 0; i < vector.length; i++) vector[i] = ((bytes[i >> 3] as number) >> (i & 7)) & 1 ? 1 : -1;
  return vector;
}

function halves(bytes: Buffer): Float32Array | undefined {
  if (bytes.length % 2 !== 0) return undefined;
  const vector = new Float32Array(bytes.length / 2);
  for (let i = 0; i < vector.length; i++) vector[i] = half(bytes.readUInt16LE(2 * i));
  return vector;
}

/** IEEE 754 binary16 to a number. */
function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** "[0.1, -2, 3e-4]": JSON, and what sqlite-vec and pgvector print. */
function listed(text: string): Float32Array | undefined {
  if (!/^\s*\[/.test(text)) return undefined;
  try {
    const values: unknown = JSON.parse(text);
    return Array.isArray(values) && values.length > 0 && values.every((v) => typeof v === 'number')
      ? Float32Array.from(values)
      : undefined;
  } catch {
    return undefined;
  }
}
