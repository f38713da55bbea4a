/**
 * The formula language of derived quantities. A formula is text, and the same text is what is evaluated and what
 * `--explain` prints: the explanation cannot drift from the arithmetic.
 *
 * Grammar: numbers (1_000 and 1e-6 allowed), symbols, + - * / ^, parentheses, calls. `^` binds tighter than unary
 * minus and is right-associative, as in mathematics.
 */
import { compiledFormula } from './compiled-formulas.ts';

/** Evaluates a formula for the values of its symbols, in the order of `Formula.symbols`, with the functions it calls. */
export type Evaluate = (values: readonly number[], using: FunctionTable | undefined) => number;

/** The same for a part of it, which knows where to find the functions. */
type EvaluatePart = (values: readonly number[]) => number;

/**
 * How a formula moves with one of its symbols, for values of 0 and more: rising (`r`), falling (`f`), or unknown (`u`) where it
 * depends on the other values, or on a function that is not built in. A letter each, so that a start reads a formula's
 * directions as one short word.
 */
export type Direction = 'r' | 'f' | 'u';

/**
 * A parsed part: how to evaluate it, the same as JavaScript over `v` (values) and `u` (supplied functions), and how it moves
 * with each symbol (by index; absent where it has no part).
 */
interface Part {
  readonly value: EvaluatePart;
  readonly code: string;
  readonly moves: ReadonlyMap<number, Direction>;
}

const OPPOSITE: Readonly<Record<Direction, Direction>> = { r: 'f', f: 'r', u: 'u' };
const STILL: ReadonlyMap<number, Direction> = new Map();
const NOTHING: Part = { value: () => 0, code: '0', moves: STILL };

/** The moves of a whole whose parts add up or multiply; `against` is a part that is subtracted or divided by. */
function together(a: Part, b: Part, against = false): ReadonlyMap<number, Direction> {
  if (b.moves.size === 0) return a.moves;
  const moves = new Map(a.moves);
  for (const [symbol, d] of b.moves) {
    const direction = against ? OPPOSITE[d] : d;
    const other = moves.get(symbol);
    moves.set(symbol, other === undefined || other === direction ? direction : 'u');
  }
  return moves;
}

export interface Formula {
  readonly text: string;
  /** Distinct symbols in order of first appearance; calls are not symbols. */
  readonly symbols: readonly string[];
  /** A `Direction` for each of `symbols`, in their order. */
  readonly directions: string;
  /** @param using functions the formula calls that are not built in */
  readonly evaluate: Evaluate;
}

export type FunctionTable = Readonly<Record<string, (...args: number[]) => number>>;

/** Functions every formula may call, each rising in every argument. `align8` is PostgreSQL's MAXALIGN on 64-bit platforms. */
export const BUILT_IN: FunctionTable = {
  ceil: Math.ceil,
  floor: Math.floor,
  min: Math.min,
  max: Math.max,
  ln: Math.log,
  log2: Math.log2,
  sqrt: Math.sqrt,
  align8: (x) => Math.ceil(x / 8) * 8,
};

const cache = new Map<string, Formula>();

/** Parses a formula once; later calls with the same text return the same object. Throws on a malformed formula. */
export function formula(text: string): Formula {
  let known = cache.get(text);
  if (known === undefined) {
    known = compiledFormula(text, asCompiled) ?? new FormulaParser(text).parse();
    cache.set(text, known);
  }
  return known;
}

/** A start need not parse what the build has parsed; words are split here because a list for each would be read at every start. */
function asCompiled(text: string, symbols: string, directions: string, evaluate: Evaluate): Formula {
  return { text, symbols: symbols === '' ? [] : symbols.split(' '), directions, evaluate };
}

/** Every formula parsed so far in this process, with the code the build compiles it to. */
export function parsedFormulas(): { readonly formula: Formula; readonly code: string }[] {
  return [...cache.values()].map((f) => ({ formula: f, code: new FormulaParser(f.text).code() }));
}

const TOKEN = /\s*(?:(\d[\d_]*(?:\.\d+)?(?:e[+-]?\d+)?)|([A-Za-z_][A-Za-z0-9_]*)|([-+*/^(),]))/y;

class FormulaParser {
  readonly #text: string;
  readonly #symbols: string[] = [];
  /** Set for the duration of one evaluation; a formula never evaluates itself, so one slot is enough. */
  #using: FunctionTable | undefined;
  #tokens: string[] = [];
  #next = 0;

  constructor(text: string) {
    this.#text = text;
  }

  #root(): Part {
    this.#tokens = tokenize(this.#text);
    const root = this.#sum();
    if (this.#next < this.#tokens.length) this.#fail(`unexpected "${this.#tokens[this.#next]}"`);
    return root;
  }

  /** The formula as a JavaScript expression over `v` and `u`. */
  code(): string {
    return this.#root().code;
  }

