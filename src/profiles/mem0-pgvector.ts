import { defineProfile, type Profile } from './profile.ts';

const USER = { json: 'payload', path: 'user_id' } as const;

/** A collection is a table of any name, with an index of entities beside it; everything but the vector is JSON. */
export const mem0Pgvector: Profile = defineProfile({
  id: 'mem0',
  title: 'mem0 memories',
  schemes: ['postgres'],
  source: 'mem0ai 2.0.18, mem0/vector_stores/pgvector.py and mem0/memory/main.py; npm mem0ai 3.3.1',
  signature: {
    tables: {},
    shape: { columns: ['id:uuid', 'vector:vector', 'payload:jsonb'], notNamed: ['*_entities', 'mem0migrations'] },
    markers: [
      { table: 'mem0migrations(id, vector, payload)', says: 'is there', confidence: 0.95 },
      { table: '*_entities(id, vector, payload)', says: 'indexes its entities', confidence: 0.95 },
      { table: 'memory_migrations(id, user_id)', says: 'is there (TypeScript)', confidence: 0.9 },
      { index: '*_text_lemmatized_idx', says: 'indexes the lemmatized text', confidence: 0.95 },
      { index: '*_hnsw_idx', says: 'is named as mem0 names it', confidence: 0.75 },
      { name: '^mem0', says: 'is named after mem0', confidence: 0.85 },
      {
        keys: { column: 'payload', all: ['data', 'hash'] },
        says: 'has rows whose payload holds data and hash',
        confidence: 0.9,
      },
    ],
    confidence: 0.45,
  },
  variants: [
    { name: 'TypeScript', hasTable: 'memory_migrations' },
    { name: 'Python', hasIndex: '*_text_lemmatized_idx' },
  ],
  sets: [
    {
      table: '*',
      role: 'memory',
      title: 'memories',
      primary: true,
      id: ['id'],
      namespace: USER,
      text: [{ json: 'payload', path: 'data' }],
      metadata: 'payload',
      hash: { json: 'payload', path: 'hash' },
      // A memory belongs to user, agent and run together.
      kind: [
        { json: 'payload', path: 'agent_id' },
        { json: 'payload', path: 'run_id' },
      ],
      rank: { updated: { column: { json: 'payload', path: 'updated_at' }, format: 'utc-text' } },
      created: { column: { json: 'payload', path: 'created_at' }, format: 'utc-text' },
      ttl: { kind: 'at', at: { column: { json: 'payload', path: 'expiration_date' }, format: 'date-text' } },
      vectors: { where: 'column', column: 'vector', scalar: 'float32' },
      // mem0 itself takes the id out of every entity and removes an entity that no memory speaks of any more.
      dependents: [
        {
          table: '*_entities',
          on: { 'payload->linked_memory_ids': 'id' },
          how: 'unlink',
          list: { json: 'payload', path: 'linked_memory_ids', whenEmpty: 'delete' },
        },
      ],
    },
    {
      table: '*_entities',
      role: 'metadata',
      title: 'entities',
      id: ['id'],
      namespace: USER,
      text: [{ json: 'payload', path: 'data' }],
      metadata: 'payload',
      kind: [
        { json: 'payload', path: 'entity_type' },
        { json: 'payload', path: 'agent_id' },
        { json: 'payload', path: 'run_id' },
      ],
      vectors: { where: 'column', column: 'vector', scalar: 'float32' },
      readOnly: 'an entity goes with the last memory that speaks of it',
    },
  ],
  alsoOwns: ['mem0migrations(id, vector, payload)', 'memory_migrations(id, user_id)'],
  hazards: [
    { text: 'expiration_date is a day, valid until it is over in UTC; expired memories are hidden and never deleted' },
    { text: 'a memory belongs to user_id, agent_id and run_id together: equal text of two users is no duplicate' },
    { text: 'entities list the memories they come from: a memory that is deleted must be taken out of those lists' },
  ],
  ownMaintenance: 'none: expired memories are hidden at read time; there is no index on the user of a memory',
});
