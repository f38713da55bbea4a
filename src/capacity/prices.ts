/** memplan's answer to "which prices are these": every figure with its day, its source and its age; and what an import changed. */
import {
  CATALOGUE,
  modelOf,
  type Price,
  type PriceGroup,
  type PriceOverrides,
  type PriceUnit,
  priceAge,
  providerOf,
  STALE_AFTER_DAYS,
} from '../prices/index.ts';
import { type Basis, type Currency, InputError, nearest, shownCurrency } from '../quantity/index.ts';
import { priceBook } from './cost.ts';

export interface PriceRow {
  readonly id: string;
  readonly title: string;
  readonly group: PriceGroup;
  readonly provider: string | null;
  readonly model: string | null;
  /** In `unit`, whatever currency is shown. */
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly unit: PriceUnit;
  readonly basis: Basis;
  /** Day on which it held; the day it was taken over where `undated`. */
  readonly asOf: string;
  readonly undated: boolean;
  /** Whole days from then to now. */
  readonly days: number;
  /** Above 90 days, and not the user's own. */
  readonly old: boolean;
  readonly source: string;
  readonly notes: string | null;
}

export interface ChangedPrice {
  readonly id: string;
  readonly before: number;
  readonly after: number;
  readonly unit: PriceUnit;
}

/** What an import did to the price file. */
export interface PriceImport {
  readonly from: string;
  readonly to: string;
  /** Day on which its prices held. */
  readonly asOf: string;
  readonly models: number;
  /** Models of the file without a price a token for embedding or chat. */
  readonly skipped: number;
  readonly added: number;
  readonly unchanged: number;
  readonly changed: readonly ChangedPrice[];
}

export interface PricesReport {
  readonly kind: 'prices-report';
  readonly staleAfterDays: number;
  /** The price file that lies over the catalogue, and null where there is none. */
  readonly priceFile: string | null;
  readonly currency: Currency | null;
  readonly prices: readonly PriceRow[];
  readonly old: number;
  readonly imported: PriceImport | null;
}

/** Which prices are meant; all of them where nothing is said. */
export interface PriceFilter {
  readonly group?: PriceGroup | undefined;
  /** Provider, in any case. */
  readonly provider?: string | undefined;
  /** Part of a model's name or of an id, in any case. */
  readonly model?: string | undefined;
  /** Only those above 90 days. */
  readonly old?: boolean | undefined;
}

export interface PricesOptions extends PriceFilter {
  readonly prices?: PriceOverrides;
  readonly priceFile?: string | undefined;
  readonly imported?: PriceImport | undefined;
  readonly now: Date;
}

/** "voyage" is Voyage AI. */
const same = (provider: string, asked: string): boolean =>
  [provider, provider.split(' ')[0]].some((name) => name?.toLowerCase() === asked.toLowerCase());

/** Whether a price is among those meant, its age left aside. */
export function isMeant(price: Price, filter: PriceFilter): boolean {
  if (filter.group !== undefined && price.group !== filter.group) return false;
  if (filter.provider !== undefined && !same(providerOf(price) ?? '', filter.provider)) return false;
  return filter.model === undefined || price.id.toLowerCase().includes(filter.model.toLowerCase());
}

/** @throws InputError when no price is meant by the filter */
export function pricesReport(options: PricesOptions): PricesReport {
  const book = priceBook(options.prices ?? {});
  const meant = [...book.values()].filter((p) => isMeant(p, options));
  if (meant.length === 0) throw nothingMeant([...book.values()], options);
  const rows = meant.map((p) => rowOf(p, options.now));
  return {
    kind: 'prices-report',
    staleAfterDays: STALE_AFTER_DAYS,
    priceFile: options.priceFile ?? null,
    currency: shownCurrency() ?? null,
    prices: options.old === true ? rows.filter((r) => r.old) : rows,
    old: rows.filter((r) => r.old).length,
    imported: options.imported ?? null,
  };
}

function rowOf(p: Price, now: Date): PriceRow {
  const age = priceAge(p, now);
  return {
    id: p.id,
    title: p.title,
    group: p.group,
    provider: providerOf(p) ?? null,
    model: modelOf(p) ?? null,
    value: p.value,
    low: p.low ?? p.value,
    high: p.high ?? p.value,
    unit: p.unit,
    basis: p.overridden === true ? 'exact' : 'documented',
    asOf: p.asOf,
    undated: p.undated === true,
    days: age.days,
    old: age.stale,
    source: p.source,
    notes: p.notes ?? null,
  };
}

function nothingMeant(all: readonly Price[], filter: PriceFilter): InputError {
  const providers = [...new Set(all.flatMap((p) => providerOf(p) ?? []))].sort();
  const { provider, model } = filter;
  if (provider !== undefined && !providers.some((p) => same(p, provider))) {
    const near = nearest(provider, providers);
    return new InputError(
      'unknown-provider',
      `--provider: nothing of "${provider}" has a price here${near === undefined ? '' : `; did you mean ${near}?`}`,
      `providers: ${providers.slice(0, 30).join(', ')}${providers.length > 30 ? ', …' : ''}`,
    );
  }
  const models = [...new Set(all.flatMap((p) => modelOf(p) ?? []))];
  const near = model === undefined ? undefined : nearest(model, models);
  return new InputError(
    'unknown-price',
    `no price is of ${[filter.group === undefined ? '' : `the kind ${filter.group}`, provider === undefined ? '' : `the provider ${provider}`, model === undefined ? '' : `a model named like "${model}"`].filter((s) => s !== '').join(' and ')}${near === undefined ? '' : `; did you mean ${near}?`}`,
    'memplan prices lists them all',
  );
}

/**
 * What an import changes: the prices to write, and the counts of it.
 * @param file what the price file holds now
 * @param incoming what is imported; it replaces entries of the same id, and leaves the others
 */
export function mergePrices(
  file: readonly Price[],
  incoming: readonly Price[],
): {
  readonly prices: readonly Price[];
  readonly added: number;
  readonly unchanged: number;
  readonly changed: readonly ChangedPrice[];
} {
  const before = new Map([...CATALOGUE.values(), ...file].map((p) => [p.id, p]));
  const after = new Map([...file, ...incoming].map((p) => [p.id, p]));
  const changed: ChangedPrice[] = [];
  let added = 0;
  let unchanged = 0;
  for (const p of incoming) {
    const old = before.get(p.id);
    if (old === undefined) added++;
    else if (old.value === p.value && old.unit === p.unit) unchanged++;
    else changed.push({ id: p.id, before: old.value, after: p.value, unit: p.unit });
  }
  return { prices: [...after.values()], added, unchanged, changed };
}
