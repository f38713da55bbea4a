/**
 * Object literals of the bundles, made by position where a run meets them a few times only: `{ a: x, b: y }` becomes
 * `$$o2("a", "b", x, y)`, and `{ ...z, a: x }` becomes `$$s1({ ...z }, "a", x)`.
 *
 * V8 makes every literal's first objects in its runtime, property by property, until it has learned the literal's shape; a start
 * meets more than a thousand that it will hardly meet again. The shared functions have learned theirs after a few calls. A
 * literal that runs often stays as it is: once learned, it is quicker than any call. So does one that no run of the build has
 * met: who meets it may meet it in a loop.
 */
import { type Expression, type ObjectExpression, type Property, parse, type SpreadElement } from 'acorn';
import { full } from 'acorn-walk';
import MagicString from 'magic-string';

/** From here on a literal is quicker than a call: between 8 and 60 the verbs' instructions hardly move, at 3 they rise. */
const OFTEN = 25;

/** A stretch of a script, and how often it ran: V8's precise coverage, the inner ranges within the outer ones. */
export interface CountedRange {
  readonly startOffset: number;
  readonly endOffset: number;
  readonly count: number;
}

/** How often each place of a script ran, in the run in which it ran most. */
export class Executions {
  readonly #runs: (readonly CountedRange[])[] = [];

  /** @param ranges of one run, in any order */
  add(ranges: readonly CountedRange[]): void {
    this.#runs.push(ranges.toSorted((a, b) => a.startOffset - b.startOffset || b.endOffset - a.endOffset));
  }

  /** @returns for each offset: the count of the innermost range around it, 0 where none is; the offsets ascend */
  at(offsets: readonly number[]): number[] {
    const most = offsets.map(() => 0);
    for (const ranges of this.#runs) {
      const around: CountedRange[] = [];
      let next = 0;
      offsets.forEach((offset, i) => {
        for (; next < ranges.length && (ranges[next] as CountedRange).startOffset <= offset; next++) {
          const range = ranges[next] as CountedRange;
          while (around.length > 0 && (around.at(-1) as CountedRange).endOffset <= range.startOffset) around.pop();
          around.push(range);
        }
        while (around.length > 0 && (around.at(-1) as CountedRange).endOffset <= offset) around.pop();
        most[i] = Math.max(most[i] as number, around.at(-1)?.count ?? 0);
      });
    }
    return most;
  }
}

const unwrapped = (e: Expression): Expression => (e.type === 'ParenthesizedExpression' ? unwrapped(e.expression) : e);

/** All its values are constants: V8 makes such a literal whole, in one step. */
function isConstant(value: Expression): boolean {
  const e = unwrapped(value);
  if (e.type === 'Literal') return e.regex === undefined;
  if (e.type === 'UnaryExpression') return isConstant(e.argument);
  if (e.type === 'ArrayExpression')
    return e.elements.every((x) => x !== null && x.type !== 'SpreadElement' && isConstant(x));
  return (
    e.type === 'ObjectExpression' &&
    e.properties.every((p) => p.type === 'Property' && !p.computed && isConstant(p.value))
  );
}

/** A function or class without a name takes the property's; as an argument it would have none. */
function takesName(value: Expression): boolean {
  const e = unwrapped(value);
  if (e.type === 'ArrowFunctionExpression') return true;
  return (e.type === 'FunctionExpression' || e.type === 'ClassExpression') && e.id == null;
}

/** The property's key where assigning it does what defining it does: plain, and nothing that an object inherits. */
function plainKey(p: Property | SpreadElement): string | undefined {
  if (p.type !== 'Property' || p.kind !== 'init' || p.computed || p.method || takesName(p.value)) return undefined;
  const key = p.key.type === 'Identifier' ? p.key.name : p.key.type === 'Literal' ? p.key.value : undefined;
  return typeof key === 'string' && !(key in {}) && !/^\d/.test(key) ? key : undefined;
}

