import { describe, expect, it } from 'vitest';
import { auditSet, type DedupSet, setReport } from '../../src/dedup/index.ts';
import { isInputError } from '../../src/quantity/index.ts';
import type { ScanRow } from '../../src/store/index.ts';
import { audited, memorySet, OPTIONS, rowStore, vector } from './row-store.ts';

const shape = (set: DedupSet): unknown =>
  set.clusters.map((c) => [
    c.survivor.id,
    c.verdict,
    ...c.members.map((m) => `${m.id} ${m.level} ${m.verdict}${m.why === null ? '' : ` (${m.why})`}`),
  ]);

/** Unit vectors of the plane: their cosine is that of the angle between them. */
const at = (degrees: number): Float32Array =>
  vector(Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180));

describe('levels', () => {
  it('tells identical from normalised, inside one namespace, kind and active rows alone', async () => {
    const rows: ScanRow[] = [
      { id: '1', namespace: 'a', text: 'Lena prefers tea', created: 1 },
      { id: '2', namespace: 'a', text: 'Lena prefers tea', created: 2 },
      { id: '3', namespace: 'a', text: 'lena  prefers TEA', created: 3 },
      { id: '4', namespace: 'b', text: 'Lena prefers tea', created: 4 },
      { id: '5', namespace: 'a', kind: 'note', text: 'Lena prefers tea', created: 5 },
      { id: '6', namespace: 'a', text: 'Lena prefers tea', created: 6, inactive: 'superseded' },
      { id: '7', namespace: 'a', created: 7 },
    ];
    const set = await audited(rows, { across: true });
    expect(shape(set)).toEqual([['3', 'merge', '2 normalised merge', '1 normalised merge']]);
    expect(set.rows).toBe(5);
    expect(set.skipped).toEqual({ inactive: 1, empty: 1, vectorless: 0 });
    expect(set.groups).toBe(3);
    expect(set.threshold).toEqual({ value: null, from: 'none', calibration: null });
    expect(set.rate.redundancy.value).toBeCloseTo(2 / 5, 12);
    expect(set.rate.withTwin.value).toBeCloseTo(3 / 5, 12);
    expect(set.across).toEqual([{ text: 'Lena prefers tea', namespaces: 2, rows: 5, id: '1' }]);
    expect(set.repeated).toEqual([{ text: 'lena  prefers TEA', namespace: 'a', times: 3, id: '3' }]);
    expect(set.days).toEqual([{ day: '1970-01-01', rows: 5, redundant: 2 }]);
    expect(set.namespaces).toEqual([
      { namespace: 'a', rows: 4, redundant: 2, clusters: 1 },
      { namespace: 'b', rows: 1, redundant: 0, clusters: 0 },
    ]);
  });

  it('ties by the hash of the store, by one vector, and by near ones, and looks at words and guards', async () => {
    const rows: ScanRow[] = [
      { id: '1', text: 'Omar likes long walks by the sea', hash: 'h1', vector: at(0), created: 9 },
      { id: '2', text: 'Omar likes long walks by the sea!', hash: 'h1', vector: at(90), created: 8 },
      { id: '3', text: 'Omar likes a long walk by the sea', vector: at(0), created: 7 },
      { id: '4', text: 'Omar likes the long walks by the sea', vector: at(5), created: 6 },
      { id: '5', text: 'Omar likes 2 long walks by the sea', vector: at(4), created: 5 },
      { id: '6', text: 'something else altogether', vector: at(3), created: 4 },
      { id: '7', text: 'Omar likes long slow walks by the sea', vector: at(2), created: 3 },
    ];
    const set = await audited(rows, { threshold: 0.99 });
    expect(shape(set)).toEqual([
      [
        '1',
        'review',
        '2 hash merge',
        '3 vector merge',
        '4 near merge',
        '7 near review',
        '6 near review (few words in common)',
        '5 near review',
      ],
    ]);
    const five = set.clusters[0]?.members.find((m) => m.id === '5');
    expect(five?.guards).toEqual([{ code: 'number', a: '', b: '2' }]);
    const seven = set.clusters[0]?.members.find((m) => m.id === '7');
    expect(seven?.guards).toEqual([{ code: 'word', a: '', b: 'slow' }]);
    expect(five?.similarity).toBeCloseTo(Math.cos((4 * Math.PI) / 180), 6);
    expect(set.levels).toEqual({ identical: 0, normalised: 0, hash: 1, vector: 1, near: 4 });
    expect([set.mergeable, set.review]).toEqual([3, 3]);
    expect(set.least[0]?.b.id).toBe('4');
    // Row 2 has the same text but for a stop, and a vector at a right angle.
    expect(set.clusters[0]?.diameter).toBeCloseTo(1 - Math.cos((90 * Math.PI) / 180), 6);
  });

  it('does not merge what has vectors alone', async () => {
    const rows: ScanRow[] = [
      { id: '1', vector: at(0) },
      { id: '2', vector: at(0) },
      { id: '3', vector: vector(0, 0) },
      { id: '4', vector: vector(0, 0) },
      { id: '5', text: 'with a text', vector: vector(1, 0, 0) },
    ];
    const set = await audited(rows, { threshold: 0.9 });
    expect(shape(set)).toEqual([['1', 'review', '2 vector review (no words to compare)']]);
    expect(set.rows).toBe(3);
    expect(set.skipped).toEqual({ inactive: 0, empty: 2, vectorless: 1 });
  });

  it('finds SimHashes within 7 bits, and those within 10 for a review', async () => {
    const rows: ScanRow[] = [
      { id: '1', text: 'the staging database moved', hash: '255' },
      { id: '2', text: 'the staging database has moved', hash: '0' },
      { id: '3', text: 'Staging database moved', hash: '1' },
      { id: '4', text: 'the staging database moved again', hash: String((255n << 8n) | 3n) },
      { id: '5', text: 'the staging database moved on', hash: '-1' },
    ];
    const set = await audited(rows, {}, 'neural-memory:neurons');
    // 255 and 1 differ in 7 bits; 1 and 0xff03 in 9; no row is near a hash of 0, which means none.
    expect(shape(set)).toEqual([['1', 'merge', '3 hash merge']]);
    const without = await audited(rows.slice(2), {}, 'neural-memory:neurons');
    expect(shape(without)).toEqual([['3', 'review', '4 hash review (hashes 9 bits apart)']]);
  });
});

