/** The disk of the objects is full: what a caller sees, what it costs, and what becomes of it when there is room again. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { call, createEnterprise, createForm, errorOf, jobOf, readPhoto, remove, waitForEnd } from '../helpers/api.ts';
import { createInstallation, type Installation, type ServerProcess, until } from '../helpers/server.ts';
import { mountSmallDisk } from '../helpers/small-disk.ts';

const disk = mountSmallDisk(16);
afterAll(() => disk?.unmount());

describe.skipIf(!disk)('on a disk that is full', () => {
  let installation: Installation;
  let server: ServerProcess;
  let key: string;
  let photo: Buffer;

  beforeAll(async () => {
    installation = await createInstallation({ STORAGE_URL: `file://${disk?.path}` });
    server = await installation.start();
    key = await createEnterprise(installation, 'acme');
    photo = await readPhoto('rocket.jpg');
  });
  afterAll(async () => await installation?.dispose());

  const used = async () =>
    (await call(server, '/v1/usage', { key })).json<{ usage: { totalRequests: number } }>().usage.totalRequests;
  const list = (folder: string) => readdir(path.join(disk?.path ?? '', folder)).catch(() => []);

  test('an upload is 503, costs nothing and leaves nothing, and the next one has room', async () => {
    await disk?.fill(photo.length / 2);
    const refused = await remove(server, key, photo);
    expect(errorOf(refused)).toEqual({ status: 503, code: 'overloaded' });
    expect(refused.json<{ message: string }>().message).toBe('The server has no room for the picture at present.');
    expect(refused.headers.get('retry-after')).toBe('30');
    expect(await used()).toBe(0);
    expect([await list('uploads'), await list('.tmp')]).toEqual([[], []]);
    await disk?.empty();
    expect((await remove(server, key, photo)).status).toBe(200);
    expect(await used()).toBe(1);
  });

  test('a result waits for room, is charged once when it is there, and leaves nothing half written', async () => {
    await disk?.fill(photo.length + 50_000);
    const sent = await call(server, '/v1/remove?async=true', {
      method: 'POST',
      key,
      body: createForm({ bytes: photo }),
    });
    const { id } = jobOf(sent);
    // The picture is taken, and then its result does not fit: the worker tries again and again.
    await until('the worker has met the full disk', async () => {
      const { stage } = jobOf(await call(server, `/v1/status/${id}`, { key })) as { stage?: string };
      return server.log().includes('no room') && stage !== 'queued';
    });
    expect(jobOf(await call(server, `/v1/status/${id}`, { key })).status).toBe('processing');
    expect(await list('processed')).toHaveLength(1);
    await disk?.empty();
    expect((await waitForEnd(server, key, id)).status).toBe('completed');
    expect(await used()).toBe(2);
    expect([(await list('processed')).length, await list('.tmp')]).toEqual([2, []]);
    await installation.run('audit');
  });
});
