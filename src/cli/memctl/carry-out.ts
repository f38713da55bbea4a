/** Drives the engine: each event goes to disk before the next is asked for, and to the screen; what came of it is given back. */
import type { EngineEvent, LedgerEvent, RunState, SettledRun } from '../../maintenance/index.ts';
import { printable } from '../../quantity/index.ts';
import { isStoreError } from '../../store/index.ts';
import type { Options } from '../command.ts';
import type { Runtime } from '../runtime.ts';
import type { ArchiveFile } from './archive-file.ts';
import { progressOn } from './progress.ts';
import { LedgerFiles, makeFolder } from './run-files.ts';

export interface CarriedOut {
  readonly state: RunState;
  readonly events: readonly LedgerEvent[];
  readonly warnings: readonly string[];
  readonly settled: readonly SettledRun[];
  /** Why it ended before its end, where nobody wrote that down. */
  readonly why: string | null;
  /** True when a guard of ours ended it: the lock was lost, or the ledger could not be written. */
  readonly refused: boolean;
  readonly ledger: string | null;
}

export interface CarryOut {
  readonly run: string;
  readonly folder: string;
  readonly archive: ArchiveFile | null;
  /** As the screen calls the store. */
  readonly name: string;
}

/** @throws StoreError when the guard refused before anything was written, or a bug of ours */
export async function carryOut(
  engine: AsyncGenerator<EngineEvent, RunState>,
  o: CarryOut,
  options: Options,
  runtime: Runtime,
): Promise<CarriedOut> {
  // Before the engine takes the lock: a folder that cannot be made must not hold up another run.
  makeFolder(o.folder, 'ledger');
  using progress = progressOn(runtime, options, o.name);
  const files = new LedgerFiles(o.folder);
  const events: LedgerEvent[] = [];
  const warnings: string[] = [];
  const settled: SettledRun[] = [];
  let begun = false;
  const result = (state: RunState, why: string | null, refused: boolean): CarriedOut => {
    const ledger = begun ? files.path(o.run) : null;
    return { state, events, warnings, settled, why, refused, ledger };
  };
  const stopping = (): void => {
    if (options['quiet'] !== true)
      runtime.stderr.write(`${printable(o.name)}: finishing the batch at hand; a second signal ends at once\n`);
  };
  runtime.signal.addEventListener('abort', stopping, { once: true });
  try {
    for (;;) {
      const step = await engine.next();
      if (step.done === true) {
        const lost = events.some((e) => e.event === 'run-ended' && e.state === 'failed' && /lock/.test(e.why ?? ''));
        return result(step.value, null, lost);
      }
      const e = step.value;
      if (e.event === 'warning') warnings.push(e.message);
      else if (e.event === 'progress') progress.step(progressText(e));
      else {
        const { removed } = e;
        let { entry } = e;
        try {
          if (entry.event === 'prepared' && removed !== undefined && o.archive !== null)
            entry = { ...entry, archived: o.archive.append(entry.action, entry.batch, removed) };
          files.append(entry);
        } catch (failure) {
          // Leaving the engine here rolls the open batch back and gives the lock back.
          await engine.return('failed');
          if (!isStoreError(failure)) throw failure;
          if (!begun && events.length === 0) throw failure;
          return result('failed', failure.message, true);
        }
        if (entry.run === o.run) begun = true;
        else if (entry.event === 'run-ended')
          settled.push({ run: entry.run, rows: entry.rows, message: entry.why ?? '' });
        events.push(entry);
      }
    }
  } finally {
    runtime.signal.removeEventListener('abort', stopping);
    files.close();
    o.archive?.close();
  }
}

function progressText(e: EngineEvent & { event: 'progress' }): string {
  const of = e.total === null || e.total <= 0 ? '' : `, ${Math.min(100, Math.floor((e.done / e.total) * 100))} %`;
  return `${e.message}${of}`;
}
