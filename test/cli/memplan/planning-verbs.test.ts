/** shard, cache, place and writes as a command line reaches them: flags, a live store, refusals. */
import { describe, expect, it } from 'vitest';
import type { Action, Options, View } from '../../../src/cli/command.ts';
import { action as cache } from '../../../src/cli/memplan/cache.ts';
import { action as estimate } from '../../../src/cli/memplan/estimate.ts';
import { action as explain } from '../../../src/cli/memplan/explain.ts';
import { action as forecast } from '../../../src/cli/memplan/forecast.ts';
import { action as place } from '../../../src/cli/memplan/place.ts';
import { action as shard } from '../../../src/cli/memplan/shard.ts';
import { action as writes } from '../../../src/cli/memplan/writes.ts';
import { emptyFolder, store } from '../../e2e/run-program.ts';
import { jsonView, quietRuntime } from './quiet-runtime.ts';

const now = new Date('2026-09-15T00:00:00Z');
const runtime = quietRuntime(emptyFolder, now);
const view = jsonView(now);
const run = async (action: Action, options: Options, over: Partial<View> = {}): Promise<string> =>
  await (await action.execute([], options, runtime)).render({ ...view, ...over });
const json = async (action: Action, options: Options) => JSON.parse(await run(action, options));

describe('shard', () => {
  it('takes its flags', async () => {
    const r = await json(shard, {
      n: '200M',
      shards: '4',
      to: '6',
      'virtual-nodes': '64',
      start: '2027-01-31',
      zipf: '0',
      users: '1M',
    });
    expect([r.shards.value, r.target.value]).toEqual([4, 6]);
    expect(r.migration.moved.value).toBeCloseTo(1 / 3, 12);
    expect(r.migration.steps[0].from).toBe('2027-01-31');
    expect(r.schemes[1].title).toBe('ring, 64 points each');
    expect(r.balance.exponent).toMatchObject({ value: 0, basis: 'exact' });
  });

  it('counts the namespaces of a live store', async () => {
    const from = store('mneme-v1-sqlite.db');
    const r = await json(shard, { from });
    expect(r.balance.namespaces).toMatchObject({ basis: 'measured' });
    expect(r.balance.fullest.basis).toBe('measured');
    const grown = await json(shard, { from, n: '20M' });
    expect(grown.balance.fullest.basis).toBe('assumed');
    expect(grown.balance.largestNamespace.value / 20e6).toBeCloseTo(
      r.balance.largestNamespace.value / r.memories.value,
      2,
    );
    expect((await json(shard, { from, zipf: '1' })).balance.how).toMatch(/^assumed: Zipf with exponent 1, as given/);
  });

  it.each([
    [{ n: '1M', shards: '0' }, '--shards: 0 is outside 1 to 10,000'],
    [{ n: '1M', zipf: '9' }, '--zipf: 9 is outside 0 to 5'],
    [{ n: '1M', start: '2027-02-30' }, '--start: "2027-02-30" is not a day; write it as 2027-01-31'],
    [{ n: '1M', disk: '64G' }, '--disk: "64G" does not say which G'],
    [{ n: '1M', recovery: '5' }, '--recovery: "5" has no unit'],
    [{ shards: '4' }, 'the number of memories is missing'],
  ])('refuses %j', async (options, message) => {
    await expect(shard.execute([], options, runtime)).rejects.toThrow(message);
  });
});

describe('cache', () => {
  it('takes hit rates by layer', async () => {
    const r = await json(cache, { n: '1M', dims: '384', 'hit-rates': 'L1=0.1, l3=60%' });
    expect(r.layers.map((l: { hitRate: { value: number } }) => l.hitRate.value)).toEqual([0.1, 0.8, 0.6, 0.95]);
    expect(r.layers.map((l: { hitRate: { basis: string } }) => l.hitRate.basis)).toEqual([
      'exact',
      'assumed',
      'exact',
      'assumed',
    ]);
  });

  it.each([
    ['l7=3', '--hit-rates: "l7=3" is not LAYER=SHARE'],
    ['l1', '--hit-rates: "l1" is not LAYER=SHARE'],
    ['l1=2', '--hit-rates l1: "2" must lie between 0 and 1'],
    ['l1=0.1,l1=0.2', '--hit-rates: l1 is given twice'],
  ])('refuses --hit-rates %s', async (rates, message) => {
    await expect(cache.execute([], { n: '1M', 'hit-rates': rates }, runtime)).rejects.toThrow(message);
  });
});

describe('place', () => {
  it('takes sizes and the way the warm tier keeps an item', async () => {
    const r = await json(place, { n: '1M', 'item-bytes': '64kB', warm: '64GB', 'warm-store': 'packed' });
    expect(r.tiers[1].items.value).toBe(875_000);
    expect(r.tiers[1].itemBytes.value).toBe(64_000);
  });

  it('refuses a way it does not know, with the nearest', async () => {
    await expect(place.execute([], { n: '1M', 'warm-store': 'table' }, runtime)).rejects.toThrow(
      '--warm-store: "table" is not known; did you mean tables?',
    );
  });
});

