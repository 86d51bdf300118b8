/** What every storage must do; one suite for all of them. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openDiskStorage } from '../../src/adapters/disk-storage.ts';
import { openS3Storage } from '../../src/adapters/s3-storage.ts';
import type { Storage } from '../../src/ports/storage.ts';
import { s3Options, startS3Server } from '../helpers/s3-server.ts';

type Opened = { readonly storage: Storage; close(): Promise<void> };
type Backend = { readonly name: string; open(folder: string): Promise<Opened> };

const inBucket = async (folder: string, prefix: string): Promise<Opened> => {
  const server = await startS3Server(path.join(folder, 'bucket'));
  const storage = await openS3Storage(s3Options(server.url, path.join(folder, 'objects'), { prefix }));
  return { storage, close: () => server.close() };
};

const BACKENDS: readonly Backend[] = [
  {
    name: 'disk',
    open: async (folder) => ({ storage: await openDiskStorage(path.join(folder, 'objects')), close: async () => {} }),
  },
  { name: 'S3', open: (folder) => inBucket(folder, '') },
  { name: 'prefixed S3', open: (folder) => inBucket(folder, 'some/where/') },
];

/** What it makes of a bucket that it was told to have. */
const OF_S3RVER = /^_/;

describe.each(BACKENDS)('the $name storage', ({ open }) => {
  let folder: string;
  let storage: Storage;
  let close: () => Promise<void>;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'remuvr-storage-'));
    ({ storage, close } = await open(folder));
  });
  afterEach(async () => {
    await close();
    await rm(folder, { recursive: true, force: true });
  });

  const put = async (key: string, text: string | Buffer): Promise<string> => {
    const source = await storage.temporaryPath();
    await writeFile(source, text);
    await storage.put(key, source);
    return source;
  };
  const readAll = async (key: string, range?: { start: number; end: number }): Promise<string | undefined> => {
    const stream = await storage.read(key, range);
    return stream && String(await buffer(stream));
  };

  test('gives back what was put, whole or a range of it, and takes over the source file', async () => {
    const source = await put('processed/a.png', 'hello world');
    expect(await readAll('processed/a.png')).toBe('hello world');
    expect(await readAll('processed/a.png', { start: 6, end: 8 })).toBe('wor');
    expect((await storage.stat('processed/a.png'))?.size).toBe(11);
    await expect(stat(source)).rejects.toThrow();
  });

  test('takes a file that lies on another disk', async () => {
    const source = path.join('/dev/shm', `remuvr-${process.pid}`);
    await writeFile(source, 'from memory');
    await storage.put('uploads/x', source);
    expect(await readAll('uploads/x')).toBe('from memory');
    await expect(stat(source)).rejects.toThrow();
  });

  test('replaces an object whole', async () => {
    await put('uploads/x', 'first');
    await put('uploads/x', 'second, and longer');
    expect(await readAll('uploads/x')).toBe('second, and longer');
  });

  test('keeps every byte of what is large, and gives ranges of it', async () => {
    // Longer than two parts of a multipart upload, and no multiple of one.
    const bytes = randomBytes(20_000_003);
    await put('processed/large.png', bytes);
    const stream = await storage.read('processed/large.png');
    expect((await buffer(stream ?? Readable.from([]))).equals(bytes)).toBe(true);
    const range = { start: 8_388_600, end: 16_777_300 };
    const part = await storage.read('processed/large.png', range);
    expect((await buffer(part ?? Readable.from([]))).equals(bytes.subarray(range.start, range.end + 1))).toBe(true);
    const lent = await storage.checkout('processed/large.png');
    expect((await readFile(lent?.path ?? '')).equals(bytes)).toBe(true);
    await lent?.release();
    expect((await storage.stat('processed/large.png'))?.size).toBe(bytes.length);
  });

  test('keeps the bytes of any text, and of none', async () => {
    await put('uploads/text', 'Zoë – 猫 🐈 \0 \r\n');
    expect(await readAll('uploads/text')).toBe('Zoë – 猫 🐈 \0 \r\n');
    await put('uploads/empty', '');
    expect([await readAll('uploads/empty'), (await storage.stat('uploads/empty'))?.size]).toEqual(['', 0]);
  });

  test('tells when an object was put', async () => {
    const before = Date.now();
    await put('uploads/x', 'x');
    const { modifiedAt } = (await storage.stat('uploads/x')) ?? { modifiedAt: new Date(0) };
    // S3 tells whole seconds.
    expect(modifiedAt.getTime()).toBeGreaterThanOrEqual(Math.floor(before / 1000) * 1000);
    expect(modifiedAt.getTime()).toBeLessThanOrEqual(Date.now() + 1000);
  });

  test('lists nothing of a neighbour whose name begins alike', async () => {
    await put('uploads/x', 'x');
    await put('uploads2/x', 'x');
    const found: string[] = [];
    for await (const { key } of storage.list('uploads')) found.push(key);
    expect(found).toEqual(['uploads/x']);
  });

  test('says of what is not there that it is not there', async () => {
    expect(await storage.stat('uploads/none')).toBeUndefined();
    expect(await storage.read('uploads/none')).toBeUndefined();
    expect(await storage.checkout('uploads/none')).toBeUndefined();
    await storage.delete('uploads/none');
  });

  test('lends an object as a local file', async () => {
    await put('uploads/x', 'bytes');
    const lent = await storage.checkout('uploads/x');
    expect(await readFile(lent?.path ?? '', 'utf8')).toBe('bytes');
    await lent?.release();
    expect(await readAll('uploads/x')).toBe('bytes');
  });

  test('lists what is under a prefix, and no more after it was deleted', async () => {
    await put('uploads/a', '1');
    await put('uploads/b', '2');
    await put('processed/c.png', '3');
    const keys = async (): Promise<string[]> => {
      const found: string[] = [];
      for await (const { key } of storage.list('uploads')) found.push(key);
      return found.sort();
    };
    expect(await keys()).toEqual(['uploads/a', 'uploads/b']);
    await storage.delete('uploads/a');
    expect(await keys()).toEqual(['uploads/b']);
    expect(await readAll('uploads/a')).toBeUndefined();
  });

  test.each([
    '',
    '../x',
    'uploads/../../x',
    '/etc/passwd',
    'uploads//x',
    '.tmp/x',
    'a\0b',
    'uploads/.hidden',
    'a\\..\\b',
    'uploads/ä',
    'uploads/a b',
  ])('refuses the key %j, which could leave its place', async (key) => {
    await expect(storage.stat(key)).rejects.toThrow(RangeError);
    await expect(put(key, 'x')).rejects.toThrow(RangeError);
    await expect(storage.read(key)).rejects.toThrow(RangeError);
    await expect(storage.delete(key)).rejects.toThrow(RangeError);
  });

  test('is closed to every other user of the machine', async () => {
    await put('processed/a.png', 'secret');
    expect((await stat(path.join(folder, 'objects'))).mode & 0o077).toBe(0);
  });

  test('says that it can be written, and leaves nothing behind for it', async () => {
    await storage.check();
    const left = await readdir(folder, { recursive: true, withFileTypes: true });
    expect(left.filter((entry) => entry.isFile() && !OF_S3RVER.test(entry.name))).toEqual([]);
  });
});
