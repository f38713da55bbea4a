import { beforeAll, describe, expect, it } from 'vitest';
import type { Snapshot } from '../../../src/store/index.ts';
import { freshDatabase } from '../../servers/fresh-database.ts';
import { asRole, refusal, scanned, snapshot, sql, structure } from './pg-store.ts';

let url = '';
const database = (): string => new URL(url).pathname.slice(1);
/** Roles belong to the whole server: they carry the database's name. */
const role = (name: string): string => `${database()}_${name}`;

beforeAll(async () => {
  url = await freshDatabase();
  await sql(
    url,
    'CREATE EXTENSION vector',
    'CREATE EXTENSION pgstattuple',
    'CREATE EXTENSION pageinspect',
    'CREATE TABLE memories (id int PRIMARY KEY, user_id text, content text, embedding vector(3), tsv tsvector)',
    `INSERT INTO memories SELECT i, 'u' || i % 4, 'text', '[1,2,3]', to_tsvector('simple', 'w' || i) FROM generate_series(1, 400) AS i`,
    'CREATE INDEX memories_gin ON memories USING gin (tsv)',
    'CREATE INDEX memories_hnsw ON memories USING hnsw (embedding vector_l2_ops)',
    'ANALYZE memories',
    `CREATE ROLE ${role('nothing')} LOGIN`,
    `CREATE ROLE ${role('monitor')} LOGIN IN ROLE pg_monitor`,
    `CREATE ROLE ${role('reader')} LOGIN`,
    `CREATE ROLE ${role('scanner')} LOGIN IN ROLE pg_stat_scan_tables`,
    `GRANT SELECT ON memories TO ${role('reader')}, ${role('scanner')}`,
  );
  // The database, and with it every grant, is gone by then.
  return async () => {
    const roles = ['nothing', 'monitor', 'reader', 'scanner'].map(role);
    await sql(url.replace(/\/[^/]*$/, '/postgres'), `DROP ROLE ${roles.join(', ')}`);
  };
});

const as = async (name: string, exact = true): Promise<Snapshot> => await snapshot(asRole(url, role(name)), { exact });

describe('a role without SELECT', () => {
  it.each(['nothing', 'monitor'])('%s: sizes, and no count that looks whole', async (name) => {
    const s = await as(name);
    const [set] = s.memorySets;
    expect(set).toMatchObject({
      rows: 0,
      hidden: { grant: expect.stringContaining(`GRANT SELECT ON "public"."memories" TO "${role(name)}"`) },
    });
    expect(s.notes).toContainEqual(
      expect.objectContaining({ code: 'rows-hidden', level: 'unmeasured', subject: set?.id }),
    );
    const heap = structure(s, 'heap:public.memories');
    expect(heap.bytes).toBeGreaterThan(0);
    expect(heap.facts).toMatchObject({ statistics: { state: 'invisible' } });
    expect(heap.withheld).toContainEqual(
      expect.objectContaining({ what: 'statistics', grant: expect.stringContaining('GRANT SELECT') }),
    );
    expect(structure(s, 'btree:public.memories_pkey').facts).toMatchObject({ keys: null });
  });

  it('cannot scan, and is told what it lacks', async () => {
    const set = 'generic:public.memories';
    expect(await refusal(scanned(asRole(url, role('nothing')), { set, fields: ['text'] }))).toContain(
      'may not read public.memories',
    );
  });

  it('the grant that is named settles it', async () => {
    const before = (await as('nothing')).memorySets[0]?.hidden?.grant ?? '';
    await sql(url, before);
    const s = await as('nothing');
    expect(s.memorySets[0]).toMatchObject({ rows: 400 });
    expect(s.memorySets[0]).not.toHaveProperty('hidden');
    expect(structure(s, 'heap:public.memories').facts).toMatchObject({ statistics: { state: 'present' } });
    await sql(url, `REVOKE SELECT ON memories FROM ${role('nothing')}`);
  });
});

describe('measuring functions', () => {
  const what = (s: Snapshot, id: string): unknown[] => (structure(s, id).withheld ?? []).map((w) => [w.what, w.grant]);

  it('are not called without the grant, which is named', async () => {
    const s = await as('reader');
    const grant = `GRANT pg_stat_scan_tables TO "${role('reader')}"`;
    expect(what(s, 'heap:public.memories')).toEqual([
      ['free space map', 'CREATE EXTENSION pg_freespacemap'],
      ['dead space', grant],
    ]);
    expect(what(s, 'btree:public.memories_pkey')).toEqual([['leaf density', grant]]);
    expect(what(s, 'gin:public.memories_gin')).toEqual([
      ['pending list', grant],
      ['free pages', 'CREATE EXTENSION pg_freespacemap'],
      ['page sample', undefined],
    ]);
    expect(what(s, 'hnsw:public.memories_hnsw')).toEqual([['page sample', undefined]]);
    expect(s.capabilities).not.toContain('unused-bytes');
  });

  it('the grant brings the figures', async () => {
    const s = await as('scanner');
    expect(s.capabilities).toContain('unused-bytes');
    expect(structure(s, 'heap:public.memories').facts).toMatchObject({
      tuples: { method: 'pgstattuple', liveRows: 400 },
    });
    expect(structure(s, 'btree:public.memories_pkey').facts).toMatchObject({ pages: { leaf: expect.any(Number) } });
    expect(structure(s, 'gin:public.memories_gin').facts).toMatchObject({ pendingPages: 0, sample: null });
  });

  it('nothing is missed that was not asked for', async () => {
    const s = await as('reader', false);
    expect(structure(s, 'btree:public.memories_pkey')).not.toHaveProperty('withheld');
    expect(structure(s, 'hnsw:public.memories_hnsw')).not.toHaveProperty('withheld');
  });
});

describe('row-level security', () => {
  it('a filtered count says that it is one', async () => {
    await sql(
      url,
      'ALTER TABLE memories ENABLE ROW LEVEL SECURITY',
      `CREATE POLICY mine ON memories FOR SELECT TO ${role('reader')} USING (user_id = 'u1')`,
    );
    const s = await as('reader');
    expect(s.memorySets[0]).toMatchObject({
      rows: 100,
      hidden: {
        why: expect.stringContaining('row-level security is active'),
        grant: `ALTER ROLE "${role('reader')}" BYPASSRLS`,
      },
    });
    // Statistics are hidden with the rows: what is said of the table rests on nothing that was filtered.
    const heap = structure(s, 'heap:public.memories');
    expect(heap.facts).toMatchObject({ statistics: { state: 'invisible' } });
    expect(heap.rows).toBe(400);
    // The owner is not held to it.
    expect((await snapshot(url)).memorySets[0]).not.toHaveProperty('hidden');
    await sql(url, 'DROP POLICY mine ON memories', 'ALTER TABLE memories DISABLE ROW LEVEL SECURITY');
  });
});
