/** A store that is a set of numbers, with the transactions, the lock and the faults that the engine has to live with. */
import { createHash } from 'node:crypto';
import type {
  Action,
  Conditions,
  Maintenance,
  MemorySet,
  PurgeAction,
  ReclaimAction,
  RemovedRow,
  Snapshot,
  StepEvent,
  Store,
  StoreIdentity,
} from '../../src/store/index.ts';
import { StoreError } from '../../src/store/index.ts';

export const NOW: Date = new Date('2026-11-21T00:00:00Z');
export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

export const identity: StoreIdentity = {
  scheme: 'sqlite',
  name: 'brain.db',
  address: 'sqlite:brain.db',
  fingerprint: 'f00d',
  engine: 'SQLite',
  engineVersion: '3.53.0',
  settings: {},
};

export const CALM: Conditions = {
  readOnly: null,
  pooled: null,
  freeDisk: 1e12,
  blockers: [],
  invalidIndexes: [],
  versionRules: [],
  visibility: [],
  replicaLagSeconds: null,
};

export function memorySet(over: Partial<MemorySet> = {}): MemorySet {
  return {
    id: 'mneme:entries',
    profile: 'mneme',
    role: 'memory',
    title: 'cached answers',
    table: 'entries',
    primary: true,
    rows: 1000,
    softDeleted: null,
    namespaces: null,
    breakdowns: [],
    vectors: null,
    textBytes: null,
    metadataBytes: null,
    namespaceBytes: null,
    ttl: {
      rule: 'created_at + ttl (s) <= now',
      expired: 100,
      live: 700,
      never: 200,
      unreadable: 0,
      withinDay: 0,
      withinWeek: 0,
      next: null,
      oldestExpired: null,
    },
    ages: null,
    overQuota: [],
    ...over,
  };
}

export function snapshotOf(...memorySets: MemorySet[]): Snapshot {
  return {
    schemaVersion: 1,
    kind: 'store-snapshot',
    takenAt: NOW.toISOString(),
    sections: ['profiles', 'structures', 'memories'],
    identity,
    capabilities: [],
    storage: {
      totalBytes: null,
      dataBytes: null,
      logBytes: null,
      freeBytes: null,
      pageSize: null,
      pages: null,
      freePages: null,
    },
    profiles: [],
    unrecognised: [],
    structures: [],
    memorySets,
    notes: [],
  };
}

export function purge(over: Partial<PurgeAction> = {}): PurgeAction {
  return {
    kind: 'purge',
    id: 'purge:expired:mneme:entries',
    title: 'remove expired rows',
    order: 10,
    lock: 'rows',
    seconds: 1,
    diskNeeded: null,
    reclaims: null,
    statement: null,
    reason: 'expired',
    set: 'mneme:entries',
    rule: 'expired',
    rows: 10,
    of: 100,
    ...over,
  };
}

export function reclaim(
  kind: ReclaimAction['kind'],
  structure: string,
  order: number,
  over: Partial<ReclaimAction> = {},
): ReclaimAction {
  return {
    kind,
    id: `${kind}:${structure}`,
    title: `${kind} ${structure}`,
    order,
    lock: 'none',
    seconds: null,
    diskNeeded: null,
    reclaims: null,
    statement: null,
    structure,
    ...over,
  };
}

/** The rows live here: what a crash of the program leaves behind. */
export class Rows {
  readonly there: Set<number>;
  readonly committed: Set<string> = new Set();
  holder: string | null = null;
  locks = 0;

  constructor(count: number) {
    this.there = new Set(Array.from({ length: count }, (_, i) => i));
  }
}

export interface Faults {
  readonly conditions?: Partial<Conditions>;
  /** Fails when this action is begun. */
  readonly failing?: string;
  /** Fails after the commit of that batch, before it is told. */
  readonly failAfterCommit?: number;
  /** The lock is lost while that batch is prepared. */
  readonly loseLockAt?: number;
  /** Rows that hang on each batch. */
  readonly dependents?: number;
}

/** Expired rows are the first `expired` numbers. */
export function memoryStore(
  rows: Rows,
  expired: number,
  batch: number,
  faults: Faults = {},
): Store & { performed: string[] } {
  const performed: string[] = [];
  const lost = new AbortController();
  let tokens = 0;
  const maintenance: Maintenance = {
    conditions: async () => ({ ...CALM, ...faults.conditions }),
    lock: async (run) => {
      if (rows.holder !== null) return null;
      rows.holder = run;
      rows.locks++;
      return {
        lost: lost.signal,
        release: async () => {
          if (rows.holder === run) rows.holder = null;
        },
      };
    },
    lockHolder: async () => `run ${rows.holder}`,
    async *perform(action: Action, context): AsyncGenerator<StepEvent> {
      performed.push(action.id);
      if (faults.failing === action.id) throw new StoreError('broken', `${action.id} is broken`);
      if (action.kind !== 'purge') {
        yield { state: 'finished', rows: 0, bytesBefore: 10, bytesAfter: 4, verified: null, stopped: false };
        return;
      }
      let done = 0;
      for (let n = 1; ; n++) {
        const next = [...rows.there].filter((r) => r < expired).slice(0, Math.min(batch, context.maxRows - done));
        if (next.length === 0 || context.signal.aborted) break;
        const token = `${action.id} ${next[0]} ${tokens++}`;
        if (faults.loseLockAt === n) lost.abort();
        const removed = next.map((r): RemovedRow => ({ place: 'entries', values: { id: r } }));
        yield {
          state: 'prepared',
          batch: n,
          rows: next.length,
          dependents: faults.dependents ?? 0,
          token,
          ...(context.archive ? { removed } : {}),
        };
        for (const r of next) rows.there.delete(r);
        rows.committed.add(token);
        if (faults.failAfterCommit === n) throw new StoreError('connection-lost', 'the connection broke');
        done += next.length;
        yield { state: 'committed', batch: n, rows: next.length, seconds: 0.01 };
      }
      if (done === 0 && !context.signal.aborted) {
        yield { state: 'skipped', why: 'no row meets the condition now' };
        return;
      }
      yield {
        state: 'finished',
        rows: done,
        bytesBefore: null,
        bytesAfter: null,
        verified: 'read back',
        stopped: context.signal.aborted,
      };
    },
    settle: async (_action, token) => (rows.committed.has(token) ? 'committed' : 'rolled-back'),
    async *restore(archived) {
      let n = 0;
      for await (const row of archived) {
        const id = Number(row.values['id']);
        if (rows.there.has(id)) {
          yield { state: 'conflict', row, why: 'its key is there again' };
          continue;
        }
        n++;
        yield { state: 'prepared', batch: n, rows: 1, dependents: 0, token: `restore ${id}` };
        rows.there.add(id);
        yield { state: 'committed', batch: n, rows: 1, seconds: 0 };
      }
      yield { state: 'finished', rows: n, bytesBefore: null, bytesAfter: null, verified: null, stopped: false };
    },
  };
  return {
    identity,
    capabilities: new Set(),
    performed,
    maintenance,
    snapshot: async () => snapshotOf(memorySet()),
    scan: () => {
      throw new Error('not read here');
    },
    census: async () => {
      throw new Error('not counted here');
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
}
