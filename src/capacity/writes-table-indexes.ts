/**
 * What an insert logs in the indexes of a named system's table: B-trees by how their keys arrive, GIN with its pending list, HNSW.
 * Figures are of one row of the table; src/capacity/writes-tables.ts takes them to a memory.
 */
import {
  type BtreeIndex,
  btreeSize,
  type GinIndex,
  type HnswIndex,
  indexedRows,
  LEAF_ROOM,
} from '../engines/pg-table.ts';
import { ginMerges } from '../layouts/gin-pending.ts';
import { GIN_KEY_BYTES, type GinKeys, keyModel, pgGin } from '../layouts/pg-gin.ts';
import { pgvectorHnsw } from '../layouts/pgvector-hnsw.ts';
import { btreeInsertRecord, pageImage } from '../layouts/wal-record.ts';
import { derive, leaf, oncePer, type Quantity } from '../quantity/index.ts';
import type { Workload } from '../workload/index.ts';
import { ALIKE, type Keys, type Pending, pendingOf, spanOf } from './writes-pending.ts';
import type { WriteSettings } from './writes-settings.ts';
import { BTREE_FILL, hnswStructure, type WrittenStructure } from './writes-structures.ts';

const ROOM: Quantity<'B'> = leaf('room of a leaf', LEAF_ROOM, 'B', {
  source: 'PostgreSQL src/include/access/nbtree.h: header, special space and high key taken off',
});
const SPLITTING = 'PostgreSQL src/backend/access/nbtree/nbtinsert.c _bt_split: the right page is logged whole';
const HALF_A_LEAF: Quantity<'ratio'> = leaf('part of a leaf that moves', 0.5, 'ratio', { source: SPLITTING });
const END_OF_LEAF: Quantity<'ratio'> = leaf('part of a leaf that moves', 0.1, 'ratio', {
  source: 'PostgreSQL src/backend/access/nbtree/nbtsplitloc.c: a tenth of a page at the right end',
});
/** Leaves that filled together split together: none for a while, then many. */
const SWING: Quantity<'ratio'> = leaf('splits now over splits in the long run', 1, 'ratio', {
  low: 0,
  high: 3,
  basis: 'measured',
  source: 'PostgreSQL 17, keys in random order: bench/writes-postgres.ts',
});

/** @returns undefined for an index that no row is in */
export function btreeStructure(i: BtreeIndex, rows: Quantity<'rows'>): WrittenStructure | undefined {
  const entered = indexedRows(i, rows);
  if (entered.high === 0) return undefined;
  const { parts } = btreeSize(i, entered);
  const [entry, leaves] = [parts['entry'] as Quantity<'B'>, parts['leaves'] as Quantity<'pages'>];
  const shared = i.unique === true ? undefined : i.distinctKeys;
  const groups = typeof i.arrival === 'object' ? i.arrival.groups : undefined;
  // One group is one end.
  const atEnd = shared === undefined && (i.arrival === 'ascending' || (groups !== undefined && groups.value <= 1));
  // Each leaf but the first came of a split.
  const made = derive(
    `splits of ${i.name} a row`,
    'ratio',
    atEnd ? 'max(0, leaves - 1) / max(1, rows)' : 'max(0, leaves - 1) / max(1, rows) * swing',
    { leaves, rows: entered, ...(atEnd ? {} : { swing: SWING }) },
  );
  const again = derive(
    'entries logged again by splits',
    'ratio',
    'splits * part * room / entry',
    { splits: made, part: atEnd ? END_OF_LEAF : HALF_A_LEAF, room: ROOM, entry },
    { source: SPLITTING },
  );
  const share = leaf('rows that are in the index', i.share ?? 1, 'ratio');
  const log = derive(`log of ${i.name}`, 'B', 'share * record', { share, record: btreeInsertRecord(entry, again) });
  const structure = { id: i.name, title: i.name, log };
  if (atEnd) return { ...structure, touched: [], ends: 1 };
  const ends = shared ?? groups;
  if (ends === undefined) {
    const pages = derive(`leaves of ${i.name}`, 'pages', 'max(1, leaves)', { leaves });
    const fill = derive('fill of a leaf', 'ratio', 'min(1, rows * entry / (pages * room))', {
      rows: entered,
      entry,
      pages,
      room: ROOM,
    });
    return { ...structure, touched: [{ touches: share, pages, image: pageImage(i.name, fill) }], ends: 0 };
  }
  const pages = derive(
    `leaves of ${i.name} that inserts fall on`,
    'pages',
    'max(1, min(ends, leaves))',
    { ends, leaves },
    { source: 'equal keys follow each other by row id, and a group ascends: one page each takes what is new' },
  );
  // The page to the right of one that is split gets a new link to its left: the first of the next group.
  const beside = derive(`neighbours of leaves that are split, ${i.name}`, 'ratio', 'share * splits', {
    share,
    splits: made,
  });
  const first = derive(`first leaves of groups, ${i.name}`, 'pages', 'max(1, min(ends, leaves - ends))', {
    ends,
    leaves,
  });
  return {
    ...structure,
    touched: [
      { touches: share, pages, image: pageImage(i.name, BTREE_FILL) },
      { touches: beside, pages: first, image: pageImage(i.name, BTREE_FILL) },
    ],
    ends: 0,
  };
}

