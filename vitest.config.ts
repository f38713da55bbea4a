import { defineConfig, type ViteUserConfig } from 'vitest/config';

const config: ViteUserConfig = defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['./test/build-once.ts'],
    // Real engines (PostgreSQL in WebAssembly) take seconds to boot and build indexes.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // PGlite boots take ~450 MB each; two workers is what a small CI machine holds.
    maxWorkers: 2,
    reporters: ['default', './test/closing-line-reporter.ts'],
  },
});

export default config;