  parse(): Formula {
    const root = this.#root();
    return {
      text: this.#text,
      symbols: this.#symbols,
      directions: this.#symbols.map((_, i) => root.moves.get(i) ?? 'u').join(''),
      evaluate: (values, using) => {
        this.#using = using;
        return root.value(values);
      },
    };
  }

  #fail(why: string): never {
    throw new Error(`formula "${this.#text}": ${why}`);
  }

  #take(token: string): boolean {
    if (this.#tokens[this.#next] !== token) return false;
    this.#next++;
    return true;
  }

  #sum(): Part {
    let left = this.#product();
    for (;;) {
      const a = left;
      const x = a.value;
      if (this.#take('+')) {
        const b = this.#product();
        const y = b.value;
        left = { value: (v) => x(v) + y(v), code: `(${a.code} + ${b.code})`, moves: together(a, b) };
      } else if (this.#take('-')) {
        const b = this.#product();
        const y = b.value;
        left = { value: (v) => x(v) - y(v), code: `(${a.code} - ${b.code})`, moves: together(a, b, true) };
      } else return left;
    }
  }

  #product(): Part {
    let left = this.#unary();
    for (;;) {
      const a = left;
      const x = a.value;
      if (this.#take('*')) {
        const b = this.#unary();
        const y = b.value;
        left = { value: (v) => x(v) * y(v), code: `(${a.code} * ${b.code})`, moves: together(a, b) };
      } else if (this.#take('/')) {
        const b = this.#unary();
        const y = b.value;
        left = { value: (v) => x(v) / y(v), code: `(${a.code} / ${b.code})`, moves: together(a, b, true) };
      } else return left;
    }
  }

  #unary(): Part {
    if (!this.#take('-')) return this.#power();
    const a = this.#unary();
    const x = a.value;
    return { value: (v) => -x(v), code: `(-${a.code})`, moves: together(NOTHING, a, true) };
  }

  #power(): Part {
    const base = this.#atom();
    if (!this.#take('^')) return base;
    const exponent = this.#unary();
    const [x, y] = [base.value, exponent.value];
    // A power rises with its base where the exponent is a positive number; anything else depends on the values.
    const plain = exponent.moves.size === 0 && y([]) > 0;
    return {
      value: (v) => x(v) ** y(v),
      code: `(${base.code} ** ${exponent.code})`,
      moves: plain ? base.moves : unknown(base, exponent),
    };
  }

  #atom(): Part {
    const token = this.#tokens[this.#next++];
    if (token === undefined) this.#fail('ends too early');
    if (token === '(') {
      const inner = this.#sum();
      if (!this.#take(')')) this.#fail('a parenthesis is not closed');
      return inner;
    }
    if (/^\d/.test(token)) {
      const n = Number(token.replaceAll('_', ''));
      return { value: () => n, code: String(n), moves: STILL };
    }
    if (!/^[A-Za-z_]/.test(token)) this.#fail(`unexpected "${token}"`);
    if (this.#take('(')) return this.#call(token);
    let index = this.#symbols.indexOf(token);
    if (index < 0) index = this.#symbols.push(token) - 1;
    const at = index;
    return { value: (v) => v[at] as number, code: `v[${at}]`, moves: new Map([[at, 'r']]) };
  }

  #call(name: string): Part {
    const parts: Part[] = [];
    if (!this.#take(')')) {
      do parts.push(this.#sum());
      while (this.#take(','));
      if (!this.#take(')')) this.#fail(`the call of ${name} is not closed`);
    }
    const builtIn = Object.hasOwn(BUILT_IN, name) ? BUILT_IN[name] : undefined;
    const args = parts.map((p) => p.value);
    const [a, b] = args;
    const list = parts.map((p) => p.code).join(', ');
    if (builtIn !== undefined) {
      const moves = parts.reduce((whole, p) => ({ ...p, moves: together(whole, p) }), NOTHING).moves;
      const code = name === 'align8' ? `(Math.ceil(${list} / 8) * 8)` : `Math.${name === 'ln' ? 'log' : name}(${list})`;
      if (args.length === 1 && a) return { value: (v) => builtIn(a(v)), code, moves };
      if (args.length === 2 && a && b) return { value: (v) => builtIn(a(v), b(v)), code, moves };
      return { value: (v) => builtIn(...args.map((f) => f(v))), code, moves };
    }
    return {
      value: (v) => {
        const f = this.#using?.[name];
        if (f === undefined) this.#fail(`no function ${name} was supplied`);
        return f(...args.map((g) => g(v)));
      },
      code: `u.${name}(${list})`,
      moves: unknown(...parts),
    };
  }
}

/** Every symbol of the parts, in no known direction. */
function unknown(...parts: readonly Part[]): ReadonlyMap<number, Direction> {
  return new Map(parts.flatMap((p) => [...p.moves.keys()].map((symbol) => [symbol, 'u'] as const)));
}

function tokenize(text: string): string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.trimEnd().length) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (match === null) throw new Error(`formula "${text}": cannot read it from "${text.slice(at)}"`);
    tokens.push(match[0].trim());
  }
  return tokens;
}
