/** What an action is given where only its answer counts: a clock that stands still, an empty environment, streams that say nothing. */
import type { View } from '../../../src/cli/command.ts';
import type { Runtime } from '../../../src/cli/runtime.ts';

const sink = { write: (): void => undefined, isTTY: false, columns: undefined };

export function quietRuntime(cwd: string, now: Date): Runtime {
  const { signal } = new AbortController();
  return { argv: [], env: {}, now, stdout: sink, stderr: sink, cwd, signal, interrupted: undefined };
}

export const jsonView = (now: Date): View => ({
  format: 'json',
  columns: 80,
  color: false,
  explain: false,
  quiet: false,
  verbose: false,
  now,
});