describe('writes', () => {
  it('takes its flags', async () => {
    const r = await json(writes, {
      n: '1M',
      engine: 'pgvector',
      'writes-per-day': '864k',
      'checkpoint-timeout': '30min',
      'max-wal-size': '1TiB',
      'slot-lag': '1h',
      'pending-limit': '1MiB',
      'turns-per-minute': '60',
      burst: '10',
      'memories-per-turn': '2',
      backfill: '50k',
      touched: '3',
    });
    expect(r.log.checkpoints).toMatchObject({ interval: { value: 1800 }, memories: { value: 18_000 }, forced: false });
    expect(r.log.disk.value).toBeCloseTo(2 ** 40 + 3600 * r.log.atPeak.value, -3);
    expect(r.pending.choices.find((c: { chosen: boolean }) => c.chosen).limit.value).toBe(2 ** 20);
    expect(r.limit.aDay.value).toBe((10 + 60 * 1440) * 2);
    expect(r.backfill.memories.value).toBe(50_000);
    expect(r.touch.touched.value).toBe(3);
    const off = await json(writes, { n: '1M', engine: 'pgvector', fastupdate: 'off' });
    expect(off.pending.choices.find((c: { chosen: boolean }) => c.chosen)).toMatchObject({
      id: 'fastupdate-off',
      limit: null,
    });
  });

  it.each([
    [{ n: '1M', fastupdate: 'maybe' }, '--fastupdate: "maybe" is neither on nor off'],
    [{ n: '1M', 'checkpoint-timeout': '1s' }, '--checkpoint-timeout: 1s is outside 30 s to 24 h'],
    [{ n: '1M', 'pending-limit': '1kB' }, '--pending-limit: 1kB is outside 64 KiB to 2 GiB'],
    [{ n: '1M', burst: '0' }, '--burst: 0 is outside 1 to'],
  ])('refuses %o', async (options, message) => {
    await expect(writes.execute([], options, runtime)).rejects.toThrow(message);
  });

  it('says of other engines that there is no model, and tells the limit', async () => {
    const r = await json(writes, { n: '1M', engine: 'qdrant', 'writes-per-day': '1k' });
    expect(r.unknown).toMatch(/^there is no model of writes for Qdrant/);
    expect([r.log, r.pending, r.backfill, r.touch, r.insertRate]).toEqual([null, null, null, null, null]);
    expect(r.limit.paste.value).toBe(480);
    const system = await json(writes, { n: '1M', system: 'mneme', dims: '768' });
    expect(system.unknown).toMatch(/tables of mneme \(SQLite\); those of the systems on PostgreSQL have one/);
  });
});

describe('writes --system', () => {
  it('tells the tables of a system on PostgreSQL', async () => {
    const r = await json(writes, {
      n: '1M',
      system: 'mneme',
      store: 'postgres',
      dims: '384',
      'writes-per-day': '100k',
    });
    expect([r.unknown, r.touch]).toEqual([null, null]);
    const ids = r.log.structures.map((s: { id: string }) => s.id);
    expect(ids).toContain('idx_entries_ns_lru');
    expect(ids).not.toContain('vector-index');
    expect(r.notes.join(' ')).toContain("in the system's process");
  });
});

describe.each([
  ['shard', shard],
  ['cache', cache],
  ['place', place],
  ['writes', writes],
] as const)('%s', (_name, action) => {
  it('explains every figure, and is the same at every run', async () => {
    // Each its own: shard refuses a rate of queries, place a number of namespaces.
    const traffic = action === shard ? { namespaces: '500' } : { 'queries-per-second': '100' };
    const options = { n: '10M', dims: '768', ...traffic };
    const explained = await run(action, options, { format: 'table', explain: true });
    expect(explained).toMatch(/ = .* = .* \[/);
    expect(await run(action, options, { format: 'table', explain: true })).toBe(explained);
  });

  it('prints Markdown and CSV', async () => {
    expect(await run(action, { n: '10M' }, { format: 'markdown' })).toMatch(/^## /);
    expect(await run(action, { n: '10M' }, { format: 'csv' })).toMatch(/^table,/);
  });
});

describe('a live store that a known system made', () => {
  const SENTENCE = '--from mneme-v1-sqlite.db: this is a store of mneme: --system mneme plans its other tables too';
  const from = store('mneme-v1-sqlite.db');

  it.each([
    ['estimate', estimate, {}],
    ['cache', cache, {}],
    ['explain', explain, {}],
    ['forecast', forecast, { 'growth-per-day': '1%' }],
  ] as const)('%s names the system, unless the command line does', async (_verb, action, more) => {
    expect((await action.execute([], { from, ...more }, runtime)).notes).toContain(SENTENCE);
    expect((await action.execute([], { from, system: 'mneme', ...more }, runtime)).notes).not.toContain(SENTENCE);
  });

  it('verbs that have no model of its tables do not', async () => {
    for (const action of [place, writes, shard]) {
      expect((await action.execute([], { from }, runtime)).notes).not.toContain(SENTENCE);
    }
  });
});
