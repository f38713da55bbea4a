import { describe, expect, it } from 'vitest';
import {
  btreeInsertRecord,
  COMMIT_RECORD,
  HOT_UPDATE_RECORD,
  heapInsertRecord,
  hnswInsertRecords,
  hnswLinksWritten,
  hnswPageImage,
  ivfflatInsertRecords,
  ivfflatPageImage,
  LINK_RECORD,
  LOG_PAGE_SHARE,
  toastInsertRecords,
} from '../../src/layouts/wal-record.ts';
import { leaf } from '../../src/quantity/index.ts';
import { bytes, count, ratio } from './postgres-rows.ts';

describe('records by hand, and as pg_get_wal_records_info shows them', () => {
  it('commit: 24 + 2 + 8 = 34, aligned 40', () => {
    expect(COMMIT_RECORD.value).toBe(40);
  });

  it('heap: 24 + 20 + 2 + 3 + 5 and the tuple without 23 bytes, a tuple of 1,956 in 1,984 to 1,988', () => {
    expect(heapInsertRecord(bytes(1956 + 4)).value).toBe(1956 + 32);
  });

  it('TOAST: 1,536 dimensions are three chunks of 1,996 and one of 156', () => {
    // 3 × 2,064 + 224 = 6,416 logged; the last bytes of padding are not counted chunk by chunk.
    const records = toastInsertRecords(bytes(4 * 1536), ratio(4)).value;
    expect(Math.abs(records / 6416 - 1)).toBeLessThan(0.005);
  });

  it('btree: a uuid is 24 bytes in 72, a time 16 in 64; splits come on top', () => {
    expect(btreeInsertRecord(bytes(28), 'random').low).toBe(72);
    expect(btreeInsertRecord(bytes(28), 'random').value).toBe(72 + 24);
    expect(btreeInsertRecord(bytes(20), 'ascending').value).toBeCloseTo(64 + 0.11 * 16, 9);
  });

  it('IVFFlat: 64 dimensions are 272 in 336, and a page more for each 29', () => {
    const shape = { tuple: bytes(276), perPage: count(29) };
    expect(ivfflatInsertRecords(shape).value).toBeCloseTo(336 + 160 / 29, 9);
    // One to 29 tuples lie on the last page before the new one, or none is added to the full one: 16 with it in the mean.
    expect(ivfflatPageImage(shape).value).toBeCloseTo(32 + 276 * (15 + 1 - 1 / 29), 9);
    expect(ivfflatPageImage({ tuple: bytes(6164), perPage: count(1) }).value).toBe(32 + 6164);
  });

  it('one link of a neighbour list is 24 + 20 + 4 + 6 = 54, aligned 56', () => {
    expect(LINK_RECORD.value).toBe(56);
  });

  it('an update on its page is 24 + 20 + 2 + 14 + 5 + 4 + 1 + 12 = 82, aligned 88', () => {
    expect(HOT_UPDATE_RECORD.value).toBe(88);
  });

  it('a log page of 8,192 carries 8,168', () => {
    expect(LOG_PAGE_SHARE.value).toBe(8192 / 8168);
  });
});

describe('an HNSW insert', () => {
  const shape = {
    element: bytes(6224),
    m: count(16),
    efConstruction: count(64),
    perPage: ratio(1),
    duplicates: ratio(0),
  };

  it('by hand at 1,536 dimensions, m 16, with 0.72 of 32 neighbours', () => {
    // Element 6,224, neighbours 200 + 6.4; 68 before them; page 104 + 56; 23.04 links of 56.
    const expected = Math.ceil((68 + 6224 + 206.4) / 8) * 8 + 160 + 23.04 * 56;
    expect(hnswInsertRecords(shape).value).toBeCloseTo(expected, 6);
  });

  it('links to no more than ef_construction finds', () => {
    expect(hnswLinksWritten({ m: count(100), efConstruction: count(64) }).value).toBeCloseTo(64 * 0.72, 9);
  });

  it('is one link for a vector that is there already', () => {
    const all = { ...shape, duplicates: leaf('duplicates', 0.999999, 'ratio') };
    expect(hnswInsertRecords(all).value).toBeCloseTo(56, 1);
  });

  it('never images more than a page, and leaves the hole out', () => {
    expect(hnswPageImage(shape).value).toBeCloseTo(32 + 6224 + 206.4 + 8, 6);
    expect(hnswPageImage({ ...shape, perPage: ratio(40) }).value).toBe(8192);
  });
});
