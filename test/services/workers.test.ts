/** The list of workers: kept up by their beats, and by nothing else. */
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sweepIdle } from '../../src/services/sweep-idle.ts';
import { announceWorker, listWorkers, withdrawWorker } from '../../src/services/worker-roster.ts';
import { openTestContext, type TestContext } from '../helpers/database.ts';
import { makeWorker } from '../helpers/worker.ts';

let test_: TestContext;
beforeEach(async () => {
  test_ = await openTestContext();
});
afterEach(async () => await test_.close());

const silence = (id: string, seconds: number) =>
  test_.ctx.database.pool.query(
    `update workers set seen_at = clock_timestamp() - $2 * interval '1 second' where id = $1`,
    [id, seconds],
  );

test('a beat changes what a worker does, and neither what it is nor since when', async () => {
  const { ctx } = test_;
  const worker = makeWorker({ id: randomUUID(), state: 'starting' });
  await announceWorker(ctx, worker);
  const [first] = await listWorkers({ ctx });
  expect(first).toEqual({ ...worker, startedAt: expect.any(Date) });
  await announceWorker(ctx, { ...worker, state: 'draining', running: 2, jobsDone: 7, memoryMib: 900.4, jobMs: 312.5 });
  const now = { state: 'draining', running: 2, jobsDone: 7, memoryMib: 900, jobMs: 312.5 };
  expect(await listWorkers({ ctx })).toEqual([{ ...first, ...now }]);
});

test('one that has been silent for six seconds is not listed, and is again with its next beat', async () => {
  const { ctx } = test_;
  const [quiet, alive] = [makeWorker({ id: randomUUID() }), makeWorker({ id: randomUUID() })];
  await announceWorker(ctx, quiet);
  await announceWorker(ctx, alive);
  await silence(quiet.id, 6);
  expect((await listWorkers({ ctx })).map(({ id }) => id)).toEqual([alive.id]);
  await announceWorker(ctx, quiet);
  expect(await listWorkers({ ctx })).toHaveLength(2);
});

test('no row is left over: of one that withdrew at once, of one that was killed with the next sweep', async () => {
  const { ctx } = test_;
  const [gone, killed, alive] = [randomUUID(), randomUUID(), randomUUID()].map((id) => makeWorker({ id }));
  if (!gone || !killed || !alive) throw new Error('three were made');
  for (const worker of [gone, killed, alive]) await announceWorker(ctx, worker);
  await withdrawWorker(ctx, gone);
  await silence(killed.id, 61);
  await sweepIdle(ctx);
  const { rows } = await ctx.database.pool.query('select id from workers');
  expect(rows).toEqual([{ id: alive.id }]);
});
