/** From one measured row to what the layouts say it should have been. */
import { hnswBuildMemory, hnswSpillRow } from '../layouts/hnsw-build-memory.ts';
import { hnswlib } from '../layouts/hnswlib.ts';
import { pgBtree } from '../layouts/pg-btree.ts';
import { type GinParameters, pgGin } from '../layouts/pg-gin.ts';
import { pgHeap } from '../layouts/pg-heap.ts';
import { pgvectorHnsw } from '../layouts/pgvector-hnsw.ts';
import { pgvectorIvfflat } from '../layouts/pgvector-ivfflat.ts';
import { redisHash } from '../layouts/redis-hash.ts';
import { redisString } from '../layouts/redis-string.ts';
import { usearch } from '../layouts/usearch.ts';
import { vec0 } from '../layouts/vec0.ts';
import { leaf, type Quantity } from '../quantity/index.ts';
import type { GroupId, LeftOut } from './selftest-bars.ts';
import { extraNumber, type MeasuredRow, type PublishedRow } from './selftest-rows.ts';
import {
  hnswlibParameters,
  redisHashParameters,
  redisStringParameters,
  usearchParameters,
  vec0Parameters,
} from './selftest-rows-embedded.ts';
import {
  btreeParameters,
  ginFromFrequencies,
  ginFromJson,
  ginFromText,
  heapParameters,
  hnswParameters,
  ivfflatParameters,
  maintenanceWorkMem,
  publishedHnsw,
  publishedIvfflat,
  spilledAfter,
} from './selftest-rows-postgres.ts';

export interface Prediction {
  readonly group: GroupId;
  readonly row: MeasuredRow | PublishedRow;
  readonly predicted: Quantity;
  /** In the unit of `predicted`. */
  readonly actual: number;
}

/** The predictions of one row, or why there is none. */
export type Predicted = readonly Prediction[] | LeftOut;

/** Rows measured after something was deleted, updated or inserted again; `fresh` and `reindexed` are fresh. */
const FRESH_STAGES: readonly unknown[] = [undefined, 'fresh', 'reindexed'];
/** Rows × dimensions from which an index outweighs the process around it. */
const RAM_COMPONENTS = 1e7;
/** Whole megabytes are too coarse below this many. */
const GRAPH_MEGABYTES = 20;
const MEBIBYTE = 2 ** 20;

/** What was measured beside what is predicted. */
export function compared(
  row: MeasuredRow | PublishedRow,
  group: GroupId,
  predicted: Quantity | undefined,
  actual: number,
): Prediction {
  if (predicted === undefined) throw new Error(`the layout of ${group} has no such part`);
  return { group, row, predicted, actual };
}

/** @throws InputError when the row holds what no engine takes */
export function predictPostgres(row: MeasuredRow): Predicted {
  if (!FRESH_STAGES.includes(row.extra['stage'])) return 'stage';
  switch (row.object) {
    case 'hnsw_index':
      return row.m === 0 || row.dims === 0 ? 'incomplete' : hnswPredictions(row);
    case 'ivfflat_index':
      if (row.lists === 0 || row.dims === 0) return 'incomplete';
      return [compared(row, 'pgvector-ivfflat', pgvectorIvfflat.size(ivfflatParameters(row)).disk, row.bytes)];
    case 'heap': {
      const size = pgHeap.size(heapParameters(row));
      const whole = extraNumber(row, 'total_rel_bytes');
      return [
        compared(row, 'pg-heap', size.parts['heap'], row.bytes),
        ...(whole === undefined ? [] : [compared(row, 'pg-table', size.disk, whole)]),
      ];
    }
    case 'toast':
      return [compared(row, 'pg-toast', pgHeap.size(heapParameters(row)).parts['toast'], row.bytes)];
    case 'btree_index': {
      const parameters = btreeParameters(row);
      return parameters === undefined
        ? 'incomplete'
        : [compared(row, 'pg-btree', pgBtree.size(parameters).disk, row.bytes)];
    }
    case 'gin_index': {
      const predictions: Prediction[] = [];
      const add = (group: GroupId, parameters: GinParameters | undefined): void => {
        if (parameters === undefined) return;
        predictions.push(compared(row, group, pgGin.size(parameters).disk, row.bytes));
      };
      add('gin-frequencies', ginFromFrequencies(row));
      add('gin-text', ginFromText(row));
      add('gin-json', ginFromJson(row));
      return predictions.length === 0 ? 'incomplete' : predictions;
    }
    default:
      return 'no-layout';
  }
}

