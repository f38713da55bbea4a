/** LangGraph's long-term store: the same table names in three schemas that do not agree. */
import { defineProfile, type Profile, type SetProfile, type TimeColumn } from './profile.ts';

const KEYS = { prefix: 'prefix', key: 'key' } as const;

function items(created: TimeColumn, namespace: string): SetProfile {
  return {
    table: 'store',
    role: 'memory',
    title: 'stored items',
    primary: true,
    id: [namespace, 'key'],
    namespace: { column: namespace },
    text: [{ column: 'value' }],
    metadata: 'value',
    created,
    rank: { updated: { column: { column: 'updated_at' }, format: created.format } },
    ttl: { kind: 'at', at: { column: { column: 'expires_at' }, format: created.format } },
    vectors: {
      where: 'table',
      table: 'store_vectors',
      column: 'embedding',
      on: [namespace, 'key'],
      scalar: 'float32',
    },
  };
}

const TEXT_TIME: TimeColumn = { column: { column: 'created_at' }, format: 'utc-text' };
const OWN_TIME: TimeColumn = { column: { column: 'created_at' }, format: 'native' };

export const langgraphStore: Profile = defineProfile({
  id: 'langgraph-store',
  title: 'LangGraph store (Python, SQLite)',
  schemes: ['sqlite'],
  source: 'langgraph-checkpoint-sqlite 3.1.1, langgraph/store/sqlite/base.py',
  signature: {
    tables: { store: ['prefix', 'key', 'value', 'created_at'], store_migrations: ['v'] },
    confidence: 0.95,
  },
  version: { table: 'store_migrations', column: 'v' },
  variants: [
    { name: 'without ttl columns', lacksColumn: { table: 'store', column: 'expires_at' } },
    { name: 'with vectors', hasTable: 'store_vectors' },
    { name: 'without vectors' },
  ],
  sets: [
    {
      ...items(TEXT_TIME, 'prefix'),
      // The cascade is declared and never fires: the pragma is off in every connection of the library.
      dependents: [{ table: 'store_vectors', on: KEYS, how: 'delete', orphans: true }],
    },
    {
      table: 'store_vectors',
      role: 'vectors',
      title: 'stored vectors',
      id: ['prefix', 'key', 'field_name'],
      namespace: { column: 'prefix' },
      created: TEXT_TIME,
      vectors: { where: 'column', column: 'embedding', scalar: 'float32' },
      readOnly: 'a vector goes with its item',
    },
  ],
  alsoOwns: ['store_migrations', 'vector_migrations(v)'],
  hazards: [
    {
      text: 'foreign keys are never switched on, so the declared cascade does not fire: deletes and the TTL sweep leave orphans in store_vectors',
      hasTable: 'store_vectors',
    },
    {
      text: 'expires_at is written in two text forms, with and without fraction and offset; compare it as a time, never as text',
    },
    { text: 'every put resets created_at: ages are ages of the last write' },
  ],
  ownMaintenance: 'the TTL sweeper runs only where the application starts it, and only while its process lives',
});

export const langgraphStorePostgres: Profile = defineProfile({
  id: 'langgraph-store',
  title: 'LangGraph store (Python, PostgreSQL)',
  schemes: ['postgres'],
  source: 'langgraph-checkpoint-postgres 3.1.2, langgraph/store/postgres/base.py',
  signature: {
    tables: { store: ['prefix', 'key', 'value', 'created_at'], store_migrations: ['v'] },
    markers: [
      { table: 'vector_migrations(v)', says: 'is there: its vectors were migrated by the library', confidence: 0.97 },
    ],
    confidence: 0.95,
  },
  version: { table: 'store_migrations', column: 'v' },
  variants: [
    { name: 'without ttl columns', lacksColumn: { table: 'store', column: 'expires_at' } },
    { name: 'with vectors', hasTable: 'store_vectors' },
    { name: 'without vectors' },
  ],
  sets: [
    { ...items(OWN_TIME, 'prefix'), dependents: [{ table: 'store_vectors', on: KEYS, how: 'engine' }] },
    {
      table: 'store_vectors',
      role: 'vectors',
      title: 'stored vectors',
      id: ['prefix', 'key', 'field_name'],
      namespace: { column: 'prefix' },
      created: OWN_TIME,
      vectors: { where: 'column', column: 'embedding', scalar: 'float32' },
      readOnly: 'a vector goes with its item',
    },
  ],
  alsoOwns: ['store_migrations', 'vector_migrations(v)'],
  hazards: [
    { text: 'prefix holds the segments of a namespace joined by "."; the JavaScript library joins them by ":"' },
    { text: 'reads return expired rows until they are swept, unless the application asks to omit them' },
    { text: 'a read pushes expires_at ahead by ttl_minutes unless that is switched off' },
  ],
  ownMaintenance: 'the TTL sweeper runs only where the application starts it, and only while its process lives',
});

export const langgraphStoreJs: Profile = defineProfile({
  id: 'langgraph-store-js',
  title: 'LangGraph store (JavaScript, PostgreSQL)',
  schemes: ['postgres'],
  source: 'npm @langchain/langgraph-checkpoint-postgres 1.0.5, dist/store/store-migrations.js',
  signature: {
    tables: { store: ['namespace_path', 'key', 'value', 'expires_at'], store_migrations: ['v'] },
    confidence: 0.95,
  },
  version: { table: 'store_migrations', column: 'v' },
  variants: [{ name: 'with vectors', hasTable: 'store_vectors' }, { name: 'without vectors' }],
  sets: [
    {
      ...items(OWN_TIME, 'namespace_path'),
      dependents: [{ table: 'store_vectors', on: { namespace_path: 'namespace_path', key: 'key' }, how: 'engine' }],
    },
    {
      table: 'store_vectors',
      role: 'vectors',
      title: 'stored vectors',
      id: ['namespace_path', 'key', 'field_path'],
      namespace: { column: 'namespace_path' },
      text: [{ column: 'text_content' }],
      created: OWN_TIME,
      vectors: { where: 'column', column: 'embedding', scalar: 'float32' },
      readOnly: 'a vector goes with its item',
    },
  ],
  alsoOwns: ['store_migrations'],
  hazards: [
    { text: 'namespace_path joins the segments by ":"; the Python library joins them by "."' },
    { text: 'createAllMetricIndexes builds three vector indexes on one column: three times the space' },
  ],
  ownMaintenance: 'reads hide expired rows; they are swept only where ttl.sweepIntervalMinutes is set',
});
