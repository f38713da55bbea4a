/** What a purge does beside the rows it is about: refused, counted, announced, or archived and put back. */
import { linkSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openStore } from '../../../src/adapters/index.ts';
import type { RestoreEvent } from '../../../src/adapters/sqlite/maintenance-restore.ts';
import {
  type Conditions,
  type PerformContext,
  type ProfileMap,
  type RemovedRow,
  Target,
} from '../../../src/store/index.ts';
import { contents, context, count, purgeOf, throughJson, withMaintenance } from './maintained.ts';
import { connect, failure, made, snapshot } from './temporary-store.ts';

const MEM: ProfileMap = { tables: [{ table: 'mem', text: 'body', expires: 'gone', expiresUnit: 'epoch-s' }] };
/** Rows 1 to 10 have expired, 11 to 20 never do. */
const ROWS = `CREATE TABLE mem (id INTEGER PRIMARY KEY, body TEXT, gone REAL, parent INTEGER REFERENCES mem(id) ON DELETE NONE);
  WITH RECURSIVE i(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i WHERE n < 20)
  INSERT INTO mem SELECT n, 'text ' || n, CASE WHEN n <= 10 THEN 1600000000.0 END, NULL FROM i;`;
const rows = (parent = ''): string =>
  ROWS.replace('parent INTEGER REFERENCES mem(id) ON DELETE NONE', `parent INTEGER ${parent}`);
const EXPIRED = purgeOf('expired', 'map:mem', { rows: 10, of: 20 });

async function purged(path: string, map = MEM, o: Partial<PerformContext> = {}): Promise<readonly RemovedRow[]> {
  return await withMaintenance(
    path,
    async (m) => {
      const removed: RemovedRow[] = [];
      for await (const e of m.perform(EXPIRED, context({ archive: true, batchRows: 3, ...o })))
        if (e.state === 'prepared') removed.push(...(e.removed ?? []));
      return removed;
    },
    { map },
  );
}

async function undone(path: string, removed: readonly RemovedRow[], map = MEM): Promise<string[]> {
  return await withMaintenance(
    path,
    async (m) => {
      const events: RestoreEvent[] = [];
      for await (const e of m.restore(throughJson(removed), context({ batchRows: 4 }))) events.push(e);
      return events.flatMap((e) => (e.state === 'conflict' ? [`${e.row.place} ${e.why}`] : []));
    },
    { map },
  );
}

async function told(path: string, map = MEM): Promise<Conditions> {
  await using store = await openStore(Target.parse(`sqlite:${path}`), { mode: 'read', map });
  return (await store.conditions?.([EXPIRED])) as Conditions;
}

describe('cascades', () => {
  it('to rows of the same table that never expire: refused before anything', async () => {
    const path = made(`${rows('REFERENCES mem(id) ON DELETE CASCADE')} UPDATE mem SET parent = id - 10 WHERE id > 10;`);
    const e = await failure(() => purged(path));
    expect(e).toMatchObject({ kind: 'store-error', code: 'self-cascade', exit: 5 });
    expect(count(connect(path), 'SELECT count(*) FROM mem')).toBe(20);
    expect((await told(path)).warnings).toEqual([e.message]);
  });

  it('that come back to the table they began at: the batch is taken back', async () => {
    const path =
      made(`${rows()} CREATE TABLE via (id INTEGER PRIMARY KEY, mem INTEGER REFERENCES mem(id) ON DELETE CASCADE);
      CREATE TABLE new AS SELECT * FROM mem; DROP TABLE mem;
      CREATE TABLE mem (id INTEGER PRIMARY KEY, body TEXT, gone REAL, via INTEGER REFERENCES via(id) ON DELETE CASCADE);
      INSERT INTO mem SELECT id, body, gone, NULL FROM new; DROP TABLE new;
      INSERT INTO via VALUES (1, 1); UPDATE mem SET via = 1 WHERE id = 15;`);
    const e = await failure(() => purged(path));
    expect(e).toMatchObject({ code: 'self-cascade', exit: 5 });
    expect(count(connect(path), 'SELECT count(*) FROM mem')).toBe(20);
  });

  it('into memories of their own: refused, unless the map names them', async () => {
    const path =
      made(`${rows()} CREATE TABLE facts (id INTEGER PRIMARY KEY, body TEXT, made REAL, mem INTEGER REFERENCES mem(id) ON DELETE CASCADE);
      INSERT INTO facts SELECT id, body, 1, id FROM mem;`);
    const facts = { table: 'facts', text: 'body', created: 'made', createdUnit: 'epoch-s' } as const;
    const mem = MEM.tables[0] as ProfileMap['tables'][number];
    const e = await failure(() => purged(path, { tables: [mem, facts] }));
    expect(e).toMatchObject({ code: 'cascade-into-set', exit: 5 });
    expect(e.message).toContain('facts');
    expect(count(connect(path), 'SELECT count(*) FROM facts')).toBe(20);
    const named: ProfileMap = { tables: [{ ...mem, dependents: [{ table: 'facts', on: { mem: 'id' } }] }, facts] };
    await purged(path, named);
    expect(count(connect(path), 'SELECT count(*) FROM facts')).toBe(10);
  });

  it('are counted beforehand, step by step, in a store opened to read', async () => {
    const path =
      made(`${rows()} CREATE TABLE orders (id INTEGER PRIMARY KEY, mem INTEGER REFERENCES mem(id) ON DELETE CASCADE);
      CREATE TABLE lines (o INTEGER REFERENCES orders(id) ON DELETE CASCADE, n INTEGER);
      WITH RECURSIVE i(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i WHERE n < 5000) INSERT INTO orders SELECT n, 1 + n % 20 FROM i;
      INSERT INTO lines SELECT id, 1 FROM orders; INSERT INTO lines SELECT id, 2 FROM orders;`);
    expect((await told(path)).hanging).toEqual([
      { action: EXPIRED.id, place: 'orders', rows: 2500, of: 5000 },
      { action: EXPIRED.id, place: 'lines', rows: 5000, of: 10_000 },
    ]);
    const loose: ProfileMap = {
      tables: [{ ...MEM.tables[0], dependents: [{ table: 'lines', on: { n: 'id' } }] }] as never,
    };
    expect((await told(path, loose)).hanging).toContainEqual({
      action: EXPIRED.id,
      place: 'lines',
      rows: 10_000,
      of: 10_000,
    });
  });
});

