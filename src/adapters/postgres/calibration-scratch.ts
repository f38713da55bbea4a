/**
 * The scratch schema of a calibration: made under an advisory lock that its connection holds, dropped by that connection. What a
 * killed run left behind is known by name and comment, and dropped by the next one, unless somebody holds its lock.
 */
import { randomBytes } from 'node:crypto';
import { SCRATCH_SCHEMA_PREFIX, StoreError, type Target } from '../../store/index.ts';
import { literal, quoted } from './quoting.ts';
import { openSession, type PgSession } from './session.ts';

/** "mcal": the first key of the locks; the second is the schema's own number. */
const LOCK_CLASS = 0x6d_63_61_6c;
const COMMENT = 'Scratch space of memplan calibrate. Nothing in it is yours: DROP SCHEMA … CASCADE is safe.';
/** All that a run makes there; a leftover with more in it holds somebody's work and stays. */
export const SCRATCH_TABLES = ['vectors', 'wanted'] as const;
/** A cancelled build gives its locks back within moments. */
const DROP_TRIES = 3;
const IDLE_TIMEOUT_SINCE = 140_000;

export interface Scratch {
  /** As it is, and as SQL takes it. */
  readonly schema: string;
  readonly quoted: string;
  /** The connection that holds the lock: for what is asked while the other one measures. */
  readonly keeper: PgSession;
  /** Drops the schema with everything in it and closes the connection. @throws StoreError that names what stayed behind */
  drop(): Promise<void>;
}

/** Makes a schema for one run. The session is the scratch space's own from here on. */
export async function makeScratch(keeper: PgSession, target: Target): Promise<Scratch> {
  if (keeper.serverVersion >= IDLE_TIMEOUT_SINCE) await keeper.execute('SET idle_session_timeout = 0');
  const { schema, key } = await lockedName(keeper);
  const name = quoted(schema);
  // In one transaction: no schema of ours is ever without the comment by which the next run knows it.
  await keeper.transaction(async () => {
    await keeper.execute(`CREATE SCHEMA ${name}`);
    await keeper.execute(`COMMENT ON SCHEMA ${name} IS ${literal(COMMENT)}`);
  });
  return {
    schema,
    quoted: name,
    keeper,
    drop: async () => {
      try {
        await dropped(keeper, target, schema);
        await keeper.query('SELECT pg_catalog.pg_advisory_unlock($1, $2)', [LOCK_CLASS, key]).catch(() => undefined);
      } finally {
        await keeper.close();
      }
    },
  };
}

async function lockedName(keeper: PgSession): Promise<{ readonly schema: string; readonly key: number }> {
  for (;;) {
    const schema = `${SCRATCH_SCHEMA_PREFIX}${randomBytes(4).toString('hex')}`;
    const key = keyOf(schema);
    if (await locked(keeper, key)) return { schema, key };
  }
}

/** The eight hexadecimal digits as PostgreSQL's signed integer. */
const keyOf = (schema: string): number => Number.parseInt(schema.slice(SCRATCH_SCHEMA_PREFIX.length), 16) | 0;

async function locked(session: PgSession, key: number): Promise<boolean> {
  const sql = 'SELECT pg_catalog.pg_try_advisory_lock($1, $2) AS got';
  const [r] = await session.query<{ got: boolean }>(sql, [LOCK_CLASS, key]);
  return r?.got === true;
}

async function dropped(keeper: PgSession, target: Target, schema: string): Promise<void> {
  let failure: unknown;
  for (let i = 0; i < DROP_TRIES; i++) {
    // The keeper's connection may be gone where the measuring one ended well: any other can drop it, too.
    const session = keeper.lost.aborted ? await openSession(target, { mode: 'write', purpose: 'calibrate' }) : keeper;
    try {
      await session.execute(`DROP SCHEMA IF EXISTS ${quoted(schema)} CASCADE`);
      return;
    } catch (e) {
      failure = e;
    } finally {
      if (session !== keeper) await session.close();
    }
  }
  throw new StoreError(
    'scratch-left',
    `${target}: the scratch schema ${schema} is still there (${failure instanceof Error ? failure.message : String(failure)})`,
    `DROP SCHEMA ${schema} CASCADE; the next calibration of this database drops it, too`,
  );
}

/** Drops the scratch schemas of this role's runs that nobody is at work in. @returns their names */
export async function dropLeftovers(session: PgSession): Promise<string[]> {
  const found = await session.query<{ name: string }>(
    `SELECT n.nspname::text AS name FROM pg_catalog.pg_namespace n
     WHERE n.nspname ~ $1 AND pg_catalog.obj_description(n.oid, 'pg_namespace') = $2
       AND pg_catalog.pg_has_role(n.nspowner, 'USAGE')
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.relnamespace = n.oid
         AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relname <> ALL ($3)) ORDER BY 1`,
    [`^${SCRATCH_SCHEMA_PREFIX}[0-9a-f]{8}$`, COMMENT, SCRATCH_TABLES],
  );
  const gone: string[] = [];
  for (const { name } of found) {
    const key = keyOf(name);
    if (!(await locked(session, key))) continue;
    try {
      await session.execute(`DROP SCHEMA IF EXISTS ${quoted(name)} CASCADE`);
      gone.push(name);
    } finally {
      await session.query('SELECT pg_catalog.pg_advisory_unlock($1, $2)', [LOCK_CLASS, key]).catch(() => undefined);
    }
  }
  return gone;
}
