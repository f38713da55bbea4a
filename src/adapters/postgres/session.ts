/**
 * One connection to PostgreSQL by the driver `pg`: settings, statements in their order, the signal. Values come back as
 * JavaScript booleans, numbers (a bigint beyond 2^53 as text) and Buffers; every other type as the server's own text, so
 * that nothing is lost by a conversion nobody asked for: times, numeric, json, intervals.
 */
import type { Client, ClientConfig, CustomTypesConfig } from 'pg';
import { StoreError, type Target } from '../../store/index.ts';
import { type Connection, connection } from './connection.ts';
import { connectError, lostError, statementError } from './pg-errors.ts';
import { passwordFromFile } from './pgpass.ts';
import { poolerOf } from './pooler.ts';

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
  /** All rows of a statement. @throws StoreError, or the driver's error inside `attempt` */
  query<R = Record<string, unknown>>(sql: string, params?: readonly unknown[]): Promise<R[]>;
  /** Runs a statement. @returns rows affected */
  execute(sql: string, params?: readonly unknown[]): Promise<number>;
  /** Rows of a SELECT through a cursor, `batch` (default 1,000) at a time; holds a transaction while it runs. */
  rows<R = Record<string, unknown>>(sql: string, params?: readonly unknown[], batch?: number): AsyncIterable<R>;
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

async function driver(): Promise<typeof import('pg')> {
  try {
    return (await import('pg')).default as unknown as typeof import('pg');
  } catch {
    throw new StoreError('driver-missing', 'postgres: the driver pg is not installed', 'npm install pg');
  }
}

/** TLS as libpq orders it: `prefer` falls back to plain text, `allow` tries that first. */
async function connectedClient(target: Target, c: Connection, o: SessionOptions): Promise<Client> {
  const { Client } = await driver();
  const attempts = c.tls === null ? [null] : TLS_ORDER[c.sslMode].map((tls) => (tls ? c.tls : null));
  let failure: unknown;
  for (const tls of attempts) {
    const client = new Client(config(target, c, o, tls));
    // Without a listener, an error of an idle connection would end the process.
    client.on('error', () => undefined);
    try {
      await aborted(o.signal, client.connect());
      return client;
    } catch (e) {
      void client.end().catch(() => undefined);
      o.signal?.throwIfAborted();
      // The first failure tells more than that of the fallback, unless the server simply has no TLS.
      failure = failure === undefined || /does not support SSL/i.test(String(failure)) ? e : failure;
      if (!fallbackHelps(e)) break;
    }
  }
  throw connectError(failure, target, c);
}

const TLS_ORDER: Readonly<Record<Connection['sslMode'], readonly boolean[]>> = {
  disable: [false],
  allow: [false, true],
  prefer: [true, false],
  require: [true],
  'verify-ca': [true],
  'verify-full': [true],
};

/** Whether the other kind of connection may be let in: the server has no TLS, its handshake fails, or pg_hba.conf minds. */
function fallbackHelps(e: unknown): boolean {
  const { code = '', message = '' } = e as { code?: string; message?: string };
  return code === '28000' || code === 'EPROTO' || /SSL|TLS|handshake/i.test(`${code} ${message}`);
}

function config(target: Target, c: Connection, o: SessionOptions, tls: Connection['tls']): ClientConfig {
  return {
    host: c.host,
    port: c.port,
    user: c.user,
    database: c.database,
    // Asked for only when the server wants one.
    password: () => passwordOf(target, c),
    ssl: tls === null ? false : { ...tls },
    application_name: `memctl (${o.purpose})`,
    keepAlive: true,
    ...(c.options === undefined ? {} : { options: c.options }),
    ...(c.connectTimeoutMs > 0 ? { connectionTimeoutMillis: c.connectTimeoutMs } : {}),
    types: TYPES,
  };
}

function passwordOf(target: Target, c: Connection): string {
  if (c.password !== undefined) return c.password;
  const found = passwordFromFile(c, process.env);
  if (found.password !== null) return found.password;
  throw new StoreError(
    'password-missing',
    `${target}: the server asks a password of the role "${c.user}", and none was given${found.why === null ? '' : ` (${found.why})`}`,
    'set PGPASSWORD or PGPASSWORD_FILE, or write it to ~/.pgpass (mode 0600)',
  );
}

/** Resolves with the promise, rejects at once when the signal aborts. */
async function aborted<T>(signal: AbortSignal | undefined, promise: Promise<T>): Promise<T> {
  if (signal === undefined) return await promise;
  return await new Promise<T>((done, fail) => {
    const stop = (): void => fail(signal.reason as Error);
    signal.addEventListener('abort', stop, { once: true });
    promise.then(done, fail).finally(() => signal.removeEventListener('abort', stop));
  });
}

