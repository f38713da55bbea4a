/**
 * Bundles the two programs. Each is a small CommonJS file that reads the command line, and one file for each verb that holds
 * all that the verb's JSON needs; what only some runs need (tables, YAML, the SQLite adapter) is a file of its own, loaded
 * when it is needed. Few files and CommonJS are what makes a start cheap: see docs/decisions.md.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { allFormulasModule, formulaModule, RECORDING_MODULE } from './build-formulas.ts';
import { type CountedRange, Executions, withPositionalLiterals } from './build-literals.ts';
import { buildRuns, commandLine } from './build-runs.ts';
import { plainVerbs } from './src/cli/memplan/commands.ts';

const root: string = dirname(fileURLToPath(import.meta.url));
const out: string = join(root, 'dist');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };

/** Each verb is a file of its own: what a main.ts imports when the verb is asked for. */
function verbsOf(program: string): string[] {
  const main = readFileSync(join(root, `src/cli/${program}/main.ts`), 'utf8');
  return Array.from(main.matchAll(/import\('\.\/([a-z-]+\.ts)'\)\)\.action/g), ([, file]) => `cli/${program}/${file}`);
}

/** Modules that are imported dynamically and become files of their own, by their path under src/. */
const LAZY: readonly string[] = [
  ...verbsOf('memplan'),
  ...verbsOf('memctl'),
  'cli/commander-program.ts',
  'cli/memplan/commands.ts',
  'cli/memplan/screen.ts',
  'cli/memplan/saved-report.ts',
  'cli/memplan/explain-figure.ts',
  'cli/memplan/explain-compare.ts',
  'cli/memplan/explain-article.ts',
  'cli/memplan/from-store.ts',
  'cli/memplan/looks-of-store.ts',
  'cli/memplan/config-file.ts',
  'cli/memplan/calibration-file.ts',
  'cli/memplan/namespaces-of-store.ts',
  'cli/memplan/price-file.ts',
  'systems/index.ts',
  'capacity/writes-tables.ts',
  'adapters/sqlite/index.ts',
  'adapters/postgres/index.ts',
  'adapters/postgres/calibration.ts',
  'adapters/sqlite/calibration.ts',
  'adapters/redis/index.ts',
].filter((path) => existsSync(join(root, 'src', path)));

const bundleName = (path: string): string =>
  `${path
    .replace(/^cli\//, '')
    .replace(/\.ts$/, '')
    .replaceAll('/', '-')}.cjs`;

/** Points `import('./screen.ts')` at the sibling bundle instead of inlining it. */
const lazySiblings: Plugin = {
  name: 'lazy-siblings',
  setup(b) {
    b.onResolve({ filter: /\.ts$/ }, (args) => {
      if (args.kind !== 'dynamic-import') return undefined;
      const path = relative(join(root, 'src'), join(args.resolveDir, args.path));
      return LAZY.includes(path) ? { path: `./${bundleName(path)}`, external: true } : undefined;
    });
  },
};

/** Packages that several files need in one run are a file of their own, so that a run reads and compiles them once. */
const SHARED_PACKAGES: readonly string[] = ['yaml'];

const sharedPackages: Plugin = {
  name: 'shared-packages',
  setup(b) {
    b.onResolve({ filter: /^yaml$/ }, (args) =>
      args.kind === 'entry-point' ? undefined : { path: `./${args.path}.cjs`, external: true },
    );
  },
};

/**
 * commander requires node:child_process for subcommands that are programs of their own; we have none, and loading it is a
 * tenth of a start.
 */
const withoutExecutableSubcommands: Plugin = {
  name: 'without-executable-subcommands',
  setup(b) {
    b.onResolve({ filter: /^(node:)?child_process$/ }, (args) =>
      args.importer.includes('/commander/') ? { path: 'child_process', namespace: 'none' } : undefined,
    );
    b.onLoad({ filter: /.*/, namespace: 'none' }, () => ({ contents: 'module.exports = {};' }));
  },
};

/** Puts formulas into the bundles, as JavaScript: src/quantity/compiled-formulas.ts is their place. */
const withFormulas = (module: string): Plugin => ({
  name: 'compiled-formulas',
  setup(b) {
    b.onLoad({ filter: /compiled-formulas\.ts$/ }, () => ({ contents: module, loader: 'ts' }));
    b.onResolve({ filter: /^\.\/formulas\.cjs$/ }, (args) => ({ path: args.path, external: true }));
  },
});

/** Each verb's flags and formats as JSON: see src/cli/memplan/plain-verbs.ts. */
const verbs: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(plainVerbs()).map(([name, verb]) => [name, JSON.stringify(verb)]),
);

