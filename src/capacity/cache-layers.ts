/**
 * Four cache layers, as the seed article stacks them: L1 search results in the process (30 s), L2 entities in Redis (1 h), L3
 * query embeddings in Redis (24 h), L4 the pages of the vector index. How many entries a layer with a fixed lifetime holds
 * follows from Little's law: each miss puts one in, and it stays for the lifetime.
 */
import type { EnginePlan } from '../engines/engine.ts';
import { redisHash } from '../layouts/redis-hash.ts';
import { redisString } from '../layouts/redis-string.ts';
import { derive, leaf, type Quantity, stated } from '../quantity/index.ts';
import type { Workload } from '../workload/index.ts';
import { CACHE_KEY } from './cost.ts';

export type LayerId = 'l1' | 'l2' | 'l3' | 'l4';
export const LAYER_IDS: readonly LayerId[] = ['l1', 'l2', 'l3', 'l4'];

export interface CacheLayer {
  readonly id: LayerId;
  readonly title: string;
  readonly where: string;
  readonly lifetime: Quantity<'s'> | undefined;
  readonly hitRate: Quantity<'ratio'>;
  /** Entries alive at the peak rate; undefined where nobody said how many queries there are. */
  readonly entries: Quantity<'count'> | undefined;
  /** Undefined where the engine keeps its index in pages of its own. */
  readonly entryBytes: Quantity<'B'> | undefined;
  readonly bytes: Quantity<'B'> | undefined;
}

const ARTICLE_RATES: Readonly<Record<LayerId, number>> = { l1: 0.2, l2: 0.8, l3: 0.4, l4: 0.95 };

/** Hit rates as given, else the seed article's. */
export function hitRates(given: Partial<Record<LayerId, number>>): Readonly<Record<LayerId, Quantity<'ratio'>>> {
  const rate = (id: LayerId): Quantity<'ratio'> => {
    const value = given[id];
    return value === undefined
      ? leaf(`hit rate of ${id.toUpperCase()}`, ARTICLE_RATES[id], 'ratio', {
          basis: 'assumed',
          source: 'default: the seed article; measure yours',
        })
      : leaf(`hit rate of ${id.toUpperCase()}`, value, 'ratio', { source: '--hit-rates' });
  };
  return { l1: rate('l1'), l2: rate('l2'), l3: rate('l3'), l4: rate('l4') };
}

const lifetime = (seconds: number, words: string): Quantity<'s'> =>
  leaf('lifetime of an entry', seconds, 's', { basis: 'assumed', source: `default: ${words}, the seed article` });
const L1_LIFETIME: Quantity<'s'> = lifetime(30, '30 s');
const L2_LIFETIME: Quantity<'s'> = lifetime(3600, 'an hour');
const L3_LIFETIME: Quantity<'s'> = lifetime(86_400, '24 hours');

/** Key, map slot, lock and allocation headers of an entry of a concurrent map. */
const MAP_ENTRY: Quantity<'B'> = stated(
  'entry of the map without its value',
  200,
  'B',
  'assumed',
  'default: query hash 32, map slot, allocation headers and expiry',
  100,
  400,
);
/** A memory in a result besides its text: id, score, namespace, allocation headers. */
const RESULT_OVERHEAD: Quantity<'B'> = stated(
  'one result without its text',
  100,
  'B',
  'assumed',
  'default: id 16, score 8, namespace, pointers and allocation headers',
  60,
  250,
);
const ENTITY_KEY: Quantity<'B'> = stated(
  'key of an entity',
  40,
  'B',
  'assumed',
  'default: a prefix, the namespace and the entity id',
  24,
  64,
);
const ENTITY_TEXT: Quantity<'B'> = stated(
  'top attributes of an entity',
  200,
  'B',
  'assumed',
  'default: five attributes as JSON',
  80,
  600,
);
const ENTITY_NAME: Quantity<'B'> = stated(
  'canonical name of an entity',
  20,
  'B',
  'assumed',
  'default: a name of 20 B',
  8,
  40,
);
/** "Priya" in a query is looked up once. */
const ENTITIES_PER_QUERY: Quantity<'ratio'> = stated(
  'entities looked up by one query',
  1,
  'ratio',
  'assumed',
  'default: one entity a query',
  0.5,
  3,
);
const ONE: Quantity<'count'> = leaf('one key', 1, 'count');

