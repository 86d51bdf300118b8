/** Edits that cannot be made: each bad value by its name, and what only the picture can refuse. All are free. */
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { call, createEnterprise, createForm, errorOf, readPhoto, remove } from '../helpers/api.ts';
import { createInstallation, type Installation, type ServerProcess } from '../helpers/server.ts';

let installation: Installation;
let server: ServerProcess;
let key: string;
let photo: Buffer;
let wall: Buffer;

beforeAll(async () => {
  installation = await createInstallation();
  server = await installation.start();
  photo = await readPhoto('coffee.png');
  key = await createEnterprise(installation, 'acme', { maxFileSize: photo.length + 100_000 });
  wall = await sharp({ create: { width: 200, height: 100, channels: 3, background: '#c8c8c8' } })
    .png()
    .toBuffer();
});
afterAll(async () => await installation?.dispose());

const refused = { status: 400, code: 'invalid_parameter' };

test.each([
  ['preset', 'etsy'],
  ['size', 'huge'],
  ['roi', '0 0 10px'],
  ['crop', 'yes'],
  ['crop_margin', '501px'],
  ['scale', '9%'],
  ['position', 'left'],
  ['background', 'nocolour'],
  ['background', 'linear-gradient(red)'],
  ['shadow', 'long'],
  ['shadow_opacity', '101'],
  ['outline', 'red'],
  ['output', 'matte'],
  ['format', 'bmp'],
  ['dpi', '0'],
])('%s=%s is a bad parameter, which the message names', async (name, value) => {
  const answer = await remove(server, key, wall, { fields: { [name]: value } });
  expect(errorOf(answer)).toEqual(refused);
  expect(answer.json().message).toContain(`"${name}"`);
});

test('16 bits are refused of a format that has none', async () => {
  const answer = await remove(server, key, wall, { fields: { output: 'alpha16', format: 'webp' } });
  expect(errorOf(answer)).toEqual(refused);
});

describe('what only the picture can refuse', () => {
  test.each([
    ['0 0 101px 101px', 'roi_exceeds_bounds'],
    ['10px 10px 10px 90px', 'roi_region_empty'],
  ])('roi=%s is %s, and free', async (roi, code) => {
    const answer = await remove(server, key, wall, { fields: { roi } });
    expect(errorOf(answer)).toEqual({ status: 400, code });
    expect(answer.headers.get('x-credits-charged')).toBe('0');
  });

  test.each([{ crop: 'true' }, { scale: '50%' }, { position: 'center' }, { preset: 'amazon' }])(
    'no subject with %j is unknown_foreground, and free',
    async (fields) => {
      const answer = await remove(server, key, wall, { fields: fields as Record<string, string> });
      expect(errorOf(answer)).toEqual({ status: 400, code: 'unknown_foreground' });
      expect(answer.headers.get('x-credits-charged')).toBe('0');
    },
  );

  test('no subject with a background alone is that background', async () => {
    const answer = await remove(server, key, wall, { fields: { background: 'red', shadow: 'drop', outline: '3px' } });
    expect(answer.status).toBe(200);
    const { dominant } = await sharp(answer.bytes).stats();
    expect(dominant.r).toBeGreaterThan(240);
  });
});

describe('background_file', () => {
  async function send(background: Uint8Array, fields: Record<string, string> = {}, copies = 1) {
    const form = createForm({ bytes: photo }, fields);
    for (let i = 0; i < copies; i++) form.append('background_file', new Blob([new Uint8Array(background)]), 'b.png');
    return await call(server, '/remove', { method: 'POST', key, body: form });
  }

  test('that is no picture is invalid_background', async () => {
    expect(errorOf(await send(Buffer.from('hello')))).toEqual({ status: 400, code: 'invalid_background' });
  });

  test('that is damaged is invalid_background, and free', async () => {
    const answer = await send(wall.subarray(0, wall.length - 40));
    expect(errorOf(answer)).toEqual({ status: 400, code: 'invalid_background' });
    expect(answer.headers.get('x-credits-charged')).toBe('0');
  });

  test('that is larger than a photo may be is file_too_large', async () => {
    const answer = await send(Buffer.concat([wall, Buffer.alloc(photo.length + 100_001)]));
    expect(errorOf(answer)).toEqual({ status: 413, code: 'file_too_large' });
  });

  test('goes with no other background, and stands alone', async () => {
    expect(errorOf(await send(wall, { background: 'red' }))).toEqual(refused);
    expect(errorOf(await send(wall, {}, 2))).toEqual(refused);
  });
});
