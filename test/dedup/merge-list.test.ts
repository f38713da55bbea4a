import { describe, expect, it } from 'vitest';
import { type ClusterDecision, type DedupSet, mergeList } from '../../src/dedup/index.ts';
import { unchained } from '../../src/dedup/merge-list.ts';
import type { Duplicate } from '../../src/store/index.ts';
import { audited } from './row-store.ts';

const set = (): Promise<DedupSet> =>
  audited([
    { id: '1', text: 'Omar approved the upgrade', created: 9 },
    { id: '2', text: 'Omar approved the upgrade', created: 8 },
    { id: '3', text: 'Omar approved the upgrade', created: 7, rank: { pinned: true } },
    { id: '4', text: 'Omar approved the upgrade', created: 6, rank: { pinned: true } },
    { id: '5', text: 'Lena prefers tea', created: 5 },
    { id: '6', text: 'Lena  prefers tea', created: 4 },
  ]);
const ways = (list: readonly Duplicate[]): string[] => list.map((d) => `${d.key}→${d.survivor}`);

describe('the list of rows that go', () => {
  it('holds what needs no review, with the digests of both rows', async () => {
    const report = await set();
    const list = mergeList(report);
    expect(ways(list)).toEqual(['1→3', '2→3', '6→5']);
    const survivor = report.clusters[0]?.survivor;
    expect(list[0]?.survivorDigest).toBe(survivor?.digest);
    expect(list[0]?.digest).toMatch(/^[0-9a-f]{32}$/);
  });

  it('holds what a person accepted, and nothing else', async () => {
    const report = await set();
    const of = (decision: ClusterDecision): string[] => ways(mergeList(report, new Map([['3', decision]])));
    expect(of({ verdict: 'accept' })).toEqual(['1→3', '2→3', '4→3']);
    expect(of({ verdict: 'accept', survivor: '1', except: ['4'] })).toEqual(['3→1', '2→1']);
    expect(of({ verdict: 'reject' })).toEqual([]);
    expect(() => of({ verdict: 'accept', survivor: '5' })).toThrow(/cluster 3: it has no row 5/);
    expect(() => mergeList(report, new Map([['99', { verdict: 'accept' }]]))).toThrow(/cluster 99/);
  });

  it('never names a survivor that goes itself', () => {
    const d = (key: string, survivor: string): Duplicate => ({ key, survivor, digest: key, survivorDigest: survivor });
    expect(ways(unchained([d('a', 'b'), d('b', 'c'), d('x', 'y')], 'rows'))).toEqual(['a→c', 'b→c', 'x→y']);
    expect(unchained([d('a', 'b'), d('b', 'c')], 'rows')[0]?.survivorDigest).toBe('c');
    expect(() => unchained([d('a', 'b'), d('b', 'a')], 'rows')).toThrow(/one has to stay/);
    expect(() => unchained([d('a', 'b'), d('a', 'c')], 'rows')).toThrow(/it can go for one/);
  });
});
