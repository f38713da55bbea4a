/**
 * mneme in DynamoDB: one table and two global secondary indexes that repeat every attribute; mneme 1.0.0,
 * src/mneme/_store_dynamodb.py. Item sizes as AWS counts them (Amazon DynamoDB Developer Guide, "DynamoDB item sizes and
 * formats"): names and values in UTF-8, numbers 1 byte for two digits and 1 more, 100 bytes of storage overhead an item and
 * index entry.
 */
import type { Component, EnginePlan } from '../engines/engine.ts';
import { derive, InputError, leaf, type Quantity } from '../quantity/index.ts';
import type { Workload } from '../workload/index.ts';
import { MNEME_NOTES, MNEME_REFUSED, mnemeGrowth, mnemeIndex, mnemeIndexComponent } from './mneme-memory.ts';
import { HASH_BYTES, MNEME_INPUTS, MNEME_LEAVE, MNEME_SOURCE, mnemeEntry } from './mneme-rows.ts';
import { plannedStore } from './planned-store.ts';
import type { SystemPreset } from './preset.ts';
import { systemEngine } from './system-engine.ts';

const SOURCE = 'Amazon DynamoDB Developer Guide, item sizes and formats';

const NAMES = [
  'id',
  'namespace',
  'query_hash',
  'query',
  'response',
  'embedding',
  'metadata',
  'created_at',
  'last_accessed_at',
  'access_count',
  'ttl',
] as const;
const NAME_BYTES: Quantity<'B'> = leaf('attribute names', NAMES.join('').length, 'B', { source: MNEME_SOURCE });
/** id up to 6 digits, two times of 10 digits, ttl of 5, count of 1: half the digits and 1 each. */
const NUMBER_BYTES: Quantity<'B'> = leaf('five numbers', 4 + 6 + 6 + 4 + 2, 'B', { source: SOURCE });
const OVERHEAD: Quantity<'B'> = leaf('storage overhead of an item', 100, 'B', { source: SOURCE });
/** An item may have 400 KB with its attribute names. */
const LARGEST_ITEM = 400 * 1024;

/**
 * Every put, delete and hit is a transaction that also writes item 0. A partition takes 1,000 write units a second, a
 * transactional write of up to 1 KB takes two.
 */
const COUNTER_LIMIT: Quantity<'rows/s'> = leaf('operations a second of the counter item', 500, 'rows/s', {
  basis: 'documented',
  source: 'AWS: 1,000 write units a partition and second, 2 a transactional write; mneme 1.0.0: item 0 is in every one',
});

function itemBytes(w: Workload): Quantity<'B'> {
  const e = mnemeEntry(w);
  return derive(
    'one item',
    'B',
    'names + namespace + hash + query + response + embedding + metadata + numbers',
    {
      names: NAME_BYTES,
      namespace: w.namespaceBytes,
      hash: leaf('query_hash', HASH_BYTES, 'B'),
      query: e.query,
      response: e.response,
      embedding: e.embedding,
      metadata: w.metadataBytes,
      numbers: NUMBER_BYTES,
    },
    { source: SOURCE },
  );
}

function plan(w: Workload): EnginePlan {
  const index = mnemeIndex(w);
  const item = itemBytes(w);
  if (item.value > LARGEST_ITEM) {
    throw new InputError(
      'item-too-large',
      `--text-bytes: an item of ${Math.round(item.value)} B is above DynamoDB's 400 KB; mneme takes responses of up to 4 MiB, and the put fails`,
    );
  }
  const stored = (name: string): Quantity<'B'> =>
    derive(name, 'B', 'N * (item + overhead)', { N: w.memories, item, overhead: OVERHEAD }, { source: SOURCE });
  const nothing = leaf('resident', 0, 'B', { source: 'kept by AWS' });
  const at = (id: string, title: string): Component => ({
    id,
    title,
    disk: stored(title),
    resident: nothing,
    docs: 'presets',
  });
  const components = [
    mnemeIndexComponent(index, w),
    at('table', 'table'),
    at('gsi-hash', 'gsi_hash (projection ALL)'),
    at('gsi-lru', 'gsi_lru (projection ALL)'),
  ];
  return plannedStore(
    {
      index,
      components,
      insertRate: COUNTER_LIMIT,
      refused: MNEME_REFUSED,
      rebuildPeak: leaf('nothing is rebuilt', 0, 'B'),
      growth: mnemeGrowth(w, components),
      notes: [
        ...MNEME_NOTES,
        'both secondary indexes project every attribute: storage and writes are three-fold',
        'puts, deletes and hits together cannot exceed ≈ 500 a second: each also writes the counter item, and a partition takes 1,000 write units a second',
        'the ttl attribute is a lifetime, not a time: DynamoDB deletes nothing by it',
        'counting, listing namespaces and deleting what expired read the whole table',
      ],
    },
    w,
  );
}

export const mnemeDynamodb: SystemPreset = {
  id: 'mneme-dynamodb',
  family: 'mneme',
  store: 'dynamodb',
  title: 'mneme semantic cache (DynamoDB)',
  source: `${MNEME_SOURCE}, src/mneme/_store_dynamodb.py`,
  inputs: MNEME_INPUTS,
  engine: systemEngine({
    id: 'dynamodb',
    system: 'mneme-dynamodb',
    title: 'mneme (DynamoDB)',
    level: undefined,
    layouts: ['numpy-matrix', 'hnswlib'],
    scalars: ['float32', 'halfvec', 'int8'],
    indexes: ['flat', 'hnsw'],
    plan,
    leaveWhen: [...MNEME_LEAVE, 'puts and hits come near 500 a second'],
    failureModes: ['the counter item throttles: every put and every hit waits for it'],
  }),
};
