/** Rows that say what another row says: planned, guarded, carried out, written down and taken back, on a real file. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type ArchivedRow,
  archiveLine,
  DEFAULT_CAPS,
  dedupActions,
  dedupActionsNow,
  drift,
  type EngineEvent,
  judge,
  type LedgerEvent,
  type MaintenancePlan,
  maintenancePlan,
  planStore,
  planText,
  type RunOptions,
  type RunState,
  type RunSummary,
  readArchiveLine,
  readLedger,
  readPlan,
  run,
  runReport,
  summarise,
  undo,
  verifyDuplicates,
} from '../../src/maintenance/index.ts';
import type { Duplicate, Store } from '../../src/store/index.ts';
import { CALM, memorySet, NOW, purge, sha256 } from './memory-store.ts';
import { dump, listOf, NOTES, notesFile, openNotes, superseded, unreachable } from './superseded-store.ts';

const folders: string[] = [];
afterEach(() => {
  for (const f of folders.splice(0)) rmSync(f, { recursive: true, force: true });
});
function notes(rows = 40): string {
  const folder = mkdtempSync(join(tmpdir(), 'memctl-dedup-'));
  folders.push(folder);
  return notesFile(folder, rows);
}

const SETTINGS = {
  command: 'dedup',
  rules: { expired: false, orphans: false },
  reclaim: false,
  structure: null,
  minBytes: null,
};
const PAIRS = Array.from({ length: 12 }, (_, i) => [i + 1, i + 21] as const);

async function planOf(store: Store, duplicates: readonly Duplicate[], remove = false): Promise<MaintenancePlan> {
  const snapshot = await store.snapshot({ now: NOW });
  const set = snapshot.memorySets.find((s) => s.id === NOTES);
  if (set === undefined) throw new Error('no notes');
  const { actions, left } = dedupActions([{ set, duplicates, delete: remove }], snapshot.profiles);
  return maintenancePlan(snapshot, actions, { now: NOW, hash: sha256, settings: SETTINGS, left });
}

/** Ledgers and the archive as the lines they are on a disk. */
class Disk {
  readonly ledgers = new Map<string, string>();
  archive = '';

  write(e: EngineEvent): void {
    if (e.event !== 'ledger') return;
    const { entry, removed } = e;
    if (entry.event === 'prepared')
      for (const row of removed ?? [])
        this.archive += archiveLine({ ...row, action: entry.action, batch: entry.batch });
    this.ledgers.set(entry.run, `${this.ledgers.get(entry.run) ?? ''}${JSON.stringify(entry)}\n`);
  }

  events(id: string): LedgerEvent[] {
    return readLedger(this.ledgers.get(id) ?? '', id);
  }

  summaries(): RunSummary[] {
    return [...this.ledgers.keys()].map((id) => summarise(this.events(id))).filter((s) => s !== undefined);
  }

  async *archived(action: string, batches: ReadonlySet<number>): AsyncGenerator<ArchivedRow> {
    for (const line of this.archive.split('\n')) {
      const row = line === '' ? null : readArchiveLine(line, 'archive');
      if (row !== null && row.action === action && batches.has(row.batch)) yield row;
    }
  }
}

function options(disk: Disk, id: string, over: Partial<RunOptions> = {}): RunOptions {
  const signal = new AbortController().signal;
  const earlier = async (): Promise<RunSummary[]> => disk.summaries();
  return { run: id, caps: DEFAULT_CAPS, archive: 'archive', signal, now: () => NOW, earlier, batchRows: 5, ...over };
}

async function toTheEnd(engine: AsyncGenerator<EngineEvent, RunState>, disk: Disk): Promise<RunState> {
  for (;;) {
    const step = await engine.next();
    if (step.done === true) return step.value;
    disk.write(step.value);
  }
}

const undone = (disk: Disk, store: Store, of: string, id: string): AsyncGenerator<EngineEvent, RunState> =>
  undo(store, 'archive', {
    ...options(disk, id),
    undone: async () => disk.events(of),
    archived: (action, batches) => disk.archived(action, batches),
  });

