/**
 * What a query waits for on average, and what reaches the systems behind the caches. A result that L1 has is answered at once;
 * else the query's embedding is looked up (L3) or made, its entity is looked up (L2) or read, and the graph is walked: every
 * page that is not in memory (L4) is a random read, one after another, since the next step of the walk is in the page.
 */
import { derive, leaf, type Quantity, stated } from '../quantity/index.ts';
import type { LayerId } from './cache-layers.ts';

export interface Latencies {
  readonly embedding: Quantity<'s'>;
  readonly redis: Quantity<'s'>;
  readonly page: Quantity<'s'>;
  /** A search with everything in RAM; undefined where no model gives one. */
  readonly search: Quantity<'s'> | undefined;
  /** Tuples that a search visits. */
  readonly visited: Quantity | undefined;
}

/** One indexed row, read by its key. */
const ENTITY_READ: Quantity<'s'> = stated(
  'an entity from PostgreSQL',
  0.002,
  's',
  'assumed',
  'default: one indexed read and its round trip',
  0.0005,
  0.01,
);
/** A lookup in a map of the process. */
const L1_LOOKUP: Quantity<'s'> = stated(
  'a lookup in the process',
  2e-6,
  's',
  'assumed',
  'default: hash of the query and one map access',
  1e-7,
  1e-5,
);

export type Rates = Readonly<Record<LayerId, Quantity<'ratio'>>>;

const NEVER = (id: LayerId): Quantity<'ratio'> =>
  leaf(`hit rate of ${id.toUpperCase()}`, 0, 'ratio', { source: 'layer left out' });

/** Random reads that one search waits for. */
export function pageReads(rates: Rates, l: Latencies): Quantity<'count'> | undefined {
  return (
    l.visited && derive('pages a search waits for', 'count', 'visited * (1 - h4)', { visited: l.visited, h4: rates.l4 })
  );
}

/** The search itself, warm as L4 is. */
export function searchTime(rates: Rates, l: Latencies): Quantity<'s'> | undefined {
  const reads = pageReads(rates, l);
  if (l.search === undefined || reads === undefined) return undefined;
  return derive('search with its page reads', 's', 'search + reads * page', { search: l.search, reads, page: l.page });
}

/** Mean time of a query. A layer that is left out is not looked up either. */
export function meanTime(rates: Rates, l: Latencies, without?: LayerId): Quantity<'s'> | undefined {
  const r = without === undefined ? rates : { ...rates, [without]: NEVER(without) };
  const search = searchTime(r, l);
  if (search === undefined) return undefined;
  const embed = without === 'l3' ? 'embed' : 'redis + (1 - h3) * embed';
  const entity = without === 'l2' ? 'entity' : 'redis + (1 - h2) * entity';
  return derive(
    without === undefined ? 'mean time of a query' : `mean time without ${without.toUpperCase()}`,
    's',
    `${without === 'l1' ? '' : 'lookup + '}(1 - h1) * (${embed} + ${entity} + search)`,
    {
      lookup: L1_LOOKUP,
      h1: r.l1,
      h2: r.l2,
      h3: r.l3,
      redis: l.redis,
      embed: l.embedding,
      entity: ENTITY_READ,
      search,
    },
  );
}

/** What a query waits for on average that no cache has: with hit rates below 99 % the p99 is no less, whatever the mean is. */
export function missTime(rates: Rates, l: Latencies): Quantity<'s'> | undefined {
  const search = searchTime(rates, l);
  return (
    search &&
    derive('a query that misses L1 to L3', 's', 'lookup + 2 * redis + embed + entity + search', {
      lookup: L1_LOOKUP,
      redis: l.redis,
      embed: l.embedding,
      entity: ENTITY_READ,
      search,
    })
  );
}