describe('clusters', () => {
  const text = 'the finance team approved the refund rules';

  it('do not chain through a hub', async () => {
    // Each is near its neighbour, the outer ones are not near each other.
    const rows: ScanRow[] = [0, 10, 20, 30.5, 41].map((degrees, i) => ({
      id: String(i + 1),
      text: `${text}${'.'.repeat(i)}`,
      vector: at(degrees),
      rank: { confidence: i === 2 ? 1 : 0 },
    }));
    const set = await audited(rows, { threshold: Math.cos((11 * Math.PI) / 180) });
    // Row 3 stays; 2 and 4 are near it, but not near each other: one goes with it.
    expect(set.clusters.map((c) => [c.survivor.id, ...c.members.map((m) => m.id)])).toEqual([
      ['3', '2'],
      ['4', '5'],
    ]);
    const apart = [10, 10.5].map((degrees) => 1 - Math.cos((degrees * Math.PI) / 180));
    set.clusters.forEach((c, i) => {
      expect(c.diameter).toBeCloseTo(apart[i] as number, 6);
    });
  });

  it('are not glued by a pair under review', async () => {
    const rows: ScanRow[] = [
      { id: '1', text: `${text} on 2 May`, vector: at(0) },
      { id: '2', text: `${text} on 2 May`, vector: at(0) },
      { id: '3', text: `${text} on 3 May`, vector: at(1) },
      { id: '4', text: `${text} on 3 May`, vector: at(1) },
      { id: '5', text: `${text} on 4 May`, vector: at(2) },
    ];
    const set = await audited(rows, { threshold: 0.99 });
    expect(shape(set)).toEqual([
      ['1', 'review', '2 identical merge', '5 near review'],
      ['3', 'merge', '4 identical merge'],
    ]);
  });

  it('keep a pinned row, and never let another pinned one go by itself', async () => {
    const rows: ScanRow[] = [
      { id: '1', text, created: 3 },
      { id: '2', text, created: 2, rank: { pinned: true } },
      { id: '3', text, created: 1, rank: { pinned: true } },
    ];
    const set = await audited(rows);
    expect(shape(set)).toEqual([['2', 'review', '1 identical merge', '3 identical review (pinned)']]);
    expect(set.clusters[0]?.survivorWhy).toBe('pinned');
  });

  it('choose the survivor by the policy asked for', async () => {
    const rows: ScanRow[] = [
      { id: '10', text, created: 1, rank: { accesses: 3, edges: 4 } },
      { id: '9', text, created: 5, rank: { accesses: 6, updated: 6 } },
      { id: '8', text: `${text}  `, created: 7, rank: { accesses: 1 } },
    ];
    const chosen = async (keep: NonNullable<Parameters<typeof audited>[1]>['keep']): Promise<unknown> => {
      const cluster = (await audited(rows, keep === undefined ? {} : { keep })).clusters[0];
      return [cluster?.survivor.id, cluster?.survivorWhy];
    };
    expect(await chosen('policy')).toEqual(['10', 'most used']);
    expect(await chosen('newest')).toEqual(['8', 'newest']);
    expect(await chosen('oldest')).toEqual(['10', 'oldest']);
    expect(await chosen('longest')).toEqual(['8', 'longest']);
    expect(await chosen('shortest')).toEqual(['9', 'newest']);
    expect(await chosen('most-used')).toEqual(['10', 'most used']);
  });

  it('take one text under many vectors, and one vector under many texts, without the square of them', async () => {
    const words = 'the weekly summary goes to the finance team and to the support desk';
    const rows: ScanRow[] = [];
    for (let i = 0; i < 668; i++) rows.push({ id: String(i), text: words, vector: at(i / 1000), created: i });
    for (let i = 0; i < 400; i++)
      rows.push({ id: String(1000 + i), text: `note ${i}`, vector: vector(0, 1), created: i });
    const set = await audited(rows, { threshold: 0.95 });
    expect(set.clusters[0]?.size).toBe(668);
    expect(set.clusters[0]?.members.every((m) => m.level === 'identical' && m.verdict === 'merge')).toBe(true);
    // One vector under 400 texts with another number each: shown under one of them, none merged.
    expect(set.clusters[1]?.size).toBe(400);
    expect(set.mergeable).toBe(667);
  });
});

