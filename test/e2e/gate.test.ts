/** The gate in a pipeline: three small repositories, and the CI files of docs/gate.md, with the built program. */
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { root } from './run-program.ts';

interface Ran {
  readonly exit: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A copy of a fixture repository with memplan installed in it, as npm leaves it, and a `gh` that keeps what it is told. */
function repository(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'memplan-gate-'));
  cpSync(join(root, 'fixtures', 'gate', name), folder, { recursive: true });
  program(join(folder, 'node_modules', '.bin'), 'memplan', `exec "${process.execPath}" "${root}/bin/memplan.cjs" "$@"`);
  program(join(folder, 'tools'), 'gh', `echo "$*" >> "${folder}/gh.txt"`);
  mkdirSync(join(folder, 'out'));
  return folder;
}

function program(folder: string, name: string, line: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, name), `#!/bin/sh\n${line}\n`);
  chmodSync(join(folder, name), 0o755);
}

function shell(command: readonly string[], folder: string, env: Readonly<Record<string, string>> = {}): Ran {
  const { NO_COLOR: _a, FORCE_COLOR: _b, ...own } = process.env;
  const path = `${join(folder, 'node_modules', '.bin')}:${join(folder, 'tools')}:${process.env['PATH']}`;
  const child = spawnSync(command[0] as string, command.slice(1), {
    cwd: folder,
    encoding: 'utf8',
    env: { ...own, PATH: path, OUT: join(folder, 'out'), ...env },
    timeout: 60_000,
  });
  return { exit: child.status, stdout: child.stdout, stderr: child.stderr };
}

const EXPECTED = [
  ['pass', 0],
  ['breach', 1],
  ['wrong-evidence', 2],
] as const;

describe.each(EXPECTED)('the repository %s', (name, exit) => {
  const folder = repository(name);
  const ran = shell(['sh', './gate.sh'], folder);
  const out = (file: string): string => readFileSync(join(folder, 'out', file), 'utf8');

  it(`ends with ${exit}`, () => {
    expect(ran).toEqual({ exit, stdout: '', stderr: '' });
  });

  it('prints what docs/gate.md says', () => {
    const xml = out('junit');
    const commands = out('github').match(/^::\w+/gm) ?? [];
    if (name === 'wrong-evidence') {
      for (const format of ['table', 'json', 'csv', 'markdown']) expect(out(format), format).toBe('');
      expect(JSON.parse(out('json.err'))).toMatchObject({ kind: 'error', exit: 2, code: 'budget-unjudged' });
      expect(out('table.err')).toContain('did you mean totals.resident?');
      expect(commands).toEqual(['::error', '::error', '::error']);
      expect(xml).toContain('tests="3" failures="0" errors="3"');
      return;
    }
    const passed = name === 'pass';
    const json = JSON.parse(out('json')) as { passed: boolean; budgets: { passed: boolean | null }[] };
    expect(json).toMatchObject({ kind: 'gate-report', schemaVersion: 1, passed });
    expect(json.budgets.map((b) => b.passed)).toEqual(
      passed ? [true, true, true, true, true, null] : [false, false, false, true],
    );
    expect(out('table')).toContain(passed ? 'Passed: 5 of 5 budgets kept.' : 'Failed: 2 of 4 budgets exceeded');
    expect(out('csv').split('\r\n')[0]).toBe('table,budget,limit,figure,change,level,verdict');
    expect(out('markdown') === '').toBe(passed);
    expect(commands).toEqual(passed ? ['::notice'] : ['::error', '::error', '::warning']);
    expect(xml).toContain(passed ? 'tests="6" failures="0" errors="0" skipped="1"' : 'tests="4" failures="2"');
  });
});

const page = readFileSync(join(root, 'docs', 'gate.md'), 'utf8');
const ci = (file: string): string => readFileSync(join(root, 'docs', 'gate', file), 'utf8');

describe('the GitHub workflow', () => {
  interface Step {
    readonly name?: string;
    readonly run?: string;
    readonly if?: string;
  }
  const text = ci('github-workflow.yml');
  const { steps } = (parse(text) as { jobs: { gate: { steps: Step[] } } }).jobs.gate;
  const script = (name: string): string => steps.find((s) => s.name === name)?.run ?? 'exit 99';

  it('is the one on the page', () => {
    expect(page).toContain(`\`\`\`yaml\n${text}\`\`\``);
    expect(steps.flatMap((s) => (s.run === undefined ? [] : [s.name]))).toEqual(['install', 'gate', 'comment']);
  });

  it.each(EXPECTED)('%s: the gate step ends with %d, and comments where there is something to say', (name, exit) => {
    const folder = repository(name);
    if (name === 'wrong-evidence')
      cpSync(join(root, 'fixtures/gate/pass/baseline.json'), join(folder, 'baseline.json'));
    const summary = join(folder, 'summary.md');
    const env = { GITHUB_STEP_SUMMARY: summary, PR: '17' };
    // As the runner starts a step: bash -e, each in a shell of its own.
    const gate = shell(['bash', '-e', '-c', script('gate')], folder, env);
    expect(gate.exit).toBe(exit);
    expect(gate.stdout).toMatch({ 0: /^::notice /, 1: /^::error /, 2: /^::error / }[exit]);
    expect(shell(['bash', '-e', '-c', script('comment')], folder, env).exit).toBe(0);
    expect(existsSync(summary)).toBe(exit === 1);
    expect(existsSync(join(folder, 'gh.txt'))).toBe(exit === 1);
    if (exit !== 1) return;
    expect(readFileSync(summary, 'utf8')).toContain('| totals.disk |');
    expect(readFileSync(join(folder, 'gh.txt'), 'utf8')).toBe('pr comment 17 -F comment.md\n');
  });
});

describe('the GitLab job', () => {
  const text = ci('gitlab-ci.yml');
  const { script } = (parse(text) as { capacity: { script: string[] } }).capacity;

  it('is the one on the page', () => {
    expect(page).toContain(`\`\`\`yaml\n${text}\`\`\``);
  });

  it.each(EXPECTED)('%s: ends with %d and leaves the JUnit file', (name, exit) => {
    const folder = repository(name);
    if (name === 'wrong-evidence')
      cpSync(join(root, 'fixtures/gate/pass/baseline.json'), join(folder, 'baseline.json'));
    // The runner puts the lines into one script that ends at the first failure.
    const ran = shell(['bash', '-eo', 'pipefail', '-c', script.join('\n')], folder);
    expect(ran.exit).toBe(exit);
    const xml = readFileSync(join(folder, 'gate.xml'), 'utf8');
    expect(/<failure /.test(xml)).toBe(exit === 1);
    expect(/<error /.test(xml)).toBe(exit === 2);
  });
});
