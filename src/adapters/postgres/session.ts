/**
 * One connection to PostgreSQL by the driver `pg`: settings, statements in their order, the signal. Values come back as
 * JavaScript booleans, numbers (a bigint beyond 2^53 as text) and Buffers; every other type as the server's own text, so
 * that nothing is lost by a conversion nobody asked for: times, numeric, json, intervals.
 */
import type { Client } from 'pg';
import { isStoreError, StoreError, type Target } from '../../store/index.ts';
import { sendCancel } from './cancel.ts';
import { connectedClient } from './connect.ts';
import { type Connection, connection } from './connection.ts';
import { type CopySink, copyOut } from './copy-stream.ts';
import { lostError, statementError } from './pg-errors.ts';
import { poolerOf } from './pooler.ts';
import { refusalOf, rememberRefusal } from './refused-statements.ts';

export { refusalCode, refusedBy } from './refused-statements.ts';

export interface SessionOptions {
  /** `read`: every statement runs in a transaction that the server itself keeps read-only. */
  readonly mode: 'read' | 'write';
  /** Shown as application_name: "memctl (stats)". */
  readonly purpose: string;
  /** Default 5,000. */
  readonly lockTimeoutMs?: number;
  /** Null: none, for REINDEX and VACUUM. Default: what the server sets for the role. */
  readonly statementTimeoutMs?: number | null;
  /** Aborted: the running statement is cancelled on the server, and the session is closed. */
  readonly signal?: AbortSignal;
}

export interface PgSession {
  /** server_version_num, e.g. 170004. */
  readonly serverVersion: number;
  /** As the server says it: "17.4". */
  readonly serverText: string;
  readonly database: string;
  /** The role that privileges are judged by (current_user). */
  readonly role: string;
  /** Why a connection may change its backend between two transactions (a transaction pooler); null when it cannot. */
  readonly pooled: string | null;
  readonly inTransaction: boolean;
  /** All rows of a statement. @throws StoreError */
  query<R = Record<string, unknown>>(sql: string, params?: readonly unknown[]): Promise<R[]>;
  /** Runs a statement. @returns rows affected */
  execute(sql: string, params?: readonly unknown[]): Promise<number>;
  /** Rows of a SELECT through a cursor, `batch` (default 1,000) at a time; holds a transaction while it runs. */
  rows<R = Record<string, unknown>>(sql: string, params?: readonly unknown[], batch?: number): AsyncIterable<R>;
  /**
   * Rows of COPY … TO STDOUT as they come; the server waits for whoever reads them. Left early, or refused, the session is
   * over: its statement is cancelled and the connection hung up.
   */
  copy<R>(sql: string, sink: CopySink<R>): AsyncIterable<readonly R[]>;
  /**
   * Runs `work` in one transaction: REPEATABLE READ READ ONLY in read mode, else READ COMMITTED. Joined when one is open.
   * Ends with COMMIT, or ROLLBACK when `work` throws.
   */
  transaction<T>(work: () => Promise<T>): Promise<T>;
  /**
   * Runs `work` under a savepoint, so that a refusal does not end the transaction.
   * @returns its result, or the SQLSTATE and text of the server's refusal
   */
  attempt<T>(work: () => Promise<T>): Promise<{ readonly ok: T } | { readonly refused: string; readonly why: string }>;
  /** Aborted when the connection is gone. */
  readonly lost: AbortSignal;
  close(): Promise<void>;
}

/** Statements here use what PostgreSQL 12 brought; its own support ended in 2024. */
const OLDEST = 120_000;
/** PostgreSQL 17. */
const TRANSACTION_TIMEOUT_SINCE = 170_000;
export const LOCK_TIMEOUT_MS = 5_000;
/** A snapshot that is forgotten (a suspended terminal) must not hold back vacuum for the whole server. */
const IDLE_TIMEOUT_MS = 300_000;

/**
 * @throws InputError when the address or a file it names is wrong
 * @throws StoreError when the server cannot be reached or refuses the role
 */
export async function openSession(target: Target, o: SessionOptions): Promise<PgSession> {
  o.signal?.throwIfAborted();
  const c = connection(target);
  const client = await connectedClient(target, c, o);
  const session = new DriverSession(target, c, client, o);
  try {
    await session.begin();
    return session;
  } catch (e) {
    await session.close();
    throw statementError(e, target);
  }
}

