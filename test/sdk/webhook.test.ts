/** verifyWebhook, held to the example of Standard Webhooks and to every way of being wrong. */
import { createHmac } from 'node:crypto';
import { type RemuvrError, verifyWebhook } from '@remuvr/client';
import { expect, test } from 'vitest';

/** The specification's own example. */
const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const OLD_SECRET = `whsec_${Buffer.from('another secret of 24 byte').toString('base64')}`;
const BODY = '{"test": 2432232314}';
const NOW = new Date(1_614_265_330_000);
const PUBLISHED = {
  'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  'webhook-timestamp': '1614265330',
  'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
};

function sign(body: string, seconds: number, ...secrets: string[]) {
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
    return `v1,${createHmac('sha256', key).update(`msg_1.${seconds}.${body}`).digest('base64')}`;
  });
  return {
    'webhook-id': 'msg_1',
    'webhook-timestamp': String(seconds),
    'webhook-signature': signatures.join(' '),
  };
}
const SECONDS = NOW.getTime() / 1000;

const codeOf = async (promise: Promise<unknown>): Promise<string> =>
  await promise.then(
    () => 'believed',
    (error: RemuvrError) => error.code,
  );

test('the published example is believed, as text and as bytes, with headers of any kind', async () => {
  const asNode = { ...PUBLISHED, 'Webhook-Id': undefined, accept: ['a', 'b'] };
  for (const headers of [PUBLISHED, new Headers(PUBLISHED), asNode]) {
    expect(await verifyWebhook(BODY, headers, SECRET, { now: NOW })).toEqual({ test: 2432232314 });
    expect(await verifyWebhook(Buffer.from(BODY), headers, SECRET, { now: NOW })).toEqual({ test: 2432232314 });
  }
});

test('while a secret is replaced, either of two secrets and either of two signatures is enough', async () => {
  const byBoth = sign(BODY, SECONDS, OLD_SECRET, SECRET);
  expect(await codeOf(verifyWebhook(BODY, byBoth, SECRET, { now: NOW }))).toBe('believed');
  const byOld = sign(BODY, SECONDS, OLD_SECRET);
  expect(await codeOf(verifyWebhook(BODY, byOld, [SECRET, OLD_SECRET], { now: NOW }))).toBe('believed');
  expect(await codeOf(verifyWebhook(BODY, byOld, SECRET, { now: NOW }))).toBe('invalid_webhook');
});

test.each([
  ['another body', `${BODY} `, PUBLISHED],
  ['another id', BODY, { ...PUBLISHED, 'webhook-id': 'msg_2' }],
  ['another moment', BODY, { ...PUBLISHED, 'webhook-timestamp': '1614265331' }],
  ['a moment that is none', BODY, { ...PUBLISHED, 'webhook-timestamp': '1614265330.0' }],
  ['no signature', BODY, { ...PUBLISHED, 'webhook-signature': '' }],
  [
    'a signature of another version',
    BODY,
    { ...PUBLISHED, 'webhook-signature': PUBLISHED['webhook-signature'].replace('v1,', 'v1a,') },
  ],
  ['a signature that is no base64', BODY, { ...PUBLISHED, 'webhook-signature': 'v1,%%%' }],
  ['a signature cut short', BODY, { ...PUBLISHED, 'webhook-signature': 'v1,g0hM9SsE' }],
])('%s is not believed', async (_what, body, headers) => {
  expect(await codeOf(verifyWebhook(body, headers, SECRET, { now: NOW }))).toBe('invalid_webhook');
});

test('a message is believed for as long as the tolerance, before and after', async () => {
  const at = (seconds: number, options = {}) =>
    codeOf(verifyWebhook(BODY, sign(BODY, SECONDS + seconds, SECRET), SECRET, { now: NOW, ...options }));
  expect([await at(-300), await at(300)]).toEqual(['believed', 'believed']);
  expect([await at(-301), await at(301)]).toEqual(['invalid_webhook', 'invalid_webhook']);
  expect(await at(-301, { toleranceSeconds: 301 })).toBe('believed');
});

test('a secret that is none is the caller’s mistake, not the sender’s', async () => {
  expect(await codeOf(verifyWebhook(BODY, PUBLISHED, 'whsec_', { now: NOW }))).toBe('invalid_input');
});
