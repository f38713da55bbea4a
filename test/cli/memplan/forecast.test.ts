/** `memplan forecast` as a user has it: from flags, and from what memctl stats kept of a real store. */
import { existsSync, mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Outcome, View } from '../../../src/cli/command.ts';
import { openHistory } from '../../../src/cli/memctl/history.ts';
import { action as stats } from '../../../src/cli/memctl/stats.ts';
import { action } from '../../../src/cli/memplan/forecast.ts';
import { readFromStore } from '../../../src/cli/memplan/from-store.ts';
import type { Runtime } from '../../../src/cli/runtime.ts';
import { emptyFolder, store } from '../../e2e/run-program.ts';

const NOW = new Date('2026-09-15T00:00:00Z');
const DAY = 86_400_000;
const sink = { write: (): void => undefined, isTTY: false, columns: undefined };
const runtime = (state: string, now = NOW): Runtime => ({
  argv: [],
  env: { MEMCTL_STATE_DIR: state },
  now,
  stdout: sink,
  stderr: sink,
  cwd: emptyFolder,
  signal: new AbortController().signal,
  interrupted: undefined,
});
const folder = (): string => mkdtempSync(join(tmpdir(), 'forecast-state-'));
const view = (format: View['format'], columns = 80, color = false): View => ({
  format,
  columns,
  color,
  explain: false,
  quiet: false,
  verbose: false,
  now: NOW,
});
const forecast = async (options: Record<string, unknown>, state = folder()): Promise<Outcome> =>
  await action.execute([], options, runtime(state));
const printed = async (o: Outcome, v: View): Promise<string> => await o.render(v);
type Json = { readonly [key: string]: unknown } & {
  growth: { how: string; says: string; fits: { kind: string; looks: number; residual: unknown }[] };
  looks: { day: number; date: string; rows: number }[];
  series: { date: string; rows: { value: number; low: number; high: number } }[];
  notes: string[];
};
const json = async (options: Record<string, unknown>, state = folder()): Promise<Json> =>
  JSON.parse(await printed(await forecast(options, state), view('json'))) as Json;
const refusal = async (options: Record<string, unknown>): Promise<string> => {
  try {
    await forecast(options);
  } catch (e) {
    return `${(e as Error).message} | ${(e as { hint?: string }).hint ?? ''}`;
  }
  return 'nothing';
};

const mneme = store('mneme-v1-sqlite.db');

/** Looks that memctl stats would have kept of the fixture: so many rows so many days ago. */
async function withHistory(looks: readonly (readonly [daysAgo: number, rows: number])[]): Promise<string> {
  const state = folder();
  const { seen } = await readFromStore(mneme, runtime(state));
  const history = await openHistory({ env: { MEMCTL_STATE_DIR: state } });
  if (typeof history === 'string') throw new Error(history);
  for (const [daysAgo, rows] of looks) {
    const at = new Date(NOW.getTime() - daysAgo * DAY);
    history.record(seen.fingerprint, 'stats', 'whole', at, { totalBytes: null, rows: { [seen.set?.id ?? '']: rows } });
  }
  history.close();
  return state;
}

