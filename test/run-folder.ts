import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

const PREFIX = 'memplan-run-';
/** No run takes as long: what is older was left by one that was killed. */
const LONGEST_MS = 6 * 3_600_000;

/** Every temporary folder of a run, its workers' and their programs', is inside one that goes when the run ends. */
export default function setup(): () => void {
  const parent = tmpdir();
  // Each project of the configuration calls this once more.
  if (basename(parent).startsWith(PREFIX)) return () => undefined;
  for (const name of readdirSync(parent)) {
    const folder = join(parent, name);
    const made = name.startsWith(PREFIX) ? statSync(folder, { throwIfNoEntry: false })?.mtimeMs : undefined;
    if (made !== undefined && Date.now() - made > LONGEST_MS) rmSync(folder, { recursive: true, force: true });
  }
  const folder = mkdtempSync(join(parent, PREFIX));
  // A server that runs as an account of its own has its data in here.
  chmodSync(folder, 0o711);
  process.env['TMPDIR'] = folder;
  return () => rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
}
