/** The write side of a Redis store. What runs on the server is in scripts.ts; what may be run is in allowed-commands.ts. */
import { InputError } from '../../quantity/index.ts';
import {
  type Action,
  type Conditions,
  type Maintenance,
  type PerformContext,
  type PurgeAction,
  type RemovedRow,
  type RunLock,
  type Settled,
  type StepEvent,
  StoreError,
} from '../../store/index.ts';
import { restoreRows } from './archive.ts';
import { type Batch, carriedOut, type Tally, usedMemory } from './batches.ts';
import { redisConditions } from './conditions.ts';
import type { Listing } from './entry-keys.ts';
import type { Command } from './node-connection.ts';
import { purgeDuplicates } from './purge-duplicates.ts';
import { plainRetention } from './purge-plain.ts';
import { RosterPurge } from './purge-roster.ts';
import type { RedisSet } from './recognise.ts';
import { rosterKeys } from './roster.ts';
import { type HeldLock, lockHolder, takeLock } from './run-lock.ts';
import { activeDefrag, refuseAcrossSlots, sweepExpired } from './server-work.ts';
import type { RedisSession } from './session.ts';
import { repairable, repairOf } from './side-keys.ts';
import { settledBack, type Trace } from './there-already.ts';

interface SetsOf {
  /** Names of live keys. */
  readonly listing: Listing;
  readonly one: (id: string) => Promise<RedisSet>;
  readonly all: () => Promise<readonly RedisSet[]>;
}

export function redisMaintenance(session: RedisSession, sets: SetsOf): Maintenance {
  let held: HeldLock | undefined;
  return {
    conditions: async (actions): Promise<Conditions> => await redisConditions(session, actions, sets.one),
    lock: async (run): Promise<RunLock | null> => {
      const taken = await takeLock(session, run);
      if (taken === null) return null;
      held = taken;
      return {
        lost: taken.lost,
        release: async () => {
          held = undefined;
          await taken.release();
        },
      };
    },
    lockHolder: async () => await lockHolder(session),
    perform: (action, context) => perform(session, sets, action, context, held?.token),
    settle: async (action, token) => await settle(session, sets, action, token),
    restore: (rows: AsyncIterable<RemovedRow>, context) => restoreRows(session, held?.token, rows, context),
  };
}

async function* perform(
  session: RedisSession,
  sets: SetsOf,
  action: Action,
  context: PerformContext,
  lock: string | undefined,
): AsyncGenerator<StepEvent> {
  if (action.kind === 'active-defrag') {
    yield* activeDefrag(session, context);
    return;
  }
  if (action.kind === 'side-keys') {
    yield* sideKeys(session, await sets.all(), action.structure, context, lock);
    return;
  }
  if (action.kind !== 'purge') {
    throw new InputError('not-for-redis', `${action.id}: a Redis store knows no ${action.kind}`);
  }
  const set = await sets.one(action.set);
  const why = set.profile.readOnly;
  if (why !== undefined) throw new StoreError('store-set-read-only', `${session.target}: ${why}`, undefined, 5);
  if (action.reason === 'duplicates') {
    if (set.set.roster !== undefined) refuseAcrossSlots(session, set.prefix);
    yield* purgeDuplicates(session, set, sets.listing, action, lock, context);
  } else if (set.set.roster !== undefined) yield* purgeRoster(session, set, action, context, lock);
  else if (action.reason === 'expired' && set.set.nativeTtl) yield* sweepExpired(session, context);
  else if (action.reason === 'retention' && action.olderThanSeconds !== undefined) {
    const next = plainRetention(session, set, action.olderThanSeconds, lock, context);
    yield* finished(session, context, action, [{ title: set.set.title, next }]);
  } else {
    throw new InputError(
      'not-for-set',
      `${action.id}: entries of ${set.profile.title} are keys of their own without an order of eviction; expiry and retention can be had`,
    );
  }
}

interface Part {
  readonly title: string;
  readonly next: (limit: number) => Promise<Batch | null>;
  /** Asked for once the parts before it are done. */
  readonly wanted?: () => boolean;
  /** What it removes hangs on rows that are already counted. */
  readonly uncounted?: boolean;
  /** What happened to what it counts, where it did not go. */
  readonly done?: string;
}

async function* finished(
  session: RedisSession,
  context: PerformContext,
  action: Action,
  parts: readonly Part[],
): AsyncGenerator<StepEvent> {
  const bytesBefore = await usedMemory(session);
  const tally: Tally = { rows: 0, batch: 0, stopped: false };
  let dependents = 0;
  for (const part of parts) {
    if (tally.stopped || part.wanted?.() === false) continue;
    const total = action.kind === 'purge' ? action.rows : null;
    if (part.uncounted !== true) {
      yield* carriedOut({ session, context, title: part.title, total, next: part.next }, tally);
      continue;
    }
    // Keys of rows that went: no rows of their own, so no part of the cap.
    const own: Tally = { rows: 0, batch: tally.batch, stopped: false };
    const free = { ...context, maxRows: Number.MAX_SAFE_INTEGER };
    for await (const event of carriedOut(
      { session, context: free, title: part.title, total: null, next: part.next },
      own,
    )) {
      if (event.state === 'prepared') yield { ...event, rows: 0, dependents: event.rows };
      else if (event.state === 'committed') yield { ...event, rows: 0 };
    }
    dependents += own.rows;
    tally.batch = own.batch;
    tally.stopped = own.stopped;
  }
  const bytesAfter = await usedMemory(session);
  if (tally.batch === 0 && !tally.stopped) {
    yield { state: 'skipped', why: 'there is nothing left to do' };
    return;
  }
  const side = dependents === 0 ? '' : `, and ${dependents} keys that led to entries which had gone before`;
  const verified = `${tally.rows} ${parts.find((p) => p.done !== undefined)?.done ?? 'went'}${side}; each was checked again by the server's clock`;
  yield { state: 'finished', rows: tally.rows, bytesBefore, bytesAfter, verified, stopped: tally.stopped };
}

