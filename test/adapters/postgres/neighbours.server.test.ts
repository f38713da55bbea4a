import { beforeAll, describe, expect, it } from 'vitest';
import { postgresAdapter } from '../../../src/adapters/postgres/index.ts';
import { neighbours } from '../../../src/adapters/postgres/neighbours.ts';
import { readSets } from '../../../src/adapters/postgres/reading.ts';
import { openSession } from '../../../src/adapters/postgres/session.ts';
import {
  keyOf,
  type NeighbourPair,
  type NeighbourRequest,
  type ProfileMap,
  type ScanRow,
  Target,
} from '../../../src/store/index.ts';
import { freshDatabase } from '../../servers/fresh-database.ts';
import { refusal, sql } from './pg-store.ts';

const ROWS = 1500;
const map: ProfileMap = {
  tables: [
    { table: 'near', namespace: 'who', text: 'content', embedding: 'embedding', status: 'state', superseded: 'old' },
  ],
};

let url = '';
beforeAll(async () => {
  url = await freshDatabase();
  await sql(url, 'CREATE EXTENSION vector');
  await filled('near', 'bigint PRIMARY KEY');
  await sql(url, 'CREATE INDEX near_by_cosine ON near USING hnsw (embedding vector_cosine_ops)', 'ANALYZE near');
});

/** Random vectors, every tenth row nearly the same as the one before it; some of other people, some superseded. */
async function filled(table: string, key: string): Promise<void> {
  await sql(
    url,
    `CREATE TABLE ${table} (id ${key}, who text, content text, state text, embedding vector(16))`,
    'SELECT setseed(0.25)',
  );
  let state = 7;
  const random = (): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return state / 0x7fffffff - 0.5;
  };
  const rows: string[] = [];
  let last: number[] = [];
  for (let i = 1; i <= ROWS; i++) {
    const twin = i % 10 === 0;
    const v = twin ? last.map((x) => x + random() * 0.01) : Array.from({ length: 16 }, random);
    last = v;
    const who = i % 50 === 0 ? 'other' : 'me';
    rows.push(
      `(${i}, ${i % 70 === 0 ? 'NULL' : `'${who}'`}, 'c${i}', '${i % 30 === 0 ? 'old' : 'new'}', '[${v.join(',')}]')`,
    );
  }
  await sql(url, `INSERT INTO ${table} VALUES ${rows.join(',')}`);
}

async function found(request: Partial<NeighbourRequest>, set = 'map:public.near', by = map): Promise<NeighbourPair[]> {
  await using store = await postgresAdapter.open(Target.parse(url), { mode: 'read', map: by });
  const pairs: NeighbourPair[] = [];
  const all = { set, similarity: 0.98, nearest: 5, ...request };
  for await (const p of store.neighbours?.(all) ?? []) pairs.push(p);
  return pairs;
}

const cosine = (a: Float32Array, b: Float32Array): number => {
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i] as number, b[i] as number];
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  return ab / Math.sqrt(aa * bb);
};

/** Every pair by brute force over a scan. */
async function truth(least: number, set = 'map:public.near', by = map): Promise<Map<string, number>> {
  await using store = await postgresAdapter.open(Target.parse(url), { mode: 'read', map: by });
  const rows: ScanRow[] = [];
  for await (const r of store.scan({ set, fields: ['namespace', 'vector', 'inactive', 'kind'] }))
    if (r.inactive === undefined && r.vector !== undefined) rows.push(r);
  const pairs = new Map<string, number>();
  rows.forEach((a, i) => {
    for (const b of rows.slice(i + 1)) {
      if (a.namespace !== b.namespace || a.kind !== b.kind) continue;
      const similarity = cosine(a.vector as Float32Array, b.vector as Float32Array);
      if (similarity >= least) pairs.set([keyOf(a), keyOf(b)].sort().join(' '), similarity);
    }
  });
  return pairs;
}

const named = (pairs: readonly NeighbourPair[]): string[] =>
  [...new Set(pairs.map((p) => [p.a, p.b].sort().join(' ')))].sort();

