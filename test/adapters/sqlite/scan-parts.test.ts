/** What a scan can leave out or add: keys, namespaces, samples, kinds, marks and ranks. */
import { join } from 'node:path';
import * as sqliteVec from 'sqlite-vec';
import { expect, it } from 'vitest';
import { openStore } from '../../../src/adapters/index.ts';
import { decoded } from '../../../src/adapters/sqlite/vector-bytes.ts';
import { keyOf, type ProfileMap, type ScanRequest, type ScanRow, Target } from '../../../src/store/index.ts';
import { connect, directory, failure, fixture, made } from './temporary-store.ts';

async function scan(path: string, request: ScanRequest, map?: ProfileMap): Promise<ScanRow[]> {
  const options = map === undefined ? {} : { map };
  await using store = await openStore(Target.parse(`sqlite:${path}`), { mode: 'read', ...options });
  const rows: ScanRow[] = [];
  for await (const row of store.scan(request)) rows.push(row);
  return rows;
}

const MNEME = { set: 'mneme:entries', fields: ['namespace', 'text', 'vector', 'rank', 'inactive'] } as const;
const mneme = (): string => fixture('stores/mneme-v1-sqlite.db');
const NOW = new Date('2026-11-20T00:00:00Z');

it('a row read by its key is the row of the scan, and keys of rows that are gone are left out', async () => {
  for (const [path, set] of [
    [mneme(), 'mneme:entries'],
    [fixture('stores/neural-memory-4.62-multibrain.db'), 'neural-memory:neurons'],
  ] as const) {
    const request: ScanRequest = { set, fields: ['namespace', 'text', 'vector', 'kind', 'inactive', 'rank'], now: NOW };
    const whole = await scan(path, request);
    const picked = whole.filter((_, i) => i % 7 === 3);
    const first = keyOf(whole[0] as ScanRow);
    const gone = first.startsWith('[') ? '["no","row"]' : '99999999';
    const found = await scan(path, { ...request, keys: [...picked.map(keyOf), gone, ...picked.map(keyOf)], batch: 20 });
    const byKey = new Map(found.map((r) => [keyOf(r), r]));
    expect(found).toHaveLength(picked.length);
    for (const row of picked) expect(byKey.get(keyOf(row))).toEqual(row);
  }
});

it('refuses what is no key of the set', async () => {
  const path = fixture('stores/neural-memory-4.62-multibrain.db');
  const e = await failure(() => scan(path, { set: 'neural-memory:neurons', fields: [], keys: ['hot-team/1'] }));
  expect([e.kind, e.code]).toEqual(['input-error', 'row-key']);
});

it('namespaces: their rows alone, in the order of the table, and with keys the rows of both', async () => {
  const whole = await scan(mneme(), MNEME);
  const spaces = [...new Set(whole.map((r) => r.namespace))].slice(0, 2) as string[];
  const inside = whole.filter((r) => spaces.includes(r.namespace as string));
  expect(inside.length).toBeGreaterThan(10);
  expect(inside.length).toBeLessThan(whole.length);
  expect(await scan(mneme(), { ...MNEME, namespaces: spaces, batch: 9 })).toEqual(inside);
  expect(await scan(mneme(), { ...MNEME, namespaces: [] })).toEqual([]);
  const both = await scan(mneme(), { ...MNEME, namespaces: spaces, keys: whole.slice(0, 100).map(keyOf) });
  expect(both.map(keyOf).sort()).toEqual(
    whole
      .slice(0, 100)
      .filter((r) => inside.includes(r))
      .map(keyOf)
      .sort(),
  );
});

const MAP: ProfileMap = {
  tables: [
    {
      table: 'facts',
      namespace: 'who',
      text: 'says',
      embedding: 'emb',
      status: 'state',
      superseded: 'old',
      kind: ['sort', 'model'],
      pinned: 'keep',
      confidence: 'sure',
      accesses: 'seen',
      updated: 'changed',
      updatedUnit: 'epoch-ms',
      expires: 'until',
      expiresUnit: 'epoch-s',
      supersededBy: 'heir',
    },
  ],
};
const FACTS = `CREATE TABLE facts (id TEXT PRIMARY KEY, who TEXT, says TEXT, emb, state TEXT, sort TEXT, model TEXT, keep INTEGER,
  sure REAL, seen INTEGER, changed INTEGER, until INTEGER, heir TEXT)`;

