/** The short form of `npm run soak`, about answers and charges alone: memory needs minutes to show what it does. */
import { expect, test } from 'vitest';
import { runSoak } from '../helpers/soak/run.ts';

test('of mixed requests each gets its answer, successes alone are charged, and nothing is left', async () => {
  const { broken, completed } = await runSoak({ requests: 40, mix: 'all', width: 3, threads: 2 });
  expect(broken).toEqual([]);
  // Of twenty, two are no pictures, one is cut off, and one is abandoned, whenever that is noticed.
  expect(completed).toBeGreaterThanOrEqual(32);
  expect(completed).toBeLessThanOrEqual(34);
}, 240_000);