interface Entry {
  readonly in: string;
  readonly out: string;
}

async function bundle(entryPoints: readonly Entry[], formulaModule: string): Promise<void> {
  await build({
    entryPoints: [...entryPoints],
    outdir: out,
    outExtension: { '.js': '.cjs' },
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    legalComments: 'none',
    minifyWhitespace: true,
    minifySyntax: true,
    minifyIdentifiers: true,
    charset: 'ascii',
    // import() becomes require(), which is what bin/memplan.cjs hands to the bundles.
    supported: { 'dynamic-import': false },
    define: {
      __VERSION__: JSON.stringify(version),
      __MEMPLAN_VERBS__: JSON.stringify(verbs),
      __NODE_VERSION__: JSON.stringify(process.version),
      'import.meta.dirname': '__dirname',
    },
    // Drivers: loaded from the user's node_modules when a store of theirs is opened; the native ones may not be there.
    external: ['better-sqlite3', 'sqlite-vec', 'pg', 'ioredis'],
    plugins: [lazySiblings, sharedPackages, withoutExecutableSubcommands, withFormulas(formulaModule)],
    logLevel: 'warning',
  });
  for (const e of entryPoints) {
    const file = join(out, `${e.out}.cjs`);
    writeFileSync(file, escaped(readFileSync(file, 'utf8')));
  }
}

