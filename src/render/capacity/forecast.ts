/** A forecast as a page: the plot, what the store takes on the way, when each limit falls, what each lever buys. */
import type { ForecastReport } from '../../capacity/forecast.ts';
import type { ReportJson } from '../../capacity/report-json.ts';
import { currencySign, formatCount, formatPercent, formatShortCount, shownCurrency } from '../../quantity/index.ts';
import { csvLine } from '../csv.ts';
import { type PlotLevel, plot } from '../plot.ts';
import type { Cell, Page, Section } from './sectioned.ts';

export type ForecastJson = ReportJson<ForecastReport>;

export interface ForecastPlot {
  readonly columns: number;
  readonly unicode: boolean;
}

const PLOT_ROWS = 12;
/** A limit line is drawn where it is not so high that the growth below it would lie flat. */
const LEVEL_WITHIN = 2;
/** A band of few looks opens without end: what is above so many times the curve is left out of the plot. */
const BAND_WITHIN = 1.5;

export const forecastPage =
  (drawn: ForecastPlot) =>
  (r: ForecastJson): Page => ({
    title: title(r),
    headline: headline(r),
    sections: [
      { id: 'plot', drawing: drawing(r, drawn) },
      milestones(r),
      limits(r),
      ...never(r),
      levers(r),
      buys(r),
      ...(r.growth.fits.length < 2 ? [] : [fits(r)]),
      ...(r.notes.length === 0 ? [] : [{ label: 'NOTES', lines: [...r.notes] }]),
      { label: 'LIMITS', lines: r.limits.map((l) => `${l.title}: ${l.because}`), verbose: true },
    ],
    legend: '≈ assumed or uncertain · BETWEEN: by the intervals of growth and figure · memplan estimate for one day',
  });

function title(r: ForecastJson): string {
  const w = r.workload;
  const n = formatCount(Number(w['memories']?.value));
  return `${n} memories × ${formatCount(Number(w['dimensions']?.value))} ${String(w['scalar']?.value)}, ${r.engineTitle}, ${formatCount(r.days)} days from ${r.startsOn}`;
}

function headline(r: ForecastJson): string[] {
  const end = r.series.at(-1);
  const grown = `${r.growth.says}: ${formatShortCount(end?.rows.value ?? Number.NaN)} on ${end?.date}${bandOf(end?.rows)}.`;
  const sentences = [`${grown.charAt(0).toUpperCase()}${grown.slice(1)}`];
  const first = r.limits.find((l) => l.state === 'dated');
  const broken = r.limits.filter((l) => l.state === 'broken' || l.state === 'reached');
  if (broken.length > 0) sentences.push(`Exceeded already: ${broken.map((l) => l.title).join(', ')}.`);
  if (first !== undefined) {
    const on =
      first.earliest === null || first.earliest === first.latest
        ? `on ${first.date}`
        : `on ${first.date} (${between(first)})`;
    sentences.push(
      `The next limit is ${first.title}, at ${formatShortCount(first.rows?.value ?? Number.NaN)} memories, ${on}.`,
    );
  } else if (broken.length === 0) sentences.push('No limit falls within ten years.');
  if (r.ceiling !== null && r.ceiling.next !== null && r.ceiling.date !== null) {
    sentences.push(`From there on: ${r.ceiling.next}.`);
  }
  return sentences;
}

function bandOf(q: { readonly low: number; readonly high: number; readonly value: number } | undefined): string {
  if (q === undefined || q.high - q.low <= 0.02 * q.value) return '';
  return ` (${formatShortCount(q.low)} to ${formatShortCount(q.high)})`;
}

type LimitJson = ForecastJson['limits'][number];

const between = (l: LimitJson): string => `${l.earliest} to ${l.latest ?? 'later'}`;

