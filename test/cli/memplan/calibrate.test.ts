/** `memplan calibrate` as a user has it on this host: a real series of scans, its file, what is refused before anything is measured. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Options, Outcome, View } from '../../../src/cli/command.ts';
import { EXIT } from '../../../src/cli/exit-codes.ts';
import { action } from '../../../src/cli/memplan/calibrate.ts';
import { readCalibrationFile, writeCalibrationFile } from '../../../src/cli/memplan/calibration-file.ts';
import { action as estimate } from '../../../src/cli/memplan/estimate.ts';
import type { Runtime } from '../../../src/cli/runtime.ts';
import type { EngineCalibration } from '../../../src/workload/index.ts';
import { store } from '../../e2e/run-program.ts';

const now = new Date('2026-11-21T10:00:00Z');
const folder = mkdtempSync(join(tmpdir(), 'memplan-calibrate-'));
const scratch = mkdtempSync(join(tmpdir(), 'memplan-scratch-'));
const before = process.env['TMPDIR'];
process.env['TMPDIR'] = scratch;
afterAll(() => {
  if (before === undefined) delete process.env['TMPDIR'];
  else process.env['TMPDIR'] = before;
  expect(readdirSync(scratch), 'no temporary file is left').toEqual([]);
});

const runtimeWith = (over: Partial<Runtime> = {}): Runtime => {
  const sink = { write: (): void => undefined, isTTY: false, columns: undefined };
  return {
    argv: [],
    env: {},
    now,
    stdout: sink,
    stderr: sink,
    cwd: folder,
    signal: new AbortController().signal,
    interrupted: undefined,
    ...over,
  };
};
const view: View = { format: 'json', columns: 80, color: false, explain: false, quiet: false, verbose: false, now };
const SMALL = { rows: '1000', dims: '32', budget: '20s' };
const run = async (args: readonly string[], options: Options, over: Partial<Runtime> = {}): Promise<Outcome> =>
  await action.execute(args, options, runtimeWith(over));
// biome-ignore lint/suspicious/noExplicitAny: a document, asked for what it is known to have
const document = async (outcome: Outcome): Promise<any> => JSON.parse(await outcome.render(view));
const path = (file: string): string => join(folder, file);

const POSTGRES: EngineCalibration = {
  engine: 'pgvector',
  server: 'PostgreSQL 17.6, pgvector 0.8.0',
  host: null,
  measuredAt: '2026-11-20T10:00:00.000Z',
  dimensions: 768,
  referenceRows: 20_000,
  constants: { 'build-tuple': { value: 0.6, low: 0.5, high: 0.7 } },
};

describe('this host', () => {
  it('is measured, and a plan with the file rests on it', async () => {
    const outcome = await run([], SMALL);
    expect(outcome.exit).toBe(EXIT.done);
    const r = await document(outcome);
    expect(r).toMatchObject({
      schemaVersion: 1,
      kind: 'calibration-report',
      file: 'memplan-calibration.json',
      kept: [],
    });
    expect(r.engines[0].host).toMatch(/^\d+ × .+, [\d.]+ GiB$/);
    expect(r.engines[0].samples).toHaveLength(4);
    const [written] = readCalibrationFile(path('memplan-calibration.json'), 'x');
    expect(written).toMatchObject({
      engine: 'sqlite-vec',
      dimensions: 32,
      referenceRows: 1_000,
      measuredAt: now.toISOString(),
    });
    const speed = written?.constants['flat-scan']?.value as number;
    const said = r.engines[0].constants.find((c: { id: string }) => c.id === 'flat-scan').measured.value;
    // The profile holds it in full, a report to fifteen digits.
    expect(said).toBe(Number(speed.toPrecision(15)));
    const plan = async (options: Options): Promise<{ value: number; basis: string }> => {
      const planned = await estimate.execute(
        [],
        { n: '50k', dims: '32', engine: 'sqlite-vec', ...options },
        runtimeWith(),
      );
      return JSON.parse(await planned.render(view)).query.p50;
    };
    const [assumed, measured] = [await plan({}), await plan({ calibration: 'memplan-calibration.json' })];
    expect(measured.value / assumed.value).toBeCloseTo(speed, 9);
    expect([assumed.basis, measured.basis]).toEqual(['assumed', 'measured']);
  });

  it('joins another engine in the file, and takes the place of its own earlier run', async () => {
    writeCalibrationFile(path('both.json'), 'both.json', [POSTGRES], now);
    expect((await document(await run([], { ...SMALL, output: 'both.json' }))).kept).toEqual(['pgvector']);
    expect(readCalibrationFile(path('both.json'), 'x').map((e) => e.engine)).toEqual(['pgvector', 'sqlite-vec']);
    await run([], { ...SMALL, rows: '2000', output: 'both.json' });
    expect(readCalibrationFile(path('both.json'), 'x')).toMatchObject([POSTGRES, { referenceRows: 2_000 }]);
  });

  it('keeps what another run wrote into the file meanwhile', async () => {
    setTimeout(() => writeCalibrationFile(path('meanwhile.json'), 'meanwhile.json', [POSTGRES], now), 10);
    const r = await document(await run([], { ...SMALL, output: 'meanwhile.json' }));
    expect(r.kept).toEqual(['pgvector']);
    expect(readCalibrationFile(path('meanwhile.json'), 'x').map((e) => e.engine)).toEqual(['pgvector', 'sqlite-vec']);
  });

  it('is not touched by a dry run', async () => {
    const outcome = await run([], { ...SMALL, 'dry-run': true, output: 'dry.json' });
    expect(outcome.exit).toBe(EXIT.done);
    const r = await document(outcome);
    expect(r.planned).toMatchObject([
      {
        engine: 'sqlite-vec',
        at: 'this host',
        scratch: 'a temporary file',
        dimensions: 32,
        m: 16,
        efConstruction: 64,
        rows: 1_000,
      },
    ]);
    expect(r.planned[0].budget).toMatchObject({ value: 20, unit: 's' });
    expect([r.engines, r.file]).toEqual([[], null]);
    expect(existsSync(path('dry.json'))).toBe(false);
  });

  it('is announced on a terminal, unless it is to be quiet', async () => {
    const said = async (options: Options, isTTY: boolean): Promise<string> => {
      const texts: string[] = [];
      const stderr = { write: (t: string): void => void texts.push(t), isTTY, columns: 80 };
      await run([], { ...SMALL, ...options, output: 'said.json' }, { stderr });
      return texts.join('');
    };
    expect(await said({}, true)).toContain(
      'SQLite with sqlite-vec, this host: searches of up to 1,000 made-up vectors of 32 dimensions in a temporary file, at most 20 s; dropped afterwards, nothing else is touched.',
    );
    expect(await said({ quiet: true }, true)).toBe('');
    expect(await said({}, false)).toBe('');
  });

  it('is partly an answer where the time was too short for one table', async () => {
    const outcome = await run([], { rows: '1M', dims: '512', budget: '5s', output: 'short.json' });
    expect(outcome.exit).toBe(EXIT.partial);
    const r = await document(outcome);
    expect(r.headline).toEqual(['SQLite with sqlite-vec: nothing could be fitted, so that nothing changes.']);
    expect(r.notes.join('\n')).toContain('the series ended early: the budget of 5 s; no table was searched');
    expect(r.notes.join('\n')).toContain('give it more with --budget');
    expect([r.file, existsSync(path('short.json'))]).toEqual([null, false]);
  }, 20_000);

  it('leaves no file when it is interrupted', async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error('interrupted')), 50);
    await expect(
      run([], { ...SMALL, rows: '200k', output: 'gone.json' }, { signal: controller.signal }),
    ).rejects.toThrow('interrupted');
    expect(readdirSync(folder).filter((f) => f.startsWith('gone.json'))).toEqual([]);
  });
});

describe('a store', () => {
  it('tells its sizes alone, and writes nothing', async () => {
    const files = readdirSync(folder);
    const r = await document(await run([store('mneme-v1-sqlite.db')], { 'sizes-only': true }));
    expect(r.engines).toEqual([]);
    expect(r.sizes.name).toBe('mneme-v1-sqlite.db');
    const of = (name: string): Record<string, unknown> =>
      r.sizes.structures.find((s: { name: string }) => s.name === name) as Record<string, unknown>;
    expect(of('free pages')).toMatchObject({ cause: 'free-pages', remedy: 'memctl compact STORE' });
    expect(of('entries')).toMatchObject({ cause: 'none' });
    expect(r.headline[0]).toMatch(/^mneme-v1-sqlite\.db takes 736 KiB, 60 % more than a fresh one of its rows/);
    expect(readdirSync(folder)).toEqual(files);
  });

  it('counts on a screen what is as large as a fresh one, and lists it with --verbose and in files', async () => {
    const sized = await run([store('mneme-v1-sqlite.db')], { 'sizes-only': true });
    const shown = async (over: Partial<View>): Promise<string> => String(await sized.render({ ...view, ...over }));
    const screen = await shown({ format: 'table' });
    expect(screen).toMatch(/\n {2}free pages .* free pages\n/);
    expect(screen).not.toMatch(/ none\n/);
    expect(screen.replaceAll(/\s+/g, ' ')).toContain(
      'and 11 structures as large as a fresh one, 1 structure of which no fresh size is known (--verbose)',
    );
    expect((await shown({ format: 'table', verbose: true })).match(/ none\n/g)).toHaveLength(11);
    expect((await shown({ format: 'csv' })).match(/,none\r\n/g)).toHaveLength(11);
    expect((await shown({ format: 'markdown' })).match(/\| none \|\n/g)).toHaveLength(11);
  });

  it('of vec0 has no use for --m, and says so', async () => {
    const notes = async (options: Options): Promise<string[]> =>
      (await document(await run([], { 'dry-run': true, ...options }))).notes;
    expect(await notes({ m: '32' })).toContain('--m is not used: vec0 has no graph');
    expect(await notes({})).toEqual([]);
  });

  it('gives the dimensions of the series', async () => {
    const neural = store('neural-memory-4.62-multibrain.db');
    const plan = async (options: Options): Promise<number> =>
      (await document(await run([neural], { 'dry-run': true, ...options }))).planned[0].dimensions;
    expect(await plan({ dims: '100' })).toBe(100);
    expect((await document(await run([store('mneme-v1-sqlite.db')], { 'dry-run': true }))).sizes).not.toBeNull();
  });
});

describe('refused before anything is measured', () => {
  const refusal = async (args: readonly string[], options: Options): Promise<string> => {
    try {
      await run(args, options);
    } catch (e) {
      return (e as Error).message;
    }
    throw new Error('it was taken');
  };

  it.each([
    [{ budget: '1s' }, '--budget: 1s is outside 5 s to 60 min'],
    [{ budget: '5' }, '--budget: "5" has no unit'],
    [{ dims: '1' }, '--dims: 1 is outside 2 to 8,192'],
    [{ m: '200' }, '--m: 200 is outside 2 to 100'],
    [{ rows: '10' }, '--rows: 10 is outside 1,000 to 1,000,000'],
    [{ 'sizes-only': true }, '--sizes-only: no store was given'],
  ])('%j', async (options, sentence) => {
    expect(await refusal([], options)).toContain(sentence);
  });

  it.each(['output', 'dry-run', 'budget', 'rows', 'dims', 'm'])('--%s with --sizes-only', async (id) => {
    const options = { 'sizes-only': true, [id]: id === 'dry-run' ? true : id === 'budget' ? '10s' : '2000' };
    expect(await refusal([store('mneme-v1-sqlite.db')], options)).toContain(`--${id} contradicts --sizes-only`);
  });

  it('a file that is not ours, which stays as it was', async () => {
    writeFileSync(path('notes.txt'), 'mine');
    expect(await refusal([], { ...SMALL, output: 'notes.txt' })).toBe('--output notes.txt: that is not JSON');
    expect(readFileSync(path('notes.txt'), 'utf8')).toBe('mine');
    writeFileSync(path('report.json'), '{"schemaVersion":1,"kind":"capacity-report"}');
    expect(await refusal([], { ...SMALL, output: 'report.json' })).toContain('this is a capacity-report');
  });

  it.each([join(folder, 'no-such-folder'), '/proc'])(
    'temporary files that cannot be written in %s',
    async (nowhere) => {
      process.env['TMPDIR'] = nowhere;
      try {
        expect(await refusal([], { ...SMALL, output: 'x.json' })).toBe(
          `${nowhere}: the temporary table of the series cannot be written there (ENOENT)`,
        );
      } finally {
        process.env['TMPDIR'] = scratch;
      }
    },
  );

  it('a place where no file can be written', async () => {
    expect(await refusal([], { ...SMALL, output: 'no/such/folder.json' })).toBe(
      '--output no/such/folder.json: it cannot be written (ENOENT)',
    );
    expect(await refusal([], { ...SMALL, output: '.' })).toBe('--output .: that is a directory; name a file');
  });

  it('a store that is not there', async () => {
    expect(await refusal(['sqlite:/nowhere/brain.db'], { 'dry-run': true })).toContain('/nowhere/brain.db');
  });
});
