/** The entry of both programs: plain command lines run at once, everything else through commander; one place for failures. */
import type { CommandDeclaration } from './command.ts';
import { reportFailure } from './failure.ts';
import { readPlain } from './plain-arguments.ts';
import { runVerb } from './run-verb.ts';
import type { Runtime } from './runtime.ts';

export interface ProgramDeclaration {
  readonly name: string;
  readonly summary: string;
  readonly version: string;
  readonly commands: readonly CommandDeclaration[];
  readonly examples: readonly string[];
}

/** Parses, runs, renders. Never throws; never calls process.exit. */
export async function runProgram(declaration: ProgramDeclaration, runtime: Runtime): Promise<number> {
  try {
    const plain = readPlain(declaration.commands, runtime.argv);
    if (plain !== undefined) return await runVerb(plain.command, plain.args, plain.options, runtime);
    const { runWithCommander } = await import('./commander-program.ts');
    return await runWithCommander(declaration, runtime);
  } catch (e) {
    if (runtime.interrupted !== undefined) return runtime.interrupted;
    const json = wantsJson(runtime.argv);
    return reportFailure(e, declaration.name, runtime, { json, debug: runtime.argv.includes('--debug') });
  }
}

function wantsJson(argv: readonly string[]): boolean {
  return (
    argv.includes('--json') ||
    argv.includes('--format=json') ||
    argv.some((a, i) => a === '--format' && argv[i + 1] === 'json')
  );
}
