/** Declarations → commander: help, mistakes and every command line that is not plain. */
import { Command, CommanderError, Option } from 'commander';
import { InputError, nearest } from '../quantity/index.ts';
import type { CommandDeclaration, OptionDeclaration, Options } from './command.ts';
import { EXIT } from './exit-codes.ts';
import { OUTPUT_OPTIONS } from './output-options.ts';
import type { Program, ProgramDeclaration } from './program.ts';
import { type RunnableVerb, runVerb } from './run-verb.ts';
import { layoutColumns, type Runtime, wantsColor } from './runtime.ts';

/** @returns the exit code. @throws InputError for a mistake in the command line, and what the verb throws */
export async function runWithCommander(
  { name, load }: Program,
  declaration: ProgramDeclaration,
  runtime: Runtime,
): Promise<number> {
  let exit: number = EXIT.done;
  const program = new Command(name)
    .description(declaration.summary)
    .version(declaration.version, '-V, --version', 'print the version')
    .exitOverride()
    .showSuggestionAfterError(true)
    // Its own least is 40, which leaves the descriptions of a terminal of 60 columns unwrapped.
    .configureHelp({ minWidthToWrap: 20 })
    .addHelpText('after', examplesText(declaration.examples))
    .configureOutput({
      writeOut: (text) => runtime.stdout.write(text),
      writeErr: (text) => runtime.stderr.write(text),
      // Usage errors leave through reportFailure like every other one.
      outputError: () => undefined,
      getOutHelpWidth: () => layoutColumns(runtime.stdout),
      getOutHasColors: () => wantsColor(runtime.stdout, runtime.env, undefined),
    });
  for (const c of declaration.commands)
    addCommand(program, { ...c, load: () => load(c.name) }, runtime, (code) => (exit = code));
  if (runtime.argv.length === 0) {
    runtime.stderr.write(program.helpInformation());
    runtime.stderr.write(examplesText(declaration.examples));
    return EXIT.usage;
  }
  refuseUnknownCommand(name, declaration, runtime.argv);
  try {
    await program.parseAsync([...runtime.argv], { from: 'user' });
    return exit;
  } catch (e) {
    if (!(e instanceof CommanderError)) throw e;
    if (e.exitCode === 0) return EXIT.done;
    throw usageError(e);
  }
}

function addCommand(
  program: Command,
  c: CommandDeclaration & RunnableVerb,
  runtime: Runtime,
  setExit: (code: number) => void,
): void {
  const command = program
    .command(c.name)
    .summary(c.summary)
    .description(c.summary)
    .allowExcessArguments(false)
    .addHelpText('after', examplesText(c.examples));
  if (c.arguments !== undefined) command.argument(c.arguments);
  for (const o of [...c.options, ...outputOptions(c)]) {
    const option = new Option(o.flags, o.summary);
    if (o.group !== undefined) option.helpGroup(o.group);
    if (o.hidden === true) option.hideHelp();
    command.addOption(option);
  }
  command.action(async (...received: unknown[]) => {
    const args =
      c.arguments === undefined ? [] : [received[0]].flat().filter((a): a is string => typeof a === 'string');
    setExit(await runVerb(c, args, byFlag(command), runtime));
  });
}

/** The common options as this verb has them: it need not print every format. */
function outputOptions(c: CommandDeclaration): OptionDeclaration[] {
  return OUTPUT_OPTIONS.map((o) => ({
    ...o,
    group: 'Output:',
    summary: o.flags.startsWith('--format') ? c.formats.join(', ') : o.summary,
  }));
}

/** Options under the names they were declared with, not commander's camelCase. */
function byFlag(command: Command): Options {
  const options: Record<string, unknown> = {};
  for (const option of command.options) {
    const value = command.getOptionValue(option.attributeName());
    if (option.negate ? value === false : value !== undefined && value !== false) {
      options[(option.long ?? '').replace(/^--/, '')] = option.negate ? true : value;
    }
  }
  return options;
}

function usageError(e: CommanderError): InputError {
  const [message, ...rest] = e.message.replace(/^error: /, '').split('\n');
  const hint = rest.join(' ').replace(/^\((.*)\)$/, '$1');
  return new InputError(e.code.replace(/^commander\./, ''), message as string, hint === '' ? undefined : hint);
}

function refuseUnknownCommand(program: string, declaration: ProgramDeclaration, argv: readonly string[]): void {
  const [first] = argv;
  if (first === undefined || first.startsWith('-') || first === 'help') return;
  const names = declaration.commands.map((c) => c.name);
  if (names.includes(first)) return;
  const near = nearest(first, names);
  throw new InputError(
    'unknown-command',
    `"${first}" is not a command of ${program}${near === undefined ? '' : `; did you mean ${near}?`}`,
    `commands: ${names.join(', ')}`,
  );
}

function examplesText(examples: readonly string[]): string {
  return `\nExamples:\n${examples.map((e) => `  $ ${e}`).join('\n')}\n`;
}
