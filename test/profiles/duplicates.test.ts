/** What profiles and maps say about duplicates: what makes rows comparable, which one stays, how the other one is marked. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as sqliteVec from 'sqlite-vec';
import { describe, expect, it } from 'vitest';
import { readCatalog } from '../../src/adapters/sqlite/read-catalog.ts';
import {
  detectedProfile,
  detectProfiles,
  inactiveMarks,
  type Match,
  mapProfile,
  PROFILES,
  type SetProfile,
  setDigest,
  supersedeText,
} from '../../src/profiles/index.ts';
import type { Catalog } from '../../src/store/index.ts';
import { connect, copied, directory, fixture, made } from '../adapters/sqlite/temporary-store.ts';

function matchesOf(path: string, map?: unknown): readonly Match[] {
  const db = connect(path);
  sqliteVec.load(db);
  const { catalog } = readCatalog(db);
  db.close();
  return detectProfiles(catalog, undefined, map === undefined ? undefined : mapProfile(map, 'map')).matches;
}

function set(path: string, table: string, map?: unknown): SetProfile {
  const found = matchesOf(path, map)
    .flatMap((m) => m.sets)
    .find((s) => s.table === table);
  if (found === undefined) throw new Error(`no set ${table}`);
  return found;
}

function fromSchema(name: string): string {
  const path = join(directory(), 'store.db');
  const db = connect(path);
  sqliteVec.load(db);
  db.exec(readFileSync(fixture(`ddl/${name}.sql`), 'utf8'));
  db.close();
  return path;
}

describe('known systems', () => {
  it('mcp-memory-service marks as its own delete does, and the vector and the edges go', () => {
    const memories = set(fromSchema('mcp_memory_service_sqlite'), 'memories');
    expect(memories.kind).toEqual([{ column: 'memory_type' }]);
    expect(memories.supersede?.set).toEqual([{ column: { column: 'deleted_at' }, to: { now: 'epoch-s' } }]);
    expect(memories.supersede?.dependents?.map((d) => [d.table, d.how, d.on])).toEqual([
      ['memory_embeddings', 'vec0', { rowid: 'id' }],
      ['memory_graph', 'delete', { source_hash: 'content_hash' }],
      ['memory_graph', 'delete', { target_hash: 'content_hash' }],
    ]);
    expect(memories.rank?.edges).toEqual({
      table: 'memory_graph',
      on: [{ source_hash: 'content_hash' }, { target_hash: 'content_hash' }],
    });
    expect(supersedeText(memories.supersede as NonNullable<SetProfile['supersede']>)).toBe(
      'deleted_at = now (epoch-s); its rows of memory_embeddings and memory_graph go',
    );
  });

  it('a release without the column has no such mark, and its rank keeps what is there', () => {
    const path =
      made(`CREATE TABLE memories (id INTEGER PRIMARY KEY, content_hash TEXT, content TEXT, memory_type TEXT, metadata TEXT, created_at REAL, updated_at REAL, created_at_iso TEXT);
      CREATE TABLE memory_embeddings (x)`);
    const memories = set(path, 'memories');
    expect(memories.supersede).toBeUndefined();
    expect(Object.keys(memories.rank ?? {})).toEqual(['accesses', 'updated']);
  });

  it('neurons are never marked: fibers reach their memory through them', () => {
    const neurons = set(copied('neural-memory-4.62-multibrain.db'), 'neurons');
    expect(neurons.readOnly).toBeDefined();
    expect(neurons.supersede).toBeUndefined();
    expect(inactiveMarks(neurons).map((m) => [m.value, m.says])).toEqual([
      ['superseded', 'superseded'],
      ['expired', 'expired'],
    ]);
    expect(neurons.rank?.edges?.on).toHaveLength(2);
    // Schema 1 has neither frozen nor updated_at.
    const first = set(copied('neural-memory-0.4.0-schema1.db'), 'neurons');
    expect(Object.keys(first.rank ?? {})).toEqual(['edges']);
  });

  it('only a system whose own software marks rows has such a rule, and says where that was read', () => {
    const rules = PROFILES.flatMap((p) =>
      p.sets.flatMap((s) => (s.supersede === undefined ? [] : [[p.id, s.supersede]])),
    );
    expect(rules.map(([id]) => id)).toEqual(['mcp-memory-service']);
    for (const [, rule] of rules) expect((rule as { source: string }).source).toMatch(/\.py/);
  });

  it('detect tells them', () => {
    const [match] = matchesOf(fromSchema('mcp_memory_service_sqlite'));
    const columns = detectedProfile(match as Match, null).mapping.find((m) => m.table === 'memories')?.columns;
    expect(columns).toMatchObject({
      kind: 'memory_type',
      'kept first': 'confidence, metadata->access_count, rows of memory_graph, updated_at',
      'superseded as': 'deleted_at = now (epoch-s); its rows of memory_embeddings and memory_graph go',
    });
  });
});

const TABLE = `CREATE TABLE facts (id TEXT PRIMARY KEY, who TEXT, says TEXT, emb BLOB, state TEXT, gone BOOLEAN, gone_at INTEGER,
  heir TEXT, at INTEGER, sort TEXT, extra TEXT)`;
const BASE = { table: 'facts', namespace: 'who', text: 'says', embedding: 'emb' };
const mapped = (more: object, sql: string = TABLE): SetProfile => set(made(sql), 'facts', { ...BASE, ...more });

describe('maps', () => {
  it('status, with the row that stays and the time', () => {
    const facts = mapped({
      status: 'state',
      superseded: 'old',
      supersededBy: 'heir',
      supersededAt: 'at',
      supersededAtUnit: 'ms',
      kind: ['sort', 'extra->model'],
    });
    expect(facts.supersede?.set).toEqual([
      { column: { column: 'state' }, to: { value: 'old' } },
      { column: { column: 'heir' }, to: { survivor: true } },
      { column: { column: 'at' }, to: { now: 'epoch-ms' } },
    ]);
    expect(inactiveMarks(facts)).toEqual([{ ref: { column: 'state' }, value: 'old', says: 'superseded' }]);
    expect(facts.kind).toEqual([{ column: 'sort' }, { json: 'extra', path: 'model' }]);
  });

  it('a flag, which SQLite keeps as a number and PostgreSQL as a boolean', () => {
    const facts = mapped({ deleted: 'gone' });
    expect(facts.supersede?.set).toEqual([{ column: { column: 'gone' }, to: { value: 1 } }]);
    expect(inactiveMarks(facts)).toEqual([{ ref: { column: 'gone' }, value: '1', says: 'deleted' }]);
    const column = (name: string, type: string, primaryKey = 0): Catalog['tables'][number]['columns'][number] => ({
      name,
      type,
      notNull: false,
      primaryKey,
    });
    const catalog: Catalog = {
      scheme: 'postgres',
      triggers: [],
      tables: [
        {
          name: 'facts',
          schema: 'public',
          kind: 'table',
          module: null,
          shadows: [],
          columns: [
            column('id', 'uuid', 1),
            ...['who', 'says', 'emb'].map((n) => column(n, 'text')),
            column('gone', 'boolean'),
            column('at', 'timestamp with time zone'),
          ],
        },
      ],
    };
    const sets = (more: object): SetProfile | undefined =>
      detectProfiles(catalog, undefined, mapProfile({ ...BASE, ...more }, 'map')).matches[0]?.sets[0];
    expect(sets({ deleted: 'gone' })?.supersede?.set).toEqual([{ column: { column: 'gone' }, to: { value: true } }]);
    expect(sets({ deleted: 'gone' })?.deletedValue).toBe('true');
    expect(sets({ deleted: 'at' })?.supersede?.set).toEqual([{ column: { column: 'at' }, to: { now: 'native' } }]);
  });

  it('a time of deletion whose unit nobody said is read, and not written', () => {
    const silent = mapped({ deleted: 'gone_at' });
    expect(silent.softDeleted).toBe('gone_at');
    expect(silent.supersede).toBeUndefined();
    expect(mapped({ deleted: 'gone_at', deletedUnit: 's' }).supersede?.set).toEqual([
      { column: { column: 'gone_at' }, to: { now: 'epoch-s' } },
    ]);
  });

  it('the row that stays alone is a mark as well', () => {
    const facts = mapped({ supersededBy: 'heir' });
    expect(facts.supersede?.set).toEqual([{ column: { column: 'heir' }, to: { survivor: true } }]);
    expect(inactiveMarks(facts)).toEqual([{ ref: { column: 'heir' }, says: 'superseded' }]);
  });

  it('needs one column to name the row that stays, and a unit to write a time', () => {
    expect(() => mapped({ supersededBy: 'heir', id: ['who', 'id'] })).toThrow(
      'map: facts: supersededBy names the row that stays, and its key has 2 columns (who, id)',
    );
    expect(() => mapped({ supersededBy: 'heir', supersededAt: 'at' })).toThrow(
      'map: facts: supersededAtUnit is needed: at is integer, which says no unit',
    );
    expect(() => mapped({ supersededBy: 'hair' })).toThrow('the table has no column hair; did you mean heir?');
  });

  it('another convention or another kind is another reading', () => {
    const readings = [
      {},
      { kind: 'sort' },
      { deleted: 'gone' },
      { supersededBy: 'heir' },
      { status: 'state', superseded: 'old' },
      { status: 'state', superseded: 'older' },
      { deleted: 'gone_at' },
      { deleted: 'gone_at', deletedUnit: 's' },
    ].map((more) => setDigest(mapped(more)));
    expect(new Set(readings).size).toBe(readings.length);
  });
});
