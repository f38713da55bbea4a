/** Rows removed from real stores by each rule, with all that hangs on them, and nothing else. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as sqliteVec from 'sqlite-vec';
import { describe, expect, it } from 'vitest';
import { openStore } from '../../../src/adapters/index.ts';
import { cjkSpaced } from '../../../src/adapters/sqlite/application-functions.ts';
import { Target } from '../../../src/store/index.ts';
import { context, count, performed, purgeOf, throughJson, withMaintenance } from './maintained.ts';
import { connect, copied, directory, failure, made, snapshot, traces } from './temporary-store.ts';

const EXPIRED = "ttl IS NOT NULL AND created_at + ttl <= unixepoch('now')";

describe('expired entries of mneme', () => {
  it('go by the rule and no others, and other processes are told', async () => {
    const path = copied('mneme-v1-sqlite.db');
    const before = connect(path);
    const expired = count(before, `SELECT count(*) FROM entries WHERE ${EXPIRED}`);
    const kept = before.prepare(`SELECT group_concat(id) FROM entries WHERE NOT (${EXPIRED})`).pluck().get();
    const version = count(before, "SELECT value FROM multi_process_state WHERE key = 'version_counter'");
    before.close();
    const done = await performed(path, purgeOf('expired', 'mneme:entries'), { batchRows: 50 });
    const db = connect(path);
    expect(expired).toBeGreaterThan(200);
    expect(done.rows).toBe(expired);
    expect(done.events.filter((e) => e.state === 'committed')).toHaveLength(Math.ceil(expired / 50));
    expect(db.prepare('SELECT group_concat(id) FROM entries').pluck().get()).toBe(kept);
    const now = db
      .prepare("SELECT value, typeof(value) AS type FROM multi_process_state WHERE key = 'version_counter'")
      .get();
    // At least 100 a batch: a smaller step does not make another process drop rows from its index.
    expect(now).toEqual({ value: String(version + 100 * Math.ceil(expired / 50)), type: 'text' });
    const again = await performed(path, purgeOf('expired', 'mneme:entries'));
    expect(again.last).toEqual({ state: 'skipped', why: 'no row meets the condition now' });
  });

  it('never more than the cap', async () => {
    const path = copied('mneme-v1-sqlite.db');
    const done = await performed(path, purgeOf('expired', 'mneme:entries'), { maxRows: 70, batchRows: 50 });
    expect(done.rows).toBe(70);
    expect(done.last).toMatchObject({ verified: expect.stringContaining('number of rows that was allowed') });
    expect(count(connect(path), 'SELECT count(*) FROM entries')).toBe(447 - 70);
  });

  it('says nothing of a cap that nothing was left over', async () => {
    const path = copied('mneme-v1-sqlite.db');
    const expired = count(connect(path), `SELECT count(*) FROM entries WHERE ${EXPIRED}`);
    const done = await performed(path, purgeOf('expired', 'mneme:entries'), { maxRows: expired });
    expect(done.rows).toBe(expired);
    expect(done.last).toMatchObject({ verified: expect.not.stringContaining('allowed') });
  });

  it('an entry that is used again in the last moment stays', async () => {
    const path = copied('mneme-v1-sqlite.db');
    const owner = connect(path);
    const expired = owner.prepare(`SELECT id FROM entries WHERE ${EXPIRED} ORDER BY id`).pluck().all() as number[];
    const done = await withMaintenance(path, async (m) => {
      let rows = 0;
      for await (const e of m.perform(purgeOf('expired', 'mneme:entries'), context({ batchRows: 10 }))) {
        // The application puts an answer of the next batch again while that batch waits for the write lock.
        if (e.state === 'progress' && rows === 10) {
          const again = owner.prepare("UPDATE entries SET created_at = unixepoch('now'), ttl = 600 WHERE id = ?");
          owner.exec('BEGIN IMMEDIATE');
          again.run(expired[15]);
          setTimeout(() => owner.exec('COMMIT'), 50);
        }
        if (e.state === 'committed') rows += e.rows;
      }
      return rows;
    });
    expect(done).toBe(expired.length - 1);
    expect(count(owner, 'SELECT count(*) FROM entries WHERE id = ?', expired[15])).toBe(1);
  });

  it('a caller that stops asking leaves the open batch undone', async () => {
    const path = copied('mneme-v1-sqlite.db');
    const tokens = await withMaintenance(path, async (m) => {
      const seen: string[] = [];
      for await (const e of m.perform(purgeOf('expired', 'mneme:entries'), context({ batchRows: 10 }))) {
        if (e.state !== 'prepared') continue;
        seen.push(e.token);
        if (seen.length === 3) break;
      }
      const action = purgeOf('expired', 'mneme:entries');
      return [
        await m.settle(action, seen[0] as string),
        await m.settle(action, seen[2] as string),
        await m.settle(action, 'x'),
      ];
    });
    expect(tokens).toEqual(['committed', 'rolled-back', 'unknown']);
    expect(count(connect(path), 'SELECT count(*) FROM entries')).toBe(447 - 20);
  });

  it('a signal ends it after the running batch', async () => {
    const path = copied('mneme-v1-sqlite.db');
    const stop = new AbortController();
    const states = await withMaintenance(path, async (m) => {
      const seen: unknown[] = [];
      for await (const e of m.perform(
        purgeOf('expired', 'mneme:entries'),
        context({ batchRows: 10, signal: stop.signal }),
      )) {
        seen.push(e);
        stop.abort();
      }
      return seen;
    });
    expect(states.at(-1)).toMatchObject({ state: 'finished', rows: 10, stopped: true });
  });
});

describe('quotas and caps', () => {
  it('the entries used longest ago go first, and no more than the quota asks now', async () => {
    const path = copied('mneme-v1-sqlite.db');
    const db = connect(path);
    const order = db
      .prepare("SELECT id FROM entries WHERE namespace = 'tenant_a' ORDER BY last_accessed_at, id LIMIT 10")
      .pluck()
      .all();
    const excess = [{ namespace: 'tenant_a', rows: 12 }];
    const done = await performed(path, purgeOf('over-quota', 'mneme:entries', { excess }), { batchRows: 4 });
    expect(done.rows).toBe(10);
    expect(count(db, "SELECT count(*) FROM entries WHERE namespace = 'tenant_a'")).toBe(50);
    expect(count(db, `SELECT count(*) FROM entries WHERE id IN (${order.join(', ')})`)).toBe(0);
  });

  it('a cap holds for the whole set, and what was removed meanwhile is not removed twice', async () => {
    const path = copied('mneme-v1-sqlite.db');
    connect(path).exec('DELETE FROM entries WHERE id IN (SELECT id FROM entries LIMIT 7)');
    const excess = [{ namespace: null, rows: 47, keep: 400 }];
    const done = await performed(path, purgeOf('over-cap', 'mneme:entries', { excess, rows: 47, of: 447 }), {
      batchRows: 15,
    });
    expect(done.rows).toBe(40);
    expect(count(connect(path), 'SELECT count(*) FROM entries')).toBe(400);
  });

  it('retention goes by the time of creation', async () => {
    const path = copied('mneme-v1-sqlite.db');
    const db = connect(path);
    const old = count(db, "SELECT count(*) FROM entries WHERE created_at < unixepoch('now') - 86400 * 60");
    const done = await performed(path, purgeOf('retention', 'mneme:entries', { olderThanSeconds: 86_400 * 60 }));
    expect(old).toBeGreaterThan(0);
    expect(done.rows).toBe(old);
  });
});

const LANGGRAPH = `
  CREATE TABLE store_migrations (v INTEGER PRIMARY KEY); CREATE TABLE vector_migrations (v INTEGER PRIMARY KEY);
  CREATE TABLE store (prefix text NOT NULL, key text NOT NULL, value text NOT NULL, created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP, expires_at TIMESTAMP, ttl_minutes REAL, PRIMARY KEY (prefix, key));
  CREATE TABLE store_vectors (prefix text NOT NULL, key text NOT NULL, field_name text NOT NULL, embedding BLOB,
    created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP, updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (prefix, key, field_name), FOREIGN KEY (prefix, key) REFERENCES store(prefix, key) ON DELETE CASCADE);
  INSERT INTO store_migrations VALUES (3);
  WITH RECURSIVE i(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i WHERE n < 1000)
  INSERT INTO store SELECT 'memories.u' || (n % 7), 'k' || n, '{"text":"' || n || '"}', datetime('now', '-2 days'), datetime('now', '-2 days'),
    CASE n % 4 WHEN 0 THEN NULL WHEN 1 THEN datetime('now', '-1 hour') WHEN 2 THEN strftime('%Y-%m-%d %H:%M:%f000+00:00', 'now', '-1 hour')
      ELSE datetime('now', '+1 hour') END, 60.0 FROM i;
  INSERT INTO store_vectors(prefix, key, field_name, embedding) SELECT prefix, key, 'text', randomblob(64) FROM store;`;

describe('LangGraph', () => {
  it('expired items take their vectors along, in both text forms of the time', async () => {
    const path = made(LANGGRAPH);
    const done = await performed(path, purgeOf('expired', 'langgraph-store:store'));
    const db = connect(path);
    expect(done.rows).toBe(500);
    expect(count(db, 'SELECT count(*) FROM store')).toBe(500);
    expect(count(db, 'SELECT count(*) FROM store_vectors')).toBe(500);
    expect(db.pragma('foreign_key_check')).toEqual([]);
  });

  it('vectors that the TTL sweep left behind are counted and removed', async () => {
    const path = made(LANGGRAPH);
    const db = connect(path);
    db.pragma('foreign_keys = OFF');
    db.exec("DELETE FROM store WHERE expires_at < datetime('now')");
    const left = count(db, 'SELECT count(*) FROM store');
    const s = await snapshot(path);
    const set = s.memorySets.find((m) => m.id === 'langgraph-store:store');
    expect(set?.orphans).toEqual([{ table: 'store_vectors', rows: 1000 - left }]);
    const done = await performed(path, purgeOf('orphans', 'langgraph-store:store', { dependent: 'store_vectors' }), {
      batchRows: 90,
    });
    expect(done.rows).toBe(1000 - left);
    expect(count(db, 'SELECT count(*) FROM store_vectors')).toBe(left);
    expect(done.last).toMatchObject({ verified: expect.stringContaining('foreign keys: no violation') });
  });
});

describe('neural-memory', () => {
  /** Expires some memories; the application writes naive UTC text. */
  const expire = (path: string, condition: string): number => {
    const db = connect(path);
    db.function('cjk_spaced', { deterministic: true }, cjkSpaced);
    // Memories of a type have no summary in the fixture, and only summaries are in the full-text index.
    db.exec("UPDATE fibers SET summary = 'rust 起源世界 ' || id WHERE coalesce(summary, '') = ''");
    db.exec('UPDATE typed_memories SET expires_at = NULL');
    const n = db
      .prepare(`UPDATE typed_memories SET expires_at = '2026-01-01T10:00:00.123456' WHERE ${condition}`)
      .run().changes;
    db.close();
    return n;
  };
  const words = (path: string): number => {
    const db = connect(path);
    db.exec("CREATE VIRTUAL TABLE temp.w USING fts5vocab('main', 'fibers_fts', 'instance')");
    const n = count(
      db,
      'SELECT count(*) FROM (SELECT DISTINCT doc FROM temp.w) WHERE doc NOT IN (SELECT rowid FROM fibers)',
    );
    db.close();
    return n;
  };

  it('4.62: an expired memory goes whole, through the triggers, and the full-text index stays sound', async () => {
    const path = copied('neural-memory-4.62-multibrain.db');
    const expired = expire(path, 'rowid % 2 = 0');
    const db = connect(path);
    const hanging = count(
      db,
      'SELECT count(*) FROM fiber_neurons f JOIN typed_memories t USING (brain_id, fiber_id) WHERE t.rowid % 2 = 0',
    );
    const before = ['fibers', 'fiber_neurons', 'neurons'].map((t) => count(db, `SELECT count(*) FROM ${t}`));
    const done = await performed(path, purgeOf('expired', 'neural-memory:typed_memories'), {
      batchRows: 40,
      archive: true,
    });
    expect(expired).toBeGreaterThan(150);
    expect(hanging).toBeGreaterThan(expired);
    expect(done.rows).toBe(expired);
    expect(count(db, 'SELECT count(*) FROM fibers')).toBe((before[0] as number) - expired);
    expect(count(db, 'SELECT count(*) FROM fiber_neurons')).toBe((before[1] as number) - hanging);
    expect(count(db, 'SELECT count(*) FROM neurons')).toBe(before[2]);
    expect(db.pragma('foreign_key_check')).toEqual([]);
    expect(words(path)).toBe(0);
    db.exec("INSERT INTO fibers_fts(fibers_fts, rank) VALUES ('integrity-check', 0)");
    expect(done.last).toMatchObject({ verified: expect.stringContaining('fibers_fts: no word of a row that is gone') });
    expect(new Set(done.removed.map((r) => r.place))).toContain('fiber_neurons');
  });

  it('0.4.0 has no full-text index and needs no function', async () => {
    const path = copied('neural-memory-0.4.0-schema1.db');
    const db = connect(path);
    db.exec(`INSERT INTO typed_memories(fiber_id, brain_id, memory_type, provenance, expires_at, created_at)
      SELECT id, brain_id, 'todo', '{}', CASE rowid % 3 WHEN 0 THEN '2026-01-01T10:00:00.5' END, created_at FROM fibers`);
    const synapses = count(db, 'SELECT count(*) FROM synapses');
    const done = await performed(path, purgeOf('expired', 'neural-memory:typed_memories'));
    expect(done.rows).toBe(50);
    expect(count(db, 'SELECT count(*) FROM fibers')).toBe(100);
    expect(count(db, 'SELECT count(*) FROM fibers WHERE rowid % 3 = 0')).toBe(0);
    expect(count(db, 'SELECT count(*) FROM synapses')).toBe(synapses);
    expect(db.pragma('foreign_key_check')).toEqual([]);
  });

  it('a trigger that calls a function nobody knows: refused before anything', async () => {
    const path = copied('neural-memory-4.62-multibrain.db');
    expire(path, 'rowid % 2 = 0');
    connect(path).exec(
      'CREATE TRIGGER mine AFTER DELETE ON fiber_neurons BEGIN SELECT house_rules(old.neuron_id); END',
    );
    const e = await failure(() => performed(path, purgeOf('expired', 'neural-memory:typed_memories')));
    expect(e).toMatchObject({ kind: 'store-error', code: 'unknown-function', exit: 5 });
    expect(e.message).toContain('house_rules()');
    expect(count(connect(path), 'SELECT count(*) FROM fibers')).toBe(
      count(connect(copied('neural-memory-4.62-multibrain.db')), 'SELECT count(*) FROM fibers'),
    );
  });

  it('cjk_spaced puts blanks around ideographs of every plane, and nowhere else', () => {
    expect([null, '', 'abc é', '東京tower', '𠀀x', 'ひらがな'].map(cjkSpaced)).toEqual([
      null,
      '',
      'abc é',
      ' 東  京 tower',
      ' 𠀀 x',
      'ひらがな',
    ]);
  });
});

