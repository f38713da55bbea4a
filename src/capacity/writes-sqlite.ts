/**
 * What one memory puts into SQLite's write-ahead log: whole pages, each with a frame header of 24 bytes, once a transaction.
 * Source: SQLite file format, section 4 (the write-ahead log); sqlite-vec.c 0.1.9 (vec0Update_Insert). How many pages was counted
 * on real files (bench/writes-postgres.ts): table and btrees by their leaves, vec0 by its blobs, FTS5 as measured.
 */
import { memoryColumns, sqliteTable } from '../layouts/sqlite-table.ts';
import { derive, type Quantity, stated } from '../quantity/index.ts';
import type { Scalar, Workload } from '../workload/index.ts';
import type { WrittenStructure } from './writes-structures.ts';

const BENCH = 'SQLite 3.5x with sqlite-vec 0.1.9, bench/writes-postgres.ts';
const PAGE: Quantity<'B'> = stated('page', 4096, 'B', 'exact', 'SQLite default page_size');
/** SQLite appends whole pages to the log. */
const FRAME: Quantity<'B'> = stated(
  'frame of the log: header and page',
  4096 + 24,
  'B',
  'exact',
  'SQLite file format, section 4.1; page_size 4096',
);
/** An overflow page keeps four bytes for the number of the next. */
const OVERFLOW: Quantity<'B'> = stated(
  'payload of an overflow page',
  4092,
  'B',
  'exact',
  'SQLite file format, section 1.5',
);
/** A row that opens a page changes its parent, and the first page of the file. */
const OPENED: Quantity<'pages'> = stated('pages changed beside a new one', 2, 'pages', 'measured', BENCH, 1, 3);
const ASCENDING: Quantity<'ratio'> = stated(
  'pages an entry at the end of an index',
  1.08,
  'ratio',
  'measured',
  BENCH,
  1,
  1.15,
);
const RANDOM: Quantity<'ratio'> = stated(
  'pages an entry anywhere in an index',
  1.35,
  'ratio',
  'measured',
  BENCH,
  1.1,
  1.6,
);
/** Rowid, index over it, and the two pages of the chunk's bitmap and row numbers. */
const VEC0_PAGES: Quantity<'pages'> = stated('pages of vec0 beside the vector', 4, 'pages', 'measured', BENCH);
const FTS5_PAGES: Quantity<'pages'> = stated('pages of FTS5 an empty text', 6.65, 'pages', 'measured', BENCH, 5.5, 8);
const FTS5_TEXT: Quantity<'ratio'> = stated(
  'pages of FTS5 for each byte of text',
  0.0023,
  'ratio',
  'measured',
  BENCH,
  0.001,
  0.004,
);

const VALUE: Readonly<Partial<Record<Scalar, string>>> = { float32: '4 * d', int8: 'd', bit: 'ceil(d / 8)' };

const framed = (id: string, title: string, pages: Quantity): WrittenStructure => ({
  id,
  title,
  log: derive(`log of the ${title}`, 'B', 'pages * frame', { pages, frame: FRAME }),
  touched: [],
  ends: 0,
});

/** @param w a workload that SQLite with sqlite-vec can hold */
export function sqliteStructures(w: Workload): WrittenStructure[] {
  const columns = memoryColumns({
    namespaceBytes: w.namespaceBytes,
    textBytes: w.textBytes,
    metadataBytes: w.metadataBytes,
  });
  const row = derive('bytes of a row', 'B', 'table / N', {
    table: sqliteTable.size({ rows: w.memories, columns }).disk,
    N: w.memories,
  });
  const table = derive('pages of the table', 'pages', '1 + opened * min(1, row / page)', {
    opened: OPENED,
    row,
    page: PAGE,
  });
  const vector = derive('bytes of a vector', 'B', VALUE[w.scalar] ?? '4 * d', { d: w.dimensions });
  const vectors = derive(
    'pages of the vectors',
    'pages',
    'beside + 1 + 2 * vector / overflow',
    { beside: VEC0_PAGES, vector, overflow: OVERFLOW },
    {
      source: 'the pages under the vector, and its part of the chunk that was allocated whole',
    },
  );
  return [
    framed('vector-index', 'vectors (vec0)', vectors),
    framed('table', 'table', table),
    ...w.components.flatMap((id): WrittenStructure[] => {
      const side = (title: string, rows: Quantity, formula: string): WrittenStructure[] =>
        rows.high === 0
          ? []
          : [
              framed(
                id,
                title,
                derive(`pages of the ${title}`, 'pages', `rows * (${formula})`, { rows, a: ASCENDING, r: RANDOM }),
              ),
            ];
      if (id === 'lexical-index') {
        const pages = derive('pages of the lexical index', 'pages', 'fixed + text * each', {
          fixed: FTS5_PAGES,
          text: w.textBytes,
          each: FTS5_TEXT,
        });
        return [framed(id, 'lexical index (FTS5)', pages)];
      }
      if (id === 'temporal-index') return [framed(id, 'temporal index', ASCENDING)];
      if (id === 'metadata-index') return [framed(id, 'metadata index', RANDOM)];
      if (id === 'edge-table') return side('edge table', w.edgesPerMemory, 'a + 2 * r');
      if (id === 'audit-ledger') return side('audit ledger', w.revisionsPerMemory, 'a + r');
      return [];
    }),
  ];
}

export interface SqliteCheckpoints {
  /** Pages in the log at which a commit copies them back and waits for the disk. */
  readonly pages: Quantity<'pages'>;
  readonly memories: Quantity<'rows'>;
  /** Checkpoints a second at the peak. */
  readonly atPeak: Quantity<'rows/s'> | undefined;
}

const AUTOCHECKPOINT: Quantity<'pages'> = stated('wal_autocheckpoint', 1000, 'pages', 'exact', 'SQLite default');

export function sqliteCheckpoints(perMemory: Quantity<'B'>, peak: Quantity<'rows/s'> | undefined): SqliteCheckpoints {
  const memories = derive('memories from checkpoint to checkpoint', 'rows', 'max(1, pages * frame / log)', {
    pages: AUTOCHECKPOINT,
    frame: FRAME,
    log: perMemory,
  });
  return {
    pages: AUTOCHECKPOINT,
    memories,
    atPeak: peak && derive('checkpoints a second at the peak', 'rows/s', 'rate / memories', { rate: peak, memories }),
  };
}

/** Log of one row touched: its leaf, and with an index on the column an entry that goes and one that comes. */
export function sqliteTouchLog(indexed: boolean): Quantity<'B'> {
  return derive(
    'log of one row touched',
    'B',
    indexed ? '(1 + a + r) * frame' : 'frame',
    indexed ? { a: ASCENDING, r: RANDOM, frame: FRAME } : { frame: FRAME },
  );
}