it('kind, marks and rank, as the map says', async () => {
  const path = made(`${FACTS};
    INSERT INTO facts VALUES ('a', 'u', 'x', '[0.5, -2]', 'live', 'fact', 'm1', 1, 0.75, 3, 1700000000000, NULL, NULL),
      ('b', NULL, NULL, NULL, 'old', NULL, 'm1', 0, NULL, NULL, NULL, 1, 'a'),
      ('c', 'u', 'z', 'no vector', NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1, NULL)`);
  const fields = ['namespace', 'text', 'vector', 'kind', 'inactive', 'rank'] as const;
  expect(await scan(path, { set: 'map:facts', fields, now: NOW }, MAP)).toEqual([
    {
      id: 'a',
      namespace: 'u',
      text: 'x',
      kind: '["fact","m1"]',
      vector: new Float32Array([0.5, -2]),
      rank: {
        pinned: true,
        confidence: 0.75,
        accesses: 3,
        updated: 1_700_000_000_000,
        expires: Number.POSITIVE_INFINITY,
      },
    },
    { id: 'b', kind: '[null,"m1"]', inactive: 'superseded', rank: { pinned: false, expires: 1000 } },
    { id: 'c', namespace: 'u', text: 'z', inactive: 'expired', rank: { expires: 1000 } },
  ]);
  expect((await scan(path, { set: 'map:facts', fields: [], namespaces: [null] }, MAP)).map(keyOf)).toEqual(['b']);
  expect((await scan(path, { set: 'map:facts', fields: [], namespaces: [null, 'u'] }, MAP)).map(keyOf)).toEqual([
    'a',
    'b',
    'c',
  ]);
  await using store = await openStore(Target.parse(`sqlite:${path}`), { mode: 'read', map: MAP });
  const { memorySets } = await store.snapshot({ now: NOW });
  expect(memorySets[0]?.supersede?.rule).toBe('state = old, heir = the row that stays');
  expect(memorySets[0]?.supersede?.digest).toMatch(/^[0-9a-f]{16}$/);
});

it('soft-deleted rows, and edges that count, of mcp-memory-service', async () => {
  const path =
    made(`CREATE TABLE memories (id INTEGER PRIMARY KEY AUTOINCREMENT, content_hash TEXT UNIQUE NOT NULL, content TEXT NOT NULL, tags TEXT, memory_type TEXT,
      metadata TEXT, created_at REAL, updated_at REAL, created_at_iso TEXT, deleted_at REAL, confidence REAL DEFAULT 1.0);
    CREATE TABLE memory_graph (source_hash TEXT NOT NULL, target_hash TEXT NOT NULL, similarity REAL, connection_types TEXT, created_at REAL, PRIMARY KEY (source_hash, target_hash));
    CREATE INDEX idx_graph_target ON memory_graph (target_hash);
    INSERT INTO memories VALUES (1, 'h1', 'one', NULL, 'note', '{"access_count": 4}', 1, 2, '', NULL, 0.5), (7, 'h7', 'two', NULL, NULL, NULL, 1, NULL, '', 3, 1);
    INSERT INTO memory_graph VALUES ('h1', 'h7', 1, '', 1), ('h9', 'h1', 1, '', 1)`);
  const rows = await scan(path, { set: 'mcp-memory-service:memories', fields: ['kind', 'inactive', 'rank'] });
  expect(rows).toEqual([
    { id: '1', kind: 'note', rank: { confidence: 0.5, accesses: 4, edges: 2, updated: 2000 } },
    { id: '7', inactive: 'deleted', rank: { confidence: 1, edges: 1 } },
  ]);
});

