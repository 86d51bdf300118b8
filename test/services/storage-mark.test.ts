/** A database and its storage know each other, on disk and on S3; a process with another storage is refused. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openDiskStorage } from '../../src/adapters/disk-storage.ts';
import { openS3Storage } from '../../src/adapters/s3-storage.ts';
import { MARK_KEY } from '../../src/domain/storage-mark.ts';
import { type Storage, StorageOutage } from '../../src/ports/storage.ts';
import {
  checkStorageMark,
  forgetStorageMark,
  holdToStorage,
  keepStorageMark,
  markStorage,
  WrongStorage,
} from '../../src/services/storage-mark.ts';
import { sweepEndedJobs, sweepOrphanUploads } from '../../src/services/sweep-objects.ts';
import { readInstallation } from '../../src/store/installation.ts';
import { openTestContext, type TestContext } from '../helpers/database.ts';
import { type Gate, type S3Server, s3Options, startGate, startS3Server } from '../helpers/s3-server.ts';

let opened: TestContext;
let folder: string;
let server: S3Server;
let gate: Gate;
let count = 0;

beforeAll(async () => {
  opened = await openTestContext();
  folder = await mkdtemp(path.join(tmpdir(), 'remuvr-mark-'));
  server = await startS3Server(path.join(folder, 'bucket'));
  gate = await startGate(server);
});
afterAll(async () => {
  await gate?.close();
  await server?.close();
  await opened?.close();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(() => forgetStorageMark(opened.ctx));

const onDisk = (): Promise<Storage> => openDiskStorage(path.join(folder, `disk-${count++}`));
const onS3 = (): Promise<Storage> =>
  openS3Storage(s3Options(gate.url, path.join(folder, 'scratch'), { prefix: `installation-${count++}/` }));

const hold = (storage: Storage): Promise<void> => holdToStorage({ database: opened.ctx.database, storage });
const readMark = async (storage: Storage): Promise<string | undefined> => {
  const stream = await storage.read(MARK_KEY);
  return stream && (await text(stream));
};
const put = async (storage: Storage, content: string): Promise<void> => {
  const file = await storage.temporaryPath();
  await writeFile(file, content);
  await storage.put(MARK_KEY, file);
};
const STRANGER = '5f0e3a7c-97a4-4a2b-8d07-3a3c8f4f2b11';

describe.each([
  ['disk', onDisk],
  ['S3', onS3],
] as const)('on %s', (_name, open) => {
  test('the first who comes marks it, and every later one finds its own', async () => {
    const storage = await open();
    await hold(storage);
    const { id, markedAt } = await readInstallation(opened.ctx.database);
    expect([await readMark(storage), markedAt]).toEqual([expect.stringContaining(id), expect.any(Date)]);
    await hold(storage);
    expect(await readInstallation(opened.ctx.database)).toEqual({ id, markedAt });
  });

  test('that of another installation is refused, and keeps its mark', async () => {
    const storage = await open();
    await put(storage, `The objects of ${STRANGER}`);
    await expect(hold(storage)).rejects.toThrow(WrongStorage);
    await expect(hold(storage)).rejects.toThrow(new RegExp(`STORAGE_URL .* belongs to installation ${STRANGER}`));
    await expect(markStorage({ ...opened.ctx, storage })).rejects.toThrow(WrongStorage);
    expect(await readMark(storage)).toBe(`The objects of ${STRANGER}`);
  });

  test('an empty one is refused where the database has another, until the operator says that it takes its place', async () => {
    await hold(await open());
    const empty = await open();
    await expect(hold(empty)).rejects.toThrow(/STORAGE_URL .* has no object .* run: remuvr mark-storage$/);
    expect(await readMark(empty)).toBeUndefined();
    await markStorage({ ...opened.ctx, storage: empty });
    await hold(empty);
  });

  test('a mark of which the database was not told yet is the own one', async () => {
    const storage = await open();
    await hold(storage);
    await forgetStorageMark(opened.ctx);
    expect(await checkStorageMark({ ...opened.ctx, storage })).toBe('own');
    expect((await readInstallation(opened.ctx.database)).markedAt).not.toBeNull();
  });

  test('the mark of another installation is taken over where the operator says so, and in no other way', async () => {
    const storage = await open();
    await put(storage, `The objects of ${STRANGER}`);
    expect(await keepStorageMark({ ...opened.ctx, storage })).toBe(false);
    expect(await readMark(storage)).toContain(STRANGER);
    await markStorage({ ...opened.ctx, storage }, { takesOver: true });
    await hold(storage);
  });

  test('a mark that is deleted while all runs is written again', async () => {
    const storage = await open();
    await hold(storage);
    await storage.delete(MARK_KEY);
    expect(await keepStorageMark({ ...opened.ctx, storage })).toBe(true);
    await hold(storage);
  });

  test('of ten that start at once, the one with another storage is refused', async () => {
    const [storage, other] = [await open(), await open()];
    const starts = await Promise.allSettled(Array.from({ length: 10 }, (_, i) => hold(i === 6 ? other : storage)));
    const marks = [await readMark(storage), await readMark(other)].filter((mark) => mark !== undefined);
    expect(marks).toHaveLength(1);
    const refused = starts.filter(({ status }) => status === 'rejected').length;
    expect([1, 9]).toContain(refused);
  });

  test('the sweeps leave the mark', async () => {
    const storage = await open();
    await hold(storage);
    await sweepEndedJobs({ ...opened.ctx, storage });
    await sweepOrphanUploads({ ...opened.ctx, storage }, new Date(Date.now() + 1e9));
    expect(await readMark(storage)).toBeDefined();
  });
});

test('a bucket that errs is away, not wrong, and nothing is noted of it', async () => {
  const storage = await onS3();
  gate.decide = () => 503;
  await expect(hold(storage)).rejects.toThrow(StorageOutage);
  gate.decide = () => 'pass';
  expect((await readInstallation(opened.ctx.database)).markedAt).toBeNull();
  await hold(storage);
});
