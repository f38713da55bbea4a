/** `memplan init` in this process: answers from a list, real files, what is written and what is not. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { parse } from 'yaml';
import { writeCalibrationFile } from '../../../src/cli/memplan/calibration-file.ts';
import { action as gate } from '../../../src/cli/memplan/gate.ts';
import { action } from '../../../src/cli/memplan/init.ts';
import type { Runtime } from '../../../src/cli/runtime.ts';
import { completeWorkload, readConfig, type Workload } from '../../../src/workload/index.ts';

const folders: string[] = [];
afterEach(() => {
  for (const f of folders.splice(0)) rmSync(f, { recursive: true, force: true });
});

interface Desk {
  readonly folder: string;
  readonly runtime: Runtime;
  readonly said: string[];
}

/** @param answers what is typed, in order; null is Ctrl-C; undefined for no terminal */
function desk(answers?: readonly (string | null)[]): Desk {
  const folder = mkdtempSync(join(tmpdir(), 'memplan-init-'));
  folders.push(folder);
  const said: string[] = [];
  const left = [...(answers ?? [])];
  const sink = { write: (text: string) => void said.push(text), isTTY: false, columns: undefined };
  let interrupted: number | undefined;
  const runtime: Runtime = {
    argv: [],
    env: {},
    now: new Date('2026-09-15T00:00:00Z'),
    stdout: sink,
    stderr: sink,
    cwd: folder,
    signal: new AbortController().signal,
    get interrupted() {
      return interrupted;
    },
    ...(answers === undefined
      ? {}
      : {
          ask: async (question: string) => {
            said.push(question);
            const next = left.shift() ?? null;
            if (next === null) interrupted = 130;
            return next;
          },
        }),
  };
  return { folder, runtime, said };
}

const written = (d: Desk, file = 'memplan.yaml'): string => readFileSync(join(d.folder, file), 'utf8');
const planned = (d: Desk, file?: string): Workload =>
  completeWorkload(readConfig(parse(written(d, file)), 'memplan.yaml').draft);

it('asks, says what is wrong with an answer, shows the estimate, and writes what was typed', async () => {
  const d = desk(['', 'many', '2M', '1024', 'halfvec', '', '1k', '', '', '50ms', '32GiB', '$400']);
  const outcome = await action.execute([], {}, d.runtime);
  expect(outcome.exit).toBe(0);
  const text = written(d);
  for (const line of [
    'n: 2M',
    'dims: 1024',
    'type: halfvec',
    'namespaces: 1k',
    'slo-p99: 50ms',
    'ram: 32GiB',
    'budget: $400',
  ]) {
    expect(text).toContain(`\n  ${line}  #`);
  }
  expect(text).toContain('\n  # text-bytes: 200B  #');
  const w = planned(d);
  expect([w.memories.value, w.scalar, w.sloP99.value, w.origin['text-bytes']]).toEqual([
    2_000_000,
    'halfvec',
    0.05,
    'default',
  ]);
  const screen = d.said.join('');
  expect(screen).toContain('"many" is not a count');
  expect(screen.match(/So far: /g)?.length).toBeGreaterThanOrEqual(7);
  expect(await outcome.render({ format: 'table' } as never)).toContain('memplan.yaml is written.');
  expect(readdirSync(d.folder)).toEqual(['memplan.yaml']);
});

it('a known system is not asked for its type, and its own settings stand in the comments', async () => {
  const d = desk(['mneme-redis', '1M', '768', '', '', '', '', '', '', '']);
  expect((await action.execute([], {}, d.runtime)).exit).toBe(0);
  expect(d.said.join('')).not.toContain('Stored as');
  expect(d.said.join('')).toContain('So far: mneme (Redis): ');
  expect(written(d)).toContain('\n  # ef-construction: 200  #');
});

it('Ctrl-C writes nothing, wherever it comes', async () => {
  for (const before of [[], [''], ['', '1M', '768']]) {
    const d = desk([...before, null]);
    const outcome = await action.execute([], {}, d.runtime);
    expect([outcome.exit, readdirSync(d.folder)]).toEqual([130, []]);
  }
});

