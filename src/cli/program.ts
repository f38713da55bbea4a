/** Declarations → commander, one place that renders, and one place that decides the exit code. */
import { Command, CommanderError, Option } from 'commander';
import { InputError, nearest } from '../quantity/index.ts';
import { type CommandDeclaration, FORMATS, type Format, type Options, type View } from './command.ts';
import { EXIT } from './exit-codes.ts';
import { reportFailure } from './failure.ts';
import { layoutColumns, type Runtime, wantsColor } from './runtime.ts';

export interface ProgramDeclaration {
  readonly name: string;
  readonly summary: string;
  readonly version: string;
  readonly commands: readonly CommandDeclaration[];
  readonly examples: readonly string[];
}

/** Parses, runs, renders. Never throws; never calls process.exit. */
export async function runProgram(declaration: ProgramDeclaration, runtime: Runtime): Promise<number> {
  let exit: number = EXIT.done;
  const json = wantsJson(runtime.argv);
  const debug = runtime.argv.includes('--debug');
  const program = new Command(declaration.name)
    .description(declaration.summary)
    .version(declaration.version, '-V, --version', 'print the version')
    .exitOverride()
    .showSuggestionAfterError(true)
    .addHelpText('after', examplesText(declaration.examples))
    .configureOutput({
      writeOut: (text) => runtime.stdout.write(text),
      writeErr: (text) => runtime.stderr.write(text),
      // Usage errors leave through reportFailure like every other one.
      outputError: () => undefined,
      getOutHelpWidth: () => layoutColumns(runtime.stdout),
      getOutHasColors: () => wantsColor(runtime.stdout, runtime.env, undefined),
    });
  // One verb's options are all that a run needs; help about the program needs only names and summaries.
  const [verb] = runtime.argv;
  for (const c of declaration.commands) addCommand(program, c, runtime, verb === c.name || runtime.argv.includes(c.name), (code) => (exit = code));
  try {
    if (runtime.argv.length === 0) {
      runtime.stderr.write(program.helpInformation());
      runtime.stderr.write(examplesText(declaration.examples));
      return EXIT.usage;
    }
    refuseUnknownCommand(declaration, runtime.argv);
    await program.parseAsync([...runtime.argv], { from: 'user' });
    return exit;
  } catch (e) {
    if (e instanceof CommanderError) {
      if (e.exitCode === 0) return EXIT.done;
      return reportFailure(usageError(e), declaration.name, runtime, { json, debug });
    }
    if (runtime.interrupted !== undefined) return runtime.interrupted;
    return reportFailure(e, declaration.name, runtime, { json, debug });
  }
}

function addCommand(
  program: Command,
  c: CommandDeclaration,
  runtime: Runtime,
  wanted: boolean,
  setExit: (code: number) => void,
): void {
  const command = program
    .command(c.name)
    .summary(c.summary)
    .description(c.summary)
    .allowExcessArguments(false)
    .addHelpText('after', examplesText(c.examples));
  if (!wanted) return;
  if (c.arguments !== undefined) command.argument(c.arguments);
  for (const o of c.options) {
    const option = new Option(o.flags, o.summary);
    if (o.group !== undefined) option.helpGroup(o.group);
    command.addOption(option);
  }
  for (const o of OUTPUT_OPTIONS) command.addOption(new Option(o.flags, o.summary).helpGroup('Output:'));
  command.action(async (...received: unknown[]) => {
    const options = byFlag(command);
    const args = [received[0]].flat().filter((a): a is string => typeof a === 'string');
    const view = viewOf(options, c, runtime);
    const outcome = await (await c.load()).execute(c.arguments === undefined ? [] : args, options, runtime);
    const text = await outcome.render(view);
    if (text !== '') runtime.stdout.write(text);
    if (!view.quiet) for (const note of outcome.notes ?? []) runtime.stderr.write(`${note}\n`);
    setExit(outcome.exit);
  });
}

const OUTPUT_OPTIONS = [
  { flags: '--format <FORMAT>', summary: FORMATS.join(', ') },
  { flags: '--json', summary: 'short for --format json' },
  { flags: '--quiet', summary: 'no notes on stderr' },
  { flags: '--verbose', summary: 'every check and note' },
  { flags: '--color', summary: 'colour even in a pipe' },
  { flags: '--no-color', summary: 'no colour (NO_COLOR and FORCE_COLOR are honoured too)' },
  { flags: '--debug', summary: 'print the stack when this program itself is at fault' },
] as const;

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

function viewOf(options: Options, c: CommandDeclaration, runtime: Runtime): View {
  const asked = options['format'];
  let format: Format = options['json'] === true ? 'json' : 'table';
  if (asked !== undefined) {
    const known = FORMATS.find((f) => f === asked);
    if (known === undefined) {
      const near = nearest(String(asked), FORMATS);
      throw new InputError(
        'unknown-format',
        `--format: "${String(asked)}" is not known${near === undefined ? '' : `; did you mean ${near}?`}`,
        `one of ${c.formats.join(', ')}`,
      );
    }
    if (options['json'] === true && known !== 'json') {
      throw new InputError('contradiction', `--json contradicts --format ${known}; give one of them`);
    }
    format = known;
  }
  if (!c.formats.includes(format)) {
    throw new InputError('format-unsupported', `--format ${format}: ${c.name} prints ${c.formats.join(', ')}`);
  }
  if (options['quiet'] === true && options['verbose'] === true)
    throw new InputError('contradiction', '--quiet contradicts --verbose; give one of them');
  if (options['color'] === true && options['no-color'] === true)
    throw new InputError('contradiction', '--color contradicts --no-color; give one of them');
  const flag = options['color'] === true ? true : options['no-color'] === true ? false : undefined;
  return {
    format,
    columns: layoutColumns(runtime.stdout),
    color: format === 'table' && wantsColor(runtime.stdout, runtime.env, flag),
    explain: options['explain'] === true,
    quiet: options['quiet'] === true,
    verbose: options['verbose'] === true,
    now: runtime.now,
  };
}

function usageError(e: CommanderError): InputError {
  const [message, ...rest] = e.message.replace(/^error: /, '').split('\n');
  const hint = rest.join(' ').replace(/^\((.*)\)$/, '$1');
  return new InputError(e.code.replace(/^commander\./, ''), message as string, hint === '' ? undefined : hint);
}

function refuseUnknownCommand(declaration: ProgramDeclaration, argv: readonly string[]): void {
  const [first] = argv;
  if (first === undefined || first.startsWith('-') || first === 'help') return;
  const names = declaration.commands.map((c) => c.name);
  if (names.includes(first)) return;
  const near = nearest(first, names);
  throw new InputError(
    'unknown-command',
    `"${first}" is not a command of ${declaration.name}${near === undefined ? '' : `; did you mean ${near}?`}`,
    `commands: ${names.join(', ')}`,
  );
}

function wantsJson(argv: readonly string[]): boolean {
  return (
    argv.includes('--json') ||
    argv.includes('--format=json') ||
    argv.some((a, i) => a === '--format' && argv[i + 1] === 'json')
  );
}

function examplesText(examples: readonly string[]): string {
  return `\nExamples:\n${examples.map((e) => `  $ ${e}`).join('\n')}\n`;
}
