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

/** What these free stays in the store, until another action gives it back. */
const FREES_INSIDE: readonly Action['kind'][] = ['vec0-rebuild', 'gin-clean-pending', 'analyze'];

/** @returns lines joined by newlines, with a final one */
export function renderMaintenancePlan(plan: MaintenancePlan, view: MaintenanceView): string {
  const { width, paint } = view;
  const lines = [
    '',
    ...wrap(`${paint.strong(printable(plan.store.name))}: ${refusedOr(plan, paint)}`, width, 2),
    ...hintLines(plan, width),
    '',
    ...plan.actions.flatMap((a, i) => actionLines(a, i + 1, factsOf(a, plan), view)),
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

/** What a refused plan would remove is not the answer: it removes nothing. */
function refusedOr(plan: MaintenancePlan, paint: Paint): string {
  const refused = plan.verdict?.refused ?? [];
  if (refused.length === 0) return answer(plan);
  return `${paint.bad('refused')}: ${printable(refused.map((r) => r.message).join('; '))}`;
}

function hintLines({ verdict }: MaintenancePlan, width: number): string[] {
  return (verdict?.refused ?? []).flatMap((r) => (r.hint === null ? [] : wrap(printable(r.hint), width, 4)));
}

function answer({ actions, left, totals, verdict }: MaintenancePlan): string {
  if (actions.length === 0) return nothingFound(left);
  const [first, ...others] = verdict?.dropped ?? [];
  if (first !== undefined && others.length + 1 === actions.length)
    return `nothing can be done: ${printable(first.why)}`;
  const { rows, superseded = 0, givenBack: bytes } = totals;
  const along = (verdict?.hanging ?? []).reduce((n, h) => n + (h.rows ?? 0), 0);
  const inside = bytes > 0 ? 0 : totals.reusable;
  const hanging = along > 0 ? ` and about ${formatCount(along)} that hang on them` : '';
  const parts = [
    ...(superseded > 0 ? [`${formatCount(superseded)} rows will be superseded${rows > 0 ? '' : hanging}`] : []),
    ...(rows > 0 ? [`up to ${formatCount(rows)} rows${hanging} will be removed`] : []),
    ...(bytes > 0 ? [`about ${formatBytes(bytes)} given back`] : []),
    ...(inside > 0 ? [`about ${formatBytes(inside)} become free room inside it`] : []),
  ];
  const said = parts.join(' and ');
  return said === '' ? `${formatCount(actions.length)} ${actions.length === 1 ? 'thing' : 'things'} to do` : said;
}

/** What goes along with the rows of an action, by table. */
const alongWith = (a: Action, { verdict }: MaintenancePlan): string[] =>
  (verdict?.hanging ?? []).flatMap((h) =>
    h.action === a.id && h.rows !== null ? [`and about ${formatCount(h.rows)} rows of ${printable(h.place)}`] : [],
  );

function factsOf(a: Action, plan: MaintenancePlan): string[] {
  if (plan.verdict?.dropped.some((d) => d.action === a.id)) return ['left out, with the reason below'];
  return [
    ...((a.kind === 'supersede' || (a.kind === 'purge' && a.reason !== 'orphans')) && a.of > 0
      ? [`${formatPercent(a.rows / a.of)} of the set`]
      : []),
    ...alongWith(a, plan),
    LOCKS[a.lock],
    ...(a.seconds === null ? [] : [`about ${formatSeconds(Math.max(0.1, a.seconds))}`]),
    ...((a.diskNeeded ?? 0) > 0 ? [`needs ${formatBytes(a.diskNeeded ?? 0)} of disk`] : []),
    ...((a.reclaims ?? 0) > 0
      ? [`${FREES_INSIDE.includes(a.kind) ? 'frees inside it' : 'gives back'} about ${formatBytes(a.reclaims ?? 0)}`]
      : []),
  ];
}

function actionLines(
  a: Action,
  number: number,
  facts: readonly string[],
  { width, paint, verbose }: MaintenanceView,
): string[] {
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

function verdictLines({ verdict }: MaintenancePlan, { width }: MaintenanceView): string[] {
  if (verdict === undefined) return [];
  const lines = [
    ...verdict.dropped.flatMap((d) => wrap(printable(`left out: ${d.action}: ${d.why}`), width, 2, 4)),
    ...verdict.warnings.flatMap((w) => wrap(printable(w), width, 2, 4)),
  ];
  return lines.length === 0 ? [] : [...lines, ''];
}
