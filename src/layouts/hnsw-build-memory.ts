/**
 * What pgvector's in-memory HNSW build needs of maintenance_work_mem, and after which row it spills to disk.
 *
 * Source: pgvector 0.8.6 src/hnsw.h (HnswElementData, HnswNeighborArray, HnswCandidate), hnswutils.c
 * (HnswInitElement: one allocation each for element, neighbour list, one array per level, value), hnswbuild.c
 * (InitBuildState: a generation context of 1 MiB blocks when serial, an area of shared memory when parallel;
 * HnswSharedMemoryAlloc; HnswParallelBegin); PostgreSQL src/backend/utils/mmgr/generation.c (chunk header 24 bytes up to
 * 15, 8 bytes from 16 on). Every row allocates, a duplicate too: it is recognised only after its memory is taken.
 */
import { derive, InputError, type Quantity, stated } from '../quantity/index.ts';
import { align8 } from './pg-page.ts';

/** What a build looks like from the server's side. */
export interface HnswBuildKind {
  /**
   * `parallel` when PostgreSQL grants the build at least one worker (it does so for large enough tables, unless
   * max_parallel_maintenance_workers or the table's parallel_workers is 0).
   */
  readonly mode: 'serial' | 'parallel';
  /** Major version of the server; up to 15 a serial build pays 24 bytes per allocation, later 8. */
  readonly postgres: number;
  /** 4 on PGlite (WebAssembly), else 8. */
  readonly pointerBytes?: 4 | 8;
}

export const DEFAULT_HNSW_BUILD: HnswBuildKind = { mode: 'parallel', postgres: 17 };

export interface HnswBuildMemory {
  /** Mean bytes that one row takes in the graph, allocator overhead included. */
  readonly perRow: Quantity<'B'>;
  /** All rows: what pgvector counts against the limit. */
  readonly graph: Quantity<'B'>;
  /** The maintenance_work_mem with which the build stays in memory. */
  readonly needed: Quantity<'B'>;
}

const SOURCE = 'pgvector 0.8.6 src/hnsw.h, src/hnswbuild.c; PostgreSQL src/backend/utils/mmgr/generation.c';
/** The generation context of a serial build grows in blocks of this size. */
const BLOCK_BYTES = 1024 * 1024;
/** MAXALIGN(sizeof(GenerationBlock)). */
const BLOCK_HEADER_BYTES = 56;
/** A parallel build keeps 3 MiB of maintenance_work_mem for its other shared memory and stops 1 MiB before the end. */
const PARALLEL_RESERVE: Quantity<'B'> = stated('kept for other shared memory', 4 * 1024 * 1024, 'B', 'exact', SOURCE);
const BLOCK: Quantity<'B'> = stated('block of the build context', BLOCK_BYTES, 'B', 'exact', SOURCE);

interface Structs {
  readonly element: number;
  readonly pointer: number;
  readonly candidate: number;
}
/** sizeof(HnswElementData) with its LWLock, of a pointer, of HnswCandidate. */
const STRUCTS: Readonly<Record<4 | 8, Structs>> = {
  8: { element: 128, pointer: 8, candidate: 16 },
  4: { element: 112, pointer: 4, candidate: 12 },
};
/** HnswNeighborArray before its items. */
const ARRAY_HEADER_BYTES = 8;

/** Levels rarer than this add nothing to the mean. */
const RAREST_LEVEL = 1e-6;

interface RowMemory {
  readonly mean: number;
  /** Mean bytes of a block that stay unused because the next allocation does not fit: half of a size-biased one. */
  readonly tail: number;
}

function rowMemory(value: number, m: number, kind: HnswBuildKind): RowMemory {
  const s = STRUCTS[kind.pointerBytes ?? 8];
  const header = kind.mode === 'parallel' ? 0 : kind.postgres >= 16 ? 8 : 24;
  let mean = 0;
  let squares = 0;
  const allocate = (bytes: number, often: number): void => {
    const taken = align8(bytes) + header;
    mean += often * taken;
    squares += often * taken * taken;
  };
  allocate(s.element, 1);
  allocate(value, 1);
  allocate(ARRAY_HEADER_BYTES + 2 * m * s.candidate, 1);
  for (let level = 0, reached = 1; reached > RAREST_LEVEL; level++, reached /= m) {
    allocate(s.pointer * (level + 1), reached * (1 - 1 / m));
    if (level > 0) allocate(ARRAY_HEADER_BYTES + m * s.candidate, reached);
  }
  return { mean, tail: squares / (2 * mean) };
}

