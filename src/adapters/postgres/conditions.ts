/** What must be known of a live PostgreSQL before anything is changed: who is in the way, and what this role may and sees. */
import {
  type Action,
  type Blocker,
  type Conditions,
  type InvalidIndex,
  isReclaim,
  type Structure,
  structureId,
  type Target,
  type Visibility,
} from '../../store/index.ts';
import { replication } from './pace.ts';
import { outlook } from './purge-outlook.ts';
import { quoted } from './quoting.ts';
import type { PgReading } from './reading.ts';
import type { PgSession } from './session.ts';
import { rightsToSets } from './set-rights.ts';
import { replicationRole } from './side-effects.ts';
import { invalidIndexes, type Place, placeOf } from './structure-place.ts';
import { extensionVersion, versionRules } from './version-rules.ts';

/** Transactions younger than this are not worth a word. */
const LONG_SECONDS = 5;

const KINDS: Readonly<Record<string, Structure['kind']>> = {
  btree: 'btree',
  gin: 'gin',
  hnsw: 'hnsw',
  ivfflat: 'ivfflat',
};
const indexId = (method: string, schema: string, name: string): string =>
  structureId(KINDS[method] ?? 'other-index', `${schema}.${name}`);

/** @throws StoreError when the connection is lost */
export async function conditions(
  session: PgSession,
  target: Target,
  reading: PgReading,
  actions: readonly Action[],
): Promise<Conditions> {
  const purges = actions.some((a) => !isReclaim(a));
  const readOnly = (await readOnlyWhy(session)) ?? (purges ? await replicationRole(session) : null);
  const places: Place[] = [];
  for (const a of actions) {
    if (!isReclaim(a)) continue;
    const place = await placeOf(session, a.structure);
    if (place !== undefined) places.push(place);
  }
  const tables = [...new Set([...places.map((p) => p.table), ...purgedTables(reading, actions)])];
  const seen = await visibility(session, target, reading, actions);
  const hidden = new Set(seen.filter((v) => !v.complete).map((v) => v.subject));
  const ahead = readOnly === null ? await outlook(session, target, reading, actions, hidden) : undefined;
  const unsafe = new Set(ahead?.unsafe.map((v) => v.subject));
  const lag = readOnly === null ? (await replicationOr(session)).lag : null;
  return {
    readOnly,
    pooled: session.pooled === null ? null : `${session.pooled}; give the server's own port, or a pool in session mode`,
    freeDisk: null,
    freeDiskWhy: 'PostgreSQL does not tell the free space of its disks',
    blockers: [...(await xminHolders(session)), ...(await busyTables(session, tables, actions))],
    invalidIndexes: await invalid(session),
    versionRules: versionRules(
      session.serverVersion,
      session.serverText,
      await extensionVersion(session, 'vector'),
      await anyHnsw(session, tables),
    ),
    visibility: [...seen.filter((v) => !unsafe.has(v.subject)), ...(ahead?.unsafe ?? [])],
    replicaLagSeconds: lag,
    ...(ahead === undefined ? {} : { hanging: ahead.hanging, warnings: ahead.warnings }),
  };
}

/** A session that only reads is read-only by itself; what counts is what a new one would be. */
async function readOnlyWhy(session: PgSession): Promise<string | null> {
  const [r] = await session.query<{ standby: boolean; database: string | null }>(
    `SELECT pg_catalog.pg_is_in_recovery() AS standby,
       (SELECT s.reset_val FROM pg_catalog.pg_settings s WHERE s.name = 'default_transaction_read_only') AS database`,
  );
  if (r?.standby === true)
    return 'this server is a standby, and a standby takes no writes; give the address of the primary';
  if (r?.database === 'on') return 'default_transaction_read_only is on for this role or database';
  return null;
}

async function replicationOr(session: PgSession): Promise<{ readonly lag: number | null }> {
  const asked = await session.attempt(async () => await replication(session));
  return 'ok' in asked ? asked.ok : { lag: null };
}

interface HolderRow {
  readonly kind: Blocker['kind'];
  readonly who: string;
  readonly seconds: number | null;
}

/** Whoever keeps dead rows from being removed, oldest first. Names who, never what was said. */
async function xminHolders(session: PgSession): Promise<Blocker[]> {
  const rows = await session.query<HolderRow>(
    `SELECT CASE WHEN a.backend_type = 'walsender' THEN 'standby-feedback'
         WHEN a.state LIKE 'idle in transaction%' THEN 'idle-in-transaction' ELSE 'long-transaction' END AS kind,
       CASE WHEN a.backend_type = 'walsender' THEN 'the standby ' || coalesce(nullif(a.application_name, ''), a.client_addr::text, '')
         ELSE coalesce(nullif(a.application_name, ''), 'a session') || ' of ' || coalesce(a.usename::text, 'another role') END
         || ' (process ' || a.pid || ')' AS who,
       extract(epoch FROM pg_catalog.clock_timestamp() - a.xact_start)::pg_catalog.float8 AS seconds
     FROM pg_catalog.pg_stat_activity a
     WHERE a.pid <> pg_catalog.pg_backend_pid() AND (a.backend_xmin IS NOT NULL OR a.backend_xid IS NOT NULL)
     UNION ALL
     SELECT 'prepared-transaction', 'the prepared transaction ' || pg_catalog.left(p.gid, 60) || ' of ' || p.owner,
       extract(epoch FROM pg_catalog.clock_timestamp() - p.prepared)::pg_catalog.float8
     FROM pg_catalog.pg_prepared_xacts p
     UNION ALL
     SELECT 'replication-slot', 'the replication slot ' || s.slot_name || CASE WHEN s.active THEN '' ELSE ' (nobody reads from it)' END, NULL
     FROM pg_catalog.pg_replication_slots s
     WHERE (s.xmin IS NOT NULL OR s.catalog_xmin IS NOT NULL) AND NOT s.active
     ORDER BY 3 DESC NULLS LAST LIMIT 20`,
  );
  return rows
    .filter((r) => r.seconds === null || r.seconds >= LONG_SECONDS || r.kind === 'prepared-transaction')
    .map((r) => ({
      kind: r.kind,
      subject: null,
      seconds: r.seconds,
      message: `${r.who} ${HOLDS[r.kind] ?? 'is open'}`,
    }));
}

