/** Superseding killed at any moment: every row that is out of reach has its survivor, running it again converges, undo is whole. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { expect, it } from 'vitest';
import type { RemovedRow, Settled } from '../../../src/store/index.ts';
import {
  dump,
  listOf,
  MAP,
  NOTES,
  notesFile,
  openNotes,
  superseded,
  unreachable,
} from '../../maintenance/superseded-store.ts';
import { putBack } from './duplicates.ts';
import { performed, supersedeOf, withMaintenance } from './maintained.ts';
import { directory } from './temporary-store.ts';

const script = fileURLToPath(new URL('./supersede-until-killed.ts', import.meta.url));
const ROWS = 6_000;
const KILLS = 6;

interface Line {
  readonly state: 'prepared' | 'committed';
  readonly batch: number;
  readonly rows: number;
  readonly token?: string;
  readonly removed?: readonly RemovedRow[];
}

it('six kills at random moments', async () => {
  const path = notesFile(directory(), ROWS);
  const before = dump(path);
  const list = join(dirname(path), 'list.json');
  const pairs = Array.from({ length: ROWS / 2 }, (_, i) => [i + 1, i + 1 + ROWS / 2] as const);
  const duplicates = await (async () => {
    await using store = await openNotes(path, 'read');
    return await listOf(store, pairs);
  })();
  writeFileSync(list, JSON.stringify(duplicates));
  const taken: RemovedRow[] = [];
  let rows = 0;
  let open = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    const ledger = join(dirname(path), `ledger-${kill}.ndjson`);
    const child = spawn(process.execPath, ['--import', 'tsx', script, path, list, ledger], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(child, 'exit');
    await once(child.stdout, 'data');
    await sleep(Math.random() * 60);
    child.kill('SIGKILL');
    await ended;
    expect(unreachable(path)).toBe(0);
    const lines = readFileSync(ledger, 'utf8')
      .split('\n')
      .slice(0, -1)
      .map((l) => JSON.parse(l) as Line);
    const committed = new Set(lines.filter((l) => l.state === 'committed').map((l) => l.batch));
    for (const l of lines.filter((p) => p.state === 'prepared')) {
      let outcome: Settled = 'committed';
      if (!committed.has(l.batch)) {
        open++;
        outcome = await withMaintenance(path, (m) => m.settle(supersedeOf(NOTES, []), l.token ?? ''), { map: MAP });
      }
      expect(outcome).not.toBe('unknown');
      if (outcome !== 'committed') continue;
      rows += l.rows;
      taken.push(...(l.removed ?? []));
    }
    // What the ledgers say is what is marked, after every kill.
    expect(superseded(path)).toBe(rows);
  }
  expect(rows).toBeGreaterThan(0);
  expect(rows).toBeLessThan(ROWS / 2);
  expect(open).toBeGreaterThan(0);
  const rest = await performed(path, supersedeOf(NOTES, duplicates), { archive: true }, { map: MAP });
  expect(rows + rest.rows).toBe(ROWS / 2);
  expect(unreachable(path)).toBe(0);
  expect(await putBack(path, [...taken, ...rest.removed], { map: MAP })).toMatchObject({
    rows: ROWS / 2,
    conflicts: [],
  });
  expect(dump(path)).toBe(before);
  const db = new Database(path, { readonly: true });
  expect(db.pragma('quick_check', { simple: true })).toBe('ok');
  db.close();
});
