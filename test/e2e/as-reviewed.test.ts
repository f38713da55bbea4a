/** What was reviewed is what goes, and what went comes back whole or not at all: real files, real processes. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { mnemeStore, type TestStore } from './mneme-store.ts';
import { type Finished, run } from './run-program.ts';

const memctl = (s: TestStore, ...args: string[]): Finished => run('memctl', args, { env: s.env, cwd: s.folder });
const count = (s: TestStore, table: string): number => {
  const db = new Database(s.path);
  const n = db.prepare(`SELECT count(*) FROM ${table}`).pluck().get() as number;
  db.close();
  return n;
};

/** 1,000 rows with two times in each: 100 are over by one, and 100 others by the other. */
function mapped(): TestStore {
  const s = mnemeStore(1, 0);
  const db = new Database(s.path);
  const now = Math.floor(Date.now() / 1000);
  db.exec('CREATE TABLE mem(id INTEGER PRIMARY KEY, body TEXT, expires_at INTEGER, last_seen INTEGER)');
  const insert = db.prepare('INSERT INTO mem VALUES (?, ?, ?, ?)');
  for (let i = 0; i < 1_000; i++)
    insert.run(i, `b${i}`, now + (i < 100 ? -3_600 : 9e6), now + (i >= 200 && i < 300 ? -3_600 : 9e6));
  db.close();
  for (const [file, column, unit] of [
    ['a.yaml', 'expires_at', 'epoch-s'],
    ['b.yaml', 'last_seen', 'epoch-s'],
    ['ms.yaml', 'expires_at', 'epoch-ms'],
  ])
    writeFileSync(
      join(s.folder, file as string),
      `tables:\n  - table: mem\n    role: memory\n    id: [id]\n    text: body\n    expires: ${column}\n    expiresUnit: ${unit}\n`,
    );
  return s;
}

describe('a saved plan', () => {
  it('is not applied with a map that says other rows expire, however many they are', () => {
    const s = mapped();
    expect(memctl(s, 'vacuum', s.address, '--map', 'a.yaml', '--output', 'plan.json').exit).toBe(0);
    const other = memctl(s, 'apply', 'plan.json', '--map', 'b.yaml');
    expect(other).toMatchObject({ exit: 5, stderr: expect.stringContaining('last_seen') });
    expect(count(s, 'mem')).toBe(1_000);
    expect(memctl(s, 'apply', 'plan.json', '--map', 'a.yaml').exit).toBe(0);
    expect(count(s, 'mem')).toBe(900);
  });
});

describe('a plan by rules of memctl.yaml', () => {
  it('is applied by its own rules, also where no memctl.yaml says them', () => {
    const s = mnemeStore(200, 20);
    const config = 'stores:\n  m:\n    store: sqlite:brain.db\n    vacuum:\n      retention:\n        entries: 2h\n';
    writeFileSync(join(s.folder, 'memctl.yaml'), config);
    const all = ['--max-delete-pct', '100'];
    expect(memctl(s, 'vacuum', 'm', '--output', 'plan.json', ...all).exit).toBe(0);
    rmSync(join(s.folder, 'memctl.yaml'));
    const { exit, stdout, stderr } = memctl(s, 'apply', 'plan.json', ...all);
    expect(exit, stdout + stderr).toBe(0);
    expect(count(s, 'entries')).toBe(0);
  });
});

describe('an expiry in another unit', () => {
  it('is refused with a word about the unit', () => {
    const s = mapped();
    const { exit, stderr } = memctl(s, 'vacuum', s.address, '--map', 'ms.yaml', '--max-delete', '1000');
    expect({ exit, stderr }).toMatchObject({ exit: 5, stderr: expect.stringContaining('expiresUnit') });
    expect(count(s, 'mem')).toBe(1_000);
  });
});

describe('folders that cannot be made', () => {
  it.runIf(process.platform === 'linux')('end a run before it takes the lock', () => {
    const s = mnemeStore(50, 10);
    for (const flag of ['--ledger', '--archive']) {
      const { exit, stderr } = memctl(s, 'vacuum', s.address, flag, '/proc/x/y');
      expect({ exit, stderr }).toMatchObject({ exit: 5, stderr: expect.stringContaining('/proc/x/y') });
    }
    expect(count(s, 'entries')).toBe(50);
    expect(memctl(s, 'vacuum', s.address).exit).toBe(0);
  });
});

describe('undo', () => {
  /** A run with its rows in an archive. */
  function purged(): { s: TestStore; archive: string; ledger: string } {
    const s = mnemeStore(500, 90);
    expect(memctl(s, 'vacuum', s.address, '--archive', 'kept').exit).toBe(0);
    expect(count(s, 'entries')).toBe(410);
    const [archive] = readdirSync(join(s.folder, 'kept'));
    const [ledger] = readdirSync(s.ledgers);
    return { s, archive: join(s.folder, 'kept', String(archive)), ledger: join(s.ledgers, String(ledger)) };
  }

  it('puts back nothing of an archive that is cut, emptied or changed, and says how much is lost', () => {
    const { s, archive } = purged();
    const text = readFileSync(archive, 'utf8');
    for (const changed of ['', text.slice(0, text.length / 2), text.replace(/question \d+/, 'another question')]) {
      writeFileSync(archive, changed);
      for (const dry of [['--dry-run'], []]) {
        const { exit, stdout, stderr } = memctl(s, 'undo', 'last', ...dry);
        expect(exit, stdout + stderr).toBe(3);
        expect(stdout.replaceAll(/\s+/g, ' ')).toContain('90 of the 90 rows that run');
      }
      expect(count(s, 'entries')).toBe(410);
    }
    writeFileSync(archive, text);
    expect(memctl(s, 'undo', 'last').exit).toBe(0);
    expect(count(s, 'entries')).toBe(500);
  });

  it('names a line of the ledger that is lost', () => {
    const { s, ledger } = purged();
    writeFileSync(ledger, readFileSync(ledger, 'utf8').replace('{"event":"prepared"', '{"event"prepared"'));
    const { exit, stdout } = memctl(s, 'undo', 'last');
    expect(exit).toBe(3);
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain(
      'the line that announced it is lost: its 90 rows are not put back',
    );
  });

  it("does not take the application's own rows for those that it put back", () => {
    const { s, archive } = purged();
    const kept = readFileSync(archive, 'utf8').split('\n').slice(1, 4);
    const ids = kept.map((l) => (JSON.parse(l) as { values: { id: number } }).values.id);
    const db = new Database(s.path);
    for (const id of ids)
      db.prepare(
        `INSERT INTO entries(id, namespace, query_hash, query, response, embedding, metadata, created_at, last_accessed_at, ttl)
         SELECT ?, 'own', 'own' || ?, 'q', 'r', embedding, '{}', created_at, last_accessed_at, NULL FROM entries LIMIT 1`,
      ).run(id, id);
    db.close();
    for (let i = 0; i < 3; i++) {
      const { exit, stdout } = memctl(s, 'undo', 'last');
      expect(exit).toBe(3);
      expect(stdout).toContain('left as it is');
      // What is met the second time: rows of the application, and rows that are back.
      expect(count(s, 'entries')).toBe(500);
    }
  });

  it('repeated says that the rows are there, and ends well', () => {
    const { s } = purged();
    expect(memctl(s, 'undo', 'last').exit).toBe(0);
    const again = memctl(s, 'undo', 'last');
    expect(again).toMatchObject({ exit: 0, stdout: expect.stringContaining('there already') });
  });
});
