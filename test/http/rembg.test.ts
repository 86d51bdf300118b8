/** The dialect of rembg's HTTP server: what its clients send, in the form, in the query and in both. */
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createForm } from '../helpers/api.ts';
import { type DialectServer, openDialectServer } from '../helpers/dialects.ts';
import type { PictureHost } from '../helpers/picture-host.ts';
import { createInstallation, type ServerProcess } from '../helpers/server.ts';

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

type Fields = Readonly<Record<string, string>>;

async function ask(init: RequestInit & { query?: string; key?: string | null } = {}) {
  const { query = '', key: given = key, ...rest } = init;
  const headers = given === null ? {} : { Authorization: `Bearer ${given}` };
  const answer = await fetch(`${server.url}/api/remove${query}`, { ...rest, headers: { ...headers, ...rest.headers } });
  return { status: answer.status, headers: answer.headers, bytes: Buffer.from(await answer.arrayBuffer()) };
}
const post = (fields: Fields = {}, query = '') =>
  ask({ method: 'POST', query, body: createForm({ bytes: photo }, fields) });
const codeOf = ({ bytes }: { bytes: Buffer }) => (JSON.parse(String(bytes)) as { code: string }).code;

async function alphaOf(bytes: Buffer) {
  const { data, info } = await sharp(bytes).raw().toBuffer({ resolveWithObject: true });
  const levels = new Array<number>(256).fill(0);
  for (let i = info.channels - 1; i < data.length; i += info.channels) {
    const level = data[i] as number;
    levels[level] = (levels[level] ?? 0) + 1;
  }
  return { channels: info.channels, data, levels, isHard: levels.every((n, level) => n === 0 || level % 255 === 0) };
}

describe('the picture', () => {
  test('comes as a file, and goes as a PNG of its size whatever the client accepts', async () => {
    for (const accept of ['*/*', 'application/json']) {
      const body = createForm({ bytes: photo });
      const { status, headers, bytes } = await ask({ method: 'POST', body, headers: { Accept: accept } });
      expect([status, headers.get('content-type')]).toEqual([200, 'image/png']);
      expect(await sharp(bytes).metadata()).toMatchObject({ format: 'png', width: 640, height: 427, channels: 4 });
    }
  });

  test('comes from a URL, by GET and by POST', async () => {
    const query = `?url=${encodeURIComponent(`${host.url}/rocket.jpg`)}`;
    expect((await ask({ query })).status).toBe(200);
    expect((await ask({ method: 'POST', query })).status).toBe(200);
    const body = createForm(undefined, { url: `${host.url}/rocket.jpg` });
    expect((await ask({ method: 'POST', body })).status).toBe(200);
  });

  test.each([
    ['missing_file', ''],
    ['invalid_source_url', '?url=file%3A%2F%2F%2Fetc%2Fpasswd'],
    ['invalid_source_url', '?url=http%3A%2F%2F169.254.169.254%2F'],
    ['source_unavailable', '?url=HOST%2Fnothing.jpg'],
  ])('is refused: %s', async (code, query) => {
    const answer = await ask({ query: query.replace('HOST', encodeURIComponent(host.url)) });
    expect([answer.status, codeOf(answer)]).toEqual([400, code]);
  });
});

