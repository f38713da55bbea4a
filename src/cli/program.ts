/** The entry of both programs: plain command lines run at once, everything else through commander; one place for failures. */
import type { Action, CommandDeclaration } from './command.ts';
import { reportFailure } from './failure.ts';
import { type PlainVerb, readPlain } from './plain-arguments.ts';
import { runVerb } from './run-verb.ts';
import type { Runtime } from './runtime.ts';

/** All that --help says, and what commander holds a command line against. */
export interface ProgramDeclaration {
  readonly summary: string;
  readonly version: string;
  readonly commands: readonly CommandDeclaration[];
  readonly examples: readonly string[];
}

export interface Program {
  readonly name: string;
  /** What a plain command line needs to know of a verb; undefined where there is none of that name. */
  plain(verb: string): Promise<PlainVerb | undefined> | PlainVerb | undefined;
  /** Imports the one file that does the work of a verb. */
  load(verb: string): Promise<Action>;
  declare(): Promise<ProgramDeclaration> | ProgramDeclaration;
}

/** Parses, runs, renders. Never throws; never calls process.exit. */
export async function runProgram(program: Program, runtime: Runtime): Promise<number> {
  try {
    const [name] = runtime.argv;
    const verb = name === undefined ? undefined : await program.plain(name);
    const line = verb === undefined ? undefined : readPlain(verb, runtime.argv);
    if (name !== undefined && verb !== undefined && line !== undefined) {
      const run = { name, formats: verb.formats, load: () => program.load(name) };
      return await runVerb(run, line.args, line.options, runtime);
    }
    const { runWithCommander } = await import('./commander-program.ts');
    return await runWithCommander(program, await program.declare(), runtime);
  } catch (e) {
    if (runtime.interrupted !== undefined) return runtime.interrupted;
    const json = wantsJson(runtime.argv);
    return reportFailure(e, program.name, runtime, { json, debug: runtime.argv.includes('--debug') });
  }
}

function wantsJson(argv: readonly string[]): boolean {
  return (
    argv.includes('--json') ||
    argv.includes('--format=json') ||
    argv.some((a, i) => a === '--format' && argv[i + 1] === 'json')
  );
}