describe('from flags', () => {
  it('prints the plot, the limits and the levers inside 40, 80 and 100 columns', async () => {
    const outcome = await forecast({ n: '5M', 'growth-per-day': '20k' });
    for (const columns of [40, 80, 100]) {
      for (const color of [false, true]) {
        const text = await printed(outcome, view('table', columns, color));
        // biome-ignore lint/suspicious/noControlCharactersInRegex: colour codes take no cells
        const bare = text.replaceAll(/\u001b\[\d+m/g, '');
        for (const line of bare.split('\n')) expect([...line].length, line).toBeLessThanOrEqual(columns);
        expect(/[\u2801-\u28ff]/.test(bare)).toBe(color);
        for (const word of ['resident in RAM', '2026-12-0', 'consolidate 40 %', 'LEVER']) expect(bare).toContain(word);
      }
    }
  });

  it('reads a share, a range and a horizon', async () => {
    const r = await json({ n: '1M', 'growth-per-day': '0.1%..0.3%', days: '2y' });
    expect(r).toMatchObject({ kind: 'forecast-report', schemaVersion: 1, days: 731, startsOn: '2026-09-15' });
    expect(r.growth.how).toBe('compound');
    const end = r.series.at(-1)?.rows;
    // 0.1 % and 0.3 % compounded over 731 days; the value is that of 0.2 %.
    expect(end?.low).toBe(Math.floor(1e6 * 1.001 ** 731));
    expect(end?.value).toBe(Math.floor(1e6 * 1.002 ** 731));
    expect(end?.high).toBe(Math.floor(1e6 * 1.003 ** 731));
  });

  it('takes users × memories and what leaves again', async () => {
    const r = await json({
      users: '50k',
      'memories-per-user': '40',
      'writes-per-day': '30k',
      ttl: '90d',
      'dedup-rate': '20%',
      'supersede-rate': '25%',
    });
    expect(r.series[0]?.rows.value).toBe(2_000_000);
    // 30k × 0.8 × 0.75 × 90 days.
    expect(r.series.at(-1)?.rows.value).toBe(1_620_000);
  });

  it.each([
    [{ n: '1M' }, 'how fast the store grows is not known | give --growth-per-day'],
    [{ n: '1M', ttl: '90d' }, '--ttl needs to know what is written'],
    [{ n: '1M', 'growth-per-day': '3k', 'half-life': '90d' }, '--half-life belongs to --writes-per-day'],
    [{ n: '1M', 'growth-per-day': 'lots' }, '--growth-per-day'],
    [{ n: '1M', 'growth-per-day': '3k..1k' }, 'runs from the larger to the smaller'],
    [{ n: '1M', 'growth-per-day': '1..2..3' }, 'is not a growth such as 20k'],
    [{ n: '1M', 'growth-per-day': '1k..2%' }, 'mixes memories and a share'],
    [{ n: '1M', 'growth-per-day': '150%' }, 'must lie between 0 and 1'],
    [{ n: '1M', 'growth-per-day': '0%' }, 'is outside what compounds'],
    [{ n: '1M', 'growth-per-day': '1k', days: '0' }, '--days: 0 is outside 1 to 3,653 days'],
    [{ n: '1M', 'writes-per-day': '1k', 'dedup-rate': '2' }, '--dedup-rate'],
  ])('refuses %j', async (options, message) => {
    expect(await refusal(options)).toContain(message);
  });

  it('prints its series, limits and levers as records', async () => {
    const text = await printed(await forecast({ n: '5M', 'growth-per-day': '20k' }), view('csv'));
    expect(text).toContain('series,2026-09-15,0,5000000,5000000,5000000\r\n');
    expect(text).toMatch(/^limit,ram,dated,\d+,\d+,\d+,2026-\d\d-\d\d,/m);
    expect(text).toMatch(/^lever,consolidate-40,7380000,/m);
  });
});

describe('from a live store', () => {
  it('goes on as the kept looks went, and ends at the rows of now', async () => {
    const state = await withHistory([30, 25, 20, 15, 10, 5].map((d) => [d, 447 - 10 * d]));
    const r = await json({ from: mneme }, state);
    expect(r.growth.how).toBe('linear');
    expect(r.growth.fits.map((f) => [f.kind, f.looks])).toEqual([
      ['linear', 7],
      ['exponential', 7],
    ]);
    expect(r.looks.map((l) => l.rows)).toEqual([147, 197, 247, 297, 347, 397, 447]);
    expect(r.looks[0]?.date).toBe('2026-08-16');
    expect(r.series.at(-1)?.rows.value).toBe(447 + 3650);
    expect(r.notes).toEqual([]);
  });

  it('has a band as wide as the looks scatter', async () => {
    const rows = [150, 190, 260, 280, 360, 390];
    const state = await withHistory([30, 25, 20, 15, 10, 5].map((d, i) => [d, rows[i] ?? 0]));
    const [first, last] = [
      (await json({ from: mneme }, state)).series[0],
      (await json({ from: mneme }, state)).series.at(-1),
    ];
    const width = (q: { low: number; high: number } | undefined): number => (q?.high ?? 0) - (q?.low ?? 0);
    expect(width(first?.rows)).toBeGreaterThan(20);
    expect(width(last?.rows)).toBeGreaterThan(3 * width(first?.rows));
  });

  it('uses what memctl stats itself keeps', async () => {
    const state = folder();
    await stats.execute([mneme], {}, runtime(state, new Date(NOW.getTime() - 4 * DAY)));
    const r = await json({ from: mneme }, state);
    expect(r.looks.map((l) => [Math.round(l.day), l.rows])).toEqual([
      [-4, 447],
      [0, 447],
    ]);
    expect(r.growth).toMatchObject({ how: 'linear', fits: [{ looks: 2, residual: null }] });
    expect(r.growth.says).toContain('two looks give a rate and no band');
  });

  it('says that there is no history and how it gets one, and creates none', async () => {
    const state = join(folder(), 'never-made');
    const r = await json({ from: mneme }, state);
    expect(r.growth.how).toBe('ages');
    expect(r.notes[0]).toContain('no history of mneme-v1-sqlite.db');
    expect(r.notes[0]).toContain('run memctl stats on it once a day');
    expect(existsSync(state)).toBe(false);
  });

  it('leaves the history as it found it', async () => {
    const state = await withHistory([
      [10, 400],
      [5, 420],
    ]);
    await json({ from: mneme }, state);
    const history = await openHistory({ env: { MEMCTL_STATE_DIR: state } });
    if (typeof history === 'string') throw new Error(history);
    const { seen } = await readFromStore(mneme, runtime(state));
    expect(history.series(seen.fingerprint, 'stats', 'whole')).toHaveLength(2);
    history.close();
    expect(readdirSync(state).filter((f) => !f.startsWith('history.db'))).toEqual([]);
  });

  it('lets a flag beat what was seen', async () => {
    const state = await withHistory([[10, 400]]);
    expect((await json({ from: mneme, 'growth-per-day': '5' }, state)).growth.how).toBe('net');
  });
});
