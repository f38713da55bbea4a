/**
 * The explainable number. A Quantity knows its value, its interval, how well it is known and how it was computed;
 * a derived one is computed by its own node from its own formula, so what `--explain` shows is what was done.
 */
import { type Direction, type Formula, type FunctionTable, formula } from './formula.ts';
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
  readonly formula?: string | undefined;
  /** Inputs by the symbol the formula uses for them. */
  readonly inputs: Readonly<Record<string, Quantity>>;
  /** Where the value or the formula comes from: source file, document with date, flag, default. */
  readonly source?: string | undefined;
}

const NO_INPUTS: Readonly<Record<string, Quantity>> = Object.freeze({});

export interface LeafOptions {
  readonly basis?: Basis;
  readonly low?: number;
  readonly high?: number;
  readonly source?: string | undefined;
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
    formula: undefined,
    inputs: NO_INPUTS,
    source: options.source,
  };
}

export interface DeriveOptions {
  readonly source?: string | undefined;
  /** Functions the formula calls beyond the built-in ones, by the name it calls them. */
  readonly using?: FunctionTable;
  /** The formula itself is only this well known (a fitted model is `measured`, a vendor's is `documented`). */
  readonly basis?: Basis;
  /**
   * The formula moves the same way with every uncertain input (all rising, or all falling), which its text cannot show
   * because it calls a supplied function: the interval is then the two ends, and two evaluations instead of 2^k.
   */
  readonly aligned?: boolean;
  /** How the formula moves with a symbol where its text cannot show it, by symbol; see `aligned`. */
  readonly moves?: Readonly<Record<string, 'rising' | 'falling'>>;
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
 * Value and interval are worked out when they are asked for; one that is not finite is a RangeError then: a formula outside
 * its domain must not travel on as NaN.
 *
 * @throws Error when the formula needs a symbol that was not given
 */
export function derive<U extends Unit>(
  name: string,
  unit: U,
  text: string,
  inputs: Readonly<Record<string, Quantity>>,
  options: DeriveOptions = NO_OPTIONS,
): Quantity<U> {
  const f = formula(text);
  for (const symbol of f.symbols) {
    if (inputs[symbol] === undefined) throw new Error(`${name}: formula "${text}" needs "${symbol}"`);
  }
  return new Derived(name, unit, f, inputs, options);
}

const NO_OPTIONS: DeriveOptions = Object.freeze({});

interface Interval {
  readonly low: number;
  readonly high: number;
  readonly basis: Basis;
}

/**
 * A derived quantity. Value, and interval with basis, are worked out when they are first asked for: most of what a plan
 * could say about a tier that is turned down is never asked.
 */
class Derived<U extends Unit> implements Quantity<U> {
  readonly name: string;
  readonly unit: U;
  readonly inputs: Readonly<Record<string, Quantity>>;
  readonly #formula: Formula;
  readonly #options: DeriveOptions;
  #value: number | undefined;
  #interval: Interval | undefined;

  constructor(name: string, unit: U, f: Formula, inputs: Readonly<Record<string, Quantity>>, options: DeriveOptions) {
    this.name = name;
    this.unit = unit;
    this.inputs = inputs;
    this.#formula = f;
    this.#options = options;
  }

  get formula(): string {
    return this.#formula.text;
  }

  get source(): string | undefined {
    return this.#options.source;
  }

  get value(): number {
    if (this.#value === undefined) this.#value = this.#evaluate();
    return this.#value;
  }

  get low(): number {
    return this.#measured().low;
  }

  get high(): number {
    return this.#measured().high;
  }

  get basis(): Basis {
    return this.#measured().basis;
  }

  #evaluate(): number {
    const { symbols } = this.#formula;
    const values: number[] = [];
    for (const symbol of symbols) values.push((this.inputs[symbol] as Quantity).value);
    const value = this.#formula.evaluate(values, this.#options.using);
    if (Number.isFinite(value)) return value;
    throw new RangeError(
      `${this.name}: "${this.formula}" gives ${value} for ${symbols.map((s, i) => `${s}=${values[i]}`).join(', ')}`,
    );
  }

