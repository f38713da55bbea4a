import type { Quantity } from './quantity.ts';
import type { Basis, Unit } from './unit.ts';

/** A quantity as every JSON document carries it. `explain` is present only when the tree was asked for. */
export interface QuantityJson {
  readonly value: number;
  readonly unit: string;
  readonly low: number;
  readonly high: number;
  readonly basis: Basis;
  readonly explain?: ExplainJson;
}

export interface ExplainJson {
  readonly name: string;
  readonly formula?: string;
  readonly source?: string;
  readonly inputs?: Readonly<Record<string, QuantityJson>>;
}

/** The JSON form of a quantity; with `tree`, how it was computed goes along, down to the leaves. */
export function toJson(q: Quantity, tree = false): QuantityJson {
  const plain = { value: q.value, unit: q.unit, low: q.low, high: q.high, basis: q.basis };
  if (!tree) return plain;
  const inputs = Object.entries(q.inputs);
  return {
    ...plain,
    explain: {
      name: q.name,
      ...(q.formula === undefined ? {} : { formula: q.formula }),
      ...(q.source === undefined ? {} : { source: q.source }),
      ...(inputs.length === 0 ? {} : { inputs: Object.fromEntries(inputs.map(([s, i]) => [s, toJson(i, true)])) }),
    },
  };
}

/** The inverse of `toJson`: a saved quantity as one that formats and explains like a fresh one. */
export function fromJson(json: QuantityJson): Quantity {
  const { explain } = json;
  return {
    name: explain?.name ?? '',
    value: json.value,
    unit: json.unit as Unit,
    low: json.low,
    high: json.high,
    basis: json.basis,
    inputs: Object.fromEntries(Object.entries(explain?.inputs ?? {}).map(([s, i]) => [s, fromJson(i)])),
    ...(explain?.formula === undefined ? {} : { formula: explain.formula }),
    ...(explain?.source === undefined ? {} : { source: explain.source }),
  };
}
