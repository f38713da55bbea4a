/** Metadata beside the text: where a profile reads the text out of the metadata column, its bytes are in both figures. */
import type { DetectedProfile, MemorySet } from '../store/index.ts';

/**
 * @returns mean bytes a row of the metadata that are not its text; 0 where one column is both; null where they were not
 *   measured
 */
export function ownMetadataBytes(set: MemorySet, profiles: readonly DetectedProfile[]): number | null {
  const { metadataBytes, textBytes } = set;
  const columns = profiles.flatMap((p) => p.mapping).find((m) => m.set === set.id)?.columns;
  const text = columns?.['text'];
  const metadata = columns?.['metadata'];
  if (metadataBytes === null || text === undefined || metadata === undefined) return metadataBytes;
  if (text === metadata) return 0;
  return text.startsWith(`${metadata}->`) ? Math.max(0, metadataBytes - (textBytes ?? 0)) : metadataBytes;
}
