/**
 * Bundles the two programs. Each is one CommonJS file that holds the parser, the planner and the JSON path; what only
 * some runs need (table rendering, YAML, the SQLite adapter) is a file of its own beside it, loaded when it is needed.
 * One file and CommonJS are what makes a start cheap: see docs/decisions.md.
 */
import { chmodSync, readFileSync, rmSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';

const root: string = dirname(fileURLToPath(import.meta.url));
const out: string = join(root, 'dist');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };

/** Modules that a program imports dynamically and that become files of their own, by their path under src/. */
const LAZY: readonly string[] = [
  'cli/memplan/screen.ts',
  'cli/memplan/explain.ts',
  'cli/memplan/selftest.ts',
  'cli/memplan/from-store.ts',
  'cli/memplan/config-file.ts',
  'cli/memctl/stats.ts',
  'cli/memctl/detect.ts',
];

const bundleName = (path: string): string => `${path.replace(/^cli\//, '').replace(/\.ts$/, '').replaceAll('/', '-')}.cjs`;

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

rmSync(out, { recursive: true, force: true });
await build({
  entryPoints: [
    ...['memplan', 'memctl'].map((name) => ({ in: join(root, `src/cli/${name}/main.ts`), out: name })),
    ...LAZY.map((path) => ({ in: join(root, 'src', path), out: basename(bundleName(path), '.cjs') })),
  ],
  outdir: out,
  outExtension: { '.js': '.cjs' },
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  legalComments: 'none',
  define: { __VERSION__: JSON.stringify(version) },
  // Native and optional: resolved on the user's machine, or not there.
  external: ['better-sqlite3', '@colors/colors'],
  plugins: [lazySiblings, withoutExecutableSubcommands],
  logLevel: 'warning',
});
for (const name of ['memplan', 'memctl']) chmodSync(join(root, 'bin', `${name}.cjs`), 0o755);
