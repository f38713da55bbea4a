/** The pieces between the engine and the disk: ledgers, archives, the question, and what a full disk does to a run. */
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { ArchiveFile, archivedRows } from '../../../src/cli/memctl/archive-file.ts';
import { carryOut } from '../../../src/cli/memctl/carry-out.ts';
import { confirm } from '../../../src/cli/memctl/confirm.ts';
import { exitOf } from '../../../src/cli/memctl/maintain.ts';
import { allRuns, LedgerFiles, LineFile, newRunId, readRun } from '../../../src/cli/memctl/run-files.ts';
import type { Runtime } from '../../../src/cli/runtime.ts';
import {
  DEFAULT_CAPS,
  type LedgerEvent,
  maintenancePlan,
  planStore,
  type RunOptions,
  readLedger,
  run,
} from '../../../src/maintenance/index.ts';
import { width } from '../../../src/render/columns.ts';
import { renderMaintenancePlan } from '../../../src/render/maintenance-plan.ts';
import { PLAIN } from '../../../src/render/paint.ts';
import {
  identity,
  memoryStore,
  NOW,
  purge,
  Rows,
  reclaim,
  sha256,
  snapshotOf,
} from '../../maintenance/memory-store.ts';

const folders: string[] = [];
afterEach(() => {
  for (const f of folders.splice(0)) rmSync(f, { recursive: true, force: true });
});
function folder(): string {
  const f = mkdtempSync(join(tmpdir(), 'memctl-cli-'));
  folders.push(f);
  return f;
}

function runtimeWith(over: Partial<Runtime> = {}): Runtime & { said: string[] } {
  const said: string[] = [];
  const sink = { write: (text: string): void => void said.push(text), isTTY: false, columns: undefined };
  const signal = new AbortController().signal;
  return {
    argv: [],
    env: {},
    now: NOW,
    stdout: sink,
    stderr: sink,
    cwd: '/',
    signal,
    interrupted: undefined,
    said,
    ...over,
  };
}

const settings = { command: 'vacuum', rules: {}, reclaim: false, structure: null, minBytes: null };
const plan = maintenancePlan(snapshotOf(), [purge()], { now: NOW, hash: sha256, settings });
const options = (ledgers: string, archive: string | null): RunOptions => ({
  run: 'r',
  caps: DEFAULT_CAPS,
  archive,
  signal: new AbortController().signal,
  now: () => NOW,
  earlier: async () => allRuns(ledgers).runs,
});

describe('a run id', () => {
  it('sorts by time and differs within a millisecond', () => {
    expect(newRunId(NOW)).toMatch(/^20261121T000000000Z-[0-9a-f]{4}$/);
    expect(newRunId(new Date(NOW.getTime() + 1)) > newRunId(NOW)).toBe(true);
    expect(new Set(Array.from({ length: 20 }, () => newRunId(NOW))).size).toBeGreaterThan(10);
  });
});

describe('a full disk', () => {
  it('is a refusal that says so', () => {
    const full = new LineFile('/dev/full', 'ledger', false);
    expect(() => full.append('{}\n')).toThrow(
      expect.objectContaining({ code: 'ledger-failed', exit: 5, message: expect.stringContaining('no space left') }),
    );
    full.close();
  });

  it('under the ledger stops the run before the commit of what could not be written down', async () => {
    const dir = folder();
    const rows = new Rows(100);
    let lines = 0;
    const store = memoryStore(rows, 10, 4);
    const engine = run(store, plan, options(dir, null));
    const full = new LineFile('/dev/full', 'ledger', false);
    const write = LedgerFiles.prototype.append;
    LedgerFiles.prototype.append = function (event: LedgerEvent): void {
      // The second batch's announcement finds the disk full.
      if (event.event === 'prepared' && ++lines === 2) full.append(JSON.stringify(event));
      write.call(this, event);
    };
    try {
      const done = await carryOut(engine, { run: 'r', folder: dir, archive: null, name: 'x' }, {}, runtimeWith());
      expect(done).toMatchObject({ state: 'failed', refused: true, why: expect.stringContaining('no space left') });
    } finally {
      LedgerFiles.prototype.append = write;
      full.close();
    }
    expect(rows.there.size).toBe(96);
    expect(rows.holder).toBeNull();
    expect(readRun(dir, 'r').summary).toMatchObject({ rows: 4, state: 'unfinished' });
  });

  it('under the archive does the same', async () => {
    const dir = folder();
    symlinkSync('/dev/full', join(dir, 'r.archive.jsonl'));
    const rows = new Rows(100);
    const archive = new ArchiveFile(dir, 'r', planStore(identity));
    const engine = run(memoryStore(rows, 10, 4), plan, options(dir, archive.path));
    const done = await carryOut(engine, { run: 'r', folder: dir, archive, name: 'x' }, {}, runtimeWith());
    expect(done).toMatchObject({ state: 'failed', refused: true, why: expect.stringContaining('archive') });
    expect(rows.there.size).toBe(100);
    expect(readFileSync(join(dir, 'r.jsonl'), 'utf8')).not.toContain('"prepared"');
  });
});