async function* purgeRoster(
  session: RedisSession,
  set: RedisSet,
  action: PurgeAction,
  context: PerformContext,
  lock: string | undefined,
): AsyncGenerator<StepEvent> {
  refuseAcrossSlots(session, set.prefix);
  const title = set.set.title;
  if (action.reason === 'orphans') {
    const repair = repairOf({ session, set, lock, context }, action.dependent ?? '');
    if (repair === undefined) {
      throw new InputError(
        'unknown-dependent',
        `${action.id}: "${action.dependent ?? ''}" is no list of this store`,
        `there is ${repairable(set).join(', ')}`,
      );
    }
    const { roster } = set.set;
    const isSet = roster !== undefined && action.dependent === rosterKeys(set, roster).byExpiry;
    const done = isSet ? { done: 'set right' } : {};
    yield* finished(session, context, action, [{ title: 'side keys', next: repair, ...done }]);
    return;
  }
  const purge = new RosterPurge(session, set, action, lock, context);
  const roster = set.set.roster as NonNullable<typeof set.set.roster>;
  const strays = repairOf({ session, set, lock, context }, rosterKeys(set, roster).uniquePattern);
  yield* finished(session, context, action, [
    { title, next: (limit) => purge.next(limit) },
    // An entry whose hash had gone before could not say which key led to it.
    ...(strays === undefined
      ? []
      : [{ title: 'keys without an entry', next: strays, wanted: () => purge.headless > 0, uncounted: true }]),
  ]);
}

async function* sideKeys(
  session: RedisSession,
  sets: readonly RedisSet[],
  structure: string,
  context: PerformContext,
  lock: string | undefined,
): AsyncGenerator<StepEvent> {
  const name = structure.replace(/^keyspace:/, '');
  const withLists = sets.filter((s) => s.set.roster !== undefined);
  const named = withLists.filter((s) => s.pattern === name || repairable(s).includes(name));
  const chosen = named.length > 0 ? named : withLists;
  if (chosen.length === 0) {
    yield { state: 'skipped', why: 'no memory system here keeps lists of its own' };
    return;
  }
  const parts: Part[] = [];
  for (const set of chosen) {
    refuseAcrossSlots(session, set.prefix);
    for (const table of repairable(set)) {
      const next = repairOf({ session, set, lock, context }, table);
      if (next !== undefined) parts.push({ title: table, next });
    }
  }
  // Entries are not touched: what is counted here are places in lists, which no cap on rows is about.
  const free = { ...context, maxRows: Number.MAX_SAFE_INTEGER };
  const action: Action = {
    id: structure,
    kind: 'side-keys',
    structure,
    title: '',
    order: 10,
    lock: 'rows',
    seconds: null,
    diskNeeded: null,
    reclaims: null,
    statement: null,
  };
  yield* finished(
    session,
    free,
    action,
    parts.map((p) => ({ ...p, uncounted: true })),
  );
}

/** Ids, keys or entries that a batch was about; whether they are there tells whether it was carried out. */
interface Token {
  readonly gone?: readonly string[];
  readonly keys?: readonly string[];
  /** Of an undo: what tells each entry that is back. */
  readonly back?: readonly (Trace | null)[];
  /** Of an undo, as earlier releases wrote it. */
  readonly there?: readonly string[];
}

async function settle(session: RedisSession, sets: SetsOf, action: Action, text: string): Promise<Settled> {
  let token: Token;
  try {
    token = JSON.parse(text) as Token;
  } catch {
    return 'unknown';
  }
  if (token.back !== undefined) return await settledBack(session, token.back);
  let present: boolean[];
  if (token.gone !== undefined && action.kind === 'purge') {
    const set = await sets.one(action.set);
    if (set.set.roster === undefined) return 'unknown';
    const k = rosterKeys(set, set.set.roster);
    present = (await session.all(token.gone.map((id): Command => ['ZSCORE', k.ids, id]))).map((s) => s !== null);
  } else if (token.keys !== undefined || token.there !== undefined) {
    const keys = token.keys ?? token.there ?? [];
    present = (await session.all(keys.map((k): Command => ['EXISTS', k]))).map((n) => Number(n) === 1);
  } else return 'unknown';
  const [all, none] = [present.every((p) => p), present.every((p) => !p)];
  if (token.there !== undefined) return all ? 'committed' : none ? 'rolled-back' : 'unknown';
  return none ? 'committed' : all ? 'rolled-back' : 'unknown';
}
