/** Before anything is done: one run at a time, and what runs before it left open is settled. */
import { type RunLock, type Store, StoreError } from '../store/index.ts';
import type { EngineEvent } from './engine-event.ts';
import { needsSettling, type RunProcess, type RunSummary } from './ledger.ts';
import { planStore } from './maintenance-plan.ts';

export interface EarlierOptions {
  readonly run: string;
  readonly now: () => Date;
  /** Ledgers of earlier runs, read once the lock is held. */
  readonly earlier: () => Promise<readonly RunSummary[]>;
  /** Written down with the run's start. */
  readonly process?: RunProcess;
  /** Whether a run's process is there still. Without it, the lock alone proves an earlier run dead. */
  readonly isAlive?: (of: RunProcess) => boolean;
}

/** @throws StoreError (exit 5) naming who holds it */
export async function held(store: Store, run: string): Promise<RunLock> {
  const lock = (await store.maintenance?.lock(run)) ?? null;
  if (lock !== null) return lock;
  const holder = (await store.maintenance?.lockHolder()) ?? null;
  throw new StoreError(
    'locked',
    `${store.identity.address}: another maintenance run is at work${holder === null ? '' : `: ${holder}`}`,
    'wait for it to end; two runs at once would not be faster',
    5,
  );
}

/** Asks the store what became of the batches that a run which died had open, and closes its ledger. */
export async function* settleEarlier(store: Store, o: EarlierOptions): AsyncGenerator<EngineEvent> {
  const at = (): string => o.now().toISOString();
  for (const earlier of await o.earlier()) {
    if (earlier.run === o.run || !needsSettling(earlier, planStore(store.identity))) continue;
    const by = earlier.started.process;
    // The lock is ours, and it is at work all the same: it came to the store by another path, and its ledger is its own.
    if (by !== undefined && o.isAlive?.(by) === true) {
      const message = `run ${earlier.run} has not ended, and its process ${by.pid} is there: nothing was written into its ledger`;
      yield { event: 'warning', message };
      continue;
    }
    let rows = earlier.rows;
    let unknown = 0;
    for (const b of earlier.batches) {
      if (b.outcome !== 'open') continue;
      const action = earlier.actions.find((a) => a.id === b.action);
      const became =
        action === undefined ? 'unknown' : ((await store.maintenance?.settle(action, b.token)) ?? 'unknown');
      const outcome = typeof became === 'number' ? ('committed' as const) : became;
      const n = typeof became === 'number' ? Math.min(became, b.rows) : b.rows;
      if (outcome === 'committed') rows += n;
      if (outcome === 'unknown') unknown++;
      const { batch } = b;
      const entry = {
        event: 'settled' as const,
        at: at(),
        run: earlier.run,
        action: b.action,
        batch,
        rows: n,
        outcome,
        by: o.run,
      };
      yield { event: 'ledger', entry };
    }
    if (earlier.state !== 'unfinished') continue;
    const why = `it broke off; what it had done was looked up by run ${o.run}${unknown > 0 ? `, and of ${unknown} batches the store could not tell` : ''}`;
    yield { event: 'ledger', entry: { event: 'run-ended', at: at(), run: earlier.run, state: 'stopped', rows, why } };
    yield { event: 'warning', message: `run ${earlier.run} ${why.replace(/^it /, '')}: ${rows} rows` };
  }
}
