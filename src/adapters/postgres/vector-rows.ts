/**
 * Vectors on their way into the server, as one array in binary form: four bytes a value and nothing to parse.
 * Array: PostgreSQL src/backend/utils/adt/arrayfuncs.c, array_recv; vector: pgvector src/vector.c, vector_recv.
 */

const ARRAY_HEAD = 20;
const VECTOR_HEAD = 4;

/**
 * @param type oid of the type vector in this database
 * @param next draws the next vector, all of the same width
 */
export function vectorArray(type: number, count: number, dimensions: number, next: () => Float32Array): Buffer {
  const size = VECTOR_HEAD + 4 * dimensions;
  const bytes = Buffer.alloc(ARRAY_HEAD + count * (4 + size));
  // One dimension, no NULL, element type, length, lower bound.
  [1, 0, type, count, 1].forEach((value, i) => {
    bytes.writeInt32BE(value, 4 * i);
  });
  let at = ARRAY_HEAD;
  for (let row = 0; row < count; row++) {
    at = bytes.writeInt32BE(size, at);
    at = bytes.writeInt16BE(dimensions, at);
    at = bytes.writeInt16BE(0, at);
    for (const value of next()) at = bytes.writeFloatBE(value, at);
  }
  return bytes;
}
