import { type Dependent, defineProfile, type Profile } from './profile.ts';

const linked = (column: string, table: string): Dependent => ({ table, on: { [column]: 'id' }, how: 'engine' });

/** Facts in banks, linked to each other and to entities; a schema for each tenant. */
export const hindsight: Profile = defineProfile({
  id: 'hindsight',
  title: 'Hindsight memory banks',
  schemes: ['postgres'],
  source: 'vectorize-io/hindsight, hindsight-api/hindsight_api/models.py',
  signature: {
    tables: {
      memory_units: ['bank_id', 'text', 'fact_type', 'embedding'],
      memory_links: ['from_unit_id', 'to_unit_id', 'link_type'],
      banks: ['bank_id'],
    },
    confidence: 0.97,
  },
  sets: [
    {
      table: 'memory_units',
      role: 'memory',
      title: 'facts',
      primary: true,
      id: ['id'],
      namespace: { column: 'bank_id' },
      text: [{ column: 'text' }],
      metadata: 'metadata',
      created: { column: { column: 'created_at' }, format: 'native' },
      breakdowns: [{ column: 'fact_type' }],
      kind: [{ column: 'fact_type' }],
      rank: {
        updated: { column: { column: 'updated_at' }, format: 'native' },
        edges: { table: 'memory_links', on: [{ from_unit_id: 'id' }, { to_unit_id: 'id' }] },
      },
      vectors: { where: 'column', column: 'embedding', scalar: 'float32' },
      dependents: [
        linked('unit_id', 'unit_entities'),
        linked('from_unit_id', 'memory_links'),
        linked('to_unit_id', 'memory_links'),
      ],
    },
    {
      table: 'memory_links',
      role: 'edge',
      title: 'links',
      id: ['from_unit_id', 'to_unit_id', 'link_type'],
      created: { column: { column: 'created_at' }, format: 'native' },
      breakdowns: [{ column: 'link_type' }],
      readOnly: 'a link goes with its facts',
    },
    {
      table: 'entities',
      role: 'node',
      title: 'entities',
      id: ['id'],
      namespace: { column: 'bank_id' },
      text: [{ column: 'canonical_name' }],
      readOnly: 'entities are counted and merged by the application',
    },
  ],
  alsoOwns: [
    'alembic_version(version_num)',
    'banks',
    'documents(bank_id, original_text)',
    'unit_entities(unit_id, entity_id)',
    'entity_cooccurrences(entity_id_1, entity_id_2)',
  ],
  hazards: [
    { text: 'invalidated_at, occurred_end and event_date say when a fact held: history, and never an expiry' },
    { text: 'three partial vector indexes a bank: with some 2,000 banks the lock table is exhausted' },
  ],
  ownMaintenance: 'none',
});
