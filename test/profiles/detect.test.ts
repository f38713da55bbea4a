import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as sqliteVec from 'sqlite-vec';
import { describe, expect, it } from 'vitest';
import { columnRefText, PROFILE_IDS, PROFILES } from '../../src/profiles/index.ts';
import type { DetectedProfile, Snapshot } from '../../src/store/index.ts';
import { connect, directory, fixture, made, snapshot } from '../adapters/sqlite/temporary-store.ts';

function fromSchemas(...names: string[]): string {
  const path = join(directory(), 'store.db');
  const db = connect(path);
  sqliteVec.load(db);
  for (const name of names) db.exec(readFileSync(fixture(`ddl/${name.replaceAll('-', '_')}.sql`), 'utf8'));
  db.close();
  return path;
}

const ids = (s: Snapshot): string[] => s.profiles.map((p) => p.id);
const found = (s: Snapshot, id: string): DetectedProfile => s.profiles.find((p) => p.id === id) as DetectedProfile;

describe('each known schema is recognised, alone', () => {
  it.each([
    ['chroma-sqlite', ['chroma']],
    ['claude-mem-sqlite', ['claude-mem']],
    ['langgraph-sqlite', ['langgraph-store', 'langgraph-checkpoints', 'langgraph-cache']],
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
    expect(ids(s).sort()).toEqual([
      'langgraph-cache',
      'langgraph-checkpoints',
      'langgraph-store',
      'mastra',
      'openclaw',
    ]);
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
    evidence: [
      { subject: '--profile', message: 'named by the user' },
      { subject: 'vectors', message: 'has id, vector, payload' },
      { subject: 'memory_history', message: 'has memory_id, previous_value, new_value, action' },
    ],
  });
});

describe('all known schemas in one file', () => {
  const of = (profile: string, ...tables: string[]): [string, string][] => tables.map((t) => [t, profile]);
  const EXPECTED: Readonly<Record<string, string>> = Object.fromEntries([
    ...of(
      'chroma',
      'migrations',
      'tenants',
      'databases',
      'collections',
      'collection_metadata',
      'segments',
      'segment_metadata',
      'embeddings',
      'embedding_metadata',
      'embedding_metadata_array',
      'embedding_fulltext_search',
      'max_seq_id',
      'embeddings_queue',
      'embeddings_queue_config',
      'maintenance_log',
    ),
    ...of(
      'claude-mem',
      'schema_versions',
      'sdk_sessions',
      'observations',
      'session_summaries',
      'user_prompts',
      'pending_messages',
      'tool_uses',
      'observations_fts',
      'user_prompts_fts',
    ),
    ...of('langgraph-store', 'store_migrations', 'vector_migrations', 'store', 'store_vectors'),
    ...of('langgraph-checkpoints', 'checkpoints', 'writes'),
    ...of('langgraph-cache', 'cache'),
    ...of('mastra', 'mastra_threads', 'mastra_messages', 'mastra_resources', 'memory_messages'),
    ...of('mcp-memory-service', 'metadata', 'memories', 'memory_embeddings', 'memory_content_fts', 'memory_graph'),
    ...of('mem0-history', 'history', 'messages'),
    ...of('mem0-vectors', 'vectors', 'memory_migrations', 'memory_history'),
    ...of('open-webui', 'memory'),
    ...of(
      'openclaw',
      'memory_index_meta',
      'memory_index_state',
      'memory_index_sources',
      'memory_index_chunks',
      'memory_index_chunk_recall_metadata',
      'memory_index_chunk_provenance',
      'memory_embedding_cache',
    ),
  ]);

  it('every table is given to its system, and an ordinary one to none', async () => {
    const files = readdirSync(fixture('ddl')).filter((f) => /_(sqlite|libsql)\.sql$/.test(f));
    expect(files.length).toBe(8);
    const path = fromSchemas(...files.map((f) => f.replace('.sql', '')));
    connect(path).exec('CREATE TABLE invoices(id, total)');
    const s = await snapshot(path);
    const found = s.profiles.flatMap((p) => p.tables.map((t) => [t, p.id] as const));
    expect(new Set(found.map(([t]) => t)).size).toBe(found.length);
    expect(Object.fromEntries(found)).toEqual(EXPECTED);
    expect(s.unrecognised).toEqual(['invoices']);
  });

  it('systems whose tables are called alike, in one file', async () => {
    const path = fromSchemas('mem0-sqlite');
    connect(path).exec(`DROP TABLE vectors;
      CREATE TABLE memories(id text primary key, user_id text, content text, simhash text, primary_sector text, salience real, decay_lambda real, created_at integer);
      CREATE TABLE vectors(id text, sector text, user_id text, v blob, dim integer, primary key(id, sector));
      CREATE TABLE waypoints(src_id text, dst_id text, user_id text, weight real, created_at integer); CREATE TABLE stats(id integer primary key, type text, count integer, ts integer);
      CREATE TABLE temporal_facts(id text primary key, subject text, predicate text, object text, valid_from integer, valid_to integer);
      CREATE TABLE entity(id integer primary key, permalink text, file_path text, checksum text, content_type text, title text, project_id integer);
      CREATE TABLE observation(id integer primary key, project_id integer, entity_id integer, content text, category text);
      CREATE TABLE relation(id integer primary key, project_id integer, from_id integer, to_id integer, relation_type text); CREATE TABLE users(id, email)`);
    const s = await snapshot(path);
    expect(found(s, 'openmemory').tables).toEqual(['memories', 'waypoints', 'temporal_facts', 'vectors', 'stats']);
    expect(found(s, 'mem0-vectors').tables).toEqual(['memory_history', 'memory_migrations']);
    expect(found(s, 'basic-memory').tables).toEqual(['entity', 'observation', 'relation']);
    expect(s.unrecognised).toEqual(['users']);
    expect(s.memorySets.filter((m) => m.table === 'temporal_facts')).toMatchObject([{ ttl: null }]);
  });

  it('Letta on SQLite is the same system', async () => {
    const s = await snapshot(
      made(`CREATE TABLE block(id, label, value, organization_id); CREATE TABLE archives(id, name, organization_id, vector_db_provider);
        CREATE TABLE archival_passages(id, text, embedding_config, metadata_, embedding BLOB, organization_id, archive_id, created_at, is_deleted)`),
    );
    expect(found(s, 'letta')).toMatchObject({ variant: 'archives', confidence: 0.95 });
  });
});

describe('the profiles themselves', () => {
  it('are told apart by id and engine, cite a source, and state versions in tables of their own', () => {
    expect(new Set(PROFILE_IDS).size).toBe(PROFILE_IDS.length);
    const named = PROFILES.flatMap((p) => p.schemes.map((s) => `${p.id} ${s}`));
    expect(new Set(named).size).toBe(named.length);
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

  it('never take a period of validity for an expiry', () => {
    const expiries = PROFILES.flatMap((p) =>
      p.sets.flatMap((s) => (s.ttl?.kind === 'at' ? [columnRefText(s.ttl.at.column)] : [])),
    );
    expect(new Set(expiries)).toEqual(new Set(['expires_at', 'expiry', 'payload->expiration_date']));
  });

  it('name, of what goes with a row, only keys of the row', () => {
    for (const p of PROFILES) {
      for (const s of p.sets) {
        const known = new Set([
          ...(s.id ?? []),
          ...(s.hash !== undefined && 'column' in s.hash ? [s.hash.column] : []),
        ]);
        for (const d of s.dependents ?? [])
          for (const c of Object.values(d.on)) expect(known, `${p.id} ${s.table} ${d.table}`).toContain(c);
      }
    }
  });
});
