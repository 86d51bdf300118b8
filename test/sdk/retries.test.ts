/** What the client sends again, and what it does not, held to a server that answers as it is told. */
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { Remuvr, type RemuvrError, type RemuvrSettings } from '@remuvr/client';
import { afterEach, beforeEach, expect, test } from 'vitest';

type Seen = { readonly headers: IncomingHttpHeaders; readonly body: Buffer; readonly url: string };
type Answer = (response: ServerResponse) => void;

let server: Server;
let seen: Seen[];
let answers: Answer[];

beforeEach(async () => {
  seen = [];
  answers = [];
  server = createServer(async (request, response) => {
    seen.push({ headers: request.headers, url: request.url ?? '', body: await buffer(request) });
    const next = answers.length > 1 ? answers.shift() : answers[0];
    next?.(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const baseUrl = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const client = (settings: Partial<RemuvrSettings> = {}) => new Remuvr({ key: 'k', baseUrl: baseUrl(), ...settings });

const refuse =
  (status: number, code: string, headers: Record<string, string> = {}): Answer =>
  (response) =>
    response
      .writeHead(status, { 'Content-Type': 'application/json', ...headers })
      .end(JSON.stringify({ status: 'error', code, message: 'It is so.', requestId: 'r-1' }));
const succeed: Answer = (response) => response.writeHead(200, { 'Content-Type': 'image/png' }).end('png');
const hangUp: Answer = (response) => response.socket?.destroy();

const failureOf = async (promise: Promise<unknown>): Promise<RemuvrError> =>
  await promise.then(
    () => {
      throw new Error('it did not fail');
    },
    (error: RemuvrError) => error,
  );

test('a retry is the same request to the byte, under the same idempotency key; another call has another', async () => {
  answers = [refuse(503, 'overloaded', { 'Retry-After': '0' }), hangUp, succeed];
  expect((await client().remove(new Uint8Array([1, 2]), { format: 'webp' })).type).toBe('image/png');
  await client().remove(new Uint8Array([1, 2]));
  const keys = seen.map(({ headers }) => headers['idempotency-key']);
  expect(keys[0]).toMatch(/^[0-9a-f]{32}$/);
  expect(keys.slice(0, 3)).toEqual([keys[0], keys[0], keys[0]]);
  expect(keys[3]).not.toBe(keys[0]);
  expect(seen[1]?.body.equals(seen[0]?.body ?? Buffer.of())).toBe(true);
  expect(seen[2]?.body.equals(seen[0]?.body ?? Buffer.of())).toBe(true);
  expect(seen[2]?.headers['content-type']).toBe(seen[0]?.headers['content-type']);
});

test('it is not sent again before Retry-After has passed', async () => {
  let refusedAt = 0;
  answers = [
    (response) => {
      refusedAt = performance.now();
      refuse(429, 'rate_limit_exceeded', { 'Retry-After': '1' })(response);
    },
    succeed,
  ];
  await client().remove(new Uint8Array([1]));
  expect(performance.now() - refusedAt).toBeGreaterThanOrEqual(1000);
  expect(seen).toHaveLength(2);
});

test.each([
  [400, 'invalid_image', {}],
  [401, 'invalid_api_key', {}],
  [413, 'file_too_large', {}],
  [429, 'quota_exceeded', { 'Retry-After': '1' }],
  [500, 'processing_failed', {}],
  [503, 'overloaded', { 'Retry-After': '86400' }],
] as const)('%i %s is told at once, with all that the answer says', async (status, code, headers) => {
  answers = [refuse(status, code, headers)];
  const error = await failureOf(client().remove(new Uint8Array([1])));
  expect(error).toMatchObject({ name: 'RemuvrError', code, status, requestId: 'r-1', message: 'It is so.' });
  expect(error.retryAfter).toBe('Retry-After' in headers ? Number(headers['Retry-After']) : undefined);
  expect(seen).toHaveLength(1);
});

test('it gives up after `retries`, with the last refusal', async () => {
  answers = [refuse(503, 'overloaded')];
  expect(await failureOf(client({ retries: 1 }).usage())).toMatchObject({ code: 'overloaded', status: 503 });
  expect(seen).toHaveLength(2);
});

test('a server that is not there is a network_error with its cause', async () => {
  const gone = client({ retries: 0 });
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  const error = await failureOf(gone.auth());
  expect(error).toMatchObject({ code: 'network_error', status: undefined });
  expect(error.cause).toBeInstanceOf(Error);
});

test('the page of a proxy is an unexpected_answer with its status', async () => {
  answers = [(response) => response.writeHead(404, { 'Content-Type': 'text/html' }).end('<h1>No</h1>')];
  expect(await failureOf(client().auth())).toMatchObject({ code: 'unexpected_answer', status: 404 });
  answers = [(response) => response.writeHead(200).end('<h1>Sign in</h1>')];
  expect(await failureOf(client().auth())).toMatchObject({ code: 'unexpected_answer', status: 200 });
});

test('the time of a call is over also while it waits to try again', async () => {
  answers = [refuse(429, 'rate_limit_exceeded', { 'Retry-After': '30' })];
  const error = await failureOf(client().remove(new Uint8Array([1]), {}, { timeoutMs: 300 }));
  expect(error).toMatchObject({ code: 'timeout' });
  answers = [() => {}];
  expect(await failureOf(client({ timeoutMs: 300 }).usage())).toMatchObject({ code: 'timeout' });
});

test('the caller’s signal ends a call with the caller’s reason, before it, in it, and while it waits', async () => {
  const reason = new Error('no more');
  expect(await failureOf(client().remove('a.png', {}, { signal: AbortSignal.abort(reason) }))).toBe(reason);
  expect(seen).toHaveLength(0);
  const whileWaiting = refuse(503, 'overloaded', { 'Retry-After': '30' });
  for (const answer of [() => {}, whileWaiting]) {
    const stopping = new AbortController();
    answers = [
      (response) => {
        answer(response);
        setImmediate(() => stopping.abort(reason));
      },
    ];
    expect(await failureOf(client().remove(new Uint8Array([1]), {}, { signal: stopping.signal }))).toBe(reason);
  }
  expect(seen).toHaveLength(2);
});

test('an http URL is left to the server; names of fields and files cannot break out of the form', async () => {
  answers = [succeed];
  await client().remove(new URL('https://example.com/a b.jpg'), { 'o"\r\nptions': 'x', missing: undefined });
  await client().remove('HTTP://example.com/c.png');
  const forms = await Promise.all(
    seen.map(({ body, headers }) =>
      new Response(new Uint8Array(body), { headers: { 'Content-Type': headers['content-type'] ?? '' } }).formData(),
    ),
  );
  expect([...(forms[0]?.entries() ?? [])]).toEqual([
    ['o"\r\nptions', 'x'],
    ['image_url', 'https://example.com/a%20b.jpg'],
  ]);
  expect(forms[1]?.get('image_url')).toBe('HTTP://example.com/c.png');
  expect(String(seen[0]?.body)).toContain('name="o%22%0D%0Aptions"');
});

test('an option may be a file, and what is no picture is refused before anything is sent', async () => {
  answers = [succeed];
  await client().remove(new Uint8Array([1]), {
    background_file: new Blob(['sky'], { type: 'image/webp' }),
    crop: 'true',
  });
  expect(String(seen[0]?.body)).toMatch(
    /name="background_file"; filename="background_file"\r\nContent-Type: image\/webp\r\n\r\nsky\r\n.*name="crop"\r\n\r\ntrue\r\n/s,
  );
  expect(await failureOf(client().remove(7 as never))).toMatchObject({ code: 'invalid_input' });
  expect(await failureOf(client().remove('absent.jpg'))).toMatchObject({
    name: 'RemuvrError',
    code: 'invalid_input',
    cause: { code: 'ENOENT' },
  });
  expect(() => client({ key: '' })).toThrow('A key is needed');
  expect(() => client({ baseUrl: 'nowhere' })).toThrow('"nowhere" is not the URL');
  expect(seen).toHaveLength(1);
});