it('neurons that recall leaves out are inactive', async () => {
  const path = made(`CREATE TABLE brains (id TEXT PRIMARY KEY, name TEXT);
    CREATE TABLE neurons (id TEXT NOT NULL, brain_id TEXT NOT NULL, type TEXT, content TEXT, metadata TEXT, created_at TEXT, PRIMARY KEY (brain_id, id));
    CREATE TABLE synapses (id TEXT, brain_id TEXT, source_id TEXT, target_id TEXT, type TEXT, weight REAL, PRIMARY KEY (brain_id, id));
    CREATE TABLE fibers (id TEXT, brain_id TEXT, neuron_ids TEXT, synapse_ids TEXT, anchor_neuron_id TEXT, summary TEXT, PRIMARY KEY (brain_id, id));
    INSERT INTO neurons VALUES ('n1', 'b', 'concept', 'x', '{"_status": "superseded"}', ''), ('n2', 'b', 'concept', 'y', '{"_status": "active"}', ''), ('n3', 'b', 'concept', 'z', 'not json', '')`);
  const rows = await scan(path, { set: 'neural-memory:neurons', fields: ['inactive'] });
  expect(rows.map((r) => [r.id, r.inactive])).toEqual([
    ['b/n1', 'superseded'],
    ['b/n2', undefined],
    ['b/n3', undefined],
  ]);
  await using store = await openStore(Target.parse(`sqlite:${path}`), { mode: 'read' });
  const { memorySets } = await store.snapshot({ now: NOW });
  expect(memorySets.every((s) => s.supersede === undefined)).toBe(true);
});

it('tables without a rowid are read in pages by their primary key', async () => {
  const path = made(`CREATE TABLE facts (who TEXT, n INTEGER, says TEXT, emb BLOB, PRIMARY KEY (who, n)) WITHOUT ROWID;
    WITH RECURSIVE i(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i WHERE n < 300)
    INSERT INTO facts SELECT 'u' || (n % 3), n * 9007199254740993 / 300, 'fact ' || n, x'0000803f' FROM i`);
  const map: ProfileMap = { tables: [{ table: 'facts', namespace: 'who', text: 'says', embedding: 'emb' }] };
  const request: ScanRequest = { set: 'map:facts', fields: ['text', 'vector'], batch: 7 };
  const whole = await scan(path, request, map);
  expect(whole).toHaveLength(300);
  expect(new Set(whole.map((r) => r.text)).size).toBe(300);
  const keys = whole.slice(50, 60).map(keyOf);
  expect(keys[0]).toMatch(/^\["u0","\d+"\]$/);
  expect((await scan(path, { ...request, keys }, map)).map((r) => r.text).sort()).toEqual(
    whole
      .slice(50, 60)
      .map((r) => r.text)
      .sort(),
  );
  expect(await scan(path, { ...request, namespaces: ['u1'] }, map)).toHaveLength(100);
  expect(await scan(path, { ...request, sample: { rows: 40, seed: 1 } }, map)).toHaveLength(40);
});

it('rowids beyond the integers of JavaScript are neither skipped nor read twice', async () => {
  const path = made(`CREATE TABLE facts (id INTEGER PRIMARY KEY, says TEXT, emb BLOB);
    WITH RECURSIVE i(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM i WHERE n < 49)
    INSERT INTO facts SELECT 9223372036854775700 + n, 'fact ' || n, x'0000803f' FROM i`);
  const map: ProfileMap = { tables: [{ table: 'facts', text: 'says', embedding: 'emb' }] };
  const rows = await scan(path, { set: 'map:facts', fields: ['text'], batch: 3 }, map);
  expect(rows.map((r) => r.text)).toEqual(Array.from({ length: 50 }, (_, i) => `fact ${i}`));
  expect(rows[1]?.id).toBe('9223372036854775701');
  const again = await scan(path, { set: 'map:facts', fields: ['text'], keys: rows.slice(4, 6).map(keyOf) }, map);
  expect(again.map((r) => r.text).sort()).toEqual(['fact 4', 'fact 5']);
  expect(await scan(path, { set: 'map:facts', fields: [], sample: { rows: 5, seed: 3 } }, map)).toHaveLength(5);
});

/**
 * Rows by gap before them: drawing "the next row" would favour the ones behind gaps. With 200 samples of 50 out of 2,000 a row
 * is expected 5 times; over the 1,000 rows behind gaps the sum has mean 5,000 and standard deviation about 49.
 */