/** @param rows rows of its table */
export function hnswOf(i: HnswIndex, rows: Quantity<'rows'>, w: Workload): WrittenStructure {
  const size = pgvectorHnsw.size({ ...i.vector, rows, m: w.m, duplicateRate: w.duplicateRate });
  return hnswStructure(i.name, `${i.name} (HNSW)`, w, size);
}

/**
 * @param rowsPerPage rows on a page of its table
 * @param peak rows a second that enter it
 * @returns undefined for keys whose frequencies nobody knows
 */
export function ginOf(
  i: GinIndex,
  rows: Quantity<'rows'>,
  rowsPerPage: Quantity<'ratio'>,
  settings: WriteSettings,
  peak: Quantity<'rows/s'> | undefined,
): Pending | undefined {
  if (i.keys.kind === 'jsonb') return undefined;
  const { parts } = pgGin.size({ rows, keys: i.keys, rowsPerHeapPage: rowsPerPage });
  const index = {
    id: i.name,
    title: `${i.name} (GIN)`,
    pages: parts['pages'] as Quantity<'pages'>,
    perRow: keysOfRow(i.keys),
  };
  return pendingOf(keysOf(i.keys, rows, rowsPerPage), index, settings, peak);
}

type KnownKeys = Exclude<GinKeys, { kind: 'jsonb' }>;

function keysOf(keys: KnownKeys, rows: Quantity<'rows'>, rowsPerPage: Quantity<'ratio'>): Keys {
  const { inputs, classesAt, error, basis } = keyModel(keys);
  const count = Math.max(1, rows.value);
  const known = Object.values(inputs).map((q) => q.value);
  const classes = classesAt(count, known);
  // A name of the catalogue's kind has its varlena header before it.
  const bytes = keys.kind === 'own' ? keys.keyBytes.value + 1 : GIN_KEY_BYTES[keys.opclass].value;
  const perPage = rowsPerPage.value;
  const merge = oncePer(ginMerges(classes, count, perPage, bytes));
  const perRow = keysOfRow(keys);
  const texts = perRow !== undefined ? spanOf(perRow) : keys.kind === 'text' ? spanOf(keys.textBytes) : ALIKE;
  return { classes, bytes, perPage, rows: count, error, texts, basis: basis === 'exact' ? 'measured' : basis, merge };
}

/** Keys of a row where they are known without its text. */
function keysOfRow(keys: KnownKeys): Quantity<'count'> | undefined {
  switch (keys.kind) {
    case 'zipf':
      return keys.keysPerRow;
    case 'own':
      return leaf('keys of a row', 1 + (keys.inEveryRow ?? 0), 'count', {
        source: 'one of its own, and names of fields',
      });
    case 'text':
      return keys.termsPerRow === undefined ? undefined : { ...keys.termsPerRow, unit: 'count' };
    case 'frequencies':
      return undefined;
  }
}
