/** A stranger names the URL: nothing is reached by it that only this machine or its network can reach. */
import type { LookupAddress } from 'node:dns';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createGuardedFetch, type GuardedFetchOptions } from '../../src/adapters/guarded-fetch.ts';

const BYTES = Buffer.from('the bytes of a picture');
const v4 = (address: string): LookupAddress => ({ address, family: 4 });
const v6 = (address: string): LookupAddress => ({ address, family: 6 });

/** What a resolver answers; a list of lists answers each question anew. */
const NAMES: Readonly<Record<string, readonly LookupAddress[]>> = {
  'loopback.test': [v4('127.0.0.1')],
  'mixed.test': [v4('93.184.215.14'), v4('127.0.0.1')],
  'private.test': [v4('10.1.2.3')],
  'metadata.test': [v4('169.254.169.254')],
  'mapped.test': [v6('::ffff:127.0.0.1')],
  'nat64.test': [v6('64:ff9b::7f00:1')],
  'ula.test': [v6('fd00::1')],
  'nobody.test': [],
  'start.test': [v4('127.0.0.1')],
};

let folder: string;
let server: Server;
let port: number;
let hits: IncomingMessage[] = [];
let respond: (request: IncomingMessage, response: ServerResponse) => void;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'remuvr-fetch-'));
  server = createServer((request, response) => {
    hits.push(request);
    respond(request, response);
  });
  // Every address of the loopback, IPv4 and IPv6, so that a hostile URL that got through would arrive.
  await new Promise<void>((resolve) => server.listen(0, '::', resolve));
  port = (server.address() as AddressInfo).port;
});
beforeEach(() => {
  hits = [];
  respond = (_request, response) => void response.end(BYTES);
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true, force: true });
});

let files = 0;
/** `named`: hosts of the server, without their port. The server's port counts as one that pages are served on. */
async function fetchFrom(url: string, named: readonly string[] = [], more: Partial<GuardedFetchOptions> = {}) {
  const hosts = { hasPublic: true, named: named.map((host) => `${host}:${port}`), ports: ['80', String(port)] };
  const resolve = async (name: string): Promise<readonly LookupAddress[]> => {
    const found = NAMES[name.replace(/\.$/, '')];
    if (!found) throw new Error(`no such name: ${name}`);
    return found;
  };
  const file = path.join(folder, String(files++));
  const fetcher = createGuardedFetch({ hosts, resolve, ...more });
  const order = { url: url.replaceAll('PORT', String(port)), path: file, maxBytes: 1000 };
  const outcome = await fetcher.fetch({ ...order, signal: new AbortController().signal });
  return { outcome, file };
}

const redirectTo = (location: string): void => {
  respond = (_request, response) =>
    void response.writeHead(302, { Location: location.replace('PORT', `${port}`) }).end();
};

