import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { View } from '../../../src/cli/command.ts';
import { bounded, overStores, savedOutcome, worst } from '../../../src/cli/memctl/over-stores.ts';
import type { Runtime } from '../../../src/cli/runtime.ts';
import { StoreError } from '../../../src/store/index.ts';

const cwd = mkdtempSync(join(tmpdir(), 'memctl-shards-'));
const silent = { write: (): void => undefined, isTTY: false, columns: undefined };
const runtime: Runtime = {
  argv: [],
  env: { HOME: cwd },
  now: new Date('2026-01-01T00:00:00Z'),
  stdout: silent,
  stderr: silent,
  cwd,
  signal: new AbortController().signal,
  interrupted: undefined,
};
const view: View = {
  format: 'table',
  columns: 80,
  color: false,
  explain: false,
  quiet: false,
  verbose: false,
  now: runtime.now,
};

const verb = {
  one: async (choice: { name: string }): Promise<{ report: string; exit: number }> => {
    if (choice.name === 'dead.db') throw new StoreError('store-gone', 'sqlite:dead.db: there is no such file');
    return { report: `report of ${choice.name}`, exit: 0 };
  },
  render: async (report: string): Promise<string> => `${report}\n`,
};

describe('several stores', () => {
  it('gives one store its report alone', async () => {
    const outcome = await overStores(['sqlite:a.db'], {}, runtime, verb);
    expect([outcome.exit, await outcome.render(view)]).toEqual([0, 'report of a.db\n']);
  });

  it('names the dead one, and is partial', async () => {
    const outcome = await overStores(['sqlite:a.db', 'sqlite:dead.db'], {}, runtime, verb);
    const text = await outcome.render(view);
    expect(outcome.exit).toBe(3);
    expect(text).toMatch(/STORE[\s\S]*a\.db · sqlite:a\.db[\s\S]*report of a\.db/);
    expect(text).toMatch(/dead\.db +not reached +store-gone/);
    expect(text).toContain('1 of 2 stores gave no answer');
    const document = JSON.parse(await outcome.render({ ...view, format: 'json' })) as Record<string, unknown>;
    expect(document).toMatchObject({
      kind: 'shards-report',
      shards: [
        { name: 'a.db', exit: 0, error: null, report: 'report of a.db' },
        { name: 'dead.db', exit: 4, report: null, error: { code: 'store-gone' } },
      ],
    });
  });

  it('has the exit code of all where they agree, and of the gravest where none answered', () => {
    expect(worst([0, 0])).toBe(0);
    expect(worst([0, 1])).toBe(1);
    expect(worst([4, 4])).toBe(4);
    expect(worst([5, 5])).toBe(5);
    expect(worst([5, 4])).toBe(3);
    expect(worst([0, 5])).toBe(3);
    expect(worst([3, 1])).toBe(3);
  });

  it('never works on more than the limit at once, and keeps the order', async () => {
    let running = 0;
    let most = 0;
    const done = await bounded([5, 1, 4, 2, 3], 2, async (n) => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, n));
      running--;
      return n * 10;
    });
    expect(done).toEqual([50, 10, 40, 20, 30]);
    expect(most).toBe(2);
  });
});

describe('what was saved of several stores', () => {
  const again = {
    ...verb,
    read: (document: unknown): { report: string; exit: number } => ({ report: String(document), exit: 1 }),
  };

  it('is rendered again, with the verdicts of then for those that gave no answer', async () => {
    const outcome = await overStores(['sqlite:a.db', 'sqlite:dead.db'], {}, runtime, verb);
    writeFileSync(join(cwd, 'shards.json'), await outcome.render({ ...view, format: 'json' }));
    const saved = savedOutcome('shards.json', runtime, again);
    // What a report means is judged anew: 1 here, and 4 of the dead one, make it partial.
    expect(saved.exit).toBe(3);
    const text = await saved.render(view);
    expect(text).toContain('report of a.db');
    expect(text).toMatch(/dead\.db +not reached +store-gone/);
  });

  it('is refused where it is of another version', () => {
    writeFileSync(join(cwd, 'newer.json'), JSON.stringify({ kind: 'shards-report', schemaVersion: 2, shards: [] }));
    expect(() => savedOutcome('newer.json', runtime, again)).toThrow(/several stores is of another version than 1/);
  });
});
