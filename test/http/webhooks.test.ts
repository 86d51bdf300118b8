/** `webhook_url`: whoever asked is told by a signed message when the job has ended, whatever becomes of the server. */
import { Remuvr, verifyWebhook } from '@remuvr/client';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { call, createEnterprise, createForm, errorOf, jobOf, readPhoto, waitForEnd } from '../helpers/api.ts';
import { queryOwnDatabase } from '../helpers/own-database.ts';
import { createInstallation, type Installation, type ServerProcess, until } from '../helpers/server.ts';
import { signUp, type Visitor } from '../helpers/visitor.ts';
import { openWebhookReceiver, type Received, signByHand, type WebhookReceiver } from '../helpers/webhook-receiver.ts';

let receiver: WebhookReceiver;
let installation: Installation;
let server: ServerProcess;
let photo: Buffer;
let ada: Visitor;

beforeAll(async () => {
  receiver = await openWebhookReceiver();
  installation = await createInstallation({ ALLOWED_WEBHOOK_HOSTS: `*,${receiver.host}`, WEBHOOK_RETRIES: '0,0' });
  server = await installation.start();
  photo = await readPhoto('chelsea.png');
  ada = await signUp(server, 'ada@example.com');
});
beforeEach(() => {
  receiver.received.length = 0;
  receiver.answer((response) => void response.writeHead(204).end());
});
afterAll(async () => {
  await installation?.dispose();
  await receiver?.close();
});

type Sending = { readonly bytes?: Buffer; readonly headers?: Record<string, string> };

const send = (key: string, fields: Record<string, string>, { bytes = photo, headers = {} }: Sending = {}) =>
  call(server, '/v1/remove', { method: 'POST', key, body: createForm({ bytes }, fields), headers });
const sendWithHook = (key: string, sending: Sending = {}) =>
  send(key, { async: 'true', webhook_url: receiver.url }, sending);

const nextMessage = async (count = 1): Promise<Received> =>
  await until(`${count} messages come`, async () => receiver.received[count - 1]);
const makeSecret = async (account: string, ...flags: string[]): Promise<string> =>
  (await installation.run('accounts', 'webhook-secret', account, ...flags)).stdout.trim();

describe('when a job has ended', () => {
  test('its status is told, signed so that the client and the published algorithm both believe it', async () => {
    const key = await createEnterprise(installation, 'completed');
    const secret = await makeSecret('completed');
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    const accepted = await sendWithHook(key);
    expect(accepted.status).toBe(202);
    const told = await nextMessage();
    const status = await call(server, `/v1/status/${jobOf(accepted).id}`, { key });
    expect(told.message).toMatchObject({ type: 'job.completed', data: jobOf(status) });
    expect((await fetch(told.message.data.result)).status).toBe(200);
    expect(new Date(told.message.timestamp).toISOString()).toBe(told.message.timestamp);
    expect(told.headers['webhook-signature']).toBe(signByHand(told, secret));
    expect(await verifyWebhook(told.body, told.headers, secret)).toEqual(told.message);
    await expect(verifyWebhook(told.body, told.headers, `whsec_${'A'.repeat(43)}=`)).rejects.toThrow(/signatures/);
  });

  test('that failed, its error is told; the client asks for it by an option', async () => {
    const key = await createEnterprise(installation, 'failed');
    const { jobs } = new Remuvr({ key, baseUrl: server.url });
    const { id } = await jobs.create(photo.subarray(0, 3000), {}, { webhookUrl: receiver.url });
    const { message } = await nextMessage();
    expect(message).toMatchObject({
      type: 'job.failed',
      data: { id, status: 'failed', error: { code: 'invalid_image' } },
    });
  });

  test('of a batch, each picture is told of by itself, and what was refused as it came is not', async () => {
    const key = await createEnterprise(installation, 'batch');
    const body = createForm({ bytes: photo }, { webhook_url: receiver.url });
    body.append('file', new Blob(['no picture']), 'a.txt');
    body.append('file', new Blob([new Uint8Array(photo.subarray(0, 3000))]), 'b.png');
    const answer = await call(server, '/v1/batches', { method: 'POST', key, body });
    expect(answer.status).toBe(202);
    await nextMessage(2);
    const told = receiver.received.map(({ message }) => [message.type, message.data.id]).sort();
    const { items } = answer.json<{ batch: { items: { job?: string }[] } }>().batch;
    expect(told).toEqual([
      ['job.completed', items[0]?.job],
      ['job.failed', items[2]?.job],
    ]);
    const refused = createForm({ bytes: photo }, { webhook_url: 'http://10.0.0.1/' });
    const refusal = await call(server, '/v1/batches', { method: 'POST', key, body: refused });
    expect(errorOf(refusal)).toEqual({ status: 400, code: 'invalid_webhook_url' });
  });

  test('what an address cannot hold is escaped, and is as good as it was', async () => {
    const key = await createEnterprise(installation, 'escaped');
    const answer = await send(key, { async: 'true', webhook_url: `${receiver.url}/\0 ü\ud800` });
    expect(answer.status).toBe(202);
    expect((await nextMessage()).path).toBe('/hook/%00%20%C3%BC%EF%BF%BD');
  });

  test('nobody is told who did not ask for it, and an empty URL asks for nothing', async () => {
    const key = await createEnterprise(installation, 'silent');
    const silent = await send(key, { async: 'true', webhook_url: '' });
    const asked = await sendWithHook(key);
    await waitForEnd(server, key, jobOf(silent).id);
    await nextMessage();
    await waitForEnd(server, key, jobOf(asked).id);
    expect(receiver.received.map(({ message }) => message.data.id)).toEqual([jobOf(asked).id]);
  });

  test('the same request, sent again with its key, tells once; with another URL it is another request', async () => {
    const key = await createEnterprise(installation, 'idempotent');
    const headers = { 'Idempotency-Key': 'order-1' };
    const ids = [await sendWithHook(key, { headers }), await sendWithHook(key, { headers })].map((a) => jobOf(a).id);
    expect(ids[0]).toBe(ids[1]);
    const other = await send(key, { async: 'true', webhook_url: `${receiver.url}/other` }, { headers });
    expect(errorOf(other)).toEqual({ status: 409, code: 'idempotency_conflict' });
    await nextMessage();
    const rows = await queryOwnDatabase(installation, `select id from webhook_deliveries where job_id = '${ids[0]}'`);
    expect(rows).toHaveLength(1);
  });
});

