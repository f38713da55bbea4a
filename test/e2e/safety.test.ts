/** The bars of the safe engine on SQLite files, with small counts: bench/safety.ts has the full ones. */
import { afterEach, describe, expect, it } from 'vitest';
import { dryRun } from '../../bench/safety-dry-run.ts';
import { killed, terminated, terminatedTwice, twice } from '../../bench/safety-kills.ts';
import { type SafetyStore, sqliteStore } from '../../bench/safety-stores.ts';

const open: SafetyStore[] = [];
afterEach(async () => {
  for (const s of open.splice(0)) await s.close();
});

function store(): SafetyStore {
  const made = sqliteStore(6_000);
  open.push(made);
  return made;
}

describe('on SQLite', () => {
  it('vacuum, killed at random moments, converges, and ledgers and file agree', async () => {
    expect((await killed(store(), 'vacuum', { rounds: 3, rows: 8_000, seed: 11 })).broken).toEqual([]);
  });

  it('compact, killed at random moments, leaves a sound file and every row', async () => {
    expect((await killed(store(), 'compact', { rounds: 2, rows: 30_000, seed: 12 })).broken).toEqual([]);
  });

  it('two runs at once do nothing twice', async () => {
    expect((await twice(store(), 2, 8_000)).broken).toEqual([]);
  });

  it('SIGTERM finishes the batch and the ledger; a second one ends at once', async () => {
    const s = store();
    expect((await terminated(s, 12_000)).broken).toEqual([]);
    expect((await terminatedTwice(s, 12_000)).broken).toEqual([]);
  });

  it('a dry run of vacuum and compact leaves no trace', async () => {
    const s = store();
    await s.churn(30_000);
    await s.addExpired(1_000);
    expect((await dryRun(s)).broken).toEqual([]);
  });
});