describe('a parameter', () => {
  test.each(['true', 'True', '1'])('om=%s gives the matte alone, from nothing to all', async (value) => {
    for (const { bytes } of [await post({ om: value }), await post({}, `?om=${value}`)]) {
      const { levels } = await alphaOf(bytes);
      expect(await sharp(bytes).metadata()).toMatchObject({ channels: 1 });
      expect(Math.min(levels[0] ?? 0, levels[255] ?? 0)).toBeGreaterThan(1000);
    }
  });

  test('ppm leaves nothing between in and out', async () => {
    expect((await alphaOf((await post()).bytes)).isHard).toBe(false);
    expect((await alphaOf((await post({ ppm: 'True' })).bytes)).isHard).toBe(true);
    expect((await alphaOf((await post({ ppm: '1', om: '1' })).bytes)).isHard).toBe(true);
  });

  test('a refines the edges and their colours', async () => {
    const plain = await alphaOf((await post()).bytes);
    const refined = await alphaOf((await post({ a: 'True', af: '240', ab: '10', ae: '10' })).bytes);
    // The colours of what is half seen are the subject's own, not those of the sky behind it.
    const differing = refined.data.filter((value, i) => value !== plain.data[i]).length;
    expect(differing).toBeGreaterThan(1000);
  });

  test('bgc lies under the subject', async () => {
    const { bytes } = await post({ bgc: '10,200,30,255' });
    const { data, info } = await sharp(bytes).raw().toBuffer({ resolveWithObject: true });
    expect(info.channels).toBe(4);
    expect([...data.subarray(0, 4)]).toEqual([10, 200, 30, 255]);
    const inQuery = await post({}, '?bgc=10,200,30,255');
    expect(inQuery.bytes.equals(bytes)).toBe(true);
  });

  test('in the form counts more than in the query', async () => {
    expect(await sharp((await post({ om: 'false' }, '?om=true')).bytes).metadata()).toMatchObject({ channels: 4 });
  });

  test('of a model that cuts out the same is taken, and extras are', async () => {
    for (const model of ['u2net', 'isnet-general-use', 'birefnet-general']) {
      expect((await post({ model, extras: '{"any": 1}' })).status).toBe(200);
    }
  });

  test.each<[string, Fields]>([
    ['a model that nobody knows', { model: 'unknown' }],
    ['a model for clothes', { model: 'u2net_cloth_seg' }],
    ['a model that needs a prompt', { model: 'sam' }],
    ['a threshold above 255', { af: '256' }],
    ['a threshold that is no number', { ab: 'ten' }],
    ['a negative size', { ae: '-1' }],
    ['a switch that is neither on nor off', { om: 'perhaps' }],
    ['a colour of two numbers', { bgc: '1,2' }],
    ['a colour above 255', { bgc: '1,2,3,256' }],
  ])('that does not fit is refused: %s', async (_what, fields) => {
    const answer = await post(fields);
    expect([answer.status, codeOf(answer)]).toEqual([400, 'invalid_parameter']);
  });
});

describe('the key', () => {
  test('is asked for, unless the operator says otherwise', async () => {
    const answer = await ask({ method: 'POST', body: createForm({ bytes: photo }), key: null });
    expect([answer.status, codeOf(answer)]).toEqual([401, 'invalid_api_key']);
  });

  test('may be missing where the operator allows it, and a bad one is refused all the same', async () => {
    await using open = await openWithGuests();
    const body = () => createForm({ bytes: photo });
    const call = (headers: Record<string, string> = {}) =>
      fetch(`${open.url}/api/remove`, { method: 'POST', headers, body: body() });
    const answers = await Promise.all([call(), call()]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect((await call({ Authorization: 'Bearer wrong' })).status).toBe(401);
    expect((await fetch(`${open.url}/remove`, { method: 'POST', body: body() })).status).toBe(401);
  });

  async function openWithGuests() {
    const other = await createInstallation();
    const { url } = await other.start(['serve'], { REMBG_ANONYMOUS: 'true' });
    return { url, [Symbol.asyncDispose]: () => other.dispose() };
  }
});

test('pages of any origin may call it, unlike the rest of /api', async () => {
  const headers = { Origin: 'https://shop.example', 'Access-Control-Request-Method': 'POST' };
  const preflight = await fetch(`${server.url}/api/remove`, { method: 'OPTIONS', headers });
  expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([204, '*']);
  const refused = await ask({ key: null, headers: { Origin: 'https://shop.example' } });
  expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([401, '*']);
  const dashboard = await fetch(`${server.url}/api/keys`, { headers: { Origin: 'https://shop.example' } });
  expect([dashboard.status, dashboard.headers.get('access-control-allow-origin')]).toEqual([403, null]);
});
