import { chmodSync, chownSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSession } from '../../../src/adapters/postgres/session.ts';
import { Target } from '../../../src/store/index.ts';
import { type Postgres, startPostgres } from '../../servers/postgres.ts';
import { AUTHORITY, OTHER_AUTHORITY, SERVER, SERVER_KEY } from './certificates.ts';
import { refusal, sql } from './pg-store.ts';

let server: Postgres;
const folder = mkdtempSync(join(tmpdir(), 'memctl-tls-'));
const authority = join(folder, 'authority.crt');
const other = join(folder, 'other.crt');

beforeAll(async () => {
  writeFileSync(authority, AUTHORITY);
  writeFileSync(other, OTHER_AUTHORITY);
  server = await startPostgres();
  const { uid, gid } = statSync(server.dataDir);
  for (const [name, text] of [
    ['server.crt', SERVER],
    ['server.key', SERVER_KEY],
  ] as const) {
    const path = join(server.dataDir, name);
    writeFileSync(path, text);
    chownSync(path, uid, gid);
    chmodSync(path, 0o600);
  }
  await sql(server.url, 'ALTER SYSTEM SET ssl = on');
  await server.restart();
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

/** Whether the session is encrypted. */
async function encrypted(host: string, query: string, database = 'postgres'): Promise<unknown> {
  const session = await openSession(Target.parse(`postgres://postgres@${host}:${server.port}/${database}${query}`), {
    mode: 'read',
    purpose: 'test',
  });
  try {
    const rows = await session.query<{ ssl: boolean }>(
      'SELECT ssl FROM pg_catalog.pg_stat_ssl WHERE pid = pg_catalog.pg_backend_pid()',
    );
    return rows[0]?.ssl;
  } finally {
    await session.close();
  }
}

describe('sslmode with a server that has TLS', () => {
  it.each([
    ['127.0.0.1', '', true],
    ['127.0.0.1', '?sslmode=disable', false],
    ['127.0.0.1', '?sslmode=allow', false],
    ['127.0.0.1', '?sslmode=require', true],
    ['127.0.0.1', `?sslmode=verify-ca&sslrootcert=${authority}`, true],
    ['localhost', `?sslmode=verify-full&sslrootcert=${authority}`, true],
  ])('%s%s: encrypted %s', async (host, query, expected) => {
    expect(await encrypted(host, query)).toBe(expected);
  });

  it.each([
    ['127.0.0.1', `?sslmode=verify-full&sslrootcert=${authority}`, 'the name in the certificate is another'],
    ['localhost', `?sslmode=verify-ca&sslrootcert=${other}`, 'another authority'],
    ['localhost', `?sslmode=require&sslrootcert=${other}`, 'require with an authority verifies it'],
    ['localhost', '?sslmode=verify-full&sslrootcert=system', 'no authority of the system vouches for it'],
  ])('%s%s: %s', async (host, query) => {
    expect(await refusal(encrypted(host, query))).toContain("the server's certificate is not trusted");
  });
});

describe('pg_hba.conf', () => {
  it('prefer and allow take the other kind of connection where only that one is let in', async () => {
    await sql(server.url, 'CREATE DATABASE only_tls', 'CREATE DATABASE only_plain');
    const rules = [
      'hostssl only_tls all all trust',
      'hostnossl only_plain all all trust',
      'host postgres all all trust',
    ];
    writeFileSync(join(server.dataDir, 'pg_hba.conf'), `${rules.join('\n')}\n`);
    await sql(server.url, 'SELECT pg_reload_conf()');
    expect(await encrypted('127.0.0.1', '?sslmode=allow', 'only_tls')).toBe(true);
    expect(await refusal(encrypted('127.0.0.1', '?sslmode=disable', 'only_tls'))).toContain(
      'does not let "postgres" in without TLS',
    );
    expect(await encrypted('127.0.0.1', '?sslmode=prefer', 'only_plain')).toBe(false);
    expect(await refusal(encrypted('127.0.0.1', '?sslmode=require', 'only_plain'))).toContain(
      'pg_hba.conf of the server admits no such connection',
    );
  });
});
