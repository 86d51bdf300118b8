import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  // As tsconfig.json has it: the client is not built in a checkout.
  resolve: { alias: { '@remuvr/client': fileURLToPath(new URL('sdk/src/index.ts', import.meta.url)) } },
  test: {
    include: ['test/**/*.test.ts', 'web/test/**/*.test.ts'],
    // Own-PostgreSQL, servers and models: each file in a process of its own. On two cores three at once, for one of them
    // often waits: for a sweep, a time limit or a page.
    pool: 'forks',
    maxWorkers: 3,
    globalSetup: 'test/helpers/prepare.ts',
    testTimeout: 90_000,
    hookTimeout: 180_000,
    reporters: ['default', ['json', { outputFile: '.cache/test-results.json' }]],
  },
});
