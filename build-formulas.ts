/** The formulas of planner runs over every engine, type and index, compiled to JavaScript for the bundles. */
import { estimate } from './src/capacity/estimate.ts';
import { parsedFormulas } from './src/quantity/formula.ts';
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

/** Runs that between them use the formulas a start may need; one that no engine can hold is simply left out. */
function runs(): Record<string, string>[] {
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

/** Source of the module that takes the place of src/quantity/compiled-formulas.ts. */
export function compiledFormulaModule(): string {
  for (const run of runs()) {
    try {
      estimate(completeWorkload(draftFrom(run, 'flag', (id) => `--${id}`)), { now: new Date(0) });
    } catch (e) {
      if (!isInputError(e)) throw e;
    }
  }
  const rows = parsedFormulas()
    .sort((a, b) => (a.formula.text < b.formula.text ? -1 : 1))
    .map(({ formula: f, code }) => {
      const data = [f.symbols, f.directions, f.calls].map((part) => JSON.stringify(part)).join(', ');
      return `${JSON.stringify(f.text)}: [${data}, (v, u) => ${code}],`;
    });
  return `export const COMPILED = {\n${rows.join('\n')}\n};\n`;
}