it.each(['rowid', 'list'])('a sample favours no row (%s)', async (how) => {
  const path = made(`CREATE TABLE facts (id INTEGER PRIMARY KEY, who TEXT, says TEXT, emb BLOB);
    WITH RECURSIVE i(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i WHERE n <= 2000)
    INSERT INTO facts SELECT n + (n / 2) * 7, 'u', CASE n % 2 WHEN 0 THEN 'gap' ELSE 'dense' END, NULL FROM i WHERE n <= 2000`);
  const map: ProfileMap = { tables: [{ table: 'facts', namespace: 'who', text: 'says', embedding: 'emb' }] };
  await using store = await openStore(Target.parse(`sqlite:${path}`), { mode: 'read', map });
  let [gap, first] = [0, 0];
  for (let seed = 1; seed <= 200; seed++) {
    const request: ScanRequest = {
      set: 'map:facts',
      fields: ['text'],
      sample: { rows: 50, seed },
      ...(how === 'list' ? { namespaces: ['u'] } : {}),
    };
    const ids = new Set<string>();
    for await (const row of store.scan(request)) {
      ids.add(row.id);
      if (row.text === 'gap') gap++;
      if (Number(row.id) <= 4500) first++;
    }
    expect(ids.size).toBe(50);
  }
  // Five standard deviations.
  expect(Math.abs(gap - 5000)).toBeLessThan(245);
  // Rowids run evenly to 9,000: half of the rows lie in the first half.
  expect(Math.abs(first - 5000)).toBeLessThan(245);
});

it('the same seed gives the same sample; of fewer rows than asked for all come', async () => {
  const ids = async (seed: number, rows = 60): Promise<string[]> =>
    (await scan(mneme(), { set: 'mneme:entries', fields: [], sample: { rows, seed } })).map((r) => r.id);
  expect(await ids(1)).toEqual(await ids(1));
  expect(await ids(1)).not.toEqual(await ids(2));
  expect(await ids(1)).toHaveLength(60);
  expect(await ids(1, 1000)).toHaveLength(447);
});

it('vec0 tables by themselves: int8 and bit vectors, partition keys as namespaces', async () => {
  const path = join(directory(), 'vec.db');
  const db = connect(path);
  sqliteVec.load(db);
  db.exec(`CREATE VIRTUAL TABLE a USING vec0(who TEXT PARTITION KEY, v INT8[8], chunk_size=8);
    CREATE VIRTUAL TABLE b USING vec0(v BIT[16], chunk_size=8)`);
  const signs = [1, -1, -1, 1, 1, 1, -1, -1, 1, -1, 1, -1, -1, -1, -1, 1];
  for (let i = 1; i <= 40; i++) {
    db.prepare('INSERT INTO a(rowid, who, v) VALUES (?, ?, vec_int8(?))').run(
      BigInt(i),
      `u${i % 3}`,
      new Uint8Array(new Int8Array([i, -i, 0, 1, 2, 3, 4, 127]).buffer),
    );
    db.prepare('INSERT INTO b(rowid, v) VALUES (?, vec_quantize_binary(?))').run(BigInt(i), new Float32Array(signs));
  }
  db.exec('DELETE FROM a WHERE rowid % 4 = 0');
  db.close();
  const a = await scan(path, { set: 'vec0:a', fields: ['vector', 'namespace'], batch: 6 });
  expect(a).toHaveLength(30);
  for (const r of a) {
    const i = Number(r.id);
    expect(r).toEqual({
      id: String(i),
      namespace: `u${i % 3}`,
      vector: new Float32Array([i, -i, 0, 1, 2, 3, 4, 127]),
    });
  }
  const inside = await scan(path, { set: 'vec0:a', fields: ['vector'], namespaces: ['u1'] });
  expect(inside.map((r) => r.id)).toEqual(a.filter((r) => r.namespace === 'u1').map((r) => r.id));
  const [b] = await scan(path, { set: 'vec0:b', fields: ['vector'], keys: ['17'] });
  expect(b).toEqual({ id: '17', vector: new Float32Array(signs) });
});

