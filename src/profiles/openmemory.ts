/** OpenMemory: sectors of memories with vectors beside them, waypoints between them, facts with a period of validity. */
import { type Dependent, defineProfile, type Profile, type SetProfile, type TimeColumn } from './profile.ts';

const CREATED: TimeColumn = { column: { column: 'created_at' }, format: 'epoch-ms' };
const SIGNS = ['simhash', 'primary_sector', 'salience', 'decay_lambda'] as const;

function sets(memories: string, vectors: string, waypoints: string): SetProfile[] {
  const hang = (table: string, column: string): Dependent => ({ table, on: { [column]: 'id' }, how: 'delete' });
  return [
    {
      table: memories,
      role: 'memory',
      title: 'memories',
      primary: true,
      id: ['id'],
      namespace: { column: 'user_id' },
      text: [{ column: 'content' }],
      metadata: 'meta',
      hash: { column: 'simhash' },
      created: CREATED,
      breakdowns: [{ column: 'primary_sector' }],
      kind: [{ column: 'primary_sector' }],
      rank: {
        confidence: { column: 'salience' },
        updated: { column: { column: 'updated_at' }, format: 'epoch-ms' },
        edges: { table: waypoints, on: [{ src_id: 'id' }, { dst_id: 'id' }] },
      },
      vectors: { where: 'table', table: vectors, column: 'v', on: ['id'], scalar: 'float32' },
      dependents: [hang(vectors, 'id'), hang(waypoints, 'src_id'), hang(waypoints, 'dst_id')],
    },
    {
      table: waypoints,
      role: 'edge',
      title: 'waypoints',
      namespace: { column: 'user_id' },
      created: CREATED,
      readOnly: 'a waypoint goes with its memories',
    },
    {
      table: 'temporal_facts',
      role: 'memory',
      title: 'facts with a period of validity',
      id: ['id'],
      text: [{ column: 'subject' }, { column: 'predicate' }, { column: 'object' }],
      metadata: 'metadata',
      readOnly: 'valid_to says until when a fact held: history, and never an expiry',
    },
  ];
}

const HAZARDS: Profile['hazards'] = [
  { text: 'foreign keys are switched off: nothing removes the vectors and waypoints of a memory but the application' },
  {
    text: 'valid_to of a fact is history, and never an expiry',
    hasTable: 'temporal_facts',
  },
];

export const openmemory: Profile = defineProfile({
  id: 'openmemory',
  title: 'OpenMemory (SQLite)',
  schemes: ['sqlite'],
  source: 'CaviraOSS/OpenMemory, backend/src/core/db.ts',
  signature: { tables: { memories: ['content', ...SIGNS] }, confidence: 0.95 },
  sets: sets('memories', 'vectors', 'waypoints'),
  alsoOwns: [
    'vectors(id, sector, v, dim)',
    'embed_logs(id, model, status, ts)',
    'users(user_id, summary, reflection_count)',
    'stats(type, count, ts)',
    'temporal_edges(source_id, target_id, valid_from)',
  ],
  hazards: HAZARDS,
  ownMaintenance: 'salience decays with time; weak waypoints are pruned, memories are not',
});

export const openmemoryPostgres: Profile = defineProfile({
  id: 'openmemory',
  title: 'OpenMemory (PostgreSQL)',
  schemes: ['postgres'],
  source: 'CaviraOSS/OpenMemory, backend/src/core/db.ts',
  signature: { tables: { openmemory_memories: ['content', ...SIGNS] }, confidence: 0.97 },
  sets: sets('openmemory_memories', 'openmemory_vectors', 'openmemory_waypoints').filter(
    (s) => s.table !== 'temporal_facts',
  ),
  alsoOwns: ['openmemory_*', 'stats(type, count, ts)'],
  hazards: HAZARDS,
  ownMaintenance: 'salience decays with time; weak waypoints are pruned, memories are not',
});
