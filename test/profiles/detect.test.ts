import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as sqliteVec from 'sqlite-vec';
import { describe, expect, it } from 'vitest';
import { PROFILE_IDS, PROFILES } from '../../src/profiles/index.ts';
import type { DetectedProfile, Snapshot } from '../../src/store/index.ts';
import { connect, directory, fixture, made, snapshot } from '../adapters/sqlite/temporary-store.ts';

function fromSchemas(...names: string[]): string {
  const path = join(directory(), 'store.db');
  const db = connect(path);
  sqliteVec.load(db);
  for (const name of names) db.exec(readFileSync(fixture(`schemas/${name}.sql`), 'utf8'));
  db.close();
  return path;
}

const ids = (s: Snapshot): string[] => s.profiles.map((p) => p.id);
const found = (s: Snapshot, id: string): DetectedProfile => s.profiles.find((p) => p.id === id) as DetectedProfile;

describe('each known schema is recognised, alone', () => {
  it.each([
    ['chroma-sqlite', ['chroma']],
    ['claude-mem-sqlite', ['claude-mem']],
    ['langgraph-sqlite', ['langgraph-store', 'langgraph-checkpoints']],
    ['mcp-memory-service-sqlite', ['mcp-memory-service']],
    ['mem0-sqlite', ['mem0-history', 'mem0-vectors']],
    ['openclaw-sqlite', ['openclaw']],
    ['mastra-libsql', ['mastra']],
    ['open-webui-sqlite', ['open-webui']],
  ])('%s', async (schema, expected) => {
    const s = await snapshot(fromSchemas(schema));
    expect(ids(s)).toEqual(expected);
    for (const p of s.profiles) {
      expect(p.evidence.length).toBeGreaterThan(0);
      expect(p.confidence).toBeGreaterThanOrEqual(0.7);
      expect(p.confidence).toBeLessThan(1);
    }
    // Every memory set it maps is counted, empty as it is.
    expect(s.memorySets.length).toBeGreaterThan(0);
    expect(s.memorySets.every((m) => m.rows === 0)).toBe(true);
  });

  it('the fixtures, by the version they state', async () => {
    expect(found(await snapshot(fixture('stores/mneme-v1-sqlite.db')), 'mneme').evidence[0]).toEqual({
      subject: 'schema_meta',
      message: 'states version 1',
    });
    const brain = found(await snapshot(fixture('stores/neural-memory-4.62-multibrain.db')), 'neural-memory');
    expect(brain.evidence.at(-1)).toEqual({ subject: 'fibers_ad', message: 'and 5 more triggers call cjk_spaced()' });
    expect(brain.hazards[0]).toContain('cjk_spaced()');
    const old = found(await snapshot(fixture('stores/neural-memory-0.4.0-schema1.db')), 'neural-memory');
    expect(old.hazards.join()).not.toContain('cjk_spaced');
  });
});

describe('several systems in one file', () => {
  it('are all found, and each table belongs to one', async () => {
    const s = await snapshot(fromSchemas('langgraph-sqlite', 'mastra-libsql', 'openclaw-sqlite'));
    expect(ids(s).sort()).toEqual(['langgraph-checkpoints', 'langgraph-store', 'mastra', 'openclaw']);
    const tables = s.profiles.flatMap((p) => p.tables);
    expect(new Set(tables).size).toBe(tables.length);
  });

  it('a vec0 table of a known system is its own; another one is reported beside it', async () => {
    const path = fromSchemas('mcp-memory-service-sqlite');
    const db = connect(path);
    sqliteVec.load(db);
    db.exec('CREATE VIRTUAL TABLE other USING vec0(e float[8]); CREATE TABLE notes(a)');
    db.close();
    const s = await snapshot(path);
    expect(ids(s)).toEqual(['mcp-memory-service', 'vec0']);
    expect(found(s, 'vec0').tables).toEqual(['other']);
    expect(s.unrecognised).toEqual(['notes']);
  });
});

