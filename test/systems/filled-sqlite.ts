/** Real SQLite stores of memory systems: their own DDL, rows inserted one by one with every index in place. */
import { readFileSync } from 'node:fs';
import Database from 'better-sqlite3';
import { registerFunctions } from '../../src/adapters/sqlite/application-functions.ts';
import type { Flags } from '../capacity/plan-from-flags.ts';
import { emptyStore, fill, fillInBatches, randomStream, total, treeBytes } from '../layouts/sqlite-stores.ts';
import { brainRows, memoriesOf } from './brain-rows.ts';

const DIMS = 64;
const NAMESPACES = 20;
const fixture = (path: string): URL => new URL(`../../fixtures/${path}`, import.meta.url);

/** Words of a vocabulary in which the k-th is about as frequent as 1/k. */
function textOf(random: () => number): string {
  const words = 16 + Math.floor(random() * 21);
  return Array.from({ length: words }, () => word(Math.floor(20_000 ** random()))).join(' ');
}
/** English-like letters: trigrams of a few syllables. */
const SYLLABLES = [
  'ta',
  're',
  'in',
  'so',
  'mem',
  'or',
  'al',
  'con',
  'ver',
  'ness',
  'de',
  'ing',
  'ly',
  'pro',
  'ser',
  'it',
];
const word = (k: number): string =>
  (SYLLABLES[k % 16] as string) + (SYLLABLES[(k >> 4) % 16] as string) + (SYLLABLES[(k >> 8) % 16] as string);
const hex = (random: () => number, digits: number): string =>
  Array.from({ length: digits }, () => Math.floor(random() * 16).toString(16)).join('');
const floats = (random: () => number): Buffer =>
  Buffer.from(Float32Array.from({ length: DIMS }, () => random() - 0.5).buffer);

export interface FilledSqlite {
  readonly flags: Flags;
  /** The terms of its full-text index, counted; as flags. */
  readonly terms: Flags;
  /** Bytes of the tables and indexes that the preset plans. */
  readonly bytes: number;
}

/** Different terms of a full-text table, and how many of them a row has. */
function countedTerms(db: Database.Database, table: string, n: number): Flags {
  db.exec(`create virtual table temp.terms using fts5vocab('main', '${table}', 'row')`);
  const { terms, postings } = db.prepare('select count(*) as terms, sum(doc) as postings from temp.terms').get() as {
    terms: number;
    postings: number;
  };
  db.exec('drop table temp.terms');
  return { 'distinct-terms': terms, 'terms-per-memory': Math.round((10 * postings) / n) / 10 };
}

export function fillMneme(n: number): FilledSqlite {
  const random = randomStream(7);
  const original = new Database(fixture('stores/mneme-v1-sqlite.db').pathname, { readonly: true });
  const ddl = original.prepare("select sql from sqlite_master where sql is not null and name not like 'sqlite_%'");
  const db = emptyStore();
  for (const { sql } of ddl.all() as { sql: string }[]) db.exec(sql);
  original.close();
  const insert = db.prepare(
    'insert into entries(namespace, query_hash, query, response, embedding, metadata, created_at, last_accessed_at, ttl, access_count) values (?,?,?,?,?,?,?,?,?,?)',
  );
  let bytes = 0;
  fill(db, n, (i) => {
    const query = `question ${i}`.padEnd(40, '?');
    const response = textOf(random);
    bytes += query.length + response.length;
    const namespace = `tenant_${String(i % NAMESPACES).padStart(2, '0')}`;
    const at = 1_790_000_000 + i;
    insert.run(namespace, hex(random, 64), query, response, floats(random), '{}', at, at, 86_400, 2);
  });
  const trees = treeBytes(db);
  const measured = Object.entries(trees)
    .filter(([name]) => /entries/.test(name))
    .reduce((sum, [, size]) => sum + size, 0);
  return {
    flags: {
      n,
      dims: DIMS,
      'text-bytes': Math.round(bytes / n),
      'metadata-bytes': 2,
      'namespace-bytes': 9,
      namespaces: NAMESPACES,
    },
    terms: {},
    bytes: measured,
  };
}

