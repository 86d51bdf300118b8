/** kill -9 of the server that sends, and two servers that send at once: each message arrives, and each attempt is one. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { verifyWebhook } from '@remuvr/client';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openOwnPostgres } from '../../src/adapters/own-postgres.ts';
import { call, createForm, jobOf, readPhoto } from '../helpers/api.ts';
import { queryOwnDatabase } from '../helpers/own-database.ts';
import { createInstallation, type Installation, type ServerProcess, until } from '../helpers/server.ts';
import { signUp } from '../helpers/visitor.ts';
import { openWebhookReceiver, type WebhookReceiver } from '../helpers/webhook-receiver.ts';

let receiver: WebhookReceiver;
let installation: Installation;

beforeEach(async () => {
  receiver = await openWebhookReceiver();
  installation = await createInstallation({
    ALLOWED_WEBHOOK_HOSTS: receiver.host,
    AUTH_SECRET: 'a secret that several servers have in common',
  });
});
afterEach(async () => {
  await installation?.dispose();
  await receiver?.close();
});

async function submit(server: ServerProcess): Promise<string> {
  const key = await installation.createKey('--plan', 'pro');
  const body = createForm({ bytes: await readPhoto('chelsea.png') }, { async: 'true', webhook_url: receiver.url });
  return jobOf(await call(server, '/remove', { method: 'POST', key, body })).id;
}

const statusOfDeliveries = async () =>
  await queryOwnDatabase(installation, 'select id, status, attempts from webhook_deliveries order by created_at');

test('a server that dies after the job has ended, and before anybody is told, is made good by the next one', async () => {
  const accepting = await installation.start(['serve', '--no-worker']);
  const jobId = await submit(accepting);
  await accepting.kill();
  // A worker ends the job; it tells nobody, for it has not the secret that signs.
  const worker = await installation.start(['worker']);
  await until('the job has ended', async () => (await statusOfDeliveries()).length === 1);
  await worker.kill();
  expect(receiver.received).toEqual([]);
  await installation.start(['serve', '--no-worker']);
  await until('the message comes', async () => receiver.received.length > 0);
  expect(receiver.received[0]?.message.data).toMatchObject({ id: jobId, status: 'completed' });
  const [row] = await until('it is delivered', async () => {
    const rows = await statusOfDeliveries();
    return rows[0]?.status === 'delivered' && rows;
  });
  expect([row?.id, row?.attempts]).toEqual([receiver.received[0]?.id, 1]);
});

test('a server that dies in the middle of telling: the same message is sent again', async () => {
  receiver.answer(() => {});
  const dying = await installation.start();
  await submit(dying);
  await until('the message comes', async () => receiver.received.length === 1);
  await dying.kill();
  receiver.answer((response) => void response.writeHead(204).end());
  await installation.start(['serve', '--no-worker']);
  // The lease of the dead server runs out.
  await queryOwnDatabase(installation, 'update webhook_deliveries set leased_until = now()');
  await until('the message comes again', async () => receiver.received.length === 2);
  const [first, second] = receiver.received;
  // The links of the result have the port of whoever tells them, which is free here.
  const withoutLink = ({ result: _, ...data }: Record<string, unknown>) => data;
  expect(second?.id).toBe(first?.id);
  expect(withoutLink(second?.message.data)).toEqual(withoutLink(first?.message.data));
});

test('two servers on one database make each attempt once between them', async () => {
  const one = await installation.start(['serve', '--no-worker']);
  const own = await openOwnPostgres({ dataDir: installation.dataDir, role: 'command', log: () => {} });
  const folder = await mkdtemp(path.join(tmpdir(), 'remuvr-second-'));
  const settings = {
    DATA_DIR: folder,
    DATABASE_URL: own.connectionString,
    STORAGE_URL: `file://${installation.dataDir}/objects`,
  };
  const other = await installation.start(['serve', '--no-worker'], settings);
  try {
    const visitor = await signUp(one, 'ada@example.com');
    const { secret } = (await visitor.post('/api/webhook-secrets', { overlapHours: 0 })).json;
    const asked = Array.from({ length: 30 }, () => visitor.post('/api/webhook-tests', { url: receiver.url }));
    const ids = (await Promise.all(asked)).map(({ json }) => json.id);
    await until('all are delivered', async () => {
      const rows = await statusOfDeliveries();
      return rows.length === 30 && rows.every(({ status }) => status === 'delivered');
    });
    expect(receiver.received.map(({ id }) => id).sort()).toEqual([...ids].sort());
    for (const { body, headers } of receiver.received) await verifyWebhook(body, headers, secret);
    const attempts = (server: ServerProcess) => server.log().split('webhook attempted').length - 1;
    expect(attempts(one) + attempts(other)).toBe(30);
    expect(Math.min(attempts(one), attempts(other))).toBeGreaterThan(0);
  } finally {
    await other.stop();
    await own.stop();
    await rm(folder, { recursive: true, force: true });
  }
});
