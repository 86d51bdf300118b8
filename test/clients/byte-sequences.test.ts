/**
 * What the clients of remove.bg put on the wire, byte for byte as their libraries write it: the Ruby gem remove_bg by
 * Faraday, the command line in Go by mime/multipart, and the Python packages removebg and remove-bg-api by requests.
 */
import { unzipSync } from 'fflate';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type DialectServer, openDialectServer } from '../helpers/dialects.ts';
import type { PictureHost } from '../helpers/picture-host.ts';
import { openConnection } from '../helpers/raw-http.ts';
import type { ServerProcess } from '../helpers/server.ts';

let dialects: DialectServer;
let server: ServerProcess;
let host: PictureHost;
let key: string;
let photo: Buffer;

beforeAll(async () => {
  dialects = await openDialectServer();
  ({ server, host, key, photo } = dialects);
});
afterAll(() => dialects?.close());

type Part = { readonly head: readonly string[]; readonly body: string | Buffer };

const assemble = (boundary: string, parts: readonly Part[]): Buffer =>
  Buffer.concat([
    ...parts.flatMap(({ head, body }) => [
      Buffer.from(`--${boundary}\r\n${head.join('\r\n')}\r\n\r\n`),
      Buffer.from(body),
      Buffer.from('\r\n'),
    ]),
    Buffer.from(`--${boundary}--\r\n`),
  ]);

const fieldsOf = (fields: Readonly<Record<string, string>>): Part[] =>
  Object.entries(fields).map(([name, body]) => ({ head: [`Content-Disposition: form-data; name="${name}"`], body }));

/** Sends the head as it is, and the body after it. */
async function send(line: string, head: readonly string[], body: Buffer = Buffer.alloc(0)) {
  const connection = await openConnection(server.url);
  const length = body.length > 0 ? [`Content-Length: ${body.length}`] : [];
  await connection.write(`${[line, ...head, ...length].join('\r\n')}\r\n\r\n`);
  if (body.length > 0) await connection.write(body);
  const answer = await connection.answer();
  connection.close();
  return answer;
}

const urlEncoded = (fields: Readonly<Record<string, string>>): Buffer =>
  Buffer.from(String(new URLSearchParams(fields)));

describe('the Ruby gem', () => {
  const head = () => [
    'User-Agent: remove-bg-ruby-1.5.0',
    `X-Api-Key: ${key}`,
    'Accept-Encoding: identity',
    'Accept: */*',
  ];

  test('sends a file, and reads the headers of the answer as numbers', async () => {
    const boundary = '-----------RubyMultipartPost-9f0e8d7c6b5a49382716';
    const file = {
      head: [
        'Content-Disposition: form-data; name="image_file"; filename="rocket.jpg"',
        `Content-Length: ${photo.length}`,
        'Content-Type: image/jpeg',
        'Content-Transfer-Encoding: binary',
      ],
      body: photo,
    };
    const body = assemble(boundary, [...fieldsOf({ size: 'auto', format: 'zip' }), file]);
    const type = `Content-Type: multipart/form-data; boundary=${boundary}`;
    const answer = await send('POST /v1.0/removebg HTTP/1.1', [type, ...head(), 'Host: api.remove.bg'], body);
    expect([answer.status, answer.type]).toEqual([200, 'application/zip']);
    expect(Object.keys(unzipSync(answer.bytes))).toEqual(['color.jpg', 'alpha.png']);
    expect(answer.headers.get('x-width')).toBe('640');
    expect(answer.headers.get('x-height')).toBe('427');
    expect(answer.headers.get('x-credits-charged')).toBe('1');
    expect(answer.headers.get('x-ratelimit-reset')).toMatch(/^\d{10}$/);
  });

  test('sends a URL', async () => {
    const body = urlEncoded({ image_url: `${host.url}/rocket.jpg`, size: 'auto' });
    const type = 'Content-Type: application/x-www-form-urlencoded';
    const answer = await send('POST /v1.0/removebg HTTP/1.1', [type, ...head(), 'Host: api.remove.bg'], body);
    expect([answer.status, answer.type]).toEqual([200, 'image/png']);
  });

  test('reads the account', async () => {
    const answer = await send('GET /v1.0/account HTTP/1.1', [...head(), 'Host: api.remove.bg']);
    const { attributes } = answer.json<{ data: { attributes: unknown } }>().data;
    expect(attributes).toEqual({
      credits: { total: expect.any(Number), subscription: expect.any(Number), payg: 0, enterprise: 0 },
      api: { free_calls: 0, sizes: 'all' },
    });
  });
});

