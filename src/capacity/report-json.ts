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

/**
 * @param generatedAt the clock, passed in
 * @param tree true to send along how every figure was computed (`--explain`)
 */
export function reportJson<R extends Report>(report: R, generatedAt: Date, tree = false): ReportJson<R> {
  const { kind, ...rest } = report;
  return {
    schemaVersion: 1,
    kind,
    generatedAt: generatedAt.toISOString(),
    ...(plainOf(rest, tree) as object),
  } as ReportJson<R>;
}

function isQuantity(value: object): value is Quantity {
  return 'unit' in value && 'basis' in value && 'inputs' in value && 'low' in value;
}

function plainOf(value: unknown, tree: boolean): unknown {
  if (value === undefined) return null;
  if (typeof value !== 'object' || value === null) return value;
  if (isQuantity(value)) return toJson(value, tree);
  if (Array.isArray(value)) return value.map((v) => plainOf(v, tree));
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, plainOf(v, tree)]));
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
