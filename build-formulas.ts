/** The formulas of planner runs, compiled to JavaScript for the bundles. */
import { estimate } from './src/capacity/estimate.ts';
import { formula, parsedFormulas } from './src/quantity/formula.ts';
import { isInputError } from './src/quantity/index.ts';
import {
  completeWorkload,
  draftFrom,
  ENGINE_IDS,
  INDEX_KINDS,
  LEXICALS,
  OPTIONAL_COMPONENTS,
  SCALARS,
} from './src/workload/index.ts';

/** Estimates that between them use the formulas a start may need; one that no engine can hold is simply left out. */
function workloads(): Record<string, string>[] {
  const common = {
    n: '2M',
    dims: '768',
    with: OPTIONAL_COMPONENTS.join(','),
    users: '1000',
    'memories-per-user': '2000',
  };
  return [
    ...SCALARS.flatMap((type) => [
      { ...common, type },
      { ...common, type, 'writes-per-day': '10k', budget: '$500' },
    ]),
    ...ENGINE_IDS.flatMap((engine) =>
      INDEX_KINDS.flatMap((index) => SCALARS.map((type) => ({ ...common, engine, index, type }))),
    ),
    ...LEXICALS.map((lexical) => ({ ...common, lexical })),
    { n: '10M', dims: '1536' },
    { n: '20k', dims: '384' },
    { n: '100k', dims: '384', 'duplicate-rate': '10%', prefilter: '55%', 'cache-entries': '1M', replicas: '1' },
    { n: '1B', dims: '1536' },
  ];
}

/** Every formula that these estimates use, with those that their modules make when they are loaded. */
function everyFormula(): string[] {
  for (const w of workloads()) {
    try {
      estimate(completeWorkload(draftFrom(w, 'flag', (id) => `--${id}`)), { now: new Date(0) });
    } catch (e) {
      if (!isInputError(e)) throw e;
    }
  }
  return parsedFormulas().map(({ formula: f }) => f.text);
}

/** In place of the formulas: writes down, by bundle, which ones are asked for. */
export const RECORDING_MODULE = `
  export function compiledFormula(text) {
    const asked = (globalThis.formulasAsked ??= {});
    (asked[__filename] ??= []).push(text);
  }
`;

/** All formulas of estimates, for the file of those that a bundle has not got itself. */
export function allFormulasModule(): string {
  return formulaModule(everyFormula(), false);
}

/**
 * Source of the module that takes the place of src/quantity/compiled-formulas.ts. A table would make hundreds of functions at
 * every start, of which a run uses some dozens; a branch makes none, and a branch by length is found by a jump.
 * @param others true to look in formulas.cjs for what is not here
 */
export function formulaModule(texts: Iterable<string>, others: boolean): string {
  const wanted = new Set(texts);
  for (const text of wanted) formula(text);
  const byLength = new Map<number, string[]>();
  for (const { formula: f, code } of parsedFormulas()) {
    if (!wanted.has(f.text)) continue;
    const data = [f.symbols.join(' '), f.directions].map((part) => JSON.stringify(part)).join(', ');
    const found = `case ${JSON.stringify(f.text)}: return make(text, ${data}, (v, u) => ${code});`;
    byLength.set(f.text.length, [...(byLength.get(f.text.length) ?? []), found]);
  }
  const lengths = [...byLength].sort(([a], [b]) => a - b);
  const cases = lengths.map(([n, found]) => `case ${n}: switch (text) {\n${found.sort().join('\n')}\n} break;`);
  const rest = others ? "return require('./formulas.cjs').compiledFormula(text, make);" : '';
  return `export function compiledFormula(text, make) {\nswitch (text.length) {\n${cases.join('\n')}\n}\n${rest}\n}\n`;
}
