/** A process that was given the storage of another installation, or none of it, ends with a sentence and takes no job. */
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openS3Storage } from '../../src/adapters/s3-storage.ts';
import { MARK_KEY } from '../../src/domain/storage-mark.ts';
import { call } from '../helpers/api.ts';
import {
  BUCKET,
  CREDENTIALS,
  type Gate,
  type S3Server,
  s3Options,
  startGate,
  startS3Server,
} from '../helpers/s3-server.ts';
import { createInstallation, type Installation } from '../helpers/server.ts';

let installation: Installation;
let elsewhere: string;
let bucket: S3Server;
let gate: Gate;

beforeAll(async () => {
  installation = await createInstallation();
  elsewhere = path.join(installation.dataDir, 'elsewhere');
  await mkdir(elsewhere);
  bucket = await startS3Server(path.join(installation.dataDir, 'bucket'));
  gate = await startGate(bucket);
});
afterAll(async () => {
  await installation?.dispose();
  await gate?.close();
  await bucket?.close();
});

test('a worker with an empty storage beside a marked one does not start', async () => {
  const server = await installation.start(['serve', '--no-worker']);
  expect(await readFile(path.join(installation.dataDir, 'objects', MARK_KEY), 'utf8')).toContain('Remuvr installation');
  await expect(installation.start(['worker'], { STORAGE_URL: `file://${elsewhere}` })).rejects.toThrow(
    /ended with 1 .*\nremuvr: The storage of STORAGE_URL .* run: remuvr mark-storage/s,
  );
  expect(await server.stop()).toBe(0);
});

test('a server whose objects were moved without their mark starts when it was told so', async () => {
  installation.env.STORAGE_URL = `file://${elsewhere}`;
  await expect(installation.start(['serve', '--no-worker'])).rejects.toThrow('ended with 1');
  expect((await installation.run('mark-storage')).stdout).toBe('The storage bears the mark of this database.\n');
  const server = await installation.start(['serve', '--no-worker']);
  expect(await server.stop()).toBe(0);
  installation.env.STORAGE_URL = undefined;
});

test('while its bucket is away a server starts, and ends when the bucket turns out to be of another', async () => {
  const strangers = await openS3Storage(s3Options(bucket.url, path.join(installation.dataDir, 'scratch')));
  const file = await strangers.temporaryPath();
  await writeFile(file, 'The objects of 5f0e3a7c-97a4-4a2b-8d07-3a3c8f4f2b11');
  await strangers.put(MARK_KEY, file);

  gate.decide = () => 'cut';
  const server = await installation.start(['serve', '--no-worker'], {
    STORAGE_URL: `s3://${BUCKET}?endpoint=${gate.url}`,
    AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
  });
  expect((await call(server, '/healthz')).status).toBe(200);
  expect((await call(server, '/readyz')).status).toBe(503);
  const ended = once(server.process, 'exit');
  gate.decide = () => 'pass';
  expect(await ended).toEqual([1, null]);
  expect(server.log()).toContain('belongs to installation 5f0e3a7c-97a4-4a2b-8d07-3a3c8f4f2b11');
});
