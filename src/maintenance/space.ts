/** Where the room goes that an action frees: back to the disk, or to the store itself. The two are never added up. */
import { type Action, type ActionKind, isReclaim } from '../store/index.ts';

/** Actions after which the store takes less on disk (or in memory); the others free room inside it. */
const TO_THE_DISK: readonly ActionKind[] = [
  'vacuum',
  'reindex',
  'drop-invalid-index',
  'incremental-vacuum',
  'full-vacuum',
  'wal-truncate',
  'side-keys',
  'active-defrag',
];

export const givesToDisk = (kind: ActionKind): boolean => TO_THE_DISK.includes(kind);

/**
 * Bytes that a plan gives back to the disk. What one action frees inside a file, another gives back with the rest of it: the
 * rebuilt table's pages are in what the VACUUM behind it takes away.
 */
export function bytesBack(actions: readonly Action[]): number {
  return actions.reduce((n, a) => n + (givesToDisk(a.kind) ? (a.reclaims ?? 0) : 0), 0);
}

/** Bytes that become free room inside the store and stay there: none where a later action gives them back. */
export function bytesReusable(actions: readonly Action[]): number {
  if (actions.some((a) => a.kind === 'full-vacuum' || a.kind === 'incremental-vacuum')) return 0;
  return actions.reduce((n, a) => n + (!isReclaim(a) || givesToDisk(a.kind) ? 0 : (a.reclaims ?? 0)), 0);
}
