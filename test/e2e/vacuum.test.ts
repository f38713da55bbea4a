/** vacuum, apply, undo and runs as a user runs them: real files, real processes, real signals. */
import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { type RunSummary, readLedger, summarise } from '../../src/maintenance/index.ts';
import { contents, mnemeStore, type TestStore, traces } from './mneme-store.ts';
import { type Finished, root, run } from './run-program.ts';

const memctl = (s: TestStore, ...args: string[]): Finished => run('memctl', args, { env: s.env, cwd: s.folder });

function ledgers(s: TestStore): RunSummary[] {
  return readdirSync(s.ledgers)
    .sort()
    .map((f) => summarise(readLedger(readFileSync(join(s.ledgers, f), 'utf8'), f)))
    .filter((r) => r !== undefined);
}

/** A run that is under way: ended with a signal once its ledger has that many lines, or after so long. */
function interrupted(
  s: TestStore,
  signal: NodeJS.Signals,
  after: { readonly lines?: number; readonly ms?: number },
  args: readonly string[] = [],
): Promise<{ exit: number | null; signal: NodeJS.Signals | null; stdout: string; stderr: string }> {
  const before = existsSync(s.ledgers) ? readdirSync(s.ledgers).length : 0;
  const child = spawn(process.execPath, [join(root, 'bin', 'memctl.cjs'), 'vacuum', s.address, ...args], {
    env: { ...process.env, ...s.env },
    cwd: s.folder,
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (d) => (stdout += String(d)));
  child.stderr.on('data', (d) => (stderr += String(d)));
  const due = Date.now() + (after.ms ?? 20_000);
  const lines = (): number => {
    if (!existsSync(s.ledgers)) return 0;
    const files = readdirSync(s.ledgers).sort();
    const last = files.length > before ? files.at(-1) : undefined;
    return last === undefined ? 0 : readFileSync(join(s.ledgers, last), 'utf8').split('\n').length - 1;
  };
  const timer = setInterval(() => {
    if (Date.now() < due && (after.lines === undefined || lines() < after.lines)) return;
    clearInterval(timer);
    child.kill(signal);
  }, 2);
  return new Promise((done) => {
    child.on('close', (exit, by) => {
      clearInterval(timer);
      done({ exit, signal: by, stdout, stderr });
    });
  });
}

describe('a dry run', () => {
  it('changes not one byte, writes no ledger, and says what would be done', () => {
    const s = mnemeStore(500, 200);
    const before = traces(s.folder);
    const { exit, stdout, stderr } = memctl(s, 'vacuum', s.address, '--dry-run');
    expect([exit, stderr]).toEqual([0, '']);
    expect(stdout).toContain('up to 200 rows will be removed');
    expect(stdout).toContain('remove 200 of 500 cached answers, expired by created_at + ttl (s) <= now');
    expect(stdout).toContain('cannot be undone');
    expect(traces(s.folder)).toEqual(before);
    const json = JSON.parse(memctl(s, 'vacuum', s.address, '--dry-run', '--json').stdout);
    expect(json).toMatchObject({
      kind: 'maintenance-plan',
      actions: [{ rows: 200, of: 500 }],
      verdict: { refused: [] },
    });
    expect(traces(s.folder)).toEqual(before);
  });

  it('says that nothing is to be done with its proof', () => {
    const s = mnemeStore(500, 0);
    const before = traces(s.folder);
    const { exit, stdout } = memctl(s, 'vacuum', s.address);
    expect(exit).toBe(0);
    expect(stdout).toContain('nothing to do');
    expect(stdout).toMatch(/0 of 500 cached answers expired by created_at \+ ttl \(s\) <= now/);
    expect(traces(s.folder)).toEqual(before);
  });
});

describe('vacuum', () => {
  it('removes what expired, verifies it, and undo brings every byte back', () => {
    const s = mnemeStore(2_000, 800);
    const before = contents(s.path);
    const done = memctl(s, 'vacuum', s.address, '--archive', 'kept', '--json');
    expect(done.exit).toBe(0);
    const report = JSON.parse(done.stdout);
    expect(report).toMatchObject({ kind: 'run-report', state: 'done', rows: 800, undo: `memctl undo ${report.run}` });
    expect(report.verified).toMatchObject([{ ok: true, subject: 'mneme:entries' }]);
    expect(contents(s.path)).toMatchObject({ rows: 1_200, expired: 0 });
    expect(statSync(report.ledger).mode & 0o777).toBe(0o600);
    expect(statSync(report.archive).mode & 0o777).toBe(0o600);

    const trial = memctl(s, 'undo', 'last', '--dry-run');
    expect(trial.stdout).toContain('800 rows of run');
    expect(contents(s.path).rows).toBe(1_200);
    const undone = memctl(s, 'undo', 'last');
    expect([undone.exit, undone.stdout]).toEqual([0, expect.stringContaining('800 rows put back')]);
    expect(contents(s.path)).toEqual(before);
    const again = memctl(s, 'undo', 'last');
    expect([again.exit, again.stdout]).toEqual([0, expect.stringContaining('800 rows were there already')]);
    expect(contents(s.path)).toEqual(before);

    const runs = JSON.parse(memctl(s, 'runs', '--json').stdout);
    expect(runs.runs.map((r: { command: string; state: string }) => `${r.command} ${r.state}`)).toEqual([
      'undo nothing',
      'undo done',
      'vacuum done',
    ]);
    expect(runs.runs.at(-1).undoneBy).toBe(runs.runs[1].run);
  });

  it('names a row that cannot be put back, and puts back the others', () => {
    const s = mnemeStore(300, 100);
    memctl(s, 'vacuum', s.address, '--archive', 'kept');
    const db = new Database(s.path);
    db.exec(`INSERT INTO entries(id, namespace, query_hash, query, response, embedding, metadata, created_at, last_accessed_at)
             SELECT min(seq), 'new', 'new', 'q', 'r', x'00', '{}', 0, 0
             FROM (WITH RECURSIVE n(seq) AS (SELECT (SELECT min(id) FROM entries) UNION ALL SELECT seq + 1 FROM n LIMIT 300) SELECT seq FROM n)
             WHERE seq NOT IN (SELECT id FROM entries)`);
    db.close();
    const undone = memctl(s, 'undo', 'last', '--json');
    expect(undone.exit).toBe(3);
    const report = JSON.parse(undone.stdout);
    expect(report.rows).toBe(99);
    expect(report.warnings).toEqual([expect.stringMatching(/^left as it is: entries: /)]);
    expect(contents(s.path).rows).toBe(300);
  });

  it('keeps to the caps, and refuses before the store is touched', () => {
    const s = mnemeStore(500, 300);
    const before = traces(s.folder);
    const share = memctl(s, 'vacuum', s.address);
    expect([share.exit, share.stdout]).toEqual([5, '']);
    expect(share.stderr).toContain(
      '300 of 500 rows of mneme:entries would go (60 %), and --max-delete-pct allows 50 %',
    );
    expect(share.stderr).toContain('--max-delete-pct 60');
    const count = memctl(s, 'vacuum', s.address, '--max-delete-pct', '100', '--max-delete', '299', '--json');
    expect([count.exit, count.stdout]).toEqual([5, '']);
    expect(JSON.parse(count.stderr)).toMatchObject({ kind: 'error', code: 'max-delete', exit: 5 });
    expect(traces(s.folder)).toEqual(before);
    expect(memctl(s, 'vacuum', s.address, '--max-delete-pct', '60%', '--max-delete', '300').exit).toBe(0);
    expect(contents(s.path)).toMatchObject({ rows: 200, expired: 0 });
  });

  it.each([
    [['--max-delete-pct', '150'], '--max-delete-pct: "150" is not a percentage'],
    [['--max-delete', 'many'], '--max-delete: "many"'],
  ])('refuses %j in one sentence', (flags, message) => {
    const s = mnemeStore(10, 5);
    const { exit, stderr } = memctl(s, 'vacuum', s.address, ...flags);
    expect([exit, stderr]).toEqual([2, expect.stringContaining(message)]);
  });

  it('does nothing that it cannot write down', () => {
    const s = mnemeStore(500, 200);
    const before = contents(s.path);
    writeFileSync(join(s.folder, 'file'), '');
    const { exit, stderr } = memctl(s, 'vacuum', s.address, '--ledger', 'file');
    expect([exit, stderr]).toEqual([2, expect.stringContaining('ledger')]);
    const archive = memctl(s, 'vacuum', s.address, '--archive', 'file');
    expect([archive.exit, archive.stderr]).toEqual([5, expect.stringContaining('archive')]);
    expect(contents(s.path)).toEqual(before);
  });
});

describe('a run that broke off', () => {
  it('killed at any moment, is settled by the next one: ledgers and rows agree, and all can be taken back', async () => {
    const s = mnemeStore(30_000, 12_000);
    const before = contents(s.path);
    let kills = 0;
    for (let i = 0; i < 12 && contents(s.path).expired > 0; i++) {
      const ended = await interrupted(s, 'SIGKILL', { lines: 3 + i * 2, ms: 6_000 }, ['--archive', 'kept', '--quiet']);
      if (ended.signal === 'SIGKILL') kills++;
    }
    expect(kills).toBeGreaterThan(1);
    const last = memctl(s, 'vacuum', s.address, '--archive', 'kept', '--json');
    expect(last.exit).toBe(0);
    const now = contents(s.path);
    expect(now).toMatchObject({ rows: 18_000, expired: 0 });
    const all = ledgers(s);
    expect(all.flatMap((r) => r.batches).filter((b) => b.outcome === 'open' || b.outcome === 'unknown')).toEqual([]);
    expect(all.filter((r) => r.state === 'unfinished')).toEqual([]);
    expect(all.reduce((n, r) => n + r.rows, 0)).toBe(12_000);
    for (const r of all.filter((x) => x.rows > 0)) expect(memctl(s, 'undo', r.run).exit).toBe(0);
    expect(contents(s.path)).toEqual(before);
  });

  it('asked to stop, finishes its batch, says what it did, and the next run does the rest', async () => {
    const s = mnemeStore(30_000, 12_000);
    const ended = await interrupted(s, 'SIGTERM', { lines: 3 }, ['--json']);
    expect(ended.exit).toBe(143);
    expect(ended.stderr).toContain('finishing the batch at hand');
    const report = JSON.parse(ended.stdout);
    expect(report).toMatchObject({ kind: 'run-report', state: 'stopped', exit: 143 });
    expect(report.rows).toBeGreaterThan(0);
    expect(contents(s.path).rows).toBe(30_000 - report.rows);
    const [stopped] = ledgers(s);
    expect(stopped).toMatchObject({ state: 'stopped', rows: report.rows });
    expect(memctl(s, 'vacuum', s.address).exit).toBe(0);
    expect(contents(s.path)).toMatchObject({ rows: 18_000, expired: 0 });
  });

  it('two at once: one at a time does the work, and no row is counted twice', async () => {
    const s = mnemeStore(30_000, 12_000);
    const both = await Promise.all([
      interrupted(s, 'SIGKILL', { ms: 60_000 }, ['--json']),
      interrupted(s, 'SIGKILL', { ms: 60_000 }, ['--json']),
    ]);
    for (const { exit, stderr } of both) {
      expect([0, 5]).toContain(exit);
      if (exit === 5)
        expect(JSON.parse(stderr.trim().split('\n').at(-1) ?? '')).toMatchObject({ code: 'locked', exit: 5 });
    }
    expect(both.map((b) => b.exit)).toContain(0);
    expect(contents(s.path)).toMatchObject({ rows: 18_000, expired: 0 });
    expect(ledgers(s).reduce((n, r) => n + r.rows, 0)).toBe(12_000);
  });
});

describe('apply', () => {
  it('carries out what was reviewed', () => {
    const s = mnemeStore(500, 200);
    const before = contents(s.path);
    const saved = memctl(s, 'vacuum', s.address, '--output', 'plan.json');
    expect([saved.exit, saved.stderr]).toEqual([0, expect.stringContaining('memctl apply')]);
    expect(contents(s.path)).toEqual(before);
    expect(memctl(s, 'apply', 'plan.json', '--dry-run').stdout).toContain('up to 200 rows');
    expect(contents(s.path)).toEqual(before);
    const done = memctl(s, 'apply', 'plan.json', '--json');
    expect(done.exit).toBe(0);
    const plan = JSON.parse(readFileSync(join(s.folder, 'plan.json'), 'utf8'));
    expect(JSON.parse(done.stdout)).toMatchObject({ state: 'done', rows: 200, plan: plan.hash });
    expect(contents(s.path)).toMatchObject({ rows: 300, expired: 0 });
    expect(memctl(s, 'apply', 'plan.json').stdout).toContain('nothing to do');
  });

  it('refuses a plan that was changed, and a store that was', () => {
    const s = mnemeStore(500, 200);
    memctl(s, 'vacuum', s.address, '-o', 'plan.json');
    const text = readFileSync(join(s.folder, 'plan.json'), 'utf8');
    writeFileSync(join(s.folder, 'changed.json'), text.replace('"rows": 200', '"rows": 20'));
    const tampered = memctl(s, 'apply', 'changed.json');
    expect([tampered.exit, tampered.stderr]).toEqual([5, expect.stringContaining('was changed after it was made')]);
    const db = new Database(s.path);
    db.exec('UPDATE entries SET ttl = 60 WHERE ttl > 60 AND id % 2 = 0');
    db.close();
    const grown = memctl(s, 'apply', 'plan.json');
    expect([grown.exit, grown.stderr]).toEqual([5, expect.stringMatching(/rows meet "created_at \+ ttl/)]);
    // The same rows in another file under the same name: a restored copy, which nobody reviewed.
    copyFileSync(s.path, `${s.path}.copy`);
    renameSync(`${s.path}.copy`, s.path);
    const drifted = memctl(s, 'apply', 'plan.json');
    expect([drifted.exit, drifted.stderr]).toEqual([5, expect.stringContaining('is another store than the plan')]);
    expect(contents(s.path).rows).toBe(500);
  });
});

describe('runs and undo', () => {
  it('give the report of a run again', () => {
    const s = mnemeStore(2_000, 800);
    const first = JSON.parse(memctl(s, 'vacuum', s.address, '--archive', 'kept', '--json').stdout);
    const again = JSON.parse(memctl(s, 'runs', first.run, '--json').stdout);
    expect(typeof first.reclaimed).toBe('number');
    expect(first.verified).not.toEqual([]);
    const { generatedAt: _a, plan: _b, ...was } = first;
    expect(again).toMatchObject(was);
  });

  it('say what there is not', () => {
    const s = mnemeStore(300, 50);
    expect(memctl(s, 'runs').stdout).toContain('no run so far');
    const absent = memctl(s, 'undo', '2020');
    expect([absent.exit, absent.stderr]).toEqual([2, expect.stringContaining('there is no run "2020"')]);
    memctl(s, 'vacuum', s.address);
    const kept = memctl(s, 'undo', 'last');
    expect([kept.exit, kept.stderr]).toEqual([5, expect.stringContaining('kept none of them')]);
    expect(memctl(s, 'runs', 'last').stdout).toContain('50 rows removed');
  });
});

describe('compact', () => {
  it('gives the room of removed rows back to the disk, and no row goes', () => {
    const s = mnemeStore(20_000, 0);
    const db = new Database(s.path);
    db.exec('DELETE FROM entries WHERE id % 2 = 0');
    db.pragma('wal_checkpoint(TRUNCATE)');
    db.close();
    const before = contents(s.path);
    const size = statSync(s.path).size;
    const none = memctl(s, 'compact', s.address);
    expect([none.exit, none.stdout]).toEqual([0, expect.stringContaining('nothing to give back')]);
    const done = memctl(s, 'compact', s.address, '--min-bytes', '100kB', '--json');
    expect(done.exit).toBe(0);
    const report = JSON.parse(done.stdout);
    expect(report).toMatchObject({ state: 'done', rows: 0 });
    expect(report.reclaimed).toBeGreaterThan(100_000);
    expect(statSync(s.path).size).toBeLessThan(size);
    expect(contents(s.path)).toEqual(before);
    const wrong = memctl(s, 'compact', s.address, '--structure', 'index:nothing');
    expect([wrong.exit, wrong.stderr]).toEqual([2, expect.stringContaining('is no structure of brain.db')]);
  });
});
