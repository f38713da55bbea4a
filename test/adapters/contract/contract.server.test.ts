/** What every adapter must do, whatever the engine: one suite over all of them. */
import { afterEach, describe, expect, it } from 'vitest';
import { openStore } from '../../../src/adapters/index.ts';
import {
  DEFAULT_PACE,
  type Maintenance,
  type PerformContext,
  type PurgeAction,
  type RemovedRow,
  readSnapshot,
  type StepEvent,
  type Store,
  Target,
} from '../../../src/store/index.ts';
import { type Make, type MnemeStore, postgresMneme, redisMneme, sqliteMneme } from './mneme-stores.ts';

const made: MnemeStore[] = [];
afterEach(async () => {
  for (const store of made.splice(0)) await store.dispose();
});

async function fresh(make: Make): Promise<MnemeStore> {
  const store = await make();
  made.push(store);
  return store;
}

const open = (of: MnemeStore, mode: 'read' | 'write'): Promise<Store> =>
  openStore(Target.parse(of.url), { mode, signal: new AbortController().signal });

function maintenanceOf(store: Store): Maintenance {
  if (store.maintenance === undefined) throw new Error('a store opened for writing has no maintenance');
  return store.maintenance;
}

const context = (more: Partial<PerformContext> = {}): PerformContext => ({
  signal: new AbortController().signal,
  maxRows: Number.MAX_SAFE_INTEGER,
  archive: true,
  pace: { ...DEFAULT_PACE, pauseRatio: 0 },
  batchRows: 50,
  ...more,
});

const purge = (of: MnemeStore, rows: number, total: number): PurgeAction => ({
  kind: 'purge',
  id: `purge:${of.set}`,
  title: 'remove expired rows',
  order: 10,
  lock: 'rows',
  seconds: null,
  diskNeeded: null,
  reclaims: null,
  statement: null,
  reason: 'expired',
  set: of.set,
  rule: 'created_at + ttl (s) <= now',
  rows,
  of: total,
});

async function performed(events: AsyncIterable<StepEvent>): Promise<StepEvent[]> {
  const all: StepEvent[] = [];
  for await (const e of events) all.push(e);
  return all;
}

const committed = (events: readonly StepEvent[]): number =>
  events.reduce((n, e) => n + (e.state === 'committed' ? e.rows : 0), 0);
const removedIn = (events: readonly StepEvent[]): RemovedRow[] =>
  events.flatMap((e) => (e.state === 'prepared' ? (e.removed ?? []) : []));

