/** Systems whose memories are one plain table among many others. */
import { defineProfile, type Profile } from './profile.ts';

export const openWebui: Profile = defineProfile({
  id: 'open-webui',
  title: 'Open WebUI memories',
  schemes: ['sqlite'],
  source: 'open-webui webui.db, models/memories.py',
  signature: {
    tables: { memory: ['id', 'user_id', 'content', 'updated_at', 'created_at'] },
    exact: true,
    confidence: 0.7,
  },
  sets: [
    {
      table: 'memory',
      role: 'memory',
      title: 'memories',
      primary: true,
      id: ['id'],
      namespace: { column: 'user_id' },
      text: [{ column: 'content' }],
      created: { column: { column: 'created_at' }, format: 'epoch-s' },
      vectors: { where: 'elsewhere', name: 'a Chroma store under vector_db/, collection user-memory-<user id>' },
    },
  ],
  alsoOwns: [],
  hazards: [{ text: 'delete the row and its Chroma record together' }],
  ownMaintenance: 'none',
});

export const mastraLibsql: Profile = defineProfile({
  id: 'mastra',
  title: 'Mastra memory (libSQL)',
  schemes: ['sqlite'],
  source: '@mastra/libsql 1.23.1',
  signature: {
    tables: { mastra_threads: ['id', 'resourceId'], mastra_messages: ['thread_id', 'content', 'createdAt'] },
    confidence: 0.95,
  },
  sets: [
    {
      table: 'mastra_messages',
      role: 'memory',
      title: 'messages',
      primary: true,
      id: ['id'],
      namespace: { column: 'resourceId' },
      text: [{ column: 'content' }],
      created: { column: { column: 'createdAt' }, format: 'utc-text' },
      breakdowns: [{ column: 'role' }],
      vectors: { where: 'elsewhere', name: 'libSQL vector tables, whose index only libSQL reads' },
    },
    {
      table: 'mastra_threads',
      role: 'session',
      title: 'threads',
      id: ['id'],
      namespace: { column: 'resourceId' },
      created: { column: { column: 'createdAt' }, format: 'utc-text' },
    },
  ],
  alsoOwns: ['mastra_*', 'memory_messages*'],
  hazards: [{ text: 'large files: write a compacted copy with VACUUM INTO and swap, never VACUUM in place' }],
  ownMaintenance: 'storage.prune() where the application calls it',
});
