/**
 * Worker threads that carry out the tasks of the near-pair search; this thread where there is one only, or where workers do
 * not start. Vectors are in shared memory; messages hold their places and the pairs found.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { pairSolver } from '../dedup/pair-solver.ts';
import { PAIR_TASK_VERSION, type PairAnswer, type PairCrew, type PairTask } from '../dedup/pair-task.ts';

/** What build.ts makes of worker.ts; beside the program, or where a checkout has it. */
const WORKER_FILE = 'parallel-worker.cjs';
const PLACES: readonly string[] = ['.', '../..', '../../dist'];

/** Carries out everything on this thread, and lets others have a turn between tasks. */
export function ownThread(): PairCrew {
  const solve = pairSolver();
  const run = async (task: PairTask): Promise<never> => {
    await nextTurn();
    return solve(task) as never;
  };
  return {
    threads: 1,
    run,
    tell: (task) => {
      solve(task);
    },
    close: async () => {},
  };
}

const workerFile = (): string | undefined =>
  PLACES.map((place) => join(import.meta.dirname, place, WORKER_FILE)).find((path) => existsSync(path));

/** `threads` workers that have answered; `ownThread()` for one thread, or where a worker fails to start. */
export async function openCrew(threads: number, file: string | undefined = workerFile()): Promise<PairCrew> {
  if (threads < 2 || file === undefined) return ownThread();
  const hands: Hand[] = [];
  try {
    for (let i = 0; i < threads; i++) hands.push(new Hand(file));
    const versions = await Promise.all(hands.map((hand) => hand.run({ kind: 'hello' })));
    if (versions.some((version) => version !== PAIR_TASK_VERSION)) throw new Error('a worker of another build');
  } catch {
    await Promise.all(hands.map((hand) => hand.end()));
    return ownThread();
  }
  return {
    threads,
    // Each worker answers in the order it is asked, so the least busy one is the one that is free first.
    run: (task: PairTask): Promise<never> =>
      hands.reduce((least, hand) => (hand.waiting < least.waiting ? hand : least)).run(task) as Promise<never>,
    tell: (task) => {
      for (const hand of hands) hand.tell(task);
    },
    close: async () => {
      await Promise.all(hands.map((hand) => hand.end()));
    },
  };
}

interface Asked {
  readonly resolve: (answer: PairAnswer) => void;
  readonly reject: (error: Error) => void;
}

/** One worker; answers come in the order of the questions. */
class Hand {
  private readonly worker: Worker;
  private readonly asked: Asked[] = [];
  private lost: Error | null = null;

  constructor(file: string) {
    // Not this program's own flags: some (--input-type) would not let a file start, others (--import) only delay it.
    this.worker = new Worker(file, { execArgv: [] });
    this.worker.on('message', ({ answer, error }: { answer: PairAnswer; error?: Error }) => {
      const next = this.asked.shift();
      if (error === undefined) next?.resolve(answer);
      else next?.reject(error);
    });
    this.worker.on('messageerror', (error) => this.fail(error));
    this.worker.on('error', (error) => this.fail(error instanceof Error ? error : new Error(String(error))));
    this.worker.on('exit', () => this.fail(new Error('the worker thread ended')));
  }

  get waiting(): number {
    return this.asked.length;
  }

  run(task: PairTask): Promise<PairAnswer> {
    if (this.lost !== null) return Promise.reject(this.lost);
    return new Promise((resolve, reject) => {
      this.asked.push({ resolve, reject });
      this.worker.postMessage(task);
    });
  }

  /** A failure of it is the failure of whatever is asked next. */
  tell(task: PairTask): void {
    this.run(task).catch(() => {});
  }

  async end(): Promise<void> {
    this.fail(new Error('the search was closed'));
    await this.worker.terminate();
  }

  private fail(error: Error): void {
    this.lost ??= error;
    for (const { reject } of this.asked.splice(0)) reject(this.lost);
  }
}
