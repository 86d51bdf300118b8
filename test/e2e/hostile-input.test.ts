/** Input that means harm: right answer, flat memory in the server, no child left behind. */
import { readdir, readFile, readlink } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createInstallation, type Installation, PHOTOS, type ServerProcess, until } from '../helpers/server.ts';

let installation: Installation;
let server: ServerProcess;
let key: string;

beforeAll(async () => {
  installation = await createInstallation({ UPLOAD_TIMEOUT: '3' });
  server = await installation.start();
  key = await installation.createKey('--plan', 'enterprise', '--account', 'hostile');
  await installation.run('accounts', 'set-limits', 'hostile', '--rps', '1000', '--max-file-size', '10000000');
});
afterAll(async () => await installation?.dispose());

type Answer = { readonly status: number; readonly code: string | undefined };

async function remove(file: Uint8Array, name = 'image.jpg'): Promise<Answer> {
  const form = new FormData();
  form.set('file', new Blob([file]), name);
  const answer = await fetch(`${server.url}/remove`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${key}` },
    body: form,
  });
  if (answer.status === 200) return { status: 200, code: void (await answer.arrayBuffer()) };
  return { status: answer.status, code: ((await answer.json()) as { code: string }).code };
}

const photo = () => readFile(path.join(PHOTOS, 'rocket.jpg'));

async function residentMib(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
}

/** A PNG of the given size whose pixels are all zero, deflated to next to nothing. */
function makeBomb(width: number, height: number): Buffer {
  const chunk = (type: string, data: Buffer): Buffer => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
    const frame = Buffer.alloc(8 + body.length);
    frame.writeUInt32BE(data.length, 0);
    body.copy(frame, 4);
    frame.writeUInt32BE(crc32(body), 4 + body.length);
    return frame;
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([1, 0, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const pixels = deflateSync(Buffer.alloc(1_000_000));
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', pixels), chunk('IEND', Buffer.alloc(0))]);
}

test.each([
  ['text', Buffer.from('hello, I am not a picture'), 'invalid_image'],
  ['nothing', Buffer.alloc(0), 'invalid_image'],
  ['an SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'), 'unsupported_format'],
  ['a PNG of 50,000 × 50,000 in a few kB', makeBomb(50_000, 50_000), 'too_many_pixels'],
  ['GIF bytes that are a script', Buffer.from('GIF89a/*\0\0\0*/=1;alert(1)//'), 'invalid_image'],
  ['a ZIP', Buffer.from('PK\u0003\u0004\u0014\0\0\0\0\0'), 'invalid_image'],
  ['a PDF', Buffer.from('%PDF-1.7\n1 0 obj\n<<>>\nendobj\n'), 'unsupported_format'],
])('%s is refused with 400', async (_name, file, code) => {
  expect(await remove(file)).toEqual({ status: 400, code });
});

test('a photo that is cut off at ten places is damaged at each of them', async () => {
  const whole = await photo();
  const cuts = Array.from({ length: 10 }, (_, i) => whole.subarray(0, Math.floor((whole.length * (i + 0.5)) / 10)));
  const answers = await Promise.all(cuts.map((cut) => remove(cut)));
  expect(answers).toEqual(Array.from({ length: 10 }, () => ({ status: 400, code: 'invalid_image' })));
});

test('a photo under a wrong name, and a photo with a ZIP behind it, are photos', async () => {
  const polyglot = Buffer.concat([await photo(), Buffer.from('PK\u0003\u0004')]);
  expect(await remove(await photo(), 'notes.txt')).toEqual({ status: 200, code: undefined });
  expect(await remove(polyglot, 'both.zip')).toEqual({ status: 200, code: undefined });
});

test('a file of 10,000,001 bytes is refused, and one of 10,000,000 is not refused for its size', async () => {
  const padded = (size: number, image: Buffer) => Buffer.concat([image, Buffer.alloc(size - image.length)]);
  expect(await remove(padded(10_000_001, await photo()))).toEqual({ status: 413, code: 'file_too_large' });
  expect((await remove(padded(10_000_000, await photo()))).status).toBe(200);
});

/** Sends the bytes as they are, and resolves with what came back when the server closed the connection. */
function sendRaw(head: readonly string[], body: string): Promise<string> {
  const { hostname, port } = new URL(server.url);
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(Number(port), hostname, () => socket.write(`${head.join('\r\n')}\r\n\r\n${body}`));
    socket.on('data', (chunk) => {
      answer += chunk;
      if (/\r\n\r\n\{.*\}$/s.test(answer)) socket.end();
    });
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });
}

test('a form that ends before its last part is malformed, and one that never ends is given up in time', async () => {
  const part = '--b\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n\u0089PNG';
  const head = [
    'POST /remove HTTP/1.1',
    'Host: x',
    `Authorization: Bearer ${key}`,
    'Content-Type: multipart/form-data; boundary=b',
  ];
  const ended = await sendRaw([...head, `Content-Length: ${Buffer.byteLength(part)}`], part);
  expect(ended).toMatch(/^HTTP\/1\.1 400 .*"code":"invalid_parameter"/s);
  const startedAt = Date.now();
  const endless = await sendRaw([...head, 'Content-Length: 1000000'], part);
  expect(Date.now() - startedAt).toBeLessThan(30_000);
  expect(endless).toMatch(/^HTTP\/1\.1 408 .*"code":"request_timeout"/s);
}, 90_000);

test('clients that ask for JSON and hang up in the middle leave no file open', async () => {
  const pid = server.process.pid ?? 0;
  const openResults = async (): Promise<number> => {
    const names = await readdir(`/proc/${pid}/fd`);
    const targets = await Promise.all(names.map((name) => readlink(`/proc/${pid}/fd/${name}`).catch(() => '')));
    return targets.filter((target) => target.includes('/processed/')).length;
  };
  const noise = await sharp({
    create: {
      width: 1500,
      height: 1500,
      channels: 3,
      background: '#888',
      noise: { type: 'gaussian', mean: 128, sigma: 60 },
    },
  })
    .png()
    .toBuffer();
  for (let i = 0; i < 2; i++) {
    const { hostname, port } = new URL(server.url);
    const head = `POST /remove?output=mask HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\nAccept: application/json\r\n`;
    await new Promise<void>((resolve) => {
      const socket = connect({ port: Number(port), host: hostname });
      socket.write(`${head}Content-Type: image/png\r\nContent-Length: ${noise.length}\r\n\r\n`);
      socket.write(noise);
      socket.once('data', () => socket.pause().resetAndDestroy());
      socket.once('close', () => resolve());
    });
  }
  await until('no result is open any more', async () => (await openResults()) === 0, 10_000);
});

test('200 hostile files later the server is no larger, and has no more children', async () => {
  const pid = server.process.pid ?? 0;
  const children = async () => (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim().split(/\s+/).length;
  const bomb = makeBomb(50_000, 50_000);
  const whole = await photo();
  const storm = async (): Promise<void> => {
    for (let i = 0; i < 25; i++) {
      const size = 2_000 + i * 3_000;
      await Promise.all([
        remove(bomb),
        remove(whole.subarray(0, size)),
        remove(Buffer.alloc(9_000_000)),
        remove(Buffer.alloc(0)),
      ]);
    }
  };
  await storm();
  const before = { rss: await residentMib(pid), children: await children() };
  await storm();
  expect(await residentMib(pid)).toBeLessThan(before.rss * 1.2 + 20);
  await until('no child is left behind', async () => (await children()) <= before.children);
}, 120_000);
