/**
 * `redis://user:password@host:6379/0` and what may follow it, with what redis-cli reads from the environment
 * (REDISCLI_AUTH, https://redis.io/docs/latest/develop/tools/cli/). The scheme `rediss` is TLS; `redis+cluster`,
 * `rediss+cluster` and `?cluster=true` mean all primaries of a cluster.
 */
import { readFileSync } from 'node:fs';
import { InputError, nearest } from '../../quantity/index.ts';
import type { Target } from '../../store/index.ts';

export interface TlsOptions {
  readonly rejectUnauthorized: boolean;
  readonly servername?: string;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

export interface RedisAddress {
  readonly host: string;
  readonly port: number;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly database: number;
  readonly cluster: boolean;
  readonly tls: TlsOptions | undefined;
  /** Key prefixes of the memory system, where they are not the usual ones. */
  readonly prefixes: readonly string[];
  readonly connectTimeoutMs: number;
}

type Env = Readonly<Record<string, string | undefined>>;

export const REDIS_SCHEMES = ['redis', 'rediss', 'redis+cluster', 'rediss+cluster'] as const;

const DEFAULT_PORT = 6379;
const CONNECT_TIMEOUT_S = 10;
const PARAMETERS = [
  'cluster',
  'db',
  'prefix',
  'username',
  'password',
  'passwordFile',
  'cacert',
  'cert',
  'key',
  'sni',
  'insecure',
  'connect_timeout',
] as const;
type Parameter = (typeof PARAMETERS)[number];

/** @throws InputError when the address, a parameter or a file it names is wrong */
export function redisAddress(target: Target, env: Env = process.env): RedisAddress {
  const url = new URL(target.reveal());
  const given = new Map<Parameter, string>();
  for (const [name, value] of url.searchParams) {
    if (name === 'prefix') continue;
    const known = PARAMETERS.find((p) => p.toLowerCase() === name.toLowerCase().replaceAll('-', ''));
    const exact = PARAMETERS.find((p) => p === name) ?? known;
    if (exact === undefined) {
      const near = nearest(name, PARAMETERS);
      throw new InputError(
        'store-address',
        `${target}: "${name}" is not a parameter of a Redis address${near === undefined ? '' : `; did you mean ${near}?`}`,
        `it may have ${PARAMETERS.join(', ')}`,
      );
    }
    if (value !== '') given.set(exact, value);
  }
  const path = url.pathname.replace(/^\/+|\/+$/g, '');
  const cluster = target.scheme.endsWith('+cluster') || flag(given.get('cluster'), 'cluster', target);
  const database = databaseOf(path === '' ? (given.get('db') ?? '0') : path, target);
  if (cluster && database !== 0) {
    throw new InputError('store-address', `${target}: a Redis cluster has database 0 alone`, 'leave the number away');
  }
  const file = given.get('passwordFile') ?? env['REDISCLI_AUTH_FILE'] ?? env['REDIS_PASSWORD_FILE'];
  const username = decoded(url.username, target) || given.get('username');
  const inAddress = decoded(url.password, target) || given.get('password');
  const password =
    inAddress ?? (file === undefined || file === '' ? env['REDISCLI_AUTH'] || undefined : passwordIn(file, target));
  return {
    host: decoded(url.hostname, target).replace(/^\[|\]$/g, '') || '127.0.0.1',
    port: url.port === '' ? DEFAULT_PORT : Number(url.port),
    username: username === '' ? undefined : username,
    password,
    database,
    cluster,
    tls: target.scheme.startsWith('rediss') ? tlsOptions(given, target) : undefined,
    prefixes: url.searchParams.getAll('prefix').filter((p) => p !== ''),
    connectTimeoutMs: 1000 * positive(given.get('connect_timeout') ?? String(CONNECT_TIMEOUT_S), target),
  };
}

function tlsOptions(given: ReadonlyMap<Parameter, string>, target: Target): TlsOptions {
  const file = (name: Parameter): string | undefined => {
    const path = given.get(name);
    return path === undefined ? undefined : readOrRefuse(path, `${target}: ${name}`);
  };
  const [ca, cert, key, servername] = [file('cacert'), file('cert'), file('key'), given.get('sni')];
  return {
    rejectUnauthorized: !flag(given.get('insecure'), 'insecure', target),
    ...(servername === undefined ? {} : { servername }),
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}

function passwordIn(file: string, target: Target): string {
  return readOrRefuse(file, `${target}: the password file`).replace(/\r?\n$/, '');
}

function readOrRefuse(path: string, what: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (e) {
    const code = (e as NodeJS.ErrnoException).code;
    throw new InputError('store-address', `${what} ${path} cannot be read (${code ?? 'unknown error'})`);
  }
}

function databaseOf(text: string, target: Target): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new InputError(
    'store-address',
    `${target}: a Redis database is a number, and "${text}" is none`,
    'e.g. redis://host:6379/0',
  );
}

function flag(text: string | undefined, name: string, target: Target): boolean {
  if (text === undefined) return false;
  if (/^(true|1|yes|on)$/i.test(text)) return true;
  if (/^(false|0|no|off)$/i.test(text)) return false;
  throw new InputError('store-address', `${target}: ${name} is true or false, not "${text}"`);
}

function positive(text: string, target: Target): number {
  const n = Number(text);
  if (Number.isFinite(n) && n > 0) return n;
  throw new InputError('store-address', `${target}: connect_timeout is a number of seconds, not "${text}"`);
}

function decoded(text: string, target: Target): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new InputError('store-address', `${target}: a % in it is not an escape; write it as %25`);
  }
}
