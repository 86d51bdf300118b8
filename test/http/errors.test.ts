/** Every error has its status, its code, a sentence, a request id and CORS headers, whichever route and whatever was wrong. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Call, call, createEnterprise, createForm, errorOf, expectToFit, readPhoto } from '../helpers/api.ts';
import { openConnection } from '../helpers/raw-http.ts';
import { createInstallation, type Installation, type ServerProcess } from '../helpers/server.ts';

let installation: Installation;
let server: ServerProcess;
let key: string;

beforeAll(async () => {
  installation = await createInstallation();
  server = await installation.start();
  key = await createEnterprise(installation, 'acme', { rps: 1000 });
});
afterAll(async () => await installation?.dispose());

const NOWHERE = '550e8400-e29b-41d4-a716-446655440000';

describe('404 not_found', () => {
  test.each([
    ['/v1', 'GET'],
    ['/v1/auth/', 'GET'],
    ['/v1/Auth', 'GET'],
    ['/v2/remove', 'POST'],
    ['/remove/', 'POST'],
    ['/processed/', 'GET'],
    ['/processed/a/b.png', 'GET'],
    ['/..%2f..%2fetc%2fpasswd', 'GET'],
    ['/nothing-here', 'DELETE'],
    ['/nothing-here', 'OPTIONS'],
    ['/nothing-here', 'HEAD'],
  ])('%s %s, before any key is looked at', async (route, method) => {
    const answer = await call(server, route, { method });
    expect(answer.status).toBe(404);
    if (method !== 'HEAD') expect(errorOf(answer).code).toBe('not_found');
  });
});

describe('405 method_not_allowed, with Allow, before any key is looked at', () => {
  const routes: [string, string[]][] = [
    ['/v1/auth', ['GET', 'HEAD', 'OPTIONS']],
    ['/v1/usage', ['GET', 'HEAD', 'OPTIONS']],
    [`/v1/status/${NOWHERE}`, ['GET', 'HEAD', 'OPTIONS']],
    ['/processed/name.png', ['GET', 'HEAD', 'OPTIONS']],
    ['/remove', ['POST', 'OPTIONS']],
    ['/v1/remove', ['POST', 'OPTIONS']],
    ['/healthz', ['GET', 'HEAD', 'OPTIONS']],
    ['/readyz', ['GET', 'HEAD', 'OPTIONS']],
    ['/openapi.json', ['GET', 'HEAD', 'OPTIONS']],
  ];

  test.each(routes)('%s', async (route, allowed) => {
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND'].filter((m) => !allowed.includes(m))) {
      const answer = await call(server, route, { method });
      expect(errorOf(answer), method).toEqual({ status: 405, code: 'method_not_allowed' });
      expect(answer.headers.get('allow'), method).toBe(allowed.join(', '));
    }
  });
});

describe('400', () => {
  const picture = (body: Uint8Array, type = 'image/png'): Call => ({
    body: new Uint8Array(body),
    headers: { 'Content-Type': type },
  });
  const bytes = (...values: (number | string)[]): Uint8Array =>
    Buffer.concat(
      values.map((value) => (typeof value === 'string' ? Buffer.from(value, 'latin1') : Buffer.from([value]))),
    );
  const padded = (head: Uint8Array): Uint8Array => Buffer.concat([head, Buffer.alloc(64)]);
  const multipart = (body: string, boundary = 'b'): Call => ({
    body,
    headers: { 'Content-Type': `multipart/form-data${boundary && `; boundary=${boundary}`}` },
  });
  const emptyForm = new FormData();
  emptyForm.append('format', 'png');

  const cases: Record<string, [Call, string]> = {
    'a request without a body': [{}, 'missing_file'],
    'a form without a file': [{ body: emptyForm }, 'missing_file'],
    'a file under another name': [{ body: createForm({ bytes: bytes('x'), field: 'picture' }) }, 'missing_file'],
    'a name of a file in place of its bytes': [{ body: createForm(undefined, { file: 'image.jpg' }) }, 'missing_file'],
    JSON: [{ body: '{"file":"x"}', headers: { 'Content-Type': 'application/json' } }, 'missing_file'],
    'a form as a browser sends it without files': [{ body: new URLSearchParams({ file: 'x' }) }, 'missing_file'],
    'text for a picture': [picture(bytes('this is no picture, whatever its type says')), 'invalid_image'],
    'no bytes, raw': [picture(bytes()), 'invalid_image'],
    'no bytes, in a form': [{ body: createForm({ bytes: bytes() }) }, 'invalid_image'],
    HTML: [picture(bytes('<!doctype html><p>hello')), 'invalid_image'],
    'the signature of a PNG and no more': [picture(bytes(0x89, 'PNG\r\n', 0x1a, '\n')), 'invalid_image'],
    SVG: [picture(bytes('<svg xmlns="http://www.w3.org/2000/svg"/>'), 'image/svg+xml'), 'unsupported_format'],
    'SVG with a prologue': [picture(bytes('<?xml version="1.0"?>\n<svg xmlns="x"></svg>')), 'unsupported_format'],
    HEIC: [picture(padded(bytes(0, 0, 0, 24, 'ftypheic', 0, 0, 0, 0, 'mif1heic')), 'image/heic'), 'unsupported_format'],
    'JPEG XL': [picture(padded(bytes(0xff, 0x0a))), 'unsupported_format'],
    'JPEG XL in a container': [picture(padded(bytes(0, 0, 0, 12, 'JXL \r\n', 0x87, '\n'))), 'unsupported_format'],
    'JPEG 2000': [picture(padded(bytes(0, 0, 0, 12, 'jP  \r\n', 0x87, '\n'))), 'unsupported_format'],
    'a Photoshop file': [picture(padded(bytes('8BPS'))), 'unsupported_format'],
    'an icon': [picture(padded(bytes(0, 0, 1, 0, 1, 0))), 'unsupported_format'],
    'a PDF': [picture(padded(bytes('%PDF-1.7'))), 'unsupported_format'],
    'a form without a boundary': [multipart('--b\r\n', ''), 'invalid_parameter'],
    'a form that ends in the middle of its file': [
      multipart('--b\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\nabc'),
      'invalid_parameter',
    ],
    'a form that is no form': [multipart('hello'), 'invalid_parameter'],
    'a form of 200 fields': [
      { body: createForm(undefined, Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`f${i}`, '1']))) },
      'invalid_parameter',
    ],
    'a Content-Type that is none': [{ body: 'x', headers: { 'Content-Type': '///' } }, 'invalid_parameter'],
  };

  test.each(Object.entries(cases))('%s', async (_name, [init, code]) => {
    const answer = await call(server, '/v1/remove', { method: 'POST', key, ...init });
    expect(errorOf(answer)).toEqual({ status: 400, code });
  });

  test('none of them was charged, and the server is well', async () => {
    const usage = await call(server, '/v1/usage', { key });
    expect(usage.json()).toMatchObject({ usage: { totalRequests: 0 } });
    expect((await call(server, '/readyz')).json()).toEqual({
      status: 'ready',
      checks: { database: 'ok', storage: 'ok', model: 'ok' },
    });
  });
});

describe('what is no good HTTP is answered in the same form', () => {
  test('an address that cannot be decoded is the address of nothing', async () => {
    for (const route of ['/%zz', '/processed/%.png']) {
      expect(errorOf(await call(server, route)), route).toEqual({ status: 404, code: 'not_found' });
    }
  });

  test.each([
    ['noise', 'hello\r\n\r\n'],
    ['headers of 100 kB', `GET /v1/auth HTTP/1.1\r\nHost: x\r\nX-Long: ${'a'.repeat(100_000)}\r\n\r\n`],
    [
      'two lengths',
      'POST /remove HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
  ])('%s', async (_name, text) => {
    const connection = await openConnection(server.url);
    try {
      await connection.write(text);
      const answer = await connection.answer();
      expect(errorOf(answer)).toEqual({ status: 400, code: 'invalid_parameter' });
      // Held to an address that documents every error.
      await expectToFit(server.url, '/no-such-address', 'GET', { ...answer, status: 404 });
    } finally {
      connection.close();
    }
  });
});

describe('application/problem+json', () => {
  const headers = { Accept: 'application/problem+json' };
  test.each([
    ['/v1/auth', 401, 'invalid_api_key'],
    ['/nothing', 404, 'not_found'],
    ['/remove', 405, 'method_not_allowed'],
    ['/processed/unknown.png', 404, 'not_found'],
  ])('%s is answered as RFC 9457 says', async (route, status, code) => {
    const answer = await call(server, route, { headers });
    expect([answer.status, answer.type]).toEqual([status, 'application/problem+json']);
    expect(answer.json()).toEqual({
      type: `urn:remuvr:error:${code}`,
      title: expect.any(String),
      status,
      detail: expect.any(String),
      code,
      requestId: answer.headers.get('x-request-id'),
    });
  });

  test('that a caller refuses by its weight is not sent', async () => {
    const accept = 'application/json, application/problem+json;q=0';
    expect((await call(server, '/v1/auth', { headers: { Accept: accept } })).type).toBe('application/json');
  });

  test('a success under the same Accept is the success', async () => {
    expect((await call(server, '/v1/auth', { key, headers })).status).toBe(200);
  });
});

describe('X-Request-Id', () => {
  test.each(['a', 'A-1.b_2', 'x'.repeat(64)])('%s is kept', async (id) => {
    const answer = await call(server, '/v1/auth', { headers: { 'X-Request-Id': id } });
    expect(answer.headers.get('x-request-id')).toBe(id);
    expect(answer.json()).toMatchObject({ requestId: id });
  });

  test.each(['x'.repeat(65), 'a b', 'ä', '<script>', 'a,b', ''])('%j is replaced', async (id) => {
    const answer = await call(server, '/v1/auth', { headers: { 'X-Request-Id': id } });
    expect(answer.headers.get('x-request-id')).not.toBe(id);
    expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });
});

test('HEAD answers like GET, without the body', async () => {
  const answer = await call(server, '/v1/auth', { method: 'HEAD', key });
  expect([answer.status, answer.bytes.length]).toEqual([200, 0]);
  expect((await call(server, '/v1/auth', { method: 'HEAD' })).status).toBe(401);
});

test('a photo under the name of a good one is no error', async () => {
  // The cases above fail for their reasons, and not because every request does.
  const answer = await call(server, '/remove', {
    method: 'POST',
    key,
    body: createForm({ bytes: await readPhoto('rocket.jpg') }),
  });
  expect(answer.status).toBe(200);
});
