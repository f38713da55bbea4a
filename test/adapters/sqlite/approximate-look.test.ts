import { describe, expect, it } from 'vitest';
import { fixture, made, snapshot } from './temporary-store.ts';

describe('a snapshot by schema and statistics alone', () => {
  it('takes rows from the rowids, or from ANALYZE, and says from where', async () => {
    const table = 'CREATE TABLE memories(id INTEGER PRIMARY KEY, owner TEXT, content TEXT, embedding BLOB);';
    const fill = `WITH RECURSIVE x(i) AS (SELECT 11 UNION ALL SELECT i + 1 FROM x WHERE i < 310)
      INSERT INTO memories SELECT i, 'u' || i % 3, 'text', zeroblob(12) FROM x; DELETE FROM memories WHERE id % 2 = 0 AND id < 300;`;
    const map = { tables: [{ table: 'memories', namespace: 'owner', text: 'content' }] };
    const look = async (sql: string) => (await snapshot(made(sql), { approximate: true, map })).memorySets[0];
    expect(await look(table)).toMatchObject({ rows: 0, rowsFrom: 'the table is empty' });
    expect(await look(table + fill)).toMatchObject({
      rows: 300,
      rowsFrom: 'the rowids between the first and the last',
      namespaces: null,
    });
    expect(await look(`${table}${fill}ANALYZE;`)).toMatchObject({ rowsFrom: expect.any(String), namespaces: null });
    expect(await look(`${table}CREATE INDEX o ON memories(owner);${fill}ANALYZE;`)).toMatchObject({
      rows: 156,
      rowsFrom: 'sqlite_stat1, of the last ANALYZE',
    });
  });

  it('knows the same sets and structures as a whole one, without sizes', async () => {
    for (const name of ['stores/neural-memory-4.62-multibrain.db', 'stores/mneme-v1-sqlite.db']) {
      const [whole, quick] = [await snapshot(fixture(name)), await snapshot(fixture(name), { approximate: true })];
      expect(quick.memorySets.map((s) => s.id)).toEqual(whole.memorySets.map((s) => s.id));
      expect(quick.memorySets.every((s) => s.rowsFrom !== undefined && s.ttl === null)).toBe(true);
      expect(quick.memorySets.map((s) => [s.vectors?.dims, s.vectors?.scalar])).toEqual(
        whole.memorySets.map((s) =>
          s.vectors?.where === 'sidecar' ? [null, null] : [s.vectors?.dims, s.vectors?.scalar],
        ),
      );
      const files = ['freelist', 'wal', 'sidecar', 'catalog'];
      const ids = (s: typeof whole): string[] =>
        s.structures
          .filter((x) => !files.includes(x.kind))
          .map((x) => x.id)
          .sort();
      expect(ids(quick)).toEqual(ids(whole));
    }
  });
});
