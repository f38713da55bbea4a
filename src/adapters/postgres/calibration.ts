/**
 * A calibration series on a live PostgreSQL: vectors of our own in a scratch schema, built over and searched, and nothing left of it.
 * No object of the store is read or changed. Two connections: one holds the schema and drops it, one measures and is the one that
 * a signal or the end of the budget cuts off.
 */
import { InputError } from '../../quantity/index.ts';
import { type CalibrationRequest, type CalibrationSeries, StoreError, type Target } from '../../store/index.ts';
import { calibrationBudget } from './calibration-budget.ts';
import { dropLeftovers, makeScratch, type Scratch } from './calibration-scratch.ts';
import { type SeriesPlace, seriesOf } from './calibration-series.ts';
import { refusePooled } from './pooler.ts';
import { quoted } from './quoting.ts';
import { openSession, type PgSession } from './session.ts';

/** HNSW_MAX_DIM, pgvector src/hnsw.h. */
const MOST_DIMENSIONS = 2_000;
const PURPOSE = { mode: 'write', purpose: 'calibrate' } as const;

/**
 * @throws InputError when the request is none for pgvector
 * @throws StoreError when the server is unreachable or refuses: standby, read-only role, no CREATE, no extension, pooler
 * @throws the signal's reason when it was interrupted: the schema is gone in every case, or the error names it
 */
export async function calibratePostgres(target: Target, request: CalibrationRequest): Promise<CalibrationSeries> {
  if (request.dimensions > MOST_DIMENSIONS) {
    throw new InputError(
      'calibrate-dimensions',
      `${request.dimensions} dimensions: an HNSW index of pgvector takes vectors of ${MOST_DIMENSIONS} at most`,
    );
  }
  const budget = calibrationBudget(request);
  try {
    const session = await openSession(target, { ...PURPOSE, signal: budget.signal, statementTimeoutMs: null });
    try {
      refusePooled(session, target);
      await refuseReadOnly(session, target);
      const vector = await vectorExtension(session, target);
      await refuseWithoutCreate(session, target);
      const scratch = await scratchFor(target);
      return await measuredIn({ session, scratch, vector, budget }, request);
    } finally {
      await session.close();
    }
  } finally {
    budget.end();
  }
}

async function scratchFor(target: Target): Promise<Scratch> {
  const keeper = await openSession(target, PURPOSE);
  try {
    await dropLeftovers(keeper);
    return await makeScratch(keeper, target);
  } catch (e) {
    await keeper.close();
    throw e;
  }
}

async function measuredIn(place: SeriesPlace, request: CalibrationRequest): Promise<CalibrationSeries> {
  const { session, scratch, vector, budget } = place;
  const measured = { builds: [], queries: [] };
  let cutShort: string | null;
  try {
    cutShort = await seriesOf(place, request, measured);
  } catch (e) {
    // What was measured before the time was up stands.
    if (!budget.over()) throw e;
    cutShort = `the ${request.budgetSeconds} s were over in the middle of a step`;
  } finally {
    // Its locks are gone with it, and the schema can be.
    await session.close();
    await scratch.drop();
  }
  return {
    engine: 'pgvector',
    server: `PostgreSQL ${session.serverText}, pgvector ${vector.version}`,
    ...measured,
    seconds: budget.spent(),
    cutShort,
  };
}

async function refuseReadOnly(session: PgSession, target: Target): Promise<void> {
  const [r] = await session.query<{ standby: boolean; only: string }>(
    `SELECT pg_catalog.pg_is_in_recovery() AS standby, pg_catalog.current_setting('default_transaction_read_only') AS only`,
  );
  if (r?.standby === true) {
    throw new StoreError(
      'standby',
      `${target}: this server is a standby, and a calibration writes a scratch schema`,
      'give the address of the primary',
      5,
    );
  }
  if (r?.only === 'on') {
    throw new StoreError(
      'store-read-only',
      `${target}: default_transaction_read_only is on for the role "${session.role}" here, and a calibration writes a scratch schema`,
      'give a role that may write, or PGOPTIONS="-c default_transaction_read_only=off"',
      5,
    );
  }
}

async function refuseWithoutCreate(session: PgSession, target: Target): Promise<void> {
  const [r] = await session.query<{ may: boolean }>(
    `SELECT pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE') AS may`,
  );
  if (r?.may === true) return;
  throw new StoreError(
    'store-permission',
    `${target}: the role "${session.role}" may not create a scratch schema in the database "${session.database}"`,
    `GRANT CREATE ON DATABASE ${quoted(session.database)} TO ${quoted(session.role)}`,
  );
}

/** Where the extension vector is, and which. */
export interface VectorExtension {
  readonly version: string;
  /** Schema as SQL takes it. */
  readonly schema: string;
  /** oid of the type vector. */
  readonly type: number;
}

async function vectorExtension(session: PgSession, target: Target): Promise<VectorExtension> {
  const [r] = await session.query<{ version: string; schema: string; type: string; usable: boolean; hnsw: boolean }>(
    `SELECT e.extversion AS version, n.nspname::text AS schema, t.oid::pg_catalog.text AS type,
       pg_catalog.has_schema_privilege(n.oid, 'USAGE') AS usable,
       EXISTS (SELECT FROM pg_catalog.pg_am a WHERE a.amname = 'hnsw') AS hnsw
     FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
     JOIN pg_catalog.pg_type t ON t.typnamespace = n.oid AND t.typname = 'vector'
     WHERE e.extname = 'vector'`,
  );
  if (r === undefined) {
    throw new StoreError(
      'extension-missing',
      `${target}: the database "${session.database}" has no extension vector, and its indexes are what is measured`,
      'CREATE EXTENSION vector',
    );
  }
  if (!r.hnsw) {
    throw new StoreError(
      'extension-too-old',
      `${target}: pgvector ${r.version} has no HNSW index; 0.5.0 brought it`,
      'ALTER EXTENSION vector UPDATE',
    );
  }
  if (!r.usable) {
    throw new StoreError(
      'store-permission',
      `${target}: the role "${session.role}" may not use the schema ${quoted(r.schema)}, where the extension vector is`,
      `GRANT USAGE ON SCHEMA ${quoted(r.schema)} TO ${quoted(session.role)}`,
    );
  }
  return { version: r.version, schema: quoted(r.schema), type: Number(r.type) };
}
