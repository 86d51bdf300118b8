/** The published Python sample, by the `requests` package, verbatim but for host, key and file. */
import { execFile } from 'node:child_process';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createInstallation, type Installation, PHOTOS, type ServerProcess } from '../helpers/server.ts';

const run = promisify(execFile);

let installation: Installation;
let server: ServerProcess;
let key: string;
let python: string;

beforeAll(async () => {
  python = await findPython();
  installation = await createInstallation();
  server = await installation.start();
  key = await installation.createKey('--plan', 'pro');
});
afterAll(async () => await installation?.dispose());

/** An interpreter that has `requests`. Its absence is a failure: the sample would not be tested. */
async function findPython(): Promise<string> {
  for (const candidate of ['python3', '/usr/bin/python3', 'python']) {
    const isFitting = await run(candidate, ['-c', 'import requests']).then(
      () => true,
      () => false,
    );
    if (isFitting) return candidate;
  }
  throw new Error('No Python has the package requests. On Debian: apt install python3-requests');
}

const SAMPLE = `
import requests

url = 'HOST/remove'
headers = {'Authorization': 'Bearer YOUR_API_KEY'}

with open('image.jpg', 'rb') as image:
    response = requests.post(url, headers=headers, files={'file': image})

if response.status_code == 200:
    with open('result.png', 'wb') as result:
        result.write(response.content)
else:
    raise Exception(response.text)
`;

/** Runs the sample in the folder that holds image.jpg. */
async function runSample(apiKey: string): Promise<void> {
  const script = path.join(installation.dataDir, 'sample.py');
  await writeFile(script, SAMPLE.replace('HOST', server.url).replace('YOUR_API_KEY', apiKey));
  // No proxy of this machine stands between the sample and the server.
  await run(python, [script], { cwd: installation.dataDir, env: { ...process.env, NO_PROXY: '*' } });
}

test('the sample saves result.png, the cut-out at the size of the photo', async () => {
  await copyFile(path.join(PHOTOS, 'astronaut.png'), path.join(installation.dataDir, 'image.jpg'));
  await runSample(key);
  const result = sharp(await readFile(path.join(installation.dataDir, 'result.png')));
  expect(await result.metadata()).toMatchObject({ format: 'png', width: 512, height: 512, channels: 4 });
  const { data } = await result.raw().toBuffer({ resolveWithObject: true });
  // Behind the shoulder, and the middle of the face.
  expect(data[(60 * 512 + 470) * 4 + 3]).toBeLessThan(20);
  expect(data[(130 * 512 + 230) * 4 + 3]).toBeGreaterThan(200);
});

test('where it fails, the sample raises what the server says', async () => {
  await writeFile(path.join(installation.dataDir, 'image.jpg'), 'no picture');
  await expect(runSample(key)).rejects.toThrow(/"code":"invalid_image"/);
  await expect(runSample('rmv_live_wrong')).rejects.toThrow(/"code":"invalid_api_key"/);
});
