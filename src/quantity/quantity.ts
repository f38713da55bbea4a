/**
 * The explainable number. A Quantity knows its value, its interval, how well it is known and how it was computed;
 * a derived one is computed by its own node from its own formula, so what `--explain` shows is what was done.
 */
import { type FunctionTable, formula } from './formula.ts';
import { type Basis, type Unit, weaker } from './unit.ts';

export interface Quantity<U extends Unit = Unit> {
  /** What it is, in words: "HNSW element tuple". */
  readonly name: string;
  readonly value: number;
  readonly unit: U;
  /** Interval that holds the true value; `low === high === value` when nothing is uncertain. */
  readonly low: number;
  readonly high: number;
  readonly basis: Basis;
  /** The formula over the symbols of `inputs`; absent on a leaf. */
  readonly formula?: string;
  /** Inputs by the symbol the formula uses for them. */
  readonly inputs: Readonly<Record<string, Quantity>>;
  /** Where the value or the formula comes from: source file, document with date, flag, default. */
  readonly source?: string;
}

const NO_INPUTS: Readonly<Record<string, Quantity>> = Object.freeze({});

export interface LeafOptions {
  readonly basis?: Basis;
  readonly low?: number;
  readonly high?: number;
  readonly source?: string;
}

/**
 * A leaf: a constant of an engine, an input of the user, a default.
 * @throws RangeError when the value is not finite or lies outside its own interval
 */
export function leaf<U extends Unit>(name: string, value: number, unit: U, options: LeafOptions = {}): Quantity<U> {
  const low = options.low ?? value;
  const high = options.high ?? value;
  if (!Number.isFinite(value) || !(low <= value && value <= high)) {
    throw new RangeError(`${name}: ${value} ${unit} is not a finite value inside [${low}, ${high}]`);
  }
  return {
    name,
    value,
    unit,
    low,
    high,
    basis: options.basis ?? 'exact',
    inputs: NO_INPUTS,
    ...(options.source === undefined ? {} : { source: options.source }),
  };
}

export interface DeriveOptions {
  readonly source?: string;
  /** Functions the formula calls beyond the built-in ones, by the name it calls them. */
  readonly using?: FunctionTable;
  /** The formula itself is only this well known (a fitted model is `measured`, a vendor's is `documented`). */
  readonly basis?: Basis;
  /** Relative error of the formula itself, e.g. 0.01 for ±1 %; widens the interval on both sides. */
  readonly error?: number;
}

/**
 * A quantity computed from others by a formula, e.g.
 * `derive('element tuple', 'B', 'align8(72 + V)', { V: value })`.
 *
 * The interval is the formula's range over the corners of the inputs' intervals, which is exact for formulas that
 * are monotone in each input (all of ours are); with more than three uncertain inputs each one's direction is probed
 * first and only the two extreme corners are evaluated.
 *
 * @throws RangeError when the result is not finite: a formula outside its domain must not travel on as NaN
 */
export function derive<U extends Unit>(
  name: string,
  unit: U,
  text: string,
  inputs: Readonly<Record<string, Quantity>>,
  options: DeriveOptions = {},
): Quantity<U> {
  const f = formula(text);
  const args: Quantity[] = [];
  const values: number[] = [];
  let basis: Basis = options.basis ?? 'exact';
  let uncertain = 0;
  for (const symbol of f.symbols) {
    const q = inputs[symbol];
    if (q === undefined) throw new Error(`${name}: formula "${text}" needs "${symbol}"`);
    args.push(q);
    values.push(q.value);
    basis = weaker(basis, q.basis);
    if (q.low !== q.high) uncertain++;
  }
  const value = f.evaluate(values, options.using);
  let low = value;
  let high = value;
  if (uncertain > 0) [low, high] = range(args, values, value, uncertain, (v) => f.evaluate(v, options.using));
  const error = options.error ?? 0;
  if (error > 0) {
    low -= Math.abs(low) * error;
    high += Math.abs(high) * error;
  }
  if (!Number.isFinite(value) || !Number.isFinite(low) || !Number.isFinite(high)) {
    throw new RangeError(
      `${name}: "${text}" gives ${value} for ${f.symbols.map((s, i) => `${s}=${values[i]}`).join(', ')}`,
    );
  }
  return {
    name,
    value,
    unit,
    low,
    high,
    basis,
    formula: text,
    inputs,
    ...(options.source === undefined ? {} : { source: options.source }),
  };
}

/** Above this many uncertain inputs, 2^k corners cost more than probing directions. */
const MAX_CORNER_INPUTS = 3;

function range(
  args: readonly Quantity[],
  values: readonly number[],
  value: number,
  uncertain: number,
  evaluate: (v: readonly number[]) => number,
): [number, number] {
  let low = value;
  let high = value;
  const see = (v: readonly number[]): number => {
    const r = evaluate(v);
    if (r < low) low = r;
    if (r > high) high = r;
    return r;
  };
  const open = args.flatMap((q, i) => (q.low !== q.high ? [i] : []));
  const point = [...values];
  if (uncertain <= MAX_CORNER_INPUTS) {
    for (let corner = 0; corner < 2 ** open.length; corner++) {
      open.forEach((i, bit) => {
        const q = args[i] as Quantity;
        point[i] = corner & (1 << bit) ? q.high : q.low;
      });
      see(point);
    }
    return [low, high];
  }
  const rising = open.map((i) => {
    const q = args[i] as Quantity;
    point[i] = q.high;
    const up = see(point);
    point[i] = q.low;
    const down = see(point);
    point[i] = q.value;
    return up >= down;
  });
  for (const wantHigh of [false, true]) {
    open.forEach((i, k) => {
      const q = args[i] as Quantity;
      point[i] = rising[k] === wantHigh ? q.high : q.low;
    });
    see(point);
  }
  return [low, high];
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
const letter = (i: number): string => (i < 26 ? (LETTERS[i] as string) : `${LETTERS[i % 26]}${Math.floor(i / 26)}`);

/** The sum of quantities of one unit; the type rejects bytes + seconds. */
export function sum<U extends Unit>(
  name: string,
  first: Quantity<U>,
  ...rest: readonly Quantity<NoInfer<U>>[]
): Quantity<U> {
  const inputs: Record<string, Quantity> = {};
  [first, ...rest].forEach((q, i) => {
    inputs[letter(i)] = q;
  });
  return derive(name, first.unit, Object.keys(inputs).join(' + '), inputs);
}

/** The same quantity under another name, keeping its own computation. */
export function named<U extends Unit>(name: string, q: Quantity<U>): Quantity<U> {
  return { ...q, name };
}

/** The leaves a quantity rests on that are known no better than its own basis: what to confirm to know it better. */
export function weakestLeaves(q: Quantity): Quantity[] {
  const found = new Map<string, Quantity>();
  const walk = (node: Quantity): void => {
    const inputs = Object.values(node.inputs);
    if (inputs.length === 0 && node.basis === q.basis) found.set(node.name, node);
    for (const input of inputs) if (input.basis === q.basis || inputs.length > 0) walk(input);
  };
  walk(q);
  return [...found.values()];
}