it('without a terminal it needs --yes, and then flags alone', async () => {
  const d = desk();
  await expect(action.execute([], { n: '1M' }, d.runtime)).rejects.toThrow(/give --yes and the answers as flags/);
  await expect(action.execute([], { yes: true }, d.runtime)).rejects.toThrow(/number of memories is missing/);
  expect(existsSync(join(d.folder, 'memplan.yaml'))).toBe(false);
  await action.execute([], { yes: true, n: '1M', dims: '768', output: 'plan.yaml' }, d.runtime);
  expect(planned(d, 'plan.yaml').dimensions.value).toBe(768);
});

it('what cannot be planned is not written', async () => {
  const d = desk();
  const flags = { yes: true, n: '1M', dims: '768', system: 'mneme', type: 'int8' };
  await expect(action.execute([], flags, d.runtime)).rejects.toThrow(/QuantizationError/);
  expect(readdirSync(d.folder)).toEqual([]);
});

it('a file that is there is written over only when that is said', async () => {
  const d = desk(['n']);
  writeFileSync(join(d.folder, 'memplan.yaml'), 'mine');
  expect((await action.execute([], {}, d.runtime)).exit).toBe(0);
  expect(written(d)).toBe('mine');
  const quiet = { ...d.runtime, ask: undefined };
  await expect(action.execute([], { yes: true, n: '1M' }, quiet)).rejects.toThrow(/give --force/);
  expect(written(d)).toBe('mine');
  await action.execute([], { yes: true, n: '1M', force: true }, quiet);
  expect(planned(d).memories.value).toBe(1_000_000);
});

it('--from starts with the counts of a live store', async () => {
  const d = desk();
  const store = new URL('../../../fixtures/stores/mneme-v1-sqlite.db', import.meta.url).pathname;
  await action.execute([], { yes: true, from: `sqlite:${store}` }, d.runtime);
  expect([planned(d).dimensions.value, planned(d).memories.value]).toEqual([64, 447]);
});

it('the other sections stand as comments, and what they say works once the # is gone', async () => {
  const d = desk();
  await action.execute([], { yes: true, n: '2M', dims: '1024' }, d.runtime);
  const lines = written(d).split('\n');
  const from = lines.indexOf('# budgets:');
  const used = lines
    .slice(from)
    .map((l) => (/^# ( {2}|budgets|prices|price-file|currency|calibration)/.test(l) ? l.slice(2) : l));
  const config = [...lines.slice(0, from), ...used].join('\n');
  expect(readConfig(parse(config), 'memplan.yaml').draft.inputs['n']?.value).toBe(2_000_000);
  writeFileSync(join(d.folder, 'prices.json'), JSON.stringify({ schemaVersion: 1, kind: 'price-file', prices: [] }));
  const measured = { value: 0.85, low: 0.8, high: 0.9 };
  writeCalibrationFile(
    join(d.folder, 'memplan-calibration.json'),
    'memplan-calibration.json',
    [
      {
        engine: 'pgvector',
        server: 'PostgreSQL 17.6, pgvector 0.8.0',
        host: null,
        measuredAt: '2026-11-20T10:00:00.000Z',
        dimensions: 1024,
        referenceRows: 20_000,
        constants: { 'build-tuple': measured },
      },
    ],
    d.runtime.now,
  );
  writeFileSync(join(d.folder, 'all.yaml'), config.replace('memplan-prices.json', 'prices.json'));
  const outcome = await gate.execute([], { config: join(d.folder, 'all.yaml') }, d.runtime);
  const report = JSON.parse(await outcome.render({ format: 'json', now: d.runtime.now } as never)) as {
    readonly passed: boolean;
    readonly budgets: readonly { readonly metric: string }[];
  };
  expect([outcome.exit, report.passed, report.budgets.map((b) => b.metric)]).toEqual([
    0,
    true,
    ['totals.resident', 'totals.disk', 'cost.monthly', 'query.p99'],
  ]);
});
