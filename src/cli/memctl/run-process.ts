/** Which process a run is: a run that left no end behind may be at work still. */
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import type { RunProcess } from '../../maintenance/index.ts';

export function ownProcess(): RunProcess {
  const begun = begunAt(process.pid);
  return { host: hostname(), pid: process.pid, ...(begun === undefined ? {} : { begun }) };
}

/** True when it is on this host and runs; a process that merely got its number is another one, where the system tells. */
export function isAlive(of: RunProcess): boolean {
  if (of.host !== hostname()) return false;
  try {
    process.kill(of.pid, 0);
  } catch (e) {
    // Somebody else's process: it is there.
    if ((e as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const begun = begunAt(of.pid);
  return of.begun === undefined || begun === undefined || of.begun === begun;
}

/** Clock ticks from boot to the start of a process: field 22 of proc_pid_stat(5). Undefined outside Linux. */
function begunAt(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name of the program, field 2, may contain spaces and brackets.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}
