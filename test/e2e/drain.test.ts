/** A server that stops while a caller waits: the answer, and that its connection ends with it. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createForm, readPhoto } from '../helpers/api.ts';
import { createInstallation, type Installation, type ServerProcess, until } from '../helpers/server.ts';

let installation: Installation;
let server: ServerProcess;

beforeAll(async () => {
  installation = await createInstallation();
  server = await installation.start(['serve', '--no-worker']);
});
afterAll(async () => await installation?.dispose());

test('who waits for a job is answered 202 with its address, on a connection that ends', async () => {
  const key = await installation.createKey('--plan', 'pro');
  const headers = { Authorization: `Bearer ${key}` };
  const body = createForm({ bytes: await readPhoto('rocket.jpg') });
  const asked = fetch(`${server.url}/v1/remove`, { method: 'POST', headers, body });
  await until('the job is accepted', async () => {
    const { stdout } = await installation.run('doctor').catch((error: { stdout: string }) => error);
    return stdout.includes('1 job has not ended');
  });
  const stopped = server.stop();
  const answer = await asked;
  expect([answer.status, answer.headers.get('connection')]).toEqual([202, 'close']);
  expect(answer.headers.get('location')).toMatch(/^\/v1\/status\//);
  expect(await stopped).toBe(0);
});
