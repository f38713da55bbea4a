import { describe, expect, it } from 'vitest';
import { Executions, withPositionalLiterals } from '../build-literals.ts';
import fc from './random-cases.ts';

const once = (offsets: readonly number[]): number[] => offsets.map(() => 1);
const made = (js: string): string => withPositionalLiterals(js, once);
/** What the script's `result` holds, keys in their order, and in which order its values were asked for. */
const outcome = (js: string): string =>
  Function(
    `const log = []; const v = (x) => (log.push(x), x); ${js}; return JSON.stringify([result, log]);`,
  )() as string;

describe('object literals made by position', () => {
  it.each([
    ['const result={a:v(1),b:v(2)};', '$$o2('],
    ['const f=()=>({a:v(1),b:{c:v(2)},"d-e":v(3)});const result=f();', '$$o3('],
    ['function f(a){return{a}}const result=f(v(1));', 'return $$o1("a",a)'],
    ['const z={p:1,q:2};const result={...z,q:v(3),r:v(4)};', '$$s2({...z}'],
    ['const g=o=>o;const result={...g({x:v(1)}),x:v(2)};', '$$s1({...g($$o1("x",v(1)))}'],
    ['const result={a:(v(1),v(2)),b:(0,v)(3)};', '$$o2("a","b",(v(1),v(2)),(0,v)(3))'],
    ['const result=[{a:[v(1)]},{a:v(2)?{b:v(3)}:{b:v(4)}}];', '$$o1('],
    ['"use strict";const{a:{b}={b:v(2)},...c}={a:void 0,x:v(1)};const result=[b,c];', '$$o'],
    ['async function f(){return{a:await v(1)}}const result={g:v(typeof f)};', 'return $$o1("a",await v(1))'],
  ])('%s', (js, part) => {
    const text = made(js);
    expect(text).toContain(part);
    expect(outcome(text)).toBe(outcome(js));
  });

  it.each([
    ['a constant, which V8 makes whole', 'const result={a:1,b:[-2,"c",{d:null}]};'],
    ['a function that takes its name from its key', 'const result={f:()=>v(1)}.f.name;'],
    ['a class that takes its name from its key', 'const w=1;const result={c:class{x=w}}.c.name;'],
    ['a method or an accessor', 'const result={a:v(1),get b(){return 2},c(){}};'],
    ['a computed key', 'const result={[v("a")]:v(1)};'],
    ['a key that is a place in a list', 'const result={2:v(1),1:v(2)};'],
    ['a key given twice', 'const result={a:v(1),b:v(2),a:v(3)};'],
    ['a prototype', 'const result=Object.keys({__proto__:v({}),a:v(1)});'],
    ['a key that every object inherits', 'const result={toString:v(1),constructor:v(2)};'],
    ['two objects taken over', 'const z=[v(1)];const result={...z,...z};'],
    ['an object taken over in the middle', 'const z=[1];const result={p:v(2),...z};'],
  ])('leaves %s as it is', (_, js) => {
    expect(made(js)).toBe(js);
  });

  it('goes by how often a place runs: neither what runs often nor what has not been met', () => {
    const js = 'const a={x:v(1)},b={y:v(2)},c={z:v(3)};const result=[a,b,c];';
    const text = withPositionalLiterals(js, () => [0, 24, 25]);
    expect(text).toContain('a={x:v(1)},b=$$o1("y",v(2)),c={z:v(3)}');
    expect(outcome(text)).toBe(outcome(js));
  });

  it('takes a script that ends without a semicolon', () => {
    const js = 'const f=()=>({a:v(1)});let result;result=f()';
    expect(outcome(made(js))).toBe(outcome(js));
  });

  it('refuses a script that has one of its names', () => {
    expect(() => made('const $$o2=1;')).toThrow('a name that the build gives: $$o2');
  });

  it('changes nothing that a script of literals within literals says', () => {
    const key = fc.constantFrom('a', 'b', 'c', '"d e"', '$f', '_');
    const { value } = fc.letrec<{ value: string; object: string }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.nat(9).map((n) => `v(${n})`),
        fc.constantFrom('1', '"s"', '(v(1),v(2))', '()=>v(3)', 'void 0', '[...[v(4)]]'),
        tie('object'),
        fc.array(tie('value'), { maxLength: 3 }).map((parts) => `[${parts}]`),
        fc.tuple(tie('value'), tie('value')).map(([a, b]) => `(v(0)?${a}:${b})`),
      ),
      object: fc
        .tuple(
          fc.option(tie('object')),
          fc.uniqueArray(fc.tuple(key, tie('value')), { selector: ([k]) => k, maxLength: 4 }),
        )
        .map(([base, own]) => `{${[...(base === null ? [] : [`...${base}`]), ...own.map(([k, x]) => `${k}:${x}`)]}}`),
    }));
    fc.assert(
      fc.property(value, fc.infiniteStream(fc.constantFrom(0, 1, 24, 25)), (text, counts) => {
        const js = `const result=${text};`;
        const changed = withPositionalLiterals(js, (offsets) => offsets.map(() => counts.next().value as number));
        expect(outcome(changed)).toBe(outcome(js));
      }),
      { numRuns: 500 },
    );
  });
});

describe('how often a place ran', () => {
  it('is the count of the innermost range around it, in the run where it is highest', () => {
    const counts = new Executions();
    counts.add([
      { startOffset: 0, endOffset: 100, count: 1 },
      { startOffset: 10, endOffset: 50, count: 7 },
      { startOffset: 20, endOffset: 30, count: 0 },
      { startOffset: 60, endOffset: 70, count: 3 },
    ]);
    counts.add([
      { startOffset: 60, endOffset: 70, count: 9 },
      { startOffset: 0, endOffset: 100, count: 2 },
    ]);
    expect(counts.at([5, 15, 25, 30, 49, 50, 65, 100])).toEqual([2, 7, 2, 7, 7, 2, 9, 0]);
  });
});
