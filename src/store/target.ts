/** A parsed store address. Secrets live here and nowhere else. */
import { InputError } from '../quantity/index.ts';

const SCHEME = /^([A-Za-z][A-Za-z0-9+.-]+):/;
/** What a file with a SQLite store in it is usually called; lets `memctl stats brain.db` do what is meant. */
const SQLITE_FILE = /\.(db|db3|sqlite|sqlite3|s3db)$/i;
/** Query parameters that carry a secret in the URL forms of the known drivers. */
const SECRET_PARAMETER = /^(password|pass|passwd|sslpassword|sslkey|token|api[-_]?key|secret|auth|authtoken)$/i;
export const REDACTED = '***';
/** User and password before a host, where a path was expected: an address of a server with a mistyped scheme. */
const USERINFO = /^(?:[\w+.-]+:?)?\/\/[^\s/:@]*:.*@/s;

/** What was typed, without what may be a password: for sentences about addresses that cannot be read. */
function redacted(text: string): string {
  return text.replace(/:[^\s]*@/, `:${REDACTED}@`).replace(/(pass\w*|token|secret|key)=[^&\s]*/gi, `$1=${REDACTED}`);
}

/** Where console.log and a debugger ask an object for its text. */
const INSPECT: symbol = Symbol.for('nodejs.util.inspect.custom');

/** Other ways people write a scheme. */
const ALIASES: Readonly<Record<string, string>> = {
  postgresql: 'postgres',
  pg: 'postgres',
  sqlite3: 'sqlite',
  valkey: 'redis',
};

export class Target {
  /** Lower case, aliases resolved: "sqlite", "postgres", "redis", "rediss". */
  readonly scheme: string;
  /** For people and for reports: everything but secrets. */
  readonly address: string;
  /** Short name of the store: a file's base name, a URL's database. */
  readonly name: string;
  readonly #full: string;

  private constructor(scheme: string, address: string, name: string, full: string) {
    this.scheme = scheme;
    this.address = address;
    this.name = name;
    this.#full = full;
    Object.defineProperty(this, INSPECT, { value: () => `Target(${address})`, enumerable: false });
  }

  /**
   * Parses `sqlite:path` (also `sqlite:///path` and a bare path that ends like a SQLite file) and `scheme://…` URLs.
   * @param where how to name the place to the user: "STORE", "MEMCTL_STORE"
   * @throws InputError that never repeats a password
   */
  static parse(text: string, where = 'STORE'): Target {
    const given = text.trim();
    if (given === '') {
      throw new InputError('store-missing', `${where}: no store was given`, 'e.g. sqlite:path/to/memory.db');
    }
    const scheme = SCHEME.exec(given)?.[1]?.toLowerCase();
    if (scheme === undefined) {
      if (SQLITE_FILE.test(given)) return sqliteTarget(given, where);
      throw new InputError(
        'store-address',
        `${where}: "${redacted(given)}" has no scheme`,
        'write sqlite:path/to/memory.db, postgres://user@host/database or redis://host:6379',
      );
    }
    const known = ALIASES[scheme] ?? scheme;
    if (known === 'sqlite' || known === 'file') return sqliteTarget(given.slice(scheme.length + 1), where);
    return urlTarget(known, given, where);
  }

  /** For the functions of this file that know a scheme. */
  static of(scheme: string, address: string, name: string, full: string): Target {
    return new Target(scheme, address, name, full);
  }

  /** The whole address with its secrets: for the adapter that connects, and for nothing that prints. */
  reveal(): string {
    return this.#full;
  }

  toString(): string {
    return this.address;
  }

  toJSON(): string {
    return this.address;
  }
}

/** @param rest what follows `sqlite:`: a path, or `//` and a path as a URL would have it */
function sqliteTarget(rest: string, where: string): Target {
  if (USERINFO.test(rest))
    throw new InputError(
      'store-address',
      `${where}: "${redacted(rest)}" names a user and a host, and a SQLite store is a file`,
      'write postgres://user@host/database or redis://host:6379 for a server',
    );
  let path = rest;
  if (path.startsWith('//')) path = decoded(path.slice(2).replace(/^localhost\//, '/'), where);
  if (path === '') {
    throw new InputError('store-address', `${where}: sqlite: needs a path`, 'e.g. sqlite:path/to/memory.db');
  }
  if (path === ':memory:') {
    throw new InputError('store-address', `${where}: an in-memory database belongs to its own process alone`);
  }
  if (path.includes('\0')) throw new InputError('store-address', `${where}: the path contains a NUL character`);
  const name = path.replace(/[/\\]+$/, '').replace(/^.*[/\\]/, '');
  return Target.of('sqlite', `sqlite:${path}`, name === '' ? path : name, path);
}

function decoded(path: string, where: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw new InputError('store-address', `${where}: the path contains a % that is not an escape; write it as %25`);
  }
}

function urlTarget(scheme: string, given: string, where: string): Target {
  // "scheme:user:password@host" is a URL as well, one without a host: all of it would be its path, the password too.
  if (!given.slice(SCHEME.exec(given)?.[0].length ?? 0).startsWith('//'))
    throw new InputError(
      'store-address',
      `${where}: "${redacted(given)}" lacks the // before the host`,
      `write ${scheme}://user@host:port/database`,
    );
  let url: URL;
  try {
    url = new URL(given.replace(SCHEME, `${scheme}:`));
  } catch {
    throw new InputError(
      'store-address',
      `${where}: this ${scheme} address cannot be read as a URL`,
      `write ${scheme}://user@host:port/database; special characters in a password are written as %XX`,
    );
  }
  const full = url.href;
  if (url.password !== '') url.password = REDACTED;
  for (const key of [...url.searchParams.keys()]) {
    if (SECRET_PARAMETER.test(key)) url.searchParams.set(key, REDACTED);
  }
  const database = url.pathname.replace(/^\/+/, '');
  return Target.of(scheme, url.href, database === '' ? url.host || scheme : database, full);
}