export interface LayerInputs {
  readonly rates: Readonly<Record<LayerId, Quantity<'ratio'>>>;
  readonly results: Quantity<'count'>;
  readonly plan: EnginePlan;
  /** The index lies in PostgreSQL's pages. */
  readonly paged: boolean;
}

/** The four layers, from the one that is asked first. */
export function cacheLayers(w: Workload, p: LayerInputs): CacheLayer[] {
  const { rates } = p;
  const qps = w.queriesPerSecond;
  const vector = derive('embedding as bytes', 'B', '4 * d', { d: w.dimensions });
  const result = derive('one cached result', 'B', 'map + k * (text + metadata + item)', {
    map: MAP_ENTRY,
    k: p.results,
    text: w.textBytes,
    metadata: w.metadataBytes,
    item: RESULT_OVERHEAD,
  });
  const fields = [
    { name: 'canonical_name', valueBytes: ENTITY_NAME },
    { name: 'attributes', valueBytes: ENTITY_TEXT },
  ];
  const entity = redisHash.size({ keys: ONE, keyBytes: ENTITY_KEY, fields }).parts['key'] as Quantity<'B'>;
  const embedding = redisString.size({ keys: ONE, keyBytes: CACHE_KEY, valueBytes: vector }).parts[
    'key'
  ] as Quantity<'B'>;
  const alive = (id: LayerId, reach: string, life: Quantity<'s'>): Quantity<'count'> | undefined =>
    qps &&
    derive(
      `entries alive in ${id.toUpperCase()}`,
      'count',
      `qps * ${reach} * (1 - h) * life`,
      {
        qps,
        h: rates[id],
        h1: rates.l1,
        e: ENTITIES_PER_QUERY,
        life,
      },
      { source: "Little's law: a miss puts an entry in, which stays for its lifetime" },
    );
  const l1 = alive('l1', '1', L1_LIFETIME);
  const l2 = alive('l2', '(1 - h1) * e', L2_LIFETIME);
  const l3 = alive('l3', '(1 - h1)', L3_LIFETIME);
  const index = p.plan.components.find((c) => c.id === 'vector-index');
  const page = leaf('one page', 8192, 'B', { source: 'PostgreSQL block size' });
  return [
    {
      id: 'l1',
      title: 'search results',
      where: 'in process',
      lifetime: L1_LIFETIME,
      hitRate: rates.l1,
      entries: l1,
      entryBytes: result,
      bytes: l1 && derive('L1 in the process', 'B', 'n * entry', { n: l1, entry: result }),
    },
    {
      id: 'l2',
      title: 'entities',
      where: 'Redis hash',
      lifetime: L2_LIFETIME,
      hitRate: rates.l2,
      entries: l2,
      entryBytes: entity,
      bytes: l2 && redisHash.size({ keys: l2, keyBytes: ENTITY_KEY, fields }).resident,
    },
    {
      id: 'l3',
      title: 'query embeddings',
      where: 'Redis string',
      lifetime: L3_LIFETIME,
      hitRate: rates.l3,
      entries: l3,
      entryBytes: embedding,
      bytes: l3 && redisString.size({ keys: l3, keyBytes: CACHE_KEY, valueBytes: vector }).resident,
    },
    {
      id: 'l4',
      title: p.paged ? 'pages of the vector index' : 'vector index',
      where: 'database RAM',
      lifetime: undefined,
      hitRate: rates.l4,
      entries: !p.paged
        ? undefined
        : index && derive('pages of the index', 'count', 'size / page', { size: index.resident, page }),
      entryBytes: p.paged ? page : undefined,
      bytes: index?.resident,
    },
  ];
}
