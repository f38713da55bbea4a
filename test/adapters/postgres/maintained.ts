/** A store opened for maintenance, and its events gathered: for the tests of the write side. */
import { pgMaintenance } from '../../../src/adapters/postgres/maintenance.ts';
import { type PgReading, readSets } from '../../../src/adapters/postgres/reading.ts';
import { openSession } from '../../../src/adapters/postgres/session.ts';
import {
  type Maintenance,
  type MappedTable,
  type PerformContext,
  type PurgeAction,
  type ReclaimAction,
  type RemovedRow,
  type StepEvent,
  Target,
} from '../../../src/store/index.ts';

export interface Maintained extends AsyncDisposable {
  readonly maintenance: Maintenance;
  readonly reading: PgReading;
}

export async function maintained(url: string, tables: readonly MappedTable[] = []): Promise<Maintained> {
  const target = Target.parse(url);
  const session = await openSession(target, { mode: 'write', purpose: 'test' });
  const reading = await readSets(session, tables.length === 0 ? {} : { map: { tables } });
  return {
    maintenance: pgMaintenance(target, session, reading),
    reading,
    [Symbol.asyncDispose]: async () => await session.close(),
  };
}

const NOTHING = {
  title: '',
  order: 10,
  lock: 'rows',
  seconds: null,
  diskNeeded: null,
  reclaims: null,
  statement: null,
} as const;

export function purgeOf(m: Maintained, table: string, o: Partial<PurgeAction> = {}): PurgeAction {
  const set = m.reading.sets.find((s) => s.relation.name === table);
  if (set === undefined) throw new Error(`no set over ${table} among ${m.reading.sets.map((s) => s.id).join(', ')}`);
  return {
    kind: 'purge',
    id: `purge:${set.id}`,
    reason: 'expired',
    set: set.id,
    rule: '',
    rows: 1000,
    of: 1000,
    ...NOTHING,
    ...o,
  };
}

export function reclaimOf(kind: ReclaimAction['kind'], structure: string): ReclaimAction {
  return { kind, id: `${kind}:${structure}`, structure, ...NOTHING };
}

export function context(o: Partial<PerformContext> = {}): PerformContext {
  const pace = { pauseRatio: 0, batchSeconds: 0.5, maxReplicaLagSeconds: 10, maxSlotWalBytes: 2 ** 40 };
  return { signal: new AbortController().signal, maxRows: 1e9, archive: false, pace, ...o };
}

export type Last = Extract<StepEvent, { state: 'finished' | 'skipped' }>;

export interface Ran {
  readonly events: readonly StepEvent[];
  readonly last: Last;
  readonly removed: readonly RemovedRow[];
}

export async function ran(events: AsyncIterable<StepEvent>): Promise<Ran> {
  const all: StepEvent[] = [];
  for await (const e of events) all.push(e);
  const last = all.at(-1);
  if (last?.state !== 'finished' && last?.state !== 'skipped') throw new Error(`ended with ${last?.state}`);
  const removed = all.flatMap((e) => (e.state === 'prepared' ? (e.removed ?? []) : []));
  return { events: all, last, removed };
}

/** `finished`, or an error that says why it was not. */
export function finished(r: Ran): Extract<StepEvent, { state: 'finished' }> {
  if (r.last.state !== 'finished') throw new Error(`skipped: ${r.last.why}`);
  return r.last;
}
