/** A run report as text: what went and what came back first, then each action, what was found afterwards, and how to take it back. */
import type { ReportedAction, RunReport } from '../maintenance/index.ts';
import { formatBytes, formatCount, formatSeconds, printable, UNKNOWN } from '../quantity/index.ts';
import { renderColumns, wrap } from './columns.ts';
import { cleanLines, leftLines, type MaintenanceView, nothingFound } from './maintenance-plan.ts';

/** @returns lines joined by newlines, with a final one */
export function renderRunReport(report: RunReport, view: MaintenanceView): string {
  const { width, paint } = view;
  const lines = [
    '',
    ...wrap(`${paint.strong(printable(report.store.name))}: ${answer(report)}`, width, 2),
    '',
    ...actionTable(report, view),
    ...report.actions.flatMap((a) =>
      a.why === null && a.verified === null
        ? []
        : wrap(printable(`${shortName(a)}: ${[a.why, a.verified].filter((t) => t !== null).join('; ')}`), width, 2, 4),
    ),
    ...(report.actions.some((a) => a.why !== null || a.verified !== null) ? [''] : []),
    ...verifiedLines(report, view),
    ...cleanLines(report.clean, view),
    ...leftLines(report.left, view),
    ...[...report.settled.map((s) => `run ${s.run}: ${s.message}`), ...report.warnings].flatMap((w) =>
      wrap(printable(w), width, 2, 4),
    ),
    ...(report.settled.length + report.warnings.length > 0 ? [''] : []),
    ...closing(report, view),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}

/** A log, a map of free pages: a store that took less than this more is no news. */
const GROWTH_TOLD = 2 ** 20;

function answer(r: RunReport): string {
  const undo = r.command === 'undo';
  const planned = r.actions.reduce((n, a) => n + (a.planned ?? 0), 0);
  const along =
    r.dependents > 0
      ? ` and ${formatCount(r.dependents)} that hung on them`
      : undo && planned > 0 && r.rows > planned
        ? ', those of dependent tables included'
        : '';
  const what = undo ? 'put back' : whatWasDone(r);
  const rows =
    r.rows === 0
      ? ''
      : r.dependents > 0
        ? `${formatCount(r.rows)} rows${along} ${what}`
        : `${formatCount(r.rows)} rows ${what}${along}`;
  // The sum of the lines below: what the whole store takes moves with everything else that goes on in it.
  const back = r.actions.reduce((n, a) => n + (a.givenBack ?? 0), 0);
  const grown = -(r.reclaimed ?? 0);
  const bytes =
    back > 0
      ? `${formatBytes(back)} given back`
      : grown >= GROWTH_TOLD
        ? `it takes ${formatBytes(grown)} more on disk`
        : '';
  const did = [rows, bytes].filter((t) => t !== '').join(', ');
  const why = r.why === null ? '' : `: ${printable(r.why)}`;
  switch (r.state) {
    case 'done':
      return did === '' ? `done${why}` : `${did}${why === '' ? '' : `; ${printable(r.why ?? '')}`}`;
    case 'nothing':
      return r.why === null ? nothingFound(r.left) : printable(r.why);
    case 'stopped':
      return `stopped${why}; ${did === '' ? 'nothing was removed' : did}`;
    case 'partial':
      return `done in part; ${did === '' ? 'no row was removed' : did}${why}`;
    case 'failed':
      return `failed${why}; ${did === '' ? 'nothing was removed' : did}`;
  }
}

/** Rows that were marked are there still. */
function whatWasDone({ actions, rows }: RunReport): string {
  const superseded = actions.reduce((n, a) => n + (a.kind === 'supersede' ? a.rows : 0), 0);
  if (superseded === 0) return 'removed';
  return superseded === rows ? 'superseded' : `superseded (${formatCount(superseded)}) or removed`;
}

/** Orphans are of a table of their own, and a set may have several; what is set right there is no orphan that goes. */
function shortName(a: ReportedAction): string {
  if (a.kind === 'supersede') return `superseded of ${a.subject}`;
  if (a.kind !== 'purge') return a.id;
  const orphans = `purge:orphans:${a.subject}:`;
  if (!a.id.startsWith(orphans)) return `${a.id.split(':')[1]} of ${a.subject}`;
  return `${a.title.startsWith('set ') ? 'repair' : 'orphans'} of ${a.id.slice(orphans.length)}`;
}

function actionTable({ actions }: RunReport, { width, paint }: MaintenanceView): string[] {
  if (actions.length === 0) return [];
  const size = (bytes: number | null): string => (bytes === null ? UNKNOWN : formatBytes(bytes));
  const back = actions.some((a) => a.givenBack !== null);
  const reusable = actions.some((a) => a.reusable !== null);
  const rows = actions.map((a) => [
    shortName(a),
    a.state.replace('-', ' '),
    a.planned === null && a.rows === 0 ? UNKNOWN : formatCount(a.rows),
    ...(back ? [size(a.givenBack)] : []),
    ...(reusable ? [size(a.reusable)] : []),
    a.seconds === null ? UNKNOWN : formatSeconds(a.seconds),
  ]);
  const head = ['ACTION', 'STATE', 'ROWS', ...(back ? ['GIVEN BACK'] : []), ...(reusable ? ['REUSABLE'] : []), 'TIME'];
  const table = renderColumns(
    rows.map((r) => r.map(printable)),
    {
      head,
      align: head.map((_, i) => (i < 2 ? ('left' as const) : ('right' as const))),
      width,
      shrink: 0,
      indent: 2,
      paintHead: paint.head,
    },
  );
  return [...table, ''];
}

function verifiedLines({ verified }: RunReport, { width, paint }: MaintenanceView): string[] {
  if (verified.length === 0) return [];
  return [
    `  ${paint.head('VERIFIED')}`,
    ...verified.flatMap((v) =>
      wrap(`${v.ok ? paint.good('ok') : paint.bad('not so')}: ${printable(v.message)}`, width, 2, 4),
    ),
    '',
  ];
}

function closing(r: RunReport, { width, paint }: MaintenanceView): string[] {
  if (r.run === null) return [];
  const undo =
    r.undo !== null
      ? `${r.undo} puts the rows back`
      : r.rows > 0 && r.command !== 'undo'
        ? 'the rows were not kept, so it cannot be undone (--archive DIR keeps them)'
        : null;
  return [
    ...(undo === null ? [] : wrap(printable(undo), width, 2, 4)),
    ...wrap(printable(`run ${r.run}${r.ledger === null ? '' : ` · ${r.ledger}`}`), width, 2, 4).map((l) =>
      paint.faint(l),
    ),
  ];
}
