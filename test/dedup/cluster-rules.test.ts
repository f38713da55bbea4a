/** What must hold of every report, over made stores and all policies. */
import { describe, expect, it } from 'vitest';
import { type AuditOptions, auditSet, KEEPS, LINK_SLACK, mergeList, setReport } from '../../src/dedup/index.ts';
import { cosine } from '../../src/dedup/push-down.ts';
import { seededChance, shuffled } from '../../src/dedup/seeded-order.ts';
import { openVectorPairs } from '../../src/parallel/open-vector-pairs.ts';
import type { ScanRow } from '../../src/store/index.ts';
import { madeRows } from './made-rows.ts';
import { audited, memorySet, OPTIONS, rowStore } from './row-store.ts';

const SEEDS = [1, 2, 3, 4, 5, 6];
const made = (seed: number): ScanRow[] =>
  madeRows({ rows: 500, namespaces: 6, dims: 24, repeats: 0.15 * seed, skew: 1.5, seed });

describe.each(SEEDS)('a made store, seed %i', (seed) => {
  const rows = made(seed);
  const byId = new Map(rows.map((r) => [r.id, r]));
  const similarity = (a: string, b: string): number =>
    cosine(byId.get(a)?.vector as Float32Array, byId.get(b)?.vector as Float32Array);

  const place = (r: ScanRow | undefined): string => `${r?.namespace} ${r?.text?.toLowerCase()}`;
  const under = new Map<string, ScanRow[]>();
  for (const row of rows) under.set(place(row), [...(under.get(place(row)) ?? []), row]);
  const vectorsUnder = (id: string): number =>
    new Set((under.get(place(byId.get(id))) ?? []).map((r) => r.vector?.join())).size;

  it.each(KEEPS)('ties every member to its survivor, and near ones to each other (%s)', async (keep) => {
    const threshold = 0.93;
    const set = await audited(rows, { threshold, keep });
    const seen = new Set<string>();
    expect(set.clusterCount).toBeGreaterThan(5);
    for (const { survivor, members, diameter } of set.clusters) {
      for (const m of [survivor, ...members]) {
        expect(seen.has(m.key), `${m.key} is in two clusters`).toBe(false);
        seen.add(m.key);
        expect(byId.get(m.id)?.namespace).toBe(byId.get(survivor.id)?.namespace);
      }
      for (const m of members) {
        const own = similarity(survivor.id, m.id);
        if (m.level === 'identical') expect(m.text).toBe(survivor.text);
        else if (m.level === 'normalised') expect(m.text?.toLowerCase()).toBe(survivor.text?.toLowerCase());
        else expect(own).toBeGreaterThanOrEqual(threshold);
        if (m.similarity !== null) expect(m.similarity).toBeCloseTo(own, 6);
        if (m.level !== 'identical' && m.guards.length > 0) expect(m.verdict).toBe('review');
        expect(m.verdict === 'merge' && byId.get(m.id)?.rank?.pinned).not.toBe(true);
        if (m.level !== 'near') continue;
        for (const n of members)
          if (n.level === 'near' && n.text !== m.text)
            expect(similarity(m.id, n.id)).toBeGreaterThanOrEqual(threshold - LINK_SLACK - 1e-9);
      }
      const all = [survivor, ...members];
      const least = Math.min(...all.flatMap((a) => all.map((b) => similarity(a.id, b.id))));
      const most = Math.max(...all.map((m) => vectorsUnder(m.id)));
      if (most <= 8) expect(diameter).toBeCloseTo(1 - least, 5);
      else expect(diameter).toBeLessThanOrEqual(1 - least + 1e-5);
    }
    const redundant = set.clusters.reduce((sum, c) => sum + c.members.length, 0);
    expect(set.rate.redundancy.value).toBeCloseTo(redundant / set.rows, 12);
    expect(set.rate.withTwin.value).toBeCloseTo((redundant + set.clusterCount) / set.rows, 12);
    expect(set.mergeable + set.review).toBe(redundant);
  });

  it('finds every pair that reaches the threshold, or says why the two are apart', async () => {
    const threshold = 0.93;
    const set = await audited(rows, { threshold });
    const inCluster = new Set(set.clusters.flatMap((c) => [c.survivor, ...c.members].map((m) => m.id)));
    // Of two rows that are near and in no cluster at all, one would have taken the other.
    const alone = rows.filter((r) => !inCluster.has(r.id));
    for (const a of alone)
      for (const b of alone)
        if (a !== b && a.namespace === b.namespace) expect(similarity(a.id, b.id)).toBeLessThan(threshold);
    expect(alone.length).toBeGreaterThan(20);
  });

  it('is the same in whatever order the rows come', async () => {
    const plain = await audited(rows, { threshold: 0.93 });
    const turned = await audited(shuffled(rows, seededChance(seed)), { threshold: 0.93 });
    expect(turned.clusters).toEqual(plain.clusters);
    expect(turned.namespaces).toEqual(plain.namespaces);
    expect(turned.days).toEqual(plain.days);
    expect(turned.repeated).toEqual(plain.repeated);
  });

  it('is the same with the search that programs use', async () => {
    const plain = await audited(rows, { threshold: 0.93 });
    const openVectors: AuditOptions['openVectors'] = () => openVectorPairs({ threads: 1, seed: 1 });
    const audit = await auditSet(rowStore(rows), memorySet(rows), { ...OPTIONS, openVectors, threshold: 0.93 });
    const { set } = setReport(audit);
    expect(set.clusters.map((c) => [c.id, c.members.map((m) => m.id)])).toEqual(
      plain.clusters.map((c) => [c.id, c.members.map((m) => m.id)]),
    );
    expect(set.rate).toEqual(plain.rate);
  });

  it('gives a list in which no survivor goes', async () => {
    const list = mergeList(await audited(rows, { threshold: 0.93 }));
    const going = new Set(list.map((d) => d.key));
    expect(list.length).toBeGreaterThan(10);
    expect(list.filter((d) => going.has(d.survivor))).toEqual([]);
    expect(going.size).toBe(list.length);
  });
});
