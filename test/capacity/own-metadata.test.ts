/** Text that a profile reads out of the metadata column is counted, and planned, once. */
import { expect, it } from 'vitest';
import { workloadFromSnapshot } from '../../src/capacity/from-snapshot.ts';
import { storeReport } from '../../src/capacity/store-report.ts';
import { storeCsv, storeMarkdown } from '../../src/render/store-structures.ts';
import type { DetectedProfile, Snapshot } from '../../src/store/index.ts';
import { hnsw, memorySet, snapshotOf } from '../checks/built-snapshot.ts';

function holding(text: string, metadata: string): Snapshot {
  const set = memorySet('memories', 1000, { textBytes: 173, metadataBytes: 294 });
  const columns = { text, metadata };
  const profile: DetectedProfile = {
    id: 'mem0',
    title: 'mem0',
    variant: null,
    version: null,
    newerThanKnown: false,
    confidence: 1,
    evidence: [],
    tables: ['memories'],
    missing: [],
    mapping: [{ set: set.id, table: 'memories', columns }],
    hazards: [],
    ownMaintenance: 'none',
  };
  return {
    ...snapshotOf('postgres', [hnsw(501, 2000, 384)], { memorySets: [set] }),
    profiles: [profile],
  };
}
const shown = (s: Snapshot): number | null | undefined =>
  storeReport(s, { generatedAt: new Date(0), redundant: [] }).sections.memories[0]?.metadataBytes;
const planned = (s: Snapshot): unknown => workloadFromSnapshot(s).fields['metadata-bytes']?.value;

it.each([
  ['a member of the metadata', 'payload->data', 'payload', 121],
  ['the same column', 'value', 'value', 0],
  ['a column of its own', 'content', 'payload', 294],
  ['a column whose name begins like it', 'payload_text', 'payload', 294],
])('text in %s', (_name, text, metadata, bytes) => {
  const s = holding(text, metadata);
  expect([shown(s), planned(s)]).toEqual([bytes, bytes]);
});

it('lists the structures as CSV and Markdown', () => {
  const report = storeReport(holding('a', 'b'), { generatedAt: new Date(0), redundant: [] });
  expect(storeCsv(report).trimEnd().split('\r\n')).toHaveLength(2);
  expect(storeMarkdown(report)).toMatch(/\| `public\.memories_embedding_idx` \| hnsw \| 2,000 \| 3\.91 MiB \|/);
});