describe('near rows by the vector index', () => {
  it('are the pairs that brute force finds: of one namespace, active, with their cosine', async () => {
    const expected = await truth(0.98);
    expect(expected.size).toBeGreaterThan(50);
    const progress: number[] = [];
    const notes: string[] = [];
    const pairs = await found({ onProgress: (done) => progress.push(done), onNote: (n) => notes.push(n) });
    expect(named(pairs)).toEqual([...expected.keys()].sort());
    for (const p of pairs) expect(p.similarity).toBeCloseTo(expected.get([p.a, p.b].sort().join(' ')) as number, 5);
    expect(notes).toEqual([]);
    expect(progress.at(-1)).toBe(ROWS - Math.floor(ROWS / 30));
  });

  it('of given rows alone', async () => {
    const pairs = await found({ keys: ['9', '10', '11'] });
    expect(new Set(pairs.map((p) => `${p.a} ${p.b}`))).toEqual(new Set(['9 10', '10 9']));
  });

  it('are asked for again where more than were asked for are near', async () => {
    await sql(
      url,
      'CREATE TABLE crowd (id int PRIMARY KEY, who text, content text, embedding vector(3))',
      // Nine of ten belong to somebody else and stand in the way.
      `INSERT INTO crowd SELECT i, CASE WHEN i % 10 = 0 THEN 'me' ELSE 'you' END, 'c', ('[1,' || i * 0.0001 || ',0]')::vector FROM generate_series(1, 300) AS i`,
      'CREATE INDEX crowd_near ON crowd USING hnsw (embedding vector_cosine_ops)',
      'ANALYZE crowd',
    );
    const by: ProfileMap = { tables: [{ table: 'crowd', namespace: 'who', text: 'content', embedding: 'embedding' }] };
    const pairs = await found({ nearest: 3, similarity: 0.999, keys: ['10'] }, 'map:public.crowd', by);
    expect(pairs.map((p) => Number(p.b)).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 29 }, (_, i) => 20 + 10 * i),
    );
  });

  it('by an index over a cast to halfvec, and over a part of the rows, which is said', async () => {
    await filled('cast_near', 'text PRIMARY KEY');
    await sql(
      url,
      `CREATE INDEX cast_idx ON cast_near USING hnsw ((embedding::halfvec(16)) halfvec_cosine_ops) WHERE state = 'new'`,
      'ANALYZE cast_near',
    );
    const by: ProfileMap = { tables: [{ ...(map.tables[0] as ProfileMap['tables'][number]), table: 'cast_near' }] };
    const notes: string[] = [];
    const pairs = await found({ onNote: (n) => notes.push(n) }, 'map:public.cast_near', by);
    expect(named(pairs)).toEqual([...(await truth(0.98, 'map:public.cast_near', by)).keys()].sort());
    expect(notes).toEqual([expect.stringContaining("only rows where (state = 'new'::text)")]);
  });

  it('by another distance where the vectors have length 1, and not where they have not', async () => {
    await sql(
      url,
      'CREATE TABLE l2 (id int PRIMARY KEY, content text, embedding vector(16))',
      'INSERT INTO l2 SELECT id, content, l2_normalize(embedding) FROM near',
      'CREATE INDEX l2_idx ON l2 USING ivfflat (embedding vector_l2_ops) WITH (lists = 8)',
      'ANALYZE l2',
    );
    const by: ProfileMap = { tables: [{ table: 'l2', text: 'content', embedding: 'embedding' }] };
    const notes: string[] = [];
    const pairs = await found({ onNote: (n) => notes.push(n) }, 'map:public.l2', by);
    expect(named(pairs)).toEqual([...(await truth(0.98, 'map:public.l2', by)).keys()].sort());
    expect(notes.join()).toContain('have length 1');
    await sql(url, 'UPDATE l2 SET embedding = (SELECT embedding FROM near WHERE near.id = l2.id)');
    expect(await refusal(found({}, 'map:public.l2', by))).toContain('the nearest are not the most similar');
  });

  it('of vectors that are in a table of their own', async () => {
    await sql(
      url,
      'CREATE TABLE apart (id bigint PRIMARY KEY, who text, content text, state text)',
      'CREATE TABLE apart_vectors (id bigint PRIMARY KEY, embedding vector(16))',
      'INSERT INTO apart SELECT id, who, content, state FROM near',
      'INSERT INTO apart_vectors SELECT id, embedding FROM near WHERE id % 20 <> 0',
      'CREATE INDEX apart_idx ON apart_vectors USING hnsw (embedding vector_cosine_ops)',
      'ANALYZE apart, apart_vectors',
    );
    const session = await openSession(Target.parse(url), { mode: 'read', purpose: 'test' });
    const by: ProfileMap = {
      tables: [{ table: 'apart', namespace: 'who', text: 'content', status: 'state', superseded: 'old' }],
    };
    const reading = await readSets(session, { map: by });
    const vectors = {
      where: 'table',
      table: 'apart_vectors',
      column: 'embedding',
      on: ['id'],
      scalar: 'float32',
    } as const;
    const sets = reading.sets
      .filter((s) => s.id === 'map:public.apart')
      .map((s) => ({ ...s, set: { ...s.set, vectors } }));
    const pairs: NeighbourPair[] = [];
    const notes: string[] = [];
    const request = {
      set: 'map:public.apart',
      similarity: 0.98,
      nearest: 5,
      onNote: (n: string) => void notes.push(n),
    };
    for await (const p of neighbours(session, { ...reading, sets }, request)) pairs.push(p);
    await session.close();
    const expected = [...(await truth(0.98)).keys()].filter((k) => k.split(' ').every((id) => Number(id) % 20 !== 0));
    expect(named(pairs)).toEqual(expected.sort());
    expect(expected.length).toBeGreaterThan(20);
    expect(notes).toEqual([]);
  });

  it('not without an index: the sentence says which one', async () => {
    await sql(url, 'CREATE TABLE bare AS SELECT * FROM near', 'ALTER TABLE bare ADD PRIMARY KEY (id)');
    const by: ProfileMap = { tables: [{ table: 'bare', text: 'content', embedding: 'embedding' }] };
    expect(await refusal(found({}, 'map:public.bare', by))).toContain('has no HNSW or IVFFlat index');
  });

  it('stops when it is told to', async () => {
    const stop = new AbortController();
    const asked = found({ signal: stop.signal, onProgress: () => stop.abort(new Error('enough')) });
    expect(await refusal(asked)).toBe('enough');
  });
});
