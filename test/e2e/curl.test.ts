/** The published curl samples, verbatim but for host and key. */
import { execFile } from 'node:child_process';
import { copyFile, readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createInstallation, type Installation, PHOTOS, type ServerProcess } from '../helpers/server.ts';

let installation: Installation;
let server: ServerProcess;
let key: string;

beforeAll(async () => {
  installation = await createInstallation();
  server = await installation.start();
  key = await installation.createKey('--plan', 'pro');
  await copyFile(path.join(PHOTOS, 'coffee.png'), path.join(installation.dataDir, 'image.jpg'));
});
afterAll(async () => await installation?.dispose());

/** Runs the sample through a shell, in a folder that holds image.jpg. */
async function paste(sample: string): Promise<Buffer> {
  const command = sample.replaceAll('HOST', server.url).replaceAll('YOUR_API_KEY', key);
  const options = { cwd: installation.dataDir, encoding: 'buffer' as const, maxBuffer: 64 * 1024 * 1024 };
  const { stdout } = await promisify(execFile)('sh', ['-c', command.replace(/^curl/, 'curl -sS')], options);
  return stdout;
}

test('the sample that checks a key is answered with its plan and what is left', async () => {
  const body = JSON.parse(String(await paste('curl -H "Authorization: Bearer YOUR_API_KEY" HOST/v1/auth')));
  expect(body).toMatchObject({ status: 'success', message: 'API key is valid', plan: 'pro', requestsRemaining: 5000 });
});

test('the sample that removes a background prints a PNG of the size of the photo, cut out', async () => {
  const sample = 'curl -X POST -H "Authorization: Bearer YOUR_API_KEY" -F "file=@image.jpg" HOST/remove';
  const answer = await paste(sample);
  const source = await sharp(await readFile(path.join(PHOTOS, 'coffee.png'))).metadata();
  const { data, info } = await sharp(answer).raw().toBuffer({ resolveWithObject: true });
  expect([info.width, info.height, info.channels]).toEqual([source.width, source.height, 4]);
  const alphaAt = (x: number, y: number) => data[(y * info.width + x) * 4 + 3];
  const corners = [
    alphaAt(0, 0),
    alphaAt(info.width - 1, 0),
    alphaAt(0, info.height - 1),
    alphaAt(info.width - 1, info.height - 1),
  ];
  expect(corners).toEqual([0, 0, 0, 0]);
  // The cup stands in the middle.
  expect(alphaAt(300, 200)).toBe(255);
});

test('the sample that asks for a job is answered 404 for an id that is not there', async () => {
  const sample = 'curl -H "Authorization: Bearer YOUR_API_KEY" HOST/v1/status/550e8400-e29b-41d4-a716-446655440000';
  expect(JSON.parse(String(await paste(sample)))).toMatchObject({ status: 'error', code: 'not_found' });
});

test('the sample that asks for the usage counts the removal before', async () => {
  const body = JSON.parse(String(await paste('curl -H "Authorization: Bearer YOUR_API_KEY" HOST/v1/usage')));
  expect(body.usage).toMatchObject({ plan: 'pro', totalRequests: 1, remainingRequests: 4999 });
});
