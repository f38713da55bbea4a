import { randomBytes } from 'node:crypto';
import { afterAll, inject } from 'vitest';
import { createDatabaseAt, dropDatabaseAt } from './postgres.ts';

/**
 * A new, empty database on the shared PostgreSQL (superuser; the extension vector is there to be created), dropped after
 * the tests of the file or `describe` that asked. Call it in a beforeAll or in a test.
 * @returns its URL
 */
export async function freshDatabase(): Promise<string> {
  const url = await createDatabaseAt(shared(), `test_${randomBytes(6).toString('hex')}`);
  made.push(url);
  return url;
}

function shared(): string {
  const server = inject('sharedPostgres');
  if ('missing' in server) throw new Error(server.missing);
  return server.url;
}

const made: string[] = [];

afterAll(async () => {
  for (const url of made.splice(0)) await dropDatabaseAt(shared(), url);
});
