/** A memory never goes for a row that would be gone before it, unless a person says so. */
import { describe, expect, it } from 'vitest';
import {
  type AuditOptions,
  auditSet,
  dedupFromPairs,
  KEEPS,
  mergeList,
  pairsFile,
  readPairsFile,
  setReport,
} from '../../src/dedup/index.ts';
import { outlives, type ScanRow } from '../../src/store/index.ts';
import { madeRows } from './made-rows.ts';
import { audited, memorySet, OPTIONS, rowStore } from './row-store.ts';

const DAY = 86_400_000;
const NOON = 1_790_000_000_000;
const NEVER = Number.POSITIVE_INFINITY;
const LATER = 'expires later than the row that stays';
const text = 'Omar approved the upgrade';

describe('of two rows that expire', () => {
  it('one outlives the other by more than a second', () => {
    expect(outlives(NOON + 1_001, NOON)).toBe(true);
    expect(outlives(NOON + 1_000, NOON)).toBe(false);
    expect(outlives(NOON, NOON + DAY)).toBe(false);
    expect(outlives(NEVER, NOON)).toBe(true);
    expect(outlives(NEVER, NEVER)).toBe(false);
    expect(outlives(undefined, undefined)).toBe(false);
    expect([outlives(undefined, NOON), outlives(NOON, undefined), outlives(Number.NaN, NEVER)]).toEqual([
      true,
      true,
      false,
    ]);
  });

  it('the one that expires last stays, before what is trusted and used more', async () => {
    const set = await audited([
      { id: '1', text, rank: { expires: NOON + DAY, confidence: 1, accesses: 99 } },
      { id: '2', text, rank: { expires: NOON + 30 * DAY, confidence: 0.1 } },
      { id: '3', text, rank: { expires: NOON + 2 * DAY, confidence: 0.9 } },
    ]);
    expect(set.clusters[0]).toMatchObject({ id: '2', verdict: 'merge', survivorWhy: 'expires last' });
    expect(mergeList(set).map((d) => d.key)).toEqual(['3', '1']);
  });

  it('a pinned row stays, and what outlives it is for a review', async () => {
    const set = await audited([
      { id: '1', text, rank: { pinned: true, expires: NOON } },
      { id: '2', text, rank: { expires: NEVER } },
      { id: '3', text: text.toUpperCase(), rank: { expires: NOON + 900 } },
    ]);
    const members = set.clusters[0]?.members.map((m) => [m.id, m.verdict, m.why]);
    expect(set.clusters[0]?.id).toBe('1');
    expect(members).toEqual([
      ['2', 'review', LATER],
      ['3', 'merge', null],
    ]);
    expect(mergeList(set)).toMatchObject([{ key: '3', survivor: '1' }]);
    expect(mergeList(set)[0]).not.toHaveProperty('reviewed');
    const decided = mergeList(set, new Map([['1', { verdict: 'accept' }]]));
    expect(decided.map((d) => [d.key, d.reviewed])).toEqual([
      ['2', true],
      ['3', true],
    ]);
  });
});

describe.each([1, 2, 3])('a made store, seed %i', (seed) => {
  const plain = madeRows({ rows: 500, namespaces: 6, dims: 24, repeats: 0.5, seed });
  const rows = plain.map((row, i): ScanRow => {
    const expires = i % 5 === 0 ? NEVER : NOON + ((i * 7919) % 400) * 300;
    return i % 41 === 0 ? row : { ...row, rank: { ...row.rank, expires } };
  });
  const expires = new Map(rows.map((r) => [r.id, r.rank?.expires]));
  const read = async (o: Partial<AuditOptions>): ReturnType<typeof auditSet> =>
    await auditSet(rowStore(rows), memorySet(rows), { ...OPTIONS, threshold: 0.93, ...o });

  it.each(KEEPS)(
    'nothing that merges by itself outlives what stays: whole, sampled, and from a file (%s)',
    async (keep) => {
      const whole = setReport(await read({ keep })).set;
      const sampled = setReport(await read({ keep, sample: { rows: 200, budget: 1e6 } })).set;
      const head = { generatedAt: '2026-03-01T00:00:01.000Z', store: STORE };
      const file = JSON.stringify(pairsFile(head, [await read({ save: true })]));
      const [again] = dedupFromPairs(readPairsFile(JSON.parse(file), '--input'), { keep }).sets;
      expect(again).toEqual(whole);
      let later = 0;
      for (const set of [whole, sampled]) {
        for (const { survivor, members } of set.clusters) {
          for (const m of members) {
            const lost = outlives(expires.get(m.id), expires.get(survivor.id));
            if (m.verdict === 'merge') expect(lost, `${m.id} goes for ${survivor.id}`).toBe(false);
            if (m.why === LATER) later++;
            if (m.why === LATER) expect(lost).toBe(true);
          }
        }
        for (const d of mergeList(set)) expect(outlives(expires.get(d.key), expires.get(d.survivor))).toBe(false);
        expect(mergeList(set).length).toBeGreaterThan(5);
      }
      if (keep !== 'policy') expect(later).toBeGreaterThan(5);
    },
  );
});

const STORE = {
  name: 'rows',
  scheme: 'sqlite',
  address: 'rows.db',
  engine: 'SQLite 3',
  fingerprint: 'f1',
  takenAt: '2026-03-01T00:00:00.000Z',
} as const;
