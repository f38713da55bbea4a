/** What the server or the driver said, in one sentence without secrets. Codes: PostgreSQL 17, appendix A. */
import { isStoreError, StoreError, type Target } from '../../store/index.ts';
import type { Connection } from './connection.ts';

interface Failure {
  readonly code?: string;
  readonly message: string;
}

const failureOf = (e: unknown): Failure =>
  e instanceof Error ? (e as Error & { code?: string }) : { message: String(e) };

/** A failed attempt to connect. */
export function connectError(e: unknown, target: Target, c: Connection): Error {
  if (isStoreError(e) || (e instanceof Error && (e as { kind?: unknown }).kind === 'input-error')) return e as Error;
  // Node tries every address of a name; the first failure speaks for all.
  const first = e instanceof AggregateError && e.errors.length > 0 ? (e.errors[0] as unknown) : e;
  const { code, message } = failureOf(first);
  const error = (id: string, what: string, hint?: string): StoreError => new StoreError(id, `${target}: ${what}`, hint);
  const place = c.host.startsWith('/') ? `the socket in ${c.host}` : `${c.host}:${c.port}`;
  switch (code) {
    case 'ECONNREFUSED':
      return error('store-unreachable', `${place} refuses connections; is PostgreSQL running there?`);
    case 'ENOENT':
      return error('store-unreachable', `${c.host} has no socket for port ${c.port}; is PostgreSQL running there?`);
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return error('store-unreachable', `the host name ${c.host} is not known here`);
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return error('store-unreachable', `${place} does not answer`);
    case 'EACCES':
      return error('store-permission', `this user may not use ${place}`);
    case '28P01':
    case '28000':
      return authentication(message, error, c);
    case '3D000':
      return error('no-such-database', `the server has no database "${c.database}"`);
    case '42501':
      return error('store-permission', `the role "${c.user}" may not connect to the database "${c.database}"`);
    case '53300':
      return error(
        'too-many-connections',
        'the server has no connection left',
        'try again later, or raise max_connections',
      );
    case '57P03':
      return error('server-starting', 'the server is starting up or shutting down', 'try again in a moment');
    case '08P01':
      return error('store-unreachable', `${place} refused the connection: ${plain(message)}`);
  }
  if (/timeout expired|timeout exceeded/i.test(message)) return error('store-unreachable', `${place} does not answer`);
  if (/does not support SSL/i.test(message)) {
    return error(
      'tls-refused',
      'the server offers no TLS, and sslmode demands it',
      'sslmode=prefer takes what there is',
    );
  }
  if (/client password must be a (non-empty )?string/i.test(message)) {
    return error(
      'password-missing',
      `the server asks a password of the role "${c.user}", and none was given`,
      'set PGPASSWORD or PGPASSWORD_FILE, or write it to ~/.pgpass (mode 0600)',
    );
  }
  if (/self.signed|unable to (get|verify)|certificate|altname|Hostname\/IP/i.test(`${code} ${message}`)) {
    return error('tls-untrusted', `the server's certificate is not trusted: ${plain(message)}`, 'see sslrootcert');
  }
  if (/SSL routines|wrong version number|handshake|EPROTO/i.test(`${code} ${message}`)) {
    return error('tls-failed', `the TLS connection failed: ${plain(message)}`);
  }
  return error('store-unreachable', `no connection: ${plain(message)}`);
}

function authentication(
  message: string,
  error: (id: string, what: string, hint?: string) => StoreError,
  c: Connection,
): StoreError {
  const noEntry = /no pg_hba\.conf entry.*?(no encryption|SSL (on|off|encryption))/i.exec(message);
  if (noEntry !== null) {
    const plainText = /no encryption|SSL off/i.test(message);
    return plainText && c.sslMode === 'disable'
      ? error(
          'tls-required',
          `the server does not let "${c.user}" in without TLS`,
          'use sslmode=require or verify-full',
        )
      : error('not-admitted', `pg_hba.conf of the server admits no such connection: ${plain(message)}`);
  }
  if (/role .* does not exist/i.test(message)) return error('no-such-role', `the server has no role "${c.user}"`);
  if (/not permitted to log in/i.test(message)) return error('store-permission', `the role "${c.user}" may not log in`);
  return error('password-wrong', `the server refused the password of the role "${c.user}"`);
}

