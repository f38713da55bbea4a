/**
 * Batches of one action, committed one after the other: token, ledger, a pause for others who are at work, and waiting for those
 * who copy what we write.
 */
import { formatCount } from '../../quantity/index.ts';
import type { Pace, PerformContext, RemovedRow, StepEvent, Target } from '../../store/index.ts';
import { othersAtWork } from './other-clients.ts';
import { paceBeside, pause, waitForCopies } from './pace.ts';
import type { PgSession } from './session.ts';
import { systemIdentifier, transactionToken } from './transaction-token.ts';

/** What an open transaction has done. */
export interface Batch {
  readonly rows: number;
  readonly dependents: number;
  readonly archive: readonly RemovedRow[];
}

const LOOK_MS = 1_000;

export class CommittedBatches {
  readonly #session: PgSession;
  readonly #target: Target;
  readonly #context: PerformContext;
  /** Rows expected in all, and what is done to them: for progress. */
  readonly #expected: number;
  readonly #done: 'removed' | 'marked';
  #batch = 0;
  #system: string | undefined;
  #looked = 0;
  /** Rows committed so far. */
  rows = 0;
  /** Nobody else was at work on the server when it was last looked at; that is before the first batch and once a second. */
  alone = false;
  /** Nobody else was, whenever it was looked at. */
  undisturbed = true;

  constructor(
    session: PgSession,
    target: Target,
    context: PerformContext,
    expected: number,
    done: 'removed' | 'marked',
  ) {
    this.#session = session;
    this.#target = target;
    this.#context = context;
    this.#expected = expected;
    this.#done = done;
  }

  /** Nobody stopped it, and rows may still go. */
  get mayGoOn(): boolean {
    return !this.#context.signal.aborted && this.rows < this.#context.maxRows;
  }

  get pace(): Pace {
    return paceBeside(this.#context.pace, !this.alone);
  }

  async look(): Promise<void> {
    this.#looked = performance.now();
    this.alone = !(await othersAtWork(this.#session));
    this.undisturbed &&= this.alone;
  }

  /** Yields with the transaction open; commits when the caller comes back. @returns seconds that the batch took */
  async *commit(done: Batch, begun: number): AsyncGenerator<StepEvent, number> {
    const { archive } = this.#context;
    const batch = ++this.#batch;
    this.#system ??= await systemIdentifier(this.#session);
    const token = await transactionToken(this.#session, this.#system);
    const worked = performance.now() - begun;
    yield {
      state: 'prepared',
      batch,
      rows: done.rows,
      dependents: done.dependents,
      token,
      ...(archive ? { removed: done.archive } : {}),
    };
    const before = performance.now();
    await this.#session.execute('COMMIT');
    this.rows += done.rows;
    const seconds = (worked + performance.now() - before) / 1000;
    yield { state: 'committed', batch, rows: done.rows, seconds };
    return seconds;
  }

  /** Pauses as the pace says, and waits while a copy is behind. */
  async *breathe(seconds: number): AsyncGenerator<StepEvent> {
    if (!this.mayGoOn) return;
    const { pace } = this;
    const { signal } = this.#context;
    await pause(seconds * pace.pauseRatio * 1000, signal);
    if (performance.now() - this.#looked < LOOK_MS) return;
    await this.look();
    const progress = { state: 'progress', done: this.rows, total: this.#expected } as const;
    yield { ...progress, message: `${formatCount(this.rows)} rows ${this.#done}` };
    for await (const message of waitForCopies(this.#session, this.#target, pace, signal))
      yield { ...progress, message };
  }
}
