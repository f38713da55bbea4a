/** A bloat report as text: the answer, the structures that matter, what was not measured, and what to do. */
import type { BloatReport, BloatStructure } from '../checks/bloat.ts';
import { formatBytes, formatPercent, printable, type QuantityJson, UNKNOWN } from '../quantity/index.ts';
import { renderColumns, wrap } from './columns.ts';
import { csvLine } from './csv.ts';
import type { Paint } from './paint.ts';
import { shortNames } from './structure-names.ts';

export interface BloatView {
  readonly width: number;
  readonly paint: Paint;
  /** Every structure, with its notes. */
  readonly verbose?: boolean;
}

const TOP = 12;
const TOP_UNMEASURED = 4;

/** @returns lines joined by newlines, with a final one */
export function renderBloatReport(report: BloatReport, view: BloatView): string {
  const lines = [
    '',
    ...answer(report, view),
    '',
    ...table(report, view),
    ...noted(report, view),
    ...unmeasured(report, view),
    ...todo(report, view),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}

/** From this share of the bytes on, what was not measured is not worth a word. */
const ALL_BUT_NOTHING = 0.995;
/** Up to this share of the bytes may be unmeasured where the headline says that nothing is needed. */
const LITTLE = 0.05;

/** What smaller structures lack is no news. */
const WORTH_SETTLING_BYTES = 2 ** 20;

/** Judged by old statistics, or from one side only: its notes say what would settle it. */
const uncertain = (s: BloatStructure): boolean =>
  s.expected !== null && s.confidence === 'low' && (s.actual?.value ?? 0) >= WORTH_SETTLING_BYTES;

const alarmed = (s: BloatStructure): boolean => s.state === 'bloated' || s.state === 'dead';

function answer({ store, structures, totals }: BloatReport, { width, paint }: BloatView): string[] {
  const found = structures.filter(alarmed);
  const worst = found.find((s) => s.state === 'bloated') ?? found[0];
  const whole = totals.measuredShare > ALL_BUT_NOTHING;
  // The catalog of a SQLite file is never measured, and nothing to look into.
  const unseen = structures.filter((s) => s.expected === null && s.kind !== 'catalog');
  const unseenBytes = unseen.reduce((sum, s) => sum + (s.actual?.value ?? 0), 0);
  const verdict =
    worst === undefined
      ? unseenBytes <= LITTLE * totals.actual.value
        ? 'no structure needs anything'
        : `${formatPercent(totals.measuredShare)} measured${totals.measuredShare === 0 ? '' : ': nothing found in it'}`
      : `${found.length} of ${structures.length} structures ${found.length === 1 ? 'needs' : 'need'} attention`;
  const total = totals.reclaimable;
  const share = totals.actual.value === 0 ? 0 : total.value / totals.actual.value;
  const rest = whole
    ? ''
    : ` Measured: ${formatPercent(totals.measuredShare)} of the bytes; nothing is claimed of the rest.`;
  return [
    ...wrap(`${paint.strong(printable(store.name))}: ${verdict}`, width, 2),
    '',
    ...wrap(
      totals.measuredShare === 0 && totals.actual.value > 0
        ? `None of its ${formatBytes(totals.actual.value)} was measured: what rebuilding would give back is not known.`
        : `Rebuilt, its structures would give back ${about(total)} of ${formatBytes(totals.actual.value)} (${formatPercent(share)}).${rest}`,
      width,
      2,
    ),
  ];
}

/** "12.3 MiB", or "10-14 MiB" as "10.0 MiB to 14.0 MiB" where both ends matter. */
function about(q: QuantityJson): string {
  const [low, high] = [formatBytes(q.low), formatBytes(q.high)];
  if (low === high || q.high - q.low < 0.05 * Math.max(1, q.value)) return formatBytes(q.value);
  return `${formatBytes(q.value)} (${low} to ${high})`;
}

const STATE_TEXT: Readonly<Record<BloatStructure['state'], string>> = {
  ok: 'ok',
  bloated: 'bloated',
  dead: 'dead rows',
  duplicates: 'duplicates',
  unmeasured: 'unmeasured',
};

function table(report: BloatReport, { width, paint, verbose }: BloatView): string[] {
  const measured = report.structures.filter(
    (s) => alarmed(s) || (s.expected !== null && (verbose || (s.actual?.value ?? 0) > 0)),
  );
  const short = shortNames(report.structures.map((s) => s.name));
  const shown = verbose ? measured : measured.slice(0, Math.max(TOP, measured.filter(alarmed).length));
  if (shown.length === 0) return [];
  const rows = shown.map((s) => [
    short(s.name),
    s.kind,
    s.actual === null ? UNKNOWN : formatBytes(s.actual.value),
    s.expected === null ? UNKNOWN : formatBytes(s.expected.value),
    percentText(s),
    s.confidence,
    s.level === 'crit' ? `${STATE_TEXT[s.state]}!` : STATE_TEXT[s.state],
  ]);
  const rest = measured.slice(shown.length);
  if (rest.length > 0) {
    const sum = (of: (s: BloatStructure) => QuantityJson | null): string =>
      formatBytes(rest.reduce((a, s) => a + (of(s)?.value ?? 0), 0));
    rows.push([`${rest.length} more (--verbose)`, '', sum((s) => s.actual), sum((s) => s.expected), '', '', 'ok']);
  }
  return [
    ...renderColumns(
      rows.map((r) => r.map(printable)),
      {
        head: ['STRUCTURE', 'KIND', 'ACTUAL', 'REBUILT', 'WASTE', 'KNOWN', 'STATE'],
        align: ['left', 'left', 'right', 'right', 'right', 'left', 'left'],
        width,
        cut: 'middle',
        drop: [5, 1],
        indent: 2,
        paintHead: paint.head,
      },
    ),
    '',
  ];
}

/** The least and the middle where they differ: alarms rest on the least. */
function percentText(s: BloatStructure): string {
  const p = s.percent;
  if (p === null) return UNKNOWN;
  const at = (n: number): string => n.toFixed(n < 10 && n > 0 ? 1 : 0);
  return p.value - p.low < 1 ? `${at(p.value)} %` : `${at(p.low)}-${at(p.value)} %`;
}

function noted({ structures, notes }: BloatReport, { width, paint, verbose }: BloatView): string[] {
  const short = shortNames(structures.map((s) => s.name));
  const told = structures
    .filter((s) => alarmed(s) || s.state === 'duplicates' || uncertain(s) || verbose)
    .flatMap((s) => s.notes.map((n) => `${short(s.name)}: ${n}`));
  const all = [...told, ...notes.filter((n) => n.level !== 'info').map((n) => n.message)];
  if (all.length === 0) return [];
  return [paint.head('  NOTED'), ...all.flatMap((n) => wrap(printable(n), width, 2, 4)), ''];
}

function unmeasured({ structures }: BloatReport, { width, paint, verbose }: BloatView): string[] {
  const left = structures.filter((s) => s.unmeasured !== undefined && (s.kind !== 'catalog' || verbose));
  if (left.length === 0) return [];
  const shown = verbose ? left : left.slice(0, TOP_UNMEASURED);
  const short = shortNames(structures.map((s) => s.name));
  const lines = shown.map((s) => {
    const settle = s.unmeasured?.grant ?? s.unmeasured?.settle;
    const size = s.actual === null ? '' : ` (${formatBytes(s.actual.value)})`;
    return `${short(s.name)}${size}: ${s.unmeasured?.why}${settle === undefined ? '' : `; settled by: ${settle}`}`;
  });
  const more = left.length - shown.length;
  return [
    paint.head('  NOT MEASURED'),
    ...lines.flatMap((l) => wrap(printable(l), width, 2, 4)),
    ...(more > 0 ? [`  and ${more} more (--verbose)`] : []),
    '',
  ];
}

function todo({ store, structures, thresholds }: BloatReport, { width, paint }: BloatView): string[] {
  // The same bytes there as here; a share of one's own `compact` does not take.
  const { minBytes, minPercent } = thresholds;
  const address = `${printable(store.address)}${minBytes === undefined ? '' : ` --min-bytes ${minBytes}`}`;
  const shares = minPercent === undefined ? '' : '; it judges by the shares of each kind, not by --min-percent';
  const is = (state: BloatStructure['state']): BloatStructure[] => structures.filter((s) => s.state === state);
  const bloated = is('bloated');
  let text = 'Nothing to do.';
  if (bloated.some((s) => s.kind !== 'heap')) text = `Next: memctl compact ${address} --dry-run${shares}`;
  else if (is('dead').length > 0)
    text = `Next: memctl compact ${address} --dry-run (VACUUM of the tables with dead rows)`;
  else if (bloated.length > 0)
    text = 'New rows use the free room of these tables; only VACUUM FULL, which blocks everybody, would give it back.';
  else if (is('duplicates').length > 0)
    text = 'Next: look for exact duplicates among the vectors; they cost a row each and no index space.';
  else {
    // What nobody looked into is next: the largest first.
    const [settle] = structures
      .filter((s) => (s.actual?.value ?? 0) >= WORTH_SETTLING_BYTES && s.kind !== 'gin')
      .sort((a, b) => (b.actual?.value ?? 0) - (a.actual?.value ?? 0))
      .flatMap((s) => s.unmeasured?.grant ?? s.unmeasured?.settle ?? []);
    if (settle !== undefined) text = `Next: ${printable(settle)}, then look again.`;
  }
  return wrap(text, width, 2, 4).map(paint.strong);
}

const CSV_HEAD = [
  'store',
  'id',
  'kind',
  'name',
  'table',
  'actual_bytes',
  'expected_bytes',
  'reclaimable_bytes',
  'reclaimable_low',
  'reclaimable_high',
  'percent',
  'percent_low',
  'state',
  'level',
  'confidence',
  'method',
  'unmeasured',
  'settled_by',
] as const;

/** One line per structure, sizes in bytes. */
export function bloatCsv(report: BloatReport): string {
  const line = (s: BloatStructure): string =>
    csvLine([
      report.store.name,
      s.id,
      s.kind,
      s.name,
      s.table,
      s.actual?.value ?? null,
      s.expected?.value ?? null,
      s.reclaimable?.value ?? null,
      s.reclaimable?.low ?? null,
      s.reclaimable?.high ?? null,
      s.percent?.value ?? null,
      s.percent?.low ?? null,
      s.state,
      s.level,
      s.confidence,
      s.method,
      s.unmeasured?.why ?? null,
      s.unmeasured?.grant ?? s.unmeasured?.settle ?? null,
    ]);
  return csvLine([...CSV_HEAD]) + report.structures.map(line).join('');
}

export function bloatMarkdown(report: BloatReport): string {
  const { totals } = report;
  const cell = (text: string): string => printable(text).replaceAll('|', '\\|');
  const rows = report.structures
    .filter((s) => (s.actual?.value ?? 1) > 0)
    .map((s) =>
      [
        `\`${cell(s.name)}\``,
        s.kind,
        s.actual === null ? UNKNOWN : formatBytes(s.actual.value),
        s.expected === null ? UNKNOWN : formatBytes(s.expected.value),
        percentText(s),
        s.confidence,
        s.unmeasured === undefined ? STATE_TEXT[s.state] : `unmeasured: ${cell(s.unmeasured.why)}`,
      ].join(' | '),
    );
  return [
    `## Bloat of ${cell(report.store.name)}`,
    '',
    `${about(totals.reclaimable)} of ${formatBytes(totals.actual.value)} would come back; ${totals.bloated} bloated, ${totals.dead} with dead rows, ${totals.unmeasured} unmeasured.`,
    '',
    '| structure | kind | actual | rebuilt | waste | known | state |',
    '| --- | --- | ---: | ---: | ---: | --- | --- |',
    ...rows.map((r) => `| ${r} |`),
    '',
  ].join('\n');
}
