/** Every known schema of SQLite and tables of maps: after a merge and its undo every row, and every bit of a vector, is as it was. */
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { load } from 'sqlite-vec';
import { afterAll, describe, expect, it } from 'vitest';
import { mcpTwins } from '../../bench/safety-twins-sqlite.ts';
import { readCatalog } from '../../src/adapters/sqlite/read-catalog.ts';
import { detectProfiles } from '../../src/profiles/index.ts';
import { appliedAndUndone } from './applied-and-undone.ts';
import { root } from './run-program.ts';
import { fillSqlite, wholeSqlite, worded } from './twin-tables.ts';

const folder = mkdtempSync(join(tmpdir(), 'memctl-undo-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const fixture = (path: string): string => join(root, 'fixtures', path);

/** Of twelve rows in each table six say what another one says: sets whose rows were removed; of those left alone, why. */
const EXPECTED: readonly [
  string,
  { readonly removed: readonly string[]; readonly left: readonly [string, string][] },
][] = [
  // Its texts are in a table of their own, which nothing but Chroma changes: no set of it is compared.
  ['chroma_sqlite', { removed: [], left: [] }],
  [
    'claude_mem_sqlite',
    {
      removed: [],
      left: ['observations', 'session_summaries'].map((t) => [
        `claude-mem:${t}`,
        'vectors of every row are in a separate Chroma store',
      ]),
    },
  ],
  ['langgraph_sqlite', { removed: ['langgraph-store:store'], left: [] }],
  [
    'mastra_libsql',
    {
      removed: [],
      left: [
        ['mastra:mastra_messages', 'only libSQL maintains'],
        ['mastra:mastra_resources', 'edited in place'],
      ],
    },
  ],
  ['mem0_sqlite', { removed: ['mem0-vectors:vectors'], left: [] }],
  ['open_webui_sqlite', { removed: [], left: [['open-webui:memory', 'in another store under the same id']] }],
  ['openclaw_sqlite', { removed: [], left: [['openclaw:memory_index_chunks', 'an index over files']] }],
];

function opened<T>(path: string, work: (db: Database.Database) => T): T {
  const db = new Database(path);
  try {
    load(db);
    return work(db);
  } finally {
    db.close();
  }
}

const whole = (path: string) => async (): Promise<string[]> => opened(path, wholeSqlite);

/** Twins in every set that has texts and may be changed; `all`: in those that may not, as well. */
function filled(path: string, all: boolean): void {
  opened(path, (db) => {
    db.function('cjk_spaced', (text) => text);
    const { matches } = detectProfiles(readCatalog(db).catalog);
    for (const m of matches)
      for (const set of worded(m.sets)) if (all || set.readOnly === undefined) fillSqlite(db, set);
  });
}

describe('each known schema of SQLite', () => {
  it.each(EXPECTED)('%s', async (name, expected) => {
    const path = join(folder, `${name}.db`);
    opened(path, (db) => db.exec(readFileSync(fixture(`ddl/${name}.sql`), 'utf8')));
    filled(path, true);
    const { supersede, purge, left } = await appliedAndUndone({
      url: `sqlite:${path}`,
      delete: true,
      whole: whole(path),
    });
    expect(supersede).toEqual({});
    expect(purge).toEqual(Object.fromEntries(expected.removed.map((s) => [s, 6])));
    expect(left).toEqual(Object.fromEntries(expected.left.map(([s, why]) => [s, expect.stringContaining(why)])));
  });

  it('mneme', async () => {
    const path = join(folder, 'mneme.db');
    copyFileSync(fixture('stores/mneme-v1-sqlite.db'), path);
    opened(path, (db) => db.exec('DELETE FROM entries'));
    filled(path, false);
    // The counter of changes counts those of a run and of its undo, and never goes back.
    const rows = async (): Promise<string[]> => (await whole(path)()).filter((row) => !row.includes('version_counter'));
    const mended = await appliedAndUndone({ url: `sqlite:${path}`, delete: true, whole: rows });
    expect(mended).toEqual({ supersede: {}, purge: { 'mneme:entries': 6 }, left: {} });
  });

  it('mcp-memory-service: vectors and edges go with a row that is superseded, and come back', async () => {
    await using store = mcpTwins(40);
    const mended = await appliedAndUndone({ url: store.url, delete: false, whole: store.dump });
    expect(mended).toEqual({ supersede: { 'mcp-memory-service:memories': 80 }, purge: {}, left: {} });
  });

  it.each(['neural-memory-0.4.0-schema1', 'neural-memory-4.62-multibrain'])(
    '%s: neurons are for review only',
    async (name) => {
      const path = join(folder, `${name}.db`);
      copyFileSync(fixture(`stores/${name}.db`), path);
      const mended = await appliedAndUndone({ url: `sqlite:${path}`, delete: true, whole: whole(path) });
      expect(mended.purge).toEqual({});
      expect(Object.keys(mended.left)).toEqual(['neural-memory:neurons']);
    },
  );
});

describe('a table of a map', () => {
  const NOTES = `CREATE TABLE notes (id INTEGER PRIMARY KEY, agent TEXT, body TEXT, state TEXT DEFAULT 'active', heir INTEGER, gone BOOLEAN DEFAULT 0, gone_at INTEGER);
    INSERT INTO notes(id, agent, body) SELECT value, 'a', 'the lock of door ' || (value % 6) || ' opens' FROM json_each('[1,2,3,4,5,6,7,8,9,10,11,12]');`;
  const BASE = { table: 'notes', id: ['id'], namespace: 'agent', text: 'body' };
  it.each([
    ['status and the row that stays', { status: 'state', superseded: 'old', supersededBy: 'heir' }],
    ['the row that stays alone', { supersededBy: 'heir' }],
    ['a flag', { deleted: 'gone' }],
    ['a time with its unit', { deleted: 'gone_at', deletedUnit: 'ms' }],
  ])('that says: %s', async (what, convention) => {
    const path = join(folder, `${what}.db`);
    const map = join(folder, 'map.json');
    writeFileSync(map, JSON.stringify({ tables: [{ ...BASE, ...convention }] }));
    opened(path, (db) => db.exec(NOTES));
    const mended = await appliedAndUndone({
      url: `sqlite:${path}`,
      delete: false,
      reading: ['--map', map],
      whole: whole(path),
    });
    expect(mended).toEqual({ supersede: { 'map:notes': 6 }, purge: {}, left: {} });
  });
});
