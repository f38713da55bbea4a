/** The ledger as a table: newest run first. */
import type { ListedRun, RunsReport } from '../maintenance/index.ts';
import { formatCount, printable } from '../quantity/index.ts';
import { renderColumns, wrap } from './columns.ts';
import type { MaintenanceView } from './maintenance-plan.ts';

/** Runs shown unless all are asked for. */
const SHOWN = 20;

/** @returns lines joined by newlines, with a final one */
export function renderRuns(report: RunsReport, { width, paint, verbose }: MaintenanceView): string {
  const shown = verbose ? report.runs : report.runs.slice(0, SHOWN);
  const more = report.runs.length - shown.length;
  const rows = shown.map((r) => [r.run, r.command, r.store, formatCount(r.rows), stateText(r)]);
  const lines = [
    '',
    ...(rows.length === 0
      ? [`  no run so far`]
      : renderColumns(
          rows.map((r) => r.map(printable)),
          {
            head: ['RUN', 'COMMAND', 'STORE', 'ROWS', 'STATE'],
            align: ['left', 'left', 'left', 'right', 'left'],
            width,
            shrink: 4,
            indent: 2,
            paintHead: paint.head,
          },
        )),
    ...(more > 0 ? [`  ${paint.faint(`and ${formatCount(more)} older ones (--verbose)`)}`] : []),
    '',
    ...report.unreadable.flatMap((u) => wrap(printable(`${u}: this ledger cannot be read`), width, 2, 4)),
    `  ${paint.faint(printable(report.ledger))}`,
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}

function stateText(r: ListedRun): string {
  const undo = r.undoneBy !== null ? ', undone' : r.undoes !== null ? ` of ${r.undoes}` : '';
  const kept = r.archive !== null && r.undoneBy === null && r.undoes === null && r.rows > 0 ? ', can be undone' : '';
  return `${r.state}${undo}${kept}`;
}
