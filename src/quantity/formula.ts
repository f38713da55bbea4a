/**
 * The formula language of derived quantities. A formula is text, and the same text is what is evaluated and what
 * `--explain` prints: the explanation cannot drift from the arithmetic.
 *
 * Grammar: numbers (1_000 and 1e-6 allowed), symbols, + - * / ^, parentheses, calls. `^` binds tighter than unary
 * minus and is right-associative, as in mathematics.
 */

/** Evaluates a formula for the values of its symbols, in the order of `Formula.symbols`. */
type Evaluate = (values: readonly number[]) => number;

export interface Formula {
  readonly text: string;
  /** Distinct symbols in order of first appearance; calls are not symbols. */
  readonly symbols: readonly string[];
  /** Functions the formula calls that are not built in: the caller supplies them. */
  readonly calls: readonly string[];
  evaluate(values: readonly number[], using: FunctionTable | undefined): number;
}

export type FunctionTable = Readonly<Record<string, (...args: number[]) => number>>;

/** Functions every formula may call. `align8` is PostgreSQL's MAXALIGN on 64-bit platforms. */
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
  let parsed = cache.get(text);
  if (parsed === undefined) {
    parsed = new FormulaParser(text).parse();
    cache.set(text, parsed);
  }
  return parsed;
}

const TOKEN = /\s*(?:(\d[\d_]*(?:\.\d+)?(?:e[+-]?\d+)?)|([A-Za-z_][A-Za-z0-9_]*)|([-+*/^(),]))/y;

class FormulaParser {
  readonly #text: string;
  readonly #symbols: string[] = [];
  readonly #calls: string[] = [];
  /** Set for the duration of one evaluation; a formula never evaluates itself, so one slot is enough. */
  #using: FunctionTable | undefined;
  #tokens: string[] = [];
  #next = 0;

  constructor(text: string) {
    this.#text = text;
  }

  parse(): Formula {
    this.#tokens = tokenize(this.#text);
    const root = this.#sum();
    if (this.#next < this.#tokens.length) this.#fail(`unexpected "${this.#tokens[this.#next]}"`);
    return {
      text: this.#text,
      symbols: this.#symbols,
      calls: this.#calls,
      evaluate: (values, using) => {
        this.#using = using;
        return root(values);
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

  #sum(): Evaluate {
    let left = this.#product();
    for (;;) {
      const a = left;
      if (this.#take('+')) {
        const b = this.#product();
        left = (v) => a(v) + b(v);
      } else if (this.#take('-')) {
        const b = this.#product();
        left = (v) => a(v) - b(v);
      } else return left;
    }
  }

  #product(): Evaluate {
    let left = this.#unary();
    for (;;) {
      const a = left;
      if (this.#take('*')) {
        const b = this.#unary();
        left = (v) => a(v) * b(v);
      } else if (this.#take('/')) {
        const b = this.#unary();
        left = (v) => a(v) / b(v);
      } else return left;
    }
  }

  #unary(): Evaluate {
    if (this.#take('-')) {
      const a = this.#unary();
      return (v) => -a(v);
    }
    return this.#power();
  }

  #power(): Evaluate {
    const base = this.#atom();
    if (!this.#take('^')) return base;
    const exponent = this.#unary();
    return (v) => base(v) ** exponent(v);
  }

  #atom(): Evaluate {
    const token = this.#tokens[this.#next++];
    if (token === undefined) this.#fail('ends too early');
    if (token === '(') {
      const inner = this.#sum();
      if (!this.#take(')')) this.#fail('a parenthesis is not closed');
      return inner;
    }
    if (/^\d/.test(token)) {
      const n = Number(token.replaceAll('_', ''));
      return () => n;
    }
    if (!/^[A-Za-z_]/.test(token)) this.#fail(`unexpected "${token}"`);
    if (this.#take('(')) return this.#call(token);
    let index = this.#symbols.indexOf(token);
    if (index < 0) index = this.#symbols.push(token) - 1;
    return (v) => v[index] as number;
  }

  #call(name: string): Evaluate {
    const args: Evaluate[] = [];
    if (!this.#take(')')) {
      do args.push(this.#sum());
      while (this.#take(','));
      if (!this.#take(')')) this.#fail(`the call of ${name} is not closed`);
    }
    const builtIn = Object.hasOwn(BUILT_IN, name) ? BUILT_IN[name] : undefined;
    const [a, b] = args;
    if (builtIn !== undefined) {
      if (args.length === 1 && a) return (v) => builtIn(a(v));
      if (args.length === 2 && a && b) return (v) => builtIn(a(v), b(v));
      return (v) => builtIn(...args.map((f) => f(v)));
    }
    if (!this.#calls.includes(name)) this.#calls.push(name);
    return (v) => {
      const f = this.#using?.[name];
      if (f === undefined) this.#fail(`no function ${name} was supplied`);
      return f(...args.map((g) => g(v)));
    };
  }
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
