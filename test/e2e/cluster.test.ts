/**
 * Two servers, workers, PostgreSQL and S3, each a process of its own; workers, a server and PostgreSQL are killed by -9 while
 * jobs of four plans go through. CLUSTER_TEST=long: 300 jobs and three workers; `npm run chaos` is longer still.
 */
import { expect, test } from 'vitest';
import { runChaos } from '../helpers/chaos/run.ts';

const isLong = process.env.CLUSTER_TEST === 'long';

test('whatever is killed, every accepted job ends once, successes alone are charged, and nothing is left over', async () => {
  const { broken, accepted, completed, refused, givenUp, killed } = await runChaos({
    jobs: isLong ? 300 : 24,
    servers: 2,
    workers: isLong ? 3 : 2,
    kills: isLong ? { worker: 15, server: 3, postgres: 2 } : { worker: 2, server: 1, postgres: 1 },
    seed: 6,
  });
  expect(broken).toEqual([]);
  expect(killed).toBe(isLong ? 20 : 4);
  expect(completed + refused + givenUp).toBe(accepted);
  expect(Math.min(completed, refused)).toBeGreaterThan(0);
}, 1_800_000);