describe('is not fetched:', () => {
  test.each([
    // Ways to write 127.0.0.1.
    'http://127.0.0.1:PORT/',
    'http://127.1:PORT/',
    'http://127.0.1:PORT/',
    'http://2130706433:PORT/',
    'http://0x7f000001:PORT/',
    'http://0x7f.0.0.1:PORT/',
    'http://0x7f.0x0.0x0.0x1:PORT/',
    'http://0177.0.0.1:PORT/',
    'http://017700000001:PORT/',
    'http://0177.0x0.0.1:PORT/',
    'http://127.0.0.1.:PORT/',
    'http://127.255.255.254:PORT/',
    'http://%31%32%37.0.0.1:PORT/',
    'http://１２７.０.０.１:PORT/',
    'http://①②⑦.⓪.⓪.①:PORT/',
    'http://127。0。0。1:PORT/',
    'http:127.0.0.1:PORT',
    'http:\\\\127.0.0.1:PORT\\',
    ' http://127.0.0.1:PORT/',
    'HTTP://127.0.0.1:PORT/',
    'https://127.0.0.1:PORT/',
    // Nobody's own address, which reaches this machine.
    'http://0:PORT/',
    'http://0.0.0.0:PORT/',
    'http://[::]:PORT/',
    // IPv6, and IPv4 inside of it.
    'http://[::1]:PORT/',
    'http://[0:0:0:0:0:0:0:1]:PORT/',
    'http://[::ffff:127.0.0.1]:PORT/',
    'http://[::ffff:7f00:1]:PORT/',
    'http://[0:0:0:0:0:ffff:7f00:0001]:PORT/',
    'http://[::127.0.0.1]:PORT/',
    'http://[64:ff9b::127.0.0.1]:PORT/',
    'http://[64:ff9b:1::7f00:1]:PORT/',
    'http://[2002:7f00:1::]:PORT/',
    'http://[2001:0:7f00:1::]:PORT/',
    'http://[fe80::1]:PORT/',
    'http://[fe80::1%25lo]:PORT/',
    'http://[fec0::1]:PORT/',
    'http://[fd00:ec2::254]/latest/meta-data/',
    'http://[ff02::1]:PORT/',
    'http://[2001:db8::1]:PORT/',
    // Networks behind the server, and what clouds keep there.
    'http://10.0.0.1/',
    'http://172.16.0.1/',
    'http://172.31.255.255/',
    'http://192.168.0.1/',
    'http://100.64.0.1/',
    'http://169.254.169.254/latest/meta-data/',
    'http://0xa9fea9fe/',
    'http://2852039166/',
    'http://[::ffff:a9fe:a9fe]/',
    'http://168.63.129.16/',
    'http://192.0.2.1/',
    'http://198.18.0.1/',
    'http://203.0.113.9/',
    'http://224.0.0.1/',
    'http://255.255.255.255/',
    // Somebody to be, before the host.
    'http://user:password@127.0.0.1:PORT/',
    'http://example.com@127.0.0.1:PORT/',
    'http://127.0.0.1:PORT@start.test:PORT/',
    'http://user@start.test:PORT/',
    // Other ways and other doors.
    'file:///etc/passwd',
    'ftp://127.0.0.1:PORT/',
    'gopher://127.0.0.1:PORT/_GET',
    'data:image/png;base64,AAAA',
    'javascript:alert(1)',
    '//127.0.0.1:PORT/',
    '/etc/passwd',
    'http://',
    'http://start.test:22/',
    'http://start.test:5432/',
    'http://start.test:99999/',
    `http://start.test:PORT/${'a'.repeat(9000)}`,
  ])('%s', async (url) => {
    // `start.test` is named with the server's port alone.
    const { outcome, file } = await fetchFrom(url, ['start.test']);
    expect(outcome).toBe('refused');
    expect(hits).toEqual([]);
    await expect(readFile(file)).rejects.toThrow();
  });

  test.each(['loopback', 'mixed', 'private', 'metadata', 'mapped', 'nat64', 'ula', 'nobody', 'unknown'])(
    'what %s.test resolves to, and nobody learns why',
    async (name) => {
      for (const dot of ['', '.']) {
        const { outcome } = await fetchFrom(`http://${name}.test${dot}:PORT/`);
        expect(outcome).toBe('failed');
      }
      expect(hits).toEqual([]);
    },
  );
});

describe('a redirect', () => {
  test.each([
    'http://127.0.0.1:PORT/',
    'http://[::1]:PORT/',
    'http://loopback.test:PORT/',
    'http://169.254.169.254/',
    'http://start.test:22/',
    'http://user@start.test:PORT/',
    'file:///etc/passwd',
    '//127.0.0.1:PORT/',
    'http://[broken',
  ])('to %s is not followed', async (location) => {
    redirectTo(location);
    expect((await fetchFrom('http://start.test:PORT/', ['start.test'])).outcome).toBe('failed');
    expect(hits).toHaveLength(1);
  });

  test('is followed three times, and not a fourth time', async () => {
    const chain = (length: number): void => {
      respond = ({ url }, response) => {
        const step = Number(url?.slice(1));
        if (step === length) response.end(BYTES);
        else response.writeHead(307, { Location: `/${step + 1}` }).end();
      };
    };
    chain(3);
    expect((await fetchFrom('http://start.test:PORT/0', ['start.test'])).outcome).toBe('fetched');
    hits = [];
    chain(4);
    expect((await fetchFrom('http://start.test:PORT/0', ['start.test'])).outcome).toBe('failed');
    expect(hits).toHaveLength(4);
  });

  test('to a name that has changed its mind is judged by what the name says now', async () => {
    const answers = [[v4('127.0.0.1')], [v4('10.0.0.1')]];
    redirectTo('http://second.test:PORT/');
    const asked: string[] = [];
    const resolve = async (name: string) => {
      asked.push(name);
      return answers[asked.length - 1] ?? [];
    };
    expect((await fetchFrom('http://start.test:PORT/', ['start.test'], { resolve })).outcome).toBe('failed');
    expect(asked).toEqual(['start.test', 'second.test']);
    expect(hits).toHaveLength(1);
  });
});