test('the command line in Go sends the file first, of no type, and fields that are empty', async () => {
  const boundary = '3f1c5e8a7b2d4960f1c5e8a7b2d4960f1c5e8a7b2d4960f1c5e8a7b2d496';
  const file = {
    head: [
      'Content-Disposition: form-data; name="image_file"; filename="rocket.jpg"',
      'Content-Type: application/octet-stream',
    ],
    body: photo,
  };
  const empty = ['type', 'channels', 'bg_color', 'bg_image_url', 'format', 'roi', 'crop', 'crop_margin', 'scale'];
  const more = ['position', 'semitransparency', 'add_shadow', 'image_url', 'image_file_b64', 'type_level'];
  const fields = Object.fromEntries([...empty, ...more].map((name) => [name, '']));
  const body = assemble(boundary, [file, ...fieldsOf({ size: 'auto', ...fields })]);
  const head = ['Host: api.remove.bg', 'User-Agent: remove-bg-go-1.1.0', `X-Api-Key: ${key}`, 'Accept-Encoding: gzip'];
  const type = `Content-Type: multipart/form-data; boundary=${boundary}`;
  const answer = await send('POST /v1.0/removebg HTTP/1.1', [...head, type], body);
  expect([answer.status, answer.type]).toEqual([200, 'image/png']);
  expect(await sharp(answer.bytes).metadata()).toMatchObject({ hasAlpha: true });
});

/** requests sends its own headers first. */
const python = (): string[] => [
  'Host: api.remove.bg',
  'User-Agent: python-requests/2.32.3',
  'Accept-Encoding: gzip, deflate',
  'Accept: */*',
  'Connection: keep-alive',
  `X-Api-Key: ${key}`,
];
const PYTHON_BOUNDARY = '0f8fad5bd9cb469fa16570867728950e';
const PYTHON_FORM = `Content-Type: multipart/form-data; boundary=${PYTHON_BOUNDARY}`;
const PYTHON_URLENCODED = 'Content-Type: application/x-www-form-urlencoded';

describe('the Python package removebg', () => {
  const common = {
    size: 'regular',
    type: 'auto',
    type_level: 'none',
    format: 'auto',
    roi: '0 0 100% 100%',
    crop: 'false',
    scale: 'original',
    position: 'original',
    channels: 'rgba',
    add_shadow: 'false',
    semitransparency: 'true',
  };

  test('sends a file of no type after its fields', async () => {
    const file = { head: ['Content-Disposition: form-data; name="image_file"; filename="rocket.jpg"'], body: photo };
    const body = assemble(PYTHON_BOUNDARY, [...fieldsOf(common), file]);
    const answer = await send('POST /v1.0/removebg HTTP/1.1', [...python(), PYTHON_FORM], body);
    expect([answer.status, answer.type]).toEqual([200, 'image/png']);
    expect(answer.headers.get('x-type')).toBeNull();
  });

  test('sends base64, URL-encoded', async () => {
    const body = urlEncoded({ ...common, image_file_b64: photo.toString('base64') });
    const answer = await send('POST /v1.0/removebg HTTP/1.1', [...python(), PYTHON_URLENCODED], body);
    expect([answer.status, answer.type]).toEqual([200, 'image/png']);
  });

  test('sends a URL with a colour', async () => {
    const body = urlEncoded({ ...common, image_url: `${host.url}/rocket.jpg`, bg_color: 'FF0000' });
    const answer = await send('POST /v1.0/removebg HTTP/1.1', [...python(), PYTHON_URLENCODED], body);
    expect([answer.status, answer.type]).toEqual([200, 'image/jpeg']);
  });

  test('reads the title of an error', async () => {
    const body = urlEncoded({ ...common, roi: 'everything', image_url: `${host.url}/rocket.jpg` });
    const answer = await send('POST /v1.0/removebg HTTP/1.1', [...python(), PYTHON_URLENCODED], body);
    const { errors } = answer.json<{ errors: { title: string }[] }>();
    expect([answer.status, errors[0]?.title]).toEqual([400, 'Invalid roi parameter given']);
  });
});

describe('the Python package remove-bg-api', () => {
  const fields = { format: 'auto', type: 'auto', size: 'preview' };

  test('sends bytes under the name of their field, and takes what they cost from its balance', async () => {
    const account = await send('GET /v1.0/account HTTP/1.1', python());
    const { credits } = account.json<{ data: { attributes: { credits: { total: number } } } }>().data.attributes;
    const file = { head: ['Content-Disposition: form-data; name="image_file"; filename="image_file"'], body: photo };
    const body = assemble(PYTHON_BOUNDARY, [...fieldsOf(fields), file]);
    const answer = await send('POST /v1.0/removebg HTTP/1.1', [...python(), PYTHON_FORM], body);
    expect(answer.status).toBe(200);
    // It reads the header by int(), which takes no "1.0".
    expect(answer.headers.get('x-credits-charged')).toMatch(/^\d+$/);
    const later = await send('GET /v1.0/account HTTP/1.1', python());
    const left = later.json<{ data: { attributes: { credits: { total: number } } } }>().data.attributes.credits.total;
    expect(left).toBe(credits.total - Number(answer.headers.get('x-credits-charged')));
  });

  test('sends base64, URL-encoded', async () => {
    const body = urlEncoded({ ...fields, image_file_b64: photo.toString('base64') });
    const answer = await send('POST /v1.0/removebg HTTP/1.1', [...python(), PYTHON_URLENCODED], body);
    expect(answer.status).toBe(200);
  });
});
