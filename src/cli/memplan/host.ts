/** This machine in a few words: «2 × Intel Xeon Processor 2.60 GHz, 16 GiB». */
import { cpus, loadavg, totalmem } from 'node:os';
import { formatBytes, printable } from '../../quantity/index.ts';

export function hostDescription(): string {
  const all = cpus();
  const model = all[0]?.model.replaceAll(/\s+/g, ' ').trim();
  const processors = model === undefined || model === '' ? 'processors' : printable(model);
  return `${all.length} × ${processors}, ${formatBytes(totalmem())}`;
}

/** Above this share of its processors at work before anything is measured, a host is no quiet one. */
const BUSY = 0.75;

/** Said where other work was going on: what it took from the series is in its times. Undefined on a quiet host, and on Windows. */
export function busyNote(): string | undefined {
  const [load = 0] = loadavg();
  const processors = cpus().length;
  if (load <= BUSY * processors) return undefined;
  return `this host was busy before it was measured (load ${load.toFixed(1)} on ${processors} processors): its times hold that, p99 most of all`;
}
