/** Header of an hnswlib index file. Source: nmslib/hnswlib 0.8.0, hnswalg.h, HierarchicalNSW::saveIndex (64-bit). */
import { closeSync, openSync, readSync } from 'node:fs';

export interface HnswlibHeader {
  readonly vectors: number;
  readonly dims: number;
  readonly m: number;
}

/** offsetLevel0, max_elements, cur_element_count, size_data_per_element, label_offset, offsetData, maxlevel, enterpoint,
 * maxM, maxM0, M, mult, ef_construction */
const HEADER_BYTES = 96;
const FLOAT32 = 4;

/** @returns undefined when the file is not such an index of float32 vectors */
export function hnswlibFile(path: string): HnswlibHeader | undefined {
  const header = Buffer.alloc(HEADER_BYTES);
  const fd = openSync(path, 'r');
  try {
    if (readSync(fd, header, 0, HEADER_BYTES, 0) < HEADER_BYTES) return undefined;
  } finally {
    closeSync(fd);
  }
  const size = (at: number): number => Number(header.readBigUInt64LE(at));
  const capacity = size(8);
  const vectors = size(16);
  const perElement = size(24);
  const labelOffset = size(32);
  const dataOffset = size(40);
  const maxM = size(56);
  const m = size(72);
  const dims = (labelOffset - dataOffset) / FLOAT32;
  // An element is links, vector and an 8-byte label; anything else is another kind of file.
  const consistent =
    labelOffset + 8 === perElement && maxM === m && vectors <= capacity && Number.isInteger(dims) && dims > 0;
  return consistent ? { vectors, dims, m } : undefined;
}
