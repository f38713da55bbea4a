/** `memplan prices`: the catalogue with its days and sources, and the import of a price list into the local price file. */
import { existsSync, statSync } from 'node:fs';
import { basename, relative, resolve } from 'node:path';
import { isMeant, mergePrices, type PriceFilter, type PriceImport, pricesReport } from '../../capacity/prices.ts';
import { reportJson } from '../../capacity/report-json.ts';
import { importLiteLlm, modelOf, PRICE_GROUPS, type PriceGroup } from '../../prices/index.ts';
import { InputError, nearest } from '../../quantity/index.ts';
import { CSV_COLUMNS, pricesPage } from '../../render/capacity/prices.ts';
import { pageMarkdown, pageScreen } from '../../render/capacity/sectioned.ts';
import { csvLine } from '../../render/csv.ts';
import type { Action, Options, Outcome, View } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { paint } from '../paint.ts';
import type { Runtime } from '../runtime.ts';
import { gatherConfig } from './inputs.ts';
import { dayOption } from './number-options.ts';
import { pricesFromFile, readJsonFile, writePriceFile } from './price-file.ts';
import { gatherPrices, type PriceFilePlace, priceFilePlace } from './price-sources.ts';
import { reportText } from './sectioned-outcome.ts';

export const action: Action = {
  async execute(_args, options, runtime): Promise<Outcome> {
    const filter = filterOf(options);
    const config = await gatherConfig(options, runtime);
    const place = await priceFilePlace(options, config, runtime);
    if (options['import'] === undefined && options['as-of'] !== undefined) {
      throw new InputError('contradiction', '--as-of says when an imported price list held; give --import FILE');
    }
    const imported = options['import'] === undefined ? undefined : importInto(place, filter, options, runtime);
    const prices = await gatherPrices(options, config, runtime);
    const report = pricesReport({
      ...filter,
      prices,
      imported,
      priceFile: existsSync(place.path) ? shortPath(place.path, runtime) : undefined,
      now: runtime.now,
    });
    return {
      exit: EXIT.done,
      render: (view: View): string => {
        if (view.format === 'json') return reportText(report, view.now, false);
        if (view.format === 'csv') {
          return [csvLine(CSV_COLUMNS), ...report.prices.map((p) => csvLine(CSV_COLUMNS.map((c) => cell(p[c]))))].join(
            '',
          );
        }
        const json = reportJson(report, view.now);
        if (view.format === 'markdown') return pageMarkdown(pricesPage(json, true));
        return pageScreen(pricesPage(json, false), {
          columns: view.columns,
          paint: paint(view.color),
          verbose: view.verbose,
        });
      },
    };
  },
};

const cell = (value: string | number | boolean | null): string | number | null =>
  typeof value === 'boolean' ? String(value) : value;

const shortPath = (path: string, runtime: Runtime): string => {
  const from = relative(runtime.cwd, path);
  return from.startsWith('..') ? path : from;
};

function filterOf(options: Options): PriceFilter {
  const word = (id: string): string | undefined => (options[id] === undefined ? undefined : String(options[id]));
  return {
    group: groupOf(word('kind')),
    provider: word('provider'),
    model: word('model'),
    old: options['old'] === true,
  };
}

function groupOf(given: string | undefined): PriceGroup | undefined {
  if (given === undefined) return undefined;
  const found = PRICE_GROUPS.find((g) => g === given);
  if (found !== undefined) return found;
  const near = nearest(given, PRICE_GROUPS);
  throw new InputError(
    'unknown-kind',
    `--kind: "${given}" is not a kind of price${near === undefined ? '' : `; did you mean ${near}?`}`,
    `one of ${PRICE_GROUPS.join(', ')}`,
  );
}

/** Reads the list, and writes what is meant of it into the price file beside what is there. */
function importInto(place: PriceFilePlace, filter: PriceFilter, options: Options, runtime: Runtime): PriceImport {
  const name = String(options['import']);
  const path = resolve(runtime.cwd, name);
  const where = `--import ${name}`;
  const document = readJsonFile(path, where);
  // The list bears no date. The day its file was written is the day it was fetched, or later than that by a copy.
  const held = dayOption(options, 'as-of') ?? statSync(path).mtime;
  if (options['as-of'] !== undefined && held > runtime.now) {
    throw new InputError('bad-day', `--as-of: ${String(options['as-of'])} is still to come; give the day of the list`);
  }
  const asOf = held.toISOString().slice(0, 10);
  const all = importLiteLlm(new Map(), document, asOf, where);
  const incoming = [...all.catalogue.values()].filter((p) => isMeant(p, filter));
  if (incoming.length === 0) {
    throw new InputError(
      'bad-price-file',
      `${where}: none of its ${all.models} models is what --kind, --provider and --model ask for`,
    );
  }
  const there = existsSync(place.path) ? pricesFromFile(place.path, place.where) : [];
  const { prices, ...counts } = mergePrices(there, incoming);
  writePriceFile(place.path, prices);
  return {
    from: basename(name),
    to: shortPath(place.path, runtime),
    asOf,
    models: new Set(incoming.map(modelOf)).size,
    skipped: all.skipped,
    ...counts,
  };
}
