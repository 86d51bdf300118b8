/** POST /remove: how a picture may be sent, and everything that the answer says. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type Answer,
  call,
  createEnterprise,
  createForm,
  jobOf,
  readPhoto,
  remove,
  waitForEnd,
} from '../helpers/api.ts';
import { createInstallation, type Installation, type ServerProcess, until } from '../helpers/server.ts';

let installation: Installation;
let server: ServerProcess;
let key: string;
let testKey: string;
let photo: Buffer;
/** One plain removal of rocket.jpg, which several tests look at. */
let plain: Answer;

beforeAll(async () => {
  installation = await createInstallation();
  server = await installation.start();
  key = await createEnterprise(installation, 'acme');
  testKey = await installation.createKey('--account', 'acme', '--test');
  photo = await readPhoto('rocket.jpg');
  plain = await call(server, '/remove', { method: 'POST', key, body: createForm({ bytes: photo }) });
});
afterAll(async () => await installation?.dispose());

const WIDTH = 640;
const HEIGHT = 427;

/** Decoded to four channels, with the alpha of a point. */
async function decode(bytes: Uint8Array) {
  const { data, info } = await sharp(bytes).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  return { data, ...info, alphaAt: (x: number, y: number) => data[(y * info.width + x) * 4 + 3] ?? -1 };
}

/** The sky is clear and the hull of the rocket is there. */
async function expectCutout(bytes: Uint8Array): Promise<void> {
  const { width, height, alphaAt } = await decode(bytes);
  expect([width, height]).toEqual([WIDTH, HEIGHT]);
  expect([alphaAt(3, 3), alphaAt(WIDTH - 4, 3)]).toEqual([0, 0]);
  expect(alphaAt(322, 240)).toBeGreaterThan(200);
}

const removeRaw = (bytes: Uint8Array, type: string, more: Record<string, string> = {}) =>
  call(server, '/v1/remove', {
    method: 'POST',
    key,
    body: new Uint8Array(bytes),
    headers: { 'Content-Type': type, ...more },
  });

test('the answer is a PNG with alpha at the size of the photo, cut out', async () => {
  expect([plain.status, plain.headers.get('content-type')]).toEqual([200, 'image/png']);
  expect(await sharp(plain.bytes).metadata()).toMatchObject({
    format: 'png',
    channels: 4,
    hasAlpha: true,
    depth: 'uchar',
  });
  await expectCutout(plain.bytes);
});

describe('the headers of a removal', () => {
  const header = (name: string): string => plain.headers.get(name) ?? '';

  test('name the job and its address', async () => {
    expect(header('x-job-id')).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(header('link')).toBe(`</v1/status/${header('x-job-id')}>; rel="status"`);
    const job = jobOf(await call(server, `/v1/status/${header('x-job-id')}`, { key }));
    expect(job).toMatchObject({ id: header('x-job-id'), status: 'completed' });
  });

  test('tell the size, and the box of what is visible', async () => {
    expect([header('x-width'), header('x-height')]).toEqual([String(WIDTH), String(HEIGHT)]);
    expect(header('content-length')).toBe(String(plain.bytes.length));
    const [top, left, width, height] = ['top', 'left', 'width', 'height'].map((side) =>
      Number(header(`x-foreground-${side}`)),
    );
    const { alphaAt } = await decode(plain.bytes);
    const seen = { top: HEIGHT, left: WIDTH, bottom: 0, right: 0 };
    for (let i = 0; i < WIDTH * HEIGHT; i++) {
      const [x, y] = [i % WIDTH, Math.floor(i / WIDTH)];
      if (alphaAt(x, y) === 0) continue;
      seen.top = Math.min(seen.top, y);
      seen.left = Math.min(seen.left, x);
      seen.bottom = Math.max(seen.bottom, y + 1);
      seen.right = Math.max(seen.right, x + 1);
    }
    // The box may leave out the faintest haze, and never reaches beyond what can be seen.
    expect(top).toBeGreaterThanOrEqual(seen.top);
    expect(left).toBeGreaterThanOrEqual(seen.left);
    expect((top ?? 0) + (height ?? 0)).toBeLessThanOrEqual(seen.bottom);
    expect((left ?? 0) + (width ?? 0)).toBeLessThanOrEqual(seen.right);
    expect([top, left, width, height].every(Number.isInteger)).toBe(true);
    // The hull of the rocket lies in it.
    expect(left).toBeLessThan(322);
    expect(top).toBeLessThan(240);
    expect((left ?? 0) + (width ?? 0)).toBeGreaterThan(322);
    expect((top ?? 0) + (height ?? 0)).toBeGreaterThan(240);
  });

  test('tell what was charged, and how long each step took', () => {
    expect(header('x-credits-charged')).toBe('1');
    const timing = /^queue;dur=[\d.]+, decode;dur=[\d.]+, infer;dur=[\d.]+, refine;dur=[\d.]+, encode;dur=[\d.]+$/;
    expect(header('server-timing')).toMatch(timing);
    expect(Number(/infer;dur=([\d.]+)/.exec(header('server-timing'))?.[1])).toBeGreaterThan(10);
  });
});