describe('a webhook URL is refused before the job is accepted:', () => {
  let key: string;
  beforeAll(async () => {
    key = await createEnterprise(installation, 'refused');
  });

  test.each([
    'http://example.com/hook',
    'https://127.0.0.1/hook',
    'https://localhost/hook',
    'https://[::ffff:169.254.169.254]/',
    'https://user:word@example.com/',
    'https://example.com:25/',
    'hook',
  ])('%s', async (url) => {
    const answer = await send(key, { async: 'true', webhook_url: url });
    expect(errorOf(answer)).toEqual({ status: 400, code: 'invalid_webhook_url' });
    const { usage } = (await call(server, '/v1/usage', { key })).json<{ usage: { totalRequests: number } }>();
    expect(usage.totalRequests).toBe(0);
  });

  test('on a call that waits for its answer', async () => {
    const answer = await send(key, { webhook_url: receiver.url });
    expect(errorOf(answer)).toEqual({ status: 400, code: 'invalid_parameter' });
    expect(answer.json<{ message: string }>().message).toContain('webhook_url');
  });

  test('of a publishable key, which everybody can read', async () => {
    const owner = await signUp(server, 'page@example.com');
    await owner.post('/api/plan', { plan: 'pro' });
    const origins = ['https://shop.example'];
    const publishable = (await owner.post('/api/keys', { name: 'page', kind: 'publishable', origins })).json.key;
    const answer = await sendWithHook(publishable, { headers: { Origin: 'https://shop.example' } });
    expect(errorOf(answer)).toEqual({ status: 403, code: 'key_restricted' });
  });
});

const logOf = async (visitor: Visitor, query = '') => (await visitor.ask(`/api/webhooks${query}`)).json;

async function sendTest(visitor: Visitor): Promise<string> {
  const answer = await visitor.post('/api/webhook-tests', { url: receiver.url });
  expect(answer.status).toBe(201);
  return answer.json.id;
}

async function endedDelivery(visitor: Visitor, id: string) {
  return await until('the delivery has ended', async () => {
    const { deliveries } = await logOf(visitor);
    const found = deliveries.find((one: { id: string }) => one.id === id);
    return found?.status !== 'pending' && found;
  });
}

