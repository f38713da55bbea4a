/** `memplan gate` as a user has it: the file, its lines, the formats, what is refused. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Outcome, View } from '../../../src/cli/command.ts';
import { EXIT } from '../../../src/cli/exit-codes.ts';
import { budgetsInFile } from '../../../src/cli/memplan/budgets-file.ts';
import { action } from '../../../src/cli/memplan/gate.ts';
import type { Runtime } from '../../../src/cli/runtime.ts';
import { emptyFolder, root, store } from '../../e2e/run-program.ts';

const NOW = new Date('2026-11-21T00:00:00Z');
const sink = { write: (): void => undefined, isTTY: false, columns: undefined };
const runtime: Runtime = {
  argv: [],
  env: {},
  now: NOW,
  stdout: sink,
  stderr: sink,
  cwd: emptyFolder,
  signal: new AbortController().signal,
  interrupted: undefined,
};
const view = (format: View['format'], columns = 80): View => ({
  format,
  columns,
  color: false,
  explain: false,
  quiet: false,
  verbose: false,
  now: NOW,
});
const folder = mkdtempSync(join(tmpdir(), 'memplan-gate-'));
let files = 0;
function file(text: string): string {
  const path = join(folder, `memplan-${files++}.yaml`);
  writeFileSync(path, text);
  return path;
}
const HEAD = 'version: 1\nworkload: { n: 2M, dims: 768 }\n';
const withBudgets = (text: string): string => file(`${HEAD}${text}`);
const fixture = (name: string): string => join(root, 'fixtures', 'gate', name);

const run = async (options: Record<string, unknown>): Promise<Outcome> => await action.execute([], options, runtime);
const text = async (o: Outcome, format: View['format'], columns = 80): Promise<string> =>
  await o.render(view(format, columns));
async function refusal(options: Record<string, unknown>): Promise<string> {
  try {
    const outcome = await run(options);
    return await text(outcome, 'table');
  } catch (e) {
    return (e as Error).message;
  }
}

const breach = { config: join(fixture('breach'), 'memplan.yaml'), baseline: join(fixture('breach'), 'baseline.json') };

describe('budgets in a file', () => {
  it('are read with their lines, levels and days', () => {
    const path = withBudgets(
      'budgets:\n  - metric: totals.disk # most\n    limit: 1TB\n\n  - { metric: machines, limit: 2, for: 180 days, level: warn }\n',
    );
    expect(budgetsInFile(path)).toEqual([
      {
        metric: 'totals.disk',
        limit: '1TB',
        level: 'error',
        days: undefined,
        where: `${path}:4: budgets[0]`,
        line: 4,
      },
      { metric: 'machines', limit: '2', level: 'warn', days: 180, where: `${path}:7: budgets[1]`, line: 7 },
    ]);
  });

  it('keep the sign that YAML drops: +1 is one more than the baseline', async () => {
    const path = withBudgets('budgets: [{ metric: machines, limit: +1 }]\n');
    expect(budgetsInFile(path)[0]?.limit).toBe('+1');
    const outcome = await run({ config: path, baseline: breach.baseline });
    const json = JSON.parse(await text(outcome, 'json')) as { budgets: { limit: { value: number } }[] };
    expect(json.budgets[0]?.limit.value).toBe(2);
  });

  it('may be written once and named again', () => {
    const path = withBudgets('budgets:\n  - &a { metric: machines, limit: 2 }\n  - *a\n');
    expect(budgetsInFile(path).map((b) => b.metric)).toEqual(['machines', 'machines']);
  });

  it.each([
    ['', 'there are no budgets'],
    ['budgets:\n', 'there are no budgets'],
    ['budgets: []\n', 'there are no budgets'],
    ['budgets: 64GiB\n', ':3: budgets must be a list'],
    ['budgets: [64GiB]\n', ':3: budgets[0] must be a mapping'],
    ['budgets: [{ metric: machines }]\n', 'budgets[0] has no limit'],
    ['budgets: [{ limit: 2 }]\n', 'budgets[0] has no metric'],
    ['budgets: [{ metric: machines, limit: }]\n', 'budgets[0].limit must be a word or an amount'],
    ['budgets: [{ metric: machines, limit: [2] }]\n', 'budgets[0].limit must be a word or an amount'],
    ['budgets: [{ metric: machines, limt: 2 }]\n', 'budgets[0].limt is not a known key; did you mean limit?'],
    ['budgets: [{ metric: machines, limit: 2, level: eror }]\n', 'did you mean error?'],
    ['budgets: [{ metric: machines, limit: 2, for: 180 }]\n', 'no unit'],
    ['budgets: [{ metric: machines, limit: 2, for: 90y }]\n', 'outside 1 to 3,653 days'],
    ['budgets: [{ metric: machines, limit: 2, for: 180d }]\n', 'how fast the store grows is not known'],
  ])('%j is refused', async (budgets, why) => {
    expect(await refusal({ config: withBudgets(budgets) })).toContain(why);
  });

  it('need a file and a baseline that is one', async () => {
    expect(await refusal({})).toContain('there is no memplan.yaml here');
    expect(await refusal({ ...breach, baseline: join(folder, 'none.json') })).toContain('there is no such file');
    const other = join(folder, 'other.json');
    writeFileSync(other, '{"schemaVersion":1,"kind":"store-report"}');
    expect(await refusal({ ...breach, baseline: other })).toContain('a capacity-report is needed');
  });
});

describe('the answer', () => {
  it('is the exit code', async () => {
    expect((await run(breach)).exit).toBe(EXIT.breached);
    expect((await run({ ...breach, dims: '768' })).exit).toBe(EXIT.done);
    // Money is a warning; what is wrong is neither.
    expect((await run({ config: join(fixture('wrong-evidence'), 'memplan.yaml') })).exit).toBe(EXIT.usage);
  });

  it('prints inside 40, 80 and 100 columns', async () => {
    for (const columns of [40, 80, 100]) {
      const shown = await text(await run(breach), 'table', columns);
      for (const line of shown.split('\n')) expect([...line].length, line).toBeLessThanOrEqual(columns);
      expect(shown.replaceAll(/\s+/g, ' ')).toContain('Failed: 2 of 4 budgets exceeded; 1 of 4');
    }
  });

  it('as Markdown is empty where all is kept and nothing changed, and only there', async () => {
    const same = { ...breach, dims: '768' };
    expect(await text(await run(same), 'markdown')).toBe('');
    expect(await text(await run({ ...same, n: '2050k' }), 'markdown')).toContain('Passed: 4 of 4 budgets kept.');
    expect(await text(await run(breach), 'markdown')).toContain('| totals.disk |');
  });

  it('as annotations names the file, the line and the level, escaped as the runner undoes it', async () => {
    const odd = join(folder, 'a,b:c.yaml');
    copyFileSync(breach.config, odd);
    const lines = (await text(await run({ ...breach, config: odd }), 'github')).trimEnd().split('\n');
    const at = `file=${folder}/a%2Cb%3Ac.yaml`;
    expect(lines[0]).toMatch(new RegExp(`^::error ${at},line=9,title=memplan gate%3A totals.resident for 180 d::`));
    expect(lines[1]).toMatch(/^::error .*line=12,/);
    expect(lines[2]).toMatch(/^::warning .*line=14,/);
    expect(lines).toHaveLength(4);
    // A percent sign stands for itself nowhere but in the sentence at the end.
    for (const line of lines.slice(0, 3)) expect(line.replaceAll(/%(25|2C|3A)/g, '')).not.toContain('%');
  });

  it('as JUnit counts what it lists', async () => {
    const xml = await text(await run(breach), 'junit');
    expect(xml).toContain('<testsuites tests="4" failures="2" errors="0" skipped="0">');
    expect(xml.match(/<testcase /g)).toHaveLength(4);
    expect(xml.match(/<failure /g)).toHaveLength(2);
    expect(xml).toContain('<system-out>warning: cost.monthly');
    const off = await run({ config: withBudgets('budgets: [{ metric: "<&>", limit: \'"2"\', level: off }]\n') });
    const escaped = await text(off, 'junit');
    expect(escaped).toContain('name="&lt;&amp;&gt; within &quot;2&quot;"');
    expect(escaped).toContain('<skipped message="level off"/>');
    expect(off.exit).toBe(EXIT.done);
    expect(await text(off, 'table')).toContain('No budget was judged.');
  });

  it('with --strict is judged by the upper bound, and says so', async () => {
    const path = withBudgets('budgets: [{ metric: totals.resident, limit: 8GiB }]\n');
    const [plain, strict] = [await run({ config: path }), await run({ config: path, strict: true })];
    expect([plain.exit, strict.exit]).toEqual([EXIT.done, EXIT.breached]);
    expect(await text(plain, 'table')).toContain('kept, uncertain');
    expect(await text(strict, 'table')).toContain('judged by the upper bound');
  });

  it('takes growth from flags and from the file', async () => {
    const path = withBudgets('budgets: [{ metric: totals.resident, limit: 16GiB, for: 180d }]\n');
    expect((await run({ config: path, 'growth-per-day': '1k' })).exit).toBe(EXIT.done);
    expect((await run({ config: path, 'growth-per-day': '50k' })).exit).toBe(EXIT.breached);
    expect((await run({ config: path, 'writes-per-day': '50k', ttl: '30d' })).exit).toBe(EXIT.done);
  });

  it('judges a live store', async () => {
    const path = file('budgets: [{ metric: totals.disk, limit: 1GiB }]\n');
    const outcome = await run({ config: path, from: store('mneme-v1-sqlite.db') });
    expect(outcome.exit).toBe(EXIT.done);
  });

  it('where a budget cannot be judged is an error for CI and a sentence for everybody else', async () => {
    const wrong = await run({ config: join(fixture('wrong-evidence'), 'memplan.yaml') });
    expect(wrong.notes).toHaveLength(3);
    expect((await text(wrong, 'github')).match(/^::error .*line=(8|10|12),/gm)).toHaveLength(3);
    expect(await text(wrong, 'junit')).toContain('errors="3"');
    for (const format of ['table', 'json', 'csv', 'markdown'] as const) {
      await expect(text(wrong, format)).rejects.toThrow('did you mean totals.resident?');
    }
  });
});

it('reads a file that comes through a pipe, which can be read once only', async () => {
  const path = withBudgets('budgets: [{ metric: machines, limit: 2 }]\n');
  // A shell's pipe: what spawn gives a child as stdin is a socket.
  const command = `cat '${path}' | '${process.execPath}' --import tsx src/cli/memplan/main.ts gate --config /dev/stdin`;
  const answered = spawnSync('sh', ['-c', command], { cwd: root, encoding: 'utf8' });
  expect(answered.stderr).toBe('');
  expect(answered.stdout).toContain('Passed: 1 of 1 budget kept.');
});