describe('a picture may be sent', () => {
  test('under the name image, and a WebP is one', async () => {
    const webp = await sharp(photo).webp().toBuffer();
    const body = createForm({ bytes: webp, field: 'image', name: 'photo.webp', type: 'image/webp' });
    const answer = await call(server, '/remove', { method: 'POST', key, body });
    expect(answer.status).toBe(200);
    await expectCutout(answer.bytes);
  });

  test('under the name image_file, and an AVIF is one', async () => {
    const avif = await sharp(photo).avif({ effort: 0 }).toBuffer();
    const body = createForm({ bytes: avif, field: 'image_file', name: 'photo.avif', type: 'image/avif' });
    const answer = await call(server, '/v1/remove', { method: 'POST', key, body });
    expect(answer.status).toBe(200);
    await expectCutout(answer.bytes);
  });

  test('with a name and a type that do not fit, as the bytes decide', async () => {
    const png = await sharp(photo).png().toBuffer();
    const body = createForm({ bytes: png, name: 'notes.txt', type: 'text/plain' });
    const answer = await call(server, '/remove', { method: 'POST', key, body });
    expect([answer.status, answer.type]).toEqual([200, 'image/png']);
    await expectCutout(answer.bytes);
  });

  test('as the raw body of an image type, whichever image it is, and its orientation is applied', async () => {
    // Stored on its side, with the order to turn it back.
    const turned = await sharp(photo).rotate(-90).withMetadata({ orientation: 6 }).jpeg().toBuffer();
    expect(await sharp(turned).metadata()).toMatchObject({ width: HEIGHT, height: WIDTH, orientation: 6 });
    const answer = await removeRaw(turned, 'image/png');
    expect(answer.status).toBe(200);
    expect([answer.headers.get('x-width'), answer.headers.get('x-height')]).toEqual([String(WIDTH), String(HEIGHT)]);
    await expectCutout(answer.bytes);
  });

  test('as the raw body of type application/octet-stream, and what was clear in the source stays clear', async () => {
    // The upper half is cut off by the source's own alpha.
    const half = Buffer.alloc(WIDTH * HEIGHT, 255).fill(0, 0, WIDTH * 213);
    const alpha = { raw: { width: WIDTH, height: HEIGHT, channels: 1 as const } };
    const tiff = await sharp(photo).joinChannel(half, alpha).tiff({ compression: 'deflate' }).toBuffer();
    const answer = await removeRaw(tiff, 'application/octet-stream');
    expect(answer.status).toBe(200);
    const { alphaAt } = await decode(answer.bytes);
    expect(alphaAt(322, 200)).toBe(0);
    expect(alphaAt(322, 240)).toBeGreaterThan(200);
  });
});

