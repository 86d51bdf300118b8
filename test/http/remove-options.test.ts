/** The options of a removal: each format and output by its pixels, and what becomes of names and values that do not fit. */
import { unzipSync } from 'fflate';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { call, createEnterprise, createForm, errorOf, readPhoto, remove } from '../helpers/api.ts';
import { createInstallation, type Installation, type ServerProcess } from '../helpers/server.ts';

let installation: Installation;
let server: ServerProcess;
let key: string;
let photo: Buffer;

beforeAll(async () => {
  installation = await createInstallation();
  server = await installation.start();
  key = await createEnterprise(installation, 'acme');
  photo = await readPhoto('rocket.jpg');
});
afterAll(async () => await installation?.dispose());

const WIDTH = 640;
const HEIGHT = 427;
/** The hull, and a corner of the sky. */
const SUBJECT = [322, 240] as const;
const SKY = [3, 3] as const;

async function pixelsOf(bytes: Uint8Array) {
  const { channels = 3 } = await sharp(bytes).metadata();
  // Else sharp widens grey to three channels.
  const picture = channels === 1 ? sharp(bytes).toColourspace('b-w') : sharp(bytes);
  const { data, info } = await picture.raw().toBuffer({ resolveWithObject: true });
  const at = ([x, y]: readonly [number, number]) => [
    ...data.subarray((y * info.width + x) * info.channels).subarray(0, info.channels),
  ];
  return { size: [info.width, info.height], channels, at };
}

describe('format', () => {
  test.each([
    ['png', 'image/png', 'png'],
    ['webp', 'image/webp', 'webp'],
    ['avif', 'image/avif', 'heif'],
  ])('%s has alpha, clear around the subject', async (format, type, decoder) => {
    const answer = await remove(server, key, photo, { fields: { format } });
    expect([answer.status, answer.type]).toEqual([200, type]);
    expect(await sharp(answer.bytes).metadata()).toMatchObject({ format: decoder, hasAlpha: true });
    const { size, channels, at } = await pixelsOf(answer.bytes);
    expect([size, channels]).toEqual([[WIDTH, HEIGHT], 4]);
    expect(at(SKY)[3]).toBe(0);
    expect(at(SUBJECT)[3]).toBeGreaterThan(200);
  });

  test('jpg is flattened over white', async () => {
    const answer = await remove(server, key, photo, { query: '?format=jpg' });
    expect([answer.status, answer.type]).toEqual([200, 'image/jpeg']);
    const { size, channels, at } = await pixelsOf(answer.bytes);
    expect([size, channels]).toEqual([[WIDTH, HEIGHT], 3]);
    for (const value of at(SKY)) expect(value).toBeGreaterThanOrEqual(254);
    const source = (await pixelsOf(photo)).at(SUBJECT);
    for (const [i, value] of at(SUBJECT).entries()) expect(Math.abs(value - (source[i] ?? 0))).toBeLessThan(30);
  });

  test('zip holds color.jpg and then alpha.png, stored', async () => {
    const answer = await remove(server, key, photo, { fields: { format: 'zip' } });
    expect([answer.status, answer.type]).toEqual([200, 'application/zip']);
    const entries: [string, number][] = [];
    const files = unzipSync(answer.bytes, {
      filter: ({ name, compression }) => entries.push([name, compression]) > 0,
    });
    expect(entries).toEqual([
      ['color.jpg', 0],
      ['alpha.png', 0],
    ]);
    const colour = await pixelsOf(files['color.jpg'] ?? new Uint8Array());
    const alpha = await pixelsOf(files['alpha.png'] ?? new Uint8Array());
    expect([colour.size, colour.channels]).toEqual([[WIDTH, HEIGHT], 3]);
    expect([alpha.size, alpha.channels]).toEqual([[WIDTH, HEIGHT], 1]);
    expect(alpha.at(SKY)).toEqual([0]);
    expect(alpha.at(SUBJECT)[0]).toBeGreaterThan(200);
  });
});

test.each([
  ['png', 'image/png'],
  ['jpg', 'image/jpeg'],
])('output=mask is the matte in grey, as %s', async (format, type) => {
  const answer = await remove(server, key, photo, { fields: { output: 'mask', format } });
  expect([answer.status, answer.type]).toEqual([200, type]);
  const { size, channels, at } = await pixelsOf(answer.bytes);
  expect([size, channels]).toEqual([[WIDTH, HEIGHT], 1]);
  expect(at(SKY)[0]).toBeLessThan(3);
  expect(at(SUBJECT)[0]).toBeGreaterThan(200);
});

test('a field of the form wins over the query, and names that nobody knows are ignored', async () => {
  const answer = await remove(server, key, photo, {
    query: '?format=png&output=mask&colour=red&colour=blue',
    fields: { format: 'webp', output: 'cutout', crop: 'true', __proto__x: '1' },
  });
  expect([answer.status, answer.type]).toEqual([200, 'image/webp']);
  expect((await pixelsOf(answer.bytes)).channels).toBe(4);
});

describe('400 invalid_parameter, with the name in the sentence,', () => {
  test.each([
    ['a format that there is not', { fields: { format: 'gif' } }, 'format'],
    ['an empty format', { fields: { format: '' } }, 'format'],
    ['a format in capitals', { query: '?format=PNG' }, 'format'],
    ['an output that there is not', { query: '?output=both' }, 'output'],
    ['an async that is no truth', { fields: { async: 'perhaps' } }, 'async'],
    ['a parameter that is there twice in the query', { query: '?format=png&format=png' }, 'format'],
    [
      'a bad value in the form over a good one in the query',
      { query: '?format=png', fields: { format: 'bmp' } },
      'format',
    ],
  ])('for %s', async (_name, how, parameter) => {
    const answer = await remove(server, key, photo, how);
    expect(errorOf(answer)).toEqual({ status: 400, code: 'invalid_parameter' });
    expect(answer.json().message).toContain(`"${parameter}"`);
  });

  test('for a field that is there twice in the form', async () => {
    const body = createForm({ bytes: photo }, { format: 'png' });
    body.append('format', 'png');
    const answer = await call(server, '/remove', { method: 'POST', key, body });
    expect(errorOf(answer)).toEqual({ status: 400, code: 'invalid_parameter' });
    expect(answer.json().message).toContain('"format"');
  });

  test('for two pictures, under one name or two', async () => {
    for (const field of ['file', 'image']) {
      const body = createForm({ bytes: photo });
      body.append(field, new Blob([new Uint8Array(photo)]), 'second.jpg');
      const answer = await call(server, '/remove', { method: 'POST', key, body });
      expect(errorOf(answer)).toEqual({ status: 400, code: 'invalid_parameter' });
    }
  });
});

test('nothing of what was refused was charged', async () => {
  const { usage } = (await call(server, '/v1/usage', { key })).json<{ usage: { totalRequests: number } }>();
  expect(usage.totalRequests).toBe(8);
});
