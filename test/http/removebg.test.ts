/** The dialect of remove.bg: sources, answers, and each code of its table. Effects on pixels stand with the edits. */
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { REMOVEBG_ERRORS } from '../../src/http/dialects/removebg/codes.ts';
import { createEnterprise, createForm } from '../helpers/api.ts';
import { type DialectServer, openDialectServer } from '../helpers/dialects.ts';
import type { PictureHost } from '../helpers/picture-host.ts';
import { makePngBomb } from '../helpers/picture-maker.ts';
import type { Installation, ServerProcess } from '../helpers/server.ts';

let dialects: DialectServer;
let installation: Installation;
let server: ServerProcess;
let host: PictureHost;
let key: string;
let photo: Buffer;

beforeAll(async () => {
  dialects = await openDialectServer({ '/text': Buffer.from('no picture') });
  ({ installation, server, host, key, photo } = dialects);
});
afterAll(() => dialects?.close());

type Fields = Readonly<Record<string, string>>;

async function post(body: FormData | string, headers: Record<string, string> = {}, path = 'removebg') {
  const response = await fetch(`${server.url}/v1.0/${path}`, {
    method: 'POST',
    body,
    headers: { 'X-Api-Key': key, ...headers },
  });
  return { status: response.status, headers: response.headers, bytes: Buffer.from(await response.arrayBuffer()) };
}
const withFile = (fields: Fields = {}, headers: Record<string, string> = {}) =>
  post(createForm({ bytes: photo, field: 'image_file' }, fields), headers);
const withoutFile = (fields: Fields) => post(createForm(undefined, fields));
const asJson = (body: object) => post(JSON.stringify(body), { 'Content-Type': 'application/json' });

type RemovebgErrors = { errors: { title: string; code: string; detail: string }[] };
const refusalOf = ({ status, bytes }: Awaited<ReturnType<typeof post>>) => {
  const { errors } = JSON.parse(String(bytes)) as RemovebgErrors;
  expect(errors).toHaveLength(1);
  expect(errors[0]?.detail).toMatch(/^\S.*\.$/);
  return { status, code: errors[0]?.code };
};

describe('the answer', () => {
  test('is the picture, with its size, the subject and the price in its headers', async () => {
    const { status, headers, bytes } = await withFile({ size: 'auto', type: 'car' });
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('image/png');
    const { width, height, hasAlpha } = await sharp(bytes).metadata();
    expect([width, height, hasAlpha]).toEqual([640, 427, true]);
    const names = ['x-width', 'x-height', 'x-type', 'x-credits-charged', 'x-max-width', 'x-max-height'];
    expect(names.map((name) => headers.get(name))).toEqual(['640', '427', 'car', '1', '640', '427']);
    for (const side of ['top', 'left', 'width', 'height']) expect(headers.get(`x-foreground-${side}`)).toMatch(/^\d+$/);
    expect(headers.get('x-ratelimit-limit')).toBe('50');
    expect(headers.get('x-ratelimit-reset')).toMatch(/^\d{10}$/);
    expect(headers.get('access-control-expose-headers')).toContain('X-Max-Width');
  });

  test('is JSON where that is asked for', async () => {
    const { headers, bytes } = await withFile({ size: 'auto' }, { Accept: 'application/json' });
    const { data } = JSON.parse(String(bytes)) as { data: Record<string, unknown> };
    expect(Object.keys(data)).toEqual([
      'result_b64',
      'foreground_top',
      'foreground_left',
      'foreground_width',
      'foreground_height',
    ]);
    expect(String(data.foreground_width)).toBe(headers.get('x-foreground-width'));
    expect(await sharp(Buffer.from(String(data.result_b64), 'base64')).metadata()).toMatchObject({ width: 640 });
  });

  test.each([
    ['png', 'image/png'],
    ['jpg', 'image/jpeg'],
    ['webp', 'image/webp'],
    ['zip', 'application/zip'],
    ['auto', 'image/png'],
    ['PNG', 'image/png'],
  ])('has the format %s', async (format, type) => {
    expect((await withFile({ format })).headers.get('content-type')).toBe(type);
  });

  test('in a format of its own choice is JPG where nothing is transparent', async () => {
    const typeOf = async (fields: Fields) => (await withFile(fields)).headers.get('content-type');
    expect(await typeOf({ bg_color: 'white' })).toBe('image/jpeg');
    expect(await typeOf({ bg_color: '#ffffff80' })).toBe('image/png');
    expect(await typeOf({ bg_color: 'fff', channels: 'alpha' })).toBe('image/png');
  });

  test('as a zip stores the colours and then the matte, of 8 bits of grey', async () => {
    const { bytes } = await withFile({ format: 'zip' });
    const name = bytes.readUInt16LE(26);
    expect([bytes.toString('latin1', 0, 2), bytes.toString('latin1', 30, 30 + name)]).toEqual(['PK', 'color.jpg']);
    const method = bytes.readUInt16LE(8);
    const second = bytes.indexOf(Buffer.from('alpha.png')) - 30;
    expect([method, bytes.readUInt16LE(second + 8)]).toEqual([0, 0]);
    const size = bytes.readUInt32LE(second + 18);
    const matte = bytes.subarray(second + 30 + 9 + bytes.readUInt16LE(second + 28)).subarray(0, size);
    expect(await sharp(matte).metadata()).toMatchObject({ format: 'png', channels: 1, depth: 'uchar' });
  });

  test('of channels=alpha is the matte', async () => {
    const { bytes } = await withFile({ channels: 'alpha' });
    expect(await sharp(bytes).metadata()).toMatchObject({ channels: 1 });
  });
});