describe('the log', () => {
  test('has each message with its attempts, and one that failed is sent again by hand under its id', async () => {
    let status = 500;
    receiver.answer((response) => void response.writeHead(status).end());
    const id = await sendTest(ada);
    const failed = await endedDelivery(ada, id);
    expect(failed).toMatchObject({ event: 'webhook.test', jobId: null, url: receiver.url, status: 'failed' });
    expect(failed.nextTryAt).toBeNull();
    const attempts = [1, 2, 3].map((number) => ({ number, status: 500, error: null }));
    expect(failed.attempts).toMatchObject(attempts);
    expect(failed.attempts.every((one: { durationMs: number }) => one.durationMs >= 0)).toBe(true);
    status = 200;
    expect((await ada.post(`/api/webhooks/${id}/resend`)).status).toBe(204);
    const delivered = await endedDelivery(ada, id);
    expect(delivered.status).toBe('delivered');
    expect(delivered.attempts.map((one: { status: number }) => one.status)).toEqual([500, 500, 500, 200]);
    expect(receiver.received.map((one) => one.id)).toEqual(Array(4).fill(id));
    expect(new Set(receiver.received.map(({ body }) => body)).size).toBe(1);
  });

  test('tells why nobody answered, and 410 ends it at once', async () => {
    receiver.answer((response) => void response.destroy());
    const broken = await endedDelivery(ada, await sendTest(ada));
    const error = { code: 'unreachable', message: 'The host could not be reached.' };
    expect(broken.attempts.map((one: { error: object }) => one.error)).toEqual([error, error, error]);
    receiver.answer((response) => void response.writeHead(410).end());
    const gone = await endedDelivery(ada, await sendTest(ada));
    expect([gone.status, gone.attempts.length]).toEqual(['failed', 1]);
  });

  test('comes in pages, and by status', async () => {
    const first = await logOf(ada, '?limit=2');
    const second = await logOf(ada, `?limit=100&cursor=${first.nextCursor}`);
    const all = (await logOf(ada, '?limit=100')).deliveries.map((one: { id: string }) => one.id);
    const paged = [...first.deliveries, ...second.deliveries].map((one: { id: string }) => one.id);
    expect(paged).toEqual(all);
    expect(second.nextCursor).toBeNull();
    const failed = await logOf(ada, '?status=failed');
    expect(new Set(failed.deliveries.map((one: { status: string }) => one.status))).toEqual(new Set(['failed']));
    expect((await ada.ask('/api/webhooks?status=lost')).status).toBe(400);
  });

  test('is that of the own account, and of nobody else', async () => {
    const grace = await signUp(server, 'grace@example.com');
    const id = await sendTest(ada);
    await endedDelivery(ada, id);
    expect(await logOf(grace)).toEqual({ deliveries: [], nextCursor: null });
    for (const strange of [id, 'none', '00000000-0000-4000-8000-000000000000']) {
      const answer = await grace.post(`/api/webhooks/${strange}/resend`);
      expect([answer.status, answer.json.error.code]).toEqual([404, 'not_found']);
    }
    expect(receiver.received).toHaveLength(1);
  });

  test('a test goes to no address that a job could not tell', async () => {
    const answer = await ada.post('/api/webhook-tests', { url: 'https://10.0.0.1/' });
    expect([answer.status, answer.json.error.code]).toEqual([400, 'invalid_webhook_url']);
  });
});

test('every route is for pages of this origin, and for whoever is signed in', async () => {
  const routes = [
    ['GET', '/api/webhooks'],
    ['GET', '/api/webhook-secrets'],
    ['POST', '/api/webhook-secrets'],
    ['POST', '/api/webhook-tests'],
    ['POST', '/api/webhooks/none/resend'],
  ] as const;
  const cookies = [...ada.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  for (const [method, route] of routes) {
    const json = { 'Content-Type': 'application/json' };
    const body = method === 'POST' ? '{"overlapHours":0}' : null;
    const foreign = { Cookie: cookies, Origin: 'https://evil.example', 'Sec-Fetch-Site': 'cross-site', ...json };
    const refused = await fetch(server.url + route, { method, body, headers: foreign });
    expect([route, refused.status]).toEqual([route, 403]);
    const own = { Origin: new URL(server.url).origin, ...json };
    expect([route, (await fetch(server.url + route, { method, body, headers: own })).status]).toEqual([route, 401]);
  }
  expect((await ada.ask('/api/webhook-secrets')).json.secrets.length).toBeLessThanOrEqual(1);
});

describe('a secret', () => {
  const secretsOf = async (visitor: Visitor) => (await visitor.ask('/api/webhook-secrets')).json.secrets;
  const rotate = async (visitor: Visitor, overlapHours: number) =>
    await visitor.post('/api/webhook-secrets', { overlapHours });

  test('is shown once, and signs along while its successor takes its place', async () => {
    const owner = await signUp(server, 'rotating@example.com');
    expect(await secretsOf(owner)).toEqual([]);
    const old = (await rotate(owner, 24)).json.secret;
    const next = (await rotate(owner, 24)).json.secret;
    const known = await secretsOf(owner);
    expect(known.map((one: { expiresAt: string | null }) => one.expiresAt === null)).toEqual([true, false]);
    expect(JSON.stringify(known)).not.toContain('whsec_');
    await sendTest(owner);
    const told = await nextMessage();
    expect(told.headers['webhook-signature']).toBe(`${signByHand(told, next)} ${signByHand(told, old)}`);
    for (const secret of [old, next]) await verifyWebhook(told.body, told.headers, secret);
    const last = (await rotate(owner, 0)).json.secret;
    await sendTest(owner);
    const after = await nextMessage(2);
    expect(after.headers['webhook-signature']).toBe(signByHand(after, last));
    expect(await secretsOf(owner)).toHaveLength(1);
  });

  test('is one of five at most', async () => {
    const owner = await signUp(server, 'many@example.com');
    for (let i = 0; i < 5; i++) expect((await rotate(owner, 24)).status).toBe(201);
    expect((await rotate(owner, 24)).status).toBe(400);
    expect((await rotate(owner, 0)).status).toBe(201);
    expect(await secretsOf(owner)).toHaveLength(1);
  });

  test('is made by the first message where there is none, and can be replaced by one that is known', async () => {
    const owner = await signUp(server, 'unprepared@example.com');
    await sendTest(owner);
    expect((await nextMessage()).headers['webhook-signature']).toMatch(/^v1,[A-Za-z0-9+/]{43}=$/);
    expect(await secretsOf(owner)).toHaveLength(1);
  });

  test('of an account that is not there is not made', async () => {
    await expect(makeSecret('nobody')).rejects.toThrow(/There is no account named "nobody"/);
  });
});
