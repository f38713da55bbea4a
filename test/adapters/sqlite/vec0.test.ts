/** vec0 tables are read through their shadow tables: no connection here ever loads sqlite-vec for reading. */
import { join } from 'node:path';
import * as sqliteVec from 'sqlite-vec';
import { describe, expect, it } from 'vitest';
import { expectedActual } from '../../../src/expectation/index.ts';
import type { Snapshot } from '../../../src/store/index.ts';
import { connect, directory, snapshot } from './temporary-store.ts';

function vecStore(
  declaration: string,
  fill: (insert: (...values: unknown[]) => void, exec: (sql: string) => void) => void,
  columns: string,
): string {
  const path = join(directory(), 'vec.db');
  const db = connect(path);
  sqliteVec.load(db);
  db.exec(`CREATE VIRTUAL TABLE v USING vec0(${declaration})`);
  const insert = db.prepare(`INSERT INTO v(${columns}) VALUES (${columns.replaceAll(/\w+/g, '?')})`);
  db.transaction(() =>
    fill(
      (...values) => insert.run(...values),
      (sql) => db.exec(sql),
    ),
  )();
  db.close();
  return path;
}

const vector = (dims: number): Float32Array => new Float32Array(dims).fill(0.5);
const vec = (s: Snapshot): Snapshot['structures'][number] =>
  s.structures.find((x) => x.id === 'vec0:v') as Snapshot['structures'][number];

describe('a vec0 table', () => {
  it('tells its columns, chunks and use', async () => {
    const path = vecStore(
      'e float[64] distance_metric=cosine',
      (insert) => {
        for (let i = 1; i <= 1500; i++) insert(BigInt(i), vector(64));
      },
      'rowid, e',
    );
    const db = connect(path);
    sqliteVec.load(db);
    db.exec('DELETE FROM v WHERE rowid % 2 = 0');
    db.close();
    const s = await snapshot(path);
    expect(vec(s)).toMatchObject({
      rows: 750,
      facts: {
        vectors: [{ name: 'e', scalar: 'float32', dims: 64, metric: 'cosine' }],
        chunkSize: 1024,
        chunks: 2,
        capacity: 2048,
        packedChunks: 1,
        partitions: null,
        createdBy: 'v0.1.9',
      },
    });
    expect(s.profiles.map((p) => p.id)).toEqual(['vec0']);
    expect(s.memorySets[0]).toMatchObject({
      rows: 750,
      primary: true,
      ages: null,
      vectors: { where: 'vec0', dims: 64, chunkSize: 1024 },
    });
    const [c] = expectedActual(s).filter((x) => x.structure.id === 'vec0:v');
    expect(c?.note).toBe('37 % of 2048 slots hold a vector');
    expect(c?.difference).toBeGreaterThan(0.8);
  });

  it.each([
    ['e float[384]', 2000, 384],
    ['e int8[256], chunk_size=128', 1000, 256],
    ['e bit[512]', 3000, 512],
  ])('%s: freshly loaded, it takes what is expected', async (declaration, n, dims) => {
    const wrap = declaration.includes('int8') ? 'vec_int8(?)' : declaration.includes('bit') ? 'vec_bit(?)' : '?';
    const path = join(directory(), 'vec.db');
    const db = connect(path);
    sqliteVec.load(db);
    db.exec(`CREATE VIRTUAL TABLE v USING vec0(${declaration})`);
    const insert = db.prepare(`INSERT INTO v(rowid, e) VALUES (?, ${wrap})`);
    const value = wrap === '?' ? vector(dims) : Buffer.alloc(declaration.includes('bit') ? dims / 8 : dims, 3);
    db.transaction(() => {
      for (let i = 1; i <= n; i++) insert.run(BigInt(i), value);
    })();
    db.close();
    const [c] = expectedActual(await snapshot(path)).filter((x) => x.structure.id === 'vec0:v');
    expect(Math.abs(c?.difference ?? 1)).toBeLessThan(0.005);
  });

  it('counts namespaces by partition key, and the chunks that an even fill would need', async () => {
    const path = vecStore(
      'user text partition key, e float[32], chunk_size=64',
      (insert) => {
        for (let i = 0; i < 500; i++) insert(i < 400 ? 'big' : `u${i % 20}`, vector(32));
      },
      'user, e',
    );
    const s = await snapshot(path);
    expect(s.memorySets[0]?.namespaces).toMatchObject({
      column: 'user',
      distinct: 21,
      top: [
        { namespace: 'big', rows: 400 },
        { rows: 5 },
        {},
        {},
        {},
        {},
        {},
        {},
        {},
        {},
        {},
        {},
        {},
        {},
        {},
        {},
        {},
        {},
        {},
        {},
      ],
    });
    expect(vec(s).facts).toMatchObject({ partitions: 21, packedChunks: 7 + 20, chunks: 27 });
    const [c] = expectedActual(s).filter((x) => x.structure.id === 'vec0:v');
    expect(Math.abs(c?.difference ?? 1)).toBeLessThan(0.02);
  });

  it('with text ids, metadata and auxiliary columns', async () => {
    const path = vecStore(
      'id text primary key, e float[48], kind text, +body text',
      (insert) => {
        for (let i = 0; i < 1200; i++)
          insert(`memory-${String(i).padStart(8, '0')}`, vector(48), 'note', 'b'.repeat(300));
      },
      'id, e, kind, body',
    );
    const s = await snapshot(path);
    expect(vec(s).facts).toMatchObject({
      idBytes: 15,
      metadata: [{ name: 'kind', type: 'text' }],
      auxiliary: [{ name: 'body', meanBytes: 300 }],
    });
    const [c] = expectedActual(s).filter((x) => x.structure.id === 'vec0:v');
    expect(Math.abs(c?.difference ?? 1)).toBeLessThan(0.05);
  });

  it('empty', async () => {
    const s = await snapshot(vecStore('e float[8]', () => undefined, 'rowid, e'));
    expect(vec(s)).toMatchObject({ rows: 0, facts: { chunks: 0, capacity: 0, packedChunks: 0 } });
    expect(s.memorySets[0]?.rows).toBe(0);
  });
});