describe('text that is no time', () => {
  it('never expires, though SQLite would read it as one', async () => {
    const odd = [
      '0',
      '3600',
      '12:00',
      '2460000',
      'now',
      '2020-02-31',
      '2020-01-01 24:00',
      '0000-01-01',
      '2020-01-0112:00',
      '',
    ];
    const past = ['2020-01-01', '2020-01-01T10:00:00Z', '2020-02-29 10:00', '2020-01-31T10:00:00.123456+02:00'];
    const path = made('CREATE TABLE mem (id INTEGER PRIMARY KEY, body TEXT, gone TEXT)');
    const db = connect(path);
    for (const gone of [...odd, ...past]) db.prepare("INSERT INTO mem(body, gone) VALUES ('x', ?)").run(gone);
    const map: ProfileMap = { tables: [{ table: 'mem', text: 'body', expires: 'gone', expiresUnit: 'utc-text' }] };
    const set = (await snapshot(path, { map })).memorySets[0];
    expect(set?.ttl).toMatchObject({ expired: past.length });
    await purged(path, map);
    expect(db.prepare('SELECT gone FROM mem ORDER BY id').pluck().all()).toEqual(odd);
  });
});

describe('a file with two names', () => {
  it('is not changed through a hard link, and the plan says so', async () => {
    const path = made(rows());
    const other = join(dirname(path), 'other.db');
    linkSync(path, other);
    for (const p of [path, other]) {
      const e = await failure(() => purged(p));
      expect(e).toMatchObject({ kind: 'store-error', code: 'store-linked', exit: 5 });
      expect((await told(p)).readOnly).toContain('2 names');
    }
  });

  it('made while it was open: no lock is given', async () => {
    const path = made(rows());
    await withMaintenance(path, async (m) => {
      linkSync(path, join(dirname(path), 'other.db'));
      expect(await failure(() => m.lock('r'))).toMatchObject({ code: 'store-linked', exit: 5 });
    });
  });

  it('a symbolic link shares the lock of the file it points to', async () => {
    const path = made(rows());
    const link = join(dirname(made('CREATE TABLE t(x)')), 'link.db');
    symlinkSync(path, link);
    await withMaintenance(path, async (m) => {
      const lock = await m.lock('first');
      await withMaintenance(link, async (n) => expect(await n.lock('second')).toBe(null));
      await lock?.release();
    });
  });
});

describe('references that are emptied', () => {
  it.each(['SET NULL', 'SET DEFAULT'])('ON DELETE %s: announced, archived, put back', async (how) => {
    const path = made(`${rows(`DEFAULT NULL REFERENCES mem(id) ON DELETE ${how}`)}
      UPDATE mem SET parent = id - 1 WHERE id BETWEEN 2 AND 12;
      CREATE TABLE tags (mem INTEGER DEFAULT NULL REFERENCES mem(id) ON DELETE ${how}, tag TEXT);
      INSERT INTO tags SELECT id, 'a' FROM mem;`);
    const db = connect(path);
    const before = contents(db);
    expect((await told(path)).warnings).toEqual(
      expect.arrayContaining([expect.stringContaining('10 rows of tags refer to rows of mem that go')]),
    );
    const removed = await purged(path);
    expect(count(db, 'SELECT count(*) FROM tags WHERE mem IS NULL')).toBe(10);
    expect(await undone(path, removed)).toEqual([]);
    expect(contents(db)).toEqual(before);
  });

  it('a row that refers elsewhere by now keeps what it refers to', async () => {
    const path =
      made(`${rows()} CREATE TABLE tags (id INTEGER PRIMARY KEY, mem INTEGER REFERENCES mem(id) ON DELETE SET NULL);
      INSERT INTO tags VALUES (1, 1), (2, 2);`);
    const removed = await purged(path);
    connect(path).exec('UPDATE tags SET mem = 15 WHERE id = 1');
    expect(await undone(path, removed)).toEqual(['tags id 1: it refers to another row by now, or to the same again']);
    expect(connect(path).prepare('SELECT mem FROM tags ORDER BY id').pluck().all()).toEqual([15, 2]);
  });
});

