/** Vectors of a vec0 table out of its shadow tables: asg017/sqlite-vec 0.1.9, sqlite-vec.c, vec0's chunk layout. */
import { type Db, quoted } from './driver.ts';
import type { SqliteCatalog } from './read-catalog.ts';
import { decodedSlot, slotBytes } from './vector-bytes.ts';
import { vec0Definition } from './virtual-tables.ts';

/** Chunks kept: rows mostly follow each other, except where many partition keys take turns. */
const KEPT_BYTES = 64 * 2 ** 20;
const KEPT_CHUNKS = 4;

export type SlotReader = (chunk: unknown, offset: unknown) => Float32Array | undefined;

/** @returns undefined when there is no such vec0 table, or it has no vectors */
export function slotReader(db: Db, catalog: SqliteCatalog, table: string): SlotReader | undefined {
  const found = [...catalog.virtual].find(([n, v]) => v.module === 'vec0' && n.toLowerCase() === table.toLowerCase());
  const column = found && vec0Definition(found[1].args).vectors[0];
  if (found === undefined || column === undefined) return undefined;
  const width = slotBytes(column);
  const read = db.prepare(`SELECT vectors FROM ${quoted(`${found[0]}_vector_chunks00`)} WHERE rowid = ?`);
  const chunks = new Map<unknown, Buffer>();
  let kept = 0;
  const chunkOf = (id: unknown): Buffer | undefined => {
    const there = chunks.get(id);
    if (there !== undefined) return there;
    const blob = (read.get(id) as { vectors?: unknown } | undefined)?.vectors;
    if (!Buffer.isBuffer(blob)) return undefined;
    kept += blob.length;
    chunks.set(id, blob);
    for (const [oldest, b] of chunks) {
      if (chunks.size <= KEPT_CHUNKS || kept <= KEPT_BYTES) break;
      chunks.delete(oldest);
      kept -= b.length;
    }
    return blob;
  };
  return (chunk, offset) => {
    if (chunk === null || typeof offset !== 'number') return undefined;
    const slot = chunkOf(chunk)?.subarray(offset * width, (offset + 1) * width);
    return slot === undefined || slot.length < width ? undefined : decodedSlot(slot, column.scalar);
  };
}
