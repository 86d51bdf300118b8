/** Whose quality counts: the request's, else that of its key, else the setting QUALITY, else auto. Told apart by the bytes. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createEnterprise, errorOf, readPhoto, remove } from '../helpers/api.ts';
import { createInstallation, type Installation, type ServerProcess } from '../helpers/server.ts';

let installation: Installation;
let server: ServerProcess;
let plainKey: string;
let fastKey: string;
let photo: Buffer;
/** What the photo becomes when the request says which. */
let fast: Buffer;
let auto: Buffer;

beforeAll(async () => {
  installation = await createInstallation();
  plainKey = await createEnterprise(installation, 'acme');
  fastKey = await installation.createKey('--account', 'acme', '--quality', 'fast');
  server = await installation.start();
  photo = await readPhoto('rocket.jpg');
  fast = await picture(plainKey, { quality: 'fast' });
  auto = await picture(plainKey, { quality: 'auto' });
});
afterAll(async () => await installation?.dispose());

async function picture(key: string, fields: Record<string, string> = {}): Promise<Buffer> {
  const answer = await remove(server, key, photo, { fields });
  expect(answer.status).toBe(200);
  return answer.bytes;
}

test('the two can be told apart', () => expect(fast.equals(auto)).toBe(false));

test('where nobody says, it is auto', async () => expect((await picture(plainKey)).equals(auto)).toBe(true));

test('a key has a default of its own, which the request overrules', async () => {
  expect((await picture(fastKey)).equals(fast)).toBe(true);
  expect((await picture(fastKey, { quality: 'auto' })).equals(auto)).toBe(true);
});

test('a quality that there is not is 400', async () => {
  const answer = await remove(server, fastKey, photo, { query: '?quality=good' });
  expect(errorOf(answer)).toEqual({ status: 400, code: 'invalid_parameter' });
  expect(answer.json().message).toBe('The parameter "quality" must be one of fast, auto, best.');
});

test('the setting holds for a key without one, and not for a key that has one', async () => {
  const autoKey = await installation.createKey('--account', 'acme', '--quality', 'auto');
  await server.stop();
  server = await installation.start(['serve'], { QUALITY: 'fast' });
  expect((await picture(plainKey)).equals(fast)).toBe(true);
  expect((await picture(autoKey)).equals(auto)).toBe(true);
});

test('keys list tells it, and keys create takes no other', async () => {
  const keys = JSON.parse((await installation.run('keys', 'list', '--json')).stdout) as { quality: string | null }[];
  expect(keys.map(({ quality }) => quality)).toEqual([null, 'fast', 'auto']);
  const [head = '', ...rows] = (await installation.run('keys', 'list')).stdout.trim().split('\n');
  const column = head.indexOf('quality');
  expect(rows.map((row) => row.slice(column).split(' ')[0])).toEqual(['', 'fast', 'auto']);
  const refused = installation.run('keys', 'create', '--account', 'acme', '--quality', 'good');
  await expect(refused).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining('fast, auto, best') });
});
