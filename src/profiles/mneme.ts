import { defineProfile, type Profile, type SetProfile } from './profile.ts';

/** Embeddings are raw little-endian float32, L2-normalised; times are epoch seconds, ttl a lifetime in seconds. */
const ENTRIES: SetProfile = {
  table: 'entries',
  role: 'memory',
  title: 'cached answers',
  primary: true,
  id: ['id'],
  namespace: { column: 'namespace' },
  text: [{ column: 'query' }, { column: 'response' }],
  metadata: 'metadata',
  hash: { column: 'query_hash' },
  created: { column: { column: 'created_at' }, format: 'epoch-s' },
  ttl: { kind: 'after', from: { column: { column: 'created_at' }, format: 'epoch-s' }, ttl: 'ttl', seconds: 1 },
  vectors: { where: 'column', column: 'embedding', scalar: 'float32' },
  quota: { table: 'namespace_quotas', namespace: 'namespace', limit: 'max_entries' },
  rank: { accesses: { column: 'access_count' } },
  evictionOrder: ['last_accessed_at', 'id'],
  // A running process drops rows from memory only when the counter jumps: fewer than 100 look like ordinary writes.
  signal: {
    table: 'multi_process_state',
    column: 'value',
    where: { column: 'key', value: 'version_counter' },
    least: 100,
  },
};

const SHAPE: Pick<Profile, 'signature' | 'version' | 'newestKnown' | 'sets' | 'alsoOwns'> = {
  signature: {
    tables: {
      entries: ['namespace', 'query_hash', 'query', 'response', 'embedding', 'created_at', 'ttl', 'access_count'],
      schema_meta: ['key', 'value'],
    },
    confidence: 0.95,
  },
  version: { table: 'schema_meta', column: 'value', where: { column: 'key', value: 'schema_version' } },
  newestKnown: 1,
  sets: [ENTRIES],
  alsoOwns: ['schema_meta', 'cache_counters', 'namespace_quotas', 'multi_process_state'],
};

const HAZARDS: Profile['hazards'] = [
  {
    text: 'a running mneme process notices rows deleted by others only when multi_process_state.version_counter advances by 100 or more; a process in single mode never does',
  },
  {
    text: 'hit and expiry counters live in the owner process and are written on close; deletes by others are not in them',
  },
];

export const mneme: Profile = defineProfile({
  ...SHAPE,
  id: 'mneme',
  title: 'mneme semantic cache',
  schemes: ['sqlite'],
  source: 'AnthonyNystrom/mneme 1.0.0, src/mneme/_migrations.py and _store_sqlite.py',
  hazards: HAZARDS,
  ownMaintenance:
    'expired entries go when the application calls vacuum(); the file never shrinks, because SQLite VACUUM is never run',
});

export const mnemePostgres: Profile = defineProfile({
  ...SHAPE,
  id: 'mneme',
  title: 'mneme semantic cache (PostgreSQL)',
  schemes: ['postgres'],
  source: 'AnthonyNystrom/mneme 1.0.0, src/mneme/_store_postgres.py; the schema is called mneme unless configured',
  hazards: [
    ...HAZARDS,
    {
      text: 'every hit updates last_accessed_at, which is indexed: no update is HOT, and dead rows grow with the hit rate',
    },
  ],
  ownMaintenance: 'expired entries go when the application calls vacuum(); it issues no VACUUM and no ANALYZE',
});
