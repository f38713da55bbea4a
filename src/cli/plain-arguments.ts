/**
 * A command line in its plain form: a verb, then long flags in full, each with its value. That is what scripts, gates and most
 * people type, and reading it needs no library; loading one is a tenth of a start. Everything else (help, a mistake, an
 * abbreviation, `--` and the like) is not read here but left to commander, whose messages are the ones users see.
 */
import type { Format, Options } from './command.ts';

/** What reading a plain command line takes to know of a verb; plain-verb.ts makes it of a declaration. */
export interface PlainVerb {
  readonly formats: readonly Format[];
  /** Arguments it takes at most; null for any number. */
  readonly most: number | null;
  /** Every flag between two spaces, `n=` where it takes a value and `json` where it takes none. */
  readonly flags: string;
}

export interface PlainCommandLine {
  readonly args: readonly string[];
  readonly options: Options;
}

/** Whether the flag takes a value; undefined where there is none of that name. */
function takesValue(name: string, flags: string): boolean | undefined {
  if (name.includes(' ')) return undefined;
  return flags.includes(` ${name}= `) ? true : flags.includes(` ${name} `) ? false : undefined;
}

/** @param argv with the verb. @returns undefined where the command line is not plain */
export function readPlain({ flags, most }: PlainVerb, argv: readonly string[]): PlainCommandLine | undefined {
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
    const valued = word.startsWith('--') ? takesValue(name, flags) : undefined;
    if (valued === undefined || (equals >= 0 && !valued)) return undefined;
    if (!valued) {
      options[name] = true;
      continue;
    }
    const value = equals >= 0 ? word.slice(equals + 1) : argv[++i];
    if (value === undefined || (equals < 0 && value.startsWith('-'))) return undefined;
    options[name] = value;
  }
  return most !== null && args.length > most ? undefined : { args, options };
}