const HOLDS: Readonly<Partial<Record<Blocker['kind'], string>>> = {
  'long-transaction': 'has a transaction open',
  'idle-in-transaction': 'has a transaction open and is idle',
  'prepared-transaction': 'is neither committed nor rolled back',
  'replication-slot': 'holds back old row versions',
  'standby-feedback': 'holds back old row versions (hot_standby_feedback)',
};

/** Vacuums and index builds on the tables in question; their subject is the structure of the action. */
async function busyTables(
  session: PgSession,
  tables: readonly number[],
  actions: readonly Action[],
): Promise<Blocker[]> {
  const rows = await session.query<{ kind: Blocker['kind']; table: number; name: string; pid: number; phase: string }>(
    `SELECT 'running-vacuum' AS kind, p.relid AS table, p.relid::regclass::text AS name, p.pid, p.phase
     FROM pg_catalog.pg_stat_progress_vacuum p
     WHERE p.relid = ANY ($1::oid[]) AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_activity a
       WHERE a.pid = p.pid AND a.backend_type = 'autovacuum worker' AND a.query NOT LIKE '%wraparound%')
     UNION ALL
     SELECT 'running-index-build', p.relid, p.relid::regclass::text, p.pid, p.phase
     FROM pg_catalog.pg_stat_progress_create_index p WHERE p.relid = ANY ($1::oid[])`,
    [tables],
  );
  if (rows.length === 0) return [];
  const found: Blocker[] = [];
  for (const r of rows) {
    const message = `${r.kind === 'running-vacuum' ? 'a vacuum of' : 'an index build on'} ${r.name.replaceAll('"', '')} is running (process ${r.pid}, ${r.phase})`;
    for (const a of actions) {
      if (!isReclaim(a)) continue;
      if ((await placeOf(session, a.structure))?.table === r.table)
        found.push({ kind: r.kind, subject: a.structure, seconds: null, message });
    }
  }
  return found;
}

async function invalid(session: PgSession): Promise<InvalidIndex[]> {
  return (await invalidIndexes(session)).map((i) => ({
    structure: indexId(i.method, i.schema, i.name),
    name: `${i.schema}.${i.name}`,
    leftover: i.leftover,
    ...(i.leftover && i.of !== null ? { of: indexId(i.method, i.schema, i.of) } : {}),
  }));
}

async function anyHnsw(session: PgSession, tables: readonly number[]): Promise<boolean> {
  const rows = await session.query(
    `SELECT 1 FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
     JOIN pg_catalog.pg_am m ON m.oid = c.relam WHERE m.amname = 'hnsw' AND i.indrelid = ANY ($1::oid[]) LIMIT 1`,
    [tables],
  );
  return rows.length > 0;
}

function purgedTables(reading: PgReading, actions: readonly Action[]): number[] {
  return actions.flatMap((a) => {
    const set = !isReclaim(a) ? reading.sets.find((s) => s.id === a.set) : undefined;
    return set === undefined ? [] : [set.relation.oid];
  });
}

/** Sets of the actions and everything they reach; structures that this role does not own. */
async function visibility(
  session: PgSession,
  target: Target,
  reading: PgReading,
  actions: readonly Action[],
): Promise<Visibility[]> {
  const found = await rightsToSets(
    session,
    target,
    reading,
    actions.filter((a) => !isReclaim(a)),
  );
  for (const a of actions) {
    if (!isReclaim(a)) continue;
    const place = await placeOf(session, a.structure);
    const enough =
      place === undefined || (a.kind === 'vacuum' || a.kind === 'analyze' ? place.maintained : place.owned);
    if (!enough) found.push({ subject: a.structure, ...notOwner(session, place) });
  }
  return found;
}

function notOwner(session: PgSession, place: Place): Omit<Visibility, 'subject'> {
  const why = `the role ${quoted(session.role)} does not own ${place.tableQuoted}, ${quoted(place.owner)} does`;
  return place.method === null && session.serverVersion >= 170_000
    ? { complete: false, why, grant: `GRANT MAINTAIN ON ${place.quoted} TO ${quoted(session.role)}` }
    : { complete: false, why: `${why}: run this as its owner` };
}