function drawing(r: ForecastJson, drawn: ForecastPlot): string[] {
  const points = (of: 'value' | 'low' | 'high'): [number, number][] => r.series.map((p) => [p.day, p.rows[of]]);
  const highest = Math.max(...r.series.map((p) => p.rows.value), ...r.looks.map((l) => l.rows));
  const band = Math.min(Math.max(...r.series.map((p) => p.rows.high)), highest * BAND_WITHIN);
  const levels: PlotLevel[] = r.limits.flatMap((l) =>
    l.rows !== null && l.rows.value <= highest * LEVEL_WITHIN ? [{ y: l.rows.value, label: l.title }] : [],
  );
  const top = roundTop(Math.max(band, ...levels.map((l) => l.y)) * 1.02);
  const banded = r.series.some((p) => p.rows.high - p.rows.low > 0.02 * p.rows.value);
  const from = r.looks[0]?.date ?? r.startsOn;
  const days = (r.looks[0]?.day ?? 0) + r.days;
  const middle = r.looks.length > 1 ? '' : dateAfter(r.startsOn, days / 2);
  return plot(
    [
      ...(banded
        ? [
            { style: 'edge' as const, points: points('low') },
            { style: 'edge' as const, points: points('high') },
          ]
        : []),
      { style: 'curve', points: points('value') },
      { style: 'marks', points: r.looks.map((l) => [l.day, l.rows] as const) },
    ],
    levels,
    {
      columns: drawn.columns - 2,
      rows: PLOT_ROWS,
      unicode: drawn.unicode,
      tell: formatShortCount,
      under: [from, middle, r.series.at(-1)?.date ?? ''],
      top,
    },
  ).map((line) => `  ${line}`);
}

/** Heights whose quarters are round. */
const ROUND = [1, 1.2, 1.6, 2, 2.4, 3, 4, 5, 6, 8, 10];

function roundTop(y: number): number {
  const decade = 10 ** Math.floor(Math.log10(Math.max(1, y)));
  return decade * (ROUND.find((r) => r * decade >= y) ?? 10);
}

function dateAfter(date: string, days: number): string {
  return new Date(Date.parse(date) + days * 86_400_000).toISOString().slice(0, 10);
}

/** "$/MONTH", in the currency that is shown. */
const moneyHead = (): string => `${currencySign(shownCurrency()).trim()}/MONTH`;

function milestones(r: ForecastJson): Section {
  return {
    id: 'milestones',
    head: ['DATE', 'MEMORIES', 'DISK', 'RESIDENT', 'BUILD', 'P99', moneyHead(), 'MACHINES', 'HOLDS'],
    align: ['left', 'right', 'right', 'right', 'right', 'right', 'right', 'right', 'left'],
    rows: r.milestones.map((m): Cell[] => [
      m.date,
      short(m.rows),
      m.disk,
      m.resident,
      m.build,
      m.p99,
      m.monthly === null ? null : { ...m.monthly, unit: 'USD' },
      m.machines,
      m.fits ? 'yes' : 'no',
    ]),
    drop: [7, 4, 5, 2, 8, 6],
  };
}

const short = (q: { readonly value: number; readonly low: number; readonly high: number }): string =>
  `${q.high - q.low > 0.02 * q.value ? '≈ ' : ''}${formatShortCount(q.value)}`;

function limits(r: ForecastJson): Section {
  return {
    id: 'limits',
    head: ['LIMIT', 'NOW', 'MOST', 'AT MEMORIES', 'FALLS', 'BETWEEN'],
    align: ['left', 'right', 'right', 'right', 'left', 'left'],
    rows: r.limits
      .filter((l) => l.state !== 'never')
      .map((l): Cell[] => [
        l.title,
        l.actual,
        l.limit,
        l.rows === null ? '–' : short(l.rows),
        falls(l),
        l.earliest === null || l.state === 'reached' || l.earliest === l.latest ? '' : between(l),
      ]),
    drop: [1, 2, 5, 3],
  };
}

function falls(l: LimitJson): string {
  switch (l.state) {
    case 'dated':
      return l.date ?? '';
    case 'reached':
      return 'already';
    case 'broken':
      return 'at any count';
    case 'beyond':
      return 'beyond 10 years';
    default:
      return 'never';
  }
}

