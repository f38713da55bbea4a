/** The SQLite driver is the user's: what is wrong with theirs is said in one sentence, by every verb alike. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { emptyFolder, root } from './run-program.ts';

afterAll(() => rmSync(emptyFolder, { recursive: true, force: true }));

const installed: string = join(emptyFolder, 'installed');
const native: string = join(installed, 'node_modules/better-sqlite3/build/Release/better_sqlite3.node');

/** The program as installed, with the driver's JavaScript and, for its native part, a file with this text or none. */
function withNativePart(text: string | undefined): void {
  rmSync(installed, { recursive: true, force: true });
  mkdirSync(join(installed, 'dist'), { recursive: true });
  cpSync(join(root, 'bin'), join(installed, 'bin'), { recursive: true });
  for (const f of readdirSync(join(root, 'dist'))) {
    if (f.endsWith('.cjs')) cpSync(join(root, 'dist', f), join(installed, 'dist', f));
  }
  for (const part of ['better-sqlite3/lib', 'better-sqlite3/package.json', 'bindings', 'file-uri-to-path']) {
    cpSync(join(root, 'node_modules', part), join(installed, 'node_modules', part), { recursive: true });
  }
  mkdirSync(join(native, '..'), { recursive: true });
  if (text !== undefined) writeFileSync(native, text);
}

function memctl(...args: string[]): { exit: number | null; stderr: string } {
  const program = join(installed, 'bin/memctl.cjs');
  const { status, stderr } = spawnSync(process.execPath, [program, ...args], { cwd: emptyFolder, encoding: 'utf8' });
  return { exit: status, stderr };
}

const VERBS: readonly (readonly string[])[] = [
  ['demo', 'made.db'],
  ['stats', join(root, 'fixtures/stores/mneme-v1-sqlite.db')],
];

describe('a driver that cannot be used', () => {
  it.each(VERBS)('has no native part, and memctl %s says so', (...args) => {
    withNativePart(undefined);
    const { exit, stderr } = memctl(...args);
    expect(exit).toBe(4);
    expect(stderr).toMatch(/^memctl: sqlite: the driver better-sqlite3 cannot be loaded \(.*\)\n {2}npm rebuild/);
  });

  it.each(VERBS)('has a native part of another kind of machine, and memctl %s says so', (...args) => {
    withNativePart('no library\n');
    const { exit, stderr } = memctl(...args);
    expect(exit).toBe(4);
    expect(stderr).toMatch(/^memctl: sqlite: the driver better-sqlite3 cannot be loaded \(.*\)\n {2}npm rebuild/);
  });

  it('has the call that aborts compiled in: named, without opening it, by every Node whose drivers can have it', () => {
    withNativePart('_ZN4node28RemoveEnvironmentCleanupHookEPN2v87IsolateEPFvPvES3_');
    const { exit, stderr } = memctl('demo', 'made.db');
    const canHave = Number.parseInt(process.versions.node, 10) >= 22;
    expect(exit).toBe(4);
    expect(stderr).toContain(canHave ? 'compiled against Node 24.19 or later' : 'better-sqlite3 cannot be loaded (');
  });
});
