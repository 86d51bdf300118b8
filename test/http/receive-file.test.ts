import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { receiveFile } from '../../src/http/receive-picture.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'remuvr-receive-'));
});
afterEach(async () => await rm(folder, { recursive: true, force: true }));

// biome-ignore lint/correctness/useYield: it breaks off before its first byte.
async function* breakOff(): AsyncGenerator<Buffer> {
  throw new Error('the caller has gone');
}

test('a body that breaks off at once has its file, or none, by the time that its caller deletes it', async () => {
  const receive = async (i: number): Promise<void> => {
    const file = path.join(folder, String(i));
    await expect(receiveFile(breakOff(), file, 1_000)).rejects.toThrow('the caller has gone');
    await rm(file, { force: true });
  };
  await Promise.all(Array.from({ length: 100 }, (_, i) => receive(i)));
  // Opening a file takes its turn in the pool of threads: whatever was asked for before this has been done.
  expect(await readdir(folder)).toEqual([]);
  await receiveFile(whole(), path.join(folder, 'last'), 1_000);
  expect(await readdir(folder)).toEqual(['last']);
});

async function* whole(): AsyncGenerator<Buffer> {
  yield Buffer.from('bytes');
}
