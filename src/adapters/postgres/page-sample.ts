/**
 * Pages of an index as bytes. Page header: PostgreSQL 17, storage-page-layout (pd_lower at 12, pd_upper at 14, pd_special
 * at 16, item pointers from 24). GIN: src/include/access/ginblock.h (opaque: rightlink, maxoff, flags). HNSW: pgvector
 * 0.8, src/hnsw.h (element tuple: type, level, deleted, version, ten heap pointers).
 */
import type { GinFacts, HnswFacts } from '../../store/index.ts';

const HEADER = 24;
/** Two-sided 95 %. */
const Z = 1.96;

/** Block numbers 1 to pages - 1 (block 0 is the meta page): all of them, or `size` different ones, the same every time. */
export function sampledBlocks(pages: number, size: number, seed: string): number[] {
  if (pages - 1 <= size) return Array.from({ length: Math.max(0, pages - 1) }, (_, i) => i + 1);
  const random = generator(seed);
  const chosen = new Set<number>();
  while (chosen.size < size) chosen.add(1 + Math.floor(random() * (pages - 1)));
  return [...chosen].sort((a, b) => a - b);
}

/** mulberry32, seeded by FNV-1a of a text. */
function generator(seed: string): () => number {
  let state = 0x811c9dc5;
  for (let i = 0; i < seed.length; i++) state = Math.imul(state ^ seed.charCodeAt(i), 0x01000193);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const ELEMENT = 1;
const HEAP_POINTERS = 10;

interface HnswPage {
  elements: number;
  deleted: number;
  heapTuples: number;
}

/** Elements of one page; null when it is no page of an HNSW index. */
export function hnswPage(page: Buffer): HnswPage | null {
  if (page.length < HEADER) return null;
  const lower = page.readUInt16LE(12);
  if (lower < HEADER || lower > page.length) return lower === 0 ? { elements: 0, deleted: 0, heapTuples: 0 } : null;
  const found: HnswPage = { elements: 0, deleted: 0, heapTuples: 0 };
  for (let at = HEADER; at + 4 <= lower; at += 4) {
    // lp_off: 15 bits, lp_flags: 2, lp_len: 15.
    const item = page.readUInt32LE(at);
    const offset = item & 0x7fff;
    if (((item >>> 15) & 3) !== 1 || offset + 4 + 6 * HEAP_POINTERS > page.length) continue;
    if (page[offset] !== ELEMENT) continue;
    found.elements++;
    const pointers = heapPointers(page, offset + 4);
    // Without a heap pointer the element waits for the next pass of VACUUM, which marks it.
    if (page[offset + 2] !== 0 || pointers === 0) found.deleted++;
    else found.heapTuples += pointers;
  }
  return found;
}

/** Valid item pointers: block (two 16-bit halves) and an offset that is not 0. */
function heapPointers(page: Buffer, at: number): number {
  let n = 0;
  while (n < HEAP_POINTERS && page.readUInt16LE(at + 6 * n + 4) !== 0) n++;
  return n;
}

/** @param pages pages of the whole index */
export function hnswSample(read: readonly Buffer[], pages: number): HnswFacts['sample'] {
  const seen = read.map(hnswPage).filter((p) => p !== null);
  const sum = (of: (p: HnswPage) => number): number => seen.reduce((a, p) => a + of(p), 0);
  const elements = sum((p) => p.elements);
  const deleted = sum((p) => p.deleted);
  if (seen.length === 0 || elements === 0) return null;
  const share = deleted / elements;
  // Ratio estimator over pages as clusters, with the correction for a finite population (Cochran, Sampling Techniques, 6.4).
  const n = seen.length;
  const residual = sum((p) => (p.deleted - share * p.elements) ** 2) / Math.max(1, n - 1);
  const left = Math.max(0, 1 - n / Math.max(n, pages - 1));
  const error = (Z * Math.sqrt((left * residual) / n)) / (elements / n);
  // None found among n proves no zero: the rule of three.
  const none = left === 0 ? 0 : Math.min(1, 3 / elements);
  return {
    sampledPages: n,
    elements,
    deleted,
    heapTuples: sum((p) => p.heapTuples),
    deletedShare: share,
    low: deleted === elements ? Math.max(0, 1 - none) : Math.max(0, share - error),
    high: deleted === 0 ? none : Math.min(1, share + error),
  };
}

const GIN_OPAQUE = 8;
const GIN = { data: 1, leaf: 2, deleted: 4, meta: 8, list: 16 } as const;

interface GinPage {
  readonly flags: number;
  readonly free: number;
  readonly used: number;
}

/** One page of a GIN index; null when it is none (a page that was never used). */
export function ginPage(page: Buffer): GinPage | null {
  if (page.length < HEADER) return null;
  const lower = page.readUInt16LE(12);
  const upper = page.readUInt16LE(14);
  const special = page.readUInt16LE(16);
  if (special !== page.length - GIN_OPAQUE || upper > special || lower > upper) return null;
  const flags = page.readUInt16LE(special + 6);
  const free = upper - lower;
  const room = page.length - HEADER - GIN_OPAQUE;
  return { flags, free: free / room, used: (flags & GIN.deleted) !== 0 ? 0 : room - free };
}

/** @param pages pages of the whole index */
export function ginSample(read: readonly Buffer[], pages: number): GinFacts['sample'] {
  const seen = read.map((p) => ginPage(p) ?? { flags: GIN.deleted, free: 1, used: 0 });
  if (seen.length === 0) return null;
  const is = (p: GinPage, flag: number): boolean => (p.flags & flag) !== 0;
  const leaves = seen.filter((p) => is(p, GIN.leaf) && !is(p, GIN.deleted) && !is(p, GIN.list));
  const entry = leaves.filter((p) => !is(p, GIN.data));
  const data = leaves.filter((p) => is(p, GIN.data));
  const mean = (of: readonly number[]): number => (of.length === 0 ? 0 : of.reduce((a, x) => a + x, 0) / of.length);
  const used = mean(seen.map((p) => p.used));
  const variance = seen.reduce((a, p) => a + (p.used - used) ** 2, 0) / Math.max(1, seen.length - 1);
  const left = Math.max(0, 1 - seen.length / Math.max(seen.length, pages - 1));
  return {
    sampled: seen.length,
    deletedShare: seen.filter((p) => is(p, GIN.deleted)).length / seen.length,
    entryLeafPages: entry.length,
    dataLeafPages: data.length,
    entryLeafFree: mean(entry.map((p) => p.free)),
    dataLeafFree: mean(data.map((p) => p.free)),
    usedBytes: used,
    usedBytesError: Math.sqrt((left * variance) / seen.length),
  };
}
