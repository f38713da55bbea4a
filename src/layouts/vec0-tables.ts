/**
 * The shadow tables of a sqlite-vec vec0 table, as page counts; sqlite-vec.c 0.1.9 (vec0_init, vec0_new_chunk).
 * Not a layout: the record sizes that the vec0 layout is made of.
 */

import { itemsPerRoom, normalCdf } from './length-spread.ts';
import {
  indexInteriorCell,
  indexLeafPages,
  integerBytes,
  interiorPages,
  LEAF_HEADER,
  type LoadOrder,
  leafCell,
  lengthTypeBytes,
  meanIntegerBytes,
  overflowPages,
  tableInteriorCell,
  tableLeafPages,
} from './sqlite-pages.ts';

/** Pages of a table whose rows, all alike, were appended; an empty table has its root. */
export function tablePages(rows: number, payload: number, U: number): number {
  if (rows <= 0) return 1;
  const leaves = tableLeafPages(rows, payload, 0, U);
  const overflow = Math.round(rows * overflowPages(payload, U, 'table'));
  return leaves + overflow + interiorPages(leaves, tableInteriorCell(rows), U, 'ascending');
}

/** Pages of an index whose entries are all alike. */
export function indexPages(entries: number, payload: number, U: number, order: LoadOrder, fill?: number): number {
  if (entries <= 0) return 1;
  const cell = leafCell(payload, 0, U, 'index');
  const leaves = indexLeafPages(entries, { mean: cell, deviation: 0 }, U, order, fill);
  const overflow = Math.round(entries * overflowPages(payload, U, 'index'));
  return leaves + overflow + interiorPages(leaves, indexInteriorCell(cell), U, order, fill);
}

/**
 * Pages of the implicit index of `rowid PRIMARY KEY`: without INTEGER the column is no alias of the rowid, so SQLite
 * builds a unique index over it. Entries hold the column and the rowid, both 1..rows.
 */
export function rowidIndexPages(rows: number, U: number): number {
  return indexPages(rows, 3 + 2 * meanIntegerBytes(1, rows), U, 'ascending');
}

/** Record of a chunk blob beside its `rowid` column: header, integer, blob. */
export function chunkBlobRecord(blob: number, chunks: number): number {
  return 2 + lengthTypeBytes(blob) + meanIntegerBytes(1, chunks) + blob;
}

/** Record of a row of `_chunks`: id (alias), size, sequence id (NULL), partition values, validity bitmap, rowids. */
export function chunksRecord(chunkSize: number, partitionBytes: number): number {
  const validity = chunkSize / 8;
  const rowids = chunkSize * 8;
  const partition = partitionBytes > 0 ? lengthTypeBytes(partitionBytes) + partitionBytes : 0;
  const header = 1 + 3 + lengthTypeBytes(validity) + lengthTypeBytes(rowids);
  return header + integerBytes(chunkSize) + partition + validity + rowids;
}

/** Rowids at which the rowid's varint grows by a byte. */
const ROWID_STEPS: readonly number[] = [127, 16_383, 2_097_151, 268_435_455, 34_359_738_367];

/**
 * Leaf and interior pages of `_rowids` (rowid, id, chunk_id, chunk_offset). Chunk ids grow with the rowid unless rows
 * are spread over partitions.
 */
export function rowidsPages(
  rows: number,
  chunks: number,
  chunkSize: number,
  idBytes: number,
  spread: boolean,
  U: number,
): number {
  if (rows <= 0) return 1;
  const id = idBytes > 0 ? lengthTypeBytes(idBytes) + idBytes : 1;
  const offset = meanIntegerBytes(0, chunkSize - 1);
  const perChunk = rows / chunks;
  let pages = 0;
  let start = 1;
  for (let bytes = 1; start <= rows; bytes++) {
    const end = Math.min(rows, ROWID_STEPS[bytes - 1] ?? rows);
    const chunkId = spread
      ? meanIntegerBytes(1, chunks)
      : meanIntegerBytes(Math.ceil(start / perChunk), Math.ceil(end / perChunk));
    const payload = 4 + id + chunkId + offset;
    // Offsets and chunk ids of several widths lie side by side; their mix packs like lengths that vary a little.
    pages += (end - start + 1) / itemsPerRoom(U - LEAF_HEADER, leafCell(payload, bytes, U, 'table'), 0.3);
    start = end + 1;
  }
  const leaves = Math.max(1, Math.ceil(pages - 1e-9));
  return leaves + interiorPages(leaves, tableInteriorCell(rows), U, 'ascending');
}

/** Rows of sqlite_schema, with the SQL text of the tables (measured means for table names of a letter or two). */
const SCHEMA_TABLE = 116;
const SCHEMA_INDEX = 60;
const SCHEMA_VIRTUAL = 16;

/** Pages of sqlite_schema for a vec0 table; page 1 also holds the 100-byte file header. SQL lengths are of typical declarations. */
export function schemaPages(tables: number, indexes: number, declarationBytes: number, U: number): number {
  const bytes = tables * SCHEMA_TABLE + indexes * SCHEMA_INDEX + SCHEMA_VIRTUAL + declarationBytes;
  if (bytes <= U - 108) return 1;
  const leaves = Math.ceil(bytes / (U * 0.85));
  return leaves + 1;
}

/** Mean of ceil(rows / c) over partitions of mean `rows`, at least 1: a value that has rows has a chunk. */
export function chunksPerPartition(rows: number, spread: number, c: number): number {
  if (spread <= 0) return Math.max(1, Math.ceil(rows / c - 1e-9));
  const deviation = rows * spread;
  let chunks = 1;
  const most = Math.ceil((rows + 6 * deviation) / c);
  for (let k = 1; k < most && k < 10_000; k++) chunks += 1 - normalCdf((k * c - rows) / deviation);
  return chunks;
}

/** The functions that the formulas of the vec0 layout call. */
export const vec0Arithmetic = (): Readonly<Record<string, (...n: number[]) => number>> => ({
  table: (rows = 0, P = 0, U = 0) => tablePages(rows, P, U),
  rowid_index: (rows = 0, U = 0) => rowidIndexPages(rows, U),
  index_random: (n = 0, P = 0, U = 0, f = 0) => indexPages(n, P, U, 'random', f),
  index_ascending: (n = 0, P = 0, U = 0) => indexPages(n, P, U, 'ascending'),
  record: (blob = 0, K = 0) => chunkBlobRecord(blob, K),
  chunks_record: (c = 0, b = 0) => chunksRecord(c, b),
  rowids: (n = 0, K = 0, c = 0, id = 0, U = 0) => rowidsPages(n, K, c, id, false, U),
  rowids_spread: (n = 0, K = 0, c = 0, id = 0, U = 0) => rowidsPages(n, K, c, id, true, U),
  schema: (tables = 0, indexes = 0, sql = 0, U = 0) => schemaPages(tables, indexes, sql, U),
  chunks_each: (rows = 0, spread = 0, c = 0) => chunksPerPartition(rows, spread, c),
  text_record: (b = 0, n = 0) => 2 + lengthTypeBytes(b) + b + meanIntegerBytes(1, n),
  id_entry: (b = 0, n = 0) => 2 + lengthTypeBytes(b) + b + meanIntegerBytes(1, n),
});
