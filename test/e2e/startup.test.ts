import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { emptyFolder, run } from './run-program.ts';

afterAll(() => rmSync(emptyFolder, { recursive: true, force: true }));

/** Prints the packages that a run has loaded, by watching every module that is resolved. */
const HOOK = `
const Module = require('node:module');
const seen = new Set();
const load = Module._load;
Module._load = function (request, ...rest) { seen.add(request); return load.call(this, request, ...rest); };
process.on('exit', () => process.stderr.write('LOADED ' + JSON.stringify([...seen]) + '\\n'));
`;
const hook: string = join(emptyFolder, 'watch-modules.cjs');
writeFileSync(hook, HOOK);

const loadedBy = (program: 'memplan' | 'memctl', ...args: string[]): string[] => {
  const { stderr } = run(program, args, { node: ['--require', hook] });
  return JSON.parse(/LOADED (\[.*\])/.exec(stderr)?.[1] ?? '[]') as string[];
};

const HEAVY = /^(better-sqlite3|pg|ioredis|ora|@inquirer\/.*|node:child_process|child_process|node:net|net)$/;

describe('what a start loads', () => {
  it.each([
    ['--help'],
    ['estimate --help'],
    ['estimate --n 10M --dims 1536'],
    ['estimate --n 10M --dims 1536 --json'],
    ['explain vector-index --n 10M'],
  ])('memplan %s loads no driver, prompt or spinner', (line) => {
    const loaded = loadedBy('memplan', ...line.split(' '));
    expect(loaded.filter((name) => HEAVY.test(name))).toEqual([]);
  });

  it('sees a driver where one is loaded', () => {
    expect(loadedBy('memplan', 'estimate', '--from', 'sqlite:/nowhere.db').length).toBeGreaterThan(0);
    expect(
      loadedBy('memctl', 'stats', `sqlite:${join(import.meta.dirname, '../../fixtures/stores/mneme-v1-sqlite.db')}`),
    ).toContain('better-sqlite3');
  });
});
