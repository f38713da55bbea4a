/** The price catalogue as a page: on a screen the sources stand under the table, in files beside each figure. */
import type { PriceRow, PricesReport } from '../../capacity/prices.ts';
import type { ReportJson } from '../../capacity/report-json.ts';
import { type Currency, currencySign, formatCount, formatDecimal, UNKNOWN } from '../../quantity/index.ts';
import type { Cell, Page, Section } from './sectioned.ts';

type Json = ReportJson<PricesReport>;

/** As many digits as the list has: a price is compared with somebody's page, and must not be rounded. */
const DIGITS = 9;

function amount(value: number, unit: string, currency: Currency | null): string {
  const money = unit.startsWith('USD');
  const shown = value * (money ? (currency?.rate ?? 1) : 1);
  // A rate makes digits that nobody published.
  const digits = money && currency !== null ? 4 : DIGITS;
  const text = formatDecimal(shown, digits);
  return money ? `${currencySign(currency ?? undefined)}${text}` : text;
}

const per = (unit: string): string => (unit.startsWith('USD/') ? unit.slice(4) : unit);

function price(r: PriceRow, currency: Currency | null): string {
  const value = amount(r.value, r.unit, currency);
  return r.low === r.high ? value : `${value} (${amount(r.low, r.unit, currency)}-${amount(r.high, r.unit, currency)})`;
}

/** A row of the screen: the kind and the unit stand over the table. */
function shortRow(r: PriceRow, currency: Currency | null, sources: readonly string[]): Cell[] {
  const age = r.basis === 'exact' ? ' yours' : r.old ? ' old' : '';
  return [r.id, price(r, currency), `${r.asOf}${age}`, `[${sources.indexOf(r.source) + 1}]`];
}

/** One table for each kind of price in each unit, in catalogue order. */
function screenTables(r: Json, sources: readonly string[]): Section[] {
  const tables = new Map<string, PriceRow[]>();
  for (const p of r.prices) {
    const title = `${p.group}, ${p.unit.startsWith('USD/') ? 'per ' : ''}${per(p.unit)}`;
    tables.set(title, [...(tables.get(title) ?? []), p]);
  }
  return [...tables].map(([title, rows]) => ({
    id: title,
    title,
    head: ['ID', 'PRICE', 'AS OF', 'SOURCE'],
    align: ['left', 'right', 'left', 'left'],
    rows: rows.map((p) => shortRow(p, r.currency, sources)),
    shrink: 0,
    drop: [3, 2],
  }));
}

const FILE_HEAD = ['ID', 'WHAT', 'KIND', 'PROVIDER', 'PRICE', 'PER', 'AS OF', 'AGE', 'SOURCE', 'NOTES'];

function fileTable(r: Json): Section {
  return {
    id: 'prices',
    head: FILE_HEAD,
    align: FILE_HEAD.map(() => 'left' as const),
    rows: r.prices.map((p) => [
      p.id,
      p.title,
      p.group,
      p.provider ?? UNKNOWN,
      price(p, r.currency),
      per(p.unit),
      `${p.asOf}${p.undated ? ' (undated)' : ''}`,
      p.basis === 'exact' ? 'yours' : `${formatCount(p.days)} d${p.old ? ', old' : ''}`,
      p.source,
      p.notes ?? '',
    ]),
  };
}

/** @param inline one table with the source beside each figure, for files; otherwise short ones with numbered sources */
export function pricesPage(r: Json, inline: boolean): Page {
  const sections: Section[] = [];
  if (r.imported !== null && r.imported.changed.length > 0) sections.push(changes(r));
  if (inline) sections.push(fileTable(r));
  else {
    const sources = [...new Set(r.prices.map((p) => p.source))];
    const notes = r.prices.flatMap((p) => (p.notes === null ? [] : [`${p.id}: ${p.notes}`]));
    if (r.prices.some((p) => p.undated)) {
      notes.unshift('Where a source bears no day, AS OF is the day it was read ("undated" in --json).');
    }
    sections.push(...screenTables(r, sources));
    sections.push({ label: 'SOURCES', lines: sources.map((source, i) => `[${i + 1}] ${source}`) });
    sections.push({ label: 'NOTES', lines: notes, verbose: true });
  }
  return {
    title: r.priceFile === null ? 'The price catalogue' : `The price catalogue, with ${r.priceFile} over it`,
    headline: headline(r),
    sections,
    legend: 'your own: --price ID=VALUE, prices: in memplan.yaml, or memplan prices --import FILE',
  };
}

const counted = (n: number, one: string, many: string): string => `${formatCount(n)} ${n === 1 ? one : many}`;

function headline(r: Json): string[] {
  const lines: string[] = [];
  const i = r.imported;
  if (i !== null) {
    const skipped = i.skipped === 0 ? '' : `; ${formatCount(i.skipped)} without a price a token left out`;
    lines.push(
      `${i.from}: ${counted(i.models, 'model', 'models')} as of ${i.asOf}${skipped}. ${counted(i.added, 'price', 'prices')} added to ${i.to}, ` +
        `${formatCount(i.changed.length)} changed, ${formatCount(i.unchanged)} the same.`,
    );
  }
  lines.push(
    r.old === 0
      ? `${r.prices.length === 1 ? '1 figure' : `${formatCount(r.prices.length)} figures`}, none older than ${r.staleAfterDays} days.`
      : `${counted(r.old, 'figure is', 'figures are')} older than ${r.staleAfterDays} days: check what your estimate rests on.`,
  );
  return lines;
}

function changes(r: Json): Section {
  const { changed } = r.imported as NonNullable<Json['imported']>;
  return {
    id: 'changed',
    title: 'What the import changed:',
    head: ['ID', 'BEFORE', 'NOW', 'PER'],
    align: ['left', 'right', 'right', 'left'],
    rows: changed.map((c) => [
      c.id,
      amount(c.before, c.unit, r.currency),
      amount(c.after, c.unit, r.currency),
      per(c.unit),
    ]),
  };
}

/** One line a figure, in the unit of its list and never converted: what a program reads. */
export const CSV_COLUMNS: readonly (keyof PriceRow)[] = [
  'id',
  'title',
  'group',
  'provider',
  'model',
  'value',
  'low',
  'high',
  'unit',
  'basis',
  'asOf',
  'undated',
  'days',
  'old',
  'source',
  'notes',
];