export function fillMcpMemoryService(n: number): FilledSqlite {
  const random = randomStream(11);
  const db = emptyStore();
  db.exec(readFileSync(fixture('ddl/mcp_memory_service_sqlite.sql'), 'utf8').replace('FLOAT[384]', `FLOAT[${DIMS}]`));
  const memory = db.prepare(
    'insert into memories(content_hash, content, tags, memory_type, metadata, created_at, updated_at, created_at_iso, updated_at_iso) values (?,?,?,?,?,?,?,?,?)',
  );
  const vector = db.prepare('insert into memory_embeddings(rowid, content_embedding) values (?, ?)');
  const fullText = db.prepare('insert into memory_content_fts(rowid, content) values (?, ?)');
  let bytes = 0;
  // Every few memories a commit, as they come in.
  fillInBatches(db, n, 20, (i) => {
    const content = textOf(random);
    bytes += content.length;
    const at = 1_790_000_000.25 + i;
    const iso = '2026-07-23T10:21:06Z';
    memory.run(
      hex(random, 64),
      content,
      `proj:app,agent:${String(i % 10000).padStart(5, '0')}`,
      'observation',
      '{"source":"session"}',
      at,
      at,
      iso,
      iso,
    );
    vector.run(BigInt(i + 1), floats(random));
    fullText.run(BigInt(i + 1), content);
  });
  const trees = treeBytes(db);
  const own = Object.fromEntries(
    Object.entries(trees).filter(([name]) => !/^sqlite_(schema|sequence)|^metadata|_metadata_/.test(name)),
  );
  return {
    flags: {
      n,
      dims: DIMS,
      'text-bytes': Math.round(bytes / n),
      'metadata-bytes': 20,
      'namespace-bytes': 20,
    },
    terms: countedTerms(db, 'memory_content_fts', n),
    bytes: total(own),
  };
}

/** A brain of about `neurons` neurons. */
export function fillNeuralMemory(neurons: number): FilledSqlite {
  const original = new Database(fixture('stores/neural-memory-4.62-multibrain.db').pathname, { readonly: true });
  const ddl = original
    .prepare(
      "select sql from sqlite_master where sql is not null and name not like 'sqlite_%' and name not like '%_fts_%' order by type = 'trigger'",
    )
    .all() as { sql: string }[];
  original.close();
  const db = emptyStore();
  // Its rows come in an order that holds; checking that would be half of the time.
  db.pragma('foreign_keys = off');
  registerFunctions(db, ['cjk_spaced']);
  for (const { sql } of ddl) db.exec(sql);
  db.prepare(
    "insert into brains(id, name, config, created_at, updated_at) values ('default', 'default', '{}', '', '')",
  ).run();
  const n = memoriesOf(neurons);
  const inserts = new Map<string, Database.Statement>();
  db.exec('begin');
  let rows = 0;
  for (const { table, values } of brainRows(n, 13)) {
    let insert = inserts.get(table);
    if (insert === undefined) {
      const columns = Object.keys(values);
      insert = db.prepare(`insert or ignore into ${table}(${columns}) values (${columns.map(() => '?')})`);
      inserts.set(table, insert);
    }
    insert.run(...Object.values(values));
    if (++rows % 2000 === 0) db.exec('commit; begin');
  }
  db.exec('commit');
  const { text } = db
    .prepare('select avg(length(content)) as text from neurons where id in (select anchor_neuron_id from fibers)')
    .get() as { text: number };
  return {
    flags: { n, 'text-bytes': Math.round(text * 10) / 10, 'namespace-bytes': 7, namespaces: 1 },
    terms: {},
    bytes: total(treeBytes(db)),
  };
}

/** Every system that is kept in SQLite, and how its store is filled. */
export const SQLITE_SYSTEMS: readonly (readonly [system: string, fill: (n: number) => FilledSqlite])[] = [
  ['mneme-sqlite', fillMneme],
  ['mcp-memory-service', fillMcpMemoryService],
  ['neural-memory-sqlite', fillNeuralMemory],
];
