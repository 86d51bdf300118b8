/** The storage in a bucket where S3 misbehaves: what is tried again, what the operator is told, what is left behind. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openS3Storage, type S3Options } from '../../src/adapters/s3-storage.ts';
import { type Storage, StorageOutage } from '../../src/ports/storage.ts';
import { CREDENTIALS, type Gate, type S3Server, s3Options, startGate, startS3Server } from '../helpers/s3-server.ts';

let folder: string;
let server: S3Server;
let gate: Gate;
let storage: Storage;

const open = (more: Partial<S3Options> = {}) =>
  openS3Storage(s3Options(gate.url, path.join(folder, 'scratch'), { answerMs: 2_000, ...more }));

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'remuvr-s3-'));
  server = await startS3Server(path.join(folder, 'bucket'));
  gate = await startGate(server);
  storage = await open();
});
afterEach(async () => {
  await gate.close();
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

async function put(key: string, bytes: Uint8Array, into = storage): Promise<void> {
  const source = await into.temporaryPath();
  await writeFile(source, bytes);
  await into.put(key, source);
}

const readAll = async (key: string): Promise<Buffer> => buffer((await storage.read(key)) ?? Readable.from([]));

/** Each fate once, then everything passes. */
function inTurn(...fates: ReturnType<Gate['decide']>[]): Gate['decide'] {
  return () => fates.shift() ?? 'pass';
}

const everyCall = (): readonly (readonly [string, () => Promise<unknown>])[] => [
  ['put', () => put('uploads/x', Buffer.from('x'))],
  ['stat', () => storage.stat('uploads/x')],
  ['read', () => storage.read('uploads/x')],
  ['checkout', () => storage.checkout('uploads/x')],
  ['delete', () => storage.delete('uploads/x')],
  ['list', async () => await storage.list('uploads')[Symbol.asyncIterator]().next()],
  ['check', () => storage.check()],
];

async function outages(): Promise<Set<string>> {
  const sentences = new Set<string>();
  for (const [name, call] of everyCall()) {
    const outcome = await call().catch((error: unknown) => error);
    expect(outcome, name).toBeInstanceOf(StorageOutage);
    sentences.add((outcome as Error).message);
  }
  return sentences;
}

describe('what passes is tried again', () => {
  test.each([500, 503, 'cut'] as const)('an upload that met %s twice is whole', async (fate) => {
    const bytes = randomBytes(300_000);
    gate.decide = inTurn(fate, fate);
    await put('uploads/x', bytes);
    expect((await readAll('uploads/x')).equals(bytes)).toBe(true);
    expect(gate.seen.filter(({ method }) => method === 'PUT')).toHaveLength(3);
  });

  test('a part that was lost is sent again, and no other', async () => {
    const bytes = randomBytes(20_000_000);
    const fates = inTurn(500);
    gate.decide = (passing) => (/partNumber=2/.test(passing.url) ? fates(passing) : 'pass');
    await put('processed/x', bytes);
    expect((await readAll('processed/x')).equals(bytes)).toBe(true);
    const parts = gate.seen.map(({ url }) => /partNumber=(\d)/.exec(url)?.[1]).filter((part) => part !== undefined);
    expect(parts.sort()).toEqual(['1', '2', '2', '3']);
  });

  test('an answer that does not come is waited for no longer than said, and asked for again', async () => {
    await put('uploads/x', Buffer.from('x'));
    storage = await open({ answerMs: 200 });
    gate.decide = inTurn('hang');
    expect(String(await readAll('uploads/x'))).toBe('x');
  });
});

