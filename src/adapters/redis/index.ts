/** Redis and Valkey stores, by ioredis. Read mode is an allow-list of commands, and no expired key is looked at. */
import { InputError } from '../../quantity/index.ts';
import type {
  Census,
  CensusRequest,
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
import { REDIS_SCHEMES, redisAddress } from './address.ts';
import { redisCapabilities } from './capabilities.ts';
import { redisCensus } from './census.ts';
import { redisConditions } from './conditions.ts';
import { listKeys } from './key-names.ts';
import { redisMaintenance } from './maintenance.ts';
import { byFixedKeys, type RedisSet } from './recognise.ts';
import { scanSet } from './scan.ts';
import { openSession } from './session.ts';
import { type Reading, readKeys, redisIdentity, takeRedisSnapshot } from './take-snapshot.ts';
import { vectorSetNeighbours } from './vector-set.ts';

export const redisAdapter: StoreAdapter = { schemes: REDIS_SCHEMES, open };

async function open(target: Target, options: OpenOptions): Promise<Store> {
  const { mode, signal } = options;
  const session = await openSession(target, redisAddress(target), {
    mode,
    ...(signal === undefined ? {} : { signal }),
  });
  try {
    const step = stepper(signal, undefined);
    let known: Reading | undefined;
    const reading = async (): Promise<Reading> => {
      known ??= await readKeys(session, options.profile, step);
      return known;
    };
    const setOf = async (id: string): Promise<RedisSet> => {
      const { sets } = await reading();
      const set = sets.find((s) => s.id === id);
      if (set !== undefined) return set;
      throw new InputError(
        'unknown-set',
        `${target}: there is no memory set "${id}"`,
        sets.length === 0 ? undefined : `there is ${sets.map((s) => s.id).join(', ')}`,
      );
    };
    const identity = redisIdentity(session, await byFixedKeys(session, session.address.prefixes));
    const replica = session.nodes.some((n) => n.info.replica);
    if (options.map !== undefined) {
      throw new InputError(
        'map-redis',
        `${target}: --map is for tables; Redis keys are read by profile, see --profile`,
      );
    }
    return {
      identity,
      capabilities: new Set(redisCapabilities({ memoryUsage: true, search: false, vectors: true, mode, replica })),
      snapshot: async (o: SnapshotOptions): Promise<Snapshot> => {
        if (o.map !== undefined) {
          throw new InputError(
            'map-redis',
            `${target}: --map is for tables; Redis keys are read by profile, see --profile`,
          );
        }
        known = undefined;
        const profile = o.profile ?? options.profile;
        const snapshot = await takeRedisSnapshot(
          session,
          { ...o, ...(profile === undefined ? {} : { profile }) },
          stepper(signal, o.onProgress),
        );
        return { ...snapshot, identity: { ...snapshot.identity, fingerprint: identity.fingerprint } };
      },
      scan: async function* (request: ScanRequest): AsyncGenerator<ScanRow> {
        yield* scanSet(session, await setOf(request.set), () => listKeys(session, step), request);
      },
      neighbours: async function* (request: NeighbourRequest): AsyncGenerator<NeighbourPair> {
        yield* vectorSetNeighbours(session, await setOf(request.set), request);
      },
      census: async (request: CensusRequest): Promise<Census> =>
        await redisCensus(session, await setOf(request.set), () => listKeys(session, step), request),
      conditions: async (actions) => await redisConditions(session, actions, setOf),
      ...(mode === 'write'
        ? {
            maintenance: redisMaintenance(session, {
              one: setOf,
              all: async () => (await reading()).sets,
              listing: () => listKeys(session, step),
            }),
          }
        : {}),
      [Symbol.asyncDispose]: async () => session.close(),
    };
  } catch (e) {
    session.close();
    throw e;
  }
}

/** A turn of the event loop between two steps, so that a signal can arrive. */
function stepper(
  signal: AbortSignal | undefined,
  onProgress: ((step: string) => void) | undefined,
): (what: string) => Promise<void> {
  return async (what: string): Promise<void> => {
    onProgress?.(what);
    await new Promise((done) => setImmediate(done));
    signal?.throwIfAborted();
  };
}