describe('triggers that write elsewhere', () => {
  const LOG = `CREATE TABLE notes (mem INTEGER, body TEXT); INSERT INTO notes SELECT id, body FROM mem;`;
  it('are named in the plan, and refused where an archive would promise an undo', async () => {
    const path = made(`${rows()} ${LOG}
      CREATE TRIGGER sweep AFTER DELETE ON mem BEGIN /* UPDATE nothing */ DELETE FROM "notes" WHERE mem = old.id; END;`);
    expect((await told(path)).warnings?.join()).toContain('trigger sweep on mem changes or removes rows of notes');
    const e = await failure(() => purged(path));
    expect(e).toMatchObject({ code: 'trigger-unarchived', exit: 5 });
    expect(count(connect(path), 'SELECT count(*) FROM mem')).toBe(20);
    await purged(path, MEM, { archive: false });
    expect(count(connect(path), 'SELECT count(*) FROM notes')).toBe(10);
  });

  it('a log, and a counter that insertion keeps as well, are no reason', async () => {
    const path = made(`${rows()} ${LOG} CREATE TABLE n (rows INTEGER); INSERT INTO n VALUES (20);
      CREATE TRIGGER log AFTER DELETE ON mem BEGIN INSERT INTO notes VALUES (old.id, 'DELETE FROM x'); END;
      CREATE TRIGGER less AFTER DELETE ON mem BEGIN UPDATE n SET rows = rows - 1; END;
      CREATE TRIGGER more AFTER INSERT ON mem BEGIN UPDATE n SET rows = rows + 1; END;`);
    expect((await told(path)).warnings).toBeUndefined();
    expect(await undone(path, await purged(path))).toEqual([]);
    expect(count(connect(path), 'SELECT rows FROM n')).toBe(20);
  });
});

describe('undo beside an application that went on', () => {
  const EDGES = `${rows()} CREATE TABLE edges (mem INTEGER REFERENCES mem(id) ON DELETE CASCADE, target TEXT);
    INSERT INTO edges SELECT id, 'to ' || id FROM mem;`;

  it('nothing is hung on a row that took the key of another, and each conflict names its key', async () => {
    const path = made(EDGES);
    const removed = await purged(path);
    const db = connect(path);
    db.exec("INSERT INTO mem(id, body) VALUES (3, 'somebody else')");
    const conflicts = await undone(path, removed);
    expect(conflicts).toEqual([
      'mem id 3: another row with this key is there by now',
      'edges rowid 3: the row of mem that it hung on is another one by now',
    ]);
    expect(count(db, 'SELECT count(*) FROM edges WHERE mem = 3')).toBe(0);
    expect(count(db, 'SELECT count(*) FROM edges WHERE mem <= 10')).toBe(9);
  });

  it('a row without a key comes back though its number was given to another, and only once', async () => {
    const path = made(EDGES);
    const removed = await purged(path);
    const db = connect(path);
    db.exec("INSERT INTO edges(rowid, mem, target) VALUES (2, 20, 'newer')");
    expect(await undone(path, removed)).toEqual([]);
    expect(count(db, "SELECT count(*) FROM edges WHERE mem = 2 AND target = 'to 2'")).toBe(1);
    const again = await undone(path, removed);
    expect(again).toHaveLength(20);
    expect(again.every((c) => c.endsWith('it is there already, as it was'))).toBe(true);
    expect(count(db, 'SELECT count(*) FROM edges')).toBe(21);
  });

  it('a column that came meanwhile takes its default; one that went is said', async () => {
    const path = made(EDGES);
    const removed = await purged(path);
    const db = connect(path);
    db.exec("ALTER TABLE mem ADD COLUMN kind TEXT NOT NULL DEFAULT 'note'; CREATE TABLE unrelated(x)");
    expect(await undone(path, removed.slice(0, 6))).toEqual([]);
    expect(db.prepare('SELECT DISTINCT kind FROM mem').pluck().all()).toEqual(['note']);
    db.exec('ALTER TABLE edges DROP COLUMN target');
    const e = await failure(() => undone(path, removed));
    expect(e).toMatchObject({ code: 'columns-gone' });
    expect(e.message).toContain('edges has no column target');
  });
});
