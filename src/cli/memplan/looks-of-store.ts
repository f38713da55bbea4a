/** What a forecast of a live store continues from: the looks that `memctl stats` kept, and the ages of its rows. */
import type { Look } from '../../capacity/growth-fit.ts';
import { rowsSeen } from '../memctl/growth.ts';
import type { Runtime } from '../runtime.ts';
import type { StoreSeen } from './from-store.ts';

export interface LooksOfStore {
  /** Oldest first, the present one last; days before now are negative. */
  readonly looks: readonly Look[];
  /** Why there are no earlier ones. */
  readonly note: string | undefined;
}

const DAY_MS = 86_400_000;
/** A look within this many days of the present one is the same look. */
const SAME_LOOK_DAYS = 0.01;

export async function looksOfStore(seen: StoreSeen, runtime: Runtime): Promise<LooksOfStore> {
  if (seen.set === undefined) return { looks: [], note: 'no memories were recognised' };
  const now: Look = { day: 0, rows: seen.set.rows };
  const earlier = await rowsSeen(seen.fingerprint, seen.set.id, { env: runtime.env });
  if (typeof earlier === 'string') return { looks: [now], note: earlier };
  const looks = earlier
    .map((s) => ({ day: (s.at.getTime() - seen.takenAt.getTime()) / DAY_MS, rows: s.rows }))
    .filter((l) => l.day < -SAME_LOOK_DAYS);
  return { looks: [...looks, now], note: looks.length === 0 ? 'this store has not been looked at before' : undefined };
}