/** What esbuild leaves beyond ASCII stands in regular expressions. One such character has a start decode the whole file. */
function escaped(js: string): string {
  return js.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

const entries: readonly Entry[] = [
  ...['memplan', 'memctl'].map((name) => ({ in: join(root, `src/cli/${name}/main.ts`), out: name })),
  ...LAZY.map((path) => ({ in: join(root, 'src', path), out: basename(bundleName(path), '.cjs') })),
  ...SHARED_PACKAGES.map((name) => ({ in: name, out: name })),
  // Not imported: src/parallel/crew.ts starts it as a thread.
  { in: join(root, 'src/parallel/worker.ts'), out: 'parallel-worker' },
];

/**
 * What a run of the build does beside running: it gets every bundle that was loaded, and a file to write.
 * @param before run ahead of the program
 */
function runProgram(args: readonly string[], atExit: string, before = ''): void {
  const script = `
    const { mkdirSync, writeFileSync } = require('node:fs');
    const { basename, join } = require('node:path');
    const { start, cacheDir } = require(${JSON.stringify(join(root, 'bin', 'memplan.cjs'))});
    const scripts = new Map();
    // A throw in here would leave the exit code that the program has set.
    process.on('exit', () => {
      try { ${atExit} } catch (e) { console.error(e); process.exitCode = 70; }
    });
    const [program, ...args] = process.argv.slice(1);
    process.argv = [process.argv[0], program, ...args];
    ${before}
    start(program, (name, script, source) => scripts.set(name, { script, source }));
  `;
  const run = spawnSync(process.execPath, ['-e', script, ...args], { cwd: out, encoding: 'utf8' });
  if (run.status !== 0 || /unrecognized flag/.test(run.stderr))
    throw new Error(`the build's own run "${args.join(' ')}" failed: ${run.stderr}`);
}

rmSync(out, { recursive: true, force: true });

// First with bundles that write down which formulas they ask for: each file is then given its own, already compiled, and the
// few that other flags need lie in a file of their own.
await bundle(entries, RECORDING_MODULE);
const scratch: string = join(out, 'scratch.yaml');
const asked: string = join(out, 'asked.json');
const runs: readonly (readonly string[])[] = buildRuns(root, scratch).flatMap((r) => [
  ['memplan', ...commandLine(r)],
  ['memplan', ...commandLine(r), '--json'],
]);
const everyRun: readonly (readonly string[])[] = [...runs, ['memplan', '--help'], ['memctl', '--help']];
const formulasOf = new Map<string, Set<string>>();
for (const args of runs) {
  runProgram(args, `writeFileSync(${JSON.stringify(asked)}, JSON.stringify(globalThis.formulasAsked ?? {}));`);
  for (const [file, texts] of Object.entries(JSON.parse(readFileSync(asked, 'utf8')) as Record<string, string[]>)) {
    const name = basename(file, '.cjs');
    formulasOf.set(name, new Set([...(formulasOf.get(name) ?? []), ...texts]));
  }
}
rmSync(out, { recursive: true, force: true });
const all: string = allFormulasModule();
await bundle([{ in: join(root, 'src/quantity/compiled-formulas.ts'), out: 'formulas' }], all);
await bundle(
  entries.filter((e) => !formulasOf.has(e.out)),
  formulaModule([], true),
);
for (const e of entries) {
  const texts = formulasOf.get(e.out);
  if (texts !== undefined) await bundle([e], formulaModule(texts, true));
}
for (const name of ['memplan', 'memctl']) chmodSync(join(root, 'bin', `${name}.cjs`), 0o755);

// How often each place of a bundle runs decides how its object literals are made: see build-literals.ts. A Node without an inspector
// cannot count: there they stay as they are.
const counted: string = join(out, 'counted.json');
const COUNT = `
  const { Session } = require('node:inspector');
  const session = new Session();
  session.connect();
  session.post('Profiler.enable');
  session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
`;
const KEEP_COUNTS = `
  session.post('Profiler.takePreciseCoverage', (error, taken) => {
    if (error) throw new Error(error.message);
    const functions = (name) => taken.result.find((s) => s.url.endsWith('/dist/' + name + '.cjs')).functions;
    const ofBundle = ([name, { source }]) => [name, { source, ranges: functions(name).flatMap((f) => f.ranges) }];
    writeFileSync(${JSON.stringify(counted)}, JSON.stringify(Object.fromEntries([...scripts].map(ofBundle))));
  });
`;
const executions = new Map<string, { readonly source: string; readonly counts: Executions }>();
for (const args of process.features.inspector ? everyRun : []) {
  runProgram(args, KEEP_COUNTS, COUNT);
  const ofRun = JSON.parse(readFileSync(counted, 'utf8')) as Record<string, { source: string; ranges: CountedRange[] }>;
  for (const [name, { source, ranges }] of Object.entries(ofRun)) {
    const known = executions.get(name) ?? { source, counts: new Executions() };
    known.counts.add(ranges);
    executions.set(name, known);
  }
}
rmSync(counted, { force: true });
for (const [name, { source, counts }] of executions) {
  const file = join(out, `${name}.cjs`);
  const js = readFileSync(file, 'utf8');
  // What is compiled is the bundle within a function: its places are further on than the bundle's.
  const within = source.indexOf(js);
  writeFileSync(
    file,
    withPositionalLiterals(js, (offsets) => counts.at(offsets.map((o) => o + within))),
  );
}

// Then the code caches: every function that a run compiled is kept with its bundle. A cache bears the flags under which it was
// written, and V8 takes it under no others: these runs leave them as a start has them. Setting them back afterwards is not enough
// (after --no-opt and --opt the V8 of Node 22 has another hash of its flags); the runs above have tried what
// src/cli/process-runtime.ts sets.
const LEAVE_FLAGS = 'process.binding = () => ({ setFlagsFromString() {} });';
const KEEP_CACHE = `
  mkdirSync(cacheDir, { recursive: true });
  for (const [name, { script, source }] of scripts) {
    if (script.cachedDataRejected === true) throw new Error('V8 refuses the code cache of ' + name);
    writeFileSync(join(cacheDir, name + '.js'), source);
    writeFileSync(join(cacheDir, name + '.bin'), script.createCachedData());
  }
`;
for (const args of everyRun) runProgram(args, KEEP_CACHE, LEAVE_FLAGS);
rmSync(scratch, { force: true });

// What no run has used is kept whole: memctl's verbs and the adapters want a store, and of a server there is none here.
const KEEP_WHOLE = `
  const { existsSync, readdirSync, writeFileSync } = require('node:fs');
  const { basename, join } = require('node:path');
  const { setFlagsFromString } = require('node:v8');
  const { Script } = require('node:vm');
  const { cacheDir, wrapped } = require(${JSON.stringify(join(root, 'bin', 'memplan.cjs'))});
  const names = readdirSync('.').filter((f) => f.endsWith('.cjs')).map((f) => basename(f, '.cjs'));
  const left = names.filter((name) => !existsSync(join(cacheDir, name + '.bin')));
  setFlagsFromString('--no-lazy');
  const sources = left.map((name) => wrapped(name + '.cjs'));
  const scripts = sources.map((source) => new Script(source));
  // The flags that a start has.
  setFlagsFromString('--lazy');
  left.forEach((name, i) => {
    writeFileSync(join(cacheDir, name + '.js'), sources[i]);
    writeFileSync(join(cacheDir, name + '.bin'), scripts[i].createCachedData());
  });
`;
const whole = spawnSync(process.execPath, ['-e', KEEP_WHOLE], { cwd: out, encoding: 'utf8' });
if (whole.status !== 0) throw new Error(`the code caches of the other bundles could not be made: ${whole.stderr}`);