function levers(r: ForecastJson): Section {
  return {
    id: 'levers',
    title: `What each lever buys by ${r.series.at(-1)?.date}:`,
    head: ['LEVER', 'MEMORIES', 'DISK', 'RESIDENT', 'MACHINES', moneyHead(), 'FIRST LIMIT'],
    align: ['left', 'right', 'right', 'right', 'right', 'right', 'left'],
    rows: r.levers.map((l): Cell[] => [
      l.title,
      l.atEnd === null ? '–' : short(l.atEnd.rows),
      l.atEnd?.disk ?? null,
      l.atEnd?.resident ?? null,
      l.atEnd?.machines ?? null,
      l.atEnd?.monthly == null ? null : { ...l.atEnd.monthly, unit: 'USD' },
      l.firstDate ?? (l.atEnd === null ? '–' : 'none'),
    ]),
    drop: [2, 1, 4, 5, 3],
  };
}

/** In words, because machines are whole and pages are whole. */
const buys = (r: ForecastJson): Section => ({
  label: 'BUYS',
  lines: r.levers.slice(1).map((l) => `${l.title}: ${l.says}`),
});

/** Limits that no row count meets need no row of a table. */
function never(r: ForecastJson): Section[] {
  const names = r.limits.filter((l) => l.state === 'never').map((l) => l.title);
  return names.length === 0 ? [] : [{ label: 'NEVER', lines: [`met by no row count: ${names.join(', ')}`] }];
}

function fits(r: ForecastJson): Section {
  return {
    id: 'fits',
    head: ['FIT', 'A DAY, NOW', 'DISTANCE OF A LOOK', 'LOOKS', 'DAYS'],
    align: ['left', 'right', 'right', 'right', 'right'],
    rows: r.growth.fits.map((f, i): Cell[] => [
      `${f.kind}${i === 0 ? ' (used)' : ''}`,
      formatShortCount(f.perDay.value),
      f.residual === null ? '–' : `${formatShortCount(f.residual.value)}${share(f.residual.value, r)}`,
      formatCount(f.looks),
      formatCount(f.spanDays),
    ]),
    drop: [4, 3],
  };
}

const share = (rows: number, r: ForecastJson): string => {
  const now = r.looks.at(-1)?.rows ?? 0;
  return now > 0 ? ` (${formatPercent(rows / now)})` : '';
};

/** The series and the looks, a record a day; then limits and levers, each table with its own head. */
export function forecastCsv(r: ForecastJson): string {
  const series = [
    ['table', 'date', 'day', 'memories', 'low', 'high'],
    ...r.looks.map((l) => ['look', l.date, l.day, l.rows, l.rows, l.rows]),
    ...r.series.map((p) => ['series', p.date, p.day, p.rows.value, p.rows.low, p.rows.high]),
  ];
  const limit = [
    ['table', 'limit', 'state', 'memories', 'low', 'high', 'date', 'earliest', 'latest'],
    ...r.limits.map((l) => [
      'limit',
      l.id,
      l.state,
      l.rows?.value ?? null,
      l.rows?.low ?? null,
      l.rows?.high ?? null,
      l.date,
      l.earliest,
      l.latest,
    ]),
  ];
  const lever = [
    ['table', 'lever', 'memories', 'resident_bytes', 'disk_bytes', 'machines', 'usd_per_month', 'first_date', 'says'],
    ...r.levers.map((l) => [
      'lever',
      l.id,
      l.atEnd?.rows.value ?? null,
      l.atEnd?.resident.value ?? null,
      l.atEnd?.disk.value ?? null,
      l.atEnd?.machines.value ?? null,
      l.atEnd?.monthly?.value ?? null,
      l.firstDate,
      l.says,
    ]),
  ];
  return [series, limit, lever].map((table) => table.map(csvLine).join('')).join('\r\n');
}
