/**
 * What one item takes in a tier. memories-dev 2.0.9 gives each item of its warm tier a DuckDB table of its own and a row of
 * warm_data besides, so every datum is stored twice. One-row tables with a primary key were measured: 0, 1, 10 and 40 of them
 * took 0, 3, 21 and 83 blocks of 256 KiB, 2.07 a table. A value larger than what the two blocks hold takes further blocks.
 */
import { derive, leaf, type Quantity } from '../quantity/index.ts';

export const WARM_STORES = ['tables', 'rows', 'packed'] as const;
/** `tables`: memories-dev as it is. `rows`: the same items as rows of one table. `packed`: their bytes alone. */
export type WarmStore = (typeof WARM_STORES)[number];

const BLOCK: Quantity<'B'> = leaf('DuckDB block', 262_144, 'B', { source: 'DuckDB, Storage::BLOCK_SIZE' });
const BLOCKS_PER_TABLE: Quantity<'ratio'> = leaf('blocks of a one-row table with a primary key', 2.07, 'ratio', {
  basis: 'measured',
  low: 2.05,
  high: 3,
  source: 'measured: 40 tables took 83 blocks, one took 3',
});
/** id, tags, metadata and stored_at of a row of warm_data, and its index entry. */
const ROW: Quantity<'B'> = leaf('row of warm_data without its datum', 150, 'B', {
  basis: 'assumed',
  low: 80,
  high: 400,
  source: 'default: id, tags, metadata and time, and the entry of the primary key',
});

export function warmItem(store: WarmStore, item: Quantity<'B'>): Quantity<'B'> {
  if (store === 'packed') return derive('one warm item, packed', 'B', 'item', { item });
  const row = derive('row in warm_data', 'B', 'item + row', { item, row: ROW });
  if (store === 'rows') return row;
  const table = derive('table of its own', 'B', '(blocks + max(0, ceil(item / block) - 1)) * block', {
    blocks: BLOCKS_PER_TABLE,
    item,
    block: BLOCK,
  });
  return derive('one warm item, with its own table', 'B', 'table + row', { table, row });
}
