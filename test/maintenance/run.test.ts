/** The engine as a state machine: whatever breaks off wherever, the ledger and the store agree once a later run has looked. */
import { describe, expect, it } from 'vitest';
import {
  type ArchivedRow,
  DEFAULT_CAPS,
  type EngineEvent,
  type LedgerEvent,
  type MaintenancePlan,
  maintenancePlan,
  type RunOptions,
  type RunState,
  type RunSummary,
  readLedger,
  run,
  summarise,
  undo,
} from '../../src/maintenance/index.ts';
import type { Action } from '../../src/store/index.ts';
import { type Faults, memoryStore, NOW, purge, Rows, reclaim, sha256, snapshotOf } from './memory-store.ts';

const settings = { command: 'vacuum', rules: {}, reclaim: false, structure: null, minBytes: null };
const planOf = (actions: readonly Action[], over: Partial<typeof settings> = {}): MaintenancePlan =>
  maintenancePlan(snapshotOf(), actions, { now: NOW, hash: sha256, settings: { ...settings, ...over } });

/** A disk: ledgers as text by run, and the archive. */
class Disk {
  readonly ledgers = new Map<string, string>();
  readonly archive: ArchivedRow[] = [];

  write(e: EngineEvent): void {
    if (e.event !== 'ledger') return;
    const { entry, removed } = e;
    if (entry.event === 'prepared')
      for (const row of removed ?? []) this.archive.push({ ...row, action: entry.action, batch: entry.batch });
    this.ledgers.set(entry.run, `${this.ledgers.get(entry.run) ?? ''}${JSON.stringify(entry)}\n`);
  }

  events(id: string): LedgerEvent[] {
    return readLedger(this.ledgers.get(id) ?? '', id);
  }

  summaries(): RunSummary[] {
    return [...this.ledgers.keys()].map((id) => summarise(this.events(id))).filter((s) => s !== undefined);
  }

  /** Rows that the ledgers say are gone. */
  gone(): number {
    return this.summaries().reduce((n, s) => n + s.rows, 0);
  }
}

function options(disk: Disk, id: string, over: Partial<RunOptions> = {}): RunOptions {
  return {
    run: id,
    caps: DEFAULT_CAPS,
    archive: 'archive',
    signal: new AbortController().signal,
    now: () => NOW,
    earlier: async () => disk.summaries(),
    ...over,
  };
}

async function toTheEnd(engine: AsyncGenerator<EngineEvent, RunState>, disk: Disk): Promise<RunState> {
  for (;;) {
    const step = await engine.next();
    if (step.done === true) return step.value;
    disk.write(step.value);
  }
}

const states = (events: readonly LedgerEvent[]): string[] =>
  events.map((e) => (e.event === 'action-ended' ? `${e.event} ${e.action} ${e.state}` : e.event));

