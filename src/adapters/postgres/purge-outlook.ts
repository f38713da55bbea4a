/** What the removal or the marking of rows would meet and take along, told before anything is done. */
import {
  type Action,
  type HangingRows,
  isReclaim,
  isStoreError,
  type Target,
  type Visibility,
} from '../../store/index.ts';
import { doomedBy, doomedOf, hangingRows } from './hanging-count.ts';
import { purgeTarget } from './purge-target.ts';
import type { PgReading } from './reading.ts';
import type { PgSession } from './session.ts';
import { sideEffects, triggerEffects } from './side-effects.ts';
import { supersedeTarget } from './supersede-target.ts';

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
    if (isReclaim(a) || hidden.has(a.set)) continue;
    try {
      if (a.kind === 'supersede') {
        const what = await supersedeTarget(session, target, reading, a);
        const hung = what.hanging.map((h) => h.oid);
        hanging.push(...(await hangingRows(session, a, what, doomedOf(what.set, what.rows.key, a.duplicates))));
        for (const w of await triggerEffects(session, what.oids, 'UPDATE')) warnings.add(w);
        for (const w of await sideEffects(session, hung)) warnings.add(w);
        continue;
      }
      const what = await purgeTarget(session, target, reading, a);
      const doomed =
        what.duplicates === null
          ? doomedBy(what.relation, what.condition)
          : doomedOf(what.set, what.duplicates.key, a.duplicates ?? []);
      hanging.push(...(await hangingRows(session, a, what, doomed)));
      for (const w of await sideEffects(session, what.oids)) warnings.add(w);
    } catch (e) {
      if (!isStoreError(e) || e.exit !== 5 || e.code === 'plan-drift') throw e;
      const said = e.message.replace(`${target}: `, '');
      unsafe.push({ subject: a.set, complete: false, why: e.hint === undefined ? said : `${said}; ${e.hint}` });
    }
  }
  return { hanging, warnings: [...warnings], unsafe };
}