const text = (x: string): unknown => x;
const number = (x: string): unknown => Number(x);
/** pg_type oids with a conversion: bool, bytea, int8, int2, int4, oid, float4, float8, and arrays of int2, int4, text, float4, float8. */
const PARSERS: Readonly<Record<number, (x: string) => unknown>> = {
  16: (x) => x === 't',
  17: (x) => Buffer.from(x.slice(2), 'hex'),
  20: (x) => (Number.isSafeInteger(Number(x)) ? Number(x) : x),
  21: number,
  23: number,
  26: number,
  700: number,
  701: number,
  1005: (x) => list(x).map(Number),
  1007: (x) => list(x).map(Number),
  1009: (x) => list(x),
  1021: (x) => list(x).map(Number),
  1022: (x) => list(x).map(Number),
};
const TYPES: CustomTypesConfig = {
  getTypeParser: ((oid: number) => PARSERS[oid] ?? text) as CustomTypesConfig['getTypeParser'],
};

/** A one-dimensional array in the server's text form; NULL elements become "". */
function list(array: string): string[] {
  const found: string[] = [];
  const element = /"((?:[^"\\]|\\.)*)"|([^,{}"]+)/g;
  // Bounds that do not begin at 1 (int2vector) are written before the values: "[0:1]={…}".
  for (const m of array.replace(/^\[[^=]*=/, '').matchAll(element)) {
    found.push(m[1] === undefined ? (m[2] === 'NULL' ? '' : (m[2] as string)) : m[1].replace(/\\(.)/g, '$1'));
  }
  return found;
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
  readonly #onAbort = (): void => this.#cancel();

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
      const refusal = refusals.get(e as object);
      if (refusal === undefined || this.#lost.signal.aborted || refusal.code === '57014') throw e;
      if (inside) await this.#statement(`ROLLBACK TO SAVEPOINT ${name}`);
      return { refused: refusal.code, why: refusal.message };
    } finally {
      this.#attempts--;
    }
  }

  async #statement(sql: string, params: readonly unknown[] = []): Promise<Result> {
    const { signal } = this.#options;
    const before = this.#turn;
    let free = (): void => undefined;
    this.#turn = new Promise<void>((done) => {
      free = done;
    });
    await before;
    try {
      signal?.throwIfAborted();
      if (this.#closed || this.#lost.signal.aborted) throw lostError(this.#target);
      return await this.#client.query(params.length === 0 ? { text: sql } : { text: sql, values: [...params] });
    } catch (e) {
      signal?.throwIfAborted();
      if (this.#lost.signal.aborted) throw lostError(this.#target);
      const error = statementError(e, this.#target);
      const code = (e as { code?: unknown }).code;
      if (typeof code === 'string') refusals.set(error, { code, message: (e as Error).message });
      throw error;
    } finally {
      free();
    }
  }

  /** Asks the server to cancel (the protocol's own request, on a connection of its own), then hangs up. */
  #cancel(): void {
    const client = this.#client as unknown as {
      processID: number | null;
      secretKey: number | null;
      connection?: { stream?: { destroy(): void } };
    };
    const hangUp = (): void => {
      this.#lost.abort();
      client.connection?.stream?.destroy();
    };
    void sendCancel(this.#connection, client.processID, client.secretKey).finally(hangUp);
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

/** What the server said of a failed statement, beside the error that users see. */
const refusals = new WeakMap<object, { readonly code: string; readonly message: string }>();

/** SQLSTATE of a statement that the server refused; undefined for any other error. */
export function refusalCode(e: unknown): string | undefined {
  return typeof e === 'object' && e !== null ? refusals.get(e)?.code : undefined;
}

const CANCEL_WAIT_MS = 500;
/** CancelRequest: length 16, code 80877102, process id, secret key. PostgreSQL 17, protocol-message-formats. */
const CANCEL_CODE = 80_877_102;

async function sendCancel(c: Connection, pid: number | null, key: number | null): Promise<void> {
  if (pid === null || key === null) return;
  const { connect } = await import('node:net');
  const request = Buffer.alloc(16);
  request.writeInt32BE(16, 0);
  request.writeInt32BE(CANCEL_CODE, 4);
  request.writeInt32BE(pid, 8);
  request.writeInt32BE(key, 12);
  await new Promise<void>((done) => {
    const socket = c.host.startsWith('/')
      ? connect(`${c.host}/.s.PGSQL.${c.port}`)
      : connect({ host: c.host, port: c.port });
    const finish = (): void => {
      socket.destroy();
      done();
    };
    socket.setTimeout(CANCEL_WAIT_MS, finish);
    socket.on('error', finish);
    socket.on('close', () => done());
    socket.on('connect', () => socket.write(request));
  });
}
