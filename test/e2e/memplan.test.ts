import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { emptyFolder, root, run, store } from './run-program.ts';

afterAll(() => rmSync(emptyFolder, { recursive: true, force: true }));

const estimate = (...args: string[]) => run('memplan', ['estimate', ...args]);
const README = ['--n', '10M', '--dims', '1536'];

describe('estimate', () => {
  it('prints one screen of at most 80 columns, without a colour code in a pipe', () => {
    const { exit, stdout, stderr } = estimate(...README);
    expect([exit, stderr]).toEqual([0, '']);
    expect(Math.max(...stdout.split('\n').map((l) => [...l].length))).toBeLessThanOrEqual(80);
    expect(stdout).not.toContain('\u001b');
    for (const word of ['HNSW index', '76.3 GiB', 'PROVISION', 'BUILD', 'QUERY', 'COST', 'TIER', 'ADVICE'])
      expect(stdout).toContain(word);
  });

  it('prints one JSON document, and prints it again from a file in every format', () => {
    const { stdout } = estimate(...README, '--json');
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({ schemaVersion: 1, kind: 'capacity-report', engine: 'sharded-pgvector' });
    const file = join(emptyFolder, 'report.json');
    writeFileSync(file, stdout);
    for (const format of ['table', 'markdown', 'csv']) {
      expect(estimate('--input', file, '--format', format).stdout).toBe(estimate(...README, '--format', format).stdout);
    }
  });

  it('prints a component a line as NDJSON and CSV, with the same bytes as the JSON', () => {
    const report = JSON.parse(estimate(...README, '--json').stdout) as {
      components: { id: string; disk: { value: number } }[];
    };
    const lines = estimate(...README, '--format', 'ndjson')
      .stdout.trim()
      .split('\n');
    expect(lines.map((l) => JSON.parse(l).disk.value)).toEqual(report.components.map((c) => c.disk.value));
    const csv = estimate(...README, '--format', 'csv')
      .stdout.trim()
      .split('\r\n');
    expect(csv).toHaveLength(report.components.length + 2);
    expect(csv[1]).toMatch(/^vector-index,HNSW index,81920008192,/);
  });

  it('--explain goes down to the constants and their source', () => {
    const { stdout } = estimate(...README, '--explain');
    expect(stdout).toMatch(
      /HNSW element tuple = align8\(header \+ V\) = align8\(72 \+ 6,152\) = 6,224 B {2}\[exact; pgvector/,
    );
  });

  it('colours only where it was asked to', () => {
    const colored = (env: Record<string, string>, ...args: string[]) =>
      run('memplan', ['estimate', ...README, ...args], { env }).stdout.includes('\u001b[');
    expect(colored({})).toBe(false);
    expect(colored({ FORCE_COLOR: '1' })).toBe(true);
    expect(colored({ FORCE_COLOR: '1', NO_COLOR: '1' })).toBe(false);
    expect(colored({ NO_COLOR: '1' }, '--color')).toBe(true);
    expect(colored({ FORCE_COLOR: '1' }, '--no-color')).toBe(false);
  });

  it('does not mind a reader that goes away', () => {
    const { status, stderr } = spawnSync(
      '/bin/sh',
      ['-c', `"${process.execPath}" "${join(root, 'bin/memplan.cjs')}" estimate --n 10M --explain | head -1`],
      { encoding: 'utf8', cwd: emptyFolder },
    );
    expect([status, stderr]).toEqual([0, '']);
  });

  it('takes a flag over the config file, and the file over a default', () => {
    const cwd = join(emptyFolder, 'configured');
    mkdirSync(cwd);
    writeFileSync(join(cwd, 'memplan.yaml'), 'workload:\n  n: 2M\n  dims: 768\nprices:\n  rds.gp3: 1\n');
    const report = JSON.parse(run('memplan', ['estimate', '--dims', '384', '--json'], { cwd }).stdout);
    expect(report.workload.memories).toMatchObject({ value: 2_000_000, from: 'config' });
    expect(report.workload.dimensions).toMatchObject({ value: 384, from: 'flag' });
    expect(report.workload.m).toMatchObject({ value: 16, from: 'default' });
    const cheaper = JSON.parse(
      run('memplan', ['estimate', '--dims', '384', '--json', '--price', 'rds.gp3=0.1'], { cwd }).stdout,
    );
    const storage = (r: typeof report): number =>
      r.cost.monthly.find((l: { id: string }) => l.id === 'storage').usd.value;
    expect(storage(report) / storage(cheaper)).toBeCloseTo(10, 6);
  });

  it('reads its workload from a live store, and says what it takes beside what it should', () => {
    const { exit, stdout } = estimate('--from', store('mneme-v1-sqlite.db'), '--json');
    expect(exit).toBe(0);
    const report = JSON.parse(stdout);
    expect(report.workload.memories).toMatchObject({ value: 447, from: 'store' });
    expect(report.workload.dimensions).toMatchObject({ value: 64, from: 'store' });
    const entries = report.observed.structures.find((s: { name: string }) => s.name === 'entries');
    expect(entries.actual).toBe(308 * 1024);
    expect(Math.abs(entries.difference)).toBeLessThan(0.02);
  });
});

describe('bad input gets one sentence and exit 2', () => {
  const file = (name: string, text: string): string => {
    const path = join(emptyFolder, name);
    writeFileSync(path, text);
    return path;
  };
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [['--n', '0'], /--n: 0 is outside 1 to/],
    [['--n', '-5'], /negative/],
    [['--n', '1.5'], /whole number/],
    [['--n', '10Q'], /unknown suffix "Q"/],
    [['--n', '10T', '--dims', '8'], /outside 1 to/],
    [['--n', '10M', '--dims', '2001', '--engine', 'pgvector'], /at most 2,000 dimensions of float32.*halfvec/],
    [['--n', '10M', '--dims', '4001', '--type', 'halfvec', '--engine', 'pgvector'], /at most 4,000 .*bit/],
    [['--n', '10M', '--dims', '64001', '--type', 'bit', '--engine', 'pgvector'], /at most 64,000/],
    [['--n', '10M', '--ram', '64G'], /64GB .* or 64GiB/],
    [['--n', '10M', '--slo-p99', '5m'], /ambiguous unit/],
    [['--n', '10M', '--engine', 'pgvectr'], /did you mean pgvector\?/],
    [['--n', '10M', '--engine', 'sqlite-vec', '--index', 'hnsw'], /has no such index/],
    [['--n', '10M', '--lists', '100'], /only applies to IVF/],
    [['--n', '10M', '--users', '10', '--memories-per-user', '5'], /contradicts/],
    [['--n', '10M', '--with', 'outbox', '--without', 'outbox'], /contradicts/],
    [['--n', '10M', '--with', 'outbux'], /did you mean outbox\?/],
    [['--n', '10M', '--json', '--format', 'csv'], /contradicts/],
    [['--n', '10M', '--format', 'jsn'], /did you mean json\?/],
    [['--n', '10M', '--dimz', '3'], /unknown option '--dimz'/],
    [['--n'], /argument missing/],
    [['--n', '10M', 'stray'], /too many arguments/],
    [[], /number of memories is missing/],
    [['--users', '5'], /--memories-per-user/],
    [['--n', '10M', '--config', '/nowhere.yaml'], /no such file/],
    [
      ['--config', file('unknown.yaml', 'workload:\n  dmis: 5\n')],
      /workload\.dmis is not a known key; did you mean workload\.dims\?/,
    ],
    [['--config', file('syntax.yaml', 'workload: [1,\n')], /syntax\.yaml/],
    [['--config', file('shape.yaml', '- 1\n')], /must be a mapping/],
    [['--n', '10M', '--price', 'rds.gp3'], /ID=VALUE/],
    [['--n', '10M', '--price', 'rds.gp4=1'], /did you mean rds\.gp3\?/],
    [['--input', '/nowhere.json'], /no such file/],
    [['--input', file('not.json', '{')], /not JSON/],
    [['--input', file('other.json', '{"kind":"bloat-report"}')], /capacity-report is needed/],
    [['--from', 'sqlite:/nowhere.db'], /nowhere\.db/],
    [['--from', `sqlite:${file('empty.db', '')}`], /empty/],
    [
      ['--from', `sqlite:${file('text.db', 'hello, this is no database at all, it is a text file\n'.repeat(200))}`],
      /not an? (SQLite )?database/,
    ],
    [['--from', 'mongodb://x'], /mongodb/],
  ];

  it.each(cases)('estimate %j', (args, message) => {
    const { exit, stdout, stderr } = estimate(...args);
    expect(stderr).toMatch(message);
    expect([exit, stdout]).toEqual([2, '']);
    expect(stderr).not.toMatch(/\n\s+at |node:internal/);
    expect(stderr.trimEnd().split('\n').length).toBeLessThanOrEqual(2);
  });

  it('is one JSON document on stderr where JSON was asked for, and nothing on stdout', () => {
    const { exit, stdout, stderr } = estimate('--n', '0', '--json');
    expect([exit, stdout]).toEqual([2, '']);
    expect(JSON.parse(stderr)).toMatchObject({ schemaVersion: 1, kind: 'error', exit: 2, code: 'out-of-range' });
  });

  it.each([
    ['estmate', /did you mean estimate\?/],
    ['--wat', /unknown option/],
  ])('memplan %s', (word, message) => {
    const { exit, stderr } = run('memplan', [word]);
    expect([exit, message.test(stderr)]).toEqual([2, true]);
  });

  it('no command at all is help on stderr and exit 2; --help is help on stdout and exit 0', () => {
    const bare = run('memplan', []);
    expect([bare.exit, bare.stdout]).toEqual([2, '']);
    expect(bare.stderr).toContain('Usage: memplan');
    for (const args of [['--help'], ['estimate', '--help'], ['explain', '--help'], ['selftest', '--help']]) {
      const { exit, stdout } = run('memplan', args);
      expect(exit).toBe(0);
      expect(stdout).toMatch(/Examples:\n {2}\$ memplan/);
    }
    expect(run('memplan', ['--version']).stdout.trim()).toMatch(/^\d+\.\d+\.\d+$/);
  });
});

describe('explain and selftest', () => {
  it('explains one figure, lists them all, and suggests the nearest', () => {
    expect(run('memplan', ['explain', 'vector-index', ...README]).stdout).toMatch(/^HNSW index = pages \* page = /);
    expect(run('memplan', ['explain']).stdout).toContain('query.p99');
    expect(run('memplan', ['explain', 'query.p9', ...README]).stderr).toMatch(/did you mean query\.p99\?/);
  });

  it('selftest predicts every shipped measurement within its bar', () => {
    const { exit, stdout } = run('memplan', ['selftest', '--json']);
    const report = JSON.parse(stdout) as { groups: { rows: number; passed: boolean }[] };
    expect(exit).toBe(0);
    expect(report.groups.length).toBeGreaterThan(10);
    expect(report.groups.every((g) => g.passed)).toBe(true);
  });
});