/** A failure of a statement, or of the connection under it. */
export function statementError(e: unknown, target: Target): Error {
  if (isStoreError(e) || (e instanceof Error && e.name === 'InputError')) return e as Error;
  const { code, message } = failureOf(e);
  const error = (id: string, what: string, hint?: string): StoreError => new StoreError(id, `${target}: ${what}`, hint);
  switch (code) {
    case '55P03':
      return error('store-locked', 'a table is locked by someone else, and lock_timeout ran out', 'try again later');
    case '57014':
      return /statement timeout/.test(message)
        ? error(
            'statement-timeout',
            'a statement ran longer than statement_timeout allows',
            'PGOPTIONS="-c statement_timeout=0" lifts it for one run',
          )
        : error('statement-cancelled', 'the statement was cancelled on the server');
    case '40P01':
      return error('deadlock', 'the server ended a deadlock with another session');
    case '40001':
      return /recovery/.test(message)
        ? error('recovery-conflict', 'the standby had to apply changes that this query still needed', 'run it again')
        : error('serialization', 'another session changed the same rows', 'run it again');
    case '42501':
      return error('store-permission', plain(message));
    case '25006':
      return error(
        'store-read-only',
        'the server takes no writes in this session (standby or read-only transaction)',
        undefined,
      );
    case '53100':
      return error('disk-full', 'the server has no disk space left');
    case '53200':
      return error('out-of-memory', 'the server has no memory left for the statement');
    case 'XX001':
    case 'XX002':
      return error('store-corrupt', `the server met damaged data: ${plain(message)}`);
    case '57P01':
    case '57P02':
    case '57P05':
    case '25P03':
    case 'ECONNRESET':
    case 'EPIPE':
      return lostError(target);
  }
  if (/Connection terminated|not queryable|Connection ended/i.test(message)) return lostError(target);
  return error(
    'store-refused',
    `the server refused a statement: ${saidOf(e)}${code === undefined ? '' : ` (${code})`}`,
  );
}

/** Who refused a row, by name only: what a function raises, and what a value looks like, may be content of the store. */
export interface RefusalBy {
  readonly code: string;
  /** "schema.table", as the server names it with the error. */
  readonly table: string | null;
  readonly constraint: string | null;
  /** Function that raised it, "public.guard()". */
  readonly function: string | null;
}

export function refusalBy(e: unknown): RefusalBy | undefined {
  const code = sqlState(e);
  if (code === undefined) return undefined;
  const { schema, table, constraint, where } = e as {
    schema?: string;
    table?: string;
    constraint?: string;
    where?: string;
  };
  const named = table === undefined ? null : schema === undefined ? table : `${schema}.${table}`;
  const raised = /^(?:PL\/\S+|SQL) function "?([^\n"]+?\)?)"?(?: line \d.*| statement.*)?$/m.exec(where ?? '')?.[1];
  return {
    code,
    table: named === null ? null : plain(named),
    constraint: constraint === undefined ? null : plain(constraint),
    function: raised === undefined ? null : plain(raised).slice(0, 100),
  };
}

/** Classes whose texts quote values: data exceptions, and whatever PL/pgSQL raises. */
const QUOTING = ['22', 'P0'];

/** What the server said, or who said it where the text may be content. */
export function saidOf(e: unknown): string {
  const { code = '', message } = failureOf(e);
  const by = refusalBy(e);
  const inside = typeof (e as { where?: unknown }).where === 'string';
  if (by === undefined || (!inside && !QUOTING.includes(code.slice(0, 2)))) return plain(message);
  const parts = [
    ...(by.function === null ? [] : [`the function ${by.function} raised it`]),
    ...(by.constraint === null ? [] : [`the constraint ${by.constraint}`]),
    ...(by.table === null ? [] : [`the table ${by.table}`]),
  ];
  return parts.length > 0 ? parts.join(', ') : 'a value or a function of the store; its text is not shown';
}

export function lostError(target: Target): StoreError {
  return new StoreError('connection-lost', `${target}: the connection to the server was lost`, 'run it again');
}

/** SQLSTATE of a failed statement; undefined for anything else. */
export function sqlState(e: unknown): string | undefined {
  const code = e instanceof Error ? (e as Error & { code?: unknown }).code : undefined;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

/** One line, no control characters: the text comes from outside. */
function plain(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cf}]+/gu, ' ')
    .replace(/:\/\/[^@\s/]*@/g, '://')
    .slice(0, 300)
    .trim();
}