describe('the picture', () => {
  test.each<[string, () => Promise<object>]>([
    ['a file', async () => ({})],
    ['base64', async () => ({ image_file_b64: photo.toString('base64') })],
    ['a data URL', async () => ({ image_file_b64: `data:image/jpeg;base64,${photo.toString('base64')}` })],
    ['a URL', async () => ({ image_url: `${host.url}/rocket.jpg` })],
  ])('comes as %s, in a form and in JSON', async (how, source) => {
    const fields = (await source()) as Fields;
    const inForm = how === 'a file' ? await withFile() : await withoutFile(fields);
    expect(inForm.status).toBe(200);
    if (how !== 'a file') expect((await asJson({ ...fields, crop: false, roi: null })).status).toBe(200);
  });

  test('a field that is empty is not there', async () => {
    const { status } = await withFile({ image_url: '', image_file_b64: '', bg_color: '', roi: '', size: ' ' });
    expect(status).toBe(200);
  });

  test('an empty file is not there', async () => {
    const form = createForm({ bytes: new Uint8Array(0), field: 'image_file', name: '' }, {});
    form.append('image_url', `${host.url}/rocket.jpg`);
    expect((await post(form)).status).toBe(200);
  });
});

describe('is refused:', () => {
  const cases: readonly [code: string, ask: () => ReturnType<typeof post>][] = [
    ['missing_source', () => withoutFile({ size: 'auto' })],
    ['missing_source', () => withoutFile({ image_url: '' })],
    ['multiple_sources', () => withFile({ image_url: `${host.url}/rocket.jpg` })],
    ['multiple_sources', () => withoutFile({ image_url: 'http://a/', image_file_b64: 'aaaa' })],
    ['multiple_bg_sources', () => withFile({ bg_color: 'red', bg_image_url: `${host.url}/rocket.jpg` })],
    ['invalid_image_url', () => withoutFile({ image_url: 'rocket.jpg' })],
    ['invalid_image_url', () => withoutFile({ image_url: 'http://169.254.169.254/latest/meta-data/' })],
    ['failed_image_download', () => withoutFile({ image_url: `${host.url}/missing.jpg` })],
    ['failed_to_read_image', () => withoutFile({ image_url: `${host.url}/text` })],
    ['invalid_bg_image_url', () => withFile({ bg_image_url: 'http://localhost/' })],
    ['failed_bg_download', () => withFile({ bg_image_url: `${host.url}/missing.jpg` })],
    ['failed_to_read_image', () => withoutFile({ image_file_b64: 'no base64!' })],
    ['failed_to_read_image', () => post(createForm({ bytes: photo.subarray(0, 2000), field: 'image_file' }))],
    ['invalid_file_type', () => post(createForm({ bytes: Buffer.from('%PDF-1.7 no picture'), field: 'image_file' }))],
    ['invalid_file_type', () => withoutFile({ image_file: 'the bytes as text' })],
    ['invalid_file_type', () => withFile({ bg_image_file: 'background.jpg' })],
    ['resolution_too_high', () => post(createForm({ bytes: makePngBomb(20_000, 20_000, 1), field: 'image_file' }))],
    ['invalid_size', () => withFile({ size: 'huge' })],
    ['invalid_format', () => withFile({ format: 'gif' })],
    ['invalid_roi', () => withFile({ roi: '0 0 100%' })],
    ['invalid_crop_margin', () => withFile({ crop_margin: '10% 10% 10%' })],
    ['invalid_scale', () => withFile({ scale: '5%' })],
    ['invalid_position', () => withFile({ position: 'left' })],
    ['invalid_channels', () => withFile({ channels: 'rgb' })],
    ['invalid_semitransparency', () => withFile({ semitransparency: 'perhaps' })],
    ['invalid_bg_color', () => withFile({ bg_color: '#12345' })],
    ['invalid_parameter', () => withFile({ crop: 'perhaps' })],
    ['invalid_parameter', () => withFile({ shadow_opacity: '101' })],
    ['invalid_parameter', () => post('[]', { 'Content-Type': 'application/json' })],
    ['unknown_foreground', async () => post(createForm({ bytes: await paintSky(), field: 'image_file' }))],
  ];

  const paintSky = () =>
    sharp({ create: { width: 200, height: 200, channels: 3, background: '#88aacc' } })
      .png()
      .toBuffer();

  test.each(cases)('%s', async (code, ask) => {
    expect(refusalOf(await ask())).toEqual({ status: 400, code });
  });

  test('nothing of it is charged', async () => {
    const account = await fetch(`${server.url}/v1.0/account`, { headers: { 'X-Api-Key': key } });
    const { data } = (await account.json()) as { data: { attributes: { credits: { total: number } } } };
    await withFile({ size: 'huge' });
    const later = await fetch(`${server.url}/v1/usage`, { headers: { 'X-Api-Key': key } });
    const { usage } = (await later.json()) as { usage: { remainingRequests: number } };
    expect(usage.remainingRequests).toBe(data.attributes.credits.total);
  });

  test('a key that is missing or wrong, by 403 and without a challenge', async () => {
    for (const headers of [{ 'X-Api-Key': '' }, { 'X-Api-Key': 'wrong' }, { Authorization: 'Bearer wrong' }]) {
      const answer = await withFile({}, headers);
      expect(refusalOf(answer)).toEqual({ status: 403, code: 'auth_failed' });
      expect(answer.headers.get('www-authenticate')).toBeNull();
    }
  });

  test('a file above the limit of the plan', async () => {
    const small = await createEnterprise(installation, 'small', { maxFileSize: photo.length - 1 });
    const form = createForm({ bytes: photo, field: 'image_file' });
    expect(refusalOf(await post(form, { 'X-Api-Key': small }))).toEqual({ status: 400, code: 'file_too_large' });
    const text = JSON.stringify({ image_file_b64: photo.toString('base64') });
    const inJson = await post(text, { 'X-Api-Key': small, 'Content-Type': 'application/json' });
    expect(refusalOf(inJson)).toEqual({ status: 400, code: 'file_too_large' });
    const url = JSON.stringify({ image_url: `${host.url}/rocket.jpg` });
    const fetched = await post(url, { 'X-Api-Key': small, 'Content-Type': 'application/json' });
    expect(refusalOf(fetched)).toEqual({ status: 400, code: 'file_too_large' });
  });

  test('what exceeds the quota, by 402', async () => {
    const poor = await createEnterprise(installation, 'poor', { monthly: 1 });
    expect((await withFile({}, { 'X-Api-Key': poor })).status).toBe(200);
    expect(refusalOf(await withFile({}, { 'X-Api-Key': poor }))).toEqual({ status: 402, code: 'insufficient_credits' });
  });

  test('what exceeds the rate, with the second after which to come back', async () => {
    const slow = await createEnterprise(installation, 'slow', { rps: 1 });
    const ask = () => fetch(`${server.url}/v1.0/account`, { headers: { 'X-Api-Key': slow } });
    const answers = await Promise.all(Array.from({ length: 8 }, ask));
    const refused = answers.find(({ status }) => status === 429);
    expect(refused?.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
    expect(refused?.headers.get('x-ratelimit-reset')).toMatch(/^\d{10}$/);
    expect(await refused?.json()).toMatchObject({ errors: [{ code: 'rate_limit_exceeded' }] });
  });

  test('an address that is not there, and a method that is not answered, in the same form', async () => {
    const missing = await fetch(`${server.url}/v1.0/nothing`);
    expect([missing.status, await missing.json()]).toMatchObject([404, { errors: [{ code: 'not_found' }] }]);
    const method = await fetch(`${server.url}/v1.0/removebg`, { headers: { Accept: 'application/json' } });
    expect([method.status, await method.json()]).toMatchObject([405, { errors: [{ code: 'method_not_allowed' }] }]);
  });

  test('by no code that the table lacks', () => {
    const tested = cases.map(([code]) => code);
    expect(tested.filter((code) => !Object.hasOwn(REMOVEBG_ERRORS, code))).toEqual([]);
  });
});

describe('POST /v1.0/improve', () => {
  test('takes a picture, and charges nothing', async () => {
    const form = createForm({ bytes: photo, field: 'image_file' }, { tag: 'rockets', image_filename: 'rocket.jpg' });
    const { status, headers, bytes } = await post(form, {}, 'improve');
    expect(status).toBe(200);
    expect(JSON.parse(String(bytes))).toEqual({ data: { id: expect.stringMatching(/^[0-9a-f-]{36}$/) } });
    expect(headers.get('x-credits-charged')).toBeNull();
  });

  test('refuses what is no picture', async () => {
    const form = createForm({ bytes: Buffer.from('no picture'), field: 'image_file' });
    expect(refusalOf(await post(form, {}, 'improve'))).toEqual({ status: 400, code: 'failed_to_read_image' });
  });
});

describe('POST /remove takes a URL too:', () => {
  const remove = (init: { query?: string; fields?: Fields }) =>
    fetch(`${server.url}/remove${init.query ?? ''}`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${key}` },
      ...(init.fields ? { body: createForm(undefined, init.fields) } : {}),
    });

  test.each(['image_url', 'url'])('%s in the form and in the query', async (name) => {
    const url = `${host.url}/rocket.jpg`;
    for (const answer of [
      await remove({ fields: { [name]: url } }),
      await remove({ query: `?${name}=${encodeURIComponent(url)}` }),
    ]) {
      expect(answer.status).toBe(200);
      expect(answer.headers.get('x-width')).toBe('640');
      await answer.arrayBuffer();
    }
  });

  test.each([
    ['invalid_source_url', 'http://127.0.0.1.nip.io/', 400],
    ['invalid_source_url', 'http://[::1]/', 400],
    ['source_unavailable', 'HOST/missing.jpg', 400],
    ['invalid_image', 'HOST/text', 400],
  ])('%s', async (code, url, status) => {
    const answer = await remove({ fields: { url: url.replace('HOST', host.url) } });
    expect([answer.status, await answer.json()]).toMatchObject([status, { code }]);
  });

  test('not beside a file', async () => {
    const body = createForm({ bytes: photo }, { url: `${host.url}/rocket.jpg` });
    const headers = { Authorization: `Bearer ${key}` };
    const answer = await fetch(`${server.url}/remove`, { method: 'POST', headers, body });
    expect(await answer.json()).toMatchObject({ code: 'invalid_parameter' });
  });
});
