/** The README's tour, as a user types it: every line in its order, in one folder. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type Finished, root, run } from './run-program.ts';

const folder = mkdtempSync(join(tmpdir(), 'memctl-tour-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const tour = /<!-- tour -->\n```sh\n([\s\S]*?)```/.exec(readFileSync(join(root, 'README.md'), 'utf8'))?.[1] ?? '';
const lines = tour
  .trim()
  .split('\n')
  .map((line) => line.replace(/\s+#.*$/, '').replace(/^npx /, ''));

function typed(line: string): Finished {
  const [program, ...args] = line.split(/\s+/);
  expect(program).toBe('memctl');
  return run('memctl', args, { cwd: folder, env: { MEMCTL_STATE_DIR: join(folder, 'state') } });
}

describe('the tour of the README', () => {
  it('runs line by line', () => {
    expect(lines.length).toBeGreaterThan(6);
    const said = new Map(lines.map((line) => [line, typed(line)]));
    for (const [line, { exit, stderr }] of said) expect({ line, exit, stderr }).toMatchObject({ exit: 0 });
    const of = (part: string): string => [...said].find(([line]) => line.includes(part))?.[1].stdout ?? '';
    expect(of(' demo ')).toContain('1,442 have expired');
    expect(of(' hot ')).toContain('support-bot');
    expect(of(' --archive ')).toMatch(/1,567 rows removed/);
    expect(of(' undo ')).toMatch(/1,567/);
    expect(of(' runs')).toMatch(/vacuum[\s\S]*undo|undo[\s\S]*vacuum/);
    expect(existsSync(join(folder, 'removed'))).toBe(true);
  });

  it('finds the same rows expired again after undo', () => {
    const stats = JSON.parse(typed('memctl stats memctl-demo.db --json').stdout) as {
      sections: { memories: { id: string; rows: number; ttl: { expired: number } | null }[] };
    };
    expect(stats.sections.memories.find((m) => m.id === 'mneme:entries')).toMatchObject({
      rows: 3200,
      ttl: { expired: 1442 },
    });
  });
});
