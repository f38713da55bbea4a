import { spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root: string = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
export const store = (name: string): string => `sqlite:${join(root, 'fixtures', 'stores', name)}`;

export interface Finished {
  readonly exit: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly node?: readonly string[];
}

/** An empty folder: a memplan.yaml of the project itself must not reach a test. */
export const emptyFolder: string = mkdtempSync(join(tmpdir(), 'memplan-test-'));

/** Runs a program as a user does: a process of its own, its streams piped. */
export function run(program: 'memplan' | 'memctl', args: readonly string[], options: RunOptions = {}): Finished {
  const { NO_COLOR: _a, FORCE_COLOR: _b, MEMCTL_STORE: _c, ...env } = process.env;
  const child = spawnSync(process.execPath, [...(options.node ?? []), join(root, 'bin', `${program}.cjs`), ...args], {
    encoding: 'utf8',
    cwd: options.cwd ?? emptyFolder,
    env: { ...env, ...options.env },
    timeout: 60_000,
  });
  return { exit: child.status, stdout: child.stdout, stderr: child.stderr };
}
