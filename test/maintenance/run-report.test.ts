/** What a run's report makes of the bytes that adapters measured. */
import { describe, expect, it } from 'vitest';
import type { LedgerEvent, ReportedAction } from '../../src/maintenance/index.ts';
import { planStore, runReport } from '../../src/maintenance/index.ts';
import type { Action } from '../../src/store/index.ts';
import { NOW, purge, reclaim, snapshotOf } from './memory-store.ts';

const store = planStore(snapshotOf().identity);

function reported(action: Action, bytesBefore: number | null, bytesAfter: number | null): ReportedAction | undefined {
  const base = { at: NOW.toISOString(), run: 'r1' };
  const ended = { action: action.id, state: 'done' as const, rows: 0, verified: null, why: null };
  const started = { command: 'vacuum', store, plan: null, archive: null, undoes: null, ledgerVersion: 1 as const };
  const events: LedgerEvent[] = [
    { ...base, event: 'run-started', ...started, actions: [action] },
    { ...base, event: 'action-started', action: action.id },
    { ...base, event: 'action-ended', ...ended, bytesBefore, bytesAfter },
  ];
  const nothing = { reclaimed: null, verified: [], settled: [], warnings: [], ledger: null, archive: null };
  const run = { run: 'r1', generatedAt: NOW, command: 'vacuum', store, plan: null, state: 'done' as const, exit: 0 };
  return runReport({ ...run, events, ...nothing }).actions[0];
}

describe('what an action gave back', () => {
  it('is bytes on the disk, never negative', () => {
    expect(reported(reclaim('reindex', 'gin:g', 20), 10, 4)).toMatchObject({ givenBack: 6, reusable: null });
    expect(reported(reclaim('vacuum', 'heap:t', 30), 8_192, 16_384)).toMatchObject({ givenBack: 0, reusable: null });
    expect(reported(reclaim('vacuum', 'heap:t', 30), null, 16_384)).toMatchObject({ givenBack: null, reusable: null });
  });

  it('is another figure where the room stays inside the store, and none of a purge', () => {
    expect(reported(reclaim('vec0-rebuild', 'vec0:v', 50), 10, 4)).toMatchObject({ givenBack: null, reusable: 6 });
    expect(reported(purge(), 10, 4)).toMatchObject({ givenBack: null, reusable: null });
  });
});
