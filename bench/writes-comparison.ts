/** What memplan writes plans beside what a real PostgreSQL with pgvector logs: inserts, page images, merges, touches. */
import type pg from 'pg';
import { imagesPerMemory } from '../src/capacity/writes-log.ts';
import { pendingPlan } from '../src/capacity/writes-pending.ts';
import { type WriteWishes, writeSettings } from '../src/capacity/writes-settings.ts';
import { writtenStructures } from '../src/capacity/writes-structures.ts';
import { leaf } from '../src/quantity/index.ts';
import { completeWorkload, draftFrom, type Workload } from '../src/workload/index.ts';
import {
  createHnsw,
  createIvfflat,
  createStore,
  insertRows,
  type Logged,
  loggedBetween,
  logPosition,
  type MadeStore,
  Rows,
  seeded,
} from './writes-store.ts';

export const NO_WISHES: WriteWishes = {
  checkpointTimeout: undefined,
  maxWal: undefined,
  slotLag: undefined,
  pendingLimit: undefined,
  fastupdate: true,
  turnsPerMinute: undefined,
  burst: undefined,
  memoriesPerTurn: undefined,
  backfill: undefined,
  consistency: undefined,
  touched: undefined,
};

/** Settings of a server on which nothing but the statements measured writes to the log. */
export const QUIET: Readonly<Record<string, string | number | boolean>> = {
  max_wal_size: '10GB',
  checkpoint_timeout: '1h',
  shared_buffers: '512MB',
  autovacuum: false,
  max_parallel_maintenance_workers: 0,
};

/** @param lists of an IVFFlat index; HNSW where absent */
export function workloadOf(store: MadeStore, rows: number, lists?: number): Workload {
  const flags = {
    n: rows,
    dims: store.dims,
    engine: 'pgvector',
    ...(lists === undefined ? { m: store.m } : { index: 'ivfflat', lists }),
    'text-bytes': store.textBytes,
    'metadata-bytes': store.metadataBytes,
    without: 'edge-table,audit-ledger',
  };
  return completeWorkload(draftFrom(flags, 'flag', (id) => `--${id}`));
}

/** Relations of the made table by the component they are. */
const RELATIONS: Readonly<Record<string, readonly string[]>> = {
  'vector-index': ['memories_vector'],
  table: ['memories'],
  toast: ['toast', 'toast index'],
  'primary-key': ['memories_key'],
  'temporal-index': ['memories_event'],
  'metadata-index': ['memories_filter'],
  'lexical-index': ['memories_words'],
  commit: ['commit'],
};

export interface Compared {
  readonly id: string;
  readonly planned: number;
  readonly measured: number;
}

/** Plan and server over all structures together. */
export const totalOf = (rows: readonly Compared[]): Compared => ({
  id: 'all',
  planned: rows.reduce((all, r) => all + r.planned, 0),
  measured: rows.reduce((all, r) => all + r.measured, 0),
});

export interface Inserted {
  /** Bytes of log a memory without images, and bytes of images a memory. */
  readonly records: readonly Compared[];
  readonly images: readonly Compared[];
}

/**
 * Fills a table, sets a checkpoint, inserts `more` rows one by one and merges the pending list.
 * Images are there when the server runs with full_page_writes.
 * @param lists of an IVFFlat index in place of HNSW
 */
export async function insertsCompared(
  client: pg.Client,
  store: MadeStore,
  filled: number,
  more: number,
  lists?: number,
): Promise<Inserted> {
  await client.query('DROP TABLE IF EXISTS memories');
  await createStore(client, store, false);
  const rows = new Rows(store, 7);
  await insertRows(client, rows, filled, 500);
  await (lists === undefined ? createHnsw(client, store) : createIvfflat(client, lists));
  await client.query('VACUUM memories');
  await client.query('CHECKPOINT');
  const from = await logPosition(client);
  await insertRows(client, rows, more);
  await client.query(`SELECT gin_clean_pending_list('memories_words')`);
  const logged = await loggedBetween(client, from, await logPosition(client));
  const w = workloadOf(store, filled + more, lists);
  const index = lists === undefined ? 'hnsw' : 'ivfflat';
  // The list is merged once, after all of the rows.
  const listBytes = pendingPlan(w, writeSettings(w, NO_WISHES), undefined).plan.listBytes.value;
  const settings = writeSettings(w, { ...NO_WISHES, pendingLimit: more * listBytes });
  const structures = [...writtenStructures(w, index), pendingPlan(w, settings, undefined).structure];
  const between = leaf('memories', more, 'rows');
  // A page that is made after the checkpoint is logged by its records alone.
  const before = workloadOf(store, filled, lists);
  const standing = [...writtenStructures(before, index), pendingPlan(before, settings, undefined).structure];
  const measured = (id: string, of: (l: Logged) => number): number =>
    (RELATIONS[id] ?? []).reduce((all, name) => all + of(logged.get(name) ?? { bytes: 0, images: 0, records: 0 }), 0) /
    more;
  return {
    records: structures.map((s) => ({ id: s.id, planned: s.log.value, measured: measured(s.id, (l) => l.bytes) })),
    images: standing.map((s) => ({
      id: s.id,
      planned: imagesPerMemory(s, between).value,
      measured: measured(s.id, (l) => l.images),
    })),
  };
}

export interface MergeMeasured {
  /** Rows in the list, and pages they take. */
  readonly rows: number;
  readonly pages: number;
  /** Distinct keys merged, and seconds it took. */
  readonly keys: number;
  readonly seconds: number;
  /** Bytes of log a row, splits included. */
  readonly log: number;
  /** Seconds of a search for a rare word, with the list and without. */
  readonly search: number;
  readonly searchAfter: number;
  /** Seconds a row to insert, in transactions of a row, without a vector index. */
  readonly insert: number;
}

