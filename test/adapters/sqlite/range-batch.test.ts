/** Batches as ranges of rowids, and batches by keys: the same rows go, whichever way they lie. */
import { expect, it } from 'vitest';
import { BatchPace } from '../../../src/adapters/sqlite/batch-pace.ts';
import { context, count, performed, purgeOf, throughJson, withMaintenance } from './maintained.ts';
import { connect, failure, made } from './temporary-store.ts';

const entries = (expired: string, more = ''): string => `
  CREATE TABLE schema_meta(key TEXT PRIMARY KEY, value TEXT NOT NULL); INSERT INTO schema_meta VALUES ('schema_version', '1');
  CREATE TABLE multi_process_state(key TEXT PRIMARY KEY, value TEXT);
  CREATE TABLE entries(id INTEGER PRIMARY KEY AUTOINCREMENT, namespace TEXT NOT NULL DEFAULT 'default', query_hash TEXT NOT NULL, query TEXT NOT NULL,
    response TEXT NOT NULL, embedding BLOB NOT NULL, metadata TEXT NOT NULL, created_at INTEGER NOT NULL, last_accessed_at INTEGER NOT NULL, ttl INTEGER,
    access_count INTEGER NOT NULL DEFAULT 0, UNIQUE(namespace, query_hash));
  WITH RECURSIVE i(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i WHERE n < 3000)
  INSERT INTO entries(namespace, query_hash, query, response, embedding, metadata, created_at, last_accessed_at, ttl)
  SELECT 'n' || (n % 5), n, 'q' || n, 'r', randomblob(8), '{}', unixepoch('now') - 1000, unixepoch('now'), CASE WHEN ${expired} THEN 60 END FROM i;
  ${more}`;
const ACTION = purgeOf('expired', 'mneme:entries');

it.each([
  ['close together', 'n % 2 = 0', 1500],
  ['far apart', 'n % 100 = 0', 30],
  ['a cluster, then few', 'n BETWEEN 500 AND 900 OR n % 200 = 0', 414],
  ['all', '1', 3000],
])('rows %s', async (_, expired, rows) => {
  for (const archive of [false, true]) {
    const path = made(entries(expired));
    const done = await performed(path, ACTION, { batchRows: 40, archive });
    expect(done.rows).toBe(rows);
    expect(done.removed).toHaveLength(archive ? rows : 0);
    expect(done.events.filter((e) => e.state === 'committed')).toHaveLength(Math.ceil(rows / 40));
    const db = connect(path);
    expect(count(db, 'SELECT count(*) FROM entries WHERE ttl IS NOT NULL')).toBe(0);
    expect(count(db, 'SELECT count(*) FROM entries')).toBe(3000 - rows);
    const capped = await performed(made(entries(expired)), ACTION, { batchRows: 40, maxRows: 25, archive });
    expect(capped.rows).toBe(25);
  }
});

it('a row that a trigger keeps: the batch is taken back, and said', async () => {
  const path = made(
    entries(
      'n % 2 = 0',
      'CREATE TRIGGER keep BEFORE DELETE ON entries WHEN old.id = 100 BEGIN SELECT RAISE(IGNORE); END',
    ),
  );
  const e = await failure(() => performed(path, ACTION));
  expect(e).toMatchObject({ kind: 'store-error', code: 'removal-incomplete' });
  expect(count(connect(path), 'SELECT count(*) FROM entries')).toBe(3000);
});

it('archived as they were: integers beyond 2^53, and numbers in columns of text', async () => {
  const path = made(
    entries(
      'n % 2 = 0',
      `UPDATE entries SET access_count = 9007199254740993 WHERE id = 10;
       UPDATE entries SET embedding = 7 WHERE id = 12; UPDATE entries SET embedding = 7.0 WHERE id = 14;`,
    ),
  );
  const seen = (): unknown =>
    connect(path)
      .prepare(
        'SELECT id, typeof(embedding), embedding, CAST(access_count AS TEXT) FROM entries WHERE id IN (10, 12, 14)',
      )
      .raw()
      .all();
  const before = seen();
  const done = await performed(path, ACTION, { archive: true });
  expect(seen()).toEqual([]);
  await withMaintenance(path, async (m) => {
    for await (const e of m.restore(throughJson(done.removed), context())) expect(e.state).not.toBe('conflict');
  });
  expect(seen()).toEqual(before);
});

it('beside another writer batches are short and the lock is free for as long', () => {
  const path = made(`PRAGMA journal_mode = WAL; ${entries('1')}`);
  const db = connect(path);
  const alone = new BatchPace(db, context({ pace: { ...context().pace, pauseRatio: 0.1, batchSeconds: 0.5 } }));
  alone.look();
  expect(alone.took(1000, 0.05)).toBeCloseTo(5);
  expect(alone.rows).toBe(8000);
  connect(path).exec("UPDATE entries SET response = 's' WHERE id = 1");
  alone.look();
  expect(alone.polite).toBe(true);
  expect(alone.rows).toBe(1000);
  expect(alone.took(1000, 0.05)).toBeCloseTo(50);
  expect(alone.rows).toBe(200);
  for (let i = 0; i < 20; i++) alone.look();
  expect(alone.polite).toBe(false);
});

it('between two batches the lock is free for as long as the pace says, whatever is done meanwhile', async () => {
  const path = made(`PRAGMA journal_mode = WAL; ${entries('n % 2 = 0')}`);
  let freeSince = 0;
  let owed = 0;
  let gaps = 0;
  const pace = { ...context().pace, pauseRatio: 30 };
  await withMaintenance(path, async (m) => {
    for await (const e of m.perform(ACTION, context({ batchRows: 400, pace }))) {
      // The write lock is taken before the rows are removed: until then the next batch has not begun.
      if (e.state === 'prepared' && owed > 0) {
        expect(performance.now() - freeSince).toBeGreaterThan(owed);
        gaps++;
      }
      if (e.state === 'committed') {
        freeSince = performance.now();
        owed = e.seconds * 30 * 1000 * 0.95;
      }
    }
  });
  expect(gaps).toBe(3);
});