it('a vec0 table whose rows have names of their own', async () => {
  const path = join(directory(), 'vec.db');
  const db = connect(path);
  sqliteVec.load(db);
  db.exec('CREATE VIRTUAL TABLE a USING vec0(name TEXT PRIMARY KEY, v FLOAT[2], chunk_size=8)');
  for (const [i, name] of ['x', 'y', '3'].entries())
    db.prepare('INSERT INTO a(name, v) VALUES (?, ?)').run(name, new Float32Array([i, 1]));
  db.close();
  const rows = await scan(path, { set: 'vec0:a', fields: ['vector'] });
  expect(rows.map((r) => [r.id, r.vector?.[0]])).toEqual([
    ['x', 0],
    ['y', 1],
    ['3', 2],
  ]);
  const [last] = rows.slice(-1).map(keyOf);
  expect(await scan(path, { set: 'vec0:a', fields: ['vector'], keys: [last as string] })).toEqual(rows.slice(-1));
});

it('edges that no index leads to are not counted, and a NULL in a key is found by nothing', async () => {
  const path =
    made(`CREATE TABLE memories (id TEXT, content TEXT, simhash TEXT, primary_sector TEXT, salience REAL, decay_lambda REAL, user_id TEXT, updated_at INTEGER, PRIMARY KEY (user_id, id));
    CREATE TABLE waypoints (src_id TEXT, dst_id TEXT, user_id TEXT, created_at INTEGER, PRIMARY KEY (src_id, dst_id));
    INSERT INTO memories VALUES ('a', 'x', '', 'semantic', 0.5, 0, 'u', 7), ('b', 'y', '', 'semantic', 0.25, 0, NULL, 8);
    INSERT INTO waypoints VALUES ('a', 'b', 'u', 1)`);
  const set = 'openmemory:memories';
  const rows = await scan(path, { set, fields: ['rank', 'kind'] });
  expect(rows).toEqual([
    { id: 'a', key: '["u","a"]', kind: 'semantic', rank: { confidence: 0.5, updated: 7 } },
    { id: 'b', key: '[null,"b"]', kind: 'semantic', rank: { confidence: 0.25, updated: 8 } },
  ]);
  expect(await scan(path, { set, fields: [], keys: rows.map(keyOf) })).toHaveLength(1);
  const db = connect(path);
  db.exec('CREATE INDEX waypoints_dst ON waypoints (dst_id)');
  db.close();
  expect((await scan(path, { set, fields: ['rank'] })).map((r) => r.rank?.edges)).toEqual([1, 1]);
});

it('reads vectors in whatever form they are kept', () => {
  expect(decoded(Buffer.from([0, 0x3c, 0, 0xc0, 1, 0, 0, 0x7c]), 'halfvec')).toEqual(
    new Float32Array([1, -2, 2 ** -24, Number.POSITIVE_INFINITY]),
  );
  expect(decoded(Buffer.from([0b0000_0101]), 'bit')).toEqual(new Float32Array([1, -1, 1, -1, -1, -1, -1, -1]));
  expect(decoded(' [1, 2.5e-1]', 'float32')).toEqual(new Float32Array([1, 0.25]));
  const odd = Buffer.concat([Buffer.from([9]), Buffer.from(new Float32Array([3, 4]).buffer)]).subarray(1);
  expect(decoded(odd, 'float32')).toEqual(new Float32Array([3, 4]));
  for (const none of [null, 5, '', '[', '["a"]', '{}', Buffer.alloc(0), Buffer.alloc(6)])
    expect(decoded(none, 'float32')).toBeUndefined();
});

it('gives up when told to', async () => {
  const stop = new AbortController();
  await using store = await openStore(Target.parse(`sqlite:${mneme()}`), { mode: 'read' });
  const read = async (): Promise<number> => {
    let n = 0;
    for await (const _ of store.scan({ ...MNEME, batch: 10, signal: stop.signal })) if (++n === 15) stop.abort();
    return n;
  };
  await expect(read()).rejects.toThrow(/abort/i);
});
