/** A calibration report as a page. */
import type { CalibrationReport, MeasuredEngine } from '../../capacity/calibration-report.ts';
import type { Jsoned, ReportJson } from '../../capacity/report-json.ts';
import { formatCount, formatShortCount, type QuantityJson } from '../../quantity/index.ts';
import { type Cell, type Page, type Section, shownAs, type Table } from './sectioned.ts';

type Json = ReportJson<CalibrationReport>;
type Engine = Jsoned<MeasuredEngine>;

export function calibrationPage(r: Json): Page {
  return {
    title: titleOf(r),
    headline: r.headline,
    sections: [
      ...r.engines.flatMap(engineSections),
      ...(r.sizes === null ? [] : [sizes(r.sizes), ...remedies(r.sizes)]),
      { label: 'FILE', lines: r.file === null ? [] : fileLines(r.file, r.kept) },
      { label: 'NOTES', lines: r.notes },
    ],
    legend: legendOf(r),
  };
}

function titleOf(r: Json): string {
  if (r.planned.length > 0) return 'What would be measured (dry run: nothing was)';
  const servers = r.engines.map((e) => `${e.server}${e.host === null ? '' : `, ${e.host}`}`);
  return servers.length > 0 ? servers.join('; ') : 'Sizes of the store beside those of a fresh one';
}

function legendOf(r: Json): string {
  if (r.planned.length > 0) return '--budget, --rows, --dims and --m change it';
  const terms = r.engines.length > 0 ? ['OFF: fitted over measured, less 1', '--explain shows every term'] : [];
  return ['≈ uncertain', ...terms].join(' · ');
}

function engineSections(e: Engine): Section[] {
  return [constants(e), samples(e)];
}

function constants(e: Engine): Table {
  return {
    id: `${e.engine}-constants`,
    head: ['CONSTANT', 'HERE', 'BETWEEN', 'ASSUMED', 'BETWEEN'],
    align: ['left', 'right', 'right', 'right', 'right'],
    // What is not measured is not counted where nothing was assumed: that is no zero.
    rows: e.constants.map((c) => [
      c.title,
      inHand(c.measured),
      between(c.measured),
      ...(c.assumed === null ? [null, null] : [inHand(c.assumed), between(c.assumed)]),
    ]),
    shrink: 0,
    drop: [4, 2],
  };
}

/** Three digits and the unit; a ratio has none. */
const number = (value: number): string => String(Number(value.toPrecision(3)));
const withUnit = (value: number, unit: string): string =>
  unit === 'rows'
    ? `${formatShortCount(value)} rows`
    : unit === 'us'
      ? `${number(value)} µs`
      : unit === 'ratio'
        ? number(value)
        : `${number(value)} ${unit}`;

const inHand = (q: QuantityJson): Cell => shownAs(q, (value) => withUnit(value, q.unit));
const between = (q: QuantityJson): Cell =>
  `${q.unit === 'rows' ? formatShortCount(q.low) : number(q.low)} - ${withUnit(q.high, q.unit)}`;

function samples(e: Engine): Table {
  return {
    id: `${e.engine}-samples`,
    head: ['SAMPLE', 'MEASURED', 'FITTED', 'OFF'],
    align: ['left', 'right', 'right', 'right'],
    rows: e.samples.map((s) => [s.title, s.measured, s.fitted, off(s.off)]),
    shrink: 0,
  };
}

function off(ratio: number | null): Cell {
  if (ratio === null) return null;
  const percent = 100 * ratio;
  const digits = Math.abs(percent) < 9.95 ? percent.toFixed(1) : percent.toFixed(0);
  return { shown: `${ratio > 0 ? '+' : ''}${digits} %`, value: ratio };
}

type Sizes = NonNullable<Json['sizes']>;

function sizes(r: Sizes): Table {
  return {
    id: 'sizes',
    head: ['STRUCTURE', 'TAKES', 'FRESH', 'OFF', 'CAUSE'],
    align: ['left', 'right', 'right', 'right', 'left'],
    rows: [
      ...r.structures.map((s) => [short(s.name), s.actual, s.expected, off(s.off), CAUSES[s.cause]]),
      ['all that is known', r.actual, r.expected, '', ''],
    ],
    shrink: 0,
    drop: [2, 1],
    quiet: quiet(r),
  };
}

/** So many rows that say nothing are read past; more hide the others. */
const FEW_QUIET = 3;

/** What takes as much as a fresh one, and what is not known and cannot be settled. */
function quiet(r: Sizes): Table['quiet'] {
  const none = r.structures.flatMap((s, i) => (s.cause === 'none' ? [i] : []));
  const unknown = r.structures.flatMap((s, i) => (s.cause === 'unmeasured' && s.remedy === null ? [i] : []));
  if (none.length + unknown.length <= FEW_QUIET) return undefined;
  const count = (n: number): string => `${formatCount(n)} ${n === 1 ? 'structure' : 'structures'}`;
  const parts = [
    ...(none.length === 0 ? [] : [`${count(none.length)} as large as a fresh one`]),
    ...(unknown.length === 0 ? [] : [`${count(unknown.length)} of which no fresh size is known`]),
  ];
  return { rows: new Set([...none, ...unknown]), said: `and ${parts.join(', ')} (--verbose)` };
}

/** The schema that everything is in says nothing. */
const short = (name: string): string => name.replace(/^public\./, '');

const CAUSES: Readonly<Record<Sizes['structures'][number]['cause'], string>> = {
  none: 'none',
  duplicates: 'duplicates',
  'dead-rows': 'dead rows',
  bloat: 'bloat',
  fill: 'fill',
  'free-pages': 'free pages',
  statistics: 'old statistics',
  smaller: 'shorter values',
  unmeasured: 'not known',
};

/** More than these say the same. */
const MOST_REMEDIES = 6;

function remedies(r: Sizes): Section[] {
  // Of what is not known only that which somebody can settle is worth a line.
  const said = r.structures.filter((s) => s.cause !== 'none' && (s.cause !== 'unmeasured' || s.remedy !== null));
  if (said.length === 0) return [];
  const lines = said
    .slice(0, MOST_REMEDIES)
    .map((s) => `${short(s.name)}: ${s.because}${s.remedy === null ? '' : ` (${s.remedy})`}`);
  const more = said.length - lines.length;
  return [
    {
      label: 'LIKELY',
      lines: more > 0 ? [...lines, `and ${formatCount(more)} more structures (--json has them all)`] : lines,
    },
  ];
}

function fileLines(file: string, kept: readonly string[]): string[] {
  return [
    `${file} is written${kept.length === 0 ? '' : `; ${kept.join(', ')} stays in it as it was`}`,
    `memplan estimate … --calibration ${file} uses it, or calibration: ${file} in memplan.yaml`,
  ];
}
