/** The driver's client, connected: TLS as libpq orders it, the password only when the server asks for one. */
import type { Client, ClientConfig } from 'pg';
import { StoreError, type Target } from '../../store/index.ts';
import type { Connection } from './connection.ts';
import { connectError } from './pg-errors.ts';
import { passwordFromFile } from './pgpass.ts';
import { TYPES } from './values.ts';

export interface ConnectOptions {
  readonly purpose: string;
  readonly signal?: AbortSignal;
}

/**
 * As it is loaded, the driver asks whether it runs in a Cloudflare Worker: `navigator` tells, and where there is none (Node 20) it makes
 * a Response, for which Node loads its whole HTTP client, longer than all of the driver takes. So there is one meanwhile, as Node 21 has it.
 */
async function driver(): Promise<typeof import('pg')> {
  const lent = !('navigator' in globalThis);
  if (lent) {
    const value = { userAgent: 'Node.js' };
    Object.defineProperty(globalThis, 'navigator', { value, configurable: true });
  }
  try {
    return (await import('pg')).default as unknown as typeof import('pg');
  } catch {
    throw new StoreError('driver-missing', 'postgres: the driver pg is not installed', 'npm install pg');
  } finally {
    if (lent) Reflect.deleteProperty(globalThis, 'navigator');
  }
}

/**
 * Servers that have said they have no TLS. A run opens several connections: each further one that may be in plain text is so at
 * once, and does not cost the server a process that ends right away.
 */
const WITHOUT_TLS = new Set<string>();

const hasNoTls = (e: unknown): boolean => /does not support SSL/i.test(String(e));

/** TLS as libpq orders it: `prefer` falls back to plain text, `allow` tries that first. */
export async function connectedClient(target: Target, c: Connection, o: ConnectOptions): Promise<Client> {
  const { Client } = await driver();
  const address = `${c.host}:${c.port}`;
  const attempts = c.tls === null ? [null] : TLS_ORDER[c.sslMode].map((tls) => (tls ? c.tls : null));
  let failure: unknown;
  for (const tls of attempts) {
    if (tls !== null && attempts.includes(null) && WITHOUT_TLS.has(address)) continue;
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
      failure = failure === undefined || hasNoTls(failure) ? e : failure;
      if (hasNoTls(e)) WITHOUT_TLS.add(address);
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

function config(target: Target, c: Connection, o: ConnectOptions, tls: Connection['tls']): ClientConfig {
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
