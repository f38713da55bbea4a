/** The real process as a Runtime, and the one place that owns signals and broken pipes. */
import { fstatSync, statSync, writevSync } from 'node:fs';
import { EXIT } from './exit-codes.ts';
import type { Runtime, Sink } from './runtime.ts';
import { BUILT_ON } from './version.ts';

type Run = (runtime: Runtime) => Promise<number>;

/**
 * Runs a program to its exit code. A verb that asks for the signal gets Ctrl-C and SIGTERM as an abort, and a second one
 * ends the process at once; verbs that do not ask are over in milliseconds and die of the signal as any program does.
 * @param atOnce the process ends with its answer: V8 would clean up first (a collection that is due comes with the next turn of
 *   the loop). For a program that leaves nothing to be done then; otherwise the process ends when nothing is left.
 */
export function runProcess(run: Run, atOnce = false): void {
  let received: number | undefined;
  let abort: AbortController | undefined;
  const listen = (): AbortController => {
    const controller = new AbortController();
    const stop = (code: number) => (): void => {
      if (received !== undefined) process.exit(code);
      received = code;
      controller.abort();
    };
    process.on('SIGINT', stop(EXIT.interrupted));
    process.on('SIGTERM', stop(EXIT.terminated));
    return controller;
  };
  const runtime: Runtime = {
    argv: process.argv.slice(2),
    env: process.env,
    now: new Date(),
    stdout: sink(1),
    stderr: sink(2),
    cwd: process.cwd(),
    get signal() {
      abort ??= listen();
      return abort.signal;
    },
    get interrupted() {
      return received;
    },
    expectShort: BUILT_ON === process.version ? withoutOptimizer : undefined,
    get ask() {
      return process.stdin.isTTY === true ? (question: string) => askOnTerminal(question, abort?.signal) : undefined;
    },
  };
  run(runtime).then(
    (code) => {
      process.exitCode = received ?? code;
      if (atOnce) process.exit();
    },
    (e: unknown) => {
      write(2, `${e instanceof Error ? (e.stack ?? e.message) : String(e)}\n`);
      process.exitCode = EXIT.bug;
    },
  );
}

/**
 * V8's optimizing compiler works beside the program, on other cores: to a run of 58 ms it adds 31 ms of CPU time. Only on the
 * very Node of the build, which has tried the flag; and only once all is loaded, because V8 takes no code cache that was made
 * under other flags.
 */
function withoutOptimizer(): void {
  engineFlags()('--no-opt');
}

type SetFlags = (flags: string) => void;

/**
 * What sets V8's flags. node:v8 brings all of Node's streams with it, 2 ms of CPU time for one call; what it passes the call on
 * to is reached in a tenth of that, by a way that Node has deprecated and warns of. Where it may not be taken (--permission) or is gone
 * (Node 24), node:v8 is.
 */
function engineFlags(): SetFlags {
  const old = process as unknown as {
    noDeprecation: boolean | undefined;
    binding?: (name: string) => { readonly setFlagsFromString?: SetFlags };
  };
  const { noDeprecation } = old;
  old.noDeprecation = true;
  try {
    const set = old.binding?.('v8').setFlagsFromString;
    if (set !== undefined) return set;
  } catch {
    // Refused: the documented way remains.
  } finally {
    old.noDeprecation = noDeprecation;
  }
  return process.getBuiltinModule('node:v8').setFlagsFromString;
}

/** One line from the terminal. Ctrl-C there is the signal it is everywhere else; after any signal the question goes unanswered. */
async function askOnTerminal(question: string, signal: AbortSignal | undefined): Promise<string | null> {
  const { createInterface } = await import('node:readline');
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  return await new Promise((answer) => {
    lines.on('SIGINT', () => {
      // After whoever listens already: by the time the question is over, the run knows that it was interrupted.
      process.once('SIGINT', () => lines.close());
      process.kill(process.pid, 'SIGINT');
    });
    lines.on('close', () => answer(null));
    if (signal?.aborted === true) return lines.close();
    signal?.addEventListener('abort', () => lines.close(), { once: true });
    lines.question(question, (line) => {
      answer(line);
      lines.close();
    });
  });
}

/**
 * Writes go straight to the descriptor: opening Node's stream for it costs a start more than the write itself. The stream is
 * looked at only where the descriptor may be a terminal whose width or nature is asked for.
 */
function sink(fd: 1 | 2): Sink {
  const terminal = (): NodeJS.WriteStream | undefined => {
    if (!mayBeTerminal(fd)) return undefined;
    return fd === 1 ? process.stdout : process.stderr;
  };
  return {
    write: (text) => write(fd, text),
    get isTTY() {
      return terminal()?.isTTY === true;
    },
    get columns() {
      return terminal()?.columns;
    },
  };
}

/** A terminal is a character device other than the null device. Where the system does not say so, Node is asked. */
function mayBeTerminal(fd: number): boolean {
  if (process.platform === 'win32') return true;
  try {
    const it = fstatSync(fd);
    return it.isCharacterDevice() && it.rdev !== statSync('/dev/null').rdev;
  } catch {
    return true;
  }
}

/**
 * A pipe whose reader is slower than we are says EAGAIN; one whose reader has gone (`| head`) is not an error. Bytes of
 * TextEncoder, by writevSync: of Node's own functions they are what a start has to compile least of, a Buffer's `subarray` included.
 */
function write(fd: number, text: string): void {
  let rest = new TextEncoder().encode(text);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writevSync(fd, [rest]));
    } catch (e) {
      const { code } = e as NodeJS.ErrnoException;
      if (code === 'EPIPE') process.exit(process.exitCode ?? EXIT.done);
      if (code !== 'EAGAIN') throw e;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PIPE_PAUSE_MS);
    }
  }
}

/** Long enough for a reader to take its 64 KiB, too short to be noticed. */
const PIPE_PAUSE_MS = 5;
