/**
 * mcp-memory-service in one SQLite file: memories, a vec0 table of cosine vectors, a trigram full-text index, a graph of
 * similar memories. doobidoo/mcp-memory-service 10.59.0, storage/sqlite_vec.py, storage/migrations/008-011.
 */
import type { Component, EnginePlan } from '../engines/engine.ts';
import sqliteVec from '../engines/sqlite-vec.ts';
import { sqliteFts5 } from '../layouts/sqlite-fts5.ts';
import { vec0 } from '../layouts/vec0.ts';
import { derive, leaf, type Quantity } from '../quantity/index.ts';
import type { Workload } from '../workload/index.ts';
import type { SystemPreset } from './preset.ts';
import { cell, EPOCH_SECONDS, type SqliteTableOf, secondFile, sqliteComponents } from './sqlite-tables.ts';
import { systemEngine } from './system-engine.ts';

const SHA256_HEX = 64;
/** "2026-07-23T10:21:06Z". */
const ISO = 20;
/** Associations that its consolidation finds; none before it has run. */
const EDGES: Quantity<'ratio'> = leaf('graph edges per memory', 0, 'ratio', {
  basis: 'assumed',
  low: 0,
  high: 2,
  source: 'default: none; the consolidation that makes them is off by default',
});
export function mcpTables(w: Workload): SqliteTableOf[] {
  const hash = (name: string): ReturnType<typeof cell.word> => cell.word(name, SHA256_HEX);
  const edges = derive('edges', 'rows', 'ceil(N * each)', { N: w.memories, each: EDGES });
  return [
    {
      name: 'memories',
      main: true,
      rows: w.memories,
      columns: [
        cell.rowid('id'),
        hash('content_hash'),
        cell.text('content', w.textBytes),
        cell.word('tags', w.namespaceBytes),
        cell.word('memory_type', 11),
        cell.text('metadata', w.metadataBytes),
        cell.real('created_at'),
        cell.real('updated_at'),
        cell.word('created_at_iso', ISO),
        cell.word('updated_at_iso', ISO),
        cell.none('deleted_at'),
        cell.none('parent_id'),
        cell.integer('version', 1),
        // 1.0 is stored as the integer 1.
        cell.integer('confidence', 1),
        cell.none('last_accessed'),
        cell.none('superseded_by'),
      ],
      indexes: [
        { name: 'UNIQUE(content_hash)', columns: [hash('content_hash')], order: 'random' },
        { name: 'idx_content_hash', columns: [hash('content_hash')], order: 'random' },
        { name: 'idx_created_at', columns: [cell.real('created_at')], order: 'ascending' },
        { name: 'idx_memory_type', columns: [cell.word('memory_type', 11)], order: 'random' },
        { name: 'idx_deleted_at', columns: [cell.none('deleted_at')], order: 'ascending' },
      ],
    },
    {
      name: 'memory_graph',
      rows: edges,
      columns: [
        hash('source_hash'),
        hash('target_hash'),
        cell.real('similarity'),
        cell.word('connection_types', 20),
        cell.none('metadata'),
        cell.integer('created_at', EPOCH_SECONDS),
        cell.word('relationship_type', 7),
      ],
      indexes: [
        { name: 'PRIMARY KEY', columns: [hash('source_hash'), hash('target_hash')], order: 'random' },
        { name: 'idx_graph_source', columns: [hash('source_hash')], order: 'random' },
        { name: 'idx_graph_target', columns: [hash('target_hash')], order: 'random' },
      ],
    },
  ];
}

function components(w: Workload): Component[] {
  const vectors = vec0.size({ rows: w.memories, dims: w.dimensions, type: 'float', chunkSize: w.chunkSize }).disk;
  const text = sqliteFts5.size({
    rows: w.memories,
    textBytes: w.textBytes,
    tokenizer: 'trigrams',
    distinctTerms: w.distinctTerms,
    termsPerRow: w.termsPerMemory,
  }).disk;
  const hot = derive('in use', 'B', 'disk * hot', { disk: text, hot: w.hotShare });
  return [
    { id: 'vector-index', title: 'memory_embeddings (vec0)', disk: vectors, resident: vectors, docs: 'layouts/vec0' },
    ...sqliteComponents(mcpTables(w), w),
    {
      id: 'lexical-index',
      title: 'memory_content_fts (FTS5, trigram)',
      disk: text,
      resident: hot,
      docs: 'layouts/sqlite-fts5',
    },
  ];
}

/** The scan is sqlite-vec's own; its tables are replaced by this system's. */
function plan(w: Workload): EnginePlan {
  const scan = sqliteVec.plan({ ...w, components: [] });
  const all = components(w);
  const resident = all.map((c) => c.resident);
  const total = resident.reduce((a, b) => derive('resident bytes', 'B', 'a + b', { a, b }));
  return {
    ...scan,
    query: scan.query,
    components: all,
    residentPerMachine: total,
    rebuildPeak: secondFile(all),
    notes: [
      'tags are planned with the bytes of --namespace-bytes; there is no namespace column',
      'idx_content_hash repeats the UNIQUE index on content_hash: it can be dropped',
      ...scan.notes,
    ],
  };
}

export const mcpMemoryService: SystemPreset = {
  id: 'mcp-memory-service-sqlite',
  family: 'mcp-memory-service',
  store: 'sqlite',
  title: 'mcp-memory-service (SQLite with sqlite-vec)',
  source: 'doobidoo/mcp-memory-service 10.59.0, storage/sqlite_vec.py',
  inputs: { dims: { value: 384 }, 'namespace-bytes': { value: 20, low: 1, high: 60 } },
  engine: systemEngine({
    id: 'sqlite-vec',
    system: 'mcp-memory-service-sqlite',
    title: 'mcp-memory-service (SQLite)',
    level: 1,
    layouts: ['vec0', 'sqlite-table', 'sqlite-index', 'sqlite-fts5'],
    scalars: ['float32'],
    indexes: ['flat'],
    maxDimensions: () => 8192,
    plan,
    leaveWhen: sqliteVec.leaveWhen,
    failureModes: ['deleted memories keep their row until purge_deleted runs', ...sqliteVec.failureModes],
  }),
};
