/** A report object as JSON: every Quantity becomes its JSON form, what is not there becomes null. */
import { explain, type Quantity, type QuantityJson, toJson } from '../quantity/index.ts';

/** The JSON form of a report's type. */
export type Jsoned<T> = T extends Quantity
  ? QuantityJson
  : T extends undefined
    ? null
    : T extends readonly (infer I)[]
      ? readonly Jsoned<I>[]
      : T extends object
        ? { readonly [K in keyof T]-?: Jsoned<T[K]> }
        : T;

/** A report that prints as one JSON document. */
export interface Report {
  readonly kind: string;
}

export type ReportJson<R extends Report> = Jsoned<R> & { readonly schemaVersion: 1; readonly generatedAt: string };

/** @param generatedAt the clock, passed in */
export function reportJson<R extends Report>(report: R, generatedAt: Date): ReportJson<R> {
  return plainOf(reportDocument(report, generatedAt)) as ReportJson<R>;
}

/** The same before it is plain: what is only written needs no second copy of the whole, `plainValue` does it value by value. */
export function reportDocument(report: Report, generatedAt: Date): object {
  const { kind, ...rest } = report;
  return { schemaVersion: 1, kind, generatedAt: generatedAt.toISOString(), ...rest };
}

/**
 * A value of a report as its document has it, for JSON.stringify, which then asks about the values inside.
 * @param tree true to send along how every figure was computed (`--explain`)
 */
export function plainValue(value: unknown, tree: boolean): unknown {
  if (value === undefined) return null;
  return typeof value === 'object' && value !== null && isQuantity(value) ? toJson(value, tree) : value;
}

function isQuantity(value: object): value is Quantity {
  return 'unit' in value && 'basis' in value && 'inputs' in value && 'low' in value;
}

function plainOf(value: unknown): unknown {
  const its = plainValue(value, false);
  if (its !== value || typeof its !== 'object' || its === null) return its;
  if (Array.isArray(its)) return its.map(plainOf);
  // By hand: a pair for each of a forecast's thousand fields is a tenth of what the run allocates.
  const plain: Record<string, unknown> = {};
  for (const key in its) plain[key] = plainOf((its as Readonly<Record<string, unknown>>)[key]);
  return plain;
}

/** Every Quantity of a report by its path; an item of a list by its id: `constraints.ram.shards`. */
export function quantitiesOf(report: object): Map<string, Quantity> {
  const found = new Map<string, Quantity>();
  const walk = (value: unknown, path: string): void => {
    if (typeof value !== 'object' || value === null) return;
    if (isQuantity(value)) found.set(path, value);
    else if (Array.isArray(value)) {
      value.forEach((v, i) => {
        const id = (v as { readonly id?: unknown } | null)?.id;
        walk(v, `${path}.${typeof id === 'string' ? id : i + 1}`);
      });
    } else for (const [k, v] of Object.entries(value)) walk(v, path === '' ? k : `${path}.${k}`);
  };
  walk(report, '');
  return found;
}

/** Every figure of a report explained, down to its constants. */
export function explainAll(report: object): string[] {
  return [...quantitiesOf(report)].flatMap(([path, q]) => [`${path}:`, ...explain(q).map((line) => `  ${line}`), '']);
}
