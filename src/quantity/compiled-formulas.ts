import type { Evaluate, Formula } from './formula.ts';

/** Makes a formula of what the build writes down of it: its symbols with a space between them, and its directions. */
export type FormulaMaker = (text: string, symbols: string, directions: string, evaluate: Evaluate) => Formula;

/**
 * The formula of this text as the build compiled it. None here: build.ts parses every formula that a planner run uses and puts
 * them in when it bundles the programs. The parser remains the definition; test/quantity/compiled.test.ts holds the two
 * together.
 */
export function compiledFormula(_text: string, _make: FormulaMaker): Formula | undefined {
  return undefined;
}
