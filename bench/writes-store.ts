/** A real memory table in PostgreSQL with pgvector, rows to write into it, and what each write put into the log, by relation. */
import type pg from 'pg';

export interface MadeStore {
  readonly dims: number;
  readonly m: number;
  /** Mean bytes of a text. */
  readonly textBytes: number;
  readonly metadataBytes: number;
}

/** Bytes in the write-ahead log, headers and alignment of the record included, by the relation they belong to. */
export interface Logged {
  /** Without full-page images. */
  readonly bytes: number;
  readonly images: number;
  readonly records: number;
}

/** mulberry32. */
export function seeded(seed: number): () => number {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = a;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const VOCABULARY = 20_000;
const CLUSTERS = 100;
const LETTERS = 'etaoinshrdlucmfwyp';

/** Rows as a memory system writes them: clustered vectors, words by Zipf's law, ten characters of namespace. */
export class Rows {
  readonly #random: () => number;
  readonly #words: string[] = [];
  readonly #cumulated: number[] = [];
  readonly #centres: number[][];
  readonly #store: MadeStore;

  constructor(store: MadeStore, seed: number) {
    this.#store = store;
    // One vocabulary and one set of centres for every load of a store.
    const fixed = seeded(1);
    let total = 0;
    for (let i = 1; i <= VOCABULARY; i++) {
      let word = '';
      for (let k = 5 + Math.floor(fixed() * 5); k > 0; k--) word += LETTERS[Math.floor(fixed() * LETTERS.length)];
      this.#words.push(word);
      total += 1 / i;
      this.#cumulated.push(total);
    }
    this.#centres = Array.from({ length: CLUSTERS }, () => Array.from({ length: store.dims }, () => normal(fixed)));
    this.#random = seeded(seed);
  }

  text(): string {
    const length = this.#store.textBytes * (0.6 + 0.8 * this.#random());
    let text = this.#word();
    while (text.length < length) text += ` ${this.#word()}`;
    return text.slice(0, Math.round(length));
  }

  #word(): string {
    const at = this.#random() * (this.#cumulated.at(-1) as number);
    let low = 0;
    let high = VOCABULARY - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#cumulated[middle] as number) < at) low = middle + 1;
      else high = middle;
    }
    return this.#words[low] as string;
  }

  vector(): string {
    const centre = this.#centres[Math.floor(this.#random() * CLUSTERS)] as number[];
    return `[${centre.map((c) => (c + 0.6 * normal(this.#random)).toFixed(4)).join(',')}]`;
  }

  /** Parameters of `INSERT`. */
  row(): unknown[] {
    const r = this.#random;
    const filler = 'x'.repeat(Math.max(0, Math.round(this.#store.metadataBytes - 58 + 20 * (r() - 0.5))));
    return [
      `user${String(Math.floor(r() * 500)).padStart(6, '0')}`,
      this.text(),
      JSON.stringify({ source: 'chat', turn: Math.floor(r() * 900) + 100, role: 'user', note: filler }),
      r() < 0.8 ? 'active' : r() < 0.75 ? 'superseded' : 'expired',
      r(),
      this.vector(),
    ];
  }
}

function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

export const INSERT = `INSERT INTO memories (namespace, content, metadata, status, confidence, created_at, event_at, embedding)
  VALUES ($1, $2, $3, $4, $5, clock_timestamp(), clock_timestamp(), $6)`;

/** The table of layouts/pg-memory-table with the indexes of the default components. */
export async function createStore(client: pg.Client, store: MadeStore, hnsw = true): Promise<void> {
  await client.query('CREATE EXTENSION IF NOT EXISTS vector; CREATE EXTENSION IF NOT EXISTS pg_walinspect');
  await client.query(`CREATE TABLE memories (id bigint GENERATED ALWAYS AS IDENTITY, uid uuid NOT NULL DEFAULT gen_random_uuid(),
    namespace text, content text, metadata jsonb, status text, confidence real, created_at timestamptz, event_at timestamptz,
    embedding vector(${store.dims})) WITH (autovacuum_enabled = off)`);
  await client.query('ALTER TABLE memories ADD CONSTRAINT memories_key PRIMARY KEY (uid)');
  await client.query('CREATE INDEX memories_event ON memories (event_at)');
  await client.query('CREATE INDEX memories_filter ON memories (namespace, status, confidence)');
  await client.query(`CREATE INDEX memories_words ON memories USING gin (to_tsvector('english', content))`);
  if (hnsw) await createHnsw(client, store);
}

export async function createHnsw(client: pg.Client, store: MadeStore): Promise<void> {
  await client.query(
    `SET maintenance_work_mem = '512MB'; CREATE INDEX memories_vector ON memories USING hnsw (embedding vector_l2_ops) WITH (m = ${store.m})`,
  );
}

export async function createIvfflat(client: pg.Client, lists: number): Promise<void> {
  await client.query(
    `CREATE INDEX memories_vector ON memories USING ivfflat (embedding vector_l2_ops) WITH (lists = ${lists})`,
  );
}

/** One transaction a row, as a service writes, or `batch` rows a transaction. */
export async function insertRows(client: pg.Client, rows: Rows, count: number, batch = 1): Promise<void> {
  for (let i = 0; i < count; i += batch) {
    if (batch > 1) await client.query('BEGIN');
    for (let k = i; k < Math.min(count, i + batch); k++) {
      await client.query({ name: 'insert', text: INSERT, values: rows.row() });
    }
    if (batch > 1) await client.query('COMMIT');
  }
}

/** Where the log stands; everything before is on disk, so that it can be read. */
export async function logPosition(client: pg.Client): Promise<string> {
  const at = String((await client.query('SELECT pg_current_wal_insert_lsn()::text AS at')).rows[0].at);
  await client.query(`SELECT pg_logical_emit_message(false, 'writes-store', '', true)`);
  return at;
}

/** What was logged between two positions, by relation name; `commit` for commits, `other` for everything else. */
export async function loggedBetween(client: pg.Client, from: string, to: string): Promise<Map<string, Logged>> {
  const { rows } = await client.query<{ name: string; bytes: string; images: string; records: string }>(
    `WITH first AS (
       SELECT DISTINCT ON (start_lsn) start_lsn, relfilenode, reldatabase FROM pg_get_wal_block_info($1, $2) ORDER BY start_lsn, block_id)
     SELECT coalesce(CASE WHEN c.relname LIKE 'pg_toast%index' THEN 'toast index' WHEN c.relname LIKE 'pg_toast%' THEN 'toast' ELSE c.relname END,
         CASE WHEN r.resource_manager = 'Transaction' THEN 'commit' ELSE 'other' END) AS name,
       sum((r.record_length + 7) / 8 * 8 - r.fpi_length) AS bytes, sum(r.fpi_length) AS images, count(*) AS records
     FROM pg_get_wal_records_info($1, $2) r LEFT JOIN first f USING (start_lsn)
       LEFT JOIN pg_class c ON f.relfilenode = c.relfilenode
     GROUP BY 1`,
    [from, to],
  );
  return new Map(
    rows.map((r) => [r.name, { bytes: Number(r.bytes), images: Number(r.images), records: Number(r.records) }]),
  );
}

/**
 * The same by what a plan calls the relations: `mem0 table` for a heap, `mem0 toast` for its TOAST with index, a btree or GIN index by
 * its name, `hnsw mem0_hnsw_idx` and `ivfflat …` for vector indexes.
 */
export async function loggedByOwner(client: pg.Client, from: string, to: string): Promise<Map<string, Logged>> {
  const { rows } = await client.query<{ name: string; bytes: string; images: string; records: string }>(
    `WITH first AS (
       SELECT DISTINCT ON (start_lsn) start_lsn, relfilenode FROM pg_get_wal_block_info($1, $2) ORDER BY start_lsn, block_id)
     SELECT coalesce(CASE WHEN owner.relname IS NOT NULL THEN owner.relname || ' toast' WHEN c.relkind = 'r' THEN c.relname || ' table'
           WHEN a.amname IN ('hnsw', 'ivfflat') THEN a.amname || ' ' || c.relname ELSE c.relname END,
         CASE WHEN r.resource_manager = 'Transaction' THEN 'commit' ELSE 'other' END) AS name,
       sum((r.record_length + 7) / 8 * 8 - r.fpi_length) AS bytes, sum(r.fpi_length) AS images, count(*) AS records
     FROM pg_get_wal_records_info($1, $2) r LEFT JOIN first f USING (start_lsn)
       LEFT JOIN pg_class c ON f.relfilenode = c.relfilenode LEFT JOIN pg_am a ON a.oid = c.relam
       LEFT JOIN pg_index ti ON ti.indexrelid = c.oid
       LEFT JOIN pg_class owner ON owner.reltoastrelid <> 0 AND owner.reltoastrelid IN (c.oid, ti.indrelid)
     GROUP BY 1`,
    [from, to],
  );
  return new Map(
    rows.map((r) => [r.name, { bytes: Number(r.bytes), images: Number(r.images), records: Number(r.records) }]),
  );
}
