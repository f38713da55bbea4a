/** The real process as a Runtime, and the one place that owns signals and broken pipes. */
import { EXIT } from './exit-codes.ts';
import type { Runtime, Sink } from './runtime.ts';

type Run = (runtime: Runtime) => Promise<number>;

/**
 * Runs a program to its exit code. Ctrl-C and SIGTERM abort the runtime's signal; a second one ends the process at
 * once. A reader that goes away (`| head`) is not an error.
 */
export function runProcess(run: Run): void {
  const abort = new AbortController();
  let received: number | undefined;
  const stop = (code: number) => (): void => {
    if (received !== undefined) process.exit(code);
    received = code;
    abort.abort();
  };
  process.on('SIGINT', stop(EXIT.interrupted));
  process.on('SIGTERM', stop(EXIT.terminated));
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (e: NodeJS.ErrnoException) => {
      if (e.code === 'EPIPE') process.exit(process.exitCode ?? EXIT.done);
      throw e;
    });
  }
  const runtime: Runtime = {
    argv: process.argv.slice(2),
    env: process.env,
    now: new Date(),
    stdout: sink(process.stdout),
    stderr: sink(process.stderr),
    cwd: process.cwd(),
    signal: abort.signal,
  };
  run(runtime).then(
    (code) => {
      process.exitCode = received ?? code;
    },
    (e: unknown) => {
      process.stderr.write(`${e instanceof Error ? (e.stack ?? e.message) : String(e)}\n`);
      process.exitCode = EXIT.bug;
    },
  );
}

/** The streams are looked at when written to, not before: opening a terminal stream costs a start a millisecond. */
function sink(stream: NodeJS.WriteStream): Sink {
  return {
    write: (text) => {
      stream.write(text);
    },
    get isTTY() {
      return stream.isTTY === true;
    },
    get columns() {
      return stream.columns;
    },
  };
}
