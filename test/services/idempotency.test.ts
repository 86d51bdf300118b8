/** How long an Idempotency-Key lives. */
import { writeFile } from 'node:fs/promises';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DEFAULT_REMOVAL_OPTIONS } from '../../src/domain/removal-options.ts';
import type { Caller } from '../../src/services/authenticate-caller.ts';
import { submitRemoval } from '../../src/services/submit-removal.ts';
import { sweepIdle } from '../../src/services/sweep-idle.ts';
import { createCaller, openTestContext, type TestContext } from '../helpers/database.ts';

let opened: TestContext;
let caller: Caller;

beforeAll(async () => {
  opened = await openTestContext();
  caller = await createCaller(opened.ctx, { plan: 'pro' });
});
afterAll(async () => await opened?.close());

async function submit(fingerprint = 'body') {
  const { ctx } = opened;
  const uploadPath = await ctx.storage.temporaryPath();
  await writeFile(uploadPath, fingerprint);
  const idempotency = { keyHash: Buffer.from('key'), fingerprint: Buffer.from(fingerprint) };
  const order = { options: DEFAULT_REMOVAL_OPTIONS, now: new Date() };
  return await submitRemoval({ ctx, caller, uploadPath, idempotency, ...order });
}

const age = (hours: number) =>
  opened.ctx.database
    .updateTable('idempotency_keys')
    .set({ created_at: sql<Date>`now() - ${hours} * interval '1 hour'` })
    .execute();
const countKeys = async () => (await opened.ctx.database.selectFrom('idempotency_keys').selectAll().execute()).length;

test('a key names its job for 24 hours, and then another one', async () => {
  const first = await submit();
  await age(23);
  expect((await submit()).id).toBe(first.id);
  await expect(submit('another')).rejects.toMatchObject({ code: 'idempotency_conflict' });
  await age(25);
  const second = await submit('another');
  expect(second.id).not.toBe(first.id);
  expect((await submit('another')).id).toBe(second.id);
});

test('a key that is past is deleted, and no other', async () => {
  await submit('another');
  await sweepIdle(opened.ctx);
  expect(await countKeys()).toBe(1);
  await age(25);
  await sweepIdle(opened.ctx);
  expect(await countKeys()).toBe(0);
});

test('a refusal leaves no upload behind', async () => {
  await submit('one');
  await expect(submit('two')).rejects.toMatchObject({ code: 'idempotency_conflict' });
  const uploads: string[] = [];
  for await (const { key } of opened.ctx.storage.list('uploads')) uploads.push(key);
  expect(uploads).toHaveLength(3);
});
