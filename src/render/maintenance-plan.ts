/** A maintenance plan as text: what will be done, what it locks and needs, what is left alone and why. */
import type { Left, MaintenancePlan } from '../maintenance/index.ts';
import { formatBytes, formatCount, formatPercent, formatSeconds, printable } from '../quantity/index.ts';
import type { Action, LockLevel } from '../store/index.ts';
import { wrap } from './columns.ts';
import type { Paint } from './paint.ts';

export interface MaintenanceView {
  readonly width: number;
  readonly paint: Paint;
  /** Everything that is left alone, and every statement. */
  readonly verbose?: boolean;
}

const LOCKS: Readonly<Record<LockLevel, string>> = {
  none: 'nobody waits',
  rows: 'locks its rows in short batches',
  schema: 'schema changes wait',
  writers: 'writers wait',
  everyone: 'everybody waits',
};

/** @returns lines joined by newlines, with a final one */
export function renderMaintenancePlan(plan: MaintenancePlan, view: MaintenanceView): string {
  const { width, paint } = view;
  const lines = [
    '',
    ...wrap(`${paint.strong(printable(plan.store.name))}: ${answer(plan)}`, width, 2),
    '',
    ...plan.actions.flatMap((a, i) => actionLines(a, i + 1, view)),
    ...afterPurge(plan, view),
    ...cleanLines(plan.clean, view),
    ...leftLines(plan.left, view),
    ...verdictLines(plan, view),
  ];
  if (plan.actions.length > 0) lines.push(`  ${paint.faint(`plan ${plan.hash.slice(0, 12)}`)}`);
  return `${lines.join('\n').trimEnd()}\n`;
}

/** Where something could not be seen, that nothing was found says little. */
export const nothingFound = (left: readonly Left[]): string =>
  left.some((l) => l.unmeasured)
    ? 'nothing was found to do in what could be seen, and not all of it could'
    : 'nothing to do';

function answer({ actions, left }: MaintenancePlan): string {
  if (actions.length === 0) return nothingFound(left);
  const rows = actions.reduce((n, a) => n + (a.kind === 'purge' ? a.rows : 0), 0);
  const bytes = actions.reduce((n, a) => n + (a.reclaims ?? 0), 0);
  const parts = [
    ...(rows > 0 ? [`up to ${formatCount(rows)} rows will be removed`] : []),
    ...(bytes > 0 ? [`about ${formatBytes(bytes)} given back`] : []),
  ];
  const first = parts.join(' and ');
  return first === '' ? `${formatCount(actions.length)} ${actions.length === 1 ? 'thing' : 'things'} to do` : first;
}

function actionLines(a: Action, number: number, { width, paint, verbose }: MaintenanceView): string[] {
  const facts = [
    ...(a.kind === 'purge' && a.reason !== 'orphans' && a.of > 0 ? [`${formatPercent(a.rows / a.of)} of the set`] : []),
    LOCKS[a.lock],
    ...(a.seconds === null ? [] : [`about ${formatSeconds(Math.max(0.1, a.seconds))}`]),
    ...((a.diskNeeded ?? 0) > 0 ? [`needs ${formatBytes(a.diskNeeded ?? 0)} of disk`] : []),
    ...((a.reclaims ?? 0) > 0 ? [`gives back about ${formatBytes(a.reclaims ?? 0)}`] : []),
  ];
  const lead = `${formatCount(number)}. `;
  const hang = 2 + lead.length;
  return [
    ...wrap(`${lead}${printable(a.title)}`, width, 2, hang),
    ...wrap(facts.join(' · '), width, hang).map((l) => paint.faint(l)),
    ...(verbose && a.statement !== null ? wrap(printable(a.statement), width, hang).map((l) => paint.faint(l)) : []),
    '',
  ];
}

function afterPurge({ actions, settings }: MaintenancePlan, { width }: MaintenanceView): string[] {
  if (!settings.reclaim || !actions.some((a) => a.kind === 'purge')) return [];
  return [
    ...wrap(
      'Then the store is measured again, and what the purge has freed is given back where that is worth it.',
      width,
      2,
    ),
    '',
  ];
}

export function cleanLines(clean: readonly string[], { width, paint }: MaintenanceView): string[] {
  if (clean.length === 0) return [];
  return [`  ${paint.head('CHECKED')}`, ...clean.flatMap((c) => wrap(printable(c), width, 2, 4)), ''];
}

/** Lines of the list of what is left alone, unless all are asked for. */
const LEFT_SHOWN = 6;

export function leftLines(left: readonly Left[], { width, paint, verbose }: MaintenanceView): string[] {
  // What was asked for and could not be told comes first; what nobody could act on is no news.
  const sorted = [...left].sort((a, b) => Number(b.unmeasured) - Number(a.unmeasured));
  const news = sorted.filter((l) => verbose || l.routine !== true);
  const shown = verbose ? news : news.slice(0, LEFT_SHOWN);
  const more = news.length - shown.length;
  if (shown.length === 0) return [];
  return [
    `  ${paint.head('LEFT ALONE')}`,
    ...shown.flatMap((l) => {
      const grant = l.grant === undefined ? '' : `; ${l.grant}`;
      return wrap(printable(`${l.title}: ${l.why}${grant}`), width, 2, 4);
    }),
    ...(more > 0 ? [`  ${paint.faint(`and ${formatCount(more)} more (--verbose)`)}`] : []),
    '',
  ];
}

function verdictLines({ verdict }: MaintenancePlan, { width, paint }: MaintenanceView): string[] {
  if (verdict === undefined) return [];
  const lines = [
    ...verdict.refused.flatMap((r) => [
      ...wrap(`${paint.bad('refused')}: ${printable(r.message)}`, width, 2, 4),
      ...(r.hint === null ? [] : wrap(printable(r.hint), width, 4)),
    ]),
    ...verdict.dropped.flatMap((d) => wrap(printable(`left out: ${d.action}: ${d.why}`), width, 2, 4)),
    ...verdict.warnings.flatMap((w) => wrap(printable(w), width, 2, 4)),
  ];
  return lines.length === 0 ? [] : [...lines, ''];
}