describe('superseding', () => {
  it('is planned with the list, written down without it, and taken back row by row', async () => {
    const path = notes();
    const before = dump(path);
    const disk = new Disk();
    await using store = await openNotes(path, 'write');
    const plan = await planOf(store, await listOf(store, PAIRS));
    expect(plan.actions).toMatchObject([{ kind: 'supersede', id: `supersede:${NOTES}`, rows: 12, of: 40 }]);
    expect(plan.totals).toMatchObject({ rows: 0, superseded: 12 });
    expect(await toTheEnd(run(store, plan, options(disk, 'r1')), disk)).toBe('done');
    expect(superseded(path)).toBe(12);
    expect(unreachable(path)).toBe(0);
    const summary = summarise(disk.events('r1'));
    expect(summary).toMatchObject({ rows: 12, dependents: 0, state: 'done' });
    // What is in a ledger is nobody's memory, and no list of rows.
    expect(disk.ledgers.get('r1')).not.toContain(
      plan.actions[0]?.kind === 'supersede' ? plan.actions[0].duplicates[0]?.digest : '?',
    );
    const [action] = plan.actions;
    if (action?.kind !== 'supersede') throw new Error('no such action');
    const verified = await verifyDuplicates(store, action, 'notes', 12);
    expect(verified).toMatchObject({ ok: true, message: expect.stringContaining('12 of the 12 notes') });
    expect(await toTheEnd(undone(disk, store, 'r1', 'u1'), disk)).toBe('done');
    expect(dump(path)).toBe(before);
    expect(summarise(disk.events('u1'))).toMatchObject({ rows: 12, dependents: 0, conflicts: 0 });
    expect(await toTheEnd(undone(disk, store, 'r1', 'u2'), disk)).toBe('nothing');
    expect(dump(path)).toBe(before);
  });

  it('converges from a crash at every event: no row is ever out of reach, ledger and store agree, undo is whole', async () => {
    const whole = new Disk();
    const first = notes();
    {
      await using store = await openNotes(first, 'write');
      await toTheEnd(run(store, await planOf(store, await listOf(store, PAIRS)), options(whole, 'r')), whole);
    }
    const length = whole.events('r').length;
    expect(length).toBeGreaterThan(8);
    for (let crash = 1; crash <= length; crash++) {
      const path = notes();
      const before = dump(path);
      const disk = new Disk();
      let plan: MaintenancePlan;
      {
        await using store = await openNotes(path, 'write');
        plan = await planOf(store, await listOf(store, PAIRS));
        const engine = run(store, plan, options(disk, 'dead'));
        for (let i = 1; i <= crash; i++) {
          const step = await engine.next();
          if (step.done === true) break;
          disk.write(step.value);
        }
        // Nobody asks for the next event: the open batch is rolled back, and no end is written.
        await engine.return('failed');
      }
      expect(unreachable(path), `crash at ${crash}`).toBe(0);
      await using store = await openNotes(path, 'write');
      const there = superseded(path);
      await toTheEnd(run(store, plan, options(disk, 'next')), disk);
      expect(superseded(path), `crash at ${crash}`).toBe(12);
      expect(unreachable(path)).toBe(0);
      expect(summarise(disk.events('dead'))?.rows, `crash at ${crash}`).toBe(there);
      expect(disk.summaries().reduce((n, s) => n + s.rows, 0)).toBe(12);
      await toTheEnd(undone(disk, store, 'next', 'u-next'), disk);
      await toTheEnd(undone(disk, store, 'dead', 'u-dead'), disk);
      expect(dump(path), `crash at ${crash}`).toBe(before);
    }
  });

  it('goes before anything is removed, under the same caps', async () => {
    const path = notes();
    const disk = new Disk();
    await using store = await openNotes(path, 'write');
    const plan = await planOf(store, await listOf(store, PAIRS));
    const caps = { maxDelete: 7, maxDeleteShare: 1, shareGiven: true };
    const [supersede] = plan.actions;
    if (supersede?.kind !== 'supersede') throw new Error('no such action');
    const verdict = judge([supersede], CALM, caps, { archive: true });
    expect(verdict.refused).toMatchObject([
      {
        code: 'max-delete',
        message: '12 rows would be superseded, and --max-delete allows 7',
        hint: 'if that is right: --max-delete 12',
      },
    ]);
    const share = judge(
      [supersede],
      CALM,
      { maxDelete: null, maxDeleteShare: 0.1, shareGiven: true },
      { archive: true },
    );
    expect(share.refused[0]?.message).toMatch(/12 of 40 rows of map:notes would be superseded \(30 %\)/);
    const both = judge(
      [supersede, purge({ set: NOTES, rows: 30, of: 40 })],
      CALM,
      { maxDelete: 20, maxDeleteShare: 1, shareGiven: true },
      { archive: true },
    );
    expect(both.refused[0]?.message).toMatch(/^40 rows would go or be superseded/);
    const kept = judge([supersede], CALM, DEFAULT_CAPS, { archive: false });
    expect(kept.refused.map((r) => r.code)).toEqual(['no-archive']);
    // A plan may promise less than its list holds: what is carried out ends with what was promised.
    const state = await toTheEnd(
      run(store, { ...plan, actions: [{ ...supersede, rows: 4 }] }, options(disk, 'r')),
      disk,
    );
    expect(state).toBe('done');
    expect(superseded(path)).toBe(4);
  });

  it('a saved plan holds while its set is read and marked in the same way', async () => {
    const path = notes();
    await using store = await openNotes(path, 'write');
    const made = await planOf(store, await listOf(store, PAIRS));
    const plan = readPlan(planText(made), 'plan.json', sha256);
    const snapshot = await store.snapshot({ now: NOW });
    const now = dedupActionsNow(plan.actions, snapshot);
    expect(now).toMatchObject({ drift: [], actions: [{ id: `supersede:${NOTES}`, duplicates: expect.any(Array) }] });
    expect(drift(plan, planStore(snapshot.identity), [], NOW)).toEqual([]);
    const [set, ...others] = snapshot.memorySets;
    if (set === undefined) throw new Error('no set');
    const { supersede: _, ...unmarked } = set;
    const changed = (memorySets: typeof snapshot.memorySets): string[] =>
      dedupActionsNow(plan.actions, { ...snapshot, memorySets }).drift.map((d) => d.message);
    expect(changed([unmarked, ...others])[0]).toMatch(/no way to do that is known/);
    expect(changed([{ ...set, readOnly: 'its log is its truth' }, ...others])[0]).toMatch(/only read now/);
    expect(changed(others)[0]).toMatch(/not there any more/);
    const other = plan.actions.map((a) => ({ ...a, digest: 'another' }));
    expect(dedupActionsNow(other, snapshot).drift[0]?.message).toMatch(/read in another way/);
  });

  it('is found out where the row that should stay is gone', async () => {
    const path = notes();
    const disk = new Disk();
    await using store = await openNotes(path, 'write');
    const plan = await planOf(store, await listOf(store, PAIRS));
    await toTheEnd(run(store, plan, options(disk, 'r')), disk);
    const db = new Database(path);
    db.exec('DELETE FROM notes WHERE id = 21');
    db.close();
    const [action] = plan.actions;
    if (action?.kind !== 'supersede') throw new Error('no such action');
    const verified = await verifyDuplicates(store, action, 'notes', 12);
    expect(verified).toMatchObject({
      ok: false,
      message: expect.stringContaining('for 1 of them the row that should stay is not active (21)'),
    });
    expect(await verifyDuplicates(store, action, 'notes', 13)).toMatchObject({ ok: false });
    // A run that took none has nothing to bring back.
    expect(await verifyDuplicates(store, action, 'notes', 0)).toMatchObject({
      ok: true,
      message: expect.stringContaining('already: this run took none'),
    });
  });
});