describe('vectors in a vec0 table', () => {
  const memories = (): string => {
    const path = join(directory(), 'mcp.db');
    const db = connect(path);
    sqliteVec.load(db);
    db.exec(`CREATE TABLE memories (id INTEGER PRIMARY KEY AUTOINCREMENT, content_hash TEXT UNIQUE NOT NULL, content TEXT NOT NULL, tags TEXT,
      memory_type TEXT, metadata TEXT, created_at REAL, updated_at REAL, created_at_iso TEXT, updated_at_iso TEXT, deleted_at REAL DEFAULT NULL);
      CREATE VIRTUAL TABLE memory_embeddings USING vec0(content_embedding FLOAT[8] distance_metric=cosine);`);
    const row = db.prepare(
      "INSERT INTO memories(id, content_hash, content, memory_type, created_at, created_at_iso) VALUES (?, ?, ?, 'note', ?, 'x')",
    );
    const vector = db.prepare('INSERT INTO memory_embeddings(rowid, content_embedding) VALUES (?, ?)');
    for (let i = 1; i <= 300; i++) {
      row.run(i, `h${i}`, `text ${i}`, i % 2 === 0 ? 1_600_000_000 : Date.now() / 1000);
      vector.run(BigInt(i), new Float32Array(8).fill(i));
    }
    db.close();
    return path;
  };

  it('go with their rows', async () => {
    const path = memories();
    const done = await performed(
      path,
      purgeOf('retention', 'mcp-memory-service:memories', { olderThanSeconds: 86_400 }),
      {
        batchRows: 40,
      },
    );
    expect(done.rows).toBe(150);
    const db = connect(path);
    expect(count(db, 'SELECT count(*) FROM memory_embeddings_rowids')).toBe(150);
    expect(
      count(db, 'SELECT count(*) FROM memory_embeddings_rowids WHERE rowid NOT IN (SELECT id FROM memories)'),
    ).toBe(0);
  });

  it('and a full-text index that no trigger looks after is told, and told again by undo', async () => {
    const path = memories();
    const db = connect(path);
    db.exec(`CREATE VIRTUAL TABLE memory_content_fts USING fts5(content, content='memories', content_rowid='id', tokenize='trigram');
      INSERT INTO memory_content_fts(rowid, content) SELECT id, content FROM memories WHERE id % 3 > 0`);
    const found = db
      .prepare(`SELECT group_concat(rowid) FROM memory_content_fts WHERE memory_content_fts MATCH '"text 1"'`)
      .pluck();
    const before = found.get();
    const done = await performed(
      path,
      purgeOf('retention', 'mcp-memory-service:memories', { olderThanSeconds: 86_400 }),
      { archive: true, batchRows: 40 },
    );
    expect(done.rows).toBe(150);
    expect(done.last).toMatchObject({
      verified: expect.stringContaining('memory_content_fts: no word of a row that is gone'),
    });
    expect(count(db, 'SELECT count(*) FROM memory_content_fts_docsize')).toBe(100);
    expect(
      String(found.get())
        .split(',')
        .every((id) => Number(id) % 2 === 1),
    ).toBe(true);
    await withMaintenance(path, async (m) => {
      for await (const e of m.restore(throughJson(done.removed), context())) expect(e.state).not.toBe('conflict');
    });
    expect(found.get()).toBe(before);
    db.exec("INSERT INTO memory_content_fts(memory_content_fts, rank) VALUES ('integrity-check', 0)");
  });

  it('without a row are counted and removed', async () => {
    const path = memories();
    connect(path).exec('DELETE FROM memories WHERE id <= 100');
    const s = await snapshot(path);
    const set = s.memorySets.find((m) => m.id === 'mcp-memory-service:memories');
    expect(set?.orphans).toEqual([{ table: 'memory_embeddings', rows: 100 }]);
    const done = await performed(
      path,
      purgeOf('orphans', 'mcp-memory-service:memories', { dependent: 'memory_embeddings' }),
      {
        archive: true,
        batchRows: 30,
      },
    );
    expect(done.rows).toBe(100);
    expect(done.removed).toHaveLength(100);
    expect(count(connect(path), 'SELECT count(*) FROM memory_embeddings_rowids')).toBe(200);
  });
});

