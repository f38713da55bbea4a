/** Patterns of keys as structures: how many, how many bytes, which carry no TTL. And the server's memory as one more. */
import {
  type AllocatorFacts,
  type KeyspaceFacts,
  type Structure,
  structureId,
  type Withheld,
} from '../../store/index.ts';
import { numberIn } from './info.ts';
import { type KeyGroup, toMeasure } from './key-groups.ts';
import type { Command } from './node-connection.ts';
import { isUnavailable, unavailableWhy } from './redis-errors.ts';
import { total, wilson } from './sampling.ts';
import type { RedisSession } from './session.ts';

/** Keys of a pattern that are measured; a pattern of fewer is measured whole, so rare and large ones are exact. */
const MEASURED = 400;
/** Members of one key that are weighed: MEMORY USAGE looks at 5 of them unless told, and an entry has ten unlike fields. */
export const MEMBERS = 128;

const TYPES: Readonly<Record<string, KeyspaceFacts['type']>> = {
  string: 'string',
  hash: 'hash',
  zset: 'zset',
  set: 'set',
  list: 'list',
  stream: 'stream',
  'ReJSON-RL': 'json',
  vectorset: 'vectorset',
};

export interface WeighOptions {
  /** Names may have expired since, or may be looked at by MEMORY USAGE alone. */
  readonly look: boolean;
  readonly method: string;
  readonly step: (what: string) => Promise<void>;
}

export async function keyspace(session: RedisSession, group: KeyGroup, o: WeighOptions): Promise<Structure> {
  const names = toMeasure(group, MEASURED);
  await o.step(group.pattern);
  const usage = await session.many(names.map((n): Command => ['MEMORY', 'USAGE', n, 'SAMPLES', MEMBERS]));
  const refused = usage.find((u): u is Error => u instanceof Error);
  const withheld: Withheld[] =
    refused === undefined ? [] : [{ what: 'bytes', ...unavailableWhy('MEMORY USAGE', refused) }];
  const weights = usage.filter((u): u is number => typeof u === 'number');
  const there = names.filter((_, i) => refused !== undefined || typeof usage[i] === 'number');
  const looks = o.look
    ? await session.many(
        there.flatMap((n): Command[] => [
          ['TYPE', n],
          ['PTTL', n],
        ]),
      )
    : [];
  const types = new Set(looks.filter((_, i) => i % 2 === 0).map(String));
  types.delete('none');
  const ttls = looks.filter((_, i) => i % 2 === 1).map(Number);
  const withTtl = ttls.filter((t) => t >= 0).length;
  const bytes = refused === undefined ? total(weights, group.count) : null;
  const exact = group.count.low === group.count.high;
  const facts: KeyspaceFacts = {
    kind: 'keyspace',
    pattern: group.pattern,
    type: types.size > 1 ? 'mixed' : (TYPES[[...types][0] ?? ''] ?? 'other'),
    method: names.length < group.count.value ? `${o.method}; bytes of ${names.length} keys` : o.method,
    exact: exact && weights.length >= group.count.value,
    keysLow: group.count.low,
    keysHigh: group.count.high,
    bytesLow: bytes?.low ?? null,
    bytesHigh: bytes?.high ?? null,
    ttlShare: ttls.length === 0 ? null : withTtl / ttls.length,
    meanKeyBytes: there.length === 0 ? null : there.reduce((a, n) => a + Buffer.byteLength(n), 0) / there.length,
  };
  return {
    id: structureId('keyspace', group.pattern),
    kind: 'keyspace',
    name: group.pattern,
    table: null,
    rows: group.count.value,
    bytes: bytes?.value ?? null,
    pages: null,
    payloadBytes: null,
    unusedBytes: null,
    facts,
    ...(withheld.length === 0 ? {} : { withheld }),
  };
}

/** Keys of the pattern without a TTL, with the interval of the sample; null where it was not looked at. */
export function withoutTtl(s: Structure, sampled: number): { value: number; low: number; high: number } | null {
  const facts = s.facts;
  if (facts?.kind !== 'keyspace' || facts.ttlShare === null || s.rows === null) return null;
  return wilson(Math.round((1 - facts.ttlShare) * sampled), sampled, s.rows);
}

/** One a node: its memory as INFO tells it. */
export async function allocators(session: RedisSession): Promise<Structure[]> {
  const structures: Structure[] = [];
  for (const node of session.nodes) {
    const { info } = node;
    const used = numberIn(info, 'used_memory');
    if (used === null) continue;
    const name = session.nodes.length === 1 ? 'memory' : `memory of ${info.fields.get('tcp_port') ?? node.name}`;
    const defrag = (await node.attempt(isUnavailable, 'CONFIG', 'GET', 'activedefrag')) as string[] | undefined;
    const rss = numberIn(info, 'used_memory_rss') ?? used;
    const facts: AllocatorFacts = {
      kind: 'allocator',
      used,
      rss,
      dataset: numberIn(info, 'used_memory_dataset'),
      ratio: numberIn(info, 'mem_fragmentation_ratio'),
      fragmentationBytes: numberIn(info, 'mem_fragmentation_bytes'),
      allocatorRatio: numberIn(info, 'allocator_frag_ratio'),
      allocator: info.fields.get('mem_allocator') ?? 'unknown',
      maxmemory: numberIn(info, 'maxmemory') ?? 0,
      policy: info.fields.get('maxmemory_policy') ?? 'unknown',
      // Without jemalloc the setting is there and cannot be switched on.
      activeDefrag: /jemalloc/.test(info.fields.get('mem_allocator') ?? '') ? activeDefrag(defrag) : null,
    };
    structures.push({
      id: structureId('allocator', name),
      kind: 'allocator',
      name,
      table: null,
      rows: null,
      bytes: rss,
      pages: null,
      payloadBytes: used,
      unusedBytes: Math.max(0, numberIn(info, 'allocator_frag_bytes') ?? 0),
      facts,
    });
  }
  return structures;
}

function activeDefrag(reply: string[] | undefined): boolean | null {
  if (reply === undefined || reply.length < 2) return null;
  return reply[1] === 'yes';
}