class DriverSession implements PgSession {
  serverVersion = 0;
  serverText = '';
  database = '';
  role = '';
  pooled: string | null = null;
  inTransaction = false;
  readonly #target: Target;
  readonly #connection: Connection;
  readonly #client: Client;
  readonly #options: SessionOptions;
  readonly #lost = new AbortController();
  /** The driver takes one statement at a time. */
  #turn: Promise<unknown> = Promise.resolve();
  #attempts = 0;
  #cursors = 0;
  #closed = false;
  readonly #onAbort = (): void => void this.#cancel();

  constructor(target: Target, c: Connection, client: Client, options: SessionOptions) {
    this.#target = target;
    this.#connection = c;
    this.#client = client;
    this.#options = options;
    client.on('error', () => this.#lost.abort());
    client.on('end', () => {
      if (!this.#closed) this.#lost.abort();
    });
    options.signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** Who and what is at the other end; then the settings, unless they would stay behind on a pooled server connection. */
  async begin(): Promise<void> {
    const [r] = await this.query<{ v: string; version: string; db: string; role: string; pid: number }>(
      `SELECT pg_catalog.current_setting('server_version_num') AS v, pg_catalog.current_setting('server_version') AS version,
         pg_catalog.current_database()::text AS db, current_user::text AS role, pg_catalog.pg_backend_pid() AS pid`,
    );
    if (r === undefined) throw lostError(this.#target);
    Object.assign(this, {
      serverVersion: Number(r.v),
      serverText: r.version.split(' ')[0],
      database: r.db,
      role: r.role,
    });
    if (this.serverVersion < OLDEST) {
      throw new StoreError(
        'server-too-old',
        `${this.#target}: this is PostgreSQL ${this.serverText}; the oldest that is read is 12`,
      );
    }
    // A server tells its own process id when it lets a client in; somebody in between tells another number.
    if ((this.#client as unknown as { processID: number }).processID !== r.pid) {
      this.pooled = await poolerOf(this, async () => {
        const other = await connectedClient(this.#target, this.#connection, {
          ...this.#options,
          purpose: 'pooler check',
        });
        return {
          pid: async () => Number((await other.query('SELECT pg_catalog.pg_backend_pid() AS pid')).rows[0]?.pid),
          close: async () => await other.end(),
        };
      });
    }
    if (this.pooled === null) await this.#statement(this.#settings('SESSION'));
  }

  /** search_path is empty so that no object of the store can stand in for one of the server's (CVE-2018-1058). */
  #settings(scope: 'SESSION' | 'LOCAL'): string {
    const { mode, lockTimeoutMs = LOCK_TIMEOUT_MS, statementTimeoutMs } = this.#options;
    const set = (name: string, value: string): string => `SET ${scope} ${name} = ${value}`;
    return [
      set('search_path', "''"),
      set('timezone', "'UTC'"),
      set('datestyle', "'ISO, YMD'"),
      set('intervalstyle', "'postgres'"),
      set('extra_float_digits', '1'),
      set('bytea_output', "'hex'"),
      set('jit', 'off'),
      set('lock_timeout', String(Math.round(lockTimeoutMs))),
      set('idle_in_transaction_session_timeout', String(IDLE_TIMEOUT_MS)),
      ...(statementTimeoutMs === undefined ? [] : [set('statement_timeout', String(statementTimeoutMs ?? 0))]),
      ...(statementTimeoutMs === null && this.serverVersion >= TRANSACTION_TIMEOUT_SINCE
        ? [set('transaction_timeout', '0')]
        : []),
      ...(mode === 'read' && scope === 'SESSION' ? [set('default_transaction_read_only', 'on')] : []),
    ].join('; ');
  }

  async query<R>(sql: string, params: readonly unknown[] = []): Promise<R[]> {
    return (await this.#guarded(sql, params)).rows as R[];
  }

  async execute(sql: string, params: readonly unknown[] = []): Promise<number> {
    return (await this.#guarded(sql, params)).rowCount ?? 0;
  }

  /** Behind a pooler a single statement needs a transaction of its own to carry the settings. */
  async #guarded(sql: string, params: readonly unknown[]): Promise<Result> {
    if (this.pooled === null || this.inTransaction || this.#options.mode === 'write') {
      return await this.#statement(sql, params);
    }
    return await this.transaction(async () => await this.#statement(sql, params));
  }

  async *rows<R>(sql: string, params: readonly unknown[] = [], batch = 1_000): AsyncGenerator<R> {
    const own = !this.inTransaction;
    const name = `memctl_${++this.#cursors}`;
    if (own) await this.#begin();
    let whole = false;
    try {
      await this.#statement(`DECLARE ${name} NO SCROLL CURSOR FOR ${sql}`, params);
      for (;;) {
        const { rows } = await this.#statement(`FETCH ${batch} FROM ${name}`);
        yield* rows as R[];
        if (rows.length < batch) break;
      }
      whole = true;
    } finally {
      if (own) await this.#end(whole ? 'COMMIT' : 'ROLLBACK');
      else if (whole || this.#attempts === 0) await this.#statement(`CLOSE ${name}`).catch(() => undefined);
    }
  }

  async transaction<T>(work: () => Promise<T>): Promise<T> {
    if (this.inTransaction) return await work();
    await this.#begin();
    try {
      const result = await work();
      await this.#end('COMMIT');
      return result;
    } catch (e) {
      await this.#end('ROLLBACK');
      throw e;
    }
  }

  async #begin(): Promise<void> {
    const level = this.#options.mode === 'read' ? 'ISOLATION LEVEL REPEATABLE READ READ ONLY' : 'READ WRITE';
    await this.#statement(`BEGIN ${level}`);
    this.inTransaction = true;
    if (this.pooled !== null) await this.#statement(this.#settings('LOCAL'));
  }

  async #end(how: 'COMMIT' | 'ROLLBACK'): Promise<void> {
    this.inTransaction = false;
    if (how === 'COMMIT') await this.#statement('COMMIT');
    else if (!this.#lost.signal.aborted) await this.#statement('ROLLBACK').catch(() => undefined);
  }

  async attempt<T>(
    work: () => Promise<T>,
  ): Promise<{ readonly ok: T } | { readonly refused: string; readonly why: string }> {
    const name = `memctl_try_${++this.#attempts}`;
    const inside = this.inTransaction;
    try {
      if (inside) await this.#statement(`SAVEPOINT ${name}`);
      const ok = await work();
      if (inside) await this.#statement(`RELEASE SAVEPOINT ${name}`);
      return { ok };
    } catch (e) {
      const refusal = refusalOf(e);
      if (refusal === undefined || this.#lost.signal.aborted || refusal.code === '57014') throw e;
      if (inside) await this.#statement(`ROLLBACK TO SAVEPOINT ${name}`);
      return { refused: refusal.code, why: refusal.message };
    } finally {
      this.#attempts--;
    }
  }

  async #statement(sql: string, params: readonly unknown[] = []): Promise<Result> {
    const free = await this.#myTurn();
    try {
      this.#usable();
      return await this.#client.query(params.length === 0 ? { text: sql } : { text: sql, values: [...params] });
    } catch (e) {
      throw this.#failure(e);
    } finally {
      free();
    }
  }

  async *copy<R>(sql: string, sink: CopySink<R>): AsyncGenerator<readonly R[]> {
    const own = !this.inTransaction;
    if (own) await this.#begin();
    const free = await this.#myTurn();
    let whole = false;
    try {
      this.#usable();
      yield* copyOut(this.#client, sql, sink);
      whole = true;
    } catch (e) {
      throw this.#failure(e);
    } finally {
      if (!whole) await this.#cancel();
      free();
    }
    if (own) await this.#end('COMMIT');
  }

  /** @returns what lets the next one go on */
  async #myTurn(): Promise<() => void> {
    const before = this.#turn;
    let free = (): void => undefined;
    this.#turn = new Promise<void>((done) => {
      free = done;
    });
    await before;
    return free;
  }

  #usable(): void {
    this.#options.signal?.throwIfAborted();
    if (this.#closed || this.#lost.signal.aborted) throw lostError(this.#target);
  }

  #failure(e: unknown): unknown {
    const { signal } = this.#options;
    if (signal?.aborted) return signal.reason;
    if (this.#lost.signal.aborted) return lostError(this.#target);
    const error = statementError(e, this.#target);
    if (isStoreError(error) && error.code === 'connection-lost') this.#lost.abort();
    rememberRefusal(error, e);
    return error;
  }

  /** Asks the server to cancel (the protocol's own request, on a connection of its own), then hangs up. */
  async #cancel(): Promise<void> {
    const client = this.#client as unknown as {
      processID: number | null;
      secretKey: number | null;
      connection?: { stream?: { destroy(): void } };
    };
    await sendCancel(this.#connection, client.processID, client.secretKey);
    this.#lost.abort();
    client.connection?.stream?.destroy();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#options.signal?.removeEventListener('abort', this.#onAbort);
    await this.#client.end().catch(() => undefined);
  }
}

interface Result {
  readonly rows: unknown[];
  readonly rowCount: number | null;
}
