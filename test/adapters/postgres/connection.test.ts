import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type Connection, connection } from '../../../src/adapters/postgres/connection.ts';
import { passwordFromFile } from '../../../src/adapters/postgres/pgpass.ts';
import { Target } from '../../../src/store/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'memctl-connection-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string, mode = 0o600): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

const read = (url: string, env: Record<string, string> = {}): Connection => connection(Target.parse(url), env);

describe('what an address means', () => {
  it('names host, port, role and database, decoded', () => {
    expect(read('postgres://a%40b:p%2Fw@db.example:6000/my%20db')).toMatchObject({
      host: 'db.example',
      port: 6000,
      user: 'a@b',
      password: 'p/w',
      database: 'my db',
      sslMode: 'prefer',
    });
  });

  it('takes what it leaves open from the environment', () => {
    const env = {
      PGHOST: '/run/pg',
      PGPORT: '7000',
      PGUSER: 'app',
      PGDATABASE: 'mem',
      PGPASSWORD: 'x',
      PGSSLMODE: 'require',
    };
    expect(read('postgres://', env)).toMatchObject({
      host: '/run/pg',
      port: 7000,
      user: 'app',
      database: 'mem',
      password: 'x',
      sslMode: 'require',
      tls: null,
    });
    expect(read('postgres://me:mine@h/d', env)).toMatchObject({
      host: 'h',
      user: 'me',
      password: 'mine',
      database: 'd',
    });
  });

  it('a database that is not named is the one of the role', () => {
    expect(read('postgres://app@h').database).toBe('app');
  });

  it('a unix socket by its directory, an IPv6 address without its brackets', () => {
    expect(read('postgres:///d?host=/var/run/postgresql&user=u')).toMatchObject({
      host: '/var/run/postgresql',
      user: 'u',
    });
    expect(read('postgres://u@[::1]:5433/d')).toMatchObject({ host: '::1', port: 5433 });
  });

  it('reads a password from a file, without the newline at its end', () => {
    const path = file('password', 's3cret \n');
    expect(read('postgres://u@h/d', { PGPASSWORD_FILE: path }).password).toBe('s3cret ');
    expect(read(`postgres://u@h/d?passwordFile=${encodeURIComponent(path)}`, { PGPASSWORD: 'no' }).password).toBe(
      's3cret ',
    );
  });
});

describe('sslmode, as libpq means it', () => {
  const ca = file('root.crt', 'CA');
  it.each([
    ['disable', null],
    ['prefer', { rejectUnauthorized: false, servername: 'h.example' }],
    ['require', { rejectUnauthorized: false, servername: 'h.example' }],
    [`require&sslrootcert=${ca}`, { rejectUnauthorized: true, ca: 'CA', checkServerIdentity: expect.any(Function) }],
    [`verify-ca&sslrootcert=${ca}`, { rejectUnauthorized: true, ca: 'CA', checkServerIdentity: expect.any(Function) }],
    [`verify-full&sslrootcert=${ca}`, { rejectUnauthorized: true, ca: 'CA', servername: 'h.example' }],
    ['verify-full&sslrootcert=system', { rejectUnauthorized: true, servername: 'h.example' }],
  ])('%s', (mode, expected) => {
    const { tls } = read(`postgres://u@h.example/d?sslmode=${mode}`);
    if (expected === null) expect(tls).toBeNull();
    else expect(tls).toMatchObject(expected);
    // Only verify-full looks at the name in the certificate.
    if (mode.startsWith('verify-full')) expect(tls).not.toHaveProperty('checkServerIdentity');
  });
});

describe('what is wrong is said in one sentence', () => {
  it.each([
    ['postgres://h/d?sslmode=verify', '"verify" is no sslmode; did you mean verify-ca?'],
    ['postgres://h/d?sslmod=require', 'the parameter "sslmod" is not known; did you mean sslmode?'],
    ['postgres://h1,h2/d', 'several hosts in one address are not read'],
    ['postgres://h/d?service=prod', 'service files are not read'],
    ['postgres://h/d?sslmode=verify-full&sslrootcert=/no/such.crt', '/no/such.crt: there is no such file'],
  ])('%s', (url, message) => {
    expect(() => read(url)).toThrow(message);
  });

  it('a port or a password file from the environment that is none', () => {
    expect(() => read('postgres://h/d', { PGPORT: '70000' })).toThrow('"70000" is not a port');
    expect(() => read('postgres://h/d', { PGPASSWORD_FILE: '/no/such' })).toThrow(
      'PGPASSWORD_FILE: /no/such: there is no such file',
    );
    expect(() => read('postgres://h/d', { PGPASSWORD_FILE: file('empty', '\n') })).toThrow('is empty');
  });

  it('never with the password', () => {
    expect(() => read('postgres://u:hidden@h/d?sslmode=verify')).toThrow(/^(?!.*hidden)/);
  });
});

describe('.pgpass', () => {
  const query = { host: 'db', port: 5432, database: 'mem', user: 'app' };
  const found = (text: string, mode = 0o600): unknown =>
    passwordFromFile(query, { PGPASSFILE: file(`pgpass-${Math.abs(text.length)}-${mode}`, text, mode) });

  it.each([
    ['the first line that fits', 'x:*:*:*:no\n# db:5432:mem:app:no\ndb:5432:mem:app:yes\n*:*:*:*:later\n', 'yes'],
    ['wildcards', '*:*:*:app:yes\n', 'yes'],
    ['escaped colons and backslashes', 'db:5432:mem:app:a\\:b\\\\c\n', 'a:b\\c'],
    ['no line', 'db:5433:mem:app:no\n', null],
  ])('%s', (_, text, password) => {
    expect(found(text)).toEqual({ password, why: null });
  });

  it('a file that others may read is not used, and that is said', () => {
    expect(found('*:*:*:*:secret\n', 0o644)).toMatchObject({
      password: null,
      why: expect.stringContaining('chmod 0600'),
    });
  });

  it('a socket goes by the name of localhost', () => {
    const env = { PGPASSFILE: file('socket', 'localhost:*:*:app:yes\n') };
    expect(passwordFromFile({ ...query, host: '/tmp' }, env)).toEqual({ password: 'yes', why: null });
  });
});
