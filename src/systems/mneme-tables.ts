/** mneme in SQLite and PostgreSQL: the entries with their indexes, two of which are redundant. */
import type { EnginePlan } from '../engines/engine.ts';
import { keyColumn } from '../layouts/pg-btree.ts';
import { jsonbPayload } from '../layouts/pg-memory-table.ts';
import type { SqliteColumn } from '../layouts/sqlite-records.ts';
import { derive, leaf } from '../quantity/index.ts';
import type { Workload } from '../workload/index.ts';
import { MNEME_NOTES, MNEME_REFUSED, mnemeGrowth, mnemeIndex, mnemeIndexComponent } from './mneme-memory.ts';
import { HASH_BYTES, MNEME_INPUTS, MNEME_LEAVE, MNEME_SOURCE, mnemeEntry } from './mneme-rows.ts';
import { column, type PgTable, pgComponents } from './pg-tables.ts';
import { plannedStore } from './planned-store.ts';
import type { SystemPreset } from './preset.ts';
import { cell, EPOCH_SECONDS, type SqliteTableOf, secondFile, sqliteComponents } from './sqlite-tables.ts';
import { systemEngine } from './system-engine.ts';

/** A day: the lifetime that the entries of a cache have. */
const TTL_SECONDS = 86_400;

const several = (w: Workload): boolean => (w.namespaces?.value ?? 1) > 1;

function sqliteTables(w: Workload): SqliteTableOf[] {
  const e = mnemeEntry(w);
  const namespace: SqliteColumn = cell.word('namespace', w.namespaceBytes);
  const hash = cell.word('query_hash', HASH_BYTES);
  const accessed = cell.integer('last_accessed_at', EPOCH_SECONDS);
  return [
    {
      name: 'entries',
      main: true,
      rows: w.memories,
      columns: [
        cell.rowid('id'),
        namespace,
        hash,
        cell.text('query', e.query),
        cell.text('response', e.response),
        cell.blob('embedding', e.embedding),
        cell.text('metadata', w.metadataBytes),
        cell.integer('created_at', EPOCH_SECONDS),
        accessed,
        cell.integer('ttl', TTL_SECONDS),
        cell.integer('access_count', 2),
      ],
      indexes: [
        { name: 'UNIQUE(namespace, query_hash)', columns: [namespace, hash], order: 'random' },
        { name: 'idx_entries_ns_hash', columns: [namespace, hash], order: 'random' },
        { name: 'idx_entries_ns_lru', columns: [namespace, accessed], order: several(w) ? 'random' : 'ascending' },
        { name: 'idx_entries_created_at', columns: [cell.integer('created_at', EPOCH_SECONDS)], order: 'ascending' },
        {
          name: 'idx_entries_id',
          columns: [{ kind: 'integer', name: 'id', value: w.memories, sequential: true }],
          order: 'ascending',
        },
      ],
    },
  ];
}

function planSqlite(w: Workload): EnginePlan {
  const index = mnemeIndex(w);
  const tables = sqliteComponents(sqliteTables(w), w);
  const components = [mnemeIndexComponent(index, w), ...tables];
  return plannedStore(
    {
      index,
      components,
      rebuildPeak: secondFile(tables),
      refused: MNEME_REFUSED,
      growth: mnemeGrowth(w, components),
      notes: [
        ...MNEME_NOTES,
        'idx_entries_ns_hash repeats the UNIQUE index and idx_entries_id the row ids: both can be dropped',
        'the file never shrinks: mneme runs no VACUUM',
      ],
    },
    w,
  );
}

