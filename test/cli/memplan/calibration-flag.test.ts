/** A calibration as a command line and a memplan.yaml name it: every verb plans with it, and what is wrong with it is said. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Action, Options, Outcome } from '../../../src/cli/command.ts';
import { EXIT } from '../../../src/cli/exit-codes.ts';
import { action as cache } from '../../../src/cli/memplan/cache.ts';
import { writeCalibrationFile } from '../../../src/cli/memplan/calibration-file.ts';
import { action as compare } from '../../../src/cli/memplan/compare.ts';
import { action as diff } from '../../../src/cli/memplan/diff.ts';
import { action as estimate } from '../../../src/cli/memplan/estimate.ts';
import { action as explain } from '../../../src/cli/memplan/explain.ts';
import { action as forecast } from '../../../src/cli/memplan/forecast.ts';
import { action as gate } from '../../../src/cli/memplan/gate.ts';
import { action as reembed } from '../../../src/cli/memplan/reembed.ts';
import { action as shard } from '../../../src/cli/memplan/shard.ts';
import { action as writes } from '../../../src/cli/memplan/writes.ts';
import type { EngineCalibration } from '../../../src/workload/index.ts';
import { jsonView, quietRuntime } from './quiet-runtime.ts';

const now = new Date('2026-11-21T00:00:00Z');
const folder = mkdtempSync(join(tmpdir(), 'memplan-calibration-'));
const runtime = quietRuntime(folder, now);
const view = jsonView(now);

/** A host ten times as slow as the published ones: what rests on it cannot be overlooked. */
const SLOW: EngineCalibration = {
  engine: 'pgvector',
  server: 'PostgreSQL 17.6, pgvector 0.8.0',
  host: null,
  measuredAt: '2026-11-20T10:00:00.000Z',
  dimensions: 768,
  referenceRows: 20_000,
  constants: {
    'build-tuple': { value: 8.5, low: 8, high: 9 },
    'search-tuple': { value: 14.68, low: 14, high: 15 },
    'serial-share': { value: 0.22, low: 0.2, high: 0.24 },
    'p99-factor': { value: 1.5, low: 1.4, high: 1.6 },
  },
};
writeCalibrationFile(join(folder, 'slow.json'), 'slow.json', [SLOW], now);

const FLAGS = { n: '1M', dims: '768', engine: 'pgvector', cores: '8' };
const WITH = { ...FLAGS, calibration: 'slow.json' };
const run = async (action: Action, options: Options, args: readonly string[] = []): Promise<Outcome> =>
  await action.execute(args, options, runtime);
// biome-ignore lint/suspicious/noExplicitAny: documents of several verbs, each asked for what it is known to have
const json = async (action: Action, options: Options, args: readonly string[] = []): Promise<any> =>
  JSON.parse(await (await run(action, options, args)).render(view));
const refusal = async (options: Options): Promise<string> => {
  try {
    await run(estimate, options);
  } catch (e) {
    return (e as Error).message;
  }
  throw new Error('it was taken');
};

