/** What is left of a run on disk may be cut, changed or made where nothing can be: each is said, and none taken for whole. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { ArchiveFile, archivedRows, archiveFaults } from '../../../src/cli/memctl/archive-file.ts';
import { makeFolder } from '../../../src/cli/memctl/run-files.ts';
import { isAlive, ownProcess } from '../../../src/cli/memctl/run-process.ts';
import {
  type ArchivedBatch,
  type LedgerEvent,
  ledgerDamage,
  planStore,
  type RunSummary,
  summarise,
} from '../../../src/maintenance/index.ts';
import type { RemovedRow } from '../../../src/store/index.ts';
import { identity, NOW } from '../../maintenance/memory-store.ts';

const folders: string[] = [];
afterEach(() => {
  for (const f of folders.splice(0)) rmSync(f, { recursive: true, force: true });
});
function folder(): string {
  const f = mkdtempSync(join(tmpdir(), 'memctl-damaged-'));
  folders.push(f);
  return f;
}

describe('a folder', () => {
  it('is made level by level, for its owner alone', () => {
    const deep = join(folder(), 'a', 'b', 'c');
    makeFolder(deep, 'ledger');
    makeFolder(deep, 'ledger');
    expect(statSync(deep).mode & 0o777).toBe(0o700);
  });

  it.runIf(process.platform === 'linux')('where nothing can be made is refused at once', () => {
    for (const path of ['/proc/x', '/proc/x/y/z'])
      expect(() => makeFolder(path, 'ledger')).toThrow(
        expect.objectContaining({ code: 'ledger-failed', exit: 5, message: expect.stringContaining('/proc/x') }),
      );
  });

  it('below a file, or in the place of one, is refused', () => {
    const file = join(folder(), 'file');
    writeFileSync(file, '');
    for (const path of [file, join(file, 'runs')])
      expect(() => makeFolder(path, 'archive')).toThrow(
        expect.objectContaining({ code: 'archive-failed', message: expect.stringContaining('no folder') }),
      );
    mkdirSync(join(file, '..', 'there'));
    expect(() => makeFolder(join(file, '..', 'there'), 'archive')).not.toThrow();
  });
});

const ACTION = 'purge:expired:mneme:entries';
const row = (id: number, text = `text ${id}`): RemovedRow => ({ place: 'entries', values: { id, text } });
const started: LedgerEvent = {
  event: 'run-started',
  at: NOW.toISOString(),
  run: 'r',
  ledgerVersion: 1,
  command: 'vacuum',
  store: planStore(identity),
  plan: 'p',
  actions: [],
  archive: null,
  undoes: null,
};
const base = { at: NOW.toISOString(), run: 'r', action: ACTION };

/** A run of batches as its archive and its ledger have them. */
function kept(batches: readonly (readonly RemovedRow[])[], hashed = true): { path: string; events: LedgerEvent[] } {
  const archive = new ArchiveFile(folder(), 'r', planStore(identity));
  const events: LedgerEvent[] = [started];
  for (const [i, rows] of batches.entries()) {
    const archived: ArchivedBatch = archive.append(ACTION, i + 1, rows);
    const batch = { ...base, batch: i + 1, rows: rows.length };
    events.push(
      { ...batch, event: 'prepared', dependents: 0, token: `t${i}`, ...(hashed ? { archived } : {}) },
      { ...batch, event: 'committed', seconds: 0 },
    );
  }
  archive.close();
  const rows = batches.reduce((n, b) => n + b.length, 0);
  events.push({ event: 'run-ended', at: base.at, run: 'r', state: 'done', rows, why: null });
  return { path: archive.path, events };
}

function summaryOf(events: readonly LedgerEvent[]): RunSummary {
  const summary = summarise(events);
  if (summary === undefined) throw new Error('no start');
  return summary;
}

describe('an archive', () => {
  const two = [
    [row(1), row(2, 'a line\u2028separator and\u2029another\r\n')],
    [row(3), row(4), row(5)],
  ];

  it('gives back texts with any separator of lines', async () => {
    const { path, events } = kept(two);
    expect(await archiveFaults(path, summaryOf(events))).toEqual([]);
    const found: unknown[] = [];
    for await (const r of archivedRows(path, 'r', ACTION, new Set([1, 2]))) found.push(r.values);
    expect(found).toEqual(two.flat().map((r) => r.values));
  });

  it('that was cut, emptied or changed is told from a whole one, batch by batch', async () => {
    const { path, events } = kept(two);
    const text = readFileSync(path, 'utf8');
    const faults = async (changed: string): Promise<string[]> => {
      writeFileSync(path, changed);
      return (await archiveFaults(path, summaryOf(events))).map((f) => `${f.batch}: ${f.why}`);
    };
    expect(await faults('')).toEqual([
      '1: the archive holds 0 of the 2 rows it was given',
      '2: the archive holds 0 of the 3 rows it was given',
    ]);
    expect(await faults(text.slice(0, text.indexOf('text 5')))).toEqual([
      '2: the archive holds 2 of the 3 rows it was given',
    ]);
    expect(await faults(text.replace('text 4', 'text X'))).toEqual([
      '2: its rows were changed in the archive since they were written there',
    ]);
    expect(await faults(text)).toEqual([]);
  });

  it('without figures in the ledger must hold as many rows as went', async () => {
    const { path, events } = kept(two, false);
    expect(await archiveFaults(path, summaryOf(events))).toEqual([]);
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.slice(0, text.indexOf('text 5')));
    expect(await archiveFaults(path, summaryOf(events))).toMatchObject([{ batch: 2 }]);
  });
});

describe('a ledger', () => {
  const lines = kept([[row(1)], [row(2), row(3)]]).events.map((e) => JSON.stringify(e));
  const damage = (changed: readonly string[]): string[] => ledgerDamage(`${changed.join('\n')}\n`, 'r.jsonl');

  it('that is whole has lost nothing, also where a crash tore its end', () => {
    expect(damage(lines)).toEqual([]);
    expect(damage([...lines.slice(0, 4), '{"event":"comm'])).toEqual([]);
    const settled = { ...base, event: 'settled', batch: 2, rows: 2, outcome: 'committed', by: 's' };
    expect(damage([...lines.slice(0, 4), '{"event":"comm', JSON.stringify(settled), lines[5] as string])).toEqual([]);
  });

  it('with a garbled announcement of a batch says that its rows are lost to undo', () => {
    const found = damage(lines.map((l, i) => (i === 3 ? l.slice(5) : l))).join('; ');
    expect(found).toContain('r.jsonl: line 4 cannot be read');
    expect(found).toContain(`batch 2 of ${ACTION} ended, and the line that announced it is lost: its 2 rows`);
  });

  it('that lacks whole lines contradicts its end', () => {
    expect(damage(lines.filter((_, i) => i !== 3 && i !== 4))).toEqual([
      'r.jsonl: it speaks of 3 rows at its end, and its batches of 1',
    ]);
  });
});

describe('the process of a run', () => {
  it('is alive while it is, and another that was given its number is not it', () => {
    const own = ownProcess();
    expect(isAlive(own)).toBe(true);
    expect(isAlive({ ...own, host: `not-${own.host}` })).toBe(false);
    // Beyond the highest number that Linux gives.
    expect(isAlive({ host: own.host, pid: 2 ** 22 + 1 })).toBe(false);
    if (own.begun !== undefined) expect(isAlive({ ...own, begun: '1' })).toBe(false);
  });
});
