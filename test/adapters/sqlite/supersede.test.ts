/** Rows marked as superseded in the way of the store's own software, and taken back: row by row, vectors bit by bit. */
import { readFileSync } from 'node:fs';
import type Database from 'better-sqlite3';
import * as sqliteVec from 'sqlite-vec';
import { describe, expect, it } from 'vitest';
import { openStore } from '../../../src/adapters/index.ts';
import { isoLike } from '../../../src/adapters/sqlite/mark-values.ts';
import { type Maintenance, type OpenOptions, type ProfileMap, Target } from '../../../src/store/index.ts';
import { duplicatesOf, putBack, rowsOf } from './duplicates.ts';
import { contents, context, count, performed, supersedeOf, withMaintenance } from './maintained.ts';
import { connect, failure, fixture, made } from './temporary-store.ts';

const MCP = 'mcp-memory-service:memories';

/** 40 memories with vectors and a ring of graph edges. */
function mcpStore(): { path: string; db: Database.Database } {
  const path = made('PRAGMA journal_mode = WAL');
  const db = connect(path);
  sqliteVec.load(db);
  db.exec(readFileSync(fixture('ddl/mcp_memory_service_sqlite.sql'), 'utf8'));
  const memory = db.prepare(
    `INSERT INTO memories (content_hash, content, memory_type, created_at, updated_at) VALUES (?, ?, 'note', ?, 1767225600.25)`,
  );
  const vector = db.prepare('INSERT INTO memory_embeddings (rowid, content_embedding) VALUES (?, ?)');
  const edge = db.prepare(
    `INSERT INTO memory_graph (source_hash, target_hash, similarity, connection_types, created_at) VALUES (?, ?, 0.9, '[]', 1767225600.5)`,
  );
  for (let i = 1; i <= 40; i++) {
    memory.run(`h${i}`, `the deploy key of service ${(i - 1) % 20} is rotated by hand`, 1767225600.5 + i);
    const floats = Float32Array.from({ length: 384 }, (_, d) =>
      Math.fround(Math.sin(d * (((i - 1) % 20) + 1)) + i / 1e6),
    );
    vector.run(BigInt(i), Buffer.from(floats.buffer));
    edge.run(`h${i}`, `h${(i % 40) + 1}`);
  }
  return { path, db };
}

/** What the vec0 table gives, bit by bit. */
const vectors = (db: Database.Database): unknown =>
  db
    .prepare(
      "SELECT group_concat(rowid || ':' || hex(content_embedding)) FROM (SELECT * FROM memory_embeddings ORDER BY rowid)",
    )
    .pluck()
    .get();

