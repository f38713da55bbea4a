/** What became of earlier merges: whether what was merged is stored again, and how far superseded rows are from the one that stays. */
import { createHash } from 'node:crypto';
import { normaliseText } from '../../dedup/index.ts';
import type { MemorySet, ScanRow, Store } from '../../store/index.ts';
import type { EarlierMerges } from './dedup-notes.ts';

/** Superseded rows that are remembered, 100 bytes each: more of them than this change no alarm. */
const MOST_REMEMBERED = 200_000;

export interface MergesLook {
  readonly now: Date;
  readonly signal: AbortSignal;
}

/** Two readings of the texts, without vectors; the second only where something was superseded. */
export async function earlierMerges(store: Store, set: MemorySet, look: MergesLook): Promise<EarlierMerges> {
  const chainDepth = (await store.chainDepth?.(set.id)) ?? 0;
  const rows = (): AsyncIterable<ScanRow> =>
    store.scan({ set: set.id, fields: ['namespace', 'text', 'kind', 'inactive'], ...look });
  // Software that marks a superseded row as deleted leaves no other trace of it.
  const marks: readonly ScanRow['inactive'][] =
    set.supersede === undefined ? ['superseded'] : ['superseded', 'deleted'];
  /** Active rows by the texts that were superseded. */
  const active = new Map<string, number>();
  for await (const row of rows()) {
    const said = marks.includes(row.inactive) ? textOf(row) : null;
    if (said !== null) active.set(said, 0);
    if (active.size >= MOST_REMEMBERED) break;
  }
  if (active.size === 0) return { set: set.id, recreated: 0, chainDepth };
  for await (const row of rows()) {
    const said = row.inactive === undefined ? textOf(row) : null;
    const before = said === null ? undefined : active.get(said);
    if (said !== null && before !== undefined) active.set(said, before + 1);
  }
  // One of them is the row that stayed.
  const recreated = [...active.values()].reduce((sum, n) => sum + Math.max(0, n - 1), 0);
  return { set: set.id, recreated, chainDepth };
}

/** 64 bits of SHA-256 over where it stands and what it says; null where it says nothing. */
function textOf({ namespace, kind, text }: ScanRow): string | null {
  const said = normaliseText(text ?? '');
  if (said === '') return null;
  return createHash('sha256')
    .update(JSON.stringify([namespace ?? null, kind ?? null, said]))
    .digest('base64')
    .slice(0, 11);
}
