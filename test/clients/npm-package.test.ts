/** The npm package remove.bg 1.3.0, unmodified, against the server. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createEnterprise, readPhoto } from '../helpers/api.ts';
import { openPictureHost, type PictureHost } from '../helpers/picture-host.ts';
import { createInstallation, type Installation, PHOTOS, type ServerProcess } from '../helpers/server.ts';

const CLIENT = fileURLToPath(new URL('../helpers/removebg-client.cjs', import.meta.url));
const PHOTO = path.join(PHOTOS, 'rocket.jpg');

let installation: Installation;
let server: ServerProcess;
let host: PictureHost;
let folder: string;
let apiKey: string;

beforeAll(async () => {
  host = await openPictureHost({ '/rocket.jpg': await readPhoto('rocket.jpg') });
  folder = await mkdtemp(path.join(tmpdir(), 'remuvr-client-'));
  installation = await createInstallation({ ALLOWED_SOURCE_HOSTS: '127.0.0.1' });
  server = await installation.start();
  apiKey = await createEnterprise(installation, 'acme');
});
afterAll(async () => {
  await host?.close();
  await installation?.dispose();
  await rm(folder, { recursive: true, force: true });
});

type Outcome = {
  readonly result?: Readonly<Record<string, string>>;
  readonly errors?: readonly { readonly title: string; readonly code: string }[];
};

async function ask(method: string, options: Readonly<Record<string, unknown>>): Promise<Outcome> {
  const optionsFile = path.join(folder, 'options.json');
  await writeFile(optionsFile, JSON.stringify({ apiKey, ...options }));
  const { stdout } = await promisify(execFile)(process.execPath, [CLIENT, server.url, method, optionsFile], {
    maxBuffer: 64 * 1024 * 1024,
  });
  return JSON.parse(stdout) as Outcome;
}

const ways = {
  removeBackgroundFromImageFile: async () => ({ path: PHOTO }),
  removeBackgroundFromImageBase64: async () => ({ base64img: (await readFile(PHOTO)).toString('base64') }),
  removeBackgroundFromImageUrl: async () => ({ url: `${host.url}/rocket.jpg` }),
};

describe.each(Object.entries(ways))('%s', (method, source) => {
  test('saves a cutout, and knows what it cost', async () => {
    const outputFile = path.join(folder, `${method}.png`);
    const { result, errors } = await ask(method, { ...(await source()), outputFile });
    expect(errors).toBeUndefined();
    const picture = await readFile(outputFile);
    expect(await sharp(picture).metadata()).toMatchObject({ format: 'png', hasAlpha: true });
    expect(picture.toString('base64')).toBe(result?.base64img);
    expect(result).toMatchObject({ creditsCharged: '1', detectedType: 'other', rateLimit: '50' });
    expect(Number(result?.resultWidth)).toBeGreaterThan(100);
    expect(Number(result?.rateLimitReset)).toBeGreaterThan(1_700_000_000);
  });

  test('is told of a bad key by an error of its own form', async () => {
    const { errors } = await ask(method, { ...(await source()), apiKey: 'nobody' });
    expect(errors).toMatchObject([{ code: 'auth_failed', title: 'API Key invalid' }]);
  });

  test('takes every option', async () => {
    const options = {
      size: 'regular',
      type: 'person',
      scale: '50%',
      position: 'center',
      crop: true,
      crop_margin: '10%',
      roi: '0% 0% 100% 100%',
      bg_color: '81d4fa',
      channels: 'rgba',
      add_shadow: false,
    };
    const { result, errors } = await ask(method, { ...(await source()), ...options });
    expect(errors).toBeUndefined();
    expect(result?.detectedType).toBe('person');
  });
});