function pgTables(w: Workload): PgTable[] {
  const e = mnemeEntry(w);
  const namespace = keyColumn.text('namespace', w.namespaceBytes);
  const hash = keyColumn.text('query_hash', HASH_BYTES);
  const pair = { kind: 'btree' as const, columns: [namespace, hash], arrival: 'random' as const };
  return [
    {
      name: 'entries',
      main: true,
      rows: w.memories,
      columns: [
        column.bigint('id'),
        column.word('namespace', w.namespaceBytes),
        column.word('query_hash', HASH_BYTES),
        column.word('query', e.query),
        column.text('response', e.response),
        column.bytea('embedding', e.embedding),
        column.word(
          'metadata',
          derive('jsonb of the metadata', 'B', 'max(empty, stored)', {
            empty: leaf('empty jsonb', 4, 'B', { source: 'PostgreSQL src/include/utils/jsonb.h' }),
            stored: jsonbPayload(w.metadataBytes),
          }),
        ),
        column.bigint('created_at'),
        column.bigint('last_accessed_at'),
        column.bigint('ttl'),
        column.bigint('access_count'),
      ],
      indexes: [
        { kind: 'btree', name: 'entries_pkey', columns: [keyColumn.bigint('id')], arrival: 'ascending', unique: true },
        { ...pair, name: 'entries_namespace_query_hash_key', unique: true },
        { ...pair, name: 'idx_entries_ns_hash' },
        {
          kind: 'btree',
          name: 'idx_entries_ns_lru',
          columns: [namespace, keyColumn.bigint('last_accessed_at')],
          arrival: { groups: w.namespaces ?? leaf('namespaces', 1, 'count') },
        },
        {
          kind: 'btree',
          name: 'idx_entries_created_at',
          columns: [keyColumn.bigint('created_at')],
          arrival: 'ascending',
        },
      ],
    },
  ];
}

function planPostgres(w: Workload): EnginePlan {
  const index = mnemeIndex(w);
  const components = [mnemeIndexComponent(index, w), ...pgComponents(pgTables(w), w).components];
  return plannedStore(
    {
      index,
      components,
      refused: MNEME_REFUSED,
      growth: mnemeGrowth(w, components),
      notes: [
        ...MNEME_NOTES,
        'idx_entries_ns_hash repeats the UNIQUE constraint: it can be dropped',
        'every hit updates last_accessed_at, which is indexed: no update is HOT, and dead rows grow with the hit rate',
      ],
    },
    w,
  );
}

const SCALARS = ['float32', 'halfvec', 'int8'] as const;

export const mnemeSqlite: SystemPreset = {
  id: 'mneme-sqlite',
  family: 'mneme',
  store: 'sqlite',
  title: 'mneme semantic cache (SQLite)',
  source: `${MNEME_SOURCE}, src/mneme/_migrations.py, _store_sqlite.py`,
  inputs: MNEME_INPUTS,
  engine: systemEngine({
    id: 'sqlite',
    system: 'mneme-sqlite',
    title: 'mneme (SQLite)',
    level: undefined,
    layouts: ['sqlite-table', 'sqlite-index', 'numpy-matrix', 'hnswlib'],
    scalars: SCALARS,
    indexes: ['flat', 'hnsw'],
    plan: planSqlite,
    leaveWhen: MNEME_LEAVE,
    failureModes: ['expired entries stay on disk until the application calls vacuum(), and the file keeps its size'],
  }),
};

export const mnemePostgres: SystemPreset = {
  id: 'mneme-postgres',
  family: 'mneme',
  store: 'postgres',
  title: 'mneme semantic cache (PostgreSQL)',
  source: `${MNEME_SOURCE}, src/mneme/_store_postgres.py`,
  inputs: MNEME_INPUTS,
  engine: systemEngine({
    id: 'postgres',
    system: 'mneme-postgres',
    title: 'mneme (PostgreSQL)',
    level: undefined,
    layouts: ['pg-heap', 'pg-btree', 'numpy-matrix', 'hnswlib'],
    scalars: SCALARS,
    indexes: ['flat', 'hnsw'],
    plan: planPostgres,
    tables: {
      of: pgTables,
      asStored: (w) => w,
      vectorIndex: false,
      updates: 'every hit sets last_accessed_at and access_count, the first of which is indexed',
    },
    leaveWhen: MNEME_LEAVE,
    failureModes: ['every hit leaves a dead row and a dead entry in each index: bloat grows with the hit rate'],
  }),
};
