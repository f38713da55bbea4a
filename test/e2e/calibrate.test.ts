/** `memplan calibrate` as a process: Ctrl-C in the middle of a series leaves neither a file nor a temporary one. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { root, run } from './run-program.ts';

const folder = (): string => mkdtempSync(join(tmpdir(), 'memplan-calibrate-'));

it.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)(
  '%s ends it with %d',
  async (signal, code) => {
    const [cwd, scratch] = [folder(), folder()];
    const args = [join(root, 'bin', 'memplan.cjs'), 'calibrate', '--rows', '400k', '--dims', '256', '--json'];
    const child = spawn(process.execPath, args, { cwd, env: { ...process.env, TMPDIR: scratch } });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
    // In the middle: its temporary file is there.
    while (readdirSync(scratch).length === 0) await new Promise((wait) => setTimeout(wait, 20));
    child.kill(signal);
    expect(await ended).toBe(code);
    expect(output).toBe('');
    expect(readdirSync(scratch)).toEqual([]);
    expect(readdirSync(cwd)).toEqual([]);
  },
  30_000,
);

it('prints one document, writes one file, and a plan reads it', () => {
  const cwd = folder();
  const measured = run('memplan', ['calibrate', '--rows', '1000', '--dims', '32', '--budget', '20s', '--json'], {
    cwd,
  });
  expect([measured.exit, measured.stderr]).toEqual([0, '']);
  expect(JSON.parse(measured.stdout)).toMatchObject({ kind: 'calibration-report', file: 'memplan-calibration.json' });
  expect(readdirSync(cwd)).toEqual(['memplan-calibration.json']);
  const flags = ['--n', '50k', '--dims', '32', '--engine', 'sqlite-vec', '--calibration', 'memplan-calibration.json'];
  const planned = run('memplan', ['estimate', ...flags, '--json'], { cwd });
  expect(JSON.parse(planned.stdout).query.p50.basis).toBe('measured');
});

it('a profile that is none is said in one sentence, with exit code 2', () => {
  const refused = run('memplan', ['estimate', '--n', '1M', '--calibration', 'nowhere.json']);
  expect(refused).toEqual({
    exit: 2,
    stdout: '',
    stderr: 'memplan: --calibration nowhere.json: there is no such file\n  memplan calibrate writes one\n',
  });
});
