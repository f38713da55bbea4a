/** Real stores of memory systems on PostgreSQL: their own DDL, rows inserted with every index in place. */
import type pg from 'pg';
import type { Flags } from '../capacity/plan-from-flags.ts';
import { NAMESPACES, type PostgresSystem } from './postgres-systems.ts';

export interface FilledStore {
  readonly system: string;
  /** Vector length of the rows; not the padded one. */
  readonly dims: number;
  /** Tables that the preset plans. */
  readonly tables: readonly string[];
  /** Means of what was written, as the flags that say them. */
  readonly flags: Flags;
  /** The terms of its lexical index, counted; as flags. */
  readonly terms: Flags;
}

/** Creates and fills the store; the indexes of its DDL are there from the first row on, as in the system itself. */
export async function fillPostgres(client: pg.Client, s: PostgresSystem, n: number): Promise<FilledStore> {
  await client.query('CREATE EXTENSION IF NOT EXISTS vector');
  await client.query(s.ddl);
  await client.query('SELECT setseed(0.42)');
  // Row by row a large graph takes minutes; its size is the same (the small stores are filled that way).
  const later = n > INSERTED_INTO_GRAPH ? await takeGraphs(client, s.tables) : [];
  await client.query(s.fill(n));
  for (const definition of later) await client.query(quickly(definition));
  for (const table of s.tables) await client.query(`VACUUM (ANALYZE) ${table}`);
  const { rows } = await client.query<Record<'text' | 'metadata' | 'namespace', string>>(s.means);
  const mean = (name: 'text' | 'metadata' | 'namespace'): number => Math.round(Number(rows[0]?.[name]) * 10) / 10;
  const terms = s.terms === undefined ? {} : await countTerms(client, s.terms, n);
  return {
    system: s.system,
    dims: s.dims,
    tables: s.tables,
    flags: {
      n,
      dims: s.dims,
      'text-bytes': mean('text'),
      'metadata-bytes': mean('metadata'),
      'namespace-bytes': mean('namespace'),
      namespaces: NAMESPACES,
      ...s.flags,
    },
    terms,
  };
}

async function countTerms(client: pg.Client, sql: string, n: number): Promise<Flags> {
  const { rows } = await client.query<Record<'distinct' | 'postings', string>>(sql);
  const [row] = rows;
  return {
    'distinct-terms': Number(row?.distinct),
    'terms-per-memory': Math.round((10 * Number(row?.postings)) / n) / 10,
  };
}

const INSERTED_INTO_GRAPH = 2000;

/** The same graph by a shorter search while it is built: other neighbours, the same pages. */
function quickly(definition: string): string {
  if (!definition.includes('USING hnsw')) return definition;
  const m = /m='?(\d+)/.exec(definition)?.[1] ?? '16';
  return `${definition.replace(/ WITH \(.*\)$/, '')} WITH (m=${m}, ef_construction=${2 * Number(m)})`;
}

const INDEXES = `SELECT i.indexrelid::regclass::text AS name, pg_get_indexdef(i.indexrelid) AS definition FROM pg_index i
  JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am a ON a.oid = c.relam
  WHERE a.amname = $2 AND i.indrelid = ANY (SELECT t::regclass FROM unnest($1::text[]) t)`;

/** Drops the HNSW indexes. @returns the statements that make them again */
async function takeGraphs(client: pg.Client, tables: readonly string[]): Promise<string[]> {
  const { rows } = await client.query<{ name: string; definition: string }>(INDEXES, [tables, 'hnsw']);
  for (const { name } of rows) await client.query(`DROP INDEX ${name}`);
  return rows.map((r) => r.definition);
}

/** Heap, TOAST, maps and every index of the tables. */
export async function bytesOf(client: pg.Client, tables: readonly string[]): Promise<number> {
  const { rows } = await client.query<{ bytes: string }>(
    'SELECT sum(pg_total_relation_size(t::regclass)) AS bytes FROM unnest($1::text[]) t',
    [tables],
  );
  return Number(rows[0]?.bytes);
}

/** Bytes by relation: the tables with their TOAST and maps, and every index. */
export async function partsOf(client: pg.Client, tables: readonly string[]): Promise<Record<string, number>> {
  const { rows } = await client.query<{ name: string; bytes: string }>(
    `SELECT t::text AS name, pg_table_size(t::regclass) AS bytes FROM unnest($1::text[]) t
     UNION ALL SELECT i.indexrelid::regclass::text, pg_relation_size(i.indexrelid) FROM pg_index i WHERE i.indrelid = ANY (SELECT t::regclass FROM unnest($1::text[]) t)`,
    [tables],
  );
  return Object.fromEntries(rows.map((r) => [r.name, Number(r.bytes)]));
}
