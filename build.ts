/**
 * Bundles the two programs. Each is one CommonJS file that holds the parser, the planner and the JSON path; what only
 * some runs need (table rendering, YAML, the SQLite adapter) is a file of its own beside it, loaded when it is needed.
 * One file and CommonJS are what makes a start cheap: see docs/decisions.md.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { compiledFormulaModule } from './build-formulas.ts';

const root: string = dirname(fileURLToPath(import.meta.url));
const out: string = join(root, 'dist');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };

/** Modules that a program imports dynamically and that become files of their own, by their path under src/. */
const LAZY: readonly string[] = [
  'cli/commander-program.ts',
  'cli/memplan/screen.ts',
  'cli/memplan/explain.ts',
  'cli/memplan/explain-compare.ts',
  'cli/memplan/explain-article.ts',
  'cli/memplan/selftest.ts',
  'cli/memplan/compare.ts',
  'cli/memplan/diff.ts',
  'cli/memplan/forecast.ts',
  'cli/memplan/gate.ts',
  'cli/memplan/from-store.ts',
  'cli/memplan/looks-of-store.ts',
  'cli/memplan/config-file.ts',
  'systems/index.ts',
  'cli/memplan/init.ts',
  'cli/memplan/shard.ts',
  'cli/memplan/namespaces-of-store.ts',
  'cli/memplan/cache.ts',
  'cli/memplan/place.ts',
  'cli/memplan/prices.ts',
  'cli/memplan/reembed.ts',
  'cli/memplan/price-file.ts',
  'cli/memctl/stats.ts',
  'cli/memctl/detect.ts',
  'cli/memctl/bloat.ts',
  'cli/memctl/hot.ts',
  'cli/memctl/vacuum.ts',
  'cli/memctl/compact.ts',
  'cli/memctl/dedup.ts',
  'cli/memctl/apply.ts',
  'cli/memctl/undo.ts',
  'cli/memctl/runs.ts',
  'cli/memctl/demo.ts',
  'adapters/sqlite/index.ts',
  'adapters/postgres/index.ts',
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

/** Puts the formulas that planner runs use into the bundles, as JavaScript: src/quantity/compiled-formulas.ts is its place. */
const compiledFormulas: Plugin = {
  name: 'compiled-formulas',
  setup(b) {
    b.onLoad({ filter: /compiled-formulas\.ts$/ }, () => ({ contents: compiledFormulaModule(), loader: 'ts' }));
  },
};

rmSync(out, { recursive: true, force: true });
await build({
  entryPoints: [
    ...['memplan', 'memctl'].map((name) => ({ in: join(root, `src/cli/${name}/main.ts`), out: name })),
    ...LAZY.map((path) => ({ in: join(root, 'src', path), out: basename(bundleName(path), '.cjs') })),
    // Not imported: src/parallel/crew.ts starts it as a thread.
    { in: join(root, 'src/parallel/worker.ts'), out: 'parallel-worker' },
  ],
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
  define: { __VERSION__: JSON.stringify(version), 'import.meta.dirname': '__dirname' },
  // Drivers: loaded from the user's node_modules when a store of theirs is opened; the native ones may not be there.
  external: ['better-sqlite3', 'better-sqlite3/package.json', 'sqlite-vec', 'pg', 'ioredis'],
  plugins: [lazySiblings, withoutExecutableSubcommands, compiledFormulas],
  logLevel: 'warning',
});
for (const name of ['memplan', 'memctl']) chmodSync(join(root, 'bin', `${name}.cjs`), 0o755);

/** Runs that between them compile what a start compiles; their output is thrown away. */
const WARM_UPS: readonly (readonly string[])[] = [
  ['memplan', 'estimate', '--n', '10M', '--dims', '1536', '--json'],
  ['memplan', 'estimate', '--n', '10M', '--dims', '1536'],
  [
    ...['memplan', 'gate', '--config', join(root, 'fixtures/gate/pass/memplan.yaml')],
    ...['--baseline', join(root, 'fixtures/gate/pass/baseline.json'), '--json'],
  ],
  ['memplan', 'compare', '--n', '10M', '--dims', '1536', '--json'],
  ['memplan', 'forecast', '--n', '10M', '--dims', '1536', '--growth-per-day', '20K', '--json'],
  ['memplan', 'reembed', '--n', '1M', '--to-model', 'text-embedding-3-large', '--json'],
  ['memplan', 'shard', '--n', '10M', '--dims', '1536', '--json'],
  ['memplan', 'cache', '--n', '10M', '--dims', '1536', '--json'],
  ['memplan', 'place', '--n', '10M', '--dims', '1536', '--json'],
  ['memplan', 'prices', '--json'],
  ['memplan', '--help'],
  ['memctl', '--help'],
];

/** Collects the scripts of one run and writes their code caches when it ends, with every function that was compiled. */
const KEEP_CACHE = `
  const { mkdirSync, writeFileSync } = require('node:fs');
  const { join } = require('node:path');
  const { start, cacheDir } = require(${JSON.stringify(join(root, 'bin', 'memplan.cjs'))});
  const scripts = new Map();
  mkdirSync(cacheDir, { recursive: true });
  process.on('exit', () => {
    for (const [name, { script, source }] of scripts) {
      writeFileSync(join(cacheDir, name + '.js'), source, 'latin1');
      writeFileSync(join(cacheDir, name + '.bin'), script.createCachedData());
    }
  });
  const [program, ...args] = process.argv.slice(1);
  process.argv = [process.argv[0], program, ...args];
  start(program, (name, script, source) => scripts.set(name, { script, source }));
`;
for (const args of WARM_UPS) {
  const run = spawnSync(process.execPath, ['-e', KEEP_CACHE, ...args], { cwd: out, encoding: 'utf8' });
  if (run.status !== 0 && run.status !== 2) throw new Error(`warm-up "${args.join(' ')}" failed: ${run.stderr}`);
}