describe('removing', () => {
  it('takes such rows away and undo brings them back', async () => {
    const path = notes();
    const before = dump(path);
    const disk = new Disk();
    await using store = await openNotes(path, 'write');
    const plan = await planOf(store, await listOf(store, PAIRS), true);
    expect(plan.actions).toMatchObject([{ kind: 'purge', reason: 'duplicates', rows: 12 }]);
    expect(await toTheEnd(run(store, plan, options(disk, 'r1')), disk)).toBe('done');
    const report = runReport({
      run: 'r1',
      generatedAt: NOW,
      command: 'dedup',
      store: plan.store,
      plan,
      state: 'done',
      exit: 0,
      events: disk.events('r1'),
      reclaimed: null,
      verified: [],
      settled: [],
      warnings: [],
      ledger: null,
      archive: 'archive',
    });
    expect(report).toMatchObject({
      rows: 12,
      undo: 'memctl undo r1',
      actions: [{ state: 'done', planned: 12, rows: 12 }],
    });
    expect(JSON.parse(dump(path))).toHaveLength(28);
    expect(await toTheEnd(undone(disk, store, 'r1', 'u1'), disk)).toBe('done');
    expect(dump(path)).toBe(before);
  });
});

describe('what is left', () => {
  const duplicates = [{ key: '1', survivor: '2', digest: 'a', survivorDigest: 'a' }];
  const left = (over: Parameters<typeof memorySet>[0], more = {}): string | undefined =>
    dedupActions([{ set: memorySet(over), duplicates, delete: false, ...more }], []).left[0]?.why;

  it('is named with its reason', () => {
    expect(left({})).toMatch(/no way is known .* --delete removes such rows, and keeps them/);
    expect(left({ readOnly: 'fibers reach it' })).toBe('for review only: fibers reach it');
    expect(left({ hidden: { why: 'row-level security' } }, { delete: true })).toMatch(/hidden from this role/);
    expect(left({}, { delete: true, keyless: true })).toMatch(/no primary key/);
    expect(dedupActions([{ set: memorySet(), duplicates: [], delete: false }], [])).toEqual({ actions: [], left: [] });
  });

  it('are rows whose row that stays would go as well', () => {
    const chain = [...duplicates, { key: '2', survivor: '3', digest: 'a', survivorDigest: 'a' }];
    const made = dedupActions([{ set: memorySet(), duplicates: chain, delete: true }], []);
    expect(made.actions).toMatchObject([{ rows: 1, duplicates: [{ key: '2', survivor: '3' }] }]);
    expect(made.left[0]?.why).toMatch(/^1 of its rows/);
    const ring = [...duplicates, { key: '2', survivor: '1', digest: 'a', survivorDigest: 'a' }];
    expect(dedupActions([{ set: memorySet(), duplicates: ring, delete: true }], []).actions).toEqual([]);
  });
});