describe('a run', () => {
  it('writes before and after each batch, and ends with what was read back', async () => {
    const rows = new Rows(100);
    const disk = new Disk();
    const state = await toTheEnd(run(memoryStore(rows, 10, 4), planOf([purge()]), options(disk, 'r1')), disk);
    expect(state).toBe('done');
    expect(rows.there.size).toBe(90);
    expect(states(disk.events('r1'))).toEqual([
      'run-started',
      'action-started',
      'prepared',
      'committed',
      'prepared',
      'committed',
      'prepared',
      'committed',
      'action-ended purge:expired:mneme:entries done',
      'run-ended',
    ]);
    expect(disk.gone()).toBe(10);
    expect(disk.archive.map((r) => r.values['id'])).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(rows.holder).toBeNull();
  });

  it('converges from a crash at every event, and ledger and store then agree', async () => {
    const whole = new Disk();
    await toTheEnd(run(memoryStore(new Rows(100), 10, 3), planOf([purge()]), options(whole, 'r')), whole);
    const length = whole.events('r').length;
    expect(length).toBeGreaterThan(10);
    for (let crash = 1; crash <= length; crash++) {
      for (const torn of [false, true]) {
        const rows = new Rows(100);
        const disk = new Disk();
        const engine = run(memoryStore(rows, 10, 3), planOf([purge()]), options(disk, 'dead'));
        for (let i = 1; i <= crash; i++) {
          const step = await engine.next();
          if (step.done === true) break;
          // The crash comes in the middle of writing this line, or right after it. What the store had committed stays so.
          if (i < crash || !torn) disk.write(step.value);
          else if (step.value.event === 'ledger' && step.value.entry.event !== 'run-started') {
            const half = JSON.stringify(step.value.entry).slice(0, 25);
            disk.ledgers.set('dead', `${disk.ledgers.get('dead') ?? ''}${half}`);
          }
        }
        rows.holder = null; // The lock died with its process.
        if (disk.ledgers.get('dead')?.endsWith('\n') === false)
          disk.ledgers.set('dead', `${disk.ledgers.get('dead')}\n`);
        const dead = 100 - rows.there.size;
        const state = await toTheEnd(run(memoryStore(rows, 10, 3), planOf([purge()]), options(disk, 'next')), disk);
        expect(rows.there.size, `crash at ${crash}`).toBe(90);
        expect(disk.gone(), `crash at ${crash}${torn ? ', torn' : ''}`).toBe(10);
        expect(state).toBe(dead === 10 ? 'nothing' : 'done');
        const first = summarise(disk.events('dead'));
        if (first === undefined) continue;
        expect(first.state).not.toBe('unfinished');
        expect(first.batches.filter((b) => b.outcome === 'open')).toEqual([]);
        expect(first.rows).toBe(dead);
      }
    }
  });

  it('rolls the open batch back when the ledger cannot be written', async () => {
    const rows = new Rows(100);
    const engine = run(memoryStore(rows, 10, 4), planOf([purge()]), options(new Disk(), 'r'));
    let prepared = 0;
    for (;;) {
      const step = await engine.next();
      if (step.done === true) break;
      if (step.value.event === 'ledger' && step.value.entry.event === 'prepared' && ++prepared === 2) {
        await engine.return('failed');
        break;
      }
    }
    expect(rows.there.size).toBe(96);
    expect(rows.holder).toBeNull();
  });

  it('settles a batch whose commit was answered by a broken connection', async () => {
    const rows = new Rows(100);
    const disk = new Disk();
    const store = memoryStore(rows, 10, 4, { failAfterCommit: 2 });
    expect(await toTheEnd(run(store, planOf([purge()]), options(disk, 'r')), disk)).toBe('partial');
    expect(rows.there.size).toBe(92);
    expect(disk.gone()).toBe(8);
    expect(disk.events('r').map((e) => e.event)).toContain('settled');
  });

  it('finishes the batch at hand when it is asked to stop', async () => {
    const rows = new Rows(100);
    const disk = new Disk();
    const abort = new AbortController();
    const plan = planOf([purge(), reclaim('full-vacuum', 'freelist', 50)]);
    const store = memoryStore(rows, 10, 4);
    const engine = run(store, plan, options(disk, 'r', { signal: abort.signal }));
    for (;;) {
      const step = await engine.next();
      if (step.done === true) {
        expect(step.value).toBe('stopped');
        break;
      }
      disk.write(step.value);
      if (step.value.event === 'ledger' && step.value.entry.event === 'prepared') abort.abort();
    }
    expect(rows.there.size).toBe(96);
    expect(store.performed).toEqual(['purge:expired:mneme:entries']);
    expect(states(disk.events('r')).slice(-2)).toEqual([
      'action-ended purge:expired:mneme:entries stopped',
      'run-ended',
    ]);
  });

  it('commits nothing more once the lock is lost', async () => {
    const rows = new Rows(100);
    const disk = new Disk();
    const store = memoryStore(rows, 10, 4, { loseLockAt: 2 });
    const plan = planOf([purge(), reclaim('full-vacuum', 'freelist', 50)]);
    expect(await toTheEnd(run(store, plan, options(disk, 'r')), disk)).toBe('failed');
    expect(rows.there.size).toBe(96);
    expect(disk.gone()).toBe(4);
    expect(store.performed).toEqual(['purge:expired:mneme:entries']);
    expect(summarise(disk.events('r'))?.why).toMatch(/lock was lost/);
  });

  it('never removes more than the caps allow, however many rows meet the condition', async () => {
    const rows = new Rows(1000);
    const caps = { maxDelete: 25, maxDeleteShare: 1, shareGiven: true };
    const plan = planOf([purge({ rows: 20, of: 1000 }), purge({ id: 'purge:expired:b', set: 'b', rows: 5, of: 1000 })]);
    const disk = new Disk();
    await toTheEnd(run(memoryStore(rows, 900, 10), plan, options(disk, 'r', { caps })), disk);
    expect(rows.there.size).toBe(975);
    expect(disk.gone()).toBe(25);
  });

  it('goes on with independent actions after a failure, and leaves dependent ones', async () => {
    const disk = new Disk();
    const actions = [
      reclaim('drop-invalid-index', 'hnsw:i', 15),
      reclaim('reindex', 'hnsw:i', 20),
      reclaim('vacuum', 'heap:t', 30),
    ];
    const store = memoryStore(new Rows(1), 0, 1, { failing: 'drop-invalid-index:hnsw:i' });
    expect(await toTheEnd(run(store, planOf(actions), options(disk, 'r')), disk)).toBe('partial');
    expect(store.performed).toEqual(['drop-invalid-index:hnsw:i', 'vacuum:heap:t']);
    expect(states(disk.events('r')).filter((s) => s.startsWith('action-ended'))).toEqual([
      'action-ended drop-invalid-index:hnsw:i failed',
      'action-ended reindex:hnsw:i skipped',
      'action-ended vacuum:heap:t done',
    ]);
  });

  it('measures again after rows went, and does what is found then instead of what was planned', async () => {
    const disk = new Disk();
    const rows = new Rows(100);
    const plan = planOf([purge(), reclaim('wal-truncate', 'wal', 90)], { reclaim: true });
    const store = memoryStore(rows, 10, 4);
    let told: ReadonlyMap<string, number> = new Map();
    const reclaimed = async (removed: ReadonlyMap<string, number>): Promise<Action[]> => {
      told = removed;
      return [reclaim('full-vacuum', 'freelist', 50)];
    };
    const state = await toTheEnd(run(store, plan, options(disk, 'r', { reclaim: reclaimed })), disk);
    expect(state).toBe('done');
    expect([...told]).toEqual([['mneme:entries', 10]]);
    expect(store.performed).toEqual(['purge:expired:mneme:entries', 'full-vacuum:freelist']);
  });
});

