/** The audit over real files, through the adapter and the search that programs use. */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openStore } from '../../src/adapters/index.ts';
import { type DemoStore, makeDemoStore } from '../../src/adapters/sqlite/demo-store.ts';
import {
  type AuditOptions,
  auditSet,
  dedupFromPairs,
  mergeList,
  pairsFile,
  readPairsFile,
  setReport,
} from '../../src/dedup/index.ts';
import { openVectorPairs } from '../../src/parallel/open-vector-pairs.ts';
import { contentDigest, DIGEST_FIELDS, keyOf, type Store, Target } from '../../src/store/index.ts';
import { connect, directory, NOW } from '../adapters/sqlite/temporary-store.ts';
import { sha256 } from './row-store.ts';

const CACHE = 'mneme:entries';
const MEMORIES = 'mcp-memory-service:memories';
/** Before anything in the demo store had expired. */
const EARLIER = new Date(NOW.getTime() - 60 * 86_400_000);

async function demo(): Promise<{ readonly path: string; readonly made: DemoStore }> {
  const path = join(directory(), 'demo.db');
  return { path, made: await makeDemoStore(path, { now: NOW, force: false }) };
}

async function audits(store: Store, id: string, o: Partial<AuditOptions> = {}): ReturnType<typeof auditSet> {
  const snapshot = await store.snapshot({ now: EARLIER });
  const set = snapshot.memorySets.find((s) => s.id === id);
  if (set === undefined) throw new Error(`no such set among ${snapshot.memorySets.map((s) => s.id).join()}`);
  const openVectors = (): ReturnType<typeof openVectorPairs> => openVectorPairs({ threads: 1 });
  return auditSet(store, set, { openVectors, sha256, seed: 1, now: EARLIER, ...o });
}

it('finds the twins that are planted in the demo store, and names rows as actions will find them', async () => {
  const { path, made } = await demo();
  await using store = await openStore(Target.parse(path), { mode: 'read' });
  const { set } = setReport(await audits(store, CACHE));
  expect(set.rows).toBe(made.entries);
  expect(set.levels).toMatchObject({ identical: 0, normalised: made.exactDuplicates, hash: 0, vector: 0 });
  expect(set.levels.near).toBeGreaterThanOrEqual(made.nearDuplicates);
  expect(set.levels.near).toBeLessThanOrEqual(made.nearDuplicates + 2);
  // Every near one carries another number ("#3"), so none of them goes by itself.
  expect([set.mergeable, set.review]).toEqual([made.exactDuplicates, set.levels.near]);
  expect(set.threshold.from).toBe('calibrated');
  const list = mergeList(set);
  const digests = new Map(list.flatMap((d) => [[d.key, d.digest] as const, [d.survivor, d.survivorDigest] as const]));
  for await (const row of store.scan({ set: CACHE, fields: DIGEST_FIELDS, now: EARLIER, keys: [...digests.keys()] })) {
    expect(contentDigest(row, sha256)).toBe(digests.get(keyOf(row)));
    digests.delete(keyOf(row));
  }
  expect(digests.size).toBe(0);
});

it('gives the same from a saved file, and covers by a sample', async () => {
  const { path } = await demo();
  await using store = await openStore(Target.parse(path), { mode: 'read' });
  const whole = setReport(await audits(store, CACHE, { threshold: 0.97 })).set;
  const { name, scheme, address, engine, fingerprint } = store.identity;
  const head = {
    generatedAt: NOW.toISOString(),
    store: { name, scheme, address, engine, fingerprint, takenAt: NOW.toISOString() },
  };
  const saved = pairsFile(head, [await audits(store, CACHE, { threshold: 0.9, save: true })]);
  const again = dedupFromPairs(readPairsFile(JSON.parse(JSON.stringify(saved)), '--input'), { threshold: 0.97 });
  expect(again.sets[0]?.clusters).toEqual(whole.clusters);
  expect(again.sets[0]?.rate).toEqual(whole.rate);
  expect(again.store.fingerprint).toBe(fingerprint);
  const sampled = setReport(await audits(store, CACHE, { threshold: 0.97, sample: { rows: 400, budget: 1500 } })).set;
  expect(sampled.rate.redundancy.low).toBeLessThanOrEqual(whole.rate.redundancy.value);
  expect(sampled.rate.redundancy.high).toBeGreaterThanOrEqual(whole.rate.redundancy.value);
});

it('reads vectors out of a vec0 table, and leaves out what was deleted softly', async () => {
  const { path, made } = await demo();
  const db = connect(path);
  const [kept, twin] = db
    .prepare('SELECT id FROM memories WHERE deleted_at IS NULL ORDER BY id LIMIT 2')
    .pluck()
    .all() as [number, number];
  const type = 'SELECT memory_type FROM memories WHERE id = ?';
  db.prepare(
    `UPDATE memories SET content = (SELECT content FROM memories WHERE id = ?), memory_type = (${type}) WHERE id = ?`,
  ).run(kept, kept, twin);
  db.close();
  await using store = await openStore(Target.parse(path), { mode: 'read' });
  const { set } = setReport(await audits(store, MEMORIES, { threshold: 0.9 }));
  expect(set.skipped.inactive).toBe(made.softDeleted);
  expect(set.rows).toBe(made.memories - made.softDeleted);
  expect(set.threshold.calibration?.random.pairs).toBeGreaterThan(1000);
  const cluster = set.clusters.find((c) => [c.survivor, ...c.members].some((m) => m.id === String(twin)));
  expect([cluster?.survivor.id, ...(cluster?.members ?? []).map((m) => m.id)].sort()).toEqual(
    [String(kept), String(twin)].sort(),
  );
  expect(cluster?.members[0]?.level).toBe('identical');
});
