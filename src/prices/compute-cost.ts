/**
 * Money for machines by the memory they need. Memory, not processors, decides the machine of a vector store; so the
 * machine is the smallest of the family whose RAM, less a share for everything else, holds what must be resident.
 */
import { derive, formatBytes, InputError, leaf, type Quantity, stated } from '../quantity/index.ts';
import { USABLE_SHARE } from '../workload/index.ts';
import { type CostLine, type CostLines, HOURS_PER_MONTH } from './cost-line.ts';
import type { Catalogue, Price, PriceGroup } from './price.ts';

/** Families of the catalogue that are chosen by RAM: the beginning of their price ids. */
export type InstanceFamily = 'rds' | 'elasticache' | 'qdrant';

/** Where the shipped catalogue has them; a price file may have more of them anywhere. */
const GROUP: Readonly<Record<InstanceFamily, PriceGroup>> = {
  rds: 'compute',
  elasticache: 'cache',
  qdrant: 'vector-store',
};

export interface ComputeCost {
  readonly family?: InstanceFamily | undefined;
  /** Bytes that must stay in memory on the fullest machine. */
  readonly residentPerMachine: Quantity<'B'>;
  readonly machines: Quantity<'count'>;
  /** Further copies of every machine. */
  readonly replicas: Quantity<'count'>;
  /** Share of RAM that the store may fill. Default 80 %, 70 to 90 %. */
  readonly usableShare?: Quantity<'ratio'> | undefined;
}

const CACHE_SHARE: Quantity<'ratio'> = stated(
  'share of maxmemory for data',
  0.75,
  'ratio',
  'documented',
  'ElastiCache user guide, managing reserved memory: reserved-memory-percent is 25 by default',
);

export interface InstanceChoice {
  readonly price: Price;
  /** How many of it: 1 unless nothing in the family is large enough. */
  readonly count: number;
}

/** The smallest instance with that much RAM, or as many of the largest as it takes. */
export function instanceFor(catalogue: Catalogue, family: InstanceFamily, ramBytes: number): InstanceChoice {
  return choose(instances(catalogue, family), ramBytes);
}

function choose(list: readonly Price[], ramBytes: number): InstanceChoice {
  const fits = list.find((p) => (p.ram as number) >= ramBytes);
  if (fits !== undefined) return { price: fits, count: 1 };
  const largest = list[list.length - 1] as Price;
  return { price: largest, count: Math.ceil(ramBytes / (largest.ram as number)) };
}

/** Families already sorted, per catalogue: thousands of estimates run over the same one. */
const sorted = new WeakMap<Catalogue, Map<InstanceFamily, readonly Price[]>>();

/** Instances of a family by RAM. @throws InputError when the catalogue has none */
function instances(catalogue: Catalogue, family: InstanceFamily): readonly Price[] {
  let families = sorted.get(catalogue);
  if (families === undefined) {
    families = new Map();
    sorted.set(catalogue, families);
  }
  let list = families.get(family);
  if (list === undefined) {
    list = [...(catalogue.group?.(GROUP[family]) ?? catalogue).values()]
      .filter((p) => p.ram !== undefined && p.id.startsWith(`${family}.`))
      .sort((a, b) => (a.ram as number) - (b.ram as number));
    families.set(family, list);
  }
  if (list.length === 0)
    throw new InputError('no-instances', `prices: no instance of the family ${family} has a price`);
  return list;
}

interface Priced {
  readonly usd: Quantity<'USD/month'>;
  readonly choice: InstanceChoice;
}

function priced(
  catalogue: Catalogue,
  family: InstanceFamily,
  name: string,
  resident: Quantity<'B'>,
  share: Quantity<'ratio'>,
  copies: Quantity<'count'>,
): Priced {
  const list = instances(catalogue, family);
  const choice = choose(list, resident.value / share.value);
  const { price } = choice;
  const spread = leaf('list prices against the one taken', 1, 'ratio', {
    low: (price.low ?? price.value) / (price.value || 1),
    high: (price.high ?? price.value) / (price.value || 1),
    basis: price.overridden === true ? 'exact' : 'documented',
    source: `${price.source}, ${price.undated === true ? 'seen' : 'as of'} ${price.asOf}`,
  });
  const usd = derive(
    name,
    'USD/month',
    'hourly(resident / share) * spread * hours * copies',
    { resident, share, spread, hours: HOURS_PER_MONTH, copies },
    {
      source: `hourly: the smallest ${family} instance that holds it, here ${price.id} at $${price.value}`,
      using: {
        hourly: (ram) => {
          const c = choose(list, ram);
          return c.price.value * c.count;
        },
      },
    },
  );
  return { usd, choice };
}

const describe = ({ price, count }: InstanceChoice): string => `${count > 1 ? `${count} × ` : ''}${price.title}`;

/** @throws InputError when the catalogue has no instance of the family */
export function computeCost(catalogue: Catalogue, p: ComputeCost): CostLines {
  const copies = derive('machines with their copies', 'count', 'machines * (1 + replicas)', {
    machines: p.machines,
    replicas: p.replicas,
  });
  const { usd, choice } = priced(
    catalogue,
    p.family ?? 'rds',
    'compute',
    p.residentPerMachine,
    p.usableShare ?? USABLE_SHARE,
    copies,
  );
  const line: CostLine<'USD/month'> = {
    id: 'compute',
    title: `${copies.value > 1 ? `${copies.value} × ` : ''}${describe(choice)}`,
    usd,
    note: `smallest that keeps ${formatBytes(p.residentPerMachine.value)} resident`,
    instance: choice.price,
  };
  return { oneOff: [], monthly: [line] };
}

export interface CacheCost {
  /** Bytes of the whole data set in Redis, keys and overhead included. */
  readonly bytes: Quantity<'B'>;
}

const ONE: Quantity<'count'> = leaf('nodes', 1, 'count');

/** A Redis node on ElastiCache; no line where nothing is cached. */
export function cacheCost(catalogue: Catalogue, p: CacheCost): CostLines {
  if (p.bytes.value === 0) return { oneOff: [], monthly: [] };
  const { usd, choice } = priced(catalogue, 'elasticache', 'cache', p.bytes, CACHE_SHARE, ONE);
  const note = `for ${formatBytes(p.bytes.value)} of cached data`;
  return { oneOff: [], monthly: [{ id: 'cache', title: describe(choice), usd, note, instance: choice.price }] };
}