describe('mcp-memory-service', () => {
  it('marks with a time, takes vector and edges away, and undo gives all of it back', async () => {
    const { path, db } = mcpStore();
    const before = contents(db, ['memories', 'memory_graph']);
    const bits = vectors(db);
    const list = await duplicatesOf(
      path,
      MCP,
      Array.from({ length: 10 }, (_, i) => [`${i + 1}`, `${i + 21}`] as const),
    );
    const done = await performed(path, supersedeOf(MCP, list), { archive: true, batchRows: 4 });
    expect(done.rows).toBe(10);
    expect(done.last).toMatchObject({ state: 'finished', stopped: false });
    const marked = db
      .prepare('SELECT id, deleted_at, typeof(deleted_at) AS t FROM memories WHERE deleted_at IS NOT NULL')
      .all() as { id: number; deleted_at: number; t: string }[];
    expect(marked.map((m) => m.id)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(marked.every((m) => m.t === 'real' && Math.abs(m.deleted_at - Date.now() / 1000) < 60)).toBe(true);
    expect(count(db, 'SELECT count(*) FROM memory_embeddings')).toBe(30);
    // Edges in either direction: of 40 in a ring, those of ten neighbours and the one that leads to the first.
    expect(count(db, 'SELECT count(*) FROM memory_graph')).toBe(29);
    const rows = await rowsOf(path, MCP);
    expect([...rows.values()].filter((r) => r.inactive === 'deleted')).toHaveLength(10);
    const back = await putBack(path, done.removed);
    expect(back).toMatchObject({ conflicts: [], rows: done.removed.length });
    expect(contents(db, ['memories', 'memory_graph'])).toEqual(before);
    expect(vectors(db)).toBe(bits);
  });

  it('leaves what changed since it was compared, and what would lose the row that stays', async () => {
    const { path, db } = mcpStore();
    const list = await duplicatesOf(path, MCP, [
      ['1', '21'],
      ['2', '22'],
      ['3', '23'],
      ['4', '24'],
      ['5', '25'],
      ['6', '26'],
      ['26', '7'],
    ]);
    db.exec(`UPDATE memories SET content = 'something else' WHERE id = 1;
      UPDATE memories SET content = 'something else' WHERE id = 22;
      UPDATE memories SET deleted_at = 1767225601 WHERE id IN (3, 24);
      DELETE FROM memory_embeddings WHERE rowid = 25; INSERT INTO memory_embeddings SELECT 25, content_embedding FROM memory_embeddings WHERE rowid = 40;`);
    const done = await performed(path, supersedeOf(MCP, list), { archive: true });
    // Of two in a row, the one in the middle would go as well: only it may.
    expect(done.rows).toBe(1);
    expect(done.last).toMatchObject({ verified: expect.stringContaining('6 changed since they were compared') });
    expect(db.prepare('SELECT id FROM memories WHERE deleted_at > 1767225601').pluck().all()).toEqual([26]);
    const again = await performed(path, supersedeOf(MCP, list), { archive: true });
    expect(again.last).toMatchObject({ state: 'skipped', why: expect.stringContaining('changed since') });
  });

  it('never more than the cap, and a batch that is not taken is rolled back', async () => {
    const { path, db } = mcpStore();
    const list = await duplicatesOf(
      path,
      MCP,
      Array.from({ length: 10 }, (_, i) => [`${i + 1}`, `${i + 21}`] as const),
    );
    const capped = await performed(path, supersedeOf(MCP, list), { maxRows: 3, batchRows: 2 });
    expect(capped.rows).toBe(3);
    expect(capped.last).toMatchObject({ verified: expect.stringContaining('number of rows that was allowed') });
    const tokens = await withMaintenance(path, async (m) => {
      const seen: string[] = [];
      for await (const e of m.perform(supersedeOf(MCP, list), context({ batchRows: 2, archive: true }))) {
        if (e.state !== 'prepared') continue;
        seen.push(e.token);
        if (seen.length === 2) break;
      }
      return seen;
    });
    expect(count(db, 'SELECT count(*) FROM memories WHERE deleted_at IS NOT NULL')).toBe(4);
    const settled = await withMaintenance(path, async (m) => [
      await m.settle(supersedeOf(MCP, []), tokens[0] ?? ''),
      await m.settle(supersedeOf(MCP, []), tokens[1] ?? ''),
    ]);
    expect(settled).toEqual(['committed', 'rolled-back']);
  });
});

const MAP: ProfileMap = {
  tables: [
    {
      table: 'notes',
      id: ['id'],
      text: 'body',
      namespace: 'agent',
      status: 'status',
      superseded: 'superseded',
      supersededBy: 'superseded_by',
      supersededAt: 'superseded_at',
      supersededAtUnit: 'utc-text',
    },
  ],
};
const NOTES = 'map:notes';
const mapped: Partial<OpenOptions> = { map: MAP };

const NOTES_SQL = `CREATE TABLE notes (id TEXT PRIMARY KEY, agent TEXT, body TEXT, status TEXT DEFAULT 'active', superseded_by TEXT,
    superseded_at TEXT, updated_at TEXT);
  INSERT INTO notes SELECT 'n' || value, 'a', 'the door code is ' || (value % 5), 'active', NULL, NULL, '2026-01-01' FROM generate_series(1, 20);
  UPDATE notes SET status = 'superseded', superseded_by = 'n1', superseded_at = '2026-03-01 10:00:00' WHERE id IN ('n6', 'n11');`;
const notes = (): string =>
  made(NOTES_SQL.replace('generate_series(1, 20)', `json_each('[${Array.from({ length: 20 }, (_, i) => i + 1)}]')`));

describe('a table of a map', () => {
  it('writes status, time and the row that stays, and points on what pointed at the row', async () => {
    const path = notes();
    const db = connect(path);
    // A row before one of them: it goes on naming what it named.
    db.exec("UPDATE notes SET status = 'superseded', superseded_by = 'n6' WHERE id = 'n9'");
    {
      await using store = await openStore(Target.parse(`sqlite:${path}`), { mode: 'read', ...mapped });
      expect(await store.chainDepth?.(NOTES)).toBe(2);
    }
    const before = contents(db);
    const list = await duplicatesOf(path, NOTES, [['n1', 'n16']], mapped);
    const done = await performed(path, supersedeOf(NOTES, list), { archive: true }, mapped);
    expect(done.rows).toBe(1);
    expect(db.prepare("SELECT status, superseded_by, superseded_at FROM notes WHERE id = 'n1'").get()).toEqual({
      status: 'superseded',
      superseded_by: 'n16',
      // As the times that stand there: a blank, and no offset.
      superseded_at: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/),
    });
    expect(db.prepare("SELECT superseded_by FROM notes WHERE id IN ('n6', 'n11')").pluck().all()).toEqual([
      'n16',
      'n16',
    ]);
    expect(done.last).toMatchObject({
      verified: expect.stringContaining(
        '2 that pointed at them point at the rows that stay: chains of up to 3 steps are one shorter',
      ),
    });
    const back = await putBack(path, done.removed, mapped);
    expect(back).toMatchObject({ rows: 3, conflicts: [] });
    expect(contents(db)).toEqual(before);
    const settled = await withMaintenance(
      path,
      async (m) => await m.settle(supersedeOf(NOTES, []), back.tokens[0] ?? ''),
      mapped,
    );
    expect(settled).toBe('committed');
  });

  it('never takes a row of one namespace for one of another, whatever the list says', async () => {
    const path = notes();
    const db = connect(path);
    db.exec("UPDATE notes SET agent = 'b' WHERE id = 'n16'; UPDATE notes SET agent = NULL WHERE id = 'n17'");
    const pairs = [
      ['n16', 'n1'],
      ['n2', 'n17'],
      ['n3', 'n8'],
    ] as const;
    const list = (await duplicatesOf(path, NOTES, pairs, mapped)).map((d) => ({ ...d, reviewed: true as const }));
    const done = await performed(path, supersedeOf(NOTES, list), { archive: true }, mapped);
    expect(done.rows).toBe(1);
    expect(
      db.prepare("SELECT id FROM notes WHERE superseded_by IN ('n1', 'n8', 'n17') AND id NOT IN ('n6', 'n11')").all(),
    ).toEqual([{ id: 'n3' }]);
  });

  it('leaves no row that names itself: the one that stays named the one that goes', async () => {
    const path = notes();
    const db = connect(path);
    // Written by a program that never looked at the status.
    db.exec("UPDATE notes SET superseded_by = 'n2' WHERE id = 'n7'");
    const before = contents(db);
    const list = await duplicatesOf(path, NOTES, [['n2', 'n7']], mapped);
    const done = await performed(path, supersedeOf(NOTES, list), { archive: true }, mapped);
    expect(done.rows).toBe(1);
    expect(db.prepare("SELECT id, superseded_by AS by FROM notes WHERE id IN ('n2', 'n7') ORDER BY id").all()).toEqual([
      { id: 'n2', by: 'n7' },
      { id: 'n7', by: null },
    ]);
    expect(await putBack(path, done.removed, mapped)).toMatchObject({ conflicts: [] });
    expect(contents(db)).toEqual(before);
  });

  it('points on what somebody else pointed at the row between two batches', async () => {
    const path = notes();
    const db = connect(path);
    const pairs = [
      ['n2', 'n7'],
      ['n3', 'n8'],
    ] as const;
    const list = await duplicatesOf(path, NOTES, pairs, mapped);
    const use = async (m: Maintenance): Promise<void> => {
      for await (const e of m.perform(supersedeOf(NOTES, list), context({ batchRows: 1 })))
        if (e.state === 'committed' && e.batch === 1)
          db.exec("UPDATE notes SET status = 'superseded', superseded_by = 'n3' WHERE id = 'n13'");
    };
    await withMaintenance(path, use, mapped);
    expect(db.prepare("SELECT superseded_by FROM notes WHERE id = 'n13'").pluck().get()).toBe('n8');
  });

  it('undo leaves a row that was written again since, and names it', async () => {
    const path = notes();
    const db = connect(path);
    const list = await duplicatesOf(
      path,
      NOTES,
      [
        ['n2', 'n7'],
        ['n3', 'n8'],
      ],
      mapped,
    );
    const done = await performed(path, supersedeOf(NOTES, list), { archive: true }, mapped);
    db.exec("UPDATE notes SET superseded_by = 'n12' WHERE id = 'n2'");
    const back = await putBack(path, done.removed, mapped);
    expect(back.rows).toBe(1);
    expect(back.conflicts).toEqual(['id n2: status, superseded_by, superseded_at were written again since']);
    expect(db.prepare("SELECT status FROM notes WHERE id IN ('n2', 'n3') ORDER BY id").pluck().all()).toEqual([
      'superseded',
      'active',
    ]);
    const twice = await putBack(path, done.removed, mapped);
    expect(twice.conflicts).toContain('id n3: it is there already, as it was');
  });

  it('what a trigger writes into the same row is kept as well; a trigger that undoes the mark is refused', async () => {
    const path = notes();
    const db = connect(path);
    const before = contents(db);
    db.exec(`CREATE TRIGGER touched AFTER UPDATE OF status ON notes WHEN NEW.status = 'superseded'
      BEGIN UPDATE notes SET updated_at = '2026-11-21' WHERE id = NEW.id; END`);
    const list = await duplicatesOf(path, NOTES, [['n2', 'n7']], mapped);
    const done = await performed(path, supersedeOf(NOTES, list), { archive: true }, mapped);
    expect(db.prepare("SELECT updated_at FROM notes WHERE id = 'n2'").pluck().get()).toBe('2026-11-21');
    expect(await putBack(path, done.removed, mapped)).toMatchObject({ rows: 1, conflicts: [] });
    expect(contents(db)).toEqual(before);
    db.exec(`DROP TRIGGER touched; CREATE TRIGGER kept AFTER UPDATE OF status ON notes
      BEGIN UPDATE notes SET status = 'active' WHERE id = NEW.id; END`);
    const refused = await failure(() => performed(path, supersedeOf(NOTES, list), { archive: true }, mapped));
    expect(refused).toMatchObject({ code: 'supersede-without-effect' });
    expect(contents(db)).toEqual(before);
    db.exec(`DROP TRIGGER kept; CREATE TABLE totals (agent TEXT, active INT);
      CREATE TRIGGER counted AFTER UPDATE ON notes BEGIN UPDATE totals SET active = active - 1; END`);
    const unarchived = await failure(() => performed(path, supersedeOf(NOTES, list), { archive: true }, mapped));
    expect(unarchived).toMatchObject({ code: 'trigger-unarchived', message: expect.stringContaining('totals') });
  });
});

it('a time is written in the form in which times stand there', () => {
  const now = new Date('2026-11-21T10:20:30.456Z');
  expect([
    isoLike(undefined, now),
    isoLike('2026-01-01T00:00:00.123456+02:00', now),
    isoLike('2026-01-01 00:00:00', now),
    isoLike('2026-01-01T00:00:00Z', now),
    isoLike('soon', now),
  ]).toEqual([
    '2026-11-21T10:20:30.456Z',
    '2026-11-21T10:20:30.456000+00:00',
    '2026-11-21 10:20:30',
    '2026-11-21T10:20:30Z',
    '2026-11-21T10:20:30.456Z',
  ]);
});
