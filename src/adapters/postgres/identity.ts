/** Who the store is, and what it takes as a whole. */
import { createHash } from 'node:crypto';
import { detectedProfile, type Match } from '../../profiles/index.ts';
import type { DetectedProfile, StorageFacts, StoreIdentity, Target } from '../../store/index.ts';
import { quoted } from './quoting.ts';
import type { PgReading } from './reading.ts';
import type { PgSession } from './session.ts';

/** Settings that decide size or safety. */
const SETTINGS = [
  'server_encoding',
  'block_size',
  'shared_buffers',
  'maintenance_work_mem',
  'autovacuum',
  'max_wal_size',
  'wal_level',
  'data_checksums',
  'gin_pending_list_limit',
] as const;

export async function readIdentity(session: PgSession, target: Target, reading: PgReading): Promise<StoreIdentity> {
  const rows = await session.query<{ name: string; value: string }>(
    `SELECT name, pg_catalog.current_setting(name) AS value FROM pg_catalog.pg_settings WHERE name = ANY ($1::text[])`,
    [SETTINGS],
  );
  const [server] = await session.query<{ oid: number; recovery: boolean; collation: string }>(
    `SELECT d.oid, pg_catalog.pg_is_in_recovery() AS recovery, d.datcollate AS collation
     FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()`,
  );
  const settings = Object.fromEntries(rows.map((r) => [r.name.replaceAll('_', ' '), r.value]));
  const extensions = ['vector', 'vectorscale', 'pg_search', 'age'].flatMap((name): [string, string][] => {
    const found = reading.catalog.extensions.get(name);
    return found === undefined ? [] : [[name === 'vector' ? 'pgvector' : name, found.version]];
  });
  return {
    scheme: 'postgres',
    name: session.database,
    address: target.address,
    fingerprint: fingerprint([
      await systemIdentifier(session),
      String(server?.oid ?? ''),
      session.database,
      ...recognisedShape(reading),
    ]),
    engine: 'PostgreSQL',
    engineVersion: session.serverText,
    settings: {
      ...Object.fromEntries(extensions),
      ...settings,
      collation: server?.collation ?? 'unknown',
      role: session.role,
      ...(server?.recovery === true ? { standby: 'yes' } : {}),
      ...(session.pooled === null ? {} : { pooler: 'transaction' }),
    },
  };
}

/** The same for a cluster and its standbys; "" where this role may not ask. */
async function systemIdentifier(session: PgSession): Promise<string> {
  const r = await session.attempt(
    async () =>
      await session.query<{ id: string }>('SELECT system_identifier::text AS id FROM pg_catalog.pg_control_system()'),
  );
  return 'ok' in r ? (r.ok[0]?.id ?? '') : '';
}

/** Recognised tables with their columns; indexes may be rebuilt under other names without making it another store. */
function recognisedShape(reading: PgReading): string[] {
  const lines = reading.sets.map(
    (s) => `${s.id}: ${[...s.relation.columns].map(([name, type]) => `${name} ${type}`).join(', ')}`,
  );
  return lines.sort();
}

const fingerprint = (parts: readonly string[]): string =>
  createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 16);

/** The database's files. The write-ahead log belongs to the whole server: it is told, and not added. */
export async function readStorage(session: PgSession, pageSize: number): Promise<StorageFacts> {
  const size = await session.attempt(
    async () =>
      await session.query<{ bytes: number }>(
        'SELECT pg_catalog.pg_database_size(pg_catalog.current_database()) AS bytes',
      ),
  );
  // Asked first: a refusal is an error in the server's log.
  const [may] = await session.query<{ wal: boolean }>(
    `SELECT pg_catalog.has_function_privilege('pg_catalog.pg_ls_waldir()', 'EXECUTE') AS wal`,
  );
  const wal =
    may?.wal === true
      ? await session.attempt(
          async () =>
            await session.query<{ bytes: number }>(
              'SELECT coalesce(sum(size), 0)::float8 AS bytes FROM pg_catalog.pg_ls_waldir()',
            ),
        )
      : null;
  const bytes = 'ok' in size ? Number(size.ok[0]?.bytes ?? 0) : null;
  return {
    totalBytes: bytes,
    dataBytes: bytes,
    logBytes: wal !== null && 'ok' in wal ? Number(wal.ok[0]?.bytes ?? 0) : null,
    freeBytes: null,
    pageSize,
    pages: null,
    freePages: null,
  };
}

/** Reads the versions the store states and completes the detection. */
export async function readProfiles(session: PgSession, reading: PgReading): Promise<DetectedProfile[]> {
  const profiles: DetectedProfile[] = [];
  for (const m of reading.matches) profiles.push(detectedProfile(m, await statedVersion(session, reading, m)));
  return profiles;
}

async function statedVersion(session: PgSession, reading: PgReading, match: Match): Promise<string | null> {
  const v = match.version;
  const table = v && reading.catalog.table(match.schema, v.table);
  if (v === undefined || table === undefined || !table.readable || !table.columns.has(v.column)) return null;
  if (v.where !== undefined && !table.columns.has(v.where.column)) return null;
  const x = `t.${quoted(v.column)}::pg_catalog.text`;
  const where = v.where === undefined ? '' : `WHERE t.${quoted(v.where.column)}::pg_catalog.text = $1`;
  // A migrations table keeps every version it went through; the last one is meant.
  const rows = await session.query<{ v: string | null }>(
    `SELECT ${x} AS v FROM ${quoted(table.schema)}.${quoted(table.name)} AS t ${where}
     ORDER BY CASE WHEN ${x} ~ '^\\d{1,15}(\\.\\d+)?$' THEN ${x}::pg_catalog.numeric END DESC NULLS LAST, 1 DESC LIMIT 1`,
    v.where === undefined ? [] : [v.where.value],
  );
  return rows[0]?.v?.slice(0, 40) ?? null;
}
