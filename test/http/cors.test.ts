/** CORS: every route may be called by a page of any origin, asked beforehand or not, and its errors can be read. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { call } from '../helpers/api.ts';
import { createInstallation, type Installation, type ServerProcess } from '../helpers/server.ts';

let installation: Installation;
let server: ServerProcess;
let key: string;

beforeAll(async () => {
  installation = await createInstallation();
  server = await installation.start();
  key = await installation.createKey('--plan', 'free', '--test');
});
afterAll(async () => await installation?.dispose());

const ORIGIN = 'https://shop.example';
const listOf = (header: string | null): string[] => (header ?? '').split(',').map((name) => name.trim().toLowerCase());

describe('a preflight is 204 without a key', () => {
  test.each([
    ['/remove', 'POST'],
    ['/v1/remove', 'POST'],
    ['/v1/auth', 'GET'],
    ['/v1/usage', 'GET'],
    ['/v1/status/550e8400-e29b-41d4-a716-446655440000', 'GET'],
    ['/v1/status/anything', 'GET'],
    ['/processed/unknown.png', 'GET'],
    ['/healthz', 'GET'],
    ['/readyz', 'GET'],
    ['/openapi.json', 'GET'],
  ])('%s', async (route, method) => {
    const headers = {
      Origin: ORIGIN,
      'Access-Control-Request-Method': method,
      'Access-Control-Request-Headers': 'authorization,x-api-key',
    };
    const answer = await call(server, route, { method: 'OPTIONS', headers });
    expect([answer.status, answer.bytes.length]).toEqual([204, 0]);
    expect(listOf(answer.headers.get('access-control-allow-methods'))).toContain(method.toLowerCase());
    const allowed = listOf(answer.headers.get('access-control-allow-headers'));
    // A * does not cover Authorization, so the names are there.
    const used = [
      'authorization',
      'x-api-key',
      'content-type',
      'accept',
      'prefer',
      'idempotency-key',
      'x-request-id',
      'range',
    ];
    for (const name of [...used, 'if-none-match', 'if-range']) expect(allowed).toContain(name);
  });

  test('also with a bad key, and with a good one, from which it takes nothing', async () => {
    for (let i = 0; i < 10; i++) {
      expect((await call(server, '/v1/auth', { method: 'OPTIONS', key })).status).toBe(204);
    }
    expect((await call(server, '/v1/auth', { method: 'OPTIONS', key: 'bad' })).status).toBe(204);
    // The bucket of a free account holds two.
    expect((await call(server, '/v1/auth', { key })).headers.get('x-ratelimit-remaining')).toBe('1');
  });
});

test('answers expose every header that the contract names, to any origin, and never with credentials', async () => {
  const answers = [
    await call(server, '/v1/auth', { key, headers: { Origin: ORIGIN } }),
    await call(server, '/v1/auth', { headers: { Origin: ORIGIN } }),
    await call(server, '/nothing', { headers: { Origin: ORIGIN } }),
    await call(server, '/processed/unknown.png', { headers: { Origin: 'null' } }),
    await call(server, '/remove', { method: 'PUT', headers: { Origin: ORIGIN } }),
  ];
  expect(answers.map((answer) => answer.status)).toEqual([200, 401, 404, 404, 405]);
  for (const { headers } of answers) {
    expect(headers.get('access-control-allow-origin')).toBe('*');
    expect(headers.get('access-control-allow-credentials')).toBeNull();
    expect(headers.get('cross-origin-resource-policy')).toBe('cross-origin');
    const exposed = listOf(headers.get('access-control-expose-headers'));
    const size = [
      'x-width',
      'x-height',
      'x-foreground-top',
      'x-foreground-left',
      'x-foreground-width',
      'x-foreground-height',
      'x-confidence',
    ];
    const rate = ['ratelimit', 'ratelimit-policy', 'x-ratelimit-limit', 'x-ratelimit-remaining', 'x-ratelimit-reset'];
    const job = ['x-job-id', 'link', 'location', 'retry-after', 'x-credits-charged', 'server-timing', 'x-request-id'];
    const others = ['www-authenticate', 'etag', 'content-range', 'accept-ranges', 'content-length'];
    for (const name of [...size, ...rate, ...job, ...others]) expect(exposed).toContain(name);
  }
});
