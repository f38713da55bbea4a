import { describe, expect, it } from 'vitest';
import { SNAPSHOT_VERSION, type Snapshot, type Structure } from '../../../src/store/index.ts';
import { connect, copied, fixture, made, NOW, snapshot } from './temporary-store.ts';

const structure = (s: Snapshot, id: string): Structure => {
  const found = s.structures.find((x) => x.id === id);
  if (found === undefined) throw new Error(`no structure ${id}`);
  return found;
};

describe('the mneme fixture', () => {
  it('is counted as its own software counts it', async () => {
    // At this second its TTL sweep would take 278 of 447 entries.
    const s = await snapshot(fixture('stores/mneme-v1-sqlite.db'), { now: new Date(1_790_000_000_000) });
    const [set] = s.memorySets;
    expect(s.memorySets).toHaveLength(1);
    expect(set).toMatchObject({
      id: 'mneme:entries',
      rows: 447,
      primary: true,
      overQuota: [{ namespace: 'tenant_a', rows: 60, quota: 50 }],
    });
    expect(set?.ttl).toMatchObject({ expired: 278, unreadable: 0 });
    expect((set?.ttl?.expired ?? 0) + (set?.ttl?.live ?? 0) + (set?.ttl?.never ?? 0)).toBe(447);
    expect(set?.vectors).toEqual({ where: 'column', name: 'embedding', rows: 447, dims: 64, scalar: 'float32' });
    expect(set?.namespaces?.top.map((n) => [n.namespace, n.rows])).toEqual([
      ['tenant_hot', 219],
      ['default', 120],
      ['tenant_a', 60],
      ['tenant_b', 40],
      ['Ünï:ns|odd', 8],
    ]);
    expect(set?.namespaces?.classes).toEqual([
      { from: 1, namespaces: 1, rows: 8 },
      { from: 10, namespaces: 2, rows: 100 },
      { from: 100, namespaces: 2, rows: 339 },
    ]);
  });

  it('has every page of the file in exactly one structure', async () => {
    const s = await snapshot(fixture('stores/mneme-v1-sqlite.db'));
    expect(s.storage).toMatchObject({ pages: 186, freePages: 60, pageSize: 4096, dataBytes: 761_856, logBytes: 0 });
    // sqlite_sequence has one page and is the engine's own.
    const claimed = s.structures.reduce((a, x) => a + (x.bytes ?? 0), 0);
    expect(claimed).toBe(185 * 4096);
  });
});

describe('the neural-memory fixtures', () => {
  it('schema 42: three brains, expiry as text, full-text tables grouped', async () => {
    const s = await snapshot(fixture('stores/neural-memory-4.62-multibrain.db'));
    const set = (table: string): Snapshot['memorySets'][number] | undefined =>
      s.memorySets.find((m) => m.table === table);
    expect(set('fibers')?.rows).toBe(624);
    expect(set('neurons')).toMatchObject({ rows: 1178, vectors: { where: 'sidecar', rows: null, dims: null } });
    expect(set('typed_memories')?.ttl).toMatchObject({ expired: 42, live: 43, never: 341, unreadable: 0 });
    expect(set('neurons')?.breakdowns.find((b) => b.column === 'type')?.values[0]).toEqual({
      value: 'concept',
      rows: 619,
    });
    const fts = structure(s, 'fts5:neurons_fts');
    expect(fts.rows).toBe(1178);
    expect(fts.facts).toMatchObject({ kind: 'fts5', content: 'neurons', columns: ['content', 'brain_id'] });
    expect(fts.pieces?.map((p) => p.name)).toContain('neurons_fts_data');
    expect(s.structures.some((x) => x.name === 'neurons_fts_data')).toBe(false);
    expect(s.notes).toEqual([]);
  });

  it('schema 1: tables that came later are simply not there', async () => {
    const s = await snapshot(fixture('stores/neural-memory-0.4.0-schema1.db'));
    expect(s.profiles[0]).toMatchObject({ id: 'neural-memory', version: '1' });
    expect(s.profiles[0]?.missing).toContain('fiber_neurons');
    expect(s.memorySets.map((m) => [m.table, m.rows])).toEqual([
      ['fibers', 150],
      ['neurons', 320],
      ['synapses', 913],
      ['typed_memories', 0],
    ]);
    expect(s.memorySets[0]?.namespaces?.top[0]?.label).toBe('default');
  });

  it('a schema newer than known is read as far as its tables agree, and said', async () => {
    const path = copied('neural-memory-4.62-multibrain.db');
    connect(path).exec('UPDATE schema_version SET version = 57; CREATE TABLE dreams(id TEXT)');
    const s = await snapshot(path);
    expect(s.profiles[0]).toMatchObject({ version: '57', newerThanKnown: true });
    expect(s.notes.map((n) => n.code)).toEqual(['schema-newer']);
    expect(s.unrecognised).toEqual(['dreams']);
    expect(s.memorySets[1]?.rows).toBe(1178);
  });
});

