/** What a purge would meet and take along, told before anything is done. */
import { type Action, type HangingRows, isStoreError, type Target, type Visibility } from '../../store/index.ts';
import { hangingRows } from './hanging-count.ts';
import { purgeTarget } from './purge-target.ts';
import type { PgReading } from './reading.ts';
import type { PgSession } from './session.ts';
import { sideEffects } from './side-effects.ts';

export interface Outlook {
  readonly hanging: readonly HangingRows[];
  readonly warnings: readonly string[];
  /** Sets whose rows cannot be removed as things are, and why. */
  readonly unsafe: readonly Visibility[];
}

/** @param hidden sets that this role does not wholly see: nothing is counted there */
export async function outlook(
  session: PgSession,
  target: Target,
  reading: PgReading,
  actions: readonly Action[],
  hidden: ReadonlySet<string>,
): Promise<Outlook> {
  const hanging: HangingRows[] = [];
  const warnings = new Set<string>();
  const unsafe: Visibility[] = [];
  for (const a of actions) {
    if (a.kind !== 'purge' || hidden.has(a.set)) continue;
    try {
      const what = await purgeTarget(session, target, reading, a);
      hanging.push(...(await hangingRows(session, a, what)));
      for (const w of await sideEffects(session, what.oids)) warnings.add(w);
    } catch (e) {
      if (!isStoreError(e) || e.exit !== 5 || e.code === 'plan-drift') throw e;
      const said = e.message.replace(`${target}: `, '');
      unsafe.push({ subject: a.set, complete: false, why: e.hint === undefined ? said : `${said}; ${e.hint}` });
    }
  }
  return { hanging, warnings: [...warnings], unsafe };
}
