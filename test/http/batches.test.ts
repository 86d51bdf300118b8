/** POST /v1/batches: many pictures in one request, each a job of its own, and one archive of what became of them. */
import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { unzipSync, zipSync } from 'fflate';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BatchBody } from '../../src/contract/batch-schemas.ts';
import { type Answer, call, createEnterprise, errorOf, readPhoto } from '../helpers/api.ts';
import { openPictureHost, type PictureHost } from '../helpers/picture-host.ts';
import { createInstallation, type Installation, type ServerProcess, until } from '../helpers/server.ts';

let installation: Installation;
let server: ServerProcess;
let host: PictureHost;
let small: Buffer;

beforeAll(async () => {
  installation = await createInstallation({
    ALLOWED_SOURCE_HOSTS: '*,127.0.0.1',
    MAX_BATCH_ITEMS: '6',
    MAX_BATCH_BYTES: '3000000',
  });
  server = await installation.start();
  small = await sharp(await readPhoto('rocket.jpg'))
    .resize(160)
    .jpeg()
    .toBuffer();
  host = await openPictureHost({ '/a%20b.jpg': small });
});
afterAll(async () => {
  await host?.close();
  await installation?.dispose();
});

type File = readonly [name: string, bytes: Uint8Array];

function formOf(files: readonly File[], fields: Readonly<Record<string, string>> = {}): FormData {
  const form = new FormData();
  for (const [name, bytes] of files) form.append('file', new Blob([new Uint8Array(bytes)]), name);
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  return form;
}

const send = (key: string, body: NonNullable<RequestInit['body']>, headers: Record<string, string> = {}) =>
  call(server, '/v1/batches', { method: 'POST', key, body, headers });
const batchOf = (answer: Answer): BatchBody => answer.json<{ batch: BatchBody }>().batch;
const read = async (key: string, id: string) => batchOf(await call(server, `/v1/batches/${id}`, { key }));

const waitFor = (key: string, id: string): Promise<BatchBody> =>
  until('the batch ends', async () => {
    const batch = await read(key, id);
    return batch.status !== 'processing' && batch;
  });
const fetchZip = (key: string, id: string) => call(server, `/v1/batches/${id}/zip`, { key });
const itemCodes = ({ items }: BatchBody) => items.map(({ name, error }) => [name, error?.code]);

async function countRemovals(key: string): Promise<number> {
  return (await call(server, '/v1/usage', { key })).json<{ usage: { totalRequests: number } }>().usage.totalRequests;
}
const temporaries = () => readdir(path.join(installation.dataDir, 'objects', '.tmp'));

