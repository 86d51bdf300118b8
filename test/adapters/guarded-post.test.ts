/** Telling a stranger's server: nothing that only this machine or its network can reach is told anything. */
import type { LookupAddress } from 'node:dns';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createServer as createTcpServer } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createGuardedPost } from '../../src/adapters/guarded-fetch/post.ts';
import { openWebhookReceiver, type WebhookReceiver } from '../helpers/webhook-receiver.ts';

let receiver: WebhookReceiver;
beforeAll(async () => {
  receiver = await openWebhookReceiver();
});
beforeEach(() => {
  receiver.received.length = 0;
  receiver.answer((response) => void response.writeHead(204).end());
});
afterAll(async () => await receiver.close());

const v4 = (address: string): LookupAddress => ({ address, family: 4 });
const NAMES: Readonly<Record<string, readonly LookupAddress[]>> = {
  'loopback.test': [v4('127.0.0.1')],
  'mixed.test': [v4('93.184.215.14'), v4('127.0.0.1')],
  'metadata.test': [v4('169.254.169.254')],
  'mapped.test': [{ address: '::ffff:127.0.0.1', family: 6 }],
  'named.test': [v4('127.0.0.1')],
};

const portOf = (): string => receiver.host.split(':')[1] ?? '';

/** The port of the receiver counts as one that pages are served on; `named` are the hosts that the operator names. */
async function post(url: string, { named = [], timeoutMs = 5000 }: { named?: string[]; timeoutMs?: number } = {}) {
  const hosts = { hasPublic: true, named, ports: ['443', portOf()] };
  const resolve = async (name: string) => NAMES[name.replace(/\.$/, '')] ?? [];
  const order = { headers: { 'webhook-id': 'msg_1', 'Content-Type': 'application/json' }, body: '{"type":"é"}' };
  const poster = createGuardedPost({ hosts, resolve, timeoutMs });
  const signal = new AbortController().signal;
  return await poster.post({ ...order, url: url.replaceAll('PORT', portOf()), signal });
}

const UNREACHABLE = { kind: 'failed', error: 'unreachable' };

describe('is told nothing:', () => {
  test.each([
    'http://named.test:PORT/',
    'https://127.0.0.1:PORT/',
    'https://2130706433:PORT/',
    'https://[::1]:PORT/',
    'https://[::ffff:7f00:1]:PORT/',
    'https://localhost:PORT/',
    'https://user@loopback.test:PORT/',
    'https://169.254.169.254/latest/meta-data/',
    'file:///etc/passwd',
    `https://loopback.test:PORT/${'a'.repeat(3000)}`,
  ])('%s, by what the URL itself says', async (url) => {
    expect(await post(url)).toEqual({ kind: 'failed', error: 'refused' });
    expect(receiver.received).toEqual([]);
  });

  test.each(['loopback', 'mixed', 'metadata', 'mapped', 'unknown'])(
    'what %s.test leads to, and nobody learns why',
    async (name) => {
      expect(await post(`https://${name}.test:PORT/`)).toEqual(UNREACHABLE);
      expect(receiver.received).toEqual([]);
    },
  );
});

