/** LangChain's tables in PostgreSQL: two releases, its second engine, and the four-column table many programs copy. */
import { defineProfile, type Profile } from './profile.ts';

const NO_TIME = 'rows carry no time: what is old cannot be told, unless the metadata say so';

export const langchain: Profile = defineProfile({
  id: 'langchain',
  title: 'LangChain PGVector',
  schemes: ['postgres'],
  source: 'langchain-postgres 0.0.17, vectorstores.py; langchain-community PGVector (legacy)',
  signature: {
    tables: {
      langchain_pg_collection: ['uuid', 'name'],
      langchain_pg_embedding: ['collection_id', 'embedding', 'document', 'cmetadata'],
    },
    confidence: 0.97,
  },
  variants: [
    { name: 'legacy (custom_id)', hasColumn: { table: 'langchain_pg_embedding', column: 'custom_id' } },
    { name: 'current' },
  ],
  sets: [
    {
      table: 'langchain_pg_embedding',
      role: 'memory',
      title: 'documents',
      primary: true,
      id: ['id|uuid'],
      namespace: { column: 'collection_id' },
      namespaceLabel: { table: 'langchain_pg_collection', id: 'uuid', name: 'name' },
      text: [{ column: 'document' }],
      metadata: 'cmetadata',
      vectors: { where: 'column', column: 'embedding', scalar: 'float32' },
    },
  ],
  alsoOwns: ['langchain_pg_collection'],
  hazards: [
    { text: NO_TIME },
    {
      text: 'the embedding column usually has no dimension: only a cast expression can be indexed, and none is by default',
    },
    { text: 'collection_id has no index: every filtered search reads the whole table' },
  ],
  ownMaintenance: 'none',
});

export const langchainV2: Profile = defineProfile({
  id: 'langchain-v2',
  title: 'LangChain PGVectorStore',
  schemes: ['postgres'],
  source: 'langchain-postgres 0.0.17, v2/engine.py',
  signature: {
    tables: {},
    shape: { columns: ['langchain_id', 'content', 'embedding:vector|halfvec', 'langchain_metadata'], open: true },
    markers: [{ index: '*langchainvectorindex', says: 'is named as LangChain names it', confidence: 0.97 }],
    confidence: 0.9,
  },
  sets: [
    {
      table: '*',
      role: 'memory',
      title: 'documents',
      primary: true,
      id: ['langchain_id'],
      text: [{ column: 'content' }],
      metadata: 'langchain_metadata',
      vectors: { where: 'column', column: 'embedding', scalar: 'float32' },
    },
  ],
  alsoOwns: [],
  hazards: [{ text: NO_TIME }, { text: 'tenants, where there are any, are columns that the user chose' }],
  ownMaintenance: 'none',
});

/** Also the Supabase template and every program that follows the same tutorial: a guess until the user says so. */
export const langchainJs: Profile = defineProfile({
  id: 'langchain-js',
  title: 'LangChain.js documents',
  schemes: ['postgres'],
  source: '@langchain/community 1.1.29, vectorstores/pgvector; the Supabase "documents" template',
  signature: {
    tables: {},
    shape: {
      columns: [
        'id:uuid|bigint|integer',
        'content|text:text|varchar',
        'metadata:jsonb|json',
        'embedding|vector:vector|halfvec',
      ],
      optional: ['collection_id', 'created_at', 'updated_at', 'fts'],
    },
    markers: [
      { name: '^(testlangchainjs|langchain)', says: 'is named after LangChain', confidence: 0.85 },
      { name: '^documents$', says: 'is named as in the Supabase template', confidence: 0.55 },
    ],
    confidence: 0.5,
  },
  sets: [
    {
      table: '*',
      role: 'memory',
      title: 'documents',
      primary: true,
      id: ['id'],
      namespace: { column: 'collection_id' },
      text: [{ column: 'content|text' }],
      metadata: 'metadata',
      created: { column: { column: 'created_at' }, format: 'native' },
      rank: { updated: { column: { column: 'updated_at' }, format: 'native' } },
      vectors: { where: 'column', column: 'embedding|vector', scalar: 'float32' },
    },
  ],
  alsoOwns: [],
  hazards: [{ text: 'the shape is a common one: nothing but its columns says what program it belongs to' }],
  ownMaintenance: 'none',
});

export const n8n: Profile = defineProfile({
  id: 'n8n',
  title: 'n8n AI nodes',
  schemes: ['postgres'],
  source: '@n8n/n8n-nodes-langchain 2.41.1, VectorStorePGVector and MemoryPostgresChat',
  signature: {
    tables: {},
    anyOf: [
      { n8n_vectors: ['id', 'metadata', 'embedding|vector'] },
      { n8n_chat_histories: ['id', 'session_id', 'message'] },
    ],
    confidence: 0.95,
  },
  sets: [
    {
      table: 'n8n_vectors',
      role: 'memory',
      title: 'documents',
      primary: true,
      id: ['id'],
      namespace: { column: 'collection_id' },
      namespaceLabel: { table: 'n8n_vector_collections', id: 'uuid', name: 'name' },
      text: [{ column: 'text|content' }],
      metadata: 'metadata',
      vectors: { where: 'column', column: 'embedding|vector', scalar: 'float32' },
    },
    {
      table: 'n8n_chat_histories',
      role: 'session',
      title: 'chat messages',
      id: ['id'],
      namespace: { column: 'session_id' },
      text: [{ column: 'message' }],
    },
  ],
  alsoOwns: ['n8n_vector_collections'],
  hazards: [
    { text: `${NO_TIME}; chat messages are in the order of their id` },
    { text: 'session_id has no index, and the vectors have none' },
  ],
  ownMaintenance: 'none',
});
