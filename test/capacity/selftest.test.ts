import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { selftest } from '../../src/capacity/selftest.ts';
import { GROUP_IDS, GROUPS, type GroupId } from '../../src/capacity/selftest-bars.ts';
import { parseCsv } from '../../src/capacity/selftest-csv.ts';
import type { MeasurementFiles } from '../../src/capacity/selftest-rows.ts';
import { readMeasurements, selftestOutcome } from '../../src/cli/memplan/selftest.ts';
import { isInputError } from '../../src/quantity/index.ts';
import { width } from '../../src/render/columns.ts';
import { csvLine } from '../../src/render/csv.ts';
import { PLAIN } from '../../src/render/paint.ts';
import { selftestCsv, selftestMarkdown, selftestScreen } from '../../src/render/selftest.ts';
import { writtenNumber } from '../../src/render/written-number.ts';
import { jsonView } from '../cli/memplan/quiet-runtime.ts';
import fc from '../random-cases.ts';

const NOW = new Date('2026-01-02T03:04:05Z');
const shipped = readMeasurements();
const report = selftest(shipped, NOW);
const plain = { width: 80, paint: PLAIN, rows: false };
const run = (changed: Partial<MeasurementFiles>) => selftest({ ...shipped, ...changed }, NOW);

/** The files with one line of one of them edited. */
function edited(file: string, line: number, edit: (text: string) => string): MeasurementFiles {
  const key = file.replace('.csv', '') as keyof MeasurementFiles;
  const lines = shipped[key].split('\n');
  const before = lines[line - 1] as string;
  const after = edit(before);
  expect(after).not.toBe(before);
  lines[line - 1] = after;
  return { ...shipped, [key]: lines.join('\n') };
}

describe('the shipped measurements', () => {
  it.each(report.groups.map((g) => [g.title, g] as const))('%s is within its bar', (_title, g) => {
    expect(g.rows).toBeGreaterThan(0);
    expect(g).toMatchObject({ passed: true });
  });

  it('cover every engine and structure, and hardly a row is left out', () => {
    expect(report.passed).toBe(true);
    expect(report.groups.map((g) => g.id)).toEqual(GROUP_IDS.filter((id) => report.groups.some((g) => g.id === id)));
    for (const id of ['pgvector-hnsw', 'pg-heap', 'gin-text', 'hnsw-build-time', 'vec0', 'redis', 'published'] as const)
      expect(report.groups.find((g) => g.id === id)?.rows, id).toBeGreaterThan(7);
    expect(report.measurements).toBe(
      Object.values(shipped).reduce((sum: number, text: string) => sum + text.trim().split('\n').length - 1, 0),
    );
    const leftOut = report.leftOut.reduce((sum, l) => sum + l.rows, 0);
    expect(report.predictedMeasurements + leftOut).toBe(report.measurements);
    expect(report.predictedMeasurements).toBeGreaterThan(0.9 * report.measurements);
  });

  it('are compared in the unit they were measured in, with finite errors', () => {
    for (const row of report.rows) {
      expect(row.predicted.unit).toBe(row.actual.unit);
      expect(Number.isFinite(row.error), row.label).toBe(true);
    }
  });
});

