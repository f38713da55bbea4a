/**
 * The explainable number. A Quantity knows its value, its interval, how well it is known and how it was computed;
 * a derived one is computed by its own node from its own formula, so what `--explain` shows is what was done.
 */
import { type Formula, type FunctionTable, formula } from './formula.ts';
import { formulaRange } from './formula-range.ts';
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
  const { basis = 'exact', low = value, high = value, source } = options;
  return stated(name, value, unit, basis, source, low, high);
}

/**
 * The same without names for its parts, for the constants of our modules: every start makes a hundred of them before anything is
 * compiled, and a literal of options is then as dear as the rest.
 * @throws RangeError as leaf does
 */
export function stated<U extends Unit>(
  name: string,
  value: number,
  unit: U,
  basis: Basis,
  source: string | undefined,
  low: number = value,
  high: number = value,
): Quantity<U> {
  if (!Number.isFinite(value) || !(low <= value && value <= high)) {
    throw new RangeError(`${name}: ${value} ${unit} is not a finite value inside [${low}, ${high}]`);
  }
  return workedOut(name, value, unit, low, high, basis, undefined, NO_INPUTS, source);
}

/**
 * A leaf that is known as well as `other` is. Its basis is looked up when it is asked for: it takes the whole interval of `other`,
 * which of a plan that is only tried nobody wants to know.
 * @throws RangeError when the value is not finite
 */
export function knownAs<U extends Unit>(
  name: string,
  value: number,
  unit: U,
  other: Quantity,
  source?: string,
): Quantity<U> {
  if (!Number.isFinite(value)) throw new RangeError(`${name}: ${value} ${unit} is not a finite value`);
  return {
    name,
    unit,
    get basis() {
      return other.basis;
    },
    formula: undefined,
    inputs: NO_INPUTS,
    source,
    value,
    low: value,
    high: value,
  };
}

/**
 * A quantity whose value and interval the caller worked out, by the formula that it names. All that are not derived are made
 * here: an object that is written down in one place costs a tenth of one that each of its makers writes down anew.
 */
export function workedOut<U extends Unit>(
  name: string,
  value: number,
  unit: U,
  low: number,
  high: number,
  basis: Basis,
  text: string | undefined,
  inputs: Readonly<Record<string, Quantity>>,
  source: string | undefined,
): Quantity<U> {
  // The numbers last: each number that follows costs V8 a new shape for every field after it.
  return { name, unit, basis, formula: text, inputs, source, value, low, high };
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
  const { symbols } = f;
  const { length } = symbols;
  for (let i = 0; i < length; i++) {
    const symbol = symbols[i] as string;
    if (inputs[symbol] === undefined) throw new Error(`${name}: formula "${text}" needs "${symbol}"`);
  }
  return new Derived(name, unit, f, inputs, options);
}

const NO_OPTIONS: DeriveOptions = Object.freeze({});

/**
 * A derived quantity. Value, and interval with basis, are worked out when they are first asked for: most of what a plan
 * could say about a tier that is turned down is never asked.
 *
 * A run makes and asks a thousand of them, all of them before any compiler has looked at this code: loops count, and the
 * fields are private to the type only, because `for ... of` and `#fields` cost an interpreter several times as much.
 */
class Derived<U extends Unit> implements Quantity<U> {
  // Declared only: a field that is also initialized is written twice.
  declare readonly name: string;
  declare readonly unit: U;
  declare readonly inputs: Readonly<Record<string, Quantity>>;
  declare private readonly by: Formula;
  declare private readonly options: DeriveOptions;
  declare private known: number | undefined;
  declare private least: number | undefined;
  declare private most: number | undefined;
  declare private weakest: Basis | undefined;

  constructor(name: string, unit: U, f: Formula, inputs: Readonly<Record<string, Quantity>>, options: DeriveOptions) {
    this.name = name;
    this.unit = unit;
    this.inputs = inputs;
    this.by = f;
    this.options = options;
    this.known = undefined;
    this.least = undefined;
    this.most = undefined;
    this.weakest = undefined;
  }

  get formula(): string {
    return this.by.text;
  }

  get source(): string | undefined {
    return this.options.source;
  }

  get value(): number {
    const { known } = this;
    return known === undefined ? this.evaluate() : known;
  }

  get low(): number {
    if (this.weakest === undefined) this.measure();
    return this.least as number;
  }

  get high(): number {
    if (this.weakest === undefined) this.measure();
    return this.most as number;
  }

  get basis(): Basis {
    if (this.weakest === undefined) this.measure();
    return this.weakest as Basis;
  }

