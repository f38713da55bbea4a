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

/** Name and arity of a declared option; undefined for one whose syntax is more than "--name" or "--name <VALUE>". */
function plainOption(o: OptionDeclaration): { name: string; takesValue: boolean } | undefined {
  const match = /^--([a-z][a-z0-9-]*)(?: <[A-Z|=_-]+>)?$/.exec(o.flags);
  return match === null ? undefined : { name: match[1] as string, takesValue: o.flags.endsWith('>') };
}

/** The command line, or undefined where it is not plain. */
export function readPlain(
  commands: readonly CommandDeclaration[],
  argv: readonly string[],
): PlainCommandLine | undefined {
  const command = commands.find((c) => c.name === argv[0]);
  if (command === undefined) return undefined;
  const known = new Map<string, boolean>();
  for (const list of [command.options, OUTPUT_OPTIONS]) {
    for (const o of list) {
      const plain = plainOption(o);
      if (plain !== undefined) known.set(plain.name, plain.takesValue);
    }
  }
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
    const takesValue = word.startsWith('--') ? known.get(name) : undefined;
    if (takesValue === undefined || (equals >= 0 && !takesValue)) return undefined;
    if (!takesValue) {
      options[name] = true;
      continue;
    }
    const value = equals >= 0 ? word.slice(equals + 1) : argv[++i];
    if (value === undefined || (equals < 0 && value.startsWith('-'))) return undefined;
    options[name] = value;
  }
  // One optional argument is all that a verb of ours takes.
  return args.length > (command.arguments === undefined ? 0 : 1) ? undefined : { command, args, options };
}
