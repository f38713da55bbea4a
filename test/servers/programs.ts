import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { basename } from 'node:path';
import { debianRoot, HOW_TO_HELP, onPath, SERVER_UID } from './debian-root.ts';

/** A program to run: of the machine, or of the Debian that the tests have unpacked (then `path` is inside `root`). */
export interface Program {
  readonly path: string;
  readonly root: string | undefined;
}

/**
 * Finds a program by an environment variable, on PATH, or in the unpacked Debian; one of PATH that is too old by its
 * `--version` only where there is no other. Error: what to set or install.
 */
export async function findProgram(
  name: string,
  variable: string,
  insideDebian: string,
  recent: (version: string) => boolean = () => true,
): Promise<Program> {
  const given = process.env[variable];
  if (given) {
    if (!existsSync(given))
      throw new Error(`${variable} is ${given}, which is not there; give the program's full path`);
    return { path: given, root: undefined };
  }
  const installed = onPath(name);
  if (installed !== undefined && recent(spawnSync(installed, ['--version'], { encoding: 'utf8' }).stdout ?? ''))
    return { path: installed, root: undefined };
  const root = await debianRoot();
  if (root !== undefined) return { path: insideDebian, root };
  if (installed !== undefined) return { path: installed, root: undefined };
  throw new Error(`no ${name} for the tests: install it, set ${variable} to it, or ${HOW_TO_HELP}`);
}

/** Starts a program as an ordinary account (PostgreSQL and PgBouncer refuse root) that dies with this process. */
export function launch(
  program: Program,
  args: readonly string[],
  options: { readonly stdio: 'ignore' | ('ignore' | 'pipe' | number)[]; readonly lastSignal?: string },
): ChildProcess {
  const env = { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };
  const { uid, gid } = accountOf(program);
  const drop = uid === undefined ? [] : ['--reuid', String(uid), '--regid', String(gid), '--clear-groups'];
  const setpriv = program.root === undefined ? machineSetpriv() : '/usr/bin/setpriv';
  // Whatever ends this process, also a SIGKILL, ends the server.
  const asAccount =
    setpriv === undefined
      ? [program.path, ...args]
      : [setpriv, ...drop, '--pdeathsig', options.lastSignal ?? 'TERM', '--', program.path, ...args];
  const [file, ...rest] =
    program.root === undefined ? asAccount : [onPath('chroot') as string, program.root, ...asAccount];
  const account = setpriv === undefined && uid !== undefined ? { uid, gid } : {};
  return spawn(file as string, rest, { env, cwd: '/', stdio: options.stdio, ...account });
}

/** The one of util-linux; busybox has another that knows no --pdeathsig. */
function machineSetpriv(): string | undefined {
  const found = onPath('setpriv');
  if (found === undefined) return undefined;
  return spawnSync(found, ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux') ? found : undefined;
}

/** Runs a program to its end. Error: its exit code and the last lines it wrote. */
export async function runToEnd(program: Program, args: readonly string[]): Promise<string> {
  const child = launch(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new Error(`${basename(program.path)} ended with ${code}: ${lastLines(said)}`);
  return said;
}

export const lastLines = (text: string): string => text.trim().split('\n').slice(-5).join(' | ');

/** Which account a program runs as; none to change to where the tests are not root. */
export function accountOf(program: Program): { uid: number | undefined; gid: number | undefined } {
  if (process.getuid?.() !== 0) return { uid: undefined, gid: undefined };
  if (program.root !== undefined) return { uid: SERVER_UID, gid: SERVER_UID };
  for (const name of ['postgres', 'nobody']) {
    const found = new RegExp(`^${name}:[^:]*:(\\d+):(\\d+):`, 'm').exec(readFileSync('/etc/passwd', 'utf8'));
    if (found !== null) return { uid: Number(found[1]), gid: Number(found[2]) };
  }
  throw new Error('root cannot run PostgreSQL and this machine has neither a postgres nor a nobody account');
}

/** A port of the loopback that nobody listens on; below the ones that outgoing connections get, so that it stays free. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(15_000, 32_000);
    const probe = createServer();
    const free = await new Promise<boolean>((resolve) => {
      probe.once('error', () => resolve(false));
      probe.listen(port, '127.0.0.1', () => resolve(true));
    });
    if (!free) continue;
    await new Promise((resolve) => probe.close(resolve));
    return port;
  }
}

/** Sends the signal and waits for the end; no answer within 10 s is answered with SIGKILL. */
export async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  const late = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await ended;
  clearTimeout(late);
}

/** Asks every 20 ms until `ready` does not throw. Error: the server's end, or the last refusal after 30 s. */
export async function untilReady(
  child: ChildProcess,
  what: string,
  log: string,
  ready: () => Promise<void>,
): Promise<void> {
  const giveUp = Date.now() + 30_000;
  for (;;) {
    try {
      await ready();
      return;
    } catch (error) {
      const gone = child.exitCode !== null || child.signalCode !== null;
      if (!gone && Date.now() < giveUp) {
        await new Promise((resolve) => setTimeout(resolve, 20));
        continue;
      }
      const said = existsSync(log) ? lastLines(readFileSync(log, 'utf8')) : '';
      throw new Error(`${what} did not start (${gone ? 'it ended' : String(error)}): ${said}`);
    }
  }
}