describe('every verb', () => {
  it('estimate: times ten, measured, and where that comes from', async () => {
    const [before, after] = [await json(estimate, FLAGS), await json(estimate, WITH)];
    expect(after.build.seconds.value / before.build.seconds.value).toBeCloseTo(10, 6);
    expect(after.query.p50.value / before.query.p50.value).toBeCloseTo(10, 6);
    expect([before, after].map((r) => r.build.seconds.basis)).toEqual(['assumed', 'measured']);
    expect(after.workload.calibration).toEqual({ value: 'slow.json', from: 'flag' });
    expect(before.workload.calibration).toBeUndefined();
    const window = (r: typeof after): number =>
      r.tier.checks.find((c: { id: string }) => c.id === 'build-window').actual.value;
    expect(window(after) / window(before)).toBeCloseTo(10, 6);
  });

  it('explain: build down to the measured leaf', async () => {
    const text = await (await run(explain, WITH, ['build'])).render({ ...view, format: 'table' });
    expect(text).toMatch(
      /time per visited tuple while building = 8\.5 us {2}\[measured, 8 to 9; measured: slow\.json, PostgreSQL 17\.6, pgvector 0\.8\.0, 2026-11-20\]/,
    );
  });

  it('compare: the rows of pgvector alone', async () => {
    const { engine: _e, ...flags } = WITH;
    const [before, after] = [await json(compare, { ...flags, calibration: undefined }), await json(compare, flags)];
    const build = (r: typeof after, engine: string): number =>
      r.rows.find((x: { engine: string }) => x.engine === engine).build.value;
    expect(build(after, 'pgvector') / build(before, 'pgvector')).toBeCloseTo(10, 6);
    expect(build(after, 'hnswlib')).toBe(build(before, 'hnswlib'));
  });

  it('forecast: the day on which the build leaves its window', async () => {
    const flags = { 'growth-per-day': '200k', 'build-window': '20h' };
    const limit = (r: { limits: { id: string; days: { value: number } | null }[] }): string =>
      JSON.stringify(r.limits.find((l) => l.id === 'build-window'));
    expect(limit(await json(forecast, { ...WITH, ...flags }))).not.toBe(
      limit(await json(forecast, { ...FLAGS, ...flags })),
    );
  });

  it('gate: a budget of build time', async () => {
    const config = join(folder, 'gate.yaml');
    writeFileSync(
      config,
      'workload: { n: 1M, dims: 768, engine: pgvector, cores: 8 }\nbudgets:\n  - { metric: build.seconds, limit: 10min }\n',
    );
    expect((await run(gate, { config })).exit).toBe(EXIT.done);
    expect((await run(gate, { config, calibration: 'slow.json' })).exit).toBe(EXIT.breached);
  });

  it('diff, shard, reembed, cache: what rests on the time of a build or a search', async () => {
    writeFileSync(join(folder, 'before.json'), JSON.stringify(await json(estimate, FLAGS)));
    const changed = JSON.stringify(await json(diff, WITH, [join(folder, 'before.json')]));
    expect(changed).toContain('build.seconds');
    const sharded = { ...FLAGS, n: '50M', engine: 'sharded-pgvector' };
    const built = async (options: Options): Promise<number> =>
      (await json(shard, options)).constraints.find((c: { id: string }) => c.id === 'build-window').shards.value;
    expect(await built({ ...sharded, calibration: 'slow.json' })).toBeGreaterThan(2 * (await built(sharded)));
    const to = { 'to-model': 'text-embedding-3-large' };
    const [before, after] = [await json(reembed, { ...FLAGS, ...to }), await json(reembed, { ...WITH, ...to })];
    expect(after.storage.build.seconds.value).toBeGreaterThan(8 * before.storage.build.seconds.value);
    const [cold, slow] = [await json(cache, FLAGS), await json(cache, WITH)];
    expect(slow.search.value).toBeGreaterThan(1.3 * cold.search.value);
  });
});

describe('an engine that the profile has nothing of', () => {
  const OTHER = { n: '50k', dims: '768', engine: 'sqlite-vec', calibration: 'slow.json' };
  const SENTENCE = 'slow.json has no constants of SQLite with sqlite-vec: its times rest on published ones';

  it.each([
    ['cache', cache, {}],
    ['writes', writes, {}],
    ['reembed', reembed, { 'to-model': 'text-embedding-3-large' }],
    ['forecast', forecast, { 'growth-per-day': '1k' }],
  ] as const)('%s says so, as estimate does', async (_verb, action, more) => {
    expect((await json(estimate, OTHER)).advice[0].message).toBe(SENTENCE);
    expect((await json(action, { ...OTHER, ...more })).notes).toContain(SENTENCE);
    expect((await json(action, { ...WITH, ...more })).notes.join()).not.toContain('no constants');
  });

  it('shard, whose engine is always pgvector', async () => {
    writeCalibrationFile(
      join(folder, 'lite.json'),
      'lite.json',
      [{ ...SLOW, engine: 'sqlite-vec', constants: {} }],
      now,
    );
    expect((await json(shard, { n: '50M', calibration: 'lite.json' })).notes).toContain(
      'lite.json has no constants of pgvector: its times rest on published ones',
    );
  });

  it('compare names every one of them', async () => {
    const r = await json(compare, {
      n: '50k',
      dims: '768',
      vary: 'engine=pgvector,sqlite-vec,qdrant',
      calibration: 'slow.json',
    });
    expect(r.notes).toContain(
      'slow.json has no constants of SQLite with sqlite-vec, Qdrant beside PostgreSQL: their times rest on published ones',
    );
  });

  it('explain, gate and diff on stderr', async () => {
    expect((await run(explain, OTHER)).notes).toContain(SENTENCE);
    expect((await run(explain, { ...OTHER, compare: true })).notes).toContain(SENTENCE);
    const config = join(folder, 'other.yaml');
    writeFileSync(config, 'budgets:\n  - { metric: totals.disk, limit: 1TiB }\n');
    expect((await run(gate, { ...OTHER, config })).notes).toContain(SENTENCE);
    const saved = join(folder, 'other-saved.json');
    writeFileSync(saved, JSON.stringify(await json(estimate, { ...OTHER, calibration: undefined })));
    expect((await run(diff, OTHER, [saved])).notes).toContain(SENTENCE);
  });
});

