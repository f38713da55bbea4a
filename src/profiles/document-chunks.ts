/** Chunks of documents as three frameworks keep them in PostgreSQL, in tables that their users name. */
import { defineProfile, type Profile } from './profile.ts';

export const llamaIndex: Profile = defineProfile({
  id: 'llama-index',
  title: 'LlamaIndex PGVectorStore',
  schemes: ['postgres'],
  source: 'run-llama/llama_index, llama-index-vector-stores-postgres, base.py',
  signature: {
    tables: {},
    shape: {
      columns: [
        'id:bigint',
        'text:varchar|text',
        'metadata_:json|jsonb',
        'node_id:varchar|text',
        'embedding:vector|halfvec',
      ],
      optional: ['index_id', 'text_search_tsv'],
    },
    markers: [{ name: '^data_', says: 'is named data_<index>', confidence: 0.95 }],
    confidence: 0.85,
  },
  sets: [
    {
      table: '*',
      role: 'memory',
      title: 'nodes',
      primary: true,
      id: ['id'],
      namespace: { json: 'metadata_', path: 'ref_doc_id' },
      text: [{ column: 'text' }],
      metadata: 'metadata_',
      vectors: { where: 'column', column: 'embedding', scalar: 'float32' },
      readOnly: 'nodes of a document refer to each other, and the document store lists them: delete by document',
    },
  ],
  alsoOwns: [],
  hazards: [{ text: 'rows carry no time, and there is no vector index unless hnsw_kwargs were given' }],
  ownMaintenance: 'none',
});

export const dify: Profile = defineProfile({
  id: 'dify',
  title: 'Dify dataset vectors',
  schemes: ['postgres'],
  source: 'langgenius/dify, api/core/rag/datasource/vdb/pgvector/pgvector.py',
  signature: {
    tables: {},
    shape: { columns: ['id:uuid', 'text:text', 'meta:jsonb', 'embedding:vector|halfvec'] },
    markers: [
      { name: '^embedding_', says: 'is named embedding_<collection>', confidence: 0.95 },
      { name: '^[Vv]ector_index_', says: 'is named after a Dify dataset', confidence: 0.95 },
      { keys: { column: 'meta', all: ['dataset_id', 'doc_id'] }, says: 'has rows of a Dify dataset', confidence: 0.95 },
    ],
    confidence: 0.5,
  },
  sets: [
    {
      table: '*',
      role: 'memory',
      title: 'segments',
      primary: true,
      id: ['id'],
      namespace: { json: 'meta', path: 'document_id' },
      text: [{ column: 'text' }],
      metadata: 'meta',
      hash: { json: 'meta', path: 'doc_hash' },
      vectors: { where: 'column', column: 'embedding', scalar: 'float32' },
      readOnly: "segments are listed in Dify's own database: it deletes them by document",
    },
  ],
  alsoOwns: [],
  hazards: [{ text: 'rows carry no time; one table holds one dataset' }],
  ownMaintenance: 'none',
});

export const agnoKnowledge: Profile = defineProfile({
  id: 'agno-knowledge',
  title: 'agno knowledge',
  schemes: ['postgres'],
  source: 'agno-agi/agno, agno/vectordb/pgvector/pgvector.py (schema version 1)',
  signature: {
    tables: {},
    shape: {
      columns: ['id', 'name', 'meta_data', 'filters', 'content', 'embedding:vector|halfvec', 'usage', 'created_at'],
      optional: ['updated_at', 'content_hash', 'content_id'],
    },
    confidence: 0.92,
  },
  sets: [
    {
      table: '*',
      role: 'memory',
      title: 'chunks',
      primary: true,
      id: ['id'],
      namespace: { column: 'name' },
      text: [{ column: 'content' }],
      metadata: 'meta_data',
      hash: { column: 'content_hash' },
      created: { column: { column: 'created_at' }, format: 'native' },
      rank: { updated: { column: { column: 'updated_at' }, format: 'native' } },
      vectors: { where: 'column', column: 'embedding', scalar: 'float32' },
    },
  ],
  alsoOwns: [],
  hazards: [{ text: 'the table of contents (agno_knowledge) still lists what was deleted here' }],
  ownMaintenance: 'none',
});