describe('of a host that is named', () => {
  test('the bytes are kept, and the request tells nothing of anybody', async () => {
    const { outcome, file } = await fetchFrom('http://127.0.0.1:PORT/a.png?b=1', ['127.0.0.1']);
    expect(outcome).toBe('fetched');
    expect(await readFile(file)).toEqual(BYTES);
    const [request] = hits;
    expect(request?.url).toBe('/a.png?b=1');
    expect(Object.keys(request?.headers ?? {}).sort()).toEqual([
      'accept',
      'accept-encoding',
      'connection',
      'host',
      'user-agent',
    ]);
  });

  test('the name is resolved once, the connection goes to that address, and the host is the name', async () => {
    const asked: string[] = [];
    // The second answer would be the attacker's.
    const resolve = async (name: string) => {
      asked.push(name);
      return asked.length === 1 ? [v4('127.0.0.1')] : [v4('10.0.0.1')];
    };
    const { outcome } = await fetchFrom('http://rebinding.test:PORT/', ['rebinding.test'], { resolve });
    expect(outcome).toBe('fetched');
    expect(asked).toEqual(['rebinding.test']);
    expect(hits[0]?.headers.host).toBe(`rebinding.test:${port}`);
  });

  test.each([
    ['said beforehand', (response: ServerResponse) => void response.writeHead(200, { 'Content-Length': 1001 }).end()],
    ['found out on the way', (response: ServerResponse) => void response.end(Buffer.alloc(1001))],
    [
      'found out in pieces',
      (response: ServerResponse) => {
        response.write(Buffer.alloc(600));
        response.end(Buffer.alloc(600));
      },
    ],
  ])('a file that is too large, %s, leaves nothing behind', async (_how, answer) => {
    respond = (_request, response) => answer(response);
    const { outcome } = await fetchFrom('http://start.test:PORT/', ['start.test']);
    expect(outcome).toBe('too_large');
    expect(await readdir(folder)).not.toContain(String(files - 1));
  });

  test('a file of exactly the limit is fetched', async () => {
    respond = (_request, response) => void response.end(Buffer.alloc(1000));
    expect((await fetchFrom('http://start.test:PORT/', ['start.test'])).outcome).toBe('fetched');
  });

  test.each([
    ['an error', (response: ServerResponse) => void response.writeHead(404).end('nothing')],
    ['a part', (response: ServerResponse) => void response.writeHead(206).end('part')],
    ['a packed body', (response: ServerResponse) => void response.writeHead(200, { 'Content-Encoding': 'gzip' }).end()],
    [
      'an end in the middle',
      (response: ServerResponse) => {
        response.writeHead(200, { 'Content-Length': 100 });
        response.write('half', () => void response.destroy());
      },
    ],
    ['a redirect to nowhere', (response: ServerResponse) => void response.writeHead(302).end()],
  ])('%s is no picture', async (_what, answer) => {
    respond = (_request, response) => answer(response);
    const { outcome } = await fetchFrom('http://start.test:PORT/', ['start.test']);
    expect(outcome).toBe('failed');
    expect(await readdir(folder)).not.toContain(String(files - 1));
  });

  test('an answer that never ends is given up', async () => {
    respond = (_request, response) => void response.write('a');
    expect((await fetchFrom('http://start.test:PORT/', ['start.test'], { timeoutMs: 200 })).outcome).toBe('failed');
  });

  test('a resolver that never answers is given up', async () => {
    const resolve = () => new Promise<never>(() => {});
    const { outcome } = await fetchFrom('http://start.test:PORT/', ['start.test'], { resolve, timeoutMs: 200 });
    expect(outcome).toBe('failed');
  });
});