describe('memplan.yaml', () => {
  it('names it from its own folder, and a flag beats it', async () => {
    const project = join(folder, 'project');
    mkdirSync(project);
    writeCalibrationFile(
      join(project, 'host.json'),
      'host.json',
      [{ ...SLOW, constants: { ...SLOW.constants, 'build-tuple': { value: 1.7, low: 1.7, high: 1.7 } } }],
      now,
    );
    const config = join(project, 'memplan.yaml');
    writeFileSync(config, 'workload: { n: 1M, dims: 768, engine: pgvector, cores: 8 }\ncalibration: host.json\n');
    const before = await json(estimate, FLAGS);
    const named = await json(estimate, { config });
    expect(named.build.seconds.value / before.build.seconds.value).toBeCloseTo(2, 6);
    expect(named.workload.calibration).toEqual({ value: 'host.json', from: 'config' });
    const flagged = await json(estimate, { config, calibration: 'slow.json' });
    expect(flagged.build.seconds.value / before.build.seconds.value).toBeCloseTo(10, 6);
  });

  it('is refused where the name is no name', async () => {
    const config = join(folder, 'bad.yaml');
    writeFileSync(config, 'workload: { n: 1M }\ncalibration: [a]\n');
    expect(await refusal({ config })).toBe(`${config}: calibration must be the name of a file, not a list`);
  });

  it('lying about is not picked up', async () => {
    writeCalibrationFile(join(folder, 'memplan-calibration.json'), 'x', [SLOW], now);
    expect((await json(estimate, FLAGS)).workload.calibration).toBeUndefined();
  });
});

describe('a file that cannot be used', () => {
  it.each([
    ['none.json', undefined, '--calibration none.json: there is no such file'],
    ['.', undefined, '--calibration .: that is a directory'],
    ['no.json', '{', '--calibration no.json: that is not JSON'],
    [
      'other.json',
      '{"schemaVersion":1,"kind":"capacity-report"}',
      '--calibration other.json: this is a capacity-report, and a calibration-profile is needed',
    ],
    [
      'large.json',
      ' '.repeat(2 ** 20 + 1),
      '--calibration large.json: that is no calibration profile, it is larger than 1 MiB',
    ],
    [
      'evil.json',
      '{"schemaVersion":1,"kind":"\\u001b[31mred"}',
      '--calibration evil.json: this is a \\u001b[31mred, and a calibration-profile is needed',
    ],
  ])('%s', async (name, text, sentence) => {
    if (text !== undefined) writeFileSync(join(folder, name), text);
    expect(await refusal({ ...FLAGS, calibration: name })).toBe(sentence);
  });

  it('contradicts --input', async () => {
    expect(await refusal({ input: join(folder, 'before.json'), calibration: 'slow.json' })).toContain(
      '--input contradicts --calibration',
    );
  });
});

describe('what is said on stderr', () => {
  it('age and dimensions, also of a verb without a report of ours', async () => {
    const old = { ...SLOW, measuredAt: '2026-01-01T00:00:00.000Z', dimensions: 100 };
    writeCalibrationFile(join(folder, 'old.json'), 'old.json', [old], now);
    for (const action of [estimate, compare, shard]) {
      const { notes } = await run(action, { ...FLAGS, calibration: 'old.json' });
      expect(notes?.join('\n')).toContain('old.json: pgvector was measured 324 days ago');
      expect(notes?.join('\n')).toContain('measured at 100 dimensions, and 768 are planned');
    }
    expect((await run(estimate, WITH)).notes).toEqual([]);
  });
});

describe('writing', () => {
  it('leaves nothing half-written beside the file, and the old file where it cannot', () => {
    writeCalibrationFile(join(folder, 'whole.json'), 'whole.json', [SLOW], now);
    const before = readFileSync(join(folder, 'whole.json'), 'utf8');
    expect(() => writeCalibrationFile(join(folder, 'gone', 'p.json'), 'gone/p.json', [SLOW], now)).toThrow(
      '--output gone/p.json: it cannot be written (ENOENT)',
    );
    expect(readFileSync(join(folder, 'whole.json'), 'utf8')).toBe(before);
    expect(readdirSync(folder).filter((f) => f.endsWith('.new'))).toEqual([]);
  });
});
