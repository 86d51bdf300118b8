/** Callers who send or read slowly, or not at all: they are cut off, and meanwhile hold no worker and nothing that grows. */
import { readdir, readFile, readlink, truncate } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { call, createEnterprise, errorOf, jobOf, readPhoto, remove, waitForEnd } from '../helpers/api.ts';
import { openConnection, type RawConnection } from '../helpers/raw-http.ts';
import { createInstallation, type Installation, type ServerProcess, until } from '../helpers/server.ts';

let installation: Installation;
let server: ServerProcess;
let key: string;
let photo: Buffer;

const MAX_UPLOADS = 4;

beforeAll(async () => {
  installation = await createInstallation({ UPLOAD_TIMEOUT: '2', MAX_UPLOADS: String(MAX_UPLOADS), WORKERS: '1' });
  server = await installation.start();
  key = await createEnterprise(installation, 'slow');
  photo = await readPhoto('rocket.jpg');
});
afterAll(async () => await installation?.dispose());

const head = (address: string, ...more: string[]): string =>
  [`POST ${address} HTTP/1.1`, 'Host: x', `Authorization: Bearer ${key}`, ...more, '', ''].join('\r\n');

/** Sends a byte now and then for as long as it is let, whatever is answered. */
function trickle(connection: RawConnection): () => void {
  const timer = setInterval(() => void connection.write('x').catch(() => {}), 50);
  return () => clearInterval(timer);
}

const temporaryFiles = (): Promise<string[]> => readdir(path.join(installation.dataDir, 'objects', '.tmp'));

describe('a body that trickles', () => {
  const FORM = '--b\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n\u0089PNG';
  const JSON_START = '{"image_file_b64": "';

  test.each([
    ['a form', '/remove', 'multipart/form-data; boundary=b', FORM],
    ['a raw body', '/remove', 'image/jpeg', 'x'],
    ['a batch', '/v1/batches', 'multipart/form-data; boundary=b', FORM],
    ['a form of another dialect', '/api/remove', 'multipart/form-data; boundary=b', FORM],
    ['JSON of another dialect', '/v1.0/removebg', 'application/json', JSON_START],
  ])(
    'of %s is answered 408, though its sender goes on, and its connection ends',
    async (_name, address, type, start) => {
      const connection = await openConnection(server.url);
      await connection.write(head(address, `Content-Type: ${type}`, 'Content-Length: 1000000') + start);
      const stop = trickle(connection);
      try {
        const answer = await connection.answer();
        expect(answer.status).toBe(408);
        expect(answer.headers.get('connection')).toBe('close');
        expect(answer.json()).toMatchObject({ code: 'request_timeout' });
        await until('the connection has ended', async () => !connection.isOpen());
      } finally {
        stop();
        connection.close();
      }
      await until('its file is gone', async () => (await temporaryFiles()).length === 0);
    },
  );

  const START = () => head('/remove', 'Content-Type: image/jpeg', 'Content-Length: 1000000');
  const remaining = async (): Promise<number> => {
    const answer = await call(server, '/v1/usage', { key });
    return answer.json<{ usage: { remainingRequests: number } }>().usage.remainingRequests;
  };

  test('takes no worker and reserves nothing while it is there', async () => {
    const before = await remaining();
    const connections = await openMany(MAX_UPLOADS - 1);
    for (const connection of connections) await connection.write(START());
    await until('they are being received', async () => (await temporaryFiles()).length === connections.length);
    expect(await remaining()).toBe(before);
    expect((await remove(server, key, photo)).status).toBe(200);
    for (const connection of connections) expect((await connection.answer()).status).toBe(408);
    for (const connection of connections) connection.close();
    expect(await remaining()).toBe(before - 1);
  });

  test('gives its place among the uploads back', async () => {
    const isRefused = async (): Promise<boolean> => (await remove(server, key, photo.subarray(0, 100))).status === 503;
    const connections: RawConnection[] = [];
    const stops: (() => void)[] = [];
    const takePlaces = async (): Promise<boolean> => {
      const opened = await openMany(MAX_UPLOADS);
      connections.push(...opened);
      for (const connection of opened) await connection.write(START());
      stops.push(...opened.map(trickle));
      return await isRefused();
    };
    try {
      // On a busy machine some are cut off before the last has come.
      await until('every place is taken', takePlaces);
      await until('a place is free', async () => !(await isRefused()));
      for (const connection of connections) expect([408, 503]).toContain((await connection.answer()).status);
    } finally {
      for (const stop of stops) stop();
      for (const connection of connections) connection.close();
    }
  });

  test('is answered after 100 Continue too, and after another request on its connection', async () => {
    const connection = await openConnection(server.url);
    await connection.write(`GET /v1/usage HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\n\r\n`);
    expect((await connection.answer()).status).toBe(200);
    await connection.write(head('/remove', 'Content-Type: image/jpeg', 'Content-Length: 9000', 'Expect: 100-continue'));
    expect((await connection.answer()).status).toBe(408);
    connection.close();
  });
});

