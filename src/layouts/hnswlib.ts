/**
 * hnswlib's index; hnswlib/hnswalg.h 0.6 to 0.8 (saveIndex, the HierarchicalNSW constructor, initIndex).
 * Level 0 is one array of fixed-size elements, allocated for the whole capacity but touched only as far as it is
 * filled; links above level 0 are one allocation per element that has any.
 */
import { derive, InputError, type Quantity, stated } from '../quantity/index.ts';
import { defineLayout, type Layout, type LayoutSize } from './layout.ts';

export interface HnswlibParameters {
  /** Elements in the index. */
  readonly rows: Quantity;
  readonly dims: Quantity;
  readonly m: Quantity;
  /** `max_elements` the index was made for; default: as many as there are. */
  readonly capacity?: Quantity;
  /** Indexes of this kind in one process, each with its own capacity; default 1. `rows` and `capacity` are per index. */
  readonly indexes?: Quantity;
}

const SOURCE = 'hnswlib/hnswalg.h (0.8)';
const ONE: Quantity = stated('indexes', 1, 'count', 'exact', 'default');
/** Header fields of saveIndex. */
const HEADER: Quantity<'B'> = stated('file header', 96, 'B', 'exact', SOURCE);
/** 65,536 std::mutex of 40 bytes that guard updates and label operations (glibc). */
const LOCKS: Quantity<'B'> = stated('label and update locks', 65_536 * 40, 'B', 'exact', SOURCE);
/** Per slot of capacity: a mutex 40, the link list pointer 8, the level 4, the visited tag 2. */
const SLOT: Quantity<'B'> = stated('bookkeeping per slot', 40 + 8 + 4 + 2, 'B', 'exact', SOURCE);
/** Per element: its node in the label map (32 as allocated) and about one and a half buckets of 8. */
const LABEL: Quantity<'B'> = stated(
  'label map per element',
  44,
  'B',
  'measured',
  'glibc malloc, libstdc++ unordered_map',
  40,
  56,
);
/** What the process around the index adds while it is filled; of 3 RSS deltas at 20,000+ rows none was off by more. */
const RAM_ERROR = 0.05;

/** How far the random levels of some thousands of elements stray from their mean. */
const LEVEL_DRAW = 0.1;

function check(p: HnswlibParameters): void {
  const bad = (code: string, what: string, value: number, right: string): never => {
    throw new InputError(code, `${what}: ${value} is not possible with hnswlib; it must be ${right}`);
  };
  if (!(p.rows.low >= 0)) bad('rows', 'rows', p.rows.value, '0 or more');
  if (!Number.isInteger(p.dims.value) || p.dims.value < 1) bad('dims', 'dims', p.dims.value, 'a whole number from 1');
  // The constructor caps M at 10,000 and the level draw needs ln M > 0.
  if (!Number.isInteger(p.m.value) || p.m.value < 2 || p.m.value > 10_000)
    bad('m', 'm', p.m.value, 'a whole number from 2 to 10,000');
  if (p.capacity !== undefined && p.capacity.high < p.rows.low) {
    throw new InputError(
      'capacity',
      `capacity: ${p.capacity.value} is less than the ${p.rows.value} rows; hnswlib refuses to add past max_elements`,
      'raise the capacity, or call resizeIndex',
    );
  }
}

function size(p: HnswlibParameters): LayoutSize {
  check(p);
  const n = p.rows;
  const cap = p.capacity ?? n;
  const i = p.indexes ?? ONE;
  const element = derive('level-0 element', 'B', '4 + 8 * m + 4 * d + 8', { m: p.m, d: p.dims }, { source: SOURCE });
  // P(level >= l) = m^-l, so an element has 1 / (m - 1) levels above 0 on average.
  const upper = derive(
    'links above level 0',
    'B',
    'n / (m - 1) * (4 * m + 4)',
    { n, m: p.m },
    { source: SOURCE, error: LEVEL_DRAW },
  );
  const file = derive(
    'hnswlib index file',
    'B',
    'h + n * (e + 4) + u',
    { h: HEADER, n, e: element, u: upper },
    { source: SOURCE },
  );
  // One malloc header and rounding, 16 bytes, per element that has upper links.
  const ram = derive(
    'hnswlib index in RAM',
    'B',
    'n * (e + b) + u + 16 * n / m + s * c + locks',
    { n, e: element, b: LABEL, u: upper, m: p.m, s: SLOT, c: cap, locks: LOCKS },
    { source: SOURCE, error: RAM_ERROR },
  );
  const allocated = derive('address space', 'B', 'ram + max(0, c - n) * e', { ram, c: cap, n, e: element });
  return {
    disk: derive('hnswlib index files', 'B', 'i * f', { i, f: file }),
    resident: derive('hnswlib indexes in RAM', 'B', 'i * r', { i, r: ram }),
    building: derive('hnswlib indexes while building', 'B', 'i * r', { i, r: ram }),
    parts: { element, upperLinks: upper, file, ram, allocated },
  };
}

export const hnswlib: Layout<HnswlibParameters> = defineLayout({
  id: 'hnswlib',
  title: 'hnswlib index',
  source: SOURCE,
  size,
  cliffs: () => [],
});
