/** A comparison as a page: one row a combination, then the steps between neighbours and what no engine offers. */
import type { CompareReport } from '../../capacity/compare.ts';
import type { ReportJson } from '../../capacity/report-json.ts';
import {
  currencySign,
  formatBytes,
  formatCount,
  formatQuantity,
  formatShortCount,
  shownCurrency,
} from '../../quantity/index.ts';
import { csvLine } from '../csv.ts';
import type { Cell, Page } from './sectioned.ts';

type CompareJson = ReportJson<CompareReport>;
type RowJson = CompareJson['rows'][number];

const MARKS: Readonly<Record<string, string>> = {
  cheapest: 'cheapest',
  'least-ram': 'least RAM',
  'least-disk': 'least disk',
};

/** Columns of the varied parameters that the ENGINE column does not tell. */
const axesOf = (r: CompareJson): string[] => r.varied.map((a) => a.parameter).filter((p) => p !== 'engine');

export function comparePage(r: CompareJson): Page {
  const axes = axesOf(r);
  const figures = ['DISK', 'RESIDENT', 'BUILD', 'P99', `${currencySign(shownCurrency()).trim()}/MONTH`];
  const first = 1 + axes.length;
  return {
    title: title(r),
    headline: headline(r),
    sections: [
      {
        id: 'rows',
        head: ['ENGINE', ...axes.map((a) => a.toUpperCase()), ...figures, 'TIER', 'HOLDS'],
        align: ['left', ...[...axes, ...figures, 'TIER'].map(() => 'right' as const), 'left'],
        rows: r.rows.map((row) => cells(row, axes)),
        // On a narrow screen what is left is the answer: engine, parameters, memory, and whether it holds.
        shrink: first + 6,
        drop: [first + 5, first + 2, first, first + 3, first + 4, first + 6],
      },
      ...(r.steps.length === 0 ? [] : [{ label: 'STEPS', lines: stepLines(r) }]),
      ...(r.excluded.length === 0 ? [] : [{ label: 'REFUSED', lines: excludedLines(r) }]),
      ...(r.notes.length === 0 ? [] : [{ label: 'NOTES', lines: [...r.notes] }]),
      { label: 'UNKNOWN', lines: unknownLines(r), verbose: true },
      { label: 'BREAKS', lines: brokenLines(r), verbose: true },
    ],
    legend: `≈ assumed or uncertain · ${sortedBy(r)} · whole store, all machines · memplan estimate --engine … for one row`,
  };
}

function title(r: CompareJson): string {
  const w = r.workload;
  const n = w['memories']?.value;
  const parts = [
    n === undefined ? 'memories as varied' : `${formatCount(Number(n))} memories`,
    w['dimensions'] === undefined ? undefined : `${formatCount(Number(w['dimensions'].value))} dimensions`,
    w['scalar'] === undefined ? undefined : String(w['scalar'].value),
  ];
  const system = w['system'] === undefined ? '' : `, ${String(w['system'].value)}`;
  const varied = r.varied.map((a) => `${a.parameter} (${a.values.length})`).join(' × ');
  return `${parts.filter((p) => p !== undefined).join(' × ')}${system}${varied === '' ? '' : `, varied: ${varied}`}`;
}

const sortedBy = (r: CompareJson): string =>
  `sorted by ${{ resident: 'resident bytes', disk: 'disk', cost: 'money a month', p99: 'p99', build: 'build time' }[r.sort]}`;

/** Which combination each mark fell on; equals are told together. */
function headline(r: CompareJson): string[] {
  const fitting = r.rows.filter((row) => row.fits).length;
  const of = (mark: string): RowJson[] => r.rows.filter((row) => row.marks.includes(mark as never));
  const told = (rows: readonly RowJson[]): string => {
    const [first, second, ...more] = rows.map((row) => row.id);
    if (second === undefined) return first ?? '';
    return more.length === 0 ? `${first} and ${second}` : `${first} and ${more.length + 1} more`;
  };
  const [only] = r.rows;
  if (only !== undefined && r.rows.length === 1) {
    return [only.fits ? `${only.id} keeps every limit.` : `${only.id} does not hold: ${only.breaks?.because ?? ''}.`];
  }
  const sentences: string[] = [
    fitting === 0
      ? `None of the ${r.rows.length} combinations keeps every limit; the marks are among all of them.`
      : `${fitting} of ${r.rows.length} combinations ${fitting === 1 ? 'keeps' : 'keep'} every limit${fitting < r.rows.length ? '; the marks are among them' : ''}.`,
  ];
  const cheap = of('cheapest');
  const small = of('least-ram');
  if (cheap[0]?.monthly) sentences.push(`Cheapest: ${told(cheap)}, ${formatQuantity(cheap[0].monthly)}.`);
  if (small[0] !== undefined) sentences.push(`Least RAM: ${told(small)}, ${formatQuantity(small[0].resident)}.`);
  return sentences;
}

