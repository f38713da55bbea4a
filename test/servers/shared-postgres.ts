import type { TestProject } from 'vitest/node';
import { beginRun } from './data-folder.ts';
import { type Postgres, queryAt, startPostgres } from './postgres.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The PostgreSQL that every *.server.test.ts shares: its superuser's URL, or why there is none. */
    readonly sharedPostgres: { readonly url: string } | { readonly missing: string };
  }
}

/**
 * Before the first *.server.test.ts: one PostgreSQL for all of them, or the one of MEMCTL_TEST_POSTGRES_URL. Where there
 * is none, only the tests that ask for it fail: an error here would end the whole run, other projects included.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const endRun = beginRun();
  let server: Postgres | undefined;
  try {
    const given = process.env['MEMCTL_TEST_POSTGRES_URL'];
    if (given) await judge(given);
    else server = await startPostgres();
    project.provide('sharedPostgres', { url: server?.url ?? (given as string) });
  } catch (error) {
    project.provide('sharedPostgres', { missing: (error as Error).message });
  }
  return async () => {
    await server?.stop();
    endRun();
  };
}

async function judge(url: string): Promise<void> {
  const question = `select rolsuper and exists (select from pg_available_extensions where name = 'vector') as fit
    from pg_roles where rolname = current_user`;
  const answer = await queryAt(url, question).catch((error: unknown) => error as Error);
  if (answer instanceof Error) throw new Error(`MEMCTL_TEST_POSTGRES_URL cannot be used: ${answer.message}`);
  if (answer[0]?.['fit'] !== true)
    throw new Error('MEMCTL_TEST_POSTGRES_URL must be of a superuser, on a server that has the extension vector');
}
