/** What is being done, on stderr: one changing line on a terminal, a line now and then elsewhere, nothing when quiet. */
import { printable } from '../../quantity/index.ts';
import type { Options } from '../command.ts';
import type { Runtime } from '../runtime.ts';

export interface Progress extends Disposable {
  readonly step: (message: string) => void;
}

/** A run shorter than this shows nothing: a line that flickers is noise. */
const SILENT_MS = 700;
/** Between two lines where nobody watches. */
const LINE_EVERY_MS = 30_000;
/** Between two repaints of the changing line. */
const REPAINT_MS = 100;

/** @param name the store's, told apart where several are worked on */
export function progressOn(runtime: Runtime, options: Options, name: string, clock: () => number = Date.now): Progress {
  const { stderr } = runtime;
  const silent = options['quiet'] === true;
  const begun = clock();
  let last = begun;
  let painted = false;
  const live = stderr.isTTY && (stderr.columns ?? 0) > 0 && runtime.env['TERM'] !== 'dumb';
  const erase = (): void => {
    if (painted) stderr.write('\r\x1b[K');
    painted = false;
  };
  return {
    step(message) {
      if (silent) return;
      const now = clock();
      if (now - begun < SILENT_MS) return;
      const line = printable(`${name}: ${message}`);
      if (live) {
        if (painted && now - last < REPAINT_MS) return;
        stderr.write(`\r\x1b[K${line.slice(0, Math.max(1, (stderr.columns ?? 80) - 1))}`);
        painted = true;
        last = now;
      } else if (now - last >= LINE_EVERY_MS) {
        stderr.write(`${line}\n`);
        last = now;
      }
    },
    [Symbol.dispose]: erase,
  };
}
