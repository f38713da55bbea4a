/**
 * COPY … TO STDOUT by the driver's own message loop, which hands every CopyData message (PostgreSQL sends one a row) to the
 * statement under way. What is put aside is bounded: the socket is paused until the reader comes back, so that the server
 * waits for it.
 */
import type { Client, Submittable } from 'pg';

/** Bytes that may wait for the reader; more of them is no faster. */
const WAITING = 256 * 1024;

/** What makes rows of the bytes. */
export interface CopySink<R> {
  /** One piece; its bytes are overwritten afterwards. */
  push(piece: Buffer): void;
  /** What was whole since the last time. */
  take(): readonly R[];
}

interface Socket {
  pause(): void;
  resume(): void;
}

/** The part of the driver's connection that a statement may use. */
interface Wire {
  query(text: string): void;
  readonly stream: Socket;
}

class CopyOut<R> implements Submittable {
  readonly #sql: string;
  readonly #sink: CopySink<R>;
  #socket: Socket | undefined;
  #waiting = 0;
  #failure: unknown;
  #over = false;
  #wake: () => void = () => undefined;

  constructor(sql: string, sink: CopySink<R>) {
    this.#sql = sql;
    this.#sink = sink;
  }

  async *rows(): AsyncGenerator<readonly R[]> {
    try {
      for (;;) {
        const next = new Promise<void>((done) => {
          this.#wake = done;
        });
        if (this.#failure !== undefined) throw this.#failure;
        const over = this.#over;
        const rows = this.#sink.take();
        if (rows.length > 0) yield rows;
        if (over) return;
        if (this.#waiting >= WAITING) this.#socket?.resume();
        const idle = this.#waiting === 0 && this.#failure === undefined && !this.#over;
        this.#waiting = 0;
        if (idle) await next;
      }
    } finally {
      // The answer to the next statement comes by the same socket.
      this.#socket?.resume();
    }
  }

  /** Called by the driver, as are the following. */
  submit(connection: unknown): void {
    const wire = connection as Wire;
    this.#socket = wire.stream;
    wire.query(this.#sql);
  }

  handleCopyData(message: { readonly chunk: Buffer }): void {
    if (this.#failure !== undefined) return;
    try {
      this.#sink.push(message.chunk);
    } catch (e) {
      this.handleError(e);
    }
    const before = this.#waiting;
    this.#waiting += message.chunk.length;
    if (before < WAITING && this.#waiting >= WAITING) this.#socket?.pause();
    // The first piece of many in a row wakes the reader.
    if (before === 0) this.#wake();
  }

  handleError(error: unknown): void {
    this.#failure ??= error;
    this.#wake();
  }

  handleCommandComplete(): void {}

  handleReadyForQuery(): void {
    this.#over = true;
    this.#wake();
  }
}

/** Rows as the sink makes them, in lists; the statement must be the only one under way. */
export function copyOut<R>(client: Client, sql: string, sink: CopySink<R>): AsyncIterable<readonly R[]> {
  const copy = new CopyOut(sql, sink);
  client.query(copy);
  return copy.rows();
}
