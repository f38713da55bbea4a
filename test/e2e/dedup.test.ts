/** memctl dedup as a user runs it, on the demo store: what is twice, what is decided, what is superseded and put back. */
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { load } from 'sqlite-vec';
import { afterAll, describe, expect, it } from 'vitest';
import type { DedupReport, DedupSet } from '../../src/dedup/dedup-report.ts';
import { type Finished, run } from './run-program.ts';

const folder = mkdtempSync(join(tmpdir(), 'memctl-dedup-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const env = { MEMCTL_STATE_DIR: join(folder, 'state') };
const memctl = (...args: string[]): Finished => run('memctl', args, { cwd: folder, env });
const STORE = 'sqlite:demo.db';
const made = JSON.parse(memctl('demo', 'demo.db', '--json').stdout) as {
  store: { exactDuplicates: number; nearDuplicates: number; repeatedMemories: number };
};

function opened<T>(work: (db: Database.Database) => T): T {
  const db = new Database(join(folder, 'demo.db'));
  try {
    load(db);
    return work(db);
  } finally {
    db.close();
  }
}
const column = (sql: string): unknown[] => opened((db) => db.prepare(sql).pluck().all());
/** Every row of the tables that hold memories, and every vector bit by bit. */
const contents = (): string =>
  opened((db) =>
    JSON.stringify([
      db.prepare('SELECT * FROM entries ORDER BY id').all(),
      db.prepare('SELECT * FROM memories ORDER BY id').all(),
      db.prepare('SELECT rowid, hex(content_embedding) AS vector FROM memory_embeddings ORDER BY rowid').all(),
    ]),
  );

const report = (...args: string[]): DedupReport => {
  const { stdout, stderr, exit } = memctl('dedup', ...args, '--json');
  expect({ exit, stderr }).toMatchObject({ exit: 0 });
  return JSON.parse(stdout) as DedupReport;
};
const setOf = (r: DedupReport, id: string): DedupSet => {
  const found = r.sets.find((s) => s.set === id);
  if (found === undefined) throw new Error(`${id} is not in the report`);
  return found;
};
const CACHE = 'mneme:entries';
const MEMORIES = 'mcp-memory-service:memories';

describe('the audit', () => {
  const before = contents();
  const whole = report(STORE);

  it('finds what was planted, as far as a search still finds it', () => {
    // Word for word but for case and blanks: the same query and answer in one namespace, not expired.
    const active = column(
      `SELECT count(*) - count(DISTINCT namespace || char(0) || lower(trim(query)) || char(0) || lower(response)) FROM entries
       WHERE ttl IS NULL OR created_at + ttl > CAST(strftime('%s', 'now') AS INTEGER)`,
    )[0];
    const cache = setOf(whole, CACHE);
    expect(cache.levels.identical + cache.levels.normalised).toBe(active);
    expect(Number(active)).toBeGreaterThan(40);
    expect(Number(active)).toBeLessThan(made.store.exactDuplicates);
    expect(cache.levels.near).toBeGreaterThan(40);
    expect(cache.levels.near).toBeLessThanOrEqual(made.store.nearDuplicates);
    expect(setOf(whole, MEMORIES).levels.normalised).toBe(made.store.repeatedMemories);
    expect(cache.rate.redundancy.value).toBeCloseTo((cache.mergeable + cache.review) / cache.rows, 12);
  });

  it('leaves to a review what differs in a number, however near it is', () => {
    const cache = setOf(whole, CACHE);
    const near = cache.clusters.flatMap((c) => c.members.filter((m) => m.level === 'near'));
    expect(near.length).toBe(cache.levels.near);
    // Every planted near duplicate counts on from another case.
    expect(near.filter((m) => m.verdict === 'merge')).toEqual([]);
    expect(near.every((m) => m.guards.some((g) => g.code === 'number' || g.code === 'identifier'))).toBe(true);
  });

  it('has changed nothing', () => expect(contents()).toBe(before));

  it('tells what fewer rows would take', () => {
    const d = whole.dividend;
    expect(d?.rows.value).toBe(setOf(whole, CACHE).mergeable + setOf(whole, CACHE).review);
    expect(d?.bytes.then).toBeLessThan(d?.bytes.now ?? 0);
  });

  it('estimates the same from a sample', () => {
    const sampled = setOf(report(STORE, '--sample', '600', '--set', 'entries'), CACHE);
    const { low, high } = sampled.rate.redundancy;
    // Of the rows that were drawn, those that a search still finds.
    expect(sampled.sampled).toBeGreaterThan(250);
    expect(sampled.sampled).toBeLessThanOrEqual(600);
    expect(low).toBeLessThanOrEqual(setOf(whole, CACHE).rate.redundancy.value);
    expect(high).toBeGreaterThanOrEqual(setOf(whole, CACHE).rate.redundancy.value);
    expect(low).toBeGreaterThan(0);
  });

  it('fails a gate only when the rate is above it', () => {
    expect(memctl('dedup', STORE, '--set', 'entries', '--fail-on-rate', '5').exit).toBe(1);
    expect(memctl('dedup', STORE, '--set', 'entries', '--fail-on-rate', '50').exit).toBe(0);
  });

  it('prints every format, and no word of a memory where that was asked for', () => {
    const text = memctl('dedup', STORE, '--top', '2').stdout;
    expect(text).toMatch(/demo\.db: [\d.]+ % of [\d,]+ cached answers could go/);
    // Where the line breaks hangs on the length of the path.
    expect(text).toMatch(/Next: memctl dedup\s+sqlite:\S+\s+--apply\s+--dry-run/);
    expect(memctl('dedup', STORE, '--format', 'csv').stdout.split('\r\n')[0]).toContain('cluster_verdict');
    expect(memctl('dedup', STORE, '--format', 'markdown').stdout).toContain('## Duplicates in demo.db');
    for (const format of ['table', 'json', 'csv', 'markdown']) {
      const bare = memctl('dedup', STORE, '--no-content', '--format', format);
      expect(bare.exit).toBe(0);
      expect(bare.stdout).not.toMatch(/Kubernetes|two-factor|refund/i);
    }
  });

  it('is looked at again under another threshold without the store', () => {
    expect(memctl('dedup', STORE, '--output', 'pairs.json').exit).toBe(0);
    expect(statSync(join(folder, 'pairs.json')).mode & 0o777).toBe(0o600);
    const again = report('--input', 'pairs.json', '--threshold', '0.985');
    const fresh = report(STORE, '--threshold', '0.985');
    // What can be done with the rows only the store itself says.
    expect(fresh.sets.map((s) => s.remedy)).toEqual(['delete', 'supersede']);
    expect(again.sets.map((s) => ({ ...s, days: [] }))).toEqual(
      fresh.sets.map(({ remedy: _, ...s }) => ({ ...s, days: [] })),
    );
    const low = memctl('dedup', '--input', 'pairs.json', '--threshold', '0.6');
    expect([low.exit, low.stderr]).toEqual([2, expect.stringContaining('audit the store again')]);
    writeFileSync(join(folder, 'report.json'), JSON.stringify(whole));
    expect(memctl('dedup', '--input', 'report.json').stdout).toContain('could go');
    expect(memctl('dedup', '--input', 'report.json', '--threshold', '0.9').exit).toBe(2);
  });

  it('names what it cannot do in one sentence', () => {
    const refused = (...args: string[]): string => {
      const { exit, stderr } = memctl('dedup', ...args);
      expect(exit).toBe(2);
      return stderr;
    };
    expect(refused(STORE, '--set', 'nowhere')).toContain('--set: "nowhere" is no kind of rows of demo.db');
    expect(refused(STORE, '--dry-run')).toContain('--dry-run means nothing without --apply');
    expect(refused(STORE, '--review')).toContain('stdin is no terminal');
    expect(refused('--review', STORE)).toContain('memctl dedup sqlite:demo.db --review');
    expect(refused(STORE, '--apply', '--review', 'missing.yaml')).toContain('there is no such file');
  });
});

describe('applying it', () => {
  it('shows a plan, supersedes what needs no review, and puts it back to the bit', () => {
    const before = contents();
    const plan = memctl('dedup', STORE, '--apply', '--dry-run');
    expect(plan.stdout).toContain(`supersede ${made.store.repeatedMemories} of`);
    expect(plan.stdout).toContain('rows need a review first');
    expect(contents()).toBe(before);

    const done = memctl('dedup', STORE, '--apply');
    expect({ exit: done.exit, stderr: done.stderr }).toMatchObject({ exit: 0 });
    expect(done.stdout).toMatch(new RegExp(`${made.store.repeatedMemories} rows .*superseded`));
    expect(column('SELECT count(*) FROM entries')).toEqual([JSON.parse(before)[0].length]);
    // Of every text that was said twice one row is left for a search.
    expect(
      column(
        'SELECT count(*) FROM memories WHERE deleted_at IS NULL GROUP BY lower(content), memory_type HAVING count(*) > 1',
      ),
    ).toEqual([]);
    expect(setOf(report(STORE), MEMORIES).clusterCount).toBe(0);

    // Stored once more after it was merged: the alarm says so.
    expect(report(STORE).notes.map((n) => n.code)).not.toContain('recreated');
    const again = opened((db) =>
      db
        .prepare(
          `INSERT INTO memories(content_hash, content, memory_type, metadata, created_at) SELECT 'again', upper(m.content), m.memory_type, '{}', 1
           FROM memories m WHERE m.deleted_at IS NULL AND lower(m.content) IN (SELECT lower(content) FROM memories WHERE deleted_at > CAST(strftime('%s', 'now') AS INTEGER) - 600) LIMIT 1`,
        )
        .run(),
    );
    expect(again.changes).toBe(1);
    expect(report(STORE).notes.map((n) => n.code)).toContain('recreated');
    opened((db) => db.exec("DELETE FROM memories WHERE content_hash = 'again'"));

    const undone = memctl('undo', 'last', '--yes');
    expect({ exit: undone.exit, stderr: undone.stderr }).toMatchObject({ exit: 0 });
    expect(contents()).toBe(before);
  });

  it('carries out what was accepted in a file, and nothing else', () => {
    const before = contents();
    const wrote = memctl('dedup', STORE, '--review', 'r.yaml');
    expect({ exit: wrote.exit, stderr: wrote.stderr }).toMatchObject({ exit: 0 });
    const file = join(folder, 'r.yaml');
    expect(memctl('dedup', STORE, '--review', 'r.yaml').stderr).toContain('decisions may be in it');
    const text = readFileSync(file, 'utf8');
    const first = /decision: undecided[\s\S]*?keep: "(\d+)"[\s\S]*?\n {6}"\1"[\s\S]*?\n {6}"(\d+)"/.exec(text);
    if (first === null) throw new Error('no entry is undecided');
    const [, keep, goes] = first;
    // What was accepted beforehand is rejected; one guarded entry is accepted.
    const decided = text
      .replaceAll('decision: accept', 'decision: reject')
      .replace('decision: undecided', 'decision: accept');
    writeFileSync(file, decided);

    const none = memctl('dedup', STORE, '--apply', '--review', 'r.yaml');
    expect(none.stdout).toContain('--delete removes such rows');
    expect(contents()).toBe(before);

    const done = memctl('dedup', STORE, '--apply', '--review', 'r.yaml', '--delete');
    expect({ exit: done.exit, stderr: done.stderr }).toMatchObject({ exit: 0 });
    const left = column('SELECT id FROM entries').map(String);
    expect(left).toContain(keep);
    expect(left).not.toContain(goes);
    expect(JSON.parse(before)[1]).toEqual(JSON.parse(contents())[1]);
    expect(memctl('undo', 'last', '--yes').exit).toBe(0);
    expect(contents()).toBe(before);
  });

  it('leaves a row that has changed since it was judged', () => {
    const file = join(folder, 'r.yaml');
    const keep = /decision: accept[\s\S]*?keep: "(\d+)"/.exec(readFileSync(file, 'utf8'))?.[1];
    opened((db) => db.prepare("UPDATE entries SET response = response || ' (corrected)' WHERE id = ?").run(keep));
    const before = contents();
    const done = memctl('dedup', STORE, '--apply', '--review', 'r.yaml', '--delete');
    expect(done.stdout).toMatch(/changed since/);
    expect(contents()).toBe(before);
  });

  it('refuses the decisions on another store, and a word it does not know, by its line', () => {
    const file = join(folder, 'r.yaml');
    const text = readFileSync(file, 'utf8');
    writeFileSync(join(folder, 'odd.yaml'), text.replace('decision: accept', 'decision: yes'));
    const line = text.split('\n').findIndex((l) => l.includes('decision: accept')) + 1;
    const odd = memctl('dedup', STORE, '--apply', '--review', 'odd.yaml');
    expect([odd.exit, odd.stderr]).toEqual([2, expect.stringContaining(`line ${line}: decision: "yes" is not known`)]);
    writeFileSync(join(folder, 'other.yaml'), text.replace(/fingerprint: ".*"/, 'fingerprint: "0000"'));
    const other = memctl('dedup', STORE, '--apply', '--review', 'other.yaml');
    expect(other.exit).toBe(2);
    expect(other.stderr).toContain('another store');
    expect(existsSync(join(folder, 'other.yaml'))).toBe(true);
  });

  it('saves a plan that memctl apply carries out', () => {
    const before = contents();
    expect(memctl('dedup', STORE, '--apply', '--output', 'plan.json').exit).toBe(0);
    expect(contents()).toBe(before);
    const done = memctl('apply', 'plan.json');
    expect({ exit: done.exit, stderr: done.stderr }).toMatchObject({ exit: 0 });
    expect(done.stdout).toMatch(/superseded/);
    expect(memctl('undo', 'last', '--yes').exit).toBe(0);
    expect(contents()).toBe(before);
  });

  it('keeps to the caps', () => {
    const refused = memctl('dedup', STORE, '--apply', '--max-delete', '5');
    expect(refused.exit).toBe(5);
    expect(refused.stderr).toContain('--max-delete');
  });
});
