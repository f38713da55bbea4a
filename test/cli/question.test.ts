/** A question on a terminal, as a process: a signal from elsewhere ends it as Ctrl-C does. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { root } from '../e2e/run-program.ts';

const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
const main = join(root, 'src', 'cli', 'memplan', 'main.ts');

it.each([
  ['SIGTERM', 143],
  ['SIGINT', 130],
] as const)(
  '%s ends memplan init with %d, and nothing is written',
  async (signal, code) => {
    const cwd = mkdtempSync(join(tmpdir(), 'memplan-question-'));
    // script (util-linux) gives the program a terminal; exec keeps the number that the shell says.
    const command = `echo "pid=$$"; exec '${process.execPath}' --import '${tsx}' '${main}' init`;
    const child = spawn('script', ['-qfec', command, '/dev/null'], { cwd });
    let shown = '';
    const asked = new Promise<void>((resolve) => {
      child.stdout.on('data', (chunk: Buffer) => {
        shown += chunk.toString();
        if (shown.includes('Memory system:')) resolve();
      });
    });
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
    await asked;
    process.kill(Number(/pid=(\d+)/.exec(shown)?.[1]), signal);
    expect(await ended).toBe(code);
    expect(shown).toContain('nothing was written');
    expect(readdirSync(cwd)).toEqual([]);
  },
  30_000,
);