describe('the operator is told', () => {
  test('that it answers errors', async () => {
    gate.decide = () => 500;
    for (const sentence of await outages())
      expect(sentence).toMatch(/^The storage at http:\S+ answered 500 \(\w+\)\.$/);
  });

  test('that it is not reached', async () => {
    await gate.close();
    expect([...(await outages())]).toEqual([`The storage at ${gate.url} cannot be reached (ECONNREFUSED).`]);
  });

  test('that it does not answer', async () => {
    storage = await open({ answerMs: 100 });
    gate.decide = () => 'hang';
    await expect(storage.stat('uploads/x')).rejects.toThrow(`The storage at ${gate.url} did not answer in time.`);
  });

  test('that the bucket is not there, also where an object is asked for', async () => {
    storage = await open({ bucket: 'no-such-bucket' });
    const sentence = `The bucket "no-such-bucket" of STORAGE_URL is not there (${gate.url}).`;
    // s3rver alone lets be deleted what is nowhere.
    for (const [name, call] of everyCall().filter(([name]) => name !== 'delete')) {
      await expect(call(), name).rejects.toThrow(sentence);
    }
  });

  test('that the access key is refused, at once', async () => {
    storage = await open({ credentials: { ...CREDENTIALS, accessKeyId: 'another' } });
    await expect(storage.check()).rejects.toThrow(/^The bucket "pictures" refuses the access key \(\w+\)/);
    expect(gate.seen).toHaveLength(1);
  });
});

test('an upload in parts that fails is taken back, and its file is still there', async () => {
  gate.decide = ({ url }) => (/partNumber=3/.test(url) ? 500 : 'pass');
  await expect(put('processed/x', randomBytes(20_000_000))).rejects.toThrow(StorageOutage);
  expect(gate.seen.filter(({ method, url }) => method === 'DELETE' && /uploadId=/.test(url))).toHaveLength(1);
  expect(await storage.stat('processed/x')).toBeUndefined();
  expect(await readdir(path.join(folder, 'scratch', '.tmp'))).toHaveLength(1);
});

test('a download that breaks off in the middle leaves no file', async () => {
  await put('uploads/x', randomBytes(5_000_000));
  gate.decide = () => 'break';
  await expect(storage.checkout('uploads/x')).rejects.toThrow(StorageOutage);
  expect(await readdir(path.join(folder, 'scratch', '.tmp'))).toEqual([]);
});

test('every upload carries the MD5 of its bytes in its head, and nothing after its body', async () => {
  await put('uploads/small', randomBytes(1_000));
  await put('uploads/large', randomBytes(9_000_000));
  const bodies = gate.seen.filter(({ method }) => method === 'PUT');
  expect(bodies).toHaveLength(3);
  for (const { headers } of bodies) {
    expect(headers['content-md5']).toMatch(/^[A-Za-z0-9+/]{22}==$/);
    expect([headers['transfer-encoding'], headers['content-encoding'], headers['x-amz-trailer']]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  }
});

test('looks at readiness that come together, or soon after each other, write once', async () => {
  await Promise.all([storage.check(), storage.check()]);
  await storage.check();
  expect(gate.seen.map(({ method }) => method)).toEqual(['PUT', 'DELETE']);
});

test('a list goes on where S3 breaks it off', async () => {
  const page = (key: string, rest: string): string =>
    `<ListBucketResult><Contents><Key>uploads/${key}</Key></Contents>${rest}</ListBucketResult>`;
  const more = '<IsTruncated>true</IsTruncated><NextContinuationToken>on</NextContinuationToken>';
  gate.decide = ({ url }) => ({ xml: url.includes('continuation-token=on') ? page('b', '') : page('a', more) });
  const keys: string[] = [];
  for await (const { key } of storage.list('uploads')) keys.push(key);
  expect(keys).toEqual(['uploads/a', 'uploads/b']);
});

describe('a link', () => {
  const link = (from: Storage) =>
    from.link('processed/x.png', { contentType: 'image/png', cacheControl: 'private', expiresInSeconds: 60 });

  test('is none where callers do not reach the bucket', async () => {
    expect(await link(storage)).toBeUndefined();
  });

  test('leads to the object at the address of callers, by its type', async () => {
    await put('processed/x.png', Buffer.from('png'));
    const address = (await link(await open({ linkOrigin: server.url }))) ?? '';
    expect(address.startsWith(`${server.url}/pictures/processed/x.png?`)).toBe(true);
    const answer = await fetch(address);
    expect([answer.status, answer.headers.get('content-type'), await answer.text()]).toEqual([200, 'image/png', 'png']);
    expect(answer.headers.get('cache-control')).toBe('private');
    expect(new URL(address).searchParams.get('X-Amz-Expires')).toBe('60');
  });
});