  #measured(): Interval {
    if (this.#interval === undefined) this.#interval = this.#measure();
    return this.#interval;
  }

  #measure(): Interval {
    const { symbols, directions } = this.#formula;
    const { using, aligned, moves, error = 0 } = this.#options;
    const args = symbols.map((s) => this.inputs[s] as Quantity);
    let basis: Basis = this.#options.basis ?? 'exact';
    let certain = basis;
    let uncertain = false;
    for (const q of args) {
      basis = weaker(basis, q.basis);
      if (q.low !== q.high) uncertain = true;
      else certain = weaker(certain, q.basis);
    }
    let low = this.value;
    let high = this.value;
    if (uncertain) {
      const said = moves === undefined ? directions : symbols.map((s, i) => moves[s] ?? directions[i] ?? 'unknown');
      const known = aligned === true ? undefined : said;
      const evaluate = (v: readonly number[]): number => this.#formula.evaluate(v, using);
      [low, high] = range(args, this.value, known, evaluate);
      // An input that moves nothing within its interval does not weaken the result: the page is full either way.
      if (low === high) basis = certain;
    }
    low -= Math.abs(low) * error;
    high += Math.abs(high) * error;
    if (Number.isFinite(low) && Number.isFinite(high)) return { low, high, basis };
    throw new RangeError(`${this.name}: "${this.formula}" leaves the finite numbers inside its inputs' intervals`);
  }
}

/** A copy with some parts replaced. A spread would lose what a derived quantity works out when asked. */
export function revised<U extends Unit>(q: Quantity<U>, parts: Partial<Quantity<U>>): Quantity<U> {
  const { name, value, unit, low, high, basis, formula: text, inputs, source } = q;
  return { name, value, unit, low, high, basis, formula: text, inputs, source, ...parts };
}

/** Above this many inputs of unknown direction, 2^k corners cost more than probing each. */
const MAX_CORNER_INPUTS = 3;

/**
 * The range of a formula over the corners of its inputs' intervals. Where the formula's text shows how it moves with an
 * input, that input has one corner for the low end and one for the high; the others are tried in all combinations, or,
 * when they are many, probed one by one first.
 * @param directions in the order of `args`; undefined when it moves the same way with all of them
 */
function range(
  args: readonly Quantity[],
  value: number,
  directions: readonly Direction[] | undefined,
  evaluate: (v: readonly number[]) => number,
): [number, number] {
  let low = value;
  let high = value;
  const point = args.map((q) => q.value);
  const set = (i: number, upper: boolean): void => {
    const q = args[i] as Quantity;
    point[i] = upper ? q.high : q.low;
  };
  const see = (): number => {
    const r = evaluate(point);
    if (r < low) low = r;
    if (r > high) high = r;
    return r;
  };
  const known: { i: number; rising: boolean }[] = [];
  const unknown: number[] = [];
  for (let i = 0; i < args.length; i++) {
    const q = args[i] as Quantity;
    if (q.low === q.high) continue;
    const d = directions === undefined ? 'rising' : directions[i];
    if (d === 'unknown' || d === undefined) unknown.push(i);
    else known.push({ i, rising: d === 'rising' });
  }
  if (unknown.length > MAX_CORNER_INPUTS) {
    for (const i of unknown) {
      set(i, true);
      const up = see();
      set(i, false);
      known.push({ i, rising: up >= see() });
      point[i] = (args[i] as Quantity).value;
    }
    unknown.length = 0;
  }
  for (const wantHigh of [false, true]) {
    for (const { i, rising } of known) set(i, rising === wantHigh);
    for (let corner = 0; corner < 2 ** unknown.length; corner++) {
      for (let k = 0; k < unknown.length; k++) set(unknown[k] as number, (corner & (1 << k)) !== 0);
      see();
    }
    if (known.length === 0) break;
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
  return revised(q, { name } as Partial<Quantity<U>>);
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