describe('Accept', () => {
  test('application/json gets the job and the picture in base64', async () => {
    const answer = await remove(server, key, photo, { headers: { Accept: 'application/json' } });
    expect([answer.status, answer.type]).toEqual([200, 'application/json']);
    const body = answer.json<{ status: string; job: { id: string }; data: { result_b64: string } }>();
    expect(Object.keys(body)).toEqual(['status', 'job', 'data']);
    expect(body).toMatchObject({ status: 'success', job: { id: answer.headers.get('x-job-id'), status: 'completed' } });
    const picture = Buffer.from(body.data.result_b64, 'base64');
    expect(picture.equals(plain.bytes)).toBe(true);
    expect(answer.headers.get('x-width')).toBe(String(WIDTH));
  });

  test('that names JSON beside everything else, as HTTP clients do, gets the picture', async () => {
    const answer = await remove(server, key, photo, { headers: { Accept: 'application/json, text/plain, */*' } });
    expect([answer.status, answer.type]).toEqual([200, 'image/png']);
  });
});

test('the same photo gives the same bytes, and under a test key a picture with a stamp on it, uncharged', async () => {
  const stamped = await remove(server, testKey, photo);
  expect([stamped.status, stamped.type, stamped.headers.get('x-credits-charged')]).toEqual([200, 'image/png', '0']);
  const [live, test] = [await decode(plain.bytes), await decode(stamped.bytes)];
  expect([test.width, test.height]).toEqual([live.width, live.height]);
  let changed = 0;
  for (let i = 3; i < live.data.length; i += 4) if (live.data[i] !== test.data[i]) changed++;
  // The stamp is opaque, also where the picture is clear.
  expect(changed / (WIDTH * HEIGHT)).toBeGreaterThan(0.05);
});

describe('asked to answer at once, it is 202 and names the job', () => {
  test.each([
    ['by Prefer', { headers: { Prefer: 'respond-async' } }],
    ['by Prefer among others', { headers: { Prefer: 'return=minimal, respond-async; foo=1, wait=10' } }],
    ['by the field async', { fields: { async: 'true' } }],
    ['by the parameter async', { query: '?async=1' }],
  ])('%s', async (_name, how) => {
    const answer = await remove(server, key, photo, how);
    const { job, ...rest } = answer.json<{ job: Record<string, string> }>();
    expect(answer.status).toBe(202);
    expect(rest).toEqual({ status: 'success' });
    expect(job).toEqual({ id: answer.headers.get('x-job-id'), status: 'processing', createdAt: expect.any(String) });
    expect(answer.headers.get('location')).toBe(`/v1/status/${job.id}`);
    expect(answer.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
    expect(await waitForEnd(server, key, job.id ?? '')).toMatchObject({ status: 'completed' });
  });
});

test('a client that hangs up does not cancel its job, and it is charged', async () => {
  const requestsLeft = async () =>
    (await call(server, '/v1/auth', { key })).json<{ requestsRemaining: number }>().requestsRemaining;
  const before = await requestsLeft();
  const hangUp = new AbortController();
  const request = fetch(`${server.url}/remove`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${key}` },
    body: createForm({ bytes: photo }),
    signal: hangUp.signal,
  });
  // Counted from its reservation on.
  await until('the removal is accepted', async () => (await requestsLeft()) === before - 1);
  hangUp.abort();
  await expect(request).rejects.toThrow();
  await until('its upload is gone, as the job ended', async () => (await uploads()).length === 0);
  expect(await requestsLeft()).toBe(before - 1);
});

const uploads = async (): Promise<string[]> =>
  (await readdir(path.join(installation.dataDir, 'objects', 'uploads'))).filter((name) => !name.startsWith('.'));

test('no upload outlives its job, and nothing half-written is left', async () => {
  await until('the uploads are gone', async () => (await uploads()).length === 0);
  expect(await readdir(path.join(installation.dataDir, 'objects', '.tmp'))).toEqual([]);
  expect((await installation.run('audit')).stdout).toContain('clean');
});