function hnswPredictions(row: MeasuredRow): Prediction[] {
  const parameters = hnswParameters(row);
  const { m, build: kind } = parameters;
  const size = pgvectorHnsw.size(parameters);
  const value = size.parts['valueBytes'] as Quantity<'B'>;
  const predictions = [compared(row, row.engine === 'pglite' ? 'pglite-hnsw' : 'pgvector-hnsw', size.disk, row.bytes)];
  const spilled = spilledAfter(row);
  const megabytes = extraNumber(row, 'graph_mem_mb') ?? 0;
  if (spilled === undefined && megabytes >= GRAPH_MEGABYTES) {
    const { graph } = hnswBuildMemory(parameters.rows, value, m, kind);
    predictions.push(compared(row, 'hnsw-build-memory', graph, megabytes * MEBIBYTE));
  }
  const memory = maintenanceWorkMem(row);
  if (spilled !== undefined && memory !== undefined) {
    predictions.push(compared(row, 'hnsw-spill', hnswSpillRow(memory, value, m, kind), spilled));
  }
  return predictions;
}

/** @throws InputError when the row holds what no engine takes */
export function predictEmbedded(row: MeasuredRow): Predicted {
  switch (`${row.engine} ${row.object}`) {
    case 'sqlite-vec db_file': {
      const parameters = vec0Parameters(row);
      return parameters === undefined ? 'incomplete' : [compared(row, 'vec0', vec0.size(parameters).disk, row.bytes)];
    }
    case 'hnswlib serialized_file':
      return [compared(row, 'hnswlib-file', hnswlib.size(hnswlibParameters(row)).disk, row.bytes)];
    case 'usearch serialized_file':
      return [compared(row, 'usearch-file', usearch.size(usearchParameters(row)).disk, row.bytes)];
    case 'hnswlib ram':
      if (row.n * row.dims < RAM_COMPONENTS) return 'small-ram';
      return [compared(row, 'hnswlib-ram', hnswlib.size(hnswlibParameters(row)).resident, row.bytes)];
    case 'usearch ram':
      if (row.n * row.dims < RAM_COMPONENTS) return 'small-ram';
      return [compared(row, 'usearch-ram', usearch.size(usearchParameters(row)).resident, row.bytes)];
    case 'redis ram':
    case 'valkey ram': {
      const group = row.engine === 'valkey' ? 'valkey' : 'redis';
      const hash = redisHashParameters(row);
      if (hash !== undefined) return [compared(row, group, redisHash.size(hash).resident, row.bytes)];
      const string = redisStringParameters(row);
      return string === undefined ? 'incomplete' : [compared(row, group, redisString.size(string).resident, row.bytes)];
    }
    default:
      return 'no-layout';
  }
}

/** maintenance_work_mem of a published build, and the row after which it said that it no longer fits. */
const PUBLISHED_SPILL = /mwm (\d+)MB: graph spilled after (\d+) tuples .*serial/;
/** The two parts of a published hnswlib index. */
const PUBLISHED_HNSWLIB = /^(\d+) B level0 \+ (\d+) B links$/;

/** @throws InputError when the row holds what no engine takes */
export function predictPublished(row: PublishedRow): Predicted {
  if (row.inferred) return 'inferred';
  if (row.n === 0 || row.dims === 0 || row.mOrLists === 0) return 'incomplete';
  if (row.engine.startsWith('hnswlib')) return publishedHnswlib(row);
  if (row.engine !== 'pgvector') return 'no-layout';
  if (row.mebibytes === 0) return 'incomplete';
  const actual = row.mebibytes * MEBIBYTE;
  if (row.index === 'ivfflat')
    return [compared(row, 'published', pgvectorIvfflat.size(publishedIvfflat(row)).disk, actual)];
  if (row.index !== 'hnsw') return 'no-layout';
  const parameters = publishedHnsw(row);
  const size = pgvectorHnsw.size(parameters);
  const predictions = [compared(row, 'published', size.disk, actual)];
  const spill = PUBLISHED_SPILL.exec(row.other);
  if (spill !== null) {
    const memory = leaf('maintenance_work_mem', Number(spill[1]) * MEBIBYTE, 'B', { source: 'the published row' });
    // The server's version was not published; from PostgreSQL 16 on the allocator's header is the same.
    const kind = { mode: 'serial', postgres: 16 } as const;
    const spillRow = hnswSpillRow(memory, size.parts['valueBytes'] as Quantity<'B'>, parameters.m, kind);
    predictions.push(compared(row, 'hnsw-spill', spillRow, Number(spill[2])));
  }
  return predictions;
}

/** The published file lacks the 4-byte link count per element that saveIndex writes: its two parts are compared. */
function publishedHnswlib(row: PublishedRow): Predicted {
  const parts = PUBLISHED_HNSWLIB.exec(row.reported);
  if (parts === null) return 'incomplete';
  const count = (name: string, n: number): Quantity<'count'> => leaf(name, n, 'count', { source: 'the published row' });
  const { element, upperLinks } = hnswlib.size({
    rows: count('rows', row.n),
    dims: count('dims', row.dims),
    m: count('m', row.mOrLists),
  }).parts;
  if (element === undefined || upperLinks === undefined) throw new Error('the layout of hnswlib has no such part');
  const level0 = leaf('hnswlib level 0', element.value * row.n, 'B', { source: element.source ?? 'hnswlib' });
  return [
    compared(row, 'hnswlib-file', level0, Number(parts[1])),
    compared(row, 'hnswlib-file', upperLinks, Number(parts[2])),
  ];
}
