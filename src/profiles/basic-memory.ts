import { defineProfile, type Profile } from './profile.ts';

const FILES = 'the Markdown files are the truth and this database their index: delete the note, and it is read again';

/** An index over Markdown files: read for size, never changed. */
export const basicMemory: Profile = defineProfile({
  id: 'basic-memory',
  title: 'Basic Memory index',
  schemes: ['sqlite'],
  source: 'basicmachines-co/basic-memory, src/basic_memory/models/knowledge.py',
  signature: {
    tables: {
      entity: ['permalink', 'file_path', 'checksum', 'content_type'],
      observation: ['entity_id', 'content', 'category'],
      relation: ['from_id', 'to_id', 'relation_type'],
    },
    confidence: 0.96,
  },
  sets: [
    {
      table: 'entity',
      role: 'memory',
      title: 'notes',
      primary: true,
      id: ['id'],
      namespace: { column: 'project_id' },
      namespaceLabel: { table: 'project', id: 'id', name: 'name' },
      text: [{ column: 'title' }],
      metadata: 'entity_metadata',
      hash: { column: 'checksum' },
      created: { column: { column: 'created_at' }, format: 'utc-text' },
      breakdowns: [{ column: 'content_type' }],
      kind: [{ column: 'content_type' }],
      rank: { updated: { column: { column: 'updated_at' }, format: 'utc-text' } },
    },
    {
      table: 'observation',
      role: 'node',
      title: 'observations',
      id: ['id'],
      namespace: { column: 'project_id' },
      text: [{ column: 'content' }],
      breakdowns: [{ column: 'category' }],
      // An observation says something of its note; the same words under two notes are two facts.
      kind: [{ column: 'category' }, { column: 'entity_id' }],
    },
    { table: 'relation', role: 'edge', title: 'relations', id: ['id'], namespace: { column: 'project_id' } },
  ],
  alsoOwns: [
    'alembic_version(version_num)',
    'project(name, path)',
    'search_index',
    'search_vector_*',
    'note_content(entity_id)',
    'note_file_vacate(entity_id)',
    'note_section(entity_id)',
  ],
  hazards: [{ text: 'rows deleted here come back when the files are read again' }],
  ownMaintenance: 'the index follows the files; the database never shrinks by itself',
  readOnly: FILES,
});
