/** The outbox of webhooks: one sender for each attempt, leases of senders that died, and what becomes of old rows. */
import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { verifyWebhook } from '@remuvr/client';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { createGuardedPost } from '../../src/adapters/guarded-fetch/post.ts';
import { createSecretBox } from '../../src/adapters/secret-box.ts';
import { DEFAULT_REMOVAL_OPTIONS } from '../../src/domain/removal-options.ts';
import type { PipelineRunner } from '../../src/ports/pipeline-runner.ts';
import { claimNextJob } from '../../src/services/claim-job.ts';
import type { ServiceContext } from '../../src/services/context.ts';
import { runRemoval } from '../../src/services/run-removal.ts';
import { takeDueWebhook } from '../../src/services/send-webhooks.ts';
import { submitRemoval } from '../../src/services/submit-removal.ts';
import { sweepIdle } from '../../src/services/sweep-idle.ts';
import { rotateWebhookSecret } from '../../src/services/webhook-secrets.ts';
import { insertDelivery } from '../../src/store/webhooks.ts';
import { createCaller, openTestContext, type TestContext } from '../helpers/database.ts';
import { openWebhookReceiver, type WebhookReceiver } from '../helpers/webhook-receiver.ts';

let opened: TestContext;
let receiver: WebhookReceiver;
let ctx: ServiceContext;

beforeAll(async () => {
  opened = await openTestContext({ webhookRetries: [100, 100] });
});
afterAll(async () => await opened.close());
beforeEach(async () => {
  receiver = await openWebhookReceiver();
  const webhooks = createGuardedPost({ hosts: { hasPublic: false, named: [receiver.host], ports: [] } });
  ctx = { ...opened.ctx, webhooks };
});
afterEach(async () => {
  await sql`delete from webhook_deliveries`.execute(ctx.database);
  await receiver.close();
});

const take = (context = ctx) =>
  takeDueWebhook({
    ctx: context,
    describeJob: ({ id, status }) => ({ id, status }),
    signal: new AbortController().signal,
  });
const makeAccount = async (): Promise<string> =>
  (await createCaller(ctx, { accountName: randomUUID(), plan: 'pro' })).accountId;

async function enqueue(accountId: string, count = 1): Promise<void> {
  await ctx.database.transaction().execute(async (tx) => {
    for (let i = 0; i < count; i++)
      await insertDelivery(tx, { accountId, event: 'webhook.test', url: receiver.url, data: { i } });
  });
}

type Row = { status: string; attempts: number; tries: number; seconds: number | null; error: string | null };

async function readRows(): Promise<Row[]> {
  const { rows } = await sql<Row>`
    select d.status, d.attempts, d.tries, extract(epoch from d.next_try_at - now())::float8 as seconds,
      (select a.error from webhook_attempts a where a.delivery_id = d.id order by number desc limit 1) as error
    from webhook_deliveries d order by d.created_at, d.id`.execute(ctx.database);
  return rows;
}

const change = (assignment: string) => sql.raw(`update webhook_deliveries set ${assignment}`).execute(ctx.database);

/** A job that fails at once, as its pipeline says. */
async function endJob(accountName: string): Promise<{ jobId: string; accountId: string }> {
  const caller = await createCaller(ctx, { accountName, plan: 'pro' });
  const uploadPath = await ctx.storage.temporaryPath();
  await writeFile(uploadPath, 'picture');
  const order = { options: DEFAULT_REMOVAL_OPTIONS, webhookUrl: receiver.url, now: new Date() };
  const { id: jobId } = await submitRemoval({ ctx, caller, uploadPath, ...order });
  const claim = await claimNextJob(ctx, 1);
  if (!claim) throw new Error('no job waits');
  const runner = { run: async () => ({ kind: 'failed', code: 'invalid_image', message: 'It is none.' }) };
  const signal = new AbortController().signal;
  await runRemoval({ ctx, runner: runner as unknown as PipelineRunner, claim, signal });
  return { jobId, accountId: caller.accountId };
}

test('a message is there if what it tells is there: a transaction that is rolled back leaves none', async () => {
  const accountId = await makeAccount();
  const broken = ctx.database.transaction().execute(async (tx) => {
    await insertDelivery(tx, { accountId, event: 'webhook.test', url: receiver.url, data: {} });
    throw new Error('rolled back');
  });
  await expect(broken).rejects.toThrow('rolled back');
  expect(await take()).toBeUndefined();
});

test('of many takers at once each message has one', async () => {
  for (let i = 0; i < 5; i++) await enqueue(await makeAccount(), 2);
  const taken = await Promise.all(Array.from({ length: 30 }, () => take()));
  const attempts = taken.filter((attempt) => attempt !== undefined);
  await Promise.all(attempts.map((attempt) => attempt()));
  for (let attempt = await take(); attempt; attempt = await take()) await attempt();
  expect(new Set(receiver.received.map(({ id }) => id)).size).toBe(10);
  expect(receiver.received).toHaveLength(10);
  expect((await readRows()).every(({ status, attempts }) => status === 'delivered' && attempts === 1)).toBe(true);
});

