/** A detect report as text: which memory systems, on what evidence, how columns are read, and the traps. */
import type { DetectReport } from '../profiles/index.ts';
import { printable } from '../quantity/index.ts';
import type { DetectedProfile } from '../store/index.ts';
import { renderColumns, wrap } from './columns.ts';
import type { Paint } from './paint.ts';

export interface DetectView {
  readonly width: number;
  readonly paint: Paint;
  /** Every table by name. */
  readonly verbose?: boolean;
}

/** Above these a profile is called certain and likely. */
const CERTAIN = 0.9;
const LIKELY = 0.6;

/** @returns lines joined by newlines, with a final one */
export function renderDetectReport(report: DetectReport, view: DetectView): string {
  const { store, profiles, unrecognised } = report;
  const lines = [
    '',
    ...answer(report, view),
    '',
    ...profiles.flatMap((p) => profileLines(p, view)),
    ...(unrecognised.length === 0
      ? []
      : wrap(`Tables of no known memory system: ${names(unrecognised, view)}`, view.width, 2, 4)),
    ...report.notes.flatMap((n) =>
      wrap(printable(n.level === 'info' ? n.message : `${n.level}: ${n.message}`), view.width, 2, 4),
    ),
    ...(profiles.some((p) => p.confidence >= LIKELY)
      ? []
      : wrap('--profile NAME takes the store for a system that detection did not recognise.', view.width, 2)),
    `  ${view.paint.faint(`${store.engine} ${store.version}`)}`,
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}

function answer({ store, profiles }: DetectReport, { width, paint }: DetectView): string[] {
  const name = paint.strong(printable(store.name));
  if (profiles.length === 0) return [`  ${name}: no known memory system`];
  return wrap(`${name}: ${profiles.map((p) => `${title(p)}, ${confidenceText(p.confidence)}`).join('; ')}`, width, 2);
}

function title(p: DetectedProfile): string {
  const version =
    p.version === null ? '' : ` schema ${printable(p.version)}${p.newerThanKnown ? ' (newer than known)' : ''}`;
  return `${p.title}${version}${p.variant === null ? '' : `, ${p.variant}`}`;
}

function confidenceText(confidence: number): string {
  if (confidence === 1) return 'as you said';
  return confidence >= CERTAIN ? 'certain' : confidence >= LIKELY ? 'likely' : 'possible';
}

function profileLines(p: DetectedProfile, view: DetectView): string[] {
  const { width, paint } = view;
  const evidence = p.evidence.map((e) => [printable(e.subject), printable(e.message)]);
  const mapping = p.mapping.flatMap((m) =>
    Object.entries(m.columns).map(([meaning, column], i) => [
      i === 0 ? printable(m.table) : '',
      meaning,
      printable(column),
    ]),
  );
  return [
    ...renderColumns(evidence, {
      head: [`EVIDENCE FOR ${p.id}`, ''],
      width,
      shrink: 1,
      indent: 2,
      paintHead: paint.head,
    }),
    '',
    ...renderColumns(mapping, {
      head: ['TABLE', 'MEANING', 'COLUMN'],
      width,
      shrink: 2,
      indent: 2,
      paintHead: paint.head,
    }),
    '',
    ...(p.hazards.length === 0
      ? []
      : [`  ${paint.head('BEWARE')}`, ...p.hazards.flatMap((h) => wrap(h, width, 2, 4)), '']),
    ...wrap(`Cleans up by itself: ${p.ownMaintenance}.`, width, 2, 4),
    ...wrap(`${p.tables.length} tables: ${names(p.tables, view)}`, width, 2, 4),
    ...(p.missing.length === 0 ? [] : wrap(`Not there: ${names(p.missing, view)}`, width, 2, 4)),
    '',
  ];
}

/** Tables named unless asked for all. */
const NAMED = 12;

function names(list: readonly string[], view: DetectView): string {
  const shown = view.verbose ? list : list.slice(0, NAMED);
  const more = list.length - shown.length;
  return `${shown.map(printable).join(', ')}${more > 0 ? ` and ${more} more (--verbose)` : ''}`;
}
