/** Where pictures may come from beside a file: URLs in every kind of body, for the photo and for its background. */
import { connect } from 'node:net';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { call, createForm, errorOf } from '../helpers/api.ts';
import { type DialectServer, openDialectServer } from '../helpers/dialects.ts';
import type { PictureHost } from '../helpers/picture-host.ts';
import { type ServerProcess, until } from '../helpers/server.ts';

let dialects: DialectServer;
let server: ServerProcess;
let host: PictureHost;
let key: string;
let photo: Buffer;

beforeAll(async () => {
  const blue = await sharp({ create: { width: 9, height: 9, channels: 3, background: '#0000ff' } })
    .png()
    .toBuffer();
  const files = { '/blue.png': blue, '/a.txt': Buffer.from('text') };
  dialects = await openDialectServer(files, { ALLOWED_SOURCE_HOSTS: '*,127.0.0.1', MAX_UPLOADS: '1' });
  ({ server, host, key, photo } = dialects);
});
afterAll(() => dialects?.close());

const post = (body: NonNullable<RequestInit['body']>, headers: Record<string, string> = {}) =>
  call(server, '/remove', { method: 'POST', key, body, headers });
const JSON_TYPE = { 'Content-Type': 'application/json' };
const cornerOf = async (bytes: Buffer) => [
  ...(await sharp(bytes).removeAlpha().extract({ left: 0, top: 0, width: 1, height: 1 }).raw().toBuffer()),
];

describe('a body without files', () => {
  test('in JSON or URL-encoded names the picture and every parameter', async () => {
    const fields = {
      image_url: `${host.url}/rocket.jpg`,
      background: 'ff0000',
      size: 'preview',
      crop: false,
      dpi: 300,
    };
    const asJson = await post(JSON.stringify(fields), JSON_TYPE);
    expect([asJson.status, await cornerOf(asJson.bytes)]).toEqual([200, [255, 0, 0]]);
    const asForm = await post(new URLSearchParams({ ...fields, crop: 'false', dpi: '300' }));
    expect(asForm.bytes.equals(asJson.bytes)).toBe(true);
    expect(Number(asJson.headers.get('x-width'))).toBeLessThan(640);
  });

  test.each([
    ['no JSON', 'no', JSON_TYPE, 'invalid_parameter'],
    ['a list', '[1]', JSON_TYPE, 'invalid_parameter'],
    ['no picture', '{"format":"png"}', JSON_TYPE, 'missing_file'],
    ['a private address', '{"image_url":"http://10.0.0.1/a.jpg"}', JSON_TYPE, 'invalid_source_url'],
    ['more text than a form may have', 'a='.padEnd(1_100_000, 'a'), {}, 'file_too_large'],
  ])('of %s is refused', async (_case, body, headers, code) => {
    const type = { 'Content-Type': 'application/x-www-form-urlencoded', ...headers };
    expect(errorOf(await post(body, type)).code).toBe(code);
  });
});

describe('background_url', () => {
  test('lies behind the subject', async () => {
    const fields = { background_url: `${host.url}/blue.png`, quality: 'fast' };
    const answer = await post(createForm({ bytes: photo }, fields));
    expect([answer.status, await cornerOf(answer.bytes)]).toEqual([200, [0, 0, 255]]);
  });

  test.each([
    [{ background_url: 'http://169.254.169.254/latest' }, 'invalid_source_url'],
    [{ background_url: 'file:///etc/passwd' }, 'invalid_source_url'],
    [{ background_url: '/none.png' }, 'source_unavailable'],
    [{ background_url: '/a.txt' }, 'invalid_background'],
    [{ background_url: '/blue.png', background: 'red' }, 'invalid_parameter'],
  ])('%j is %s, and nothing is charged', async (given, code) => {
    const url = given.background_url.replace(/^\//, `${host.url}/`);
    const before = (await call(server, '/v1/usage', { key })).bytes;
    expect(errorOf(await post(createForm({ bytes: photo }, { ...given, background_url: url })))).toEqual({
      status: 400,
      code,
    });
    expect((await call(server, '/v1/usage', { key })).bytes.equals(before)).toBe(true);
  });
});

test.each(['/v1.0/removebg', '/api/remove', '/v1/batches', '/remove'])(
  '%s counts among the pictures that arrive at once',
  async (route) => {
    const { hostname, port } = new URL(server.url);
    const socket = connect(Number(port), hostname);
    const part = '--b\r\nContent-Disposition: form-data; name="image_file"; filename="a.jpg"\r\n\r\n';
    socket.write(
      `POST ${route} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 90000\r\n\r\n${part}`,
    );
    socket.on('error', () => {});
    const isFull = async () => (await post(createForm(undefined, {}))).status === 503;
    await until('the only place is taken', isFull);
    socket.destroy();
    await until('it is free again', async () => !(await isFull()));
  },
);
