import type { Capability } from '../../store/index.ts';

/** What a Redis store, as opened, can do: from what the server and the role were found to offer. */
export function redisCapabilities(o: {
  readonly memoryUsage: boolean;
  readonly search: boolean;
  readonly vectors: boolean;
  readonly mode: 'read' | 'write';
  readonly replica: boolean;
}): Capability[] {
  return [
    ...(o.memoryUsage ? (['bytes-per-structure'] as const) : []),
    ...(o.vectors ? (['vector-scan'] as const) : []),
    ...(o.search ? (['vector-search'] as const) : []),
    ...(o.mode === 'write' && !o.replica ? (['write'] as const) : []),
  ];
}
