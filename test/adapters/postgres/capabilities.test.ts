import { describe, expect, it } from 'vitest';
import { type PostgresFacts, postgresCapabilities } from '../../../src/adapters/postgres/capabilities.ts';
import type { Capability } from '../../../src/store/index.ts';

const FACTS: PostgresFacts = { mode: 'read', writable: true, vector: '0.8.2', pgstattuple: true };

const TABLE: readonly (readonly [string, Partial<PostgresFacts>, readonly Capability[]])[] = [
  [
    'everything there, read',
    {},
    ['bytes-per-structure', 'unused-bytes', 'consistent-snapshot', 'vector-scan', 'vector-search'],
  ],
  [
    'no pgstattuple',
    { pgstattuple: false },
    ['bytes-per-structure', 'consistent-snapshot', 'vector-scan', 'vector-search'],
  ],
  ['no pgvector', { vector: null }, ['bytes-per-structure', 'unused-bytes', 'consistent-snapshot', 'vector-scan']],
  [
    'opened for writing',
    { mode: 'write' },
    ['bytes-per-structure', 'unused-bytes', 'consistent-snapshot', 'vector-scan', 'vector-search', 'write'],
  ],
  [
    'opened for writing on a standby',
    { mode: 'write', writable: false },
    ['bytes-per-structure', 'unused-bytes', 'consistent-snapshot', 'vector-scan', 'vector-search'],
  ],
];

describe('postgresCapabilities', () => {
  it.each(TABLE)('%s', (_, facts, expected) => {
    expect(postgresCapabilities({ ...FACTS, ...facts })).toEqual(expected);
  });
});
