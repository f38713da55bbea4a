import type { Direction, FunctionTable } from './formula.ts';

/** A formula as the build compiles it: symbols, how it moves with each, functions it calls, and its evaluation. */
export type CompiledFormula = readonly [
  symbols: readonly string[],
  directions: readonly Direction[],
  calls: readonly string[],
  evaluate: (values: readonly number[], using: FunctionTable | undefined) => number,
];

/**
 * The formula of this text as the build compiled it. None here: build.ts parses every formula that a planner run uses and puts
 * them in when it bundles the programs. The parser remains the definition; test/quantity/compiled.test.ts holds the two
 * together.
 */
export function compiledFormula(_text: string): CompiledFormula | undefined {
  return undefined;
}
