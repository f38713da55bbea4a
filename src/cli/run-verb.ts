/** One verb, its options read: execute, render, write, and the exit code. The only place that writes to stdout. */
import { InputError, nearest } from '../quantity/index.ts';
import { FORMATS, type Format, type Load, type Options, type View } from './command.ts';
import { layoutColumns, type Runtime, wantsColor } from './runtime.ts';

/** A verb as far as running it goes. */
export interface RunnableVerb {
  readonly name: string;
  readonly formats: readonly Format[];
  readonly load: Load;
}

/** @returns the exit code; throws what the verb throws */
export async function runVerb(
  c: RunnableVerb,
  args: readonly string[],
  options: Options,
  runtime: Runtime,
): Promise<number> {
  const view = viewOf(options, c, runtime);
  const outcome = await (await c.load()).execute(args, options, runtime);
  const text = await outcome.render(view);
  if (text !== '') runtime.stdout.write(text);
  if (!view.quiet) for (const note of outcome.notes ?? []) runtime.stderr.write(`${note}\n`);
  return outcome.exit;
}

function viewOf(options: Options, c: RunnableVerb, runtime: Runtime): View {
  const asked = options['format'];
  let format: Format = options['json'] === true ? 'json' : 'table';
  if (asked !== undefined) {
    const all = new Set([...FORMATS, ...c.formats]);
    const known = [...all].find((f) => f === asked);
    if (known === undefined) {
      const near = nearest(String(asked), all);
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
    // Asked for only by what draws: looking at the terminal opens a stream.
    get columns() {
      return layoutColumns(runtime.stdout);
    },
    color: format === 'table' && wantsColor(runtime.stdout, runtime.env, flag),
    explain: options['explain'] === true,
    quiet: options['quiet'] === true,
    verbose: options['verbose'] === true,
    now: runtime.now,
  };
}
