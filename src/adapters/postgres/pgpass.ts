/** The password file of libpq: https://www.postgresql.org/docs/17/libpq-pgpass.html */
import { readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

export interface PasswordQuery {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
}

export type PasswordFound =
  | { readonly password: string }
  /** Nothing found; `why` when the file is there and could not be used. */
  | { readonly password: null; readonly why: string | null };

/** Looks into PGPASSFILE, else ~/.pgpass. As libpq does, a file that others may read is not used. */
export function passwordFromFile(
  query: PasswordQuery,
  env: Readonly<Record<string, string | undefined>>,
): PasswordFound {
  const path = env['PGPASSFILE'] || join(homedir(), '.pgpass');
  let text: string;
  try {
    const stats = statSync(path);
    if (!stats.isFile()) return { password: null, why: `${path} is not a regular file` };
    // Windows has no such bits.
    if (process.platform !== 'win32' && (stats.mode & 0o077) !== 0) {
      return { password: null, why: `${path} can be read by others and is not used; chmod 0600 ${path}` };
    }
    text = readFileSync(path, 'utf8');
  } catch (e) {
    const code = (e as NodeJS.ErrnoException).code;
    return { password: null, why: code === 'ENOENT' ? null : `${path} cannot be read (${code})` };
  }
  return { password: matching(text, query), why: null };
}

/** The password of the first line that fits. */
function matching(text: string, query: PasswordQuery): string | null {
  // A socket in its usual place goes by the name of localhost.
  const hosts = query.host.startsWith('/') ? [query.host, 'localhost'] : [query.host];
  for (const line of text.split(/\r?\n/)) {
    if (line === '' || line.startsWith('#')) continue;
    const [host = '', port = '', database = '', user = '', ...rest] = fields(line);
    const fits = (field: string, value: string): boolean => field === '*' || field === value;
    if (
      hosts.some((h) => fits(host, h)) &&
      fits(port, String(query.port)) &&
      fits(database, query.database) &&
      fits(user, query.user) &&
      rest[0] !== undefined
    ) {
      return rest[0];
    }
  }
  return null;
}

/** Split at colons; a backslash takes the next character as it is. The password is the rest up to a fifth colon. */
function fields(line: string): string[] {
  const found: string[] = [];
  let current = '';
  for (let i = 0; i < line.length; i++) {
    const ch = line[i] as string;
    if (ch === '\\' && i + 1 < line.length) current += line[++i];
    else if (ch === ':') {
      found.push(current);
      current = '';
    } else current += ch;
  }
  return [...found, current];
}