describe('the snapshot itself', () => {
  it('is small, versioned and survives JSON', async () => {
    const s = await snapshot(fixture('stores/neural-memory-4.62-multibrain.db'));
    const text = JSON.stringify(s);
    expect(text.length).toBeLessThan(150_000);
    expect(JSON.parse(text)).toEqual(s);
    expect(s).toMatchObject({ schemaVersion: SNAPSHOT_VERSION, kind: 'store-snapshot', takenAt: NOW.toISOString() });
  });

  it('takes only the sections asked for', async () => {
    const s = await snapshot(fixture('stores/mneme-v1-sqlite.db'), { sections: ['profiles'] });
    expect([s.structures, s.memorySets, s.profiles.length]).toEqual([[], [], 1]);
  });

  it('has the same fingerprint from run to run and beside unrelated tables, and another one when the memories are others', async () => {
    const path = copied('mneme-v1-sqlite.db');
    const first = (await snapshot(path)).identity.fingerprint;
    expect((await snapshot(path)).identity.fingerprint).toBe(first);
    connect(path).exec('CREATE INDEX extra ON entries(ttl)');
    connect(path).exec('CREATE TABLE unrelated(x); ALTER TABLE entries ADD COLUMN later TEXT');
    expect((await snapshot(path)).identity.fingerprint).toBe(first);
    connect(path).exec('DROP TABLE entries');
    expect((await snapshot(path)).identity.fingerprint).not.toBe(first);
  });
});

describe('odd stores', () => {
  const MNEME = `CREATE TABLE schema_meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
    CREATE TABLE entries (id INTEGER PRIMARY KEY AUTOINCREMENT, namespace TEXT NOT NULL, query_hash TEXT, query TEXT, response TEXT,
      embedding BLOB, metadata TEXT, created_at INTEGER, last_accessed_at INTEGER, ttl INTEGER, access_count INTEGER);`;

  it('no rows at all', async () => {
    const s = await snapshot(made(MNEME));
    expect(s.profiles[0]).toMatchObject({ id: 'mneme', version: null });
    expect(s.memorySets[0]).toMatchObject({
      rows: 0,
      textBytes: null,
      namespaces: { distinct: 0, top: [], classes: [] },
      ttl: { expired: 0, live: 0, never: 0, next: null },
      ages: { oldest: null, newest: null, future: 0 },
      vectors: { rows: 0, dims: null },
    });
    expect(structure(s, 'table:entries')).toMatchObject({ rows: 0, bytes: 4096, facts: { record: null } });
  });

  it('no tables at all', async () => {
    const s = await snapshot(made('CREATE TABLE t(a); DROP TABLE t;'));
    expect([s.profiles, s.memorySets, s.unrecognised]).toEqual([[], [], []]);
  });

  it('namespaces of a megabyte, with quotes and control characters, and none', async () => {
    const path = made(MNEME.replace('namespace TEXT NOT NULL', 'namespace TEXT'));
    const db = connect(path);
    const add = db.prepare('INSERT INTO entries(namespace, query, created_at) VALUES (?, ?, 1)');
    add.run('x'.repeat(1_000_000), 'a');
    add.run('it\'s "quoted"\n\u001b[31m', 'b');
    add.run(null, 'c');
    add.run(null, 'd');
    db.close();
    const s = await snapshot(path);
    const top = s.memorySets[0]?.namespaces?.top ?? [];
    expect(top[0]).toEqual({ namespace: null, rows: 2 });
    expect(top.find((n) => n.namespace?.startsWith('xxx'))).toMatchObject({ length: 1_000_000 });
    expect(top.some((n) => n.namespace === 'it\'s "quoted"\n\u001b[31m')).toBe(true);
    expect(JSON.stringify(s).length).toBeLessThan(30_000);
  });

  it('more namespaces than are listed: the classes still hold them all', async () => {
    const path = made(`${MNEME} WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
      INSERT INTO entries(namespace, created_at) SELECT 'ns' || (i % 1500), i FROM n`);
    const spaces = (await snapshot(path)).memorySets[0]?.namespaces;
    expect(spaces).toMatchObject({ distinct: 1500, classes: [{ from: 1, namespaces: 1500, rows: 5000 }] });
    expect(spaces?.top).toHaveLength(20);
  });

  it('times that are not times, ttl that is not a number, vectors of several lengths', async () => {
    const path = made(`${MNEME} INSERT INTO entries(namespace, created_at, ttl, embedding) VALUES
      ('a', 1790000000, 60, zeroblob(256)), ('a', 'soon', 60, zeroblob(256)), ('a', 1790000000, 'never', zeroblob(100)),
      ('a', 1790000000, NULL, NULL), ('a', 9e9, 60, zeroblob(7))`);
    const [set] = (await snapshot(path)).memorySets;
    expect(set?.ttl).toMatchObject({ expired: 1, live: 1, never: 1, unreadable: 2 });
    expect(set?.ages).toMatchObject({ unreadable: 1, future: 1 });
    expect(set?.vectors?.dims).toBe(64);
    expect(set?.vectors?.mixed).toEqual([
      { bytes: 256, rows: 2 },
      { bytes: 7, rows: 1 },
      { bytes: 100, rows: 1 },
    ]);
  });

  it('names with quotes, WITHOUT ROWID, generated columns, expression, partial and descending indexes', async () => {
    const path =
      made(`CREATE TABLE "we""ird 'name'" ("a ""b""" TEXT PRIMARY KEY, n INTEGER, twice INTEGER AS (n * 2) VIRTUAL) WITHOUT ROWID;
      INSERT INTO "we""ird 'name'" VALUES ('k', 300);
      CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT, rowid_like TEXT);
      INSERT INTO t VALUES (1, 'x', 'y'), (70000, NULL, 'z');
      CREATE INDEX i_expr ON t(lower(a)); CREATE INDEX i_part ON t(a) WHERE a IS NOT NULL; CREATE INDEX i_desc ON t(a DESC);`);
    const s = await snapshot(path);
    const odd = structure(s, `table:we"ird 'name'`);
    expect(odd.facts).toMatchObject({ withoutRowid: true, record: { mean: 6 } });
    expect(odd.facts?.kind === 'table' && odd.facts.columns.map((c) => c.name)).toEqual(['a "b"', 'n']);
    expect(structure(s, 'table:t').facts).toMatchObject({ rowidColumn: 'id', rowids: { min: 1, max: 70_000 } });
    expect(structure(s, 'index:i_expr').facts).toMatchObject({ columns: [null], entry: null });
    expect(structure(s, 'index:i_part')).toMatchObject({ rows: 1, facts: { predicate: 'a IS NOT NULL', entry: null } });
    expect(structure(s, 'index:i_desc').facts).toMatchObject({ plainOrder: false });
  });

  it('a table whose own column is called rowid', async () => {
    const s = await snapshot(made("CREATE TABLE t(rowid TEXT, x); INSERT INTO t VALUES ('abc', 1), ('def', 2)"));
    expect(structure(s, 'table:t').facts).toMatchObject({ rowids: { min: 1, max: 2 } });
  });

  it('expired_at is not a lifetime unless a profile says so', async () => {
    const s = await snapshot(
      made(
        "CREATE TABLE facts(id, content TEXT, embedding BLOB, created_at TEXT, expired_at TEXT); INSERT INTO facts VALUES (1, 'x', zeroblob(16), '2026-01-01', '2026-02-01')",
      ),
    );
    expect(s.profiles[0]).toMatchObject({ id: 'generic', confidence: 0.3 });
    expect(s.memorySets[0]).toMatchObject({
      ttl: null,
      vectors: { dims: 4 },
      ages: { oldest: '2026-01-01T00:00:00.000Z' },
    });
  });
});