describe.each([
  ['sqlite', sqliteMneme],
  ['postgres', postgresMneme],
  ['redis', redisMneme],
] as const)('%s', (_, make) => {
  it('sees what is there, and a snapshot survives a file', async () => {
    const of = await fresh(make);
    const truth = await of.truth();
    await using store = await open(of, 'read');
    const snapshot = await store.snapshot({ now: new Date() });
    expect(readSnapshot(JSON.parse(JSON.stringify(snapshot)), 'here')).toEqual(snapshot);
    expect(snapshot.profiles[0]?.id).toBe(of.profile);
    const set = snapshot.memorySets.find((m) => m.id === of.set);
    expect(set?.rows).toBe(truth.rows);
    expect(set?.ttl?.expired).toBe(truth.expired);
    expect(set?.vectors).toMatchObject({ dims: 64, scalar: 'float32' });
    const named = Object.fromEntries(set?.namespaces?.top.map((n) => [n.namespace, n.rows]) ?? []);
    expect(named).toEqual(truth.namespaces);
    const ids = snapshot.structures.map((s) => s.id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(store.maintenance).toBeUndefined();
  });

  it('is the same store each time, and reading it changes nothing', async () => {
    const of = await fresh(make);
    const before = await of.dump();
    const prints: string[] = [];
    for (let i = 0; i < 2; i++) {
      await using store = await open(of, 'read');
      prints.push(store.identity.fingerprint);
      await store.snapshot({ now: new Date(), exact: true });
    }
    expect(prints[0]).toBe(prints[1]);
    expect(await of.dump()).toBe(before);
  });

  it('scans every row once, with its vector', async () => {
    const of = await fresh(make);
    const { rows } = await of.truth();
    await using store = await open(of, 'read');
    const seen = new Map<string, number>();
    for await (const row of store.scan({
      set: of.set,
      fields: ['namespace', 'text', 'vector', 'created'],
      batch: 17,
    })) {
      expect(row.vector?.length).toBe(64);
      expect(row.created).toBeGreaterThan(1e12);
      const norm = Math.hypot(...(row.vector ?? []));
      seen.set(row.id, norm);
    }
    expect(seen.size).toBe(rows);
    for (const norm of seen.values()) expect(norm).toBeCloseTo(1, 3);
  });

  it('counts namespaces exactly, and within its interval when asked to be quick', async () => {
    const of = await fresh(make);
    const truth = await of.truth();
    await using store = await open(of, 'read');
    const exact = await store.census({ set: of.set, now: new Date(), approximate: false, seed: 1, top: 100 });
    expect(exact.method).toBe('exact');
    expect(exact.rows).toEqual({ value: truth.rows, low: truth.rows, high: truth.rows });
    const listed = Object.fromEntries(exact.top.map((n) => [n.namespace, n.rows.value]));
    expect(listed).toEqual(truth.namespaces);
    expect(exact.sizes?.reduce((n, [rows, spaces]) => n + rows * spaces, 0)).toBe(truth.rows);
    const quick = await store.census({ set: of.set, now: new Date(), approximate: true, seed: 1, top: 100 });
    for (const n of quick.top) {
      const rows = truth.namespaces[String(n.namespace)] ?? 0;
      expect(n.rows.low, `${n.namespace}`).toBeLessThanOrEqual(rows);
      expect(n.rows.high, `${n.namespace}`).toBeGreaterThanOrEqual(rows);
    }
  });

  it('lets one run in at a time', async () => {
    const of = await fresh(make);
    await using a = await open(of, 'write');
    await using b = await open(of, 'write');
    const held = await maintenanceOf(a).lock('run-a');
    expect(held).not.toBeNull();
    expect(await maintenanceOf(b).lock('run-b')).toBeNull();
    expect(await maintenanceOf(b).lockHolder()).toBeTruthy();
    await held?.release();
    const next = await maintenanceOf(b).lock('run-b');
    expect(next).not.toBeNull();
    await next?.release();
  });

  it('removes exactly what is expired, tells other processes, and puts it back exactly', async () => {
    const of = await fresh(make);
    const truth = await of.truth();
    const before = await of.dump();
    expect(truth.expired).toBeGreaterThan(50);
    await using store = await open(of, 'write');
    const m = maintenanceOf(store);
    const action = purge(of, truth.expired, truth.rows);
    const held = await m.lock('run');
    const events = await performed(m.perform(action, context()));
    const after = await of.truth();
    expect(committed(events)).toBe(truth.expired);
    expect(after.rows).toBe(truth.rows - truth.expired);
    expect(after.expired).toBe(0);
    expect(after.version).toBeGreaterThanOrEqual(truth.version + 100);
    expect(events.at(-1)).toMatchObject({ state: 'finished', rows: truth.expired, stopped: false });

    const again = await performed(m.perform(action, context()));
    expect(committed(again)).toBe(0);

    const rows = removedIn(events);
    const archive = JSON.parse(JSON.stringify(rows)) as RemovedRow[];
    async function* archived(): AsyncGenerator<RemovedRow> {
      yield* archive;
    }
    for await (const e of m.restore(archived(), context())) expect(e.state).not.toBe('conflict');
    expect(await of.dump()).toBe(before);
    let conflicts = 0;
    for await (const e of m.restore(archived(), context())) if (e.state === 'conflict') conflicts++;
    expect(conflicts).toBeGreaterThanOrEqual(truth.expired);
    expect(await of.dump()).toBe(before);
    await held?.release();
  });

  it('never removes more than it may', async () => {
    const of = await fresh(make);
    const truth = await of.truth();
    await using store = await open(of, 'write');
    const action = purge(of, truth.expired, truth.rows);
    const events = await performed(maintenanceOf(store).perform(action, context({ maxRows: 33, batchRows: 10 })));
    expect(committed(events)).toBe(33);
    expect((await of.truth()).rows).toBe(truth.rows - 33);
  });

  it('stops after the batch when asked, and goes on next time', async () => {
    const of = await fresh(make);
    const truth = await of.truth();
    await using store = await open(of, 'write');
    const action = purge(of, truth.expired, truth.rows);
    const stop = new AbortController();
    const events: StepEvent[] = [];
    for await (const e of maintenanceOf(store).perform(action, context({ signal: stop.signal, batchRows: 20 }))) {
      events.push(e);
      if (e.state === 'committed') stop.abort();
    }
    expect(events.at(-1)).toMatchObject({ state: 'finished', rows: 20, stopped: true });
    expect((await of.truth()).rows).toBe(truth.rows - 20);
    const rest = await performed(maintenanceOf(store).perform(action, context()));
    expect(committed(rest)).toBe(truth.expired - 20);
  });

  it('commits a batch only when the ledger has it, and can say afterwards whether it did', async () => {
    const of = await fresh(make);
    const truth = await of.truth();
    const before = await of.dump();
    const action = purge(of, truth.expired, truth.rows);
    let abandoned = '';
    {
      await using store = await open(of, 'write');
      for await (const e of maintenanceOf(store).perform(action, context({ batchRows: 20 }))) {
        if (e.state !== 'prepared') continue;
        abandoned = e.token;
        break;
      }
    }
    expect(await of.dump()).toBe(before);
    await using store = await open(of, 'write');
    const m = maintenanceOf(store);
    expect(await m.settle(action, abandoned)).toBe('rolled-back');
    const tokens: string[] = [];
    for await (const e of m.perform(action, context({ batchRows: 20, maxRows: 20 }))) {
      if (e.state === 'prepared') tokens.push(e.token);
    }
    expect(tokens.length).toBe(1);
    expect(await m.settle(action, tokens[0] ?? '')).toBe('committed');
  });

  it('knows that everything is visible and that it may write', async () => {
    const of = await fresh(make);
    await using store = await open(of, 'write');
    const conditions = await maintenanceOf(store).conditions([purge(of, 1, 100)]);
    expect(conditions.readOnly).toBeNull();
    expect(conditions.pooled).toBeNull();
    expect(conditions.visibility.filter((v) => !v.complete)).toEqual([]);
  });
});