it('a set that goes with others is not purged by itself', async () => {
  const path =
    made(`CREATE TABLE memories (id INTEGER PRIMARY KEY, content_hash TEXT, content TEXT, memory_type TEXT, created_at REAL, created_at_iso TEXT, deleted_at REAL);
    CREATE TABLE memory_graph (source_hash TEXT, target_hash TEXT, similarity REAL, connection_types TEXT, metadata TEXT, created_at REAL, relationship_type TEXT);`);
  const e = await failure(() =>
    performed(path, purgeOf('retention', 'mcp-memory-service:memory_graph', { olderThanSeconds: 1 })),
  );
  expect(e).toMatchObject({ kind: 'store-error', code: 'set-read-only', exit: 5 });
});

it('a table of the name of a set that must not be purged is left alone', async () => {
  const path = copied('mneme-v1-sqlite.db');
  const e = await failure(() => performed(path, purgeOf('expired', 'mneme:nothing')));
  expect(e).toMatchObject({ kind: 'store-error', code: 'set-gone', exit: 5 });
});

it('a store that was opened to write and only asked is not changed', async () => {
  const path = copied('neural-memory-0.4.0-schema1.db');
  const before = traces(path);
  await using store = await openStore(Target.parse(`sqlite:${path}`), { mode: 'write' });
  const s = await store.snapshot({ now: new Date() });
  await store.maintenance?.conditions([purgeOf('expired', 'neural-memory:typed_memories')]);
  expect(s.capabilities).toContain('write');
  expect(traces(path)).toEqual(before);
  expect(readFileSync(path).length).toBeGreaterThan(0);
});
