import type { EngineId, SystemInUse, Workload } from '../workload/index.ts';
import type { Engine } from './engine.ts';
import faiss from './faiss.ts';
import hnswlib from './hnswlib.ts';
import milvus from './milvus.ts';
import type { SystemTables } from './pg-table.ts';
import pgvector from './pgvector.ts';
import qdrant from './qdrant.ts';
import redis from './redis.ts';
import shardedPgvector from './sharded-pgvector.ts';
import sqliteVec from './sqlite-vec.ts';

/** The four tiers of the seed article, lowest first. Qdrant stands for tier 4 unless another engine is asked for. */
export const LADDER: readonly Engine[] = [sqliteVec, pgvector, shardedPgvector, qdrant];

/** Every engine that can be asked for by name. */
export const ENGINES: readonly Engine[] = [...LADDER, milvus, hnswlib, faiss, redis];

const BY_ID: ReadonlyMap<string, Engine> = new Map(ENGINES.map((e) => [e.id, e]));

/** @throws Error for an id that no engine has: the flag was checked before */
export function engineById(id: EngineId | string): Engine {
  const engine = BY_ID.get(id);
  if (engine === undefined) throw new Error(`no engine is called ${id}`);
  return engine;
}

/** A system named by --system: an engine that plans that system's tables. */
export interface SystemEngine extends Engine, SystemInUse {
  /** Its tables, where it keeps them in PostgreSQL. */
  readonly tables?: SystemTables;
}

const isEngine = (system: SystemInUse): system is SystemEngine => 'plan' in system;

/** The engine that plans this workload: its system's, or the one that was asked for; undefined where the tier decides. */
export function engineOf(w: Workload): Engine | undefined {
  if (w.systemInUse !== undefined && isEngine(w.systemInUse)) return w.systemInUse;
  return w.engine === undefined ? undefined : engineById(w.engine);
}

export type { Component, Engine, EnginePlan } from './engine.ts';
