/**
 * How long giving space back takes, roughly: throughputs of a small server with local disks, meant for "minutes or hours".
 * Sources: measured on PostgreSQL 15 to 17 with pgvector 0.8 and SQLite 3.53 (20,000 to 300,000 rows, two cores, cached).
 */

const MIB = 2 ** 20;
/** VACUUM of a table reads it and its indexes once. */
const VACUUM_BYTES_A_SECOND = 100 * MIB;
/** CREATE INDEX of a btree or GIN index: scan, sort, write, and the second pass that CONCURRENTLY makes. */
const BTREE_BYTES_A_SECOND = 20 * MIB;
const GIN_BYTES_A_SECOND = 5 * MIB;
/** k-means and assignment of the vectors of an IVFFlat index. */
const IVFFLAT_BYTES_A_SECOND = 20 * MIB;
/** VACUUM of a SQLite file copies it and copies it back. */
const SQLITE_BYTES_A_SECOND = 80 * MIB;
/**
 * One insertion into an HNSW graph: grows with ln N, and with the dimensions above a fixed cost of 440 of them (the shape
 * that memplan's build model was fitted to). 20,000 × 128 took 2.0 to 3.5 s, hence 10 µs × ln N × (440 + d) / 568.
 */
const HNSW_SECONDS = 1e-5;
const HNSW_OVERHEAD_DIMS = 440;
const HNSW_REFERENCE = 568;
/** VACUUM repairs the graph around each deleted element: 29.5 s for 10,000 of 20,000 × 128. */
const HNSW_REPAIR_FACTOR = 30;
/** Every statement waits for locks, snapshots and the disk. */
const LEAST_SECONDS = 1;

const atLeast = (seconds: number): number => Math.max(LEAST_SECONDS, Math.round(seconds));

export function vacuumSeconds(bytes: number): number {
  return atLeast(bytes / VACUUM_BYTES_A_SECOND);
}

export function reindexSeconds(kind: 'btree' | 'gin' | 'ivfflat', bytes: number): number {
  const rates = { btree: BTREE_BYTES_A_SECOND, gin: GIN_BYTES_A_SECOND, ivfflat: IVFFLAT_BYTES_A_SECOND };
  return atLeast(bytes / rates[kind]);
}

export function hnswBuildSeconds(elements: number, dims: number): number {
  const each = (HNSW_SECONDS * Math.log(Math.max(2, elements)) * (HNSW_OVERHEAD_DIMS + dims)) / HNSW_REFERENCE;
  return atLeast(elements * each);
}

/** What VACUUM would spend on the graph of so many deleted elements. */
export function hnswRepairSeconds(deleted: number, elements: number, dims: number): number {
  const each = (HNSW_SECONDS * Math.log(Math.max(2, elements)) * (HNSW_OVERHEAD_DIMS + dims)) / HNSW_REFERENCE;
  return atLeast(deleted * each * HNSW_REPAIR_FACTOR);
}

export function sqliteCopySeconds(bytes: number): number {
  return atLeast(bytes / SQLITE_BYTES_A_SECOND);
}
