import { defineProfile, type Profile, type TimeColumn } from './profile.ts';

const CREATED: TimeColumn = { column: { column: 'created_at' }, format: 'epoch-s' };

/** Times are epoch seconds in bigint columns; the schema is `ai` unless configured. */
export const agno: Profile = defineProfile({
  id: 'agno',
  title: 'agno agents',
  schemes: ['postgres'],
  source: 'agno-agi/agno, agno/db/postgres/schemas.py',
  signature: {
    tables: {},
    anyOf: [
      { agno_memories: ['memory_id', 'memory', 'user_id', 'topics'] },
      { agno_sessions: ['session_id', 'session_type', 'runs'] },
    ],
    confidence: 0.95,
  },
  sets: [
    {
      table: 'agno_memories',
      role: 'memory',
      title: 'memories',
      primary: true,
      id: ['memory_id'],
      namespace: { column: 'user_id' },
      text: [{ column: 'memory' }],
      created: CREATED,
      kind: [{ column: 'agent_id' }, { column: 'team_id' }],
      rank: { updated: { column: { column: 'updated_at' }, format: 'epoch-s' } },
    },
    {
      table: 'agno_sessions',
      role: 'session',
      title: 'sessions',
      id: ['session_id'],
      namespace: { column: 'user_id' },
      metadata: 'metadata',
      created: CREATED,
      breakdowns: [{ column: 'session_type' }],
    },
  ],
  alsoOwns: ['agno_*'],
  hazards: [
    { text: 'agno_sessions.runs holds the whole history of a session in one value: it is rewritten by every run' },
  ],
  ownMaintenance: 'none',
});
