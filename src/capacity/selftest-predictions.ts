/** From one measured row to what the layouts say it should have been. */
import { hnswBuildMemory, hnswSpillRow } from '../layouts/hnsw-build-memory.ts';
import { hnswlib } from '../layouts/hnswlib.ts';
import { pgBtree } from '../layouts/pg-btree.ts';
import { pgGin } from '../layouts/pg-gin.ts';
import { pgHeap } from '../layouts/pg-heap.ts';
import { pgvectorHnsw } from '../layouts/pgvector-hnsw.ts';
import { pgvectorIvfflat } from '../layouts/pgvector-ivfflat.ts';
import { valueBytes } from '../layouts/pgvector-value.ts';
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
  hnswBuildKind,
  hnswParameters,
  ivfflatParameters,
  maintenanceWorkMem,
  publishedHnsw,
  publishedIvfflat,
  spilledAfter,
} from './selftest-rows-postgres.ts';

export interface Prediction {
  readonly group: GroupId;
  /** Which row, to a reader. */
  readonly label: string;
  readonly file: string;
  readonly line: number;
  /** Rows stored. */
  readonly n: number;
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

type Compare = (group: GroupId, predicted: Quantity | undefined, actual: number) => Prediction;

/** What was measured beside what is predicted. A label is made for a row that is shown: few are. */
export const compareWith =
  (row: MeasuredRow | PublishedRow): Compare =>
  (group, predicted, actual) => {
    if (predicted === undefined) throw new Error(`the layout of ${group} has no such part`);
    const { file, line, n } = row;
    return {
      group,
      get label() {
        return row.label;
      },
      file,
      line,
      n,
      predicted,
      actual,
    };
  };

/** @throws InputError when the row holds what no engine takes */
export function predictPostgres(row: MeasuredRow): Predicted {
  if (!FRESH_STAGES.includes(row.extra['stage'])) return 'stage';
  const compare = compareWith(row);
  switch (row.object) {
    case 'hnsw_index':
      return row.m === 0 || row.dims === 0 ? 'incomplete' : hnswPredictions(row, compare);
    case 'ivfflat_index':
      if (row.lists === 0 || row.dims === 0) return 'incomplete';
      return [compare('pgvector-ivfflat', pgvectorIvfflat.size(ivfflatParameters(row)).disk, row.bytes)];
    case 'heap': {
      const size = pgHeap.size(heapParameters(row));
      const whole = extraNumber(row, 'total_rel_bytes');
      return [
        compare('pg-heap', size.parts['heap'], row.bytes),
        ...(whole === undefined ? [] : [compare('pg-table', size.disk, whole)]),
      ];
    }
    case 'toast':
      return [compare('pg-toast', pgHeap.size(heapParameters(row)).parts['toast'], row.bytes)];
    case 'btree_index': {
      const parameters = btreeParameters(row);
      return parameters === undefined ? 'incomplete' : [compare('pg-btree', pgBtree.size(parameters).disk, row.bytes)];
    }
    case 'gin_index': {
      const ways = [
        ['gin-frequencies', ginFromFrequencies(row)],
        ['gin-text', ginFromText(row)],
        ['gin-json', ginFromJson(row)],
      ] as const;
      const predictions = ways.flatMap(([group, parameters]) =>
        parameters === undefined ? [] : [compare(group, pgGin.size(parameters).disk, row.bytes)],
      );
      return predictions.length === 0 ? 'incomplete' : predictions;
    }
    default:
      return 'no-layout';
  }
}

function hnswPredictions(row: MeasuredRow, compare: Compare): Prediction[] {
  const parameters = hnswParameters(row);
  const value = valueBytes(parameters);
  const kind = hnswBuildKind(row);
  const predictions = [
    compare(row.engine === 'pglite' ? 'pglite-hnsw' : 'pgvector-hnsw', pgvectorHnsw.size(parameters).disk, row.bytes),
  ];
  const spilled = spilledAfter(row);
  const megabytes = extraNumber(row, 'graph_mem_mb') ?? 0;
  if (spilled === undefined && megabytes >= GRAPH_MEGABYTES) {
    const { graph } = hnswBuildMemory(parameters.rows, value, parameters.m, kind);
    predictions.push(compare('hnsw-build-memory', graph, megabytes * MEBIBYTE));
  }
  const memory = maintenanceWorkMem(row);
  if (spilled !== undefined && memory !== undefined) {
    predictions.push(compare('hnsw-spill', hnswSpillRow(memory, value, parameters.m, kind), spilled));
  }
  return predictions;
}

/** @throws InputError when the row holds what no engine takes */
export function predictEmbedded(row: MeasuredRow): Predicted {
  const compare = compareWith(row);
  switch (`${row.engine} ${row.object}`) {
    case 'sqlite-vec db_file': {
      const parameters = vec0Parameters(row);
      return parameters === undefined ? 'incomplete' : [compare('vec0', vec0.size(parameters).disk, row.bytes)];
    }
    case 'hnswlib serialized_file':
      return [compare('hnswlib-file', hnswlib.size(hnswlibParameters(row)).disk, row.bytes)];
    case 'usearch serialized_file':
      return [compare('usearch-file', usearch.size(usearchParameters(row)).disk, row.bytes)];
    case 'hnswlib ram':
      if (row.n * row.dims < RAM_COMPONENTS) return 'small-ram';
      return [compare('hnswlib-ram', hnswlib.size(hnswlibParameters(row)).resident, row.bytes)];
    case 'usearch ram':
      if (row.n * row.dims < RAM_COMPONENTS) return 'small-ram';
      return [compare('usearch-ram', usearch.size(usearchParameters(row)).resident, row.bytes)];
    case 'redis ram':
    case 'valkey ram': {
      const group = row.engine === 'valkey' ? 'valkey' : 'redis';
      const hash = redisHashParameters(row);
      if (hash !== undefined) return [compare(group, redisHash.size(hash).resident, row.bytes)];
      const string = redisStringParameters(row);
      return string === undefined ? 'incomplete' : [compare(group, redisString.size(string).resident, row.bytes)];
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
  const compare = compareWith(row);
  if (row.inferred) return 'inferred';
  if (row.n === 0 || row.dims === 0 || row.mOrLists === 0) return 'incomplete';
  if (row.engine.startsWith('hnswlib')) return publishedHnswlib(row, compare);
  if (row.engine !== 'pgvector') return 'no-layout';
  if (row.mebibytes === 0) return 'incomplete';
  const actual = row.mebibytes * MEBIBYTE;
  if (row.index === 'ivfflat') return [compare('published', pgvectorIvfflat.size(publishedIvfflat(row)).disk, actual)];
  if (row.index !== 'hnsw') return 'no-layout';
  const parameters = publishedHnsw(row);
  const predictions = [compare('published', pgvectorHnsw.size(parameters).disk, actual)];
  const spill = PUBLISHED_SPILL.exec(row.other);
  if (spill !== null) {
    const memory = leaf('maintenance_work_mem', Number(spill[1]) * MEBIBYTE, 'B', { source: 'the published row' });
    // The server's version was not published; from PostgreSQL 16 on the allocator's header is the same.
    const kind = { mode: 'serial', postgres: 16 } as const;
    const row = hnswSpillRow(memory, valueBytes(parameters), parameters.m, kind);
    predictions.push(compare('hnsw-spill', row, Number(spill[2])));
  }
  return predictions;
}

/** The published file lacks the 4-byte link count per element that saveIndex writes: its two parts are compared. */
function publishedHnswlib(row: PublishedRow, compare: Compare): Predicted {
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
  return [compare('hnswlib-file', level0, Number(parts[1])), compare('hnswlib-file', upperLinks, Number(parts[2]))];
}