/** The literal with its keys, where it can be made by position; `base` is the object that it spreads first. */
interface Positional {
  readonly literal: ObjectExpression;
  readonly base: SpreadElement | undefined;
  readonly keys: readonly string[];
  readonly values: readonly Expression[];
}

function positional(literal: ObjectExpression): Positional | undefined {
  const [first] = literal.properties;
  const base = first?.type === 'SpreadElement' ? first : undefined;
  const rest = base === undefined ? literal.properties : literal.properties.slice(1);
  const keys = rest.map(plainKey).filter((key) => key !== undefined);
  if (keys.length === 0 || keys.length < rest.length || new Set(keys).size < keys.length) return undefined;
  if (isConstant(literal)) return undefined;
  return { literal, base, keys, values: rest.map((p) => (p as Property).value) };
}

/** `$$o3`, or `$$s3` for what takes over another object's properties first. */
const maker = ({ base, keys }: Positional): string => `${base === undefined ? OF_VALUES : OF_OBJECT}${keys.length}`;
/** No name that a minifier gives: it comes to four letters after some hundred thousand others. */
const OF_VALUES = '$$o';
const OF_OBJECT = '$$s';

/** The shared function: `function $$s1(o, k0, v0) { o[k0] = v0; return o; }`. */
function makerSource(name: string): string {
  const each = (text: (i: number) => string): string[] =>
    Array.from({ length: Number(name.slice(OF_VALUES.length)) }, (_, i) => text(i));
  const base = name.startsWith(OF_OBJECT) ? ['o'] : [];
  const parameters = [...base, ...each((i) => `k${i}`), ...each((i) => `v${i}`)];
  const made = base.length === 0 ? 'const o={};' : '';
  return `function ${name}(${parameters}){${made}${each((i) => `o[k${i}]=v${i};`).join('')}return o}`;
}

/**
 * The bundle with those of its literals made by position that run, and run rarely.
 * @param js a script, as esbuild writes it
 * @param counts how often each offset of it runs, for offsets that ascend
 * @throws Error when the script has a name of ours
 */
export function withPositionalLiterals(js: string, counts: (offsets: readonly number[]) => readonly number[]): string {
  const literals: Positional[] = [];
  const taken = /\$\$[os]\d+/.exec(js);
  if (taken !== null) throw new Error(`the script has a name that the build gives: ${taken[0]}`);
  full(parse(js, { ecmaVersion: 2023, sourceType: 'script', preserveParens: true }), (node) => {
    const found = node.type === 'ObjectExpression' ? positional(node as ObjectExpression) : undefined;
    if (found !== undefined) literals.push(found);
  });
  literals.sort((a, b) => a.literal.start - b.literal.start);
  const often = counts(literals.map((l) => l.literal.start));
  const rare = literals.filter((_, i) => often[i] !== 0 && (often[i] as number) < OFTEN);
  const text = new MagicString(js);
  for (const made of rare) {
    const { literal, base, keys, values } = made;
    // `return{a:x}`: the brace needed no blank, a name does.
    const blank = /[\w$]/.test(js.charAt(literal.start - 1)) ? ' ' : '';
    const names = keys.map((key) => `${JSON.stringify(key)},`).join('');
    const first = (values[0] as Expression).start;
    if (base === undefined) text.overwrite(literal.start, first, `${blank}${maker(made)}(${names}`);
    else {
      text.overwrite(literal.start, base.start, `${blank}${maker(made)}({`);
      text.overwrite(base.end, first, `},${names}`);
    }
    values.slice(1).forEach((value, i) => {
      text.overwrite((values[i] as Expression).end, value.start, ',');
    });
    text.overwrite((values.at(-1) as Expression).end, literal.end, ')');
  }
  // Declared functions are there before anything runs, so they may stand last, after any directive.
  return [text.toString(), ...[...new Set(rare.map(maker))].sort().map(makerSource)].join('\n');
}
