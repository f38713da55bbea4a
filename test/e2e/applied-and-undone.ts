/** A merge and its undo through the program, and what became of the rows of each set. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { run } from './run-program.ts';

/** Rows by set that were superseded or removed; and of sets that were left alone, why. */
export interface Mended {
  readonly supersede: Readonly<Record<string, number>>;
  readonly purge: Readonly<Record<string, number>>;
  readonly left: Readonly<Record<string, string>>;
}

interface Report {
  readonly rows: number;
  readonly actions: readonly {
    readonly kind: 'supersede' | 'purge';
    readonly subject: string;
    readonly rows: number;
  }[];
  readonly left: readonly { readonly subject: string; readonly why: string }[];
}

export interface Asked {
  readonly url: string;
  /** Removes what no convention marks. */
  readonly delete: boolean;
  /** `--map FILE` and the like. */
  readonly reading?: readonly string[];
  readonly whole: () => Promise<readonly string[]>;
}

/** Expects that undo brings back every row as it was. */
export async function appliedAndUndone(asked: Asked): Promise<Mended> {
  const state = mkdtempSync(join(tmpdir(), 'memctl-undo-'));
  const env = { MEMCTL_STATE_DIR: state };
  const reading = asked.reading ?? [];
  try {
    const before = await asked.whole();
    const how = asked.delete ? ['--delete'] : [];
    const flags = ['--apply', ...how, '--max-delete-pct', '100', ...reading, '--json'];
    const done = run('memctl', ['dedup', asked.url, ...flags], { env });
    expect({ exit: done.exit, stderr: done.stderr }).toMatchObject({ exit: 0 });
    const { rows, actions, left } = JSON.parse(done.stdout) as Report;
    if (rows > 0) {
      expect(await asked.whole()).not.toEqual(before);
      const undone = run('memctl', ['undo', 'last', '--yes', ...reading, '--store', asked.url, '--json'], { env });
      expect({ exit: undone.exit, stderr: undone.stderr }).toMatchObject({ exit: 0 });
    }
    expect(await asked.whole()).toEqual(before);
    const by = (kind: string): Record<string, number> =>
      Object.fromEntries(actions.filter((a) => a.kind === kind && a.rows > 0).map((a) => [a.subject, a.rows]));
    return {
      supersede: by('supersede'),
      purge: by('purge'),
      left: Object.fromEntries(left.map((l) => [l.subject, l.why])),
    };
  } finally {
    rmSync(state, { recursive: true, force: true });
  }
}