describe('can fail', () => {
  it('a row with 5 % more bytes breaks the bar and is named', () => {
    const row = report.rows.find((r) => r.group === 'pgvector-hnsw' && r.label.startsWith('80,000 × 384'));
    if (row === undefined) throw new Error('the measurement is gone');
    const bytes = row.actual.value;
    const broken = selftest(
      edited(row.file, row.line, (l) => l.replace(`,${bytes},`, `,${Math.round(bytes * 1.05)},`)),
      NOW,
    );
    expect(broken.passed).toBe(false);
    expect(broken.failures.map((f) => [f.group, f.line])).toEqual([['pgvector-hnsw', row.line]]);
    const outcome = selftestOutcome(broken, false);
    expect(outcome.exit).toBe(1);
    const text = selftestScreen(broken, { ...plain, width: 1000 });
    expect(text).toContain(`1 of ${report.groups.length} kinds is outside the bar`);
    expect(text).toContain(
      `pgvector HNSW index, ${row.label} (postgres.csv, line ${row.line}): predicted 163,848,192 B, measured 172,040,602 B: −4.76 %, the bar is 1 %.`,
    );
  });

  const byBytes = report.groups.filter(
    (g) => g.bar.each !== null && !['pg-table', 'hnsw-build-memory', 'hnsw-spill', 'published'].includes(g.id),
  );
  it.each(byBytes.map((g) => g.id))('%s notices one wrong row', (id) => {
    const row = report.rows.find((r) => r.group === id && r.actual.value > 0);
    const wrong = Math.round((row?.actual.value as number) * (1 - 1.3 * (GROUPS[id].bar.each as number) - 0.1));
    const broken = selftest(
      edited(row?.file as string, row?.line as number, (l) => l.replace(`,${row?.actual.value},`, `,${wrong},`)),
      NOW,
    );
    expect(broken.groups.find((g) => g.id === id)?.passed).toBe(false);
    expect(broken.failures.some((f) => f.group === id && f.line === row?.line)).toBe(true);
  });

  it.each([
    ['hnsw-build-memory', /("graph_mem_mb"":)(\d+)/, '$1999'],
    ['hnsw-spill', /after \d+ tuples/, 'after 5000 tuples'],
    ['pg-table', /("total_rel_bytes"":)/, '$11'],
    ['published', /(\d MB|\d GiB),\d+/, '$1,9999'],
  ] as const)('%s notices one wrong row', (id, pattern, text) => {
    const row = report.rows.find((r) => r.group === id);
    const broken = selftest(
      edited(row?.file as string, row?.line as number, (l) => l.replace(pattern, text)),
      NOW,
    );
    expect(broken.failures.map((f) => [f.group, f.line])).toEqual([[id, row?.line]]);
  });

  it('a median over its bar fails the group though each row is within', () => {
    const shifted = shipped.postgres.replace(
      /^([^,]*,[^,]*,ivfflat_index,.*"),(\d+),/gm,
      (_all, before: string, bytes: string) => `${before},${Math.round(Number(bytes) * 1.005)},`,
    );
    const broken = run({ postgres: shifted });
    const group = broken.groups.find((g) => g.id === 'pgvector-ivfflat');
    expect(group?.passed).toBe(false);
    expect(broken.failures).toEqual([]);
    expect(selftestScreen(broken, plain)).toMatch(
      /pgvector IVFFlat index: the median error is 0\.\d\d %, the bar 0\.1 %/,
    );
  });

  it('a structure predicted where nothing was measured is an error of 100 %', () => {
    const row = report.rows.find((r) => r.group === 'pg-toast' && r.actual.value > 0);
    const broken = selftest(
      edited('postgres.csv', row?.line as number, (l) => l.replace(`,${row?.actual.value},`, ',0,')),
      NOW,
    );
    expect(broken.failures[0]).toMatchObject({ error: 1, group: 'pg-toast' });
  });
});

describe('what is left out', () => {
  const heap = 'pgvector,0.8.6/pg15.20,heap,50000,384,,,,,"{""stage"":""updated10pct""}",112599040,5.4,measured';
  const brin = 'postgres,pg15.20,brin_index,100000,,,,,,"{""kind"":""brin_created""}",24576,0.01,measured';
  const btree = 'postgres,pg15.20,btree_index,100000,,,,,,"{""kind"":""btree_other""}",24576,0.01,measured';

  it.each([
    ['stage', heap],
    ['no-layout', brin],
    ['incomplete', btree],
  ] as const)('%s: is counted and fails nothing', (id, line) => {
    const with_ = run({ postgres: `${shipped.postgres.trimEnd()}\n${line}\n` });
    expect(with_.passed).toBe(true);
    const counted = (r: typeof report): number => r.leftOut.find((l) => l.id === id)?.rows ?? 0;
    expect(counted(with_)).toBe(counted(report) + 1);
    expect(with_.rows.length).toBe(report.rows.length);
  });

  it('published sizes whose dimensions were guessed are no evidence', () => {
    const line =
      'T098,pgvector,0.8.x,100000,384,vector,hnsw,16,64,,docker,1,195MB,100,189,,,,,,dims inferred,high,somewhere';
    const with_ = run({ published: `${shipped.published.trimEnd()}\n${line}\n` });
    expect(with_.passed).toBe(true);
    expect(with_.leftOut.find((l) => l.id === 'inferred')?.rows).toBe(1);
  });
});

it('a published hnswlib file is predicted in its two parts', () => {
  const line =
    'T112,hnswlib (via MyVector),2025-02,9990000,96,float32,hnsw,24,200,,EPYC 9254,1,5874120096 B level0 + 43524300 B links,5602.0,13107,,,,,,deep-image-96,high,github.com/p3io/myvector-dev issue 17 (2025-02-17)';
  const with_ = run({ published: `${shipped.published.trimEnd()}\n${line}\n` });
  const rows = with_.rows.filter((r) => r.group === 'hnswlib-file' && r.label.startsWith('T112'));
  expect(rows).toHaveLength(2);
  for (const row of rows) expect(Math.abs(row.error)).toBeLessThan(0.005);
});

describe('build time', () => {
  const group = (r: typeof report) => r.groups.find((g) => g.id === 'hnsw-build-time');

  it('is tested for its shape: a machine half as fast has twice the constant and the same errors', () => {
    const slower = run({
      postgres: shipped.postgres.replaceAll(
        /("cpu_s"":)([\d.]+)/g,
        (_a, k: string, s: string) => `${k}${2 * Number(s)}`,
      ),
    });
    expect(slower.buildTuple?.value).toBeCloseTo(2 * (report.buildTuple?.value as number), 10);
    expect(group(slower)?.medianError).toBeCloseTo(group(report)?.medianError as number, 10);
  });

  it('leaves out parallel and spilled builds, and those of WebAssembly', () => {
    const labels = report.rows.filter((r) => r.group === 'hnsw-build-time').map((r) => r.label);
    expect(labels.filter((l) => /parallel|pglite|, \d+MB,/.test(l.replace('512MB', '')))).toEqual([]);
    expect(labels.length).toBeGreaterThanOrEqual(29);
  });
});

describe('a damaged file', () => {
  const refusal = (f: () => unknown): { code: string; message: string } => {
    try {
      f();
    } catch (e) {
      if (isInputError(e)) return { code: e.code, message: e.message };
      throw e;
    }
    throw new Error('nothing was refused');
  };
  const line = 8;

  it.each([
    [
      'bytes that are no number',
      (l: string) => l.replace(/,\d+,([^,]*),measured$/, ',many,$1,measured'),
      /line 8: bytes is "many", which is not a number/,
    ],
    ['a line cut off', (l: string) => l.slice(0, 30), /line 8: \d fields instead of 13/],
    ['an open quote', (l: string) => l.replace('"{', '"{"'), /line 8: a quote is open/],
    ['JSON cut off', (l: string) => l.replace('}"', '"'), /line 8: extra is not a JSON object/],
    ['a type nobody has', (l: string) => l.replace(',vector,', ',vektor,'), /line 8: "vektor" is no type of pgvector/],
    [
      'dimensions beyond the engine',
      (l: string) => l.replace(/,(\d+),vector/, ',9999,vector'),
      /line 8: .*at most 2,000 dimensions/,
    ],
    ['negative rows', (l: string) => l.replace(/index,(\d+)/, 'index,-$1'), /line 8: n is "-\d+"/],
  ] as const)('%s: one sentence with file and line', (_what, edit, message) => {
    const { code, message: said } = refusal(() => selftest(edited('postgres.csv', line, edit), NOW));
    expect(code).toBe('damaged-measurements');
    expect(said).toMatch(/^postgres\.csv, line 8: /);
    expect(said).toMatch(message);
    expect(said).not.toContain('\n');
  });

  it('an empty one, or another one', () => {
    expect(refusal(() => run({ embedded: '' }))).toMatchObject({
      message: expect.stringContaining('the header lacks engine'),
    });
    expect(refusal(() => run({ published: shipped.postgres })).message).toMatch(
      /^published\.csv, line 1: the header lacks id/,
    );
    expect(refusal(() => run({ embedded: '<html>' })).code).toBe('damaged-measurements');
  });

  it('files of headers alone are nothing to be proud of', () => {
    const heads = Object.fromEntries(Object.entries(shipped).map(([k, t]) => [k, `${t.split('\n')[0]}\n`]));
    expect(refusal(() => run(heads)).message).toContain('there is no measurement to predict');
  });

  it('a missing one is named', () => {
    const folder = mkdtempSync(join(tmpdir(), 'selftest-'));
    try {
      writeFileSync(join(folder, 'postgres.csv'), shipped.postgres);
      const { code, message } = refusal(() => readMeasurements(folder));
      expect(code).toBe('measurements-missing');
      expect(message).toContain(`${join(folder, 'embedded.csv')}: there is no such file`);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('CSV', () => {
  it('reads back what is written, whatever the cells hold', () => {
    const cell = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', ' ', 'é', '0') });
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell, fc.constant('end')), { maxLength: 8 }), (records) => {
        const text = [['a', 'b', 'c'], ...records].map((r) => csvLine(r)).join('');
        expect(parseCsv(text, 'f', ['a', 'b', 'c']).map((r) => r.cells)).toEqual(records);
      }),
      { numRuns: 300 },
    );
  });

  it('knows the line a record begins on, and takes either line end and a last line without one', () => {
    expect(parseCsv('a,b\r\n"x\ny",1\n\n2,', 'f', ['b', 'a'])).toEqual([
      { line: 2, cells: ['1', 'x\ny'] },
      { line: 5, cells: ['', '2'] },
    ]);
  });
});

describe('output', () => {
  it.each([80, 100])('fits %i columns', (columns) => {
    for (const rows of [false, true]) {
      const lines = selftestScreen(report, { ...plain, width: columns, rows }).split('\n');
      expect(lines.filter((l) => width(l) > columns)).toEqual([]);
    }
  });

  it('says the answer first, then every kind', () => {
    const lines = selftestScreen(report, plain).split('\n');
    expect(lines[1]).toMatch(/^ {2}\d+ predictions of \d+ measurements: all \d+ kinds are within their bars\.$/);
    for (const g of report.groups) expect(lines.some((l) => l.includes(g.title))).toBe(true);
  });

  it('Markdown and CSV have a line for each kind, or for each row', () => {
    const table = (text: string): number => text.split('\n').filter((l) => l.startsWith('|')).length - 2;
    expect(table(selftestMarkdown(report, false))).toBe(report.groups.length);
    expect(table(selftestMarkdown(report, true))).toBe(report.rows.length);
    expect(parseCsv(selftestCsv(report, false), 'f', ['median_error', 'passed'])).toHaveLength(report.groups.length);
    const rows = parseCsv(selftestCsv(report, true), 'f', ['predicted', 'measured', 'error']);
    expect(rows.map((r) => Number(r.cells[2]))).toEqual(report.rows.map((r) => writtenNumber(r.error)));
  });

  it('JSON holds the rows only when they are asked for', async () => {
    const view = jsonView(NOW);
    const document = async (rows: boolean) =>
      JSON.parse(await selftestOutcome(report, rows).render(view)) as Record<string, unknown>;
    const summary = await document(false);
    expect(summary).toMatchObject({
      schemaVersion: 1,
      kind: 'selftest-report',
      generatedAt: NOW.toISOString(),
      passed: true,
      failures: [],
    });
    expect(summary['rows']).toBeUndefined();
    expect((await document(true))['rows']).toHaveLength(report.rows.length);
  });

  it('a kind without rows is not listed', () => {
    const heads = `${shipped.embedded.split('\n')[0]}\n`;
    const ids: readonly GroupId[] = run({ embedded: heads }).groups.map((g) => g.id);
    expect(ids).not.toContain('redis');
    expect(ids).toContain('pg-heap');
  });
});
