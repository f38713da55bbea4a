import { defineConfig, type ViteUserConfig } from 'vitest/config';

/** Tests that need a real PostgreSQL, PgBouncer or Redis: test/servers/README.md. */
const SERVER_TESTS = 'test/**/*.server.test.ts';

const config: ViteUserConfig = defineConfig({
  test: {
    globalSetup: ['./test/run-folder.ts', './test/build-once.ts'],
    // Real engines (PostgreSQL in WebAssembly, native servers) take seconds to boot and build indexes.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // PGlite boots take ~450 MB each; two workers is what a small CI machine holds.
    maxWorkers: 2,
    reporters: ['default', './test/closing-line-reporter.ts'],
    projects: [
      { extends: true, test: { name: 'files', include: ['test/**/*.test.ts'], exclude: [SERVER_TESTS] } },
      {
        extends: true,
        test: { name: 'servers', include: [SERVER_TESTS], globalSetup: ['./test/servers/shared-postgres.ts'] },
      },
    ],
  },
});

export default config;
