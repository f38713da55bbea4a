/** A verb's declaration in brief: what is needed to read a plain command line. */
import type { CommandDeclaration } from './command.ts';
import { OUTPUT_OPTIONS } from './output-options.ts';
import type { PlainVerb } from './plain-arguments.ts';

export type { PlainVerb };

export function plainVerb(c: Pick<CommandDeclaration, 'arguments' | 'formats' | 'options'>): PlainVerb {
  const flags = [...c.options, ...OUTPUT_OPTIONS].flatMap(({ flags }) => plainFlag(flags));
  return { formats: c.formats, most: mostArguments(c.arguments), flags: ` ${flags.join(' ')} ` };
}

/** `n=` of "--n <COUNT>", `yes` of "--yes"; nothing of one whose syntax is more than that: commander reads it. */
function plainFlag(flags: string): string[] {
  const [, name, value] = /^--([^ ]+)(?: (.*))?$/.exec(flags) ?? [];
  if (name === undefined) return [];
  if (value === undefined) return [name];
  return value.startsWith('<') && !value.endsWith('...>') ? [`${name}=`] : [];
}

/** "[figure]" is one argument, "[report...]" any number of them: null, which JSON can say. */
function mostArguments(syntax: string | undefined): number | null {
  if (syntax === undefined) return 0;
  return syntax.endsWith('...]') ? null : 1;
}