describe('a batch', () => {
  test('is done picture by picture with the same edits, and its results come back in one archive by their names', async () => {
    const key = await createEnterprise(installation, 'whole');
    const files: File[] = [
      ['one.jpg', small],
      ['folder/two.jpeg', small],
      ['ONE.png', small],
      ['notes.txt', Buffer.from('no picture')],
    ];
    const answer = await send(
      key,
      formOf(files, { background: 'ff0000', format: 'jpg', urls: `${host.url}/a%20b.jpg` }),
    );
    expect(answer.status).toBe(202);
    const accepted = batchOf(answer);
    expect(answer.headers.get('location')).toBe(`/v1/batches/${accepted.id}`);
    expect([accepted.status, accepted.total]).toEqual(['processing', 5]);
    const done = await waitFor(key, accepted.id);
    expect(done.counts).toEqual({ queued: 0, processing: 0, completed: 4, failed: 1 });
    expect(await countRemovals(key)).toBe(4);

    const zip = await fetchZip(key, accepted.id);
    expect([zip.status, zip.type]).toEqual([200, 'application/zip']);
    const members = unzipSync(new Uint8Array(zip.bytes));
    const names = done.items.map(({ name }) => name);
    expect(names.slice(2)).toEqual(['ONE.png', 'notes.txt', 'a b.jpg']);
    expect(Object.keys(members).sort()).toEqual(
      ['one.jpg', names[1]?.replace('.jpeg', '.jpg'), 'ONE (2).jpg', 'a b.jpg', 'failures.json'].sort(),
    );
    const failures = JSON.parse(new TextDecoder().decode(members['failures.json'])) as {
      name: string;
      error: object;
    }[];
    expect(failures).toMatchObject([{ name: 'notes.txt', error: { code: 'invalid_image' } }]);
    const result = Buffer.from(await (await fetch(done.items[0]?.result ?? '')).arrayBuffer());
    expect(result.equals(Buffer.from(members['one.jpg'] as Uint8Array))).toBe(true);
    const [red = 0, green = 255] = await sharp(result)
      .extract({ left: 0, top: 0, width: 1, height: 1 })
      .raw()
      .toBuffer();
    expect([red > 240, green < 15]).toEqual([true, true]);
    expect(await temporaries()).toEqual([]);
  });

  test('archive is read by the tools of others, every checksum right', async () => {
    const key = await createEnterprise(installation, 'tools');
    const { id } = batchOf(
      await send(
        key,
        formOf([
          ['ä ö.jpg', small],
          ['b.jpg', small],
        ]),
      ),
    );
    await waitFor(key, id);
    const folder = await mkdtemp(path.join(tmpdir(), 'remuvr-zip-'));
    const file = path.join(folder, 'batch.zip');
    await writeFile(file, (await fetchZip(key, id)).bytes);
    const script = 'import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); print(z.testzip(), *z.namelist(), sep="|")';
    const told = execFileSync('python3', ['-X', 'utf8', '-c', script, file], { encoding: 'utf8' });
    await rm(folder, { recursive: true });
    expect(told.trim()).toBe('None|ä ö.png|b.png');
  });

  test('by URLs in JSON tells of each address that failed, and does the others', async () => {
    const key = await createEnterprise(installation, 'urls');
    const urls = [`${host.url}/a%20b.jpg`, `${host.url}/none.jpg`, 'http://192.168.1.1/x.jpg'];
    const answer = await send(key, JSON.stringify({ urls, output: 'mask' }), { 'Content-Type': 'application/json' });
    expect(answer.status).toBe(202);
    const done = await waitFor(key, batchOf(answer).id);
    expect(itemCodes(done)).toEqual([
      ['a b.jpg', undefined],
      ['none.jpg', 'source_unavailable'],
      ['x.jpg', 'invalid_source_url'],
    ]);
  });

  test('whose pictures are all refused is accepted, has ended, and costs nothing', async () => {
    const key = await createEnterprise(installation, 'refused');
    const batch = batchOf(await send(key, formOf([['a.txt', Buffer.from('text')]])));
    expect([batch.status, batch.counts.failed]).toEqual(['completed', 1]);
    expect(Object.keys(unzipSync(new Uint8Array((await fetchZip(key, batch.id)).bytes)))).toEqual(['failures.json']);
    expect(await countRemovals(key)).toBe(0);
  });

  test('is another account’s to no one else: not found, not cancelled, not deleted', async () => {
    const [key, other] = [await createEnterprise(installation, 'mine'), await createEnterprise(installation, 'theirs')];
    const { id } = batchOf(await send(key, formOf([['a.jpg', small]])));
    const notFound = { status: 404, code: 'not_found' };
    const route = `/v1/batches/${id}`;
    expect(errorOf(await call(server, route, { key: other }))).toEqual(notFound);
    expect(errorOf(await fetchZip(other, id))).toEqual(notFound);
    expect(errorOf(await call(server, `${route}/cancel`, { method: 'POST', key: other }))).toEqual(notFound);
    expect(errorOf(await call(server, route, { method: 'DELETE', key: other }))).toEqual(notFound);
    expect(errorOf(await call(server, '/v1/batches/none', { key }))).toEqual(notFound);
    expect((await waitFor(key, id)).status).toBe('completed');
  });

  test('that is sent again with its Idempotency-Key is the same batch, charged once', async () => {
    const key = await createEnterprise(installation, 'again');
    const headers = { 'Idempotency-Key': 'batch-1' };
    const first = batchOf(await send(key, formOf([['a.jpg', small]]), headers));
    const second = batchOf(await send(key, formOf([['a.jpg', small]]), headers));
    expect(second.id).toBe(first.id);
    expect(errorOf(await send(key, formOf([['b.jpg', small]]), headers)).code).toBe('idempotency_conflict');
    await waitFor(key, first.id);
    expect(await countRemovals(key)).toBe(1);
  });
});

describe('what a batch may hold', () => {
  test('a quota that does not cover every picture takes none', async () => {
    const key = await createEnterprise(installation, 'quota', { monthly: 2 });
    const three: File[] = ['a.jpg', 'b.jpg', 'c.jpg'].map((name) => [name, small]);
    expect(errorOf(await send(key, formOf(three)))).toEqual({ status: 429, code: 'quota_exceeded' });
    expect(await countRemovals(key)).toBe(0);
    expect(await temporaries()).toEqual([]);
    // What is refused as it comes needs none of it.
    const answer = await send(key, formOf([...three.slice(0, 2), ['c.txt', Buffer.from('no')]]));
    expect(answer.status).toBe(202);
    expect((await waitFor(key, batchOf(answer).id)).counts.completed).toBe(2);
    const { stdout } = await installation.run('audit', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ periods: [], jobs: [] });
  });

  test('more pictures or more bytes than the server allows are refused, by any way they come', async () => {
    const key = await createEnterprise(installation, 'limits');
    const seven: File[] = Array.from({ length: 7 }, (_, i) => [`${i}.jpg`, small]);
    const tooMany = { status: 400, code: 'invalid_parameter' };
    expect(errorOf(await send(key, formOf(seven)))).toEqual(tooMany);
    expect(errorOf(await send(key, formOf([['a.zip', zipSync(Object.fromEntries(seven))]])))).toEqual(tooMany);
    const urls = Array(7).fill(host.url).join('\n');
    expect(errorOf(await send(key, formOf([], { urls })))).toEqual(tooMany);
    const heavy: File[] = [1, 2].map((i) => [`${i}.jpg`, Buffer.concat([small, Buffer.alloc(1_600_000, i)])]);
    expect(errorOf(await send(key, formOf(heavy)))).toEqual({ status: 413, code: 'file_too_large' });
    expect(errorOf(await send(key, formOf([])))).toEqual({ status: 400, code: 'missing_file' });
    expect(errorOf(await send(key, formOf([['a.jpg', small]], { format: 'psd' })))).toEqual(tooMany);
    expect(await temporaries()).toEqual([]);
  });

  test('a file above the plan’s size is one failure, and the others are done', async () => {
    const key = await createEnterprise(installation, 'large', { maxFileSize: small.length });
    const files: File[] = [
      ['large.jpg', Buffer.concat([small, Buffer.alloc(500_000)])],
      ['fits.jpg', small],
    ];
    const done = await waitFor(key, batchOf(await send(key, formOf(files))).id);
    expect(itemCodes(done)).toEqual([
      ['large.jpg', 'file_too_large'],
      ['fits.jpg', undefined],
    ]);
  });
});