test('a receiver that hangs holds up its own account alone', async () => {
  const [slow, quick] = [await makeAccount(), await makeAccount()];
  await enqueue(slow, 10);
  await enqueue(quick);
  const attempts = [];
  for (let attempt = await take(); attempt; attempt = await take()) attempts.push(attempt);
  expect(attempts).toHaveLength(5);
  await Promise.all(attempts.map((attempt) => attempt()));
  const accounts = await sql<{ id: string }>`
    select account_id as id from webhook_deliveries where status = 'delivered'`.execute(ctx.database);
  expect(accounts.rows.map(({ id }) => id).sort()).toEqual([slow, slow, slow, slow, quick].sort());
});

test('it is tried again when the schedule says, and not before; then it has failed', async () => {
  receiver.answer((response) => void response.writeHead(503).end());
  await enqueue(await makeAccount());
  for (const tries of [1, 2]) {
    await (await take())?.();
    const [row] = await readRows();
    expect(row).toMatchObject({ status: 'pending', attempts: tries });
    expect(row?.seconds).toBeGreaterThan(85);
    expect(row?.seconds).toBeLessThanOrEqual(110);
    expect(await take()).toBeUndefined();
    await change('next_try_at = now()');
  }
  await (await take())?.();
  expect(await readRows()).toMatchObject([{ status: 'failed', attempts: 3, seconds: null }]);
  expect(await take()).toBeUndefined();
});

test('a sender that died is followed by another when its lease has run out, and comes too late after that', async () => {
  await enqueue(await makeAccount());
  const dead = await take();
  expect(await take()).toBeUndefined();
  await change('leased_until = now()');
  await (await take())?.();
  expect(await readRows()).toMatchObject([{ status: 'delivered', attempts: 2 }]);
  receiver.answer((response) => void response.writeHead(500).end());
  await dead?.();
  expect(await readRows()).toMatchObject([{ status: 'delivered', attempts: 2 }]);
  expect(new Set(receiver.received.map(({ id }) => id)).size).toBe(1);
});

test('the end of a job is told as it is when it is sent, and not where its owner has deleted it', async () => {
  const { jobId, accountId } = await endJob('told');
  const secret = await rotateWebhookSecret({ ctx, accountId, overlapHours: 0 });
  await (await take())?.();
  const [told] = receiver.received;
  expect(await verifyWebhook(told?.body ?? '', told?.headers ?? {}, secret)).toMatchObject({
    type: 'job.failed',
    data: { id: jobId, status: 'failed' },
  });
  const deleted = await endJob('deleted');
  await sql`update jobs set deleted_at = now() where id = ${deleted.jobId}`.execute(ctx.database);
  await (await take())?.();
  expect((await readRows()).at(-1)).toMatchObject({ status: 'failed', error: 'deleted' });
  expect(receiver.received).toHaveLength(1);
});

test('nothing is sent for an account that is closed', async () => {
  const accountId = await makeAccount();
  await enqueue(accountId);
  await sql`update accounts set closed_at = now() where id = ${accountId}`.execute(ctx.database);
  expect(await take()).toBeUndefined();
});

test('with another secret of the installation a message waits, unsigned never, until the account has a new one', async () => {
  const accountId = await makeAccount();
  await rotateWebhookSecret({ ctx, accountId, overlapHours: 0 });
  const moved = { ...ctx, secretBox: async () => createSecretBox('another secret', 'webhooks') };
  await enqueue(accountId);
  await (await take(moved))?.();
  expect(await readRows()).toMatchObject([{ status: 'pending', error: 'unsigned' }]);
  expect(receiver.received).toEqual([]);
  const secret = await rotateWebhookSecret({ ctx: moved, accountId, overlapHours: 24 });
  await change('next_try_at = now()');
  await (await take(moved))?.();
  const [told] = receiver.received;
  await verifyWebhook(told?.body ?? '', told?.headers ?? {}, secret);
});

test('what has ended is kept for 30 days with its attempts, and what has not is kept; dead secrets go', async () => {
  const accountId = await makeAccount();
  await enqueue(accountId);
  await (await take())?.();
  await change("ended_at = now() - interval '29 days'");
  await enqueue(accountId);
  await sweepIdle(ctx);
  expect(await readRows()).toHaveLength(2);
  await change("ended_at = now() - interval '31 days' where status = 'delivered'");
  await rotateWebhookSecret({ ctx, accountId, overlapHours: 0 });
  await sweepIdle(ctx);
  expect(await readRows()).toMatchObject([{ status: 'pending' }]);
  const left = await sql<{ attempts: number; secrets: number }>`
    select (select count(*) from webhook_attempts) as attempts,
      (select count(*) from webhook_secrets where account_id = ${accountId}) as secrets`.execute(ctx.database);
  expect(left.rows).toEqual([{ attempts: 0, secrets: 1 }]);
});
