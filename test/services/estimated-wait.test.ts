/** What a job that waits is told of its wait, by the real queue and workers that announced themselves. */
import { randomUUID } from 'node:crypto';
import { afterEach, expect, test } from 'vitest';
import type { PlanName } from '../../src/domain/plan.ts';
import type { Caller } from '../../src/services/authenticate-caller.ts';
import { findPlace } from '../../src/services/find-place.ts';
import { announceWorker } from '../../src/services/worker-roster.ts';
import { beginJobAttempt } from '../../src/store/jobs.ts';
import { createCaller, openTestContext, type TestContext } from '../helpers/database.ts';
import { submitBytes } from '../helpers/submit-bytes.ts';
import { makeWorker } from '../helpers/worker.ts';

let test_: TestContext;
afterEach(async () => await test_.close());

const submit = (caller: Caller) => submitBytes(test_.ctx, caller);

const createOne = (plan: PlanName) => createCaller(test_.ctx, { plan, kind: plan === 'free' ? 'test' : 'live' });
const announce = (given: Partial<Parameters<typeof makeWorker>[0]>) =>
  announceWorker(test_.ctx, makeWorker({ id: randomUUID(), ...given }));

test('is absent while nothing is known, and counts workers that take jobs alone', async () => {
  test_ = await openTestContext();
  const { ctx } = test_;
  const pro = await createOne('pro');
  const jobs = [await submit(pro), await submit(pro), await submit(pro), await submit(pro)];
  const last = jobs[3] as (typeof jobs)[number];
  expect(await findPlace({ ctx, job: last })).toEqual({ position: 4, estimatedWaitSeconds: undefined });
  await announce({ state: 'draining', jobMs: 10 });
  await announce({ jobMs: undefined });
  expect(await findPlace({ ctx, job: last })).toEqual({ position: 4, estimatedWaitSeconds: undefined });
  await announce({ jobMs: 2_000 });
  // Two workers take jobs; the one that has ended none yet is taken for as fast as the other.
  expect(await findPlace({ ctx, job: last })).toEqual({ position: 4, estimatedWaitSeconds: 4 });
  const begun = await beginJobAttempt(ctx.database, pro.accountId, last.id);
  expect(begun && (await findPlace({ ctx, job: begun }))).toBeUndefined();
});

test('follows the turns of the plans: the lowest waits for its turn, and not for all of the others', async () => {
  test_ = await openTestContext();
  const { ctx } = test_;
  const free = await submit(await createOne('free'));
  const [pro, enterprise] = [await createOne('pro'), await createOne('enterprise')];
  const first = await submit(pro);
  for (let i = 0; i < 15; i++) await submit(pro);
  for (let i = 0; i < 40; i++) await submit(enterprise);
  await announce({ jobMs: 1_000 });
  expect(await findPlace({ ctx, job: first })).toMatchObject({ position: 41 });
  expect((await findPlace({ ctx, job: first }))?.estimatedWaitSeconds).toBeLessThanOrEqual(5);
  expect(await findPlace({ ctx, job: free })).toMatchObject({ position: 57 });
  expect((await findPlace({ ctx, job: free }))?.estimatedWaitSeconds).toBeLessThanOrEqual(16);
});

test('whoever finds the queue full, or the part of the account, is told when there will be room', async () => {
  test_ = await openTestContext({ maxQueue: 5, maxAccountQueue: 3 });
  const [greedy, other] = [await createOne('pro'), await createOne('pro')];
  for (let i = 0; i < 3; i++) await submit(greedy);
  await announce({ jobMs: 7_000 });
  await expect(submit(greedy)).rejects.toMatchObject({ code: 'overloaded', retryAfterSeconds: 7 });
  await submit(other);
  await submit(other);
  await expect(submit(other)).rejects.toMatchObject({ code: 'overloaded', retryAfterSeconds: 7 });
});
