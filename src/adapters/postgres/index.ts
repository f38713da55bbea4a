/**
 * PostgreSQL stores with pgvector, by the driver pg. In read mode the server itself refuses every write, and each
 * snapshot is one REPEATABLE READ transaction, so that its figures are of one moment.
 */
import type {
  Action,
  Census,
  CensusRequest,
  Conditions,
  NeighbourPair,
  NeighbourRequest,
  OpenOptions,
  ScanRequest,
  ScanRow,
  Snapshot,
  SnapshotOptions,
  Store,
  StoreAdapter,
  Target,
} from '../../store/index.ts';
import { postgresCapabilities } from './capabilities.ts';
import { pgCensus } from './census.ts';
import { chainDepth } from './chain-depth.ts';
import { conditions } from './conditions.ts';
import { readIdentity } from './identity.ts';
import { pgMaintenance } from './maintenance.ts';
import { neighbours } from './neighbours.ts';
import { readPrivileges } from './privileges.ts';
import { type PgReading, readSets } from './reading.ts';
import { scannedSet, scanSet } from './scan.ts';
import { openSession, type PgSession } from './session.ts';
import { takeSnapshot } from './take-snapshot.ts';

export const postgresAdapter: StoreAdapter = { schemes: ['postgres'], open };

async function open(target: Target, options: OpenOptions): Promise<Store> {
  const { signal, busyTimeoutMs, mode } = options;
  const wait = busyTimeoutMs === undefined ? {} : { lockTimeoutMs: busyTimeoutMs };
  // Reading never happens on the connection that writes: the server keeps it read-only in either mode.
  const session = await openSession(target, {
    mode: 'read',
    purpose: 'read',
    ...wait,
    ...(signal === undefined ? {} : { signal }),
  });
  // Not bound to the signal: a batch that was begun is finished, and the engine decides when to stop. Connected while we read.
  const writing =
    mode === 'write'
      ? openSession(target, { mode: 'write', purpose: 'maintenance', ...wait, statementTimeoutMs: null })
      : undefined;
  writing?.catch(() => undefined);
  // Like pg_dump, a long read is not ended by the time limits that are meant for an application's statements.
  const beside = async (stop: AbortSignal | undefined): Promise<PgSession> => {
    const signals = [signal, stop].filter((x) => x !== undefined);
    const ended = signals.length === 0 ? {} : { signal: AbortSignal.any(signals) };
    return await openSession(target, { mode: 'read', purpose: 'scan', ...wait, ...ended, statementTimeoutMs: null });
  };
  const close = async (): Promise<void> => {
    await (await writing?.catch(() => undefined))?.close();
    await session.close();
  };
  try {
    const chosen = { profile: options.profile, map: options.map };
    const { reading, identity, facts } = await session.transaction(async () => {
      const reading = await readSets(session, chosen);
      return {
        reading,
        identity: await readIdentity(session, target, reading),
        facts: await serverFacts(session, reading, mode),
      };
    });
    const capabilities = postgresCapabilities(facts);
    const writer = await writing;
    return {
      identity,
      capabilities: new Set(capabilities),
      snapshot: async (o: SnapshotOptions): Promise<Snapshot> => {
        const again = { profile: o.profile ?? options.profile, map: o.map ?? options.map };
        return await takeSnapshot({ session, identity, capabilities }, async (on) => await readSets(on, again), o);
      },
      scan: (request: ScanRequest): AsyncIterable<ScanRow> => scanSet({ session, reading, beside }, request),
      ...(reading.catalog.extensions.has('vector')
        ? {
            neighbours: (request: NeighbourRequest): AsyncIterable<NeighbourPair> =>
              neighbours(session, reading, request),
          }
        : {}),
      chainDepth: async (set: string): Promise<number | null> =>
        await chainDepth(session, scannedSet(session, reading, set)),
      census: async (request: CensusRequest): Promise<Census> => await pgCensus(session, reading.sets, request),
      conditions: async (actions: readonly Action[]): Promise<Conditions> =>
        await conditions(session, target, reading, actions),
      ...(writer === undefined ? {} : { maintenance: pgMaintenance(target, writer, reading) }),
      [Symbol.asyncDispose]: close,
    };
  } catch (e) {
    await close();
    throw e;
  }
}

async function serverFacts(
  session: PgSession,
  reading: PgReading,
  mode: OpenOptions['mode'],
): Promise<Parameters<typeof postgresCapabilities>[0]> {
  const privileges = await readPrivileges(session, reading.catalog);
  const [r] = await session.query<{ recovery: boolean }>('SELECT pg_catalog.pg_is_in_recovery() AS recovery');
  return {
    mode,
    writable: r?.recovery !== true,
    vector: reading.catalog.extensions.get('vector')?.version ?? null,
    pgstattuple: privileges.can('pgstattuple') !== undefined,
  };
}
