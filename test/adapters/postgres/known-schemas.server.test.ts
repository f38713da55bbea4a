import { describe, expect, it } from 'vitest';
import { postgresAdapter } from '../../../src/adapters/postgres/index.ts';
import { Target } from '../../../src/store/index.ts';
import { SCHEMAS } from '../../profiles/postgres-schemas.ts';
import { freshDatabase } from '../../servers/fresh-database.ts';
import { count, sql } from './pg-store.ts';

const ROWS = 40;

/** A value for row i of a column, by its type. */
function valueSql(type: string): string {
  const vector = /^(vector|halfvec)(?:\((\d+)\))?$/.exec(type);
  if (vector !== null)
    return `(SELECT array_agg((i + k) / 100.0)::${vector[1]} FROM generate_series(1, ${vector[2] ?? 3}) AS k)`;
  if (type === 'uuid') return `md5(i::text)::uuid`;
  if (type.startsWith('timestamp')) return `now() - i * interval '1 day'`;
  if (type === 'date') return `current_date - i`;
  if (type === 'boolean') return 'i % 2 = 0';
  if (type.endsWith('[]')) return `'{}'`;
  if (type.startsWith('json')) return `jsonb_build_object('user_id', 'u' || i % 3, 'data', 'text')::${type}`;
  if (type === 'bytea') return `'\\x0000803f'::bytea`;
  if (type === 'tsvector') return `'word'::tsvector`;
  if (/^(smallint|integer|bigint|numeric|real|double)/.test(type)) return 'i';
  return `('v' || i)::${type}`;
}

/** The same number of rows into every table, without regard to foreign keys. */
async function fill(url: string): Promise<void> {
  const columns = await sql(
    url,
    `SELECT format('%I.%I', n.nspname, c.relname) AS table, quote_ident(a.attname) AS column, format_type(a.atttypid, a.atttypmod) AS type,
       (SELECT quote_literal(e.enumlabel) FROM pg_enum e WHERE e.enumtypid = a.atttypid ORDER BY e.enumsortorder LIMIT 1) AS label
     FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' AND a.attidentity = ''
       AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' ORDER BY 1, a.attnum`,
  );
  const tables = new Map<string, string[][]>();
  for (const c of columns) {
    const of = tables.get(String(c['table'])) ?? [];
    of.push([String(c['column']), c['label'] === null ? valueSql(String(c['type'])) : String(c['label'])]);
    tables.set(String(c['table']), of);
  }
  const inserts = [...tables].map(
    ([table, of]) =>
      `INSERT INTO ${table} (${of.map((c) => c[0]).join(', ')}) SELECT ${of.map((c) => c[1]).join(', ')} FROM generate_series(1, ${ROWS}) AS i`,
  );
  await sql(url, `SET session_replication_role = 'replica'`, ...inserts);
}

describe.each(SCHEMAS)('$name', (schema) => {
  it('every set is counted whole and can be read row by row', async () => {
    const url = await freshDatabase();
    await sql(url, schema.sql);
    await sql(
      url,
      'CREATE EXTENSION IF NOT EXISTS pgstattuple',
      'CREATE EXTENSION IF NOT EXISTS pageinspect',
      'CREATE EXTENSION IF NOT EXISTS pg_freespacemap',
    );
    await fill(url);
    await using store = await postgresAdapter.open(Target.parse(url), { mode: 'read' });
    const s = await store.snapshot({ now: new Date(), exact: true });
    expect(s.notes).toEqual([]);
    expect(s.memorySets.length).toBeGreaterThan(0);
    for (const set of s.memorySets) {
      expect(set).toMatchObject({ rows: await count(url, `SELECT count(*) FROM "${set.schema}"."${set.table}"`) });
      expect(set).not.toHaveProperty('hidden');
      if (set.ttl !== null) expect(set.ttl.expired + set.ttl.live + set.ttl.never + set.ttl.unreadable).toBe(set.rows);
      if (set.namespaces !== null) expect(set.namespaces.classes.reduce((a, c) => a + c.rows, 0)).toBe(set.rows);
      const fields = ['namespace', 'text', 'metadata', 'hash', 'vector', 'created'] as const;
      const ids: string[] = [];
      let vectors = 0;
      for await (const row of store.scan({ set: set.id, fields, batch: 7 })) {
        ids.push(row.id);
        if (row.vector !== undefined) vectors++;
      }
      expect(new Set(ids).size).toBe(set.rows);
      if (set.vectors?.where === 'column' && !set.vectors.name.includes('.')) expect(vectors).toBe(set.vectors.rows);
    }
    // Nothing was refused, whatever this schema's indexes are.
    expect(s.structures.flatMap((x) => x.withheld ?? []).filter((w) => w.what !== 'statistics')).toEqual([]);
  });
});