const openMany = (count: number): Promise<RawConnection[]> =>
  Promise.all(Array.from({ length: count }, () => openConnection(server.url)));

describe('headers', () => {
  test('that trickle are answered 408 and cut off', async () => {
    const connection = await openConnection(server.url);
    await connection.write('GET /v1/auth HTTP/1.1\r\nX-Slow: ');
    const stop = trickle(connection);
    try {
      const answer = await connection.answer();
      expect(errorOf(answer)).toEqual({ status: 408, code: 'request_timeout' });
      await until('the connection has ended', async () => !connection.isOpen());
    } finally {
      stop();
      connection.close();
    }
  });

  test('that never begin are not waited for', async () => {
    const connection = await openConnection(server.url);
    await until('the connection has ended', async () => !connection.isOpen());
  });
});

/** A result that no buffer of the system holds. */
const LARGE_BYTES = 40_000_000;
const READERS = 12;

/** The size of what is stored is what is sent: a picture as large as this would take the tests a minute. */
async function makeLargeResult(): Promise<URL> {
  const { id } = jobOf(await remove(server, key, photo, { query: '?async=true' }));
  const job = await waitForEnd(server, key, id);
  if (job.status !== 'completed') throw new Error(`the job ended as ${job.status}`);
  const address = new URL(job.result);
  await truncate(path.join(installation.dataDir, 'objects', address.pathname), LARGE_BYTES);
  return address;
}

async function residentMib(): Promise<number> {
  const status = await readFile(`/proc/${server.process.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
}

async function openResults(): Promise<number> {
  const folder = `/proc/${server.process.pid}/fd`;
  const targets = (await readdir(folder)).map((name) => readlink(path.join(folder, name)).catch(() => ''));
  return (await Promise.all(targets)).filter((target) => target.includes('/processed/')).length;
}

describe('a result that is not read', () => {
  test('holds no worker and little memory, and its connection is cut off', async () => {
    const address = await makeLargeResult();
    const before = await residentMib();
    const sockets = Array.from({ length: READERS }, () => askAndNeverRead(address));
    try {
      await until('every result is being sent', async () => (await openResults()) === READERS);
      expect((await remove(server, key, photo)).status).toBe(200);
      expect(await residentMib()).toBeLessThan(before + (READERS * LARGE_BYTES) / 1e6 / 3);
      await until('no result is open any more', async () => (await openResults()) === 0);
    } finally {
      for (const socket of sockets) socket.destroy();
    }
  });

  test('but slowly is read to its end', async () => {
    const address = await makeLargeResult();
    const startedAt = Date.now();
    const received = await readSlowly(address);
    expect(received).toBeGreaterThan(LARGE_BYTES);
    // Else it proves nothing: it took longer than a reader may stand still.
    expect(Date.now() - startedAt).toBeGreaterThan(2_000);
  });
});

function askAndNeverRead(address: URL): Socket {
  const socket = connect(Number(address.port), '127.0.0.1');
  socket.on('error', () => {});
  socket.pause().write(`GET ${address.pathname} HTTP/1.1\r\nHost: x\r\n\r\n`);
  return socket;
}

/** In pieces, with a pause after each that is shorter than the limit; resolves with the bytes when the server has ended it. */
function readSlowly(address: URL): Promise<number> {
  return new Promise((resolve, reject) => {
    let received = 0;
    let sincePause = 0;
    const socket = connect(Number(address.port), '127.0.0.1');
    socket.write(`GET ${address.pathname} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    socket.on('data', (piece) => {
      received += piece.length;
      sincePause += piece.length;
      if (sincePause < LARGE_BYTES / 8) return;
      sincePause = 0;
      socket.pause();
      setTimeout(() => socket.resume(), 600);
    });
    socket.on('end', () => resolve(received)).on('error', reject);
  });
}
