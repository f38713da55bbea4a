import type { Capability } from '../../store/index.ts';

/** What a PostgreSQL server offers this role, as it was found when the store was opened. */
export interface PostgresFacts {
  readonly mode: 'read' | 'write';
  /** Takes writes: no standby, no server-wide read-only setting. */
  readonly writable: boolean;
  /** Version of the extension vector; null when it is not installed. */
  readonly vector: string | null;
  /** The role may call pgstattuple. */
  readonly pgstattuple: boolean;
}

export function postgresCapabilities(facts: PostgresFacts): Capability[] {
  return [
    'bytes-per-structure',
    ...(facts.pgstattuple ? (['unused-bytes'] as const) : []),
    // One REPEATABLE READ transaction, through a pooler too.
    'consistent-snapshot',
    'vector-scan',
    ...(facts.vector === null ? [] : (['vector-search'] as const)),
    ...(facts.mode === 'write' && facts.writable ? (['write'] as const) : []),
  ];
}