describe('the guard inside a run', () => {
  const refusedBy = async (faults: Faults, caps = DEFAULT_CAPS): Promise<unknown> => {
    const disk = new Disk();
    const rows = new Rows(1000);
    try {
      await toTheEnd(
        run(memoryStore(rows, 600, 10, faults), planOf([purge({ rows: 600, of: 1000 })]), options(disk, 'r', { caps })),
        disk,
      );
    } catch (e) {
      expect(rows.there.size).toBe(1000);
      expect(rows.holder).toBeNull();
      expect([...disk.ledgers]).toEqual([]);
      return e;
    }
    return undefined;
  };

  it('refuses before anything is written down or changed', async () => {
    expect(await refusedBy({})).toMatchObject({ code: 'max-delete-pct', exit: 5 });
    const all = { maxDelete: null, maxDeleteShare: 1, shareGiven: true };
    expect(await refusedBy({ conditions: { readOnly: 'a standby' } }, all)).toMatchObject({
      code: 'read-only',
      exit: 5,
    });
    const hidden = [{ subject: 'mneme:entries', complete: false, why: 'row-level security' }];
    expect(await refusedBy({ conditions: { visibility: hidden } }, all)).toMatchObject({
      code: 'not-visible',
      exit: 5,
    });
    expect(await refusedBy({}, all)).toBeUndefined();
  });

  it('names who holds the lock', async () => {
    const rows = new Rows(10);
    rows.holder = '20261121T000000Z-aaaaaa';
    const engine = run(memoryStore(rows, 1, 1), planOf([purge()]), options(new Disk(), 'r'));
    await expect(engine.next()).rejects.toMatchObject({
      code: 'locked',
      exit: 5,
      message: expect.stringContaining('aaaaaa'),
    });
    expect(rows.holder).toBe('20261121T000000Z-aaaaaa');
  });
});

