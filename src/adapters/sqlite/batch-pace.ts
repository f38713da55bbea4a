/**
 * How large the next batch is, and how long the store is left alone after one. SQLite has one writer, and nobody queues
 * for its lock: who waits asks again after pauses of up to a tenth of a second (https://sqlite.org/c3ref/busy_timeout.html).
 * So where others are seen to write, the lock is held for moments, and left free for as long.
 */
import type { PerformContext } from '../../store/index.ts';
import type { Db } from './driver.ts';

const FIRST_BATCH = 1_000;
const MOST = 100_000;
/** A batch grows at most so many times at once: the first ones are too small to tell. */
const GROWTH = 8;
/** Beside other writers: seconds a batch holds the lock, and its pause as a multiple of that. */
const POLITE_SECONDS = 0.01;
/** A smaller batch is hardly shorter: what a transaction costs in itself then decides. */
const POLITE_LEAST = 200;
const POLITE_PAUSE = 1;
/** Batches after which a writer that was seen counts as gone. */
const REMEMBERED = 20;

export class BatchPace {
  /** Rows of a batch with its archive, at most. */
  most: number = MOST;
  private size: number;
  private version: unknown;
  private beside = 0;
  private readonly db: Db;
  private readonly context: PerformContext;

  constructor(db: Db, context: PerformContext) {
    this.db = db;
    this.context = context;
    this.size = context.batchRows ?? FIRST_BATCH;
    this.version = dataVersion(db);
  }

  get rows(): number {
    return this.context.batchRows ?? Math.max(1, Math.min(this.size, this.most, MOST));
  }

  /** Whether another connection wrote lately. */
  get polite(): boolean {
    return this.beside > 0;
  }

  /** Looks whether another connection has committed since the last look. */
  look(): void {
    const version = dataVersion(this.db);
    if (version !== this.version) {
      if (this.beside === 0) this.size = Math.min(this.size, FIRST_BATCH);
      this.beside = REMEMBERED;
    } else if (this.beside > 0) this.beside--;
    this.version = version;
  }

  /**
   * @param seconds that a batch of `rows` held the write lock
   * @returns milliseconds to leave the store alone
   */
  took(rows: number, seconds: number): number {
    const { batchSeconds, pauseRatio } = this.context.pace;
    const goal = this.polite ? Math.min(batchSeconds, POLITE_SECONDS) : batchSeconds;
    const wanted = Math.round((rows * goal) / Math.max(seconds, 0.001));
    this.size = Math.max(this.polite ? POLITE_LEAST : 1, Math.min(wanted, this.size * GROWTH, MOST));
    const ratio = this.polite && pauseRatio > 0 ? Math.max(pauseRatio, POLITE_PAUSE) : pauseRatio;
    return seconds * ratio * 1000;
  }
}

/** Moves when another connection commits. */
const dataVersion = (db: Db): unknown => db.pragma('data_version', { simple: true });
