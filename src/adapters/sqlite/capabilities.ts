import type { Capability } from '../../store/index.ts';

/** What a SQLite file offers, by how the library was compiled and how the file was opened. */
export interface SqliteFacts {
  /** Compiled with SQLITE_ENABLE_DBSTAT_VTAB. */
  readonly dbstat: boolean;
  /** One read transaction may span a snapshot: write-ahead log, or a private copy. */
  readonly consistent: boolean;
  /** Opened to be changed. */
  readonly writing: boolean;
}

export function sqliteCapabilities(facts: SqliteFacts): Capability[] {
  return [
    ...(facts.dbstat ? (['bytes-per-structure', 'unused-bytes'] as const) : []),
    ...(facts.consistent ? (['consistent-snapshot'] as const) : []),
    'vector-scan',
    ...(facts.writing ? (['write'] as const) : []),
  ];
}
