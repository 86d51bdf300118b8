/** Mails that warn of a quota: one for each level, however many removals end and however many servers send at once. */
import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { createSmtpMailer } from '../../src/adapters/smtp-mailer.ts';
import type { PipelineRunner } from '../../src/ports/pipeline-runner.ts';
import { administerAccount } from '../../src/services/administer.ts';
import { callerOfAccount } from '../../src/services/authenticate-caller.ts';
import { claimNextJob } from '../../src/services/claim-job.ts';
import { ensureAccount } from '../../src/services/find-member.ts';
import { runRemoval } from '../../src/services/run-removal.ts';
import { sendDueAlerts, switchUsageAlerts } from '../../src/services/usage-alerts.ts';
import { openTestContext, type TestContext } from '../helpers/database.ts';
import { type MailServer, startMailServer } from '../helpers/mail-server.ts';
import { submitBytes } from '../helpers/submit-bytes.ts';

let opened: TestContext;
let mailServer: MailServer;
beforeAll(async () => {
  opened = await openTestContext();
});
afterAll(async () => await opened.close());
beforeEach(async () => {
  mailServer = await startMailServer();
});
afterEach(async () => await mailServer.close());

const officeOf = (url: string) => ({
  mailer: async () => createSmtpMailer({ url, from: 'remuvr@example.com' }),
  usageUrl: 'https://remuvr.example/usage',
});
const send = (url = mailServer.url) => sendDueAlerts({ ctx: opened.ctx, ...officeOf(url) });
const subjects = (): string[] => mailServer.mails.map((mail) => /^Subject: (.+)$/m.exec(mail)?.[1] ?? '').sort();

/** Of a person whose plan allows so many removals. */
async function accountOf(email: string, monthlyRemovals: number) {
  const { ctx } = opened;
  const id = randomUUID();
  await sql`insert into remuvr_auth."user" (id, name, email, "emailVerified")
    values (${id}, 'Somebody', ${email}, true)`.execute(ctx.database);
  const person = { id, email, name: 'Somebody', isEmailVerified: true, hasTwoFactor: false };
  const admin = await ensureAccount({ ctx, person });
  const change = { plan: 'enterprise', limits: { monthlyRemovals } };
  return await administerAccount({ ctx, admin, accountId: admin.id, change });
}
type Account = Awaited<ReturnType<typeof accountOf>>;

const runner = (isGood: boolean): PipelineRunner => ({
  capacity: 1,
  ready: async () => {},
  close: async () => {},
  async run({ outputPath }) {
    if (!isGood) return { kind: 'failed', code: 'invalid_image', message: 'no' };
    await writeFile(outputPath, 'bytes');
    const foreground = { top: 0, left: 0, width: 1, height: 1 };
    const timings = { decode: 1, infer: 1, refine: 1, encode: 1 };
    const report = { width: 1, height: 1, foreground, confidence: 1, byteLength: 5, timings };
    return { kind: 'done', report };
  },
});

/** Accepted one after the other, ended all at once. */
async function removeBackgrounds(account: Account, count: number, isGood = true): Promise<void> {
  const { ctx } = opened;
  for (let i = 0; i < count; i++) {
    await submitBytes(ctx, callerOfAccount(ctx.plans, account));
  }
  const { signal } = new AbortController();
  const runNext = async (): Promise<void> => {
    const claim = await claimNextJob(ctx, 3);
    if (!claim) throw new Error('a job that was accepted could not be claimed');
    await runRemoval({ ctx, runner: runner(isGood), claim, signal });
  };
  await Promise.all(Array.from({ length: count }, runNext));
}

const passTime = () => sql`update usage_alerts set next_try_at = now()`.execute(opened.ctx.database);

const AT_80 = '80 % of your removals of this month are used';
const AT_100 = 'Your removals of this month are used up';

test('at 80 % and at 100 % one mail each goes to the owner, whatever ends and sends at once', async () => {
  const account = await accountOf('ada@example.com', 10);
  await removeBackgrounds(account, 7);
  await send();
  expect(mailServer.mails).toEqual([]);
  await removeBackgrounds(account, 2);
  await Promise.all([send(), send(), send(), send()]);
  expect(subjects()).toEqual([AT_80]);
  expect(mailServer.mails[0]).toMatch(/^To: ada@example\.com$/m);
  expect(mailServer.mails[0]).toContain('https://remuvr.example/usage');
  await removeBackgrounds(account, 1);
  await Promise.all([send(), send(), send(), send()]);
  await passTime();
  await send();
  expect(subjects()).toEqual([AT_80, AT_100]);
});

test('removals that fail bring no mail nearer', async () => {
  await removeBackgrounds(await accountOf('bob@example.com', 2), 2, false);
  await send();
  expect(mailServer.mails).toEqual([]);
});

test('a larger quota in the same month warns anew', async () => {
  const account = await accountOf('cleo@example.com', 1);
  await removeBackgrounds(account, 1);
  const change = { limits: { monthlyRemovals: 2 } };
  const larger = await administerAccount({ ctx: opened.ctx, admin: account, accountId: account.id, change });
  await removeBackgrounds(larger, 1);
  await send();
  expect(subjects()).toEqual([AT_100, AT_100]);
});

test('a mail server that is away gets the mail later, once', async () => {
  await removeBackgrounds(await accountOf('dora@example.com', 1), 1);
  await send('smtp://127.0.0.1:1');
  // Not at once: others are sent first.
  await send();
  expect(mailServer.mails).toEqual([]);
  await passTime();
  await send();
  await passTime();
  await send();
  expect(subjects()).toEqual([AT_100]);
});

test('who has switched the mails off gets none, also none that was due already', async () => {
  const { ctx } = opened;
  const account = await accountOf('emil@example.com', 5);
  await removeBackgrounds(account, 4);
  await switchUsageAlerts({ ctx, account, isOn: false });
  await removeBackgrounds(account, 1);
  await send();
  await switchUsageAlerts({ ctx, account, isOn: true });
  await passTime();
  await send();
  expect(mailServer.mails).toEqual([]);
});
