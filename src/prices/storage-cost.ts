/** Money for disk: provisioned bytes, every copy of them, and backup beyond what is free. */
import { derive, leaf, type Quantity, stated } from '../quantity/index.ts';
import { BYTES_PER_GB, type CostLine, type CostLines } from './cost-line.ts';
import { type Catalogue, findPrice, perGbMonth } from './price.ts';

export interface StorageCost {
  /** Bytes to provision on one copy, headroom included. */
  readonly disk: Quantity<'B'>;
  /** Further copies of the database; Multi-AZ is one. */
  readonly replicas: Quantity<'count'>;
  /** Bytes of backup kept; up to the provisioned size of one copy they are free. Default: none beyond. */
  readonly backup?: Quantity<'B'> | undefined;
  /** Price of the medium; default `rds.gp3`. */
  readonly priceId?: string | undefined;
}

/** RDS sells no PostgreSQL volume smaller than 20 of what it counts storage in. */
const LEAST_VOLUME: Quantity<'B'> = stated(
  'smallest volume',
  20e9,
  'B',
  'documented',
  'Amazon RDS API, CreateDBInstance: AllocatedStorage of gp3 for PostgreSQL from 20',
);
const NOTHING: Quantity<'B'> = leaf('smallest volume', 0, 'B');

/** @throws InputError when the price is unknown or not per GB and month */
export function storageCost(catalogue: Catalogue, p: StorageCost): CostLines {
  const id = p.priceId ?? 'rds.gp3';
  const entry = findPrice(catalogue, id, 'storage price');
  const price = perGbMonth(entry);
  const storage: CostLine<'USD/month'> = {
    id: 'storage',
    title: entry.title,
    usd: derive('storage', 'USD/month', 'max(disk, least) / GB * (1 + replicas) * price', {
      disk: p.disk,
      least: id.startsWith('rds.') ? LEAST_VOLUME : NOTHING,
      GB: BYTES_PER_GB,
      replicas: p.replicas,
      price,
    }),
    ...(p.replicas.value > 0 ? { note: `${1 + p.replicas.value} copies` } : {}),
  };
  if (p.backup === undefined) return { oneOff: [], monthly: [storage] };
  const backup: CostLine<'USD/month'> = {
    id: 'backup',
    title: 'backup above the size of the database',
    usd: derive('backup', 'USD/month', 'max(0, kept - disk) / GB * price', {
      kept: p.backup,
      disk: p.disk,
      GB: BYTES_PER_GB,
      price: perGbMonth(findPrice(catalogue, 'rds.backup', 'backup price')),
    }),
    note: 'up to the provisioned size it is free',
  };
  return { oneOff: [], monthly: [storage, backup] };
}
