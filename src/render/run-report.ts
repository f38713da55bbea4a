/** A run report as text: what went and what came back first, then each action, what was found afterwards, and how to take it back. */
import type { ReportedAction, RunReport } from '../maintenance/index.ts';
import { formatBytes, formatCount, formatSeconds, printable, UNKNOWN } from '../quantity/index.ts';
import { renderColumns, wrap } from './columns.ts';
import { cleanLines, leftLines, type MaintenanceView } from './maintenance-plan.ts';

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

function answer(r: RunReport): string {
  const undo = r.command === 'undo';
  const rows = r.rows === 0 ? '' : `${formatCount(r.rows)} rows ${undo ? 'put back' : 'removed'}`;
  const bytes =
    r.reclaimed === null || r.reclaimed === 0
      ? ''
      : r.reclaimed > 0
        ? `${formatBytes(r.reclaimed)} given back to the disk`
        : `it takes ${formatBytes(-r.reclaimed)} more on disk`;
  const did = [rows, bytes].filter((t) => t !== '').join(', ');
  const why = r.why === null ? '' : `: ${printable(r.why)}`;
  switch (r.state) {
    case 'done':
      return did === '' ? `done${why}` : `${did}${why === '' ? '' : `; ${printable(r.why ?? '')}`}`;
    case 'nothing':
      return r.why === null ? 'nothing to do' : printable(r.why);
    case 'stopped':
      return `stopped${why}; ${did === '' ? 'nothing was removed' : did}`;
    case 'partial':
      return `done in part; ${did === '' ? 'no row was removed' : did}${why}`;
    case 'failed':
      return `failed${why}; ${did === '' ? 'nothing was removed' : did}`;
  }
}

const shortName = (a: ReportedAction): string => (a.kind === 'purge' ? `${a.id.split(':')[1]} of ${a.subject}` : a.id);

function actionTable({ actions }: RunReport, { width, paint }: MaintenanceView): string[] {
  if (actions.length === 0) return [];
  const bytes = (a: ReportedAction): string =>
    a.bytesBefore === null || a.bytesAfter === null
      ? UNKNOWN
      : a.bytesBefore < a.bytesAfter
        ? `-${formatBytes(a.bytesAfter - a.bytesBefore)}`
        : formatBytes(a.bytesBefore - a.bytesAfter);
  const rows = actions.map((a) => [
    shortName(a),
    a.state.replace('-', ' '),
    a.planned === null && a.rows === 0 ? UNKNOWN : formatCount(a.rows),
    bytes(a),
    a.seconds === null ? UNKNOWN : formatSeconds(a.seconds),
  ]);
  const table = renderColumns(
    rows.map((r) => r.map(printable)),
    {
      head: ['ACTION', 'STATE', 'ROWS', 'GIVEN BACK', 'TIME'],
      align: ['left', 'left', 'right', 'right', 'right'],
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
