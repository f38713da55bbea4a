/** What a match knows of removing rows, on real files: what hangs on a row, what must not go, what triggers need. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as sqliteVec from 'sqlite-vec';
import { describe, expect, it } from 'vitest';
import { readCatalog } from '../../src/adapters/sqlite/read-catalog.ts';
import { detectedProfile, detectProfiles, mapProfile, type SetProfile } from '../../src/profiles/index.ts';
import type { ProfileMap } from '../../src/store/index.ts';
import { connect, copied, directory, fixture, made } from '../adapters/sqlite/temporary-store.ts';

function set(path: string, table: string, o: { profile?: string; map?: ProfileMap } = {}): SetProfile {
  const db = connect(path);
  sqliteVec.load(db);
  const { catalog } = readCatalog(db);
  db.close();
  const sets = detectProfiles(catalog, o.profile, o.map).matches.flatMap((m) => m.sets);
  return sets.find((s) => s.table === table) as SetProfile;
}

function fromSchema(name: string, more = ''): string {
  const path = join(directory(), 'store.db');
  const db = connect(path);
  sqliteVec.load(db);
  db.exec(readFileSync(fixture(`ddl/${name.replaceAll('-', '_')}.sql`), 'utf8'));
  if (more !== '') db.exec(more);
  db.close();
  return path;
}

const BRAIN = 'neural-memory-4.62-multibrain.db';
const SCHEMA_1 = 'neural-memory-0.4.0-schema1.db';

describe('neural-memory', () => {
  it('an expired type takes its fiber after it, and all that hangs on the fiber', () => {
    const types = set(copied(BRAIN), 'typed_memories');
    expect(types.dependents?.map((d) => [d.table, d.how, d.after === true])).toEqual([
      ['fiber_neurons', 'engine', false],
      ['memory_maturations', 'engine', false],
      ['review_schedules', 'delete', false],
      ['compression_backups', 'delete', false],
      ['fibers', 'delete', true],
    ]);
    expect(types.dependents?.at(-1)?.on).toEqual({ brain_id: 'brain_id', id: 'fiber_id' });
    expect(types.functions).toEqual(['cjk_spaced']);
  });

  it('schema 1 has less to go along, and no function', () => {
    const types = set(copied(SCHEMA_1), 'typed_memories');
    expect(types.dependents?.map((d) => d.table)).toEqual(['fibers']);
    expect(types.functions).toBeUndefined();
  });

  it('neurons and synapses are named in lists, and stay', () => {
    for (const table of ['neurons', 'synapses']) expect(set(copied(BRAIN), table).readOnly).toContain('fibers name');
    expect(set(copied(BRAIN), 'fibers').readOnly).toBeUndefined();
  });

  it('in that order nothing dangles: no foreign key, no word of the full-text index', () => {
    const path = copied(BRAIN);
    const db = connect(path);
    db.pragma('foreign_keys = ON');
    const blanks = /[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]/gu;
    db.function('cjk_spaced', (t: unknown) => (typeof t === 'string' ? t.replace(blanks, ' $& ') : t));
    const types = set(path, 'typed_memories');
    db.exec(`CREATE TEMP TABLE gone AS SELECT brain_id, fiber_id FROM typed_memories WHERE rowid % 3 = 0`);
    const remove = (d: NonNullable<SetProfile['dependents']>[number]): void => {
      const keys = Object.entries(d.on)
        .map(([child, parent]) => `g."${parent}" = t."${child}"`)
        .join(' AND ');
      db.exec(`DELETE FROM "${d.table}" AS t WHERE EXISTS (SELECT 1 FROM gone g WHERE ${keys})`);
    };
    const hang = types.dependents ?? [];
    for (const d of hang.filter((d) => d.how === 'delete' && d.after !== true)) remove(d);
    db.exec(
      'DELETE FROM typed_memories AS t WHERE EXISTS (SELECT 1 FROM gone g WHERE g.brain_id = t.brain_id AND g.fiber_id = t.fiber_id)',
    );
    for (const d of hang.filter((d) => d.after === true)) remove(d);
    for (const d of hang) {
      const keys = Object.entries(d.on)
        .map(([child, parent]) => `g."${parent}" = t."${child}"`)
        .join(' AND ');
      expect(db.prepare(`SELECT count(*) FROM "${d.table}" t JOIN gone g ON ${keys}`).pluck().get(), d.table).toBe(0);
    }
    expect(db.pragma('foreign_key_check')).toEqual([]);
    db.exec("CREATE VIRTUAL TABLE temp.words USING fts5vocab('main', 'fibers_fts', 'instance')");
    const dangling =
      'SELECT count(*) FROM (SELECT DISTINCT doc FROM temp.words) WHERE doc NOT IN (SELECT rowid FROM fibers)';
    expect(db.prepare(dangling).pluck().get()).toBe(0);
    expect(db.prepare('SELECT count(*) FROM gone').pluck().get()).toBeGreaterThan(100);
    db.close();
  });
});

describe('what goes along', () => {
  it('mneme tells other processes, and evicts by last use', () => {
    expect(set(copied('mneme-v1-sqlite.db'), 'entries')).toMatchObject({
      evictionOrder: ['last_accessed_at', 'id'],
      signal: { table: 'multi_process_state', column: 'value', least: 100 },
      quota: { table: 'namespace_quotas' },
    });
  });

  it('LangGraph on SQLite leaves orphans; an old one without vectors has none to leave', () => {
    expect(set(fromSchema('langgraph-sqlite'), 'store').dependents).toEqual([
      { table: 'store_vectors', on: { prefix: 'prefix', key: 'key' }, how: 'delete', orphans: true },
    ]);
    const old = made('CREATE TABLE store_migrations(v); CREATE TABLE store(prefix, key, value, created_at)');
    expect(set(old, 'store').dependents).toBeUndefined();
  });

  it('mcp-memory-service: the vector by rowid, edges at both ends, the full-text row by a trigger where there is one', () => {
    const how = (path: string): unknown => set(path, 'memories').dependents?.map((d) => [d.table, d.how, d.on]);
    const rest = [
      ['memory_embeddings', 'vec0', { rowid: 'id' }],
      ['memory_graph', 'delete', { source_hash: 'content_hash' }],
      ['memory_graph', 'delete', { target_hash: 'content_hash' }],
    ];
    const name = 'mcp-memory-service-sqlite';
    expect(how(fromSchema(name))).toEqual([...rest, ['memory_content_fts', 'fts5', { rowid: 'id' }]]);
    const trigger =
      "CREATE TRIGGER ad AFTER DELETE ON memories BEGIN INSERT INTO memory_content_fts(memory_content_fts, rowid, content) VALUES ('delete', old.id, old.content); END";
    expect(how(fromSchema(name, trigger))).toEqual([...rest, ['memory_content_fts', 'engine', { rowid: 'id' }]]);
    // As older releases write it: the row is gone by then, and its words stay in the index.
    const useless =
      'CREATE TRIGGER ad AFTER DELETE ON memories BEGIN DELETE FROM memory_content_fts WHERE rowid = old.id; END';
    expect(how(fromSchema(name, useless))).toEqual([...rest, ['memory_content_fts', 'fts5', { rowid: 'id' }]]);
  });

  it.each([
    ['chroma-sqlite', ['embeddings', 'embeddings_queue', 'embedding_metadata']],
    ['claude-mem-sqlite', ['observations', 'session_summaries', 'user_prompts', 'pending_messages', 'tool_uses']],
    ['langgraph-sqlite', ['checkpoints', 'writes', 'store_vectors']],
    ['mastra-libsql', ['mastra_messages', 'mastra_threads', 'memory_messages']],
    ['open-webui-sqlite', ['memory']],
    ['openclaw-sqlite', ['memory_index_chunks']],
  ])('%s: rows that belong elsewhere, too, are never removed', (schema, tables) => {
    const path = fromSchema(schema);
    for (const t of tables) expect(set(path, t).readOnly, t).toMatch(/\w+ \w+/);
  });

  it('an unknown table is a guess, until the user says what it is', () => {
    const path = made('CREATE TABLE notes(id INTEGER PRIMARY KEY, user_id, body, created_at INTEGER, embedding BLOB)');
    expect(set(path, 'notes').readOnly).toContain('--map FILE');
    const db = connect(path);
    const { catalog } = readCatalog(db);
    db.close();
    const [match] = detectProfiles(catalog).matches;
    expect(detectedProfile(match as never, null).settle).toContain('--map FILE says what they mean');
    const map = mapProfile(
      {
        table: 'notes',
        namespace: 'user_id',
        text: 'body',
        created: 'created_at',
        createdUnit: 's',
        embedding: 'embedding',
      },
      '--map m',
    );
    expect(set(path, 'notes', { map })).toEqual({
      table: 'notes',
      role: 'memory',
      title: 'rows of notes',
      primary: true,
      id: ['id'],
      namespace: { column: 'user_id' },
      text: [{ column: 'body' }],
      created: { column: { column: 'created_at' }, format: 'epoch-s' },
      vectors: { where: 'column', column: 'embedding', scalar: 'float32' },
    });
  });

  it('a map expires by lifetime, by day, by a member of a JSON column', () => {
    const path = made('CREATE TABLE m(id INTEGER PRIMARY KEY, meta TEXT, at TEXT, days INTEGER)');
    const ttl = (o: object): unknown => set(path, 'm', { map: mapProfile({ table: 'm', ...o }, '--map m') }).ttl;
    expect(ttl({ created: 'at', ttl: 'days', ttlSeconds: 86_400 })).toEqual({
      kind: 'after',
      from: { column: { column: 'at' }, format: 'utc-text' },
      ttl: 'days',
      seconds: 86_400,
    });
    expect(ttl({ expires: 'meta->until', expiresUnit: 'date-text' })).toEqual({
      kind: 'at',
      at: { column: { json: 'meta', path: 'until' }, format: 'date-text' },
    });
    expect(() => ttl({ expires: 'days' })).toThrow('map: m: expiresUnit is needed: days is integer');
    expect(() => ttl({ created: 'days', ttl: 'days' })).toThrow('map: m: createdUnit is needed beside ttl');
  });

  it('a mapped table is taken from the system that would have claimed it', () => {
    const path = fromSchema('mem0-sqlite');
    const map = mapProfile({ table: 'vectors', embedding: 'vector' }, '--map m');
    const db = connect(path);
    const { catalog } = readCatalog(db);
    db.close();
    const { matches } = detectProfiles(catalog, undefined, map);
    expect(matches.map((m) => [m.profile.id, m.tables])).toEqual([
      ['map', ['vectors']],
      ['mem0-history', ['history', 'messages']],
      ['mem0-vectors', ['memory_history', 'memory_migrations']],
    ]);
  });
});