describe('undo', () => {
  const back = (
    disk: Disk,
    rows: Rows,
    id: string,
    archive: string | null = 'archive',
  ): AsyncGenerator<EngineEvent, RunState> =>
    undo(memoryStore(rows, 10, 4), archive, {
      run: id,
      signal: new AbortController().signal,
      now: () => NOW,
      earlier: async () => disk.summaries(),
      undone: async () => disk.events('r'),
      archived: async function* (action, batches) {
        yield* disk.archive.filter((a) => a.action === action && batches.has(a.batch));
      },
    });

  it('puts back what was committed, and the second time nothing', async () => {
    const rows = new Rows(100);
    const disk = new Disk();
    await toTheEnd(run(memoryStore(rows, 10, 4), planOf([purge()]), options(disk, 'r')), disk);
    expect(await toTheEnd(back(disk, rows, 'u1'), disk)).toBe('done');
    expect(rows.there.size).toBe(100);
    expect(summarise(disk.events('u1'))).toMatchObject({ rows: 10, conflicts: 0, started: { undoes: 'r' } });
    expect(await toTheEnd(back(disk, rows, 'u2'), disk)).toBe('nothing');
    expect(summarise(disk.events('u2'))).toMatchObject({ rows: 0, conflicts: 10 });
  });

  it('leaves out the rows of a batch that was rolled back', async () => {
    const rows = new Rows(100);
    const disk = new Disk();
    const engine = run(memoryStore(rows, 10, 4), planOf([purge()]), options(disk, 'r'));
    for (let prepared = 0; prepared < 2; ) {
      const step = await engine.next();
      if (step.done === true) break;
      disk.write(step.value);
      if (step.value.event === 'ledger' && step.value.entry.event === 'prepared') prepared++;
    }
    rows.holder = null;
    expect(rows.there.size).toBe(96);
    expect(disk.archive).toHaveLength(8);
    expect(await toTheEnd(back(disk, rows, 'u'), disk)).toBe('done');
    expect(rows.there.size).toBe(100);
    expect(summarise(disk.events('u'))).toMatchObject({ rows: 4, conflicts: 0 });
  });

  it('refuses a run that kept nothing', async () => {
    const rows = new Rows(100);
    const disk = new Disk();
    await toTheEnd(run(memoryStore(rows, 10, 4), planOf([purge()]), options(disk, 'r', { archive: null })), disk);
    await expect(back(disk, rows, 'u', null).next()).rejects.toMatchObject({ code: 'no-archive', exit: 5 });
    expect(rows.there.size).toBe(90);
  });
});

describe('rows that hang on others', () => {
  const hanging = [{ action: purge().id, place: 'orders', rows: 3, of: 1_000 }];
  const caps = { ...DEFAULT_CAPS, maxDelete: 13 };

  it('are held against --max-delete while the run goes on: the batch that goes beyond it is not committed', async () => {
    const rows = new Rows(100);
    const disk = new Disk();
    const store = memoryStore(rows, 10, 4, { dependents: 3, conditions: { hanging } });
    // 4 + 3 rows are gone; the next batch would make it 14.
    expect(await toTheEnd(run(store, planOf([purge()]), options(disk, 'r1', { caps })), disk)).toBe('partial');
    expect(rows.there.size).toBe(96);
    expect(disk.events('r1').find((e) => e.event === 'action-ended')).toMatchObject({
      state: 'failed',
      rows: 4,
      why: expect.stringContaining('3 rows that hang on it would go beyond --max-delete'),
    });
  });

  it('are the business of an adapter that does not count them', async () => {
    const rows = new Rows(100);
    const disk = new Disk();
    const store = memoryStore(rows, 10, 4, { dependents: 3 });
    expect(await toTheEnd(run(store, planOf([purge()]), options(disk, 'r1', { caps })), disk)).toBe('done');
    expect(rows.there.size).toBe(90);
  });
});

describe('a run whose process is there still', () => {
  const of = { host: 'here', pid: 7 };

  it('keeps its ledger to itself, also where the lock was to be had', async () => {
    const rows = new Rows(100);
    const disk = new Disk();
    const living = run(memoryStore(rows, 10, 4), planOf([purge()]), options(disk, 'r1', { process: of }));
    for (let i = 0; i < 3; i++) {
      const step = await living.next();
      if (step.done !== true) disk.write(step.value);
    }
    const before = disk.ledgers.get('r1');
    expect(before).toContain('"process":{"host":"here","pid":7}');
    // By another path to the same rows: another lock.
    rows.holder = null;
    const said: string[] = [];
    const second = run(memoryStore(rows, 10, 4), planOf([purge()]), options(disk, 'r2', { isAlive: () => true }));
    for (;;) {
      const step = await second.next();
      if (step.done === true) break;
      if (step.value.event === 'warning') said.push(step.value.message);
      disk.write(step.value);
    }
    expect(disk.ledgers.get('r1')).toBe(before);
    expect(said.join()).toContain('run r1 has not ended, and its process 7 is there');
    // Once it is gone, its ledger is closed.
    await toTheEnd(
      run(memoryStore(rows, 10, 4), planOf([purge()]), options(disk, 'r3', { isAlive: () => false })),
      disk,
    );
    expect(disk.events('r1').at(-1)).toMatchObject({ event: 'run-ended', state: 'stopped' });
  });
});
