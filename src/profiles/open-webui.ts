/** Open WebUI: memories in its own database, chunks of files where pgvector is its vector store. */
import { defineProfile, type Profile, type SetProfile } from './profile.ts';

const MEMORY: SetProfile = {
  table: 'memory',
  role: 'memory',
  title: 'memories',
  primary: true,
  id: ['id'],
  namespace: { column: 'user_id' },
  text: [{ column: 'content' }],
  created: { column: { column: 'created_at' }, format: 'epoch-s' },
  rank: { updated: { column: { column: 'updated_at' }, format: 'epoch-s' } },
  vectors: { where: 'elsewhere', name: 'a Chroma store under vector_db/, collection user-memory-<user id>' },
  readOnly: 'the vector of a memory is in another store under the same id: Open WebUI deletes both',
};

const MEMORY_COLUMNS = ['id', 'user_id', 'content', 'updated_at', 'created_at'] as const;

export const openWebui: Profile = defineProfile({
  id: 'open-webui',
  title: 'Open WebUI memories',
  schemes: ['sqlite'],
  source: 'open-webui webui.db, models/memories.py',
  signature: {
    tables: { memory: MEMORY_COLUMNS },
    exact: true,
    markers: [{ table: 'chat(user_id, chat)', says: 'is there', confidence: 0.9 }],
    confidence: 0.7,
  },
  sets: [MEMORY],
  alsoOwns: [],
  hazards: [{ text: 'delete the row and its Chroma record together' }],
  ownMaintenance: 'none',
});

export const openWebuiPostgres: Profile = defineProfile({
  id: 'open-webui',
  title: 'Open WebUI memories (PostgreSQL)',
  schemes: ['postgres'],
  source: 'open-webui models/memories.py',
  signature: {
    tables: { memory: MEMORY_COLUMNS },
    exact: true,
    markers: [
      { table: 'document_chunk(collection_name, vmetadata)', says: 'is there', confidence: 0.95 },
      { table: 'chat(user_id, chat)', says: 'is there', confidence: 0.9 },
    ],
    confidence: 0.7,
  },
  sets: [
    {
      ...MEMORY,
      vectors: { where: 'elsewhere', name: 'document_chunk or another store, collection user-memory-<user id>' },
    },
  ],
  alsoOwns: [],
  hazards: [{ text: 'memories and their vectors are tied by id alone: delete both' }],
  ownMaintenance: 'none',
});

export const openWebuiChunks: Profile = defineProfile({
  id: 'open-webui-chunks',
  title: 'Open WebUI document chunks',
  schemes: ['postgres'],
  source: 'open-webui retrieval/vector/dbs/pgvector.py',
  signature: {
    tables: { document_chunk: ['id', 'vector', 'collection_name', 'text', 'vmetadata'] },
    confidence: 0.95,
  },
  sets: [
    {
      table: 'document_chunk',
      role: 'memory',
      title: 'chunks',
      primary: true,
      id: ['id'],
      namespace: { column: 'collection_name' },
      text: [{ column: 'text' }],
      metadata: 'vmetadata',
      hash: { json: 'vmetadata', path: 'hash' },
      vectors: { where: 'column', column: 'vector', scalar: 'float32' },
      readOnly: 'chunks belong to files, knowledge bases and memories that webui.db lists',
    },
  ],
  alsoOwns: [],
  hazards: [
    { text: 'vectors of smaller models are padded with zeros to the width of the column, larger ones are cut' },
    { text: 'with pgcrypto text and vmetadata are encrypted bytes' },
    { text: 'a file of a knowledge base is stored twice by design, as file-<id> and under the knowledge base' },
    { text: 'one index serves all collections: a small one gets too few neighbours after the filter' },
  ],
  ownMaintenance: 'none',
});