describe('what happens meanwhile', () => {
  it('leaves out rows that changed or went between the readings', async () => {
    const text = 'the build agent changed two-factor login';
    const rows: ScanRow[] = ['1', '2', '3', '4', '5'].map((id) => ({ id, text, vector: at(0) }));
    const live = [...rows];
    const store = rowStore(live);
    const audit = await auditSet(store, memorySet(rows), {
      ...OPTIONS,
      threshold: 0.9,
      onProgress: ({ phase, done, total }) => {
        if (phase !== 'reading' || done !== total) return;
        live[1] = { id: '2', text: `${text} again`, vector: at(0) };
        live[2] = { id: '3', text, vector: at(1) };
        live[3] = { id: '4', text, vector: at(0), inactive: 'deleted' };
      },
    });
    const { set, notes } = setReport(audit);
    expect(shape(set)).toEqual([['1', 'merge', '5 identical merge']]);
    expect(notes.map((n) => n.code)).toEqual(['changed-meanwhile']);
  });

  it('stops when it is told to', async () => {
    const rows: ScanRow[] = Array.from({ length: 20_000 }, (_, i) => ({ id: String(i), text: `text ${i >> 1}` }));
    const stop = new AbortController();
    const audit = auditSet(rowStore(rows), memorySet(rows), {
      ...OPTIONS,
      signal: stop.signal,
      onProgress: ({ done }) => done >= 5000 && stop.abort(new Error('stopped')),
    });
    await expect(audit).rejects.toThrow('stopped');
  });

  it('refuses thresholds, samples and push-down that cannot be', async () => {
    const rows: ScanRow[] = [{ id: '1', text: 'a' }];
    for (const wrong of [{ threshold: 1.2 }, { threshold: 0 }, { sample: { rows: 0 } }, { pushDown: true }])
      await expect(audited(rows, wrong)).rejects.toSatisfy(isInputError);
  });
});

describe('content', () => {
  it('is in the report unless it is not wanted', async () => {
    const text = `secret ${'x'.repeat(1000)}`;
    const rows: ScanRow[] = [
      { id: '1', text: `${text} 4`, vector: at(0) },
      { id: '2', text: `${text} 5`, vector: at(0) },
    ];
    const shown = await audited(rows, { threshold: 0.9, across: true });
    expect(shown.clusters[0]?.survivor.text).toHaveLength(400);
    const hidden = JSON.stringify(await audited(rows, { threshold: 0.9, across: true, content: false }));
    expect(hidden).not.toContain('secret');
    expect(hidden).toContain('"code":"number","a":"","b":""');
  });
});
