import { defineProfile, type Profile } from './profile.ts';

const CAMEL = '^[A-Z][A-Za-z0-9]*_[a-z][a-z0-9_]*$';

/** One table for each kind of data point and indexed field; the same columns as mem0's, but json instead of jsonb. */
export const cognee: Profile = defineProfile({
  id: 'cognee',
  title: 'Cognee vectors',
  schemes: ['postgres'],
  source: 'cognee 1.5.2, infrastructure/databases/vector/pgvector/PGVectorAdapter.py',
  signature: {
    tables: {},
    shape: { columns: ['id:uuid', 'payload:json', 'vector:vector|halfvec'], together: true },
    markers: [
      {
        table: 'data(raw_data_location, content_hash, node_set)',
        says: "is there: Cognee's list of ingested data",
        confidence: 0.95,
      },
      { name: CAMEL, atLeast: 2, says: 'and others are named Type_field', confidence: 0.9 },
      { name: CAMEL, says: 'is named Type_field', confidence: 0.7 },
    ],
    confidence: 0.4,
  },
  sets: [
    {
      table: '*',
      role: 'memory',
      title: 'rows of *',
      id: ['id'],
      namespace: { json: 'payload', path: 'belongs_to_set' },
      text: [{ json: 'payload', path: 'text' }],
      metadata: 'payload',
      vectors: { where: 'column', column: 'vector', scalar: 'float32' },
    },
  ],
  alsoOwns: ['data(raw_data_location, content_hash, node_set)'],
  hazards: [
    {
      text: 'the rows are one third of the truth: the graph and the relational tables hold the rest under the same ids',
    },
    { text: 'there is no vector index: every search reads the whole table' },
  ],
  ownMaintenance: 'none',
  readOnly: 'rows are tied to a graph and a relational store by id: Cognee deletes them itself',
});
