import { mkdtempSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { growthSinceLast } from '../../../src/cli/memctl/growth.ts';
import { type History, openHistory } from '../../../src/cli/memctl/history.ts';
import type { Snapshot } from '../../../src/store/index.ts';
import { fixture, snapshot } from '../../adapters/sqlite/temporary-store.ts';

const folder = (): Record<string, string> => ({
  MEMCTL_STATE_DIR: join(mkdtempSync(join(tmpdir(), 'memctl-state-')), 'deep'),
});

async function opened(env: Record<string, string>): Promise<History> {
  const history = await openHistory({ env });
  if (typeof history === 'string') throw new Error(history);
  return history;
}

describe('history', () => {
  it('remembers the last observation of each subject, for the owner alone', async () => {
    const env = folder();
    const history = await opened(env);
    history.record('store', 'stats', 'a', new Date(1000), { n: 1 });
    history.record('store', 'stats', 'a', new Date(2000), { n: 2 });
    history.record('store', 'stats', 'b', new Date(1500), { n: 3 });
    expect(history.last('store', 'stats', 'a')?.document).toEqual({ n: 2 });
    expect(history.last('store', 'stats', 'a', new Date(2000))?.document).toEqual({ n: 1 });
    expect(history.last('other', 'stats', 'a')).toBeUndefined();
    expect([...history.latest('store', 'stats')].map(([k, v]) => [k, v.at.getTime()])).toEqual([
      ['a', 2000],
      ['b', 1500],
    ]);
    history.close();
    expect(statSync(join(env['MEMCTL_STATE_DIR'] as string, 'history.db')).mode & 0o777).toBe(0o600);
  });

  it('says why there is none', async () => {
    const env = folder();
    writeFileSync(env['MEMCTL_STATE_DIR'] as string, 'a file where the folder should be');
    expect(await openHistory({ env })).toMatch(/history\.db cannot be used: /);
    expect(await openHistory({ env: {} })).toMatch(/MEMCTL_STATE_DIR/);
  });

  it('tells growth since the last look, and nothing on the first', async () => {
    const env = folder();
    const first = await snapshot(fixture('stores/mneme-v1-sqlite.db'));
    expect(await growthSinceLast(first, { env })).toEqual({ growth: null });
    const later: Snapshot = {
      ...first,
      takenAt: new Date(Date.parse(first.takenAt) + 2 * 86_400_000).toISOString(),
      storage: { ...first.storage, totalBytes: (first.storage.totalBytes ?? 0) + 4096 },
      memorySets: first.memorySets.map((m) => ({ ...m, rows: m.rows + 10 })),
    };
    expect(await growthSinceLast(later, { env })).toEqual({
      growth: {
        since: first.takenAt,
        days: 2,
        bytes: 4096,
        sets: [{ set: 'mneme:entries', rows: 10, rowsPerDay: 5 }],
      },
    });
    const again = { ...later, takenAt: new Date(Date.parse(later.takenAt) + 1000).toISOString() };
    expect((await growthSinceLast(again, { env })).growth?.since).toBe(first.takenAt);
  });
});
