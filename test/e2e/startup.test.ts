import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { buildRuns, commandLine } from '../../build-runs.ts';
import { emptyFolder, root, run } from './run-program.ts';

afterAll(() => rmSync(emptyFolder, { recursive: true, force: true }));

/** Prints what a run has loaded: every module that is resolved, and every bundle, which bin/memplan.cjs reads as a file. */
const HOOK = `
const Module = require('node:module');
const fs = require('node:fs');
const seen = new Set();
const load = Module._load;
Module._load = function (request, ...rest) { seen.add(request); return load.call(this, request, ...rest); };
const read = fs.readFileSync;
fs.readFileSync = (path, ...rest) => { seen.add(String(path)); return read(path, ...rest); };
process.on('exit', () => process.stderr.write('LOADED ' + JSON.stringify([...seen]) + '\\n'));
`;
const hook: string = join(emptyFolder, 'watch-modules.cjs');
writeFileSync(hook, HOOK);

const loadedBy = (program: 'memplan' | 'memctl', ...args: string[]): string[] => {
  const { stderr } = run(program, args, { node: ['--require', hook] });
  return JSON.parse(/LOADED (\[.*\])/.exec(stderr)?.[1] ?? '[]') as string[];
};

/** Node 24 has no `process.binding('v8')` any more: there the documented way is what remains. */
const hasShortWay: boolean = spawnSync(process.execPath, ['-e', "process.binding('v8')"]).status === 0;

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

  const runs = buildRuns(root, join(emptyFolder, 'scratch.yaml'));

  it.each(runs.map((r) => [commandLine(r).join(' ').replaceAll(root, '.'), r] as const))(
    'memplan %s: two bundles, no driver, no commander, YAML only where a file is read',
    (_, r) => {
      const loaded = loadedBy('memplan', ...commandLine(r), '--json');
      expect(loaded.filter((name) => HEAVY.test(name))).toEqual([]);
      const bundles = loaded
        .filter((name) => /dist\/.*\.(js|cjs)$/.test(name))
        .map((name) => basename(name).split('.')[0]);
      const file = 'config' in r.options ? ['memplan-config-file', 'yaml'] : [];
      const kind = ['compare', 'article'].find((flag) => flag in r.options) ?? 'figure';
      const own = r.verb === 'explain' ? [`memplan-explain-${kind}`] : [];
      expect([...new Set(bundles)].sort()).toEqual(['memplan', `memplan-${r.verb}`, ...own, ...file].sort());
    },
  );

  it('is tried by the build for every verb, but for the one that measures', () => {
    const main = readFileSync(join(root, 'src/cli/memplan/main.ts'), 'utf8');
    const verbs = Array.from(main.matchAll(/import\('\.\/([a-z-]+)\.ts'\)\)\.action/g), ([, verb]) => verb);
    const tried = new Set(runs.map((r) => r.verb));
    expect(verbs.length).toBeGreaterThan(10);
    expect(verbs.filter((verb) => !tried.has(verb as string))).toEqual(['calibrate']);
  });

  it('takes every bundle of those runs from the code cache of this Node', () => {
    const [folder = ''] = readdirSync(join(root, 'dist/cache'));
    expect(folder).toBe(`${process.version}-${process.arch}`);
    const loaded = loadedBy('memplan', 'forecast', '--n', '10M', '--growth-per-day', '20k', '--json');
    expect(loaded.filter((name) => /dist\/[a-z-]+\.cjs$/.test(name))).toEqual([]);
  });

  it('has no bundle with a character beyond ASCII, for which the whole of it would be decoded', () => {
    const bundles = readdirSync(join(root, 'dist')).filter((f) => f.endsWith('.cjs'));
    expect(bundles.length).toBeGreaterThan(20);
    expect(bundles.filter((f) => readFileSync(join(root, 'dist', f)).some((byte) => byte > 127))).toEqual([]);
  });

  it('finds a code cache that V8 takes for every bundle, those of memctl and of the adapters too', () => {
    const bundles = readdirSync(join(root, 'dist')).filter((f) => f.endsWith('.cjs'));
    const [folder = ''] = readdirSync(join(root, 'dist/cache'));
    expect(bundles).toContain('adapters-postgres-index.cjs');
    // In a process of its own: the flags of this one are not those of a start.
    const look = `
      const { readFileSync } = require('node:fs');
      const { Script } = require('node:vm');
      const refused = JSON.parse(process.argv[1]).filter((path) => {
        const cachedData = readFileSync(path + '.bin');
        return new Script(readFileSync(path + '.js', 'utf8'), { cachedData }).cachedDataRejected;
      });
      console.log(JSON.stringify(refused));`;
    const paths = bundles.map((f) => join(root, 'dist/cache', folder, basename(f, '.cjs')));
    const { stdout } = spawnSync(process.execPath, ['-e', look, JSON.stringify(paths)], { encoding: 'utf8' });
    expect(stdout).toBe('[]\n');
  });

  it.each(['--pending-deprecation', '--throw-deprecation'])(
    'switches the optimizing compiler off without a word, and without the streams of node:v8 where Node has a way, under %s too',
    (flag) => {
      const quiet = run('memplan', ['forecast', '--n', '10M', '--growth-per-day', '20k', '--json'], { node: [flag] });
      expect([quiet.exit, quiet.stderr]).toEqual([0, '']);
      const modules = `process.on('exit', () => process.stderr.write(String(process.moduleLoadList.includes('NativeModule v8'))))`;
      writeFileSync(join(emptyFolder, 'v8.cjs'), modules);
      const asked = run('memplan', ['forecast', '--n', '10M', '--growth-per-day', '20k', '--json'], {
        node: ['--require', join(emptyFolder, 'v8.cjs')],
      });
      expect(asked.stderr).toBe(String(!hasShortWay));
    },
  );

  it('sees a driver where one is loaded', () => {
    expect(loadedBy('memplan', 'estimate', '--from', 'sqlite:/nowhere.db').length).toBeGreaterThan(0);
    expect(
      loadedBy('memctl', 'stats', `sqlite:${join(import.meta.dirname, '../../fixtures/stores/mneme-v1-sqlite.db')}`),
    ).toContain('better-sqlite3');
  });
});