describe('an archive of pictures', () => {
  test('as the body itself is a batch, its folders kept and its litter left out', async () => {
    const key = await createEnterprise(installation, 'raw');
    const zip = zipSync({
      'in/a.jpg': new Uint8Array(small),
      '../../b.jpg': [new Uint8Array(small), { level: 9 }],
      '__MACOSX/._a.jpg': new Uint8Array([1]),
      '.DS_Store': new Uint8Array([1]),
    });
    const answer = await send(key, zip, { 'Content-Type': 'application/zip' });
    const done = await waitFor(key, batchOf(answer).id);
    expect(itemCodes(done)).toEqual([
      ['in/a.jpg', undefined],
      ['b.jpg', undefined],
    ]);
    const { bytes } = await fetchZip(key, done.id);
    expect(Object.keys(unzipSync(new Uint8Array(bytes)))).toEqual(['in/a.png', 'b.png']);
  });

  test('with a link, an encrypted or a damaged member, text and an archive in it fails for these alone', async () => {
    const key = await createEnterprise(installation, 'mixed');
    const zip = zipSync({
      'link.jpg': [new Uint8Array(small), { os: 3, attrs: 0o120777 << 16 }],
      'bad.jpg': [new Uint8Array(small), { level: 6 }],
      'inner.zip': zipSync({ 'a.jpg': new Uint8Array(small) }),
      'a.txt': new TextEncoder().encode('text'),
      'good.jpg': new Uint8Array(small),
    });
    const at = Buffer.from(zip).indexOf('bad.jpg') + 'bad.jpg'.length + 40;
    zip.fill(0xff, at, at + 40);
    const done = await waitFor(key, batchOf(await send(key, formOf([['all.zip', zip]]))).id);
    expect(itemCodes(done)).toEqual([
      ['link.jpg', 'invalid_image'],
      ['bad.jpg', 'invalid_image'],
      ['inner.zip', 'invalid_image'],
      ['a.txt', 'invalid_image'],
      ['good.jpg', undefined],
    ]);
    expect(await temporaries()).toEqual([]);
  });

  test('that would unpack to too much is refused, also where its directory lies', async () => {
    const key = await createEnterprise(installation, 'bomb');
    const bomb = zipSync({ 'a.jpg': [new Uint8Array(9_000_000), { level: 9 }] });
    expect(bomb.length).toBeLessThan(20_000);
    expect(errorOf(await send(key, formOf([['a.zip', bomb]])))).toEqual({ status: 413, code: 'file_too_large' });
    const liar = Buffer.from(bomb);
    const directory = liar.indexOf(Buffer.from('PK\u0001\u0002', 'latin1'));
    liar.writeUInt32LE(1000, directory + 24);
    const batch = batchOf(await send(key, formOf([['a.zip', liar]])));
    expect(itemCodes(batch)).toEqual([['a.jpg', 'invalid_image']]);
    expect(await temporaries()).toEqual([]);
  });

  test.each([
    ['cut off', (zip: Buffer) => zip.subarray(0, zip.length - 30)],
    ['with a directory that leads out of the file', (zip: Buffer) => lie(zip, 16, 0xfffffff0)],
    ['with a count of members that is not there', (zip: Buffer) => lie(lie(zip, 8, 0x00030003), 4, 0)],
  ])('that is %s is refused whole', async (_case, damage) => {
    const key = await createEnterprise(installation, 'damaged');
    const zip = Buffer.from(zipSync({ 'a.jpg': new Uint8Array(small) }));
    expect(errorOf(await send(key, formOf([['a.zip', damage(zip)]])))).toEqual({
      status: 400,
      code: 'invalid_archive',
    });
    expect(await temporaries()).toEqual([]);
  });
});

/** In the end record, which is the last 22 bytes. */
function lie(zip: Buffer, offset: number, value: number): Buffer {
  zip.writeUInt32LE(value, zip.length - 22 + offset);
  return zip;
}