describe('a host that is named', () => {
  const named = ['named.test'];
  const url = 'http://named.test:PORT/hook?a=1';

  test('is sent the body and the headers as they are', async () => {
    expect(await post(url, { named })).toEqual({ kind: 'answered', httpStatus: 204 });
    const [one] = receiver.received;
    expect([one?.path, one?.body, one?.id]).toEqual(['/hook?a=1', '{"type":"é"}', 'msg_1']);
    expect(one?.headers).toMatchObject({ 'content-type': 'application/json', 'content-length': '13' });
  });

  test.each([301, 302, 307, 308])('that redirects by %i is not followed', async (status) => {
    receiver.answer((response) => void response.writeHead(status, { Location: '/elsewhere' }).end());
    expect(await post(url, { named })).toEqual({ kind: 'answered', httpStatus: status });
    expect(receiver.received.map(({ path }) => path)).toEqual(['/hook?a=1']);
  });

  test('that talks without end is not listened to', async () => {
    receiver.answer((response) => {
      response.writeHead(200);
      const talk = (): void => void (response.destroyed || response.write('a'.repeat(1000), () => setImmediate(talk)));
      talk();
    });
    expect(await post(url, { named })).toEqual({ kind: 'answered', httpStatus: 200 });
  });

  test('that says nothing is given up, and one that says a part of it has said its status', async () => {
    receiver.answer(() => {});
    expect(await post(url, { named, timeoutMs: 100 })).toEqual({ kind: 'failed', error: 'timeout' });
    receiver.answer((response) => void response.writeHead(200, { 'Content-Length': '10' }).write('a'));
    expect(await post(url, { named, timeoutMs: 100 })).toEqual({ kind: 'answered', httpStatus: 200 });
  });

  test('where nobody listens is unreachable', async () => {
    const free = createTcpServer();
    await new Promise<void>((resolve) => free.listen(0, '127.0.0.1', resolve));
    const { port } = free.address() as AddressInfo;
    await new Promise((resolve) => free.close(resolve));
    expect(await post(`http://named.test:${port}/`, { named })).toEqual(UNREACHABLE);
  });

  test('without a certificate that is good is not told anything', async () => {
    const tls = createTlsServer({ key: KEY, cert: CERTIFICATE }, (_request, response) => void response.end());
    await new Promise<void>((resolve) => tls.listen(0, '127.0.0.1', resolve));
    const { port } = tls.address() as AddressInfo;
    expect(await post(`https://named.test:${port}/`, { named })).toEqual({ kind: 'failed', error: 'certificate' });
    await new Promise((resolve) => tls.close(resolve));
  });

  test('is no longer waited for when the server stops', async () => {
    const stopping = new AbortController();
    receiver.answer(() => stopping.abort());
    const hosts = { hasPublic: false, named: [receiver.host], ports: [] };
    const order = { url: receiver.url, headers: {}, body: '{}', signal: stopping.signal };
    expect(await createGuardedPost({ hosts }).post(order)).toEqual({ kind: 'failed', error: 'interrupted' });
  });
});

/** Signed by itself, for these tests alone. */
const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgJkVkj7EIXORUakUs
UntmiNcuFj7lmRlvrWmGf5HqXR6hRANCAATUHFSGz1SlFnG3XNNRx6RYEIRDp4Br
ZWtM/Wy4BTEaES7+7Dv1z+xxno5tKqb5/KEUSfDZPGV5LKv56q9B6xxr
-----END PRIVATE KEY-----
`;
const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBgTCCASegAwIBAgIUHCvLgfZLDsa50BVBjqQINuBHe60wCgYIKoZIzj0EAwIw
FTETMBEGA1UEAwwKbmFtZWQudGVzdDAgFw0yNjExMjMxMDA5MjNaGA8yMTI2MTAz
MDEwMDkyM1owFTETMBEGA1UEAwwKbmFtZWQudGVzdDBZMBMGByqGSM49AgEGCCqG
SM49AwEHA0IABNQcVIbPVKUWcbdc01HHpFgQhEOngGtla0z9bLgFMRoRLv7sO/XP
7HGejm0qpvn8oRRJ8Nk8ZXksq/nqr0HrHGujUzBRMB0GA1UdDgQWBBRXCFxSW/wg
FmFP4gtsgbg1rEDDlTAfBgNVHSMEGDAWgBRXCFxSW/wgFmFP4gtsgbg1rEDDlTAP
BgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0gAMEUCIQD2IVX39sujlFBJHKRB
ycwCcnrFAQjeLKg/aygLaCJYegIgW3uxaEPTUxmq3zuWt5C9Xc1eIJReSSG4xF4O
xggTNQo=
-----END CERTIFICATE-----
`;