const perRowText = (value: Quantity<'B'>, m: Quantity<'count'>, kind: HnswBuildKind): Quantity<'B'> =>
  derive(
    'HNSW graph in memory, per row',
    'B',
    kind.mode === 'parallel' ? 'graphRow(V, m)' : 'serialGraphRow(V, m)',
    { V: value, m },
    {
      source: SOURCE,
      using:
        kind.mode === 'parallel'
          ? { graphRow: (v, mm) => rowMemory(v, mm, kind).mean }
          : {
              // The wasted end of each block, shared among the block's rows.
              serialGraphRow: (v, mm) => {
                const row = rowMemory(v, mm, kind);
                return (row.mean * BLOCK_BYTES) / (BLOCK_BYTES - BLOCK_HEADER_BYTES - row.tail);
              },
            },
    },
  );

interface PerRow {
  readonly m: Quantity<'count'>;
  readonly kind: HnswBuildKind;
  readonly row: Quantity<'B'>;
}
type PerRowByValue = WeakMap<Quantity<'B'>, PerRow[]>;
/**
 * By the value: it does not depend on the rows, and plans of one store ask for it again and again. What a build needs and where
 * one spills each have their own, as each stands in the explanation of the other.
 */
const neededByRow: PerRowByValue = new WeakMap();
const spillingByRow: PerRowByValue = new WeakMap();
const MOST_KEPT = 16;

function perRowKept(
  kept: PerRowByValue,
  value: Quantity<'B'>,
  m: Quantity<'count'>,
  kind: HnswBuildKind,
): Quantity<'B'> {
  let seen = kept.get(value);
  if (seen === undefined) {
    seen = [];
    kept.set(value, seen);
  }
  for (let i = 0; i < seen.length; i++) {
    const known = seen[i] as PerRow;
    if (known.m === m && sameKind(known.kind, kind)) return known.row;
  }
  const row = perRowText(value, m, kind);
  if (seen.length >= MOST_KEPT) seen.length = 0;
  seen.push({ m, kind, row });
  return row;
}

const sameKind = (a: HnswBuildKind, b: HnswBuildKind): boolean =>
  a.mode === b.mode && a.postgres === b.postgres && a.pointerBytes === b.pointerBytes;

/**
 * @param rows rows to index, duplicates included
 * @param value bytes of one vector value
 */
export function hnswBuildMemory(
  rows: Quantity<'rows'>,
  value: Quantity<'B'>,
  m: Quantity<'count'>,
  kind: HnswBuildKind = DEFAULT_HNSW_BUILD,
): HnswBuildMemory {
  const perRow = perRowKept(neededByRow, value, m, kind);
  if (kind.mode === 'parallel') {
    const graph = derive('HNSW graph in memory', 'B', 'rows * row', { rows, row: perRow }, { source: SOURCE });
    const needed = derive('HNSW build memory', 'B', 'graph + reserve', { graph, reserve: PARALLEL_RESERVE });
    return { perRow, graph, needed };
  }
  const inputs = { rows, row: perRow, block: BLOCK };
  const graph = derive('HNSW build memory', 'B', 'ceil(rows * row / block) * block', inputs, { source: SOURCE });
  return { perRow, graph, needed: graph };
}

/**
 * Rows in the graph when pgvector notices that it "no longer fits into maintenance_work_mem"; later rows are
 * inserted on disk, several times slower.
 * @throws InputError when a parallel build would have nothing left after its reserve
 */
export function hnswSpillRow(
  maintenanceWorkMem: Quantity<'B'>,
  value: Quantity<'B'>,
  m: Quantity<'count'>,
  kind: HnswBuildKind = DEFAULT_HNSW_BUILD,
): Quantity<'rows'> {
  const row = perRowKept(spillingByRow, value, m, kind);
  if (kind.mode === 'parallel') {
    if (maintenanceWorkMem.value <= PARALLEL_RESERVE.value) {
      throw new InputError(
        'build-memory-too-small',
        'maintenance_work_mem: a parallel HNSW build reserves 4 MiB of it, so it must be larger than 4 MiB.',
      );
    }
    return derive('row after which the build spills', 'rows', 'ceil((mwm - reserve) / row)', {
      mwm: maintenanceWorkMem,
      reserve: PARALLEL_RESERVE,
      row,
    });
  }
  // The first block is a few bytes short of 1 MiB, so one block more than fits is taken before the limit is noticed.
  return derive('row after which the build spills', 'rows', 'ceil(ceil(mwm / block) * block / row) + 1', {
    mwm: maintenanceWorkMem,
    block: BLOCK,
    row,
  });
}
