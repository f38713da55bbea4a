/** Every way a command can fail, as one sentence, an exit code, and a JSON document where JSON was asked for. */
import { isInputError, printable } from '../quantity/index.ts';
import { EXIT } from './exit-codes.ts';
import type { Runtime } from './runtime.ts';

export interface Failure {
  readonly code: string;
  readonly exit: number;
  readonly message: string;
  readonly hint?: string;
}

/** A store error as the store room defines it, recognised by shape: the two programs are bundled apart. */
interface StoreErrorShape {
  readonly kind: 'store-error';
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly exit?: number;
}

/** What a thrown value means to the user; undefined for a bug of ours. */
export function failureOf(e: unknown): Failure | undefined {
  if (isInputError(e))
    return { code: e.code, exit: EXIT.usage, message: e.message, ...(e.hint === undefined ? {} : { hint: e.hint }) };
  if (e instanceof Error && (e as unknown as { kind?: unknown }).kind === 'store-error') {
    const s = e as unknown as StoreErrorShape;
    return {
      code: s.code,
      exit: s.exit ?? EXIT.unreachable,
      message: s.message,
      ...(s.hint === undefined ? {} : { hint: s.hint }),
    };
  }
  const { code, syscall } = e as NodeJS.ErrnoException;
  if (e instanceof Error && syscall === 'write' && code !== undefined) {
    const why = code === 'ENOSPC' ? 'there is no space left' : code === 'EBADF' ? 'it is closed' : code;
    return { code: 'output-failed', exit: EXIT.partial, message: `the output could not be written: ${why}` };
  }
  return undefined;
}

/** Writes the failure to stderr (stdout carries results only) and returns its exit code. */
export function reportFailure(
  e: unknown,
  program: string,
  runtime: Runtime,
  options: { json: boolean; debug: boolean },
): number {
  const failure = failureOf(e) ?? bug(e);
  if (options.json) {
    const { code, exit, message, hint } = failure;
    runtime.stderr.write(
      `${JSON.stringify({ schemaVersion: 1, kind: 'error', code, exit, message, hint: hint ?? null })}\n`,
    );
  } else {
    // What the user gave is quoted in messages, and a terminal would obey what it holds.
    runtime.stderr.write(`${program}: ${printable(failure.message)}\n`);
    if (failure.hint !== undefined) runtime.stderr.write(`  ${printable(failure.hint)}\n`);
  }
  if (failure.exit === EXIT.bug && options.debug && e instanceof Error) runtime.stderr.write(`${e.stack ?? ''}\n`);
  return failure.exit;
}

function bug(e: unknown): Failure {
  return {
    code: 'bug',
    exit: EXIT.bug,
    message: `this is a bug in this program: ${e instanceof Error ? e.message : String(e)}`,
    hint: 'run it again with --debug for the stack, and please report it with the command line',
  };
}