  private evaluate(): number {
    const { by, inputs } = this;
    const { symbols } = by;
    const { length } = symbols;
    // Of its final length: a list that grows from nothing takes room for seventeen.
    const values = new Array<number>(length);
    for (let i = 0; i < length; i++) values[i] = (inputs[symbols[i] as string] as Quantity).value;
    const value = by.evaluate(values, this.options.using);
    if (!Number.isFinite(value)) throw outsideDomain(this.name, by, value, values);
    this.known = value;
    return value;
  }

  /** Works out low, high and basis, all of them: each needs what the others need. */
  private measure(): void {
    const { by, inputs, options } = this;
    const { symbols } = by;
    const { length } = symbols;
    let basis: Basis = options.basis ?? 'exact';
    let certain = basis;
    let uncertain = false;
    for (let i = 0; i < length; i++) {
      const input = inputs[symbols[i] as string] as Quantity;
      const own = input.basis;
      if (own !== basis) basis = weaker(basis, own);
      if (input.low !== input.high) uncertain = true;
      else if (own !== certain) certain = weaker(certain, own);
    }
    let low = this.value;
    let high = low;
    if (uncertain) {
      const reached = formulaRange(by, inputs, low, this.directions(), options.using);
      low = reached.low;
      high = reached.high;
      // An input that moves nothing within its interval does not weaken the result: the page is full either way.
      if (low === high) basis = certain;
    }
    const { error } = options;
    if (error !== undefined) {
      low -= Math.abs(low) * error;
      high += Math.abs(high) * error;
    }
    // The value itself is finite.
    if (low !== high && !(Number.isFinite(low) && Number.isFinite(high))) {
      throw new RangeError(`${this.name}: "${by.text}" leaves the finite numbers inside its inputs' intervals`);
    }
    this.least = low;
    this.most = high;
    this.weakest = basis;
  }

  /** How the formula moves with each symbol, by what its text shows and what was said; undefined when all the same way. */
  private directions(): string | undefined {
    const { aligned, moves } = this.options;
    if (aligned === true) return undefined;
    return moves === undefined ? this.by.directions : directionsSaid(this.by, moves);
  }
}

// Apart from the class: a function that holds another one keeps its variables where they are slower to reach.

function outsideDomain(name: string, { text, symbols }: Formula, value: number, values: readonly number[]): RangeError {
  const given = symbols.map((s, i) => `${s}=${values[i]}`).join(', ');
  return new RangeError(`${name}: "${text}" gives ${value} for ${given}`);
}

function directionsSaid({ symbols, directions }: Formula, moves: NonNullable<DeriveOptions['moves']>): string {
  return symbols.map((s, i) => moves[s]?.charAt(0) ?? directions.charAt(i)).join('');
}

/** A copy with some parts replaced. A spread would lose what a derived quantity works out when asked. */
export function revised<U extends Unit>(q: Quantity<U>, parts: Partial<Quantity<U>>): Quantity<U> {
  return workedOut(
    parts.name ?? q.name,
    parts.value ?? q.value,
    parts.unit ?? q.unit,
    parts.low ?? q.low,
    parts.high ?? q.high,
    parts.basis ?? q.basis,
    parts.formula ?? q.formula,
    parts.inputs ?? q.inputs,
    parts.source ?? q.source,
  );
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
const letter = (i: number): string => (i < 26 ? (LETTERS[i] as string) : `${LETTERS[i % 26]}${Math.floor(i / 26)}`);

/** The sum of quantities of one unit; the type rejects bytes + seconds. */
export function sum<U extends Unit>(
  name: string,
  first: Quantity<U>,
  ...rest: readonly Quantity<NoInfer<U>>[]
): Quantity<U> {
  let text = 'a';
  const inputs: Record<string, Quantity> = { a: first };
  for (let i = 0; i < rest.length; i++) {
    const symbol = letter(i + 1);
    inputs[symbol] = rest[i] as Quantity<U>;
    text += ` + ${symbol}`;
  }
  return derive(name, first.unit, text, inputs);
}

/** The same quantity under another name, keeping its own computation. */
export function named<U extends Unit>(name: string, q: Quantity<U>): Quantity<U> {
  return revised(q, { name } as Partial<Quantity<U>>);
}

/** The leaves a quantity rests on that are known no better than its own basis: what to confirm to know it better. */
export function weakestLeaves(q: Quantity): Quantity[] {
  const found = new Map<string, Quantity>();
  const seen = new Set<Quantity>();
  const walk = (node: Quantity): void => {
    // Figures share their inputs: each is looked at once, not once for every way that leads to it.
    if (seen.has(node)) return;
    seen.add(node);
    let isLeaf = true;
    for (const symbol in node.inputs) {
      isLeaf = false;
      walk(node.inputs[symbol] as Quantity);
    }
    if (isLeaf && node.basis === q.basis) found.set(node.name, node);
  };
  walk(q);
  return [...found.values()];
}
