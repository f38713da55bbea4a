/** What a scan can leave out or add, the same in every kind of store. */
import { afterEach, describe, expect, it } from 'vitest';
import { openStore } from '../../../src/adapters/index.ts';
import { keyOf, type ScanRequest, type ScanRow, type Store, Target } from '../../../src/store/index.ts';
import { type Make, type MnemeStore, postgresMneme, redisMneme, sqliteMneme } from './mneme-stores.ts';

const made: MnemeStore[] = [];
afterEach(async () => {
  for (const store of made.splice(0)) await store.dispose();
});

async function fresh(make: Make): Promise<{ of: MnemeStore; store: Store }> {
  const of = await make();
  made.push(of);
  return { of, store: await openStore(Target.parse(of.url), { mode: 'read' }) };
}

const FIELDS = ['namespace', 'text', 'vector', 'kind', 'inactive', 'rank'] as const;
const EARLIER = new Date('2000-01-01T00:00:00Z');

async function rowsOf(store: Store, of: MnemeStore, more: Partial<ScanRequest> = {}): Promise<ScanRow[]> {
  const rows: ScanRow[] = [];
  for await (const row of store.scan({ set: of.set, fields: FIELDS, ...more })) rows.push(row);
  return rows;
}

const sorted = (rows: readonly ScanRow[]): ScanRow[] => [...rows].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));

describe.each([
  ['sqlite', sqliteMneme],
  ['postgres', postgresMneme],
  ['redis', redisMneme],
] as const)('%s', (_name, make) => {
  it('a row read again by its key is the same row; those that are gone are left out', async () => {
    const { of, store } = await fresh(make);
    await using _ = store;
    const whole = await rowsOf(store, of);
    const picked = whole.filter((_r, i) => i % 9 === 4);
    const again = await rowsOf(store, of, { keys: [...picked.map(keyOf), '99999999'] });
    expect(picked.length).toBeGreaterThan(20);
    expect(sorted(again)).toEqual(sorted(picked));
    expect(await rowsOf(store, of, { keys: ['99999999'], fields: [] })).toEqual([]);
  });

  it('namespaces: their rows and no others', async () => {
    const { of, store } = await fresh(make);
    await using _ = store;
    const { namespaces } = await of.truth();
    const wanted = Object.keys(namespaces).slice(0, 2);
    const whole = await rowsOf(store, of);
    const inside = whole.filter((r) => wanted.includes(r.namespace as string));
    expect(inside.length).toBeGreaterThan(0);
    expect(sorted(await rowsOf(store, of, { namespaces: wanted }))).toEqual(sorted(inside));
    expect(await rowsOf(store, of, { namespaces: ['no such'] })).toEqual([]);
    expect(await rowsOf(store, of, { namespaces: [null] })).toEqual([]);
  });

  it('a sample: so many rows, the same for the same seed, and all of them where there are fewer', async () => {
    const { of, store } = await fresh(make);
    await using _ = store;
    const whole = await rowsOf(store, of, { fields: [] });
    const sample = async (rows: number, seed: number): Promise<string[]> =>
      (await rowsOf(store, of, { sample: { rows, seed }, fields: [] })).map(keyOf).sort();
    const one = await sample(60, 1);
    expect(new Set(one).size).toBe(one.length);
    expect(Math.abs(one.length - 60)).toBeLessThan(25);
    expect(await sample(60, 1)).toEqual(one);
    expect(await sample(60, 2)).not.toEqual(one);
    const all = new Set(whole.map(keyOf));
    expect(one.every((key) => all.has(key))).toBe(true);
    expect(await sample(5_000, 1)).toEqual([...all].sort());
  });

  it('tells what is expired, and what a row is worth', async () => {
    const { of, store } = await fresh(make);
    await using _ = store;
    const now = await rowsOf(store, of);
    for (const r of now) expect(r.rank?.accesses).toBeGreaterThanOrEqual(0);
    const expired = (rows: readonly ScanRow[]): number => rows.filter((r) => r.inactive === 'expired').length;
    const set = (await store.snapshot({ now: new Date() })).memorySets.find((m) => m.id === of.set);
    expect(expired(now)).toBeGreaterThan(0);
    expect(expired(now)).toBe(set?.ttl?.expired);
    expect(expired(now)).toBe(now.filter((r) => r.inactive !== undefined).length);
    // Before any of them was stored no lifetime is over.
    expect(expired(await rowsOf(store, of, { now: EARLIER }))).toBe(0);
    expect(set?.supersede).toBeUndefined();
  });

  it('ends when the signal says so', async () => {
    const { of, store } = await fresh(make);
    await using _ = store;
    const stop = new AbortController();
    const read = async (): Promise<void> => {
      let n = 0;
      for await (const _row of store.scan({ set: of.set, fields: FIELDS, batch: 10, signal: stop.signal }))
        if (++n === 15) stop.abort();
    };
    await expect(read()).rejects.toThrow(/abort/i);
  });
});