function cells(row: RowJson, axes: readonly string[]): Cell[] {
  const setting = (axis: string): string => {
    const value = row.settings[axis];
    if (value === null || value === undefined) return '–';
    return typeof value === 'number' ? (value >= 10_000 ? formatShortCount(value) : formatCount(value)) : value;
  };
  const machines = row.machines.value > 1 ? ` × ${formatCount(row.machines.value)}` : '';
  return [
    `${row.engine}${machines}`,
    ...axes.map(setting),
    row.disk,
    row.resident,
    row.build,
    row.p99,
    row.monthly === null ? null : { ...row.monthly, unit: 'USD' },
    row.tier === null ? '–' : String(row.tier),
    holds(row),
  ];
}

/** A mark is only given to what holds, where anything does. */
function holds(row: RowJson): string {
  const marks = row.marks.map((m) => MARKS[m] ?? m);
  return [...(row.fits ? [] : [`no: ${row.breaks?.id ?? ''}`]), ...marks].join(', ') || 'yes';
}

/** "pgvector type=float32: dims 1,024 and 1,536 cost the same 8,192 B a memory". */
function stepLines(r: CompareJson): string[] {
  const beside = (s: StepJson): string =>
    (s.between[0] ?? '')
      .split(' ')
      .filter((word) => !word.startsWith(`${s.parameter}=`))
      .join(' ');
  return grouped(r.steps, (s) => `${beside(s).split(' ')[0]} ${told(s)}`).map(([alike, s]) => {
    const others = alike.length > 1 ? ` and ${alike.length - 1} more` : '';
    return `${beside(s)}${others}: ${told(s)}`;
  });
}

type StepJson = CompareJson['steps'][number];
function told(s: StepJson): string {
  const name = s.parameter;
  if (s.what === 'same') {
    return `${name} ${formatCount(s.from)} and ${formatCount(s.to)} cost the same ${formatBytes(s.after)} a memory`;
  }
  return `${name} ${formatCount(s.from)} to ${formatCount(s.to)} steps from ${formatBytes(s.before)} to ${formatBytes(s.after)} a memory, at ${formatCount(s.at ?? s.to)}`;
}

/** "engine sqlite-vec, type halfvec, dims 384, 768: why"; combinations with one reason are told together. */
function excludedLines(r: CompareJson): string[] {
  return grouped(r.excluded, (e) => e.because).map(([alike, first]) => {
    const values = r.varied.map((a) => {
      const kept = a.values.filter((v) => alike.some((e) => e.settings[a.parameter] === v));
      return kept.length === a.values.length && kept.length > 1
        ? `every ${a.parameter}`
        : `${a.parameter} ${kept.join(', ')}`;
    });
    return `${values.join('; ')}: ${first.because}`;
  });
}

const unknownLines = (r: CompareJson): string[] =>
  grouped(
    r.rows.flatMap((row) => row.unknown.map((why) => ({ engine: row.engine, why }))),
    (u) => `${u.engine}: ${u.why}`,
  ).map(([, u]) => `${u.engine}: ${u.why}`);

const brokenLines = (r: CompareJson): string[] =>
  r.rows.flatMap((row) => (row.breaks === null ? [] : [`${row.id}: ${row.breaks.because}`]));

/** Items that say the same, with the first of them; in order of first appearance. */
function grouped<T>(items: readonly T[], key: (item: T) => string): [T[], T][] {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item]);
  return [...groups.values()].map((group) => [group, group[0] as T]);
}

/** One record a row, figures in full; what no engine offers follows with its reason. */
export function compareCsv(r: CompareJson): string {
  const axes = axesOf(r);
  const head = [
    'engine',
    ...axes.map((a) => a.replaceAll('-', '_')),
    ...['machines', 'disk_bytes', 'resident_bytes', 'vector_bytes_per_memory', 'build_seconds', 'p99_seconds'],
    ...['usd_per_month', 'tier', 'fits', 'because', 'marks'],
  ];
  const rows = r.rows.map((row) => [
    row.engine,
    ...axes.map((a) => row.settings[a] ?? null),
    row.machines.value,
    row.disk.value,
    row.resident.value,
    row.vector?.value ?? null,
    row.build?.value ?? null,
    row.p99?.value ?? null,
    row.monthly?.value ?? null,
    row.tier,
    row.fits ? 'yes' : 'no',
    row.breaks?.because ?? null,
    row.marks.join(' '),
  ]);
  const excluded = r.excluded.map((e) => [
    e.settings['engine'] ?? null,
    ...axes.map((a) => e.settings[a] ?? null),
    ...[null, null, null, null, null, null, null, null, 'not offered', e.because, null],
  ]);
  return [head, ...rows, ...excluded].map(csvLine).join('');
}
