/**
 * How to reach the server, from the address and the environment, as libpq reads them:
 * https://www.postgresql.org/docs/17/libpq-connect.html#LIBPQ-PARAMKEYWORDS and libpq-envars.html. The password file is
 * looked into only when the server asks for a password and none is given here (pgpass.ts).
 */
import { existsSync, readFileSync } from 'node:fs';
import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import { InputError, nearest } from '../../quantity/index.ts';
import type { Target } from '../../store/index.ts';

const SSL_MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;
export type SslMode = (typeof SSL_MODES)[number];

/** What the driver's `ssl` option takes. */
export interface TlsOptions {
  readonly rejectUnauthorized: boolean;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly servername?: string;
  readonly checkServerIdentity?: () => undefined;
}

export interface Connection {
  /** A host name, an address, or the directory of a unix socket. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
  readonly password: string | undefined;
  readonly sslMode: SslMode;
  /** Used wherever the mode says TLS; null over a unix socket. */
  readonly tls: TlsOptions | null;
  readonly connectTimeoutMs: number;
  /** Server options as the user gave them (`-c name=value`). */
  readonly options: string | undefined;
}

type Env = Readonly<Record<string, string | undefined>>;

/** Parameters that are read here. */
const READ = [
  'host',
  'port',
  'user',
  'password',
  'dbname',
  'passwordFile',
  'sslmode',
  'ssl',
  'sslrootcert',
  'sslcert',
  'sslkey',
  'connect_timeout',
  'options',
] as const;
/** Parameters of other clients that change nothing for us. */
const IGNORED = new Set(
  'application_name fallback_application_name client_encoding channel_binding gssencmode sslsni sslcompression keepalives keepalives_idle keepalives_interval keepalives_count tcp_user_timeout target_session_attrs load_balance_hosts passfile uselibpqcompat pgbouncer schema connection_limit pool_timeout statement_cache_size prepared_statements supa sslnegotiation'.split(
    ' ',
  ),
);
const SOCKET_DIRECTORIES = ['/var/run/postgresql', '/tmp'];

/** @throws InputError when the address, a parameter or a file it names is wrong */
export function connection(target: Target, env: Env = process.env): Connection {
  const url = new URL(target.reveal());
  const given = parameters(url, target);
  const setting = (name: (typeof READ)[number], variable: string): string | undefined =>
    nonEmpty(given.get(name)) ?? nonEmpty(env[variable]);
  const port = portOf(nonEmpty(url.port) ?? setting('port', 'PGPORT') ?? '5432', target);
  const host = hostOf(nonEmpty(decoded(url.hostname)) ?? setting('host', 'PGHOST') ?? defaultHost(port), target);
  const user = nonEmpty(decoded(url.username)) ?? setting('user', 'PGUSER') ?? systemUser();
  const database = nonEmpty(decoded(url.pathname.replace(/^\/+/, ''))) ?? setting('dbname', 'PGDATABASE') ?? user;
  const sslMode = sslModeOf(given.get('sslmode') ?? sslFlag(given.get('ssl')) ?? nonEmpty(env['PGSSLMODE']), target);
  const timeout = Number(setting('connect_timeout', 'PGCONNECT_TIMEOUT') ?? '10');
  return {
    host,
    port,
    user,
    database,
    password: passwordOf(decoded(url.password), given, env, target),
    sslMode,
    tls: host.startsWith('/')
      ? null
      : tlsOptions(sslMode, host, target, {
          root: setting('sslrootcert', 'PGSSLROOTCERT'),
          cert: setting('sslcert', 'PGSSLCERT'),
          key: setting('sslkey', 'PGSSLKEY'),
        }),
    connectTimeoutMs: Number.isFinite(timeout) && timeout > 0 ? timeout * 1000 : 0,
    options: setting('options', 'PGOPTIONS'),
  };
}

function parameters(url: URL, target: Target): Map<string, string> {
  const given = new Map<string, string>();
  for (const [name, value] of url.searchParams) {
    if (name === 'service' || name === 'servicefile') {
      throw new InputError(
        'store-address',
        `${target}: service files are not read`,
        'give host, database and user in the address or as PGHOST, PGDATABASE and PGUSER',
      );
    }
    if (!(READ as readonly string[]).includes(name) && !IGNORED.has(name)) {
      const near = nearest(name, READ);
      throw new InputError(
        'store-address',
        `${target}: the parameter "${name}" is not known${near === undefined ? '' : `; did you mean ${near}?`}`,
        `known are ${READ.join(', ')}`,
      );
    }
    given.set(name, value);
  }
  return given;
}

