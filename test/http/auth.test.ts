/** GET /v1/auth, and the ways to show a key: each form that is accepted, and each key that is not. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { composeApiKey } from '../../src/domain/api-key.ts';
import { call, createEnterprise, errorOf } from '../helpers/api.ts';
import { createInstallation, type Installation, type ServerProcess, until } from '../helpers/server.ts';

let installation: Installation;
let server: ServerProcess;
let pro: string;
let key: string;
let brief: string;

beforeAll(async () => {
  installation = await createInstallation();
  server = await installation.start();
  brief = await installation.createKey(
    '--plan',
    'enterprise',
    '--expires',
    new Date(Date.now() + 12_000).toISOString(),
  );
  // Asked at once, while it is valid.
  expect((await call(server, '/v1/auth', { key: brief })).status).toBe(200);
  pro = await installation.createKey('--plan', 'pro');
  key = await createEnterprise(installation, 'acme');
});
afterAll(async () => await installation?.dispose());

/** Sends these headers alone. */
const ask = (headers: Record<string, string>, query = '') => call(server, `/v1/auth${query}`, { headers });

test('a good key is answered with exactly the documented members', async () => {
  const answer = await call(server, '/v1/auth', { key: pro });
  const now = new Date();
  const reset = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1)).toISOString().replace('.000Z', 'Z');
  expect(answer.status).toBe(200);
  expect(answer.json()).toEqual({
    status: 'success',
    message: 'API key is valid',
    plan: 'pro',
    requestsRemaining: 5000,
    resetDate: reset,
  });
  expect(answer.headers.get('cache-control')).toBe('no-store');
});

test('a key has its prefix, and letters and digits that hold at least 128 bits beside a checksum', () => {
  expect(key).toMatch(/^rmv_live_[0-9A-Za-z]{33}$/);
});

test.each(['Bearer', 'bearer', 'BEARER', 'bEaReR'])('the scheme %s is accepted', async (scheme) => {
  expect((await ask({ Authorization: `${scheme} ${key}` })).status).toBe(200);
});

test('X-API-Key is accepted in place of Authorization', async () => {
  expect((await ask({ 'X-API-Key': key })).status).toBe(200);
  expect((await ask({ 'x-api-key': key, Authorization: 'Basic dXNlcjpwYXNz' })).status).toBe(200);
});

describe('401, with WWW-Authenticate and in the same words,', () => {
  const mistyped = () => key.slice(0, -1) + (key.endsWith('0') ? '1' : '0');
  const cases: Record<string, () => { headers?: Record<string, string>; query?: string }> = {
    'for no key': () => ({}),
    'for a key in the query': () => ({ query: `?api_key=${key}&key=${key}&access_token=${key}&authorization=${key}` }),
    'for another scheme': () => ({ headers: { Authorization: `Basic ${key}` } }),
    'for a key without a scheme': () => ({ headers: { Authorization: key } }),
    'for a scheme without a key': () => ({ headers: { Authorization: 'Bearer' } }),
    'for a malformed key': () => ({ headers: { Authorization: 'Bearer YOUR_API_KEY' } }),
    'for a mistyped key': () => ({ headers: { 'X-API-Key': mistyped() } }),
    'for a well-formed key that nobody has': () => ({
      headers: { Authorization: `Bearer ${composeApiKey('live', new Uint8Array(20).fill(7))}` },
    }),
    'for a key as a cookie': () => ({ headers: { Cookie: `key=${key}; Authorization=Bearer ${key}` } }),
    'for a key of 10,000 characters': () => ({ headers: { 'X-API-Key': `rmv_live_${'a'.repeat(10_000)}` } }),
  };

  test.each(Object.entries(cases))('%s', async (_name, make) => {
    const { headers = {}, query = '' } = make();
    const answer = await ask(headers, query);
    expect(errorOf(answer)).toEqual({ status: 401, code: 'invalid_api_key' });
    expect(answer.json()).toMatchObject({ message: (await ask({})).json().message });
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
  });

  test('for a key from the moment that it is revoked, by itself or by its id, while its sisters go on', async () => {
    const other = await installation.createKey('--account', 'acme');
    await installation.run('keys', 'revoke', other);
    expect(errorOf(await call(server, '/v1/auth', { key: other }))).toEqual({ status: 401, code: 'invalid_api_key' });
    const { key: third, id } = JSON.parse(
      (await installation.run('keys', 'create', '--account', 'acme', '--json')).stdout,
    );
    expect((await call(server, '/v1/auth', { key: third })).status).toBe(200);
    await installation.run('keys', 'revoke', id);
    expect(errorOf(await call(server, '/v1/auth', { key: third }))).toEqual({ status: 401, code: 'invalid_api_key' });
    expect((await call(server, '/v1/auth', { key })).status).toBe(200);
  });

  test('for a key that has expired', async () => {
    const answer = await until('the key expires', async () => {
      const found = await call(server, '/v1/auth', { key: brief });
      return found.status !== 200 && found;
    });
    expect(errorOf(answer)).toEqual({ status: 401, code: 'invalid_api_key' });
  });
});

test('every route but the public ones asks for a key', async () => {
  const status = '/v1/status/550e8400-e29b-41d4-a716-446655440000';
  for (const route of ['/v1/auth', '/v1/usage', status]) {
    expect((await call(server, route)).status, route).toBe(401);
  }
  for (const route of ['/remove', '/v1/remove']) {
    expect((await call(server, route, { method: 'POST' })).status, route).toBe(401);
  }
  for (const route of ['/healthz', '/readyz', '/openapi.json'])
    expect((await fetch(server.url + route)).status).toBe(200);
});

test('no key is in the log', () => {
  for (const secret of [key, pro, brief]) expect(server.log()).not.toContain(secret);
});