/** Fills a table without a vector index, lets the pending list grow by `listed` rows, and merges it. */
export async function mergeMeasured(
  client: pg.Client,
  store: MadeStore,
  filled: number,
  listed: number,
): Promise<MergeMeasured> {
  await client.query('DROP TABLE IF EXISTS memories');
  await createStore(client, store, false);
  await client.query('CREATE EXTENSION IF NOT EXISTS pageinspect');
  await client.query(`SET gin_pending_list_limit = '1GB'; SET enable_seqscan = off`);
  const rows = new Rows(store, 7);
  await insertRows(client, rows, filled, 1000);
  await client.query(`SELECT gin_clean_pending_list('memories_words')`);
  await client.query('VACUUM ANALYZE memories');
  const { rows: words } = await client.query(
    `SELECT word FROM ts_stat('SELECT to_tsvector(''english'', content) FROM memories') WHERE ndoc BETWEEN 20 AND 40 LIMIT 1`,
  );
  const search = async (): Promise<number> => {
    const taken: number[] = [];
    for (let i = 0; i < 21; i++) {
      const started = process.hrtime.bigint();
      await client.query(
        `SELECT count(*) FROM memories WHERE to_tsvector('english', content) @@ to_tsquery('simple', $1)`,
        [words[0].word],
      );
      taken.push(Number(process.hrtime.bigint() - started) / 1e9);
    }
    return taken.sort((a, b) => a - b)[10] as number;
  };
  const started = process.hrtime.bigint();
  await insertRows(client, rows, listed);
  const insert = Number(process.hrtime.bigint() - started) / 1e9 / listed;
  const { rows: list } = await client.query(`SELECT * FROM gin_metapage_info(get_raw_page('memories_words', 0))`);
  const withList = await search();
  const from = await logPosition(client);
  const merging = process.hrtime.bigint();
  await client.query(`SELECT gin_clean_pending_list('memories_words')`);
  const seconds = Number(process.hrtime.bigint() - merging) / 1e9;
  const logged = (await loggedBetween(client, from, await logPosition(client))).get('memories_words');
  const searchAfter = await search();
  await client.query('RESET gin_pending_list_limit; RESET enable_seqscan');
  return {
    rows: listed,
    pages: Number(list[0].n_pending_pages),
    keys: logged?.records ?? 0,
    seconds,
    log: ((logged?.bytes ?? 0) + (logged?.images ?? 0)) / listed,
    search: withList,
    searchAfter,
    insert,
  };
}

export interface TouchRound {
  readonly updates: number;
  readonly hot: number;
  /** Bytes of log an update, without images. */
  readonly log: number;
  readonly indexPages: number;
  readonly seconds: number;
}

export interface TouchedStore {
  readonly rows: number;
  readonly fillfactor?: number;
  /** An index on last_accessed_at. */
  readonly indexed?: boolean;
  /** VACUUM after every round. */
  readonly vacuum?: boolean;
  readonly rounds: number;
  readonly reads: number;
}

/** Marks ten random rows as read with each statement, in rounds. */
export async function touchRounds(client: pg.Client, store: MadeStore, t: TouchedStore): Promise<TouchRound[]> {
  await client.query('DROP TABLE IF EXISTS memories');
  await createStore(client, store, false);
  await client.query(
    'ALTER TABLE memories ADD last_accessed_at timestamptz DEFAULT now(), ADD access_count int DEFAULT 0',
  );
  if (t.fillfactor !== undefined) await client.query(`ALTER TABLE memories SET (fillfactor = ${t.fillfactor})`);
  await insertRows(client, new Rows(store, 7), t.rows, 500);
  await createHnsw(client, store);
  if (t.indexed === true) await client.query('CREATE INDEX memories_touched ON memories (last_accessed_at)');
  await client.query('VACUUM ANALYZE memories');
  const uids = (await client.query<{ uid: string }>('SELECT uid FROM memories')).rows.map((r) => r.uid);
  const random = seeded(3);
  const counted = async (): Promise<{ updates: number; hot: number; pages: number }> => {
    await client.query('SELECT pg_stat_force_next_flush()');
    const { rows } = await client.query(
      `SELECT n_tup_upd AS updates, n_tup_hot_upd AS hot, pg_relation_size('memories_vector') / 8192 AS pages
       FROM pg_stat_user_tables WHERE relname = 'memories'`,
    );
    return { updates: Number(rows[0].updates), hot: Number(rows[0].hot), pages: Number(rows[0].pages) };
  };
  const rounds: TouchRound[] = [];
  for (let round = 0; round < t.rounds; round++) {
    const before = await counted();
    const from = await logPosition(client);
    const started = process.hrtime.bigint();
    for (let i = 0; i < t.reads; i++) {
      const ids = Array.from({ length: 10 }, () => uids[Math.floor(random() * uids.length)]);
      await client.query({
        name: 'touch',
        text: 'UPDATE memories SET last_accessed_at = clock_timestamp(), access_count = access_count + 1 WHERE uid = ANY($1)',
        values: [ids],
      });
    }
    const seconds = Number(process.hrtime.bigint() - started) / 1e9;
    const logged = await loggedBetween(client, from, await logPosition(client));
    const after = await counted();
    const updates = after.updates - before.updates;
    rounds.push({
      updates,
      hot: (after.hot - before.hot) / updates,
      log: [...logged.values()].reduce((all, l) => all + l.bytes, 0) / updates,
      indexPages: after.pages,
      seconds: seconds / updates,
    });
    if (t.vacuum === true) await client.query('VACUUM memories');
  }
  return rounds;
}
