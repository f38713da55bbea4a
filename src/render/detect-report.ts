/** A detect report as text: which memory systems, on what evidence, how columns are read, and the traps. */
import type { DetectReport } from '../profiles/index.ts';
import { printable } from '../quantity/index.ts';
import type { DetectedProfile } from '../store/index.ts';
import { renderColumns, wrap } from './columns.ts';
import type { Paint } from './paint.ts';
import { shortNames } from './structure-names.ts';

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
export function renderDetectReport(whole: DetectReport, view: DetectView): string {
  const report = withShortNames(whole);
  const { store, profiles, unrecognised } = report;
  const lines = [
    '',
    ...answer(report, view),
    '',
    ...groups(profiles).flatMap((g) => groupLines(g, view)),
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

/** Tables by the names that the other reports call them. */
function withShortNames(report: DetectReport): DetectReport {
  const all = [...report.profiles.flatMap((p) => [...p.tables, ...p.missing]), ...report.unrecognised];
  const short = shortNames(all);
  return {
    ...report,
    unrecognised: report.unrecognised.map(short),
    profiles: report.profiles.map((p) => ({
      ...p,
      tables: p.tables.map(short),
      missing: p.missing.map(short),
      evidence: p.evidence.map((e) => ({ ...e, subject: short(e.subject) })),
      mapping: p.mapping.map((m) => ({ ...m, table: short(m.table) })),
    })),
  };
}

function answer({ store, profiles }: DetectReport, { width, paint }: DetectView): string[] {
  const name = paint.strong(printable(store.name));
  if (profiles.length === 0) return [`  ${name}: no known memory system`];
  const found = groups(profiles).map((g) => {
    const [first] = g as [DetectedProfile];
    const times = g.length === 1 ? '' : ` (${g.length} stores)`;
    return `${title(first)}${times}, ${confidenceText(Math.min(...g.map((p) => p.confidence)))}`;
  });
  return wrap(`${name}: ${found.join('; ')}`, width, 2);
}

/** Stores of one system and shape belong together: a schema for each tenant makes hundreds of them. */
function groups(profiles: readonly DetectedProfile[]): DetectedProfile[][] {
  const found = new Map<string, DetectedProfile[]>();
  for (const p of profiles) {
    const key = JSON.stringify([p.id, p.variant, p.version, confidenceText(p.confidence)]);
    found.set(key, [...(found.get(key) ?? []), p]);
  }
  return [...found.values()];
}

/** Stores of one group shown in full: the others have the same columns and the same traps. */
const SHOWN = 1;

function groupLines(group: readonly DetectedProfile[], view: DetectView): string[] {
  const shown = view.verbose ? group : group.slice(0, SHOWN);
  const rest = group.slice(shown.length);
  if (rest.length === 0) return shown.flatMap((p) => profileLines(p, view));
  const tables = rest.flatMap((p) => p.tables);
  return [
    ...shown.flatMap((p) => profileLines(p, view)),
    ...wrap(
      `and ${rest.length} more ${rest.length === 1 ? 'store' : 'stores'} of ${shown[0]?.title}: ${names(tables, view)}`,
      view.width,
      2,
      4,
    ),
    '',
  ];
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
    Object.entries(m.columns)
      .filter(([meaning]) => meaning !== KEPT && meaning !== ALONG)
      .map(([meaning, column], i) => [i === 0 ? printable(m.table) : '', meaning, printable(column)]),
  );
  return [
    ...renderColumns(evidence, {
      head: [`EVIDENCE FOR ${p.id}, CONFIDENCE ${p.confidence.toFixed(2)}`, ''],
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
    ...(p.settle === undefined ? [] : wrap(`Not certain: ${p.settle}.`, width, 2, 4)),
    ...alongLines(p, view),
    ...keptLines(p, view),
    ...wrap(`Cleans up by itself: ${p.ownMaintenance}.`, width, 2, 4),
    ...wrap(`${p.tables.length} table${p.tables.length === 1 ? '' : 's'}: ${names(p.tables, view)}`, width, 2, 4),
    ...(p.missing.length === 0 ? [] : wrap(`Not there: ${names(p.missing, view)}`, width, 2, 4)),
    '',
  ];
}

/** The meaning under which a mapping says why rows stay. */
const KEPT = 'never removed';

/** The meaning under which a mapping names the tables that lose rows with it. */
const ALONG = 'goes along';

function alongLines(p: DetectedProfile, view: DetectView): string[] {
  return p.mapping.flatMap((m) => {
    const along = m.columns[ALONG];
    if (along === undefined || m.columns[KEPT] !== undefined) return [];
    return wrap(`With a row of ${printable(m.table)} go those of ${printable(along)}.`, view.width, 2, 4);
  });
}

/** Tables whose rows memctl never removes, by reason. */
function keptLines(p: DetectedProfile, view: DetectView): string[] {
  if (p.settle !== undefined) return [];
  const reasons = new Map<string, string[]>();
  for (const m of p.mapping) {
    const why = m.columns[KEPT];
    if (why !== undefined) reasons.set(why, [...(reasons.get(why) ?? []), m.table]);
  }
  return [...reasons].flatMap(([why, tables]) =>
    wrap(`Never removed from ${names(tables, view)}: ${printable(why)}.`, view.width, 2, 4),
  );
}

/** Tables named unless asked for all. */
const NAMED = 12;

function names(list: readonly string[], view: DetectView): string {
  const shown = view.verbose ? list : list.slice(0, NAMED);
  const more = list.length - shown.length;
  return `${shown.map(printable).join(', ')}${more > 0 ? ` and ${more} more (--verbose)` : ''}`;
}
