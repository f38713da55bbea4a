/**
 * After rows were superseded or removed as duplicates, the store is read again by another connection: each row that is out of every
 * search must have the row that stays for it, active. That is what the whole audit is for, so it is looked at row by row.
 */
import { formatCount } from '../quantity/index.ts';
import { keyOf, type RowAction, type Store } from '../store/index.ts';
import type { Verification } from './run-report.ts';

/** Keys asked for at a time. */
const PORTION = 1_000;

/**
 * @param action with its duplicates: the plan's, not the ledger's
 * @param rows that the run says it took
 * @throws StoreError when the store cannot be read
 */
export async function verifyDuplicates(
  store: Pick<Store, 'scan'>,
  action: RowAction,
  title: string,
  rows: number,
  signal?: AbortSignal,
): Promise<Verification> {
  const duplicates = action.duplicates ?? [];
  let out = 0;
  let lost = 0;
  let example: string | undefined;
  for (let i = 0; i < duplicates.length; i += PORTION) {
    const part = duplicates.slice(i, i + PORTION);
    const keys = [...new Set(part.flatMap((d) => [d.key, d.survivor]))];
    const active = new Set<string>();
    const request = {
      set: action.set,
      fields: ['inactive' as const],
      keys,
      ...(signal === undefined ? {} : { signal }),
    };
    for await (const row of store.scan(request)) if (row.inactive === undefined) active.add(keyOf(row));
    for (const d of part) {
      if (active.has(d.key)) continue;
      out++;
      if (active.has(d.survivor)) continue;
      lost++;
      example ??= d.survivor;
    }
  }
  const subject = action.set;
  const what = action.kind === 'supersede' ? 'superseded' : 'removed';
  const said = `${formatCount(out)} of the ${formatCount(duplicates.length)} ${title} that were to be ${what} are out of every search`;
  // Superseded before, for another row: that is no work of a run that took none.
  if (lost > 0 && rows === 0) return { subject, ok: true, message: `${said} already: this run took none` };
  if (lost > 0)
    return {
      subject,
      ok: false,
      message: `${said}; for ${formatCount(lost)} of them the row that should stay is not active (${example}): memctl undo brings them back`,
    };
  const left = duplicates.length - out;
  const rest = left === 0 ? '' : `; ${formatCount(left)} are left as they were`;
  if (out < rows)
    return {
      subject,
      ok: false,
      message: `${said}, and the run says ${formatCount(rows)}; they are active again${rest}`,
    };
  return { subject, ok: true, message: `${said}, and the row that stays for each is there and active${rest}` };
}
