/**
 * Filling the memory of a database that has been restarted. Shared memory ends with the server; autoprewarm (contrib/pg_prewarm,
 * since PostgreSQL 11) writes down every autoprewarm_interval which blocks shared_buffers holds and loads those again; pg_prewarm
 * reads a whole relation. Left alone, each page comes with the first search that needs it, one random read at a time.
 */
import { derive, type Quantity, stated, toPostgresSize } from '../quantity/index.ts';
import type { IndexKind } from '../workload/index.ts';

export interface WarmUp {
  readonly bytes: Quantity<'B'>;
  /** By reading the index once, in order. */
  readonly prewarm: Quantity<'s'>;
  /** By random reads as searches ask for pages, the disk fully busy: the least it takes. */
  readonly byQueries: Quantity<'s'>;
  readonly sharedBuffers: Quantity<'B'>;
  /** Whether shared_buffers holds the whole index; autoprewarm restores no more than what they hold. */
  readonly fitsBuffers: boolean;
  readonly settings: readonly string[];
}

const BLOCK: Quantity<'B'> = stated('one page', 8192, 'B', 'exact', 'PostgreSQL block size');
/** PostgreSQL's documentation: a quarter of memory to begin with, more than 40 % seldom helps. */
const BUFFERS_SHARE: Quantity<'ratio'> = stated(
  'share of RAM in shared_buffers',
  0.25,
  'ratio',
  'documented',
  'PostgreSQL documentation, resource consumption: 25 % of RAM, hardly more than 40 %',
  0.25,
  0.4,
);

export interface WarmUpInputs {
  readonly bytes: Quantity<'B'>;
  readonly ram: Quantity<'B'>;
  readonly readRate: Quantity<'B'>;
  readonly iops: Quantity<'count'>;
  /** The access method of the index, where it is a system's own, of whatever name; undefined for the one of the plain store. */
  readonly ownIndex?: IndexKind | undefined;
}

export function warmUp(p: WarmUpInputs): WarmUp {
  const { bytes } = p;
  const sharedBuffers = derive('shared_buffers', 'B', 'ram * share', { ram: p.ram, share: BUFFERS_SHARE });
  const fitsBuffers = bytes.value <= sharedBuffers.value;
  const how = fitsBuffers ? 'buffer' : 'read';
  return {
    bytes,
    prewarm: derive('reading the index in order', 's', 'bytes / rate', { bytes, rate: p.readRate }),
    byQueries: derive('reading the index page by page', 's', 'bytes / block / iops', {
      bytes,
      block: BLOCK,
      iops: p.iops,
    }),
    sharedBuffers,
    fitsBuffers,
    settings: [
      `shared_buffers = ${toPostgresSize(sharedBuffers.value)}`,
      "shared_preload_libraries = 'pg_prewarm'",
      'pg_prewarm.autoprewarm_interval = 300s',
      'CREATE EXTENSION IF NOT EXISTS pg_prewarm;',
      p.ownIndex === undefined
        ? `SELECT pg_prewarm('memories_embedding_idx', '${how}');`
        : `SELECT c.oid::regclass, pg_prewarm(c.oid, '${how}') FROM pg_class c JOIN pg_am a ON a.oid = c.relam WHERE a.amname = '${p.ownIndex}' AND c.relkind = 'i';`,
    ],
  };
}