describe('records', () => {
  it('are measured to the byte: the sum equals what dbstat counts', async () => {
    const path = made(`CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT, b BLOB, r REAL, n INTEGER);
      WITH RECURSIVE x(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM x WHERE i < 3000)
      INSERT INTO t SELECT i * 97, substr(hex(randomblob(150)), 1, i % 300), CASE WHEN i % 3 THEN randomblob(i % 9000) END,
        CASE i % 4 WHEN 0 THEN i WHEN 1 THEN i / 7.0 WHEN 2 THEN -0.5 END, CASE i % 7 WHEN 0 THEN 0 WHEN 1 THEN -129 WHEN 2 THEN 40000
        WHEN 3 THEN 9000000 WHEN 4 THEN 3000000000 WHEN 5 THEN 1 << 50 END FROM x;`);
    const t = structure(await snapshot(path), 'table:t');
    const record = t.facts?.kind === 'table' ? t.facts.record : null;
    expect(record?.sampled).toBe(3000);
    expect(Math.round((record?.mean ?? 0) * 3000)).toBe(t.payloadBytes);
  });

  it('of a large table are sampled, and the sample agrees with the whole', async () => {
    const path = made(`CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT);
      WITH RECURSIVE x(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM x WHERE i < 120000)
      INSERT INTO t SELECT i * 3, substr('${'y'.repeat(200)}', 1, 50 + i % 100) FROM x;`);
    const t = structure(await snapshot(path), 'table:t');
    const record = t.facts?.kind === 'table' ? t.facts.record : null;
    expect(record?.sampled).toBeGreaterThan(5_000);
    expect(record?.sampled).toBeLessThan(12_000);
    expect(Math.abs((record?.mean ?? 0) * 120_000 - (t.payloadBytes ?? 0)) / (t.payloadBytes ?? 1)).toBeLessThan(0.02);
  });
});
