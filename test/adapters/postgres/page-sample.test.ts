import { describe, expect, it } from 'vitest';
import { ginPage, ginSample, hnswPage, hnswSample, sampledBlocks } from '../../../src/adapters/postgres/page-sample.ts';

const PAGE = 8192;

interface Element {
  readonly deleted?: boolean;
  /** Heap pointers in use. */
  readonly pointers: number;
}

/** A page as pgvector writes it: elements, each with a neighbour tuple behind it. */
function hnsw(elements: readonly Element[]): Buffer {
  const page = Buffer.alloc(PAGE);
  let upper = PAGE - 8;
  let slot = 24;
  const add = (tuple: Buffer): void => {
    upper -= tuple.length;
    tuple.copy(page, upper);
    // lp_off, LP_NORMAL, lp_len.
    page.writeUInt32LE((upper | (1 << 15) | (tuple.length << 17)) >>> 0, slot);
    slot += 4;
  };
  for (const { deleted = false, pointers } of elements) {
    const element = Buffer.alloc(96);
    element[0] = 1;
    element[2] = deleted ? 1 : 0;
    for (let i = 0; i < pointers; i++) element.writeUInt16LE(i + 1, 4 + 6 * i + 4);
    add(element);
    const neighbour = Buffer.alloc(96);
    neighbour[0] = 2;
    add(neighbour);
  }
  page.writeUInt16LE(slot, 12);
  page.writeUInt16LE(upper, 14);
  page.writeUInt16LE(PAGE - 8, 16);
  return page;
}

/** A GIN page with its flags and free bytes. */
function gin(flags: number, free: number): Buffer {
  const page = Buffer.alloc(PAGE);
  page.writeUInt16LE(24 + 100, 12);
  page.writeUInt16LE(24 + 100 + free, 14);
  page.writeUInt16LE(PAGE - 8, 16);
  page.writeUInt16LE(flags, PAGE - 2);
  return page;
}

describe('HNSW pages', () => {
  it('elements are counted, their neighbours are not', () => {
    expect(hnswPage(hnsw([{ pointers: 1 }, { pointers: 10 }, { pointers: 3 }]))).toEqual({
      elements: 3,
      deleted: 0,
      heapTuples: 14,
    });
  });

  it('deleted are the marked ones, and those that have lost every heap tuple', () => {
    expect(hnswPage(hnsw([{ deleted: true, pointers: 0 }, { pointers: 0 }, { pointers: 1 }]))).toEqual({
      elements: 3,
      deleted: 2,
      heapTuples: 1,
    });
  });

  it('a page that was never written is empty, other bytes are no page', () => {
    expect(hnswPage(Buffer.alloc(PAGE))).toEqual({ elements: 0, deleted: 0, heapTuples: 0 });
    expect(hnswPage(Buffer.alloc(PAGE, 0xff))).toBeNull();
    expect(hnswPage(Buffer.alloc(3))).toBeNull();
  });

  it('the interval is over pages, and closes when all of them were read', () => {
    const half = hnsw([{ pointers: 1 }, { deleted: true, pointers: 0 }]);
    const none = hnsw([{ pointers: 1 }, { pointers: 1 }]);
    const pages = Array.from({ length: 100 }, (_, i) => (i % 2 === 0 ? half : none));
    // Standard error of a ratio of means: half pages 0.5, others 0; 1.96 * sqrt(var / n).
    const sample = hnswSample(pages, 1_000_001);
    const error = 1.96 * Math.sqrt((100 * 0.25 ** 2 * 4) / 99 / 100 / 4);
    expect(sample).toMatchObject({ sampledPages: 100, elements: 200, deleted: 50, deletedShare: 0.25 });
    expect(sample?.high).toBeCloseTo(0.25 + error, 4);
    expect(sample?.low).toBeCloseTo(0.25 - error, 4);
    expect(hnswSample(pages, 101)).toMatchObject({ low: 0.25, high: 0.25 });
  });

  it('none found among a few proves no zero', () => {
    const pages = Array.from({ length: 30 }, () => hnsw([{ pointers: 1 }, { pointers: 1 }]));
    expect(hnswSample(pages, 1_000)).toMatchObject({ deletedShare: 0, low: 0, high: 0.05 });
    expect(hnswSample(pages, 31)).toMatchObject({ low: 0, high: 0 });
    expect(hnswSample([Buffer.alloc(PAGE)], 2)).toBeNull();
  });
});

describe('GIN pages', () => {
  it('are sorted by their flags', () => {
    const room = PAGE - 24 - 8;
    const sample = ginSample(
      [gin(2, 4080), gin(2, 0), gin(1 | 2 | 128, 2040), gin(4, 100), gin(16, 50), gin(0, 10)],
      7,
    );
    expect(sample).toMatchObject({
      sampled: 6,
      deletedShare: 1 / 6,
      entryLeafPages: 2,
      dataLeafPages: 1,
      entryLeafFree: 0.25,
      dataLeafFree: 0.25,
    });
    expect(sample?.usedBytes).toBeCloseTo((5 * room - 4080 - 2040 - 50 - 10) / 6, 6);
    expect(sample?.usedBytesError).toBe(0);
    expect(ginPage(Buffer.alloc(PAGE))).toBeNull();
  });
});

describe('sampledBlocks', () => {
  it('takes all of a small index but its meta page', () => {
    expect(sampledBlocks(4, 200, 'x')).toEqual([1, 2, 3]);
    expect(sampledBlocks(0, 200, 'x')).toEqual([]);
  });

  it('takes different blocks, spread over the index, the same for the same seed', () => {
    const blocks = sampledBlocks(100_000, 200, 'one');
    expect(new Set(blocks).size).toBe(200);
    expect(Math.min(...blocks)).toBeGreaterThan(0);
    expect(Math.max(...blocks)).toBeLessThan(100_000);
    expect(Math.abs(blocks.reduce((a, b) => a + b, 0) / 200 - 50_000)).toBeLessThan(7_000);
    expect(sampledBlocks(100_000, 200, 'one')).toEqual(blocks);
    expect(sampledBlocks(100_000, 200, 'two')).not.toEqual(blocks);
  });
});
