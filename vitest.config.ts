import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/**
 * Together they take as long as all others. `npm test` leaves them out, so that it ends within a quarter of an hour on two
 * cores; `npm run test:long` runs these alone. Before a release both must pass.
 */
const LONG = [
  'test/clients/**',
  'test/cli/{import-removebg,mcp,remove,remove-on-server}.test.ts',
  'test/e2e/{billing,dashboard,dashboard-pages,playground}.test.ts',
  'test/http/{billing,demo,edit-errors,edits,idempotency,rembg,removebg,removebg-effects}.test.ts',
  'test/sdk/client*.test.ts',
];
const isLong = process.env.LONG_TESTS !== undefined;

export default defineConfig({
  // As tsconfig.json has it: the client is not built in a checkout.
  resolve: { alias: { '@remuvr/client': fileURLToPath(new URL('sdk/src/index.ts', import.meta.url)) } },
  test: {
    include: isLong
      ? LONG.map((pattern) => pattern.replace(/\*\*$/, '**/*.test.ts'))
      : ['test/**/*.test.ts', 'web/test/**/*.test.ts'],
    exclude: isLong ? [] : LONG,
    // Own-PostgreSQL, servers and models: each file in a process of its own, two at once as there are two cores.
    pool: 'forks',
    maxWorkers: 2,
    globalSetup: 'test/helpers/prepare.ts',
    testTimeout: 90_000,
    hookTimeout: 180_000,
    reporters: ['default', ['json', { outputFile: '.cache/test-results.json' }]],
  },
});
