/**
 * A command line in its plain form: a verb, then long flags in full, each with its value. That is what scripts, gates and most
 * people type, and reading it needs no library; loading one is a tenth of a start. Everything else (help, a mistake, an
 * abbreviation, `--` and the like) is not read here but left to commander, whose messages are the ones users see.
 */
import type { CommandDeclaration, OptionDeclaration, Options } from './command.ts';
import { OUTPUT_OPTIONS } from './run-verb.ts';

export interface PlainCommandLine {
  readonly command: CommandDeclaration;
  readonly args: readonly string[];
  readonly options: Options;
}

/** Whether the option takes a value; undefined where there is none of that name, or its syntax is more than "--name <VALUE>". */
function takesValueOf(name: string, lists: readonly (readonly OptionDeclaration[])[]): boolean | undefined {
  for (const options of lists) {
    for (let i = 0; i < options.length; i++) {
      const { flags } = options[i] as OptionDeclaration;
      if (flags === `--${name}`) return false;
      if (!flags.startsWith(`--${name} `)) continue;
      return flags[name.length + 3] === '<' && !flags.endsWith('...>') ? true : undefined;
    }
  }
  return undefined;
}

/** The command line, or undefined where it is not plain. */
export function readPlain(
  commands: readonly CommandDeclaration[],
  argv: readonly string[],
): PlainCommandLine | undefined {
  const command = commands.find((c) => c.name === argv[0]);
  if (command === undefined) return undefined;
  const lists = [command.options, OUTPUT_OPTIONS];
  const args: string[] = [];
  const options: Record<string, unknown> = {};
  for (let i = 1; i < argv.length; i++) {
    const word = argv[i] as string;
    if (!word.startsWith('-')) {
      args.push(word);
      continue;
    }
    const equals = word.indexOf('=');
    const name = word.slice(2, equals < 0 ? undefined : equals);
    const takesValue = word.startsWith('--') ? takesValueOf(name, lists) : undefined;
    if (takesValue === undefined || (equals >= 0 && !takesValue)) return undefined;
    if (!takesValue) {
      options[name] = true;
      continue;
    }
    const value = equals >= 0 ? word.slice(equals + 1) : argv[++i];
    if (value === undefined || (equals < 0 && value.startsWith('-'))) return undefined;
    options[name] = value;
  }
  return args.length > mostArguments(command) ? undefined : { command, args, options };
}

/** "[figure]" is one argument, "[report...]" any number of them. */
function mostArguments(command: CommandDeclaration): number {
  if (command.arguments === undefined) return 0;
  return command.arguments.endsWith('...]') ? Number.POSITIVE_INFINITY : 1;
}