function hostOf(host: string, target: Target): string {
  // new URL keeps the brackets of an IPv6 address; the driver wants none.
  const bare = host.startsWith('[') ? host.slice(1, -1) : host;
  if (bare.includes(',')) {
    throw new InputError(
      'store-address',
      `${target}: several hosts in one address are not read`,
      'name one host; in memctl.yaml every server is a store of its own',
    );
  }
  return bare;
}

function defaultHost(port: number): string {
  return SOCKET_DIRECTORIES.find((d) => existsSync(join(d, `.s.PGSQL.${port}`))) ?? 'localhost';
}

function portOf(text: string, target: Target): number {
  const port = Number(text);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw new InputError('store-address', `${target}: "${text}" is not a port; write a number from 1 to 65535`);
}

function systemUser(): string {
  try {
    return userInfo().username;
  } catch {
    return 'postgres';
  }
}

function sslFlag(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  return /^(true|1|on|require)$/i.test(value) ? 'require' : 'disable';
}

function sslModeOf(text: string | undefined, target: Target): SslMode {
  if (text === undefined || text === '') return 'prefer';
  // "no-verify" is what node-postgres calls encryption without verification.
  const mode = text === 'no-verify' ? 'require' : text;
  if ((SSL_MODES as readonly string[]).includes(mode)) return mode as SslMode;
  const near = nearest(mode, SSL_MODES);
  throw new InputError(
    'store-address',
    `${target}: "${text}" is no sslmode${near === undefined ? '' : `; did you mean ${near}?`}`,
    `one of ${SSL_MODES.join(', ')}`,
  );
}

interface TlsFiles {
  readonly root: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
}

/**
 * As libpq: `require` encrypts and verifies nothing, unless a root certificate is given, when it means verify-ca. Without
 * sslrootcert the verifying modes take ~/.postgresql/root.crt, else (other than libpq) the roots that Node trusts.
 */
function tlsOptions(mode: SslMode, host: string, target: Target, files: TlsFiles): TlsOptions | null {
  if (mode === 'disable') return null;
  const standard = join(homedir(), '.postgresql', 'root.crt');
  const root = files.root ?? (existsSync(standard) ? standard : undefined);
  const verifies = mode === 'verify-ca' || mode === 'verify-full' || (mode === 'require' && root !== undefined);
  const read = (path: string, name: string): string => fileText(path, `${target}: ${name}`);
  return {
    rejectUnauthorized: verifies,
    ...(verifies && root !== undefined && root !== 'system' ? { ca: read(root, 'sslrootcert') } : {}),
    ...(verifies && mode !== 'verify-full' ? { checkServerIdentity: () => undefined } : {}),
    ...(/^[\d.]+$|:/.test(host) ? {} : { servername: host }),
    ...(files.cert === undefined ? {} : { cert: read(files.cert, 'sslcert') }),
    ...(files.key === undefined ? {} : { key: read(files.key, 'sslkey') }),
  };
}

function passwordOf(inUrl: string, given: ReadonlyMap<string, string>, env: Env, target: Target): string | undefined {
  const direct = nonEmpty(inUrl) ?? nonEmpty(given.get('password'));
  if (direct !== undefined) return direct;
  const file = nonEmpty(given.get('passwordFile'));
  if (file !== undefined) return secretIn(file, `${target}: passwordFile`);
  if (nonEmpty(env['PGPASSWORD']) !== undefined) return env['PGPASSWORD'];
  const named = nonEmpty(env['PGPASSWORD_FILE']);
  return named === undefined ? undefined : secretIn(named, 'PGPASSWORD_FILE');
}

/** A file that holds nothing but the password; editors end it with a newline that is no part of it. */
function secretIn(path: string, where: string): string {
  const secret = fileText(path, where).replace(/\r?\n$/, '');
  if (secret === '') throw new InputError('password-file', `${where}: the file ${path} is empty`);
  return secret;
}

function fileText(path: string, where: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (e) {
    const code = (e as NodeJS.ErrnoException).code;
    const why = code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${code ?? 'unknown'})`;
    throw new InputError('connection-file', `${where}: ${path}: ${why}`);
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const nonEmpty = (text: string | undefined): string | undefined => (text === '' ? undefined : text);
