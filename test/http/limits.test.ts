/** The size of a file to the byte, and of a picture to the pixel; and what a refusal leaves behind: a usable connection and no file. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type Answer,
  call,
  createEnterprise,
  createForm,
  errorOf,
  expectToFit,
  readPhoto,
  remove,
} from '../helpers/api.ts';
import { openConnection } from '../helpers/raw-http.ts';
import { createInstallation, type Installation, type ServerProcess, until } from '../helpers/server.ts';

let installation: Installation;
let server: ServerProcess;
let key: string;
let photo: Buffer;

/** rocket.jpg has exactly as many. */
const MAX_PIXELS = 640 * 427;

beforeAll(async () => {
  installation = await createInstallation({ MAX_PIXELS: String(MAX_PIXELS) });
  server = await installation.start();
  photo = await readPhoto('rocket.jpg');
  key = await createEnterprise(installation, 'acme', { maxFileSize: photo.length });
});
afterAll(async () => await installation?.dispose());

const tooLarge = { status: 413, code: 'file_too_large' };
const oneByteMore = (): Buffer => Buffer.concat([photo, Buffer.alloc(1)]);

const sendRaw = (bytes: Uint8Array): Promise<Answer> =>
  call(server, '/remove', {
    method: 'POST',
    key,
    body: new Uint8Array(bytes),
    headers: { 'Content-Type': 'image/jpeg' },
  });

/** Without a Content-Length, so that only counting can tell. */
const sendChunked = (bytes: Uint8Array, by = key): Promise<Answer> => {
  const pieces = Array.from({ length: Math.ceil(bytes.length / 65_536) }, (_, i) =>
    bytes.slice(i * 65_536, (i + 1) * 65_536),
  );
  const body = Readable.toWeb(Readable.from(pieces)) as unknown as ReadableStream<Uint8Array>;
  const init = { method: 'POST', key: by, body, duplex: 'half', headers: { 'Content-Type': 'image/jpeg' } };
  return call(server, '/remove', init as Parameters<typeof call>[2]);
};

describe('a file of exactly the limit passes, and one byte more is 413', () => {
  test('in a form, where the other fields do not count', async () => {
    const fields = { note: 'x'.repeat(90_000) };
    expect((await remove(server, key, photo, { fields, query: '?async=true' })).status).toBe(202);
    expect(errorOf(await remove(server, key, oneByteMore()))).toEqual(tooLarge);
  });

  test('as a raw body', async () => {
    expect((await sendRaw(photo)).status).toBe(200);
    expect(errorOf(await sendRaw(oneByteMore()))).toEqual(tooLarge);
  });

  test('as a raw body without a length', async () => {
    expect((await sendChunked(photo)).status).toBe(200);
    expect(errorOf(await sendChunked(oneByteMore()))).toEqual(tooLarge);
  });

  test('for a key with a narrower limit of its own, by its own', async () => {
    const narrow = await installation.createKey('--account', 'acme', '--max-file-size', '1000');
    const answer = await remove(server, narrow, photo);
    expect(errorOf(answer)).toEqual(tooLarge);
    expect(answer.json().message).toContain('1000');
    expect(errorOf(await sendChunked(photo, narrow))).toEqual(tooLarge);
    // What the account allows is what the usage says.
    const usage = await call(server, '/v1/usage', { key });
    expect(usage.json()).toMatchObject({ usage: { limits: { maxFileSize: photo.length } } });
  });
});

describe('a refusal leaves its connection usable', () => {
  const LENGTH = 3_000_000;
  const head = (...more: string[]): string =>
    ['POST /remove HTTP/1.1', 'Host: x', `Authorization: Bearer ${key}`, ...more, '', ''].join('\r\n');
  const next = () => `GET /v1/usage HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\n\r\n`;

  test.each([
    ['a form', 'multipart/form-data; boundary=x'],
    ['a raw body', 'image/jpeg'],
  ])('%s whose length cannot fit is refused before it is sent', async (_name, type) => {
    const connection = await openConnection(server.url);
    try {
      await connection.write(head(`Content-Type: ${type}`, `Content-Length: ${LENGTH}`));
      const refused = await connection.answer();
      await expectToFit(server.url, '/remove', 'POST', refused);
      expect(errorOf(refused)).toEqual(tooLarge);
      expect(refused.headers.get('connection')).not.toBe('close');
      // A client that sends its body all the same can go on after it.
      await connection.write(Buffer.alloc(LENGTH, 'x'));
      await connection.write(next());
      expect((await connection.answer()).json()).toMatchObject({ status: 'success' });
    } finally {
      connection.close();
    }
  });

  test.each([
    [
      'a form',
      'multipart/form-data; boundary=x',
      '--x\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n',
    ],
    ['a raw body', 'image/jpeg', 'x'],
  ])('%s of unknown length is refused in the middle, and read to its end', async (_name, type, start) => {
    const connection = await openConnection(server.url);
    try {
      await connection.write(head(`Content-Type: ${type}`, 'Transfer-Encoding: chunked'));
      await connection.write(`${start.length.toString(16)}\r\n${start}\r\n`);
      const piece = Buffer.alloc(100_000, 'x');
      for (let i = 0; i < LENGTH / piece.length; i++) {
        await connection.write(
          Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n')]),
        );
      }
      const refused = await connection.answer();
      await expectToFit(server.url, '/remove', 'POST', refused);
      expect(errorOf(refused)).toEqual(tooLarge);
      await connection.write('0\r\n\r\n');
      await connection.write(next());
      expect((await connection.answer()).json()).toMatchObject({ status: 'success' });
    } finally {
      connection.close();
    }
  });
});

describe('MAX_PIXELS', () => {
  const picture = (width: number, height: number) =>
    sharp({ create: { width, height, channels: 3, background: '#888' } });

  test('passes a picture that has exactly as many', async () => {
    const bytes = await picture(640, 427).webp().toBuffer();
    expect((await sendRaw(bytes)).headers.get('x-width')).toBe('640');
  });

  test.each(['png', 'jpeg', 'webp', 'gif', 'tiff', 'avif'] as const)('refuses one row more as %s', async (format) => {
    const bytes = await picture(640, 428)
      .toFormat(format, format === 'tiff' ? { compression: 'deflate' } : {})
      .toBuffer();
    const answer = await sendRaw(bytes);
    expect(errorOf(answer)).toEqual({ status: 400, code: 'too_many_pixels' });
    expect(answer.headers.get('x-credits-charged') ?? '0').toBe('0');
  });
});

test('what was refused left no file behind, and cost nothing', async () => {
  const objects = path.join(installation.dataDir, 'objects');
  await until('the uploads are gone', async () => (await readdir(path.join(objects, 'uploads'))).length === 0);
  await until('no file is half received', async () => (await readdir(path.join(objects, '.tmp'))).length === 0);
  const usage = await call(server, '/v1/usage', { key });
  expect(usage.json()).toMatchObject({ usage: { totalRequests: 4 } });
});

test('a form that repeats its file until the limit of parts is refused', async () => {
  const body = createForm(undefined);
  for (let i = 0; i < 20; i++) body.append('other', new Blob(['x']), 'a.txt');
  const answer = await call(server, '/remove', { method: 'POST', key, body });
  expect(errorOf(answer)).toEqual({ status: 400, code: 'invalid_parameter' });
});