describe('ledger files', () => {
  it("are their owner's alone, and whole lines whatever was torn before", async () => {
    const dir = join(folder(), 'runs');
    const rows = new Rows(100);
    await carryOut(
      run(memoryStore(rows, 10, 4), plan, options(dir, null)),
      { run: 'r', folder: dir, archive: null, name: 'x' },
      {},
      runtimeWith(),
    );
    const path = join(dir, 'r.jsonl');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(dir).mode & 0o777).toBe(0o700);
    writeFileSync(path, `${readFileSync(path, 'utf8')}{"event":"comm`);
    const again = new LineFile(path, 'ledger', false);
    again.append('{"event":"settled","run":"r"}\n');
    again.close();
    const events = readLedger(readFileSync(path, 'utf8'), 'r');
    expect(events.at(-1)?.event).toBe('settled');
    expect(events.filter((e) => e.event === 'committed')).toHaveLength(3);
  });

  it('of other things are named and not read', () => {
    const dir = folder();
    writeFileSync(join(dir, 'x.jsonl'), 'hello\n');
    expect(allRuns(dir)).toEqual({ runs: [], unreadable: ['x'] });
    expect(() => readRun(dir, 'x')).toThrow(expect.objectContaining({ code: 'not-a-ledger' }));
    expect(() => readRun(dir, 'y')).toThrow(expect.objectContaining({ code: 'unknown-run' }));
  });
});

describe('an archive', () => {
  it('is read by action and batch, and only as that of its run', async () => {
    const dir = folder();
    const archive = new ArchiveFile(dir, 'r', planStore(identity));
    expect(existsSync(archive.path)).toBe(false);
    archive.append('a', 1, [{ place: 't', values: { id: 1, blob: { base64: 'AAE=' } } }]);
    archive.append('a', 2, [{ place: 't', values: { id: 2 } }]);
    archive.close();
    expect(statSync(archive.path).mode & 0o777).toBe(0o600);
    writeFileSync(archive.path, `${readFileSync(archive.path, 'utf8')}{"action":"a","ba`);
    const read = async (id: string, batches: readonly number[]): Promise<unknown[]> => {
      const found: unknown[] = [];
      for await (const row of archivedRows(archive.path, id, 'a', new Set(batches))) found.push(row.values);
      return found;
    };
    expect(await read('r', [1])).toEqual([{ id: 1, blob: { base64: 'AAE=' } }]);
    expect(await read('r', [1, 2])).toHaveLength(2);
    await expect(read('s', [1])).rejects.toMatchObject({ code: 'not-an-archive' });
  });
});

describe('the question', () => {
  const asking = (answer: string | null, asked: string[] = []): Runtime =>
    runtimeWith({
      ask: async (question) => {
        asked.push(question);
        return answer;
      },
    });

  it('is answered by the name of the store, and by nothing else', async () => {
    const asked: string[] = [];
    await confirm('brain.db', 'This will remove 10 rows.', false, asking('brain.db ', asked));
    expect(asked).toEqual(['This will remove 10 rows. Type brain.db to go on: ']);
    for (const wrong of ['y', 'yes', 'brain', '', null])
      await expect(confirm('brain.db', 'x', false, asking(wrong))).rejects.toMatchObject({
        code: 'not-confirmed',
        exit: 5,
      });
  });

  it('is not asked with --yes, nor where there is nobody', async () => {
    const asked: string[] = [];
    await confirm('brain.db', 'x', true, asking('no', asked));
    await confirm('brain.db', 'x', false, runtimeWith());
    expect(asked).toEqual([]);
  });

  it('is asked for one store after the other', async () => {
    let open = 0;
    let most = 0;
    const runtime = runtimeWith({
      ask: async (question) => {
        most = Math.max(most, ++open);
        await new Promise((go) => setTimeout(go, 5));
        open--;
        return /Type (\S+)/.exec(question)?.[1] ?? null;
      },
    });
    await Promise.all(['a', 'b', 'c'].map((name) => confirm(name, 'x', false, runtime)));
    expect(most).toBe(1);
  });
});

describe('exit codes', () => {
  it.each([
    ['done', 10, false, false, 0, undefined, 0],
    ['done', 10, false, true, 0, undefined, 3],
    ['nothing', 0, false, false, 3, undefined, 3],
    ['partial', 10, false, false, 0, undefined, 3],
    ['failed', 0, false, false, 0, undefined, 3],
    ['failed', 0, true, false, 0, undefined, 5],
    ['failed', 4, true, false, 0, undefined, 3],
    ['stopped', 4, false, false, 0, 143, 143],
  ] as const)(
    '%s, %i rows: refused %s, unverified %s, left %i, signal %s → %i',
    (state, rows, refused, unverified, left, signal, exit) => {
      expect(exitOf(state, rows, refused, unverified, left, signal)).toBe(exit);
    },
  );
});

describe('the screen', () => {
  it('fits 80 columns, and 60', () => {
    const long = 'created_at + ttl (s) <= now and a rather long condition of a rather long kind '.repeat(3);
    const actions = [
      purge({ title: `remove 10 of 100 rows, ${long}` }),
      reclaim('reindex', 'hnsw:memories_embedding_idx', 20, {
        diskNeeded: 1e9,
        reclaims: 2e9,
        seconds: 5_000,
        lock: 'schema',
      }),
    ];
    const left = [
      { subject: 's', title: 'fibers', why: `no rule says so ${long}`, unmeasured: true, grant: 'GRANT x TO y' },
    ];
    const whole = maintenancePlan(snapshotOf(), actions, {
      now: NOW,
      hash: sha256,
      settings: { ...settings, reclaim: true },
      left,
    });
    const refused = [{ code: 'x', message: long, hint: 'do that' }];
    for (const columns of [80, 60]) {
      const verdict = { refused, dropped: [{ action: 'a', code: 'disk', why: long }], warnings: [long] };
      const text = renderMaintenancePlan({ ...whole, verdict }, { width: columns, paint: PLAIN, verbose: true });
      expect(text.split('\n').filter((l) => width(l) > columns)).toEqual([]);
      expect(text.replaceAll(/\s+/g, ' ')).toContain(' brain.db: refused: created_at');
      const allowed = renderMaintenancePlan(whole, { width: columns, paint: PLAIN });
      expect(allowed.replaceAll(/\s+/g, ' ')).toContain('up to 10 rows will be removed and about 1.86 GiB given back');
    }
  });
});
