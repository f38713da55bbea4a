/** What the verbs print of the demo store, with the clock standing still: for the README's tour. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Action, Options } from '../src/cli/command.ts';
import type { Runtime } from '../src/cli/runtime.ts';

const NOW = new Date('2026-11-20T03:00:00Z');
const FILE = 'memctl-demo.db';
/** Lines break where they do with a path of this length: TMPDIR, which differs from machine to machine, must not decide it. */
const SHORT = '/tmp';

/** Lines of one verb's screen at 80 columns, the command first. */
export type Screen = (action: Action, typed: string, options?: Options) => Promise<string[]>;

/** Makes the demo store in a folder of its own, and takes the folder away afterwards. */
export async function withDemoStore(work: (screen: Screen) => Promise<string[]>): Promise<string[]> {
  const cwd = mkdtempSync(join(existsSync(SHORT) ? SHORT : tmpdir(), 'memctl-demo-'));
  const silent = { write: (): void => undefined, isTTY: false, columns: undefined };
  const runtime: Runtime = {
    argv: [],
    env: { MEMCTL_STATE_DIR: join(cwd, 'state') },
    now: NOW,
    stdout: silent,
    stderr: silent,
    cwd,
    signal: new AbortController().signal,
    interrupted: undefined,
  };
  const view = { format: 'table', columns: 80, color: false, explain: false, quiet: false, verbose: false } as const;
  try {
    const { action: demo } = await import('../src/cli/memctl/demo.ts');
    await demo.execute([FILE], {}, runtime);
    return await work(async (action, typed, options = {}) => {
      const outcome = await action.execute([join(cwd, FILE)], { 'no-history': true, ...options }, runtime);
      // The plan's hash is bound to the folder the store stands in.
      const text = (await outcome.render({ ...view, now: NOW })).replace(/\n\n {2}plan [0-9a-f]+\n/, '\n');
      return [`$ ${typed}`, ...text.trimEnd().replaceAll(`${cwd}/`, '').split('\n')];
    });
  } finally {
    rmSync(cwd, { recursive: true, force: true });
  }
}
