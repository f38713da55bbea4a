/** Rows whose names, hashes, texts or vectors are made to look alike where they are not. */
import { describe, expect, it } from 'vitest';
import { auditSet, mergeList, setReport } from '../../src/dedup/index.ts';
import type { ScanRow } from '../../src/store/index.ts';
import { audited, memorySet, OPTIONS, rowStore, vector } from './row-store.ts';

const going = async (rows: readonly ScanRow[], threshold?: number): Promise<string[]> =>
  mergeList(await audited(rows, threshold === undefined ? {} : { threshold })).map((d) => `${d.key}→${d.survivor}`);

describe('misleading rows', () => {
  it('keeps namespaces and kinds apart whatever characters they have', async () => {
    const text = 'the user likes tea';
    const names: readonly Pick<ScanRow, 'namespace' | 'kind'>[] = [
      {},
      { namespace: '' },
      { kind: '' },
      { namespace: '', kind: '' },
      { namespace: 'a' },
      { kind: 'a' },
      { namespace: 'a', kind: 'b' },
      { namespace: 'a\u0000kb' },
      { namespace: 'a\u0000kb', kind: 'c' },
      { namespace: 'a', kind: 'b\u0000kc' },
      { namespace: 'akb' },
      { namespace: 'null', kind: 'null' },
      { namespace: '1:a' },
      { namespace: 'A' },
      { namespace: 'a ' },
    ];
    expect(await going(names.map((n, i) => ({ id: String(i), text, ...n })))).toEqual([]);
  });

  it('takes no constant hash, and no hash of nothing, for a reason to merge', async () => {
    const hash = '0';
    const rows: ScanRow[] = [
      { id: '1', hash, text: 'likes green tea in the morning', created: 1 },
      { id: '2', hash, text: 'owns a red bicycle', created: 2 },
      { id: '3', hash, text: '', vector: vector(0, 1), created: 3 },
      { id: '4', hash, text: '👍', created: 4 },
      { id: '5', hash, text: '👎', created: 5 },
      { id: '6', hash, vector: vector(1, 0), created: 6 },
      { id: '7', hash, text: 'likes red tea in the morning', created: 7 },
      { id: '8', hash: '', text: 'owns a boat', created: 8 },
      { id: '9', hash: '', text: 'owns a house', created: 9 },
    ];
    expect(await going(rows)).toEqual([]);
  });

  it('does not take texts for equal that were lost in decoding', async () => {
    const lost = (text: string, i: number): ScanRow => ({ id: String(i), text, vector: vector(1, 0) });
    expect(await going(['caf\ufffd', 'caf\ufffd', 'x \ud800', 'x \udbff'].map(lost), 0.9)).toEqual([]);
    // Whole surrogate pairs are texts like any other.
    expect(await going(['tea 🍵', 'tea 🍵'].map(lost), 0.9)).toHaveLength(1);
  });

  it('reads the case of letters where it says something', async () => {
    const merged = async (...texts: string[]): Promise<number> =>
      (await going(texts.map((text, i) => ({ id: String(i), text })))).length;
    expect(await merged('the key is aBcDeF', 'the key is AbCdEf')).toBe(0);
    expect(await merged('the file is /tmp/A', 'the file is /tmp/a')).toBe(0);
    expect(await merged('it took 1½ hours', 'it took 11⁄2 hours')).toBe(0);
    expect(await merged('lives in Berlin', 'Lives in BERLIN', 'lives in berlin')).toBe(2);
    expect(await merged('the file is /tmp/a', 'THE FILE IS /TMP/A')).toBe(1);
  });

  it('ties nothing by vectors that say nothing', async () => {
    const text = (i: number): string => `note on door ${'abcdefghij'[i]}`;
    const odd = [
      vector(0, 0),
      vector(0, 0),
      vector(Number.NaN, 1),
      vector(Number.NaN, 1),
      vector(Number.POSITIVE_INFINITY, 1),
      vector(1, 2, 3),
      vector(1),
      vector(1e-45, 0),
      vector(3e38, 3e38),
      vector(-0, 0),
    ];
    const rows = odd.map((v, i): ScanRow => ({ id: String(i), text: text(i), vector: v }));
    const set = await audited(rows, { threshold: 1 });
    expect(mergeList(set)).toEqual([]);
    for (const cluster of set.clusters)
      for (const m of cluster.members) expect([m.id, m.similarity]).toEqual([m.id, expect.any(Number)]);
  });

  it('holds ids of any shape apart', async () => {
    const ids = ['1', '01', '1.0', ' 1', 'a/b', 'a/b/', 'ü', 'u\u0308', '["1"]', '__proto__', 'constructor', ''];
    const rows = ids.map((id): ScanRow => ({ id, text: 'the same text' }));
    const set = await audited(rows);
    expect(set.clusters).toHaveLength(1);
    const list = mergeList(set);
    expect(new Set(list.map((d) => d.key)).size).toBe(ids.length - 1);
    expect([...list.map((d) => d.key), list[0]?.survivor].sort()).toEqual([...ids].sort());
  });

  it('counts 668 equal texts once, at any threshold', async () => {
    const rows = Array.from(
      { length: 668 },
      (_, i): ScanRow => ({ id: String(i), text: 'the user likes tea', vector: vector(1, 0) }),
    );
    for (const threshold of [1e-9, 1]) {
      const set = await audited(rows, { threshold });
      expect([set.clusterCount, set.mergeable, set.review]).toEqual([1, 667, 0]);
      expect(set.rate.redundancy.value).toBeCloseTo(667 / 668, 12);
    }
  });

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('refuses a threshold of %s', async (threshold) => {
    const rows: ScanRow[] = [{ id: '1', text: 'a text', vector: vector(1, 0) }];
    await expect(audited(rows, { threshold })).rejects.toThrow(/a cosine above 0 and up to 1/);
  });

  it('takes a sample that is larger than the store for all of it', async () => {
    const rows = ['tea', 'tea', 'milk'].map((text, i): ScanRow => ({ id: String(i), text }));
    const audit = await auditSet(rowStore(rows), memorySet(rows), { ...OPTIONS, sample: { rows: 1000 } });
    const { set } = setReport(audit);
    expect(set.sampled).toBe(3);
    expect(set.rate.redundancy).toEqual({ value: 1 / 3, low: expect.any(Number), high: expect.any(Number) });
    expect(set.rate.redundancy.low).toBeLessThanOrEqual(1 / 3);
    expect(set.rate.redundancy.high).toBeGreaterThanOrEqual(1 / 3);
  });
});
