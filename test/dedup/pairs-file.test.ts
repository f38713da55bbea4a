import { describe, expect, it } from 'vitest';
import {
  type AuditOptions,
  auditSet,
  type DedupReport,
  dedupFromPairs,
  dedupReport,
  KEEPS,
  type PairsFile,
  pairsFile,
  readPairsFile,
  setReport,
} from '../../src/dedup/index.ts';
import type { ScanRow } from '../../src/store/index.ts';
import { madeRows } from './made-rows.ts';
import { memorySet, OPTIONS, rowStore } from './row-store.ts';

const store: DedupReport['store'] = {
  name: 'rows',
  scheme: 'sqlite',
  address: 'rows.db',
  engine: 'SQLite 3',
  fingerprint: 'f1',
  takenAt: '2026-03-01T00:00:00.000Z',
};
const head = { generatedAt: '2026-03-01T00:00:01.000Z', store };
const rows = madeRows({ rows: 900, namespaces: 12, dims: 24, repeats: 0.4, skew: 1.5, seed: 7 });

const audit = (of: readonly ScanRow[], o: Partial<AuditOptions>): ReturnType<typeof auditSet> =>
  auditSet(rowStore(of), memorySet(of), { ...OPTIONS, ...o });
const saved = async (o: Partial<AuditOptions>): Promise<PairsFile> =>
  readPairsFile(JSON.parse(JSON.stringify(pairsFile(head, [await audit(rows, { ...o, save: true })]))), '--input');
const fresh = async (o: Partial<AuditOptions>): Promise<DedupReport> =>
  dedupReport(head, [setReport(await audit(rows, o))]);

describe('a saved file of pairs', () => {
  it.each(KEEPS)('gives what a fresh audit gives, at every threshold it holds (keep %s)', async (keep) => {
    const file = await saved({ threshold: 0.92 });
    expect(file.sets[0]?.floor).toBe(0.87);
    const sizes = new Set<number>();
    for (const threshold of [0.87, 0.9, 0.92, 0.95, 0.99]) {
      const again = dedupFromPairs(file, { threshold, keep });
      expect(again).toEqual(await fresh({ threshold, keep }));
      sizes.add(again.sets[0]?.mergeable ?? 0);
    }
    expect(sizes.size).toBeGreaterThan(2);
  });

  it('gives the interval of a sample again', async () => {
    const o = { sample: { rows: 200, budget: 300 } };
    const file = await saved({ ...o, threshold: 0.92 });
    expect(file.sets[0]?.strata?.map((s) => s.by)).toContain('namespaces');
    for (const threshold of [0.88, 0.96])
      expect(dedupFromPairs(file, { threshold }).sets[0]?.rate).toEqual(
        (await fresh({ ...o, threshold })).sets[0]?.rate,
      );
  });

  it('keeps the threshold and the way of choosing of the audit where nothing else is asked for', async () => {
    const file = await saved({ threshold: 0.92, keep: 'oldest' });
    expect(dedupFromPairs(file)).toEqual(await fresh({ threshold: 0.92, keep: 'oldest' }));
  });

  it('names its floor to whoever asks below it', async () => {
    const file = await saved({ threshold: 0.92 });
    expect(() => dedupFromPairs(file, { threshold: 0.8 })).toThrow(/--threshold 0\.8: .* from 0\.87 up/);
    expect(() => dedupFromPairs(file, { threshold: 0 })).toThrow(/a cosine above 0/);
  });
});

describe('a wrong file', () => {
  it('is refused with a sentence that says where', async () => {
    const good = JSON.parse(JSON.stringify(await saved({ threshold: 0.92 }))) as Record<string, never>;
    // biome-ignore lint/suspicious/noExplicitAny: the file is broken in ways that no type allows
    const broken = (change: (file: any) => void): unknown => {
      const copy = structuredClone(good);
      change(copy);
      return copy;
    };
    const wrong: readonly [unknown, RegExp][] = [
      [null, /not a file of pairs/],
      [{ kind: 'store-snapshot' }, /not a file of pairs/],
      [broken((f) => (f.schemaVersion = 9)), /version 9/],
      [broken((f) => delete f.store.fingerprint), /lacks the "store"/],
      [broken((f) => (f.sets = {})), /lacks the list "sets"/],
      [broken((f) => delete f.sets[0].rows), /sets\[0\]: it lacks the list "rows"/],
      [broken((f) => (f.sets[0].rows[3].node = 1e9)), /rows\[3\]/],
      [broken((f) => (f.sets[0].nodes[2] = [1, 2])), /nodes\[2\]/],
      [broken((f) => (f.sets[0].cosines[1][0] = -4)), /cosines\[1\]/],
      [broken((f) => (f.sets[0].ties[0][2] = 'much')), /ties\[0\]/],
      [broken((f) => (f.sets[0].keep = 'best')), /"keep"/],
      [broken((f) => (f.sets[0].facts.namespaces[0].rows = 'x')), /namespace in "facts"/],
      [broken((f) => (f.sets[0].strata = [{ by: 'x' }])), /stratum/],
    ];
    for (const [document, sentence] of wrong) {
      expect(() => readPairsFile(document, '--input p.json')).toThrow(sentence);
      expect(() => readPairsFile(document, '--input p.json')).toThrow(/^--input p\.json: /);
    }
    expect(readPairsFile(good, '--input p.json')).toEqual(good);
  });
});