describe('look-alikes', () => {
  it.each([
    [
      'entries without an embedding',
      'CREATE TABLE entries(id, namespace, query); CREATE TABLE schema_meta(key, value)',
    ],
    ['a table called store', 'CREATE TABLE store(id, name, address)'],
    [
      'a table called memory with more columns',
      'CREATE TABLE memory(id, user_id, content, updated_at, created_at, project)',
    ],
    ['checkpoints of something else', 'CREATE TABLE checkpoints(id, at); CREATE TABLE writes(id)'],
    ['a history', 'CREATE TABLE history(id, url, title, visited_at)'],
  ])('%s is nothing known', async (_what, sql) => {
    const s = await snapshot(made(sql));
    expect(s.profiles).toEqual([]);
    expect(s.unrecognised.length).toBeGreaterThan(0);
  });

  it("a messages table of another program is not mem0's", async () => {
    const s = await snapshot(
      made(
        'CREATE TABLE history(id, memory_id, old_memory, new_memory, event); CREATE TABLE messages(id, content, sender)',
      ),
    );
    expect(found(s, 'mem0-history').tables).toEqual(['history']);
    expect(s.unrecognised).toEqual(['messages']);
  });
});

describe('variants', () => {
  it('a LangGraph store from before ttl has none', async () => {
    const s = await snapshot(
      made(
        'CREATE TABLE store_migrations(v); CREATE TABLE store(prefix, key, value, created_at, updated_at); INSERT INTO store_migrations VALUES (0), (2), (1)',
      ),
    );
    expect(found(s, 'langgraph-store')).toMatchObject({ variant: 'without ttl columns', version: '2' });
    expect(s.memorySets[0]).toMatchObject({ ttl: null, vectors: null });
  });

  it('LangGraph expiry is compared as time, in both of its text forms', async () => {
    const path = fromSchemas('langgraph-sqlite');
    connect(path).exec(`INSERT INTO store(prefix, key, value, expires_at) VALUES
      ('u', 'a', '{}', '2026-11-20 23:59:59.999999+00:00'), ('u', 'b', '{}', '2026-11-21 00:00:00'), ('u', 'c', '{}', '2026-11-21 02:00:00.000000+03:00'),
      ('u', 'd', '{}', '2026-11-21 00:00:01'), ('u', 'e', '{}', NULL)`);
    const s = await snapshot(path);
    expect(s.memorySets.find((m) => m.table === 'store')?.ttl).toMatchObject({
      expired: 3,
      live: 1,
      never: 1,
      next: '2026-11-21T00:00:01.000Z',
    });
  });

  it('mem0 namespaces come out of JSON, malformed JSON included', async () => {
    const path = fromSchemas('mem0-sqlite');
    const db = connect(path);
    const add = db.prepare('INSERT INTO vectors VALUES (?, zeroblob(16), ?)');
    add.run('1', '{"user_id":"ann","data":"likes tea","createdAt":"2026-11-01T00:00:00Z"}');
    add.run('2', '{"user_id":"ann"}');
    add.run('3', 'not json');
    db.close();
    const set = (await snapshot(path)).memorySets.find((m) => m.table === 'vectors');
    expect(set?.namespaces?.top).toEqual([
      { namespace: 'ann', rows: 2 },
      { namespace: null, rows: 1 },
    ]);
    expect(set).toMatchObject({ textBytes: 3, ages: { oldest: '2026-11-01T00:00:00.000Z', unreadable: 2 } });
  });
});

it('--profile overrides what detection says', async () => {
  const path = fromSchemas('langgraph-sqlite', 'mem0-sqlite');
  const s = await snapshot(path, { profile: 'mem0-vectors' });
  expect(ids(s)).toEqual(['mem0-vectors']);
  expect(s.profiles[0]).toMatchObject({
    confidence: 1,
    evidence: [{ subject: '--profile', message: 'named by the user' }],
  });
});

describe('the profiles themselves', () => {
  it('have distinct ids, at most one primary set per table family, and only known tables in versions', () => {
    expect(new Set(PROFILE_IDS).size).toBe(PROFILE_IDS.length);
    for (const p of PROFILES) {
      expect(p.source, p.id).toMatch(/\S/);
      expect(p.sets.length, p.id).toBeGreaterThan(0);
      expect(
        p.hazards.every((h) => h.text.length > 20),
        p.id,
      ).toBe(true);
      const owned = [...p.sets.map((s) => s.table), ...p.alsoOwns];
      if (p.version !== undefined) expect(owned, p.id).toContain(p.version.table);
    }
  });

  it('are all described in docs/profiles.md', () => {
    const page = readFileSync(new URL('../../docs/profiles.md', import.meta.url), 'utf8');
    expect(PROFILE_IDS.filter((id) => !page.includes(`\`${id}\``))).toEqual([]);
  });
});
