/** Traces as a collector gets them: one tree of a request that went through server, queue, worker and child. */
import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { call, createEnterprise, jobOf, readPhoto, remove, waitForEnd } from '../helpers/api.ts';
import { createInstallation, type Installation, type ServerProcess, until } from '../helpers/server.ts';
import { type ReceivedSpan, startTraceReceiver, type TraceReceiver } from '../helpers/trace-receiver.ts';

const TOKEN = 'collector-token-of-the-tests';
let installation: Installation;
let receiver: TraceReceiver;
let server: ServerProcess;
let worker: ServerProcess;
let key: string;
let photo: Buffer;

beforeAll(async () => {
  receiver = await startTraceReceiver();
  installation = await createInstallation({
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    OTEL_EXPORTER_OTLP_HEADERS: `Authorization=Bearer%20${TOKEN}`,
  });
  server = await installation.start(['serve', '--no-worker'], { OTEL_SERVICE_NAME: 'front' });
  worker = await installation.start(['worker'], { OTEL_SERVICE_NAME: 'back' });
  key = await createEnterprise(installation, 'acme');
  photo = await readPhoto('rocket.jpg');
});
afterAll(async () => {
  await installation?.dispose();
  await receiver?.close();
});

const newTraceId = (): string => crypto.randomUUID().replaceAll('-', '');
const traceparent = (traceId: string, flags = '01'): string => `00-${traceId}-b7ad6b7169203331-${flags}`;

/** All of a trace, once spans of these names have come. */
const spansOf = async (traceId: string, ...names: string[]): Promise<ReceivedSpan[]> =>
  await until(`${names} of the trace have come`, async () => {
    const spans = receiver.spans.filter((span) => span.traceId === traceId);
    return names.every((name) => spans.some((span) => span.name === name)) && spans;
  });

/** Children below their parents, in the order of their names: `a(b c(d))`. */
function draw(spans: readonly ReceivedSpan[], parent: string | undefined): string {
  const below = spans.filter((span) => span.parentSpanId === parent);
  return below
    .map((span) => {
      const children = draw(spans, span.spanId);
      return children === '' ? span.name : `${span.name}(${children})`;
    })
    .sort()
    .join(', ');
}

function find(spans: readonly ReceivedSpan[], name: string): ReceivedSpan {
  const found = spans.find((span) => span.name === name);
  if (!found) throw new Error(`there is no span ${name}`);
  return found;
}

describe('a removal that goes through server, queue, worker and child', () => {
  let spans: ReceivedSpan[];
  let jobId: string;
  const traceId = newTraceId();

  beforeAll(async () => {
    const headers = { traceparent: traceparent(traceId), 'X-Request-Id': 'of-the-trace' };
    const answer = await remove(server, key, photo, { headers, query: '?note=hidden-query' });
    jobId = answer.headers.get('x-job-id') ?? '';
    spans = await spansOf(traceId, 'POST /v1/remove', 'job');
  });

  test('is one tree below the span of its caller', () => {
    const stages = 'pipeline(decode, encode, infer, refine)';
    const job = `job(${stages}, settle, storage checkout, storage put, storage put)`;
    const request = [`accept(${job}, queue)`, 'authenticate', 'receive', 'storage put', 'storage read', 'wait'];
    expect(draw(spans, 'b7ad6b7169203331')).toBe(`POST /v1/remove(${request.join(', ')})`);
    expect(new Set(spans.filter(({ service }) => service === 'back').map(({ name }) => name))).toEqual(
      new Set([
        'job',
        'queue',
        'pipeline',
        'decode',
        'infer',
        'refine',
        'encode',
        'settle',
        'storage checkout',
        'storage put',
      ]),
    );
  });

  test('says what it was, by the names that are usual', () => {
    expect(find(spans, 'POST /v1/remove').attributes).toEqual({
      'http.request.method': 'POST',
      'http.route': '/v1/remove',
      'http.response.status_code': 200,
      'url.scheme': 'http',
      'network.protocol.version': '1.1',
      'remuvr.request.id': 'of-the-trace',
      'remuvr.job.id': jobId,
      'remuvr.plan': 'enterprise',
    });
    expect(find(spans, 'job').attributes).toEqual({
      'remuvr.job.id': jobId,
      'remuvr.plan': 'enterprise',
      'remuvr.attempt': 1,
      'remuvr.job.status': 'completed',
    });
    expect(spans.filter(({ hasFailed }) => hasFailed)).toEqual([]);
  });

  test('has stages that follow each other', () => {
    const stages = ['decode', 'infer', 'refine', 'encode'].map((name) => find(spans, name));
    for (const { startNs, endNs } of stages) expect(endNs).toBeGreaterThanOrEqual(startNs);
    const starts = stages.map(({ startNs }) => startNs);
    expect([...starts].sort((a, b) => Number(a - b))).toEqual(starts);
  });

  test('is found in the logs of both processes by its id', () => {
    const linesOf = ({ log }: ServerProcess) =>
      log()
        .split('\n')
        .filter((line) => line.includes(traceId));
    expect(linesOf(server).some((line) => line.includes('"requestId":"of-the-trace"'))).toBe(true);
    expect(linesOf(worker).some((line) => line.includes(jobId))).toBe(true);
  });
});

test('a job that nobody waits for is in the trace of its request, and a batch has all of its jobs', async () => {
  const single = newTraceId();
  const answer = await remove(server, key, photo, {
    headers: { traceparent: traceparent(single) },
    query: '?async=true',
  });
  await waitForEnd(server, key, jobOf(answer).id);
  expect(draw(await spansOf(single, 'job'), 'b7ad6b7169203331')).toContain('accept(job(');

  const several = newTraceId();
  const body = new FormData();
  for (const name of ['a.jpg', 'b.jpg']) body.append('file', new Blob([new Uint8Array(photo)]), name);
  await call(server, '/v1/batches', { method: 'POST', key, body, headers: { traceparent: traceparent(several) } });
  await until('both jobs are told', async () => {
    const jobs = receiver.spans.filter(({ traceId, name }) => traceId === several && name === 'job');
    return jobs.length === 2;
  });
});

test('a picture that cannot be processed is told as a failed step', async () => {
  const traceId = newTraceId();
  const headers = { traceparent: traceparent(traceId) };
  expect((await remove(server, key, photo.subarray(0, 9000), { headers })).status).toBe(400);
  const spans = await spansOf(traceId, 'POST /v1/remove', 'job');
  expect(spans.filter(({ hasFailed }) => hasFailed).map(({ name }) => name)).toEqual(['decode']);
  expect(find(spans, 'job').attributes['remuvr.job.status']).toBe('failed');
});

test('a trace that its caller does not keep is not kept, and one without a caller begins here', async () => {
  const dropped = newTraceId();
  await remove(server, key, photo, { headers: { traceparent: traceparent(dropped, '00') } });
  const malformed = { traceparent: 'no traceparent' };
  const { headers } = await call(server, '/v1/auth', { key, headers: malformed });
  const requestId = headers.get('x-request-id');
  const own = await until('the span of the other request has come', async () =>
    receiver.spans.find(({ attributes }) => attributes['remuvr.request.id'] === requestId),
  );
  expect(own.parentSpanId).toBeUndefined();
  expect(own.name).toBe('GET /v1/auth');
  expect(receiver.spans.filter(({ traceId }) => traceId === dropped)).toEqual([]);
});

test('no secret is in a span or in a log, and none is told to a child', () => {
  const told = receiver.bodies.join('\n');
  for (const secret of [key, TOKEN, 'hidden-query']) {
    expect(told).not.toContain(secret);
    expect(server.log() + worker.log()).not.toContain(secret);
  }
  expect(told).not.toMatch(/[0-9A-Za-z]{27}\.(png|webp)/);
  expect(new Set(receiver.headers.map(({ authorization }) => authorization))).toEqual(new Set([`Bearer ${TOKEN}`]));
  const children = readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid) && readParent(pid) === worker.process.pid)
    .filter((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('pipeline-child'));
  expect(children.length).toBeGreaterThan(0);
  for (const pid of children) expect(readFileSync(`/proc/${pid}/environ`, 'utf8')).not.toContain('OTEL_');
});

function readParent(pid: string): number {
  try {
    return Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  } catch {
    return 0;
  }
}

test('what was not sent yet is sent at the end', async () => {
  const traceId = newTraceId();
  await call(server, '/v1/auth', { key, headers: { traceparent: traceparent(traceId) } });
  expect(await worker.stop()).toBe(0);
  expect(await server.stop()).toBe(0);
  expect(receiver.spans.some((span) => span.traceId === traceId)).toBe(true);
});

test('a collector that is away changes no answer and is one line of the log; without one there are no traces', async () => {
  const gone = await startTraceReceiver();
  await gone.close();
  const away = await installation.start(['serve'], { OTEL_EXPORTER_OTLP_ENDPOINT: gone.url });
  expect((await remove(away, key, photo)).status).toBe(200);
  const message = 'traces cannot be delivered';
  await until('it is told', async () => away.log().includes(message));
  expect((await remove(away, key, photo)).status).toBe(200);
  expect(await away.stop()).toBe(0);
  expect(away.log().split(message).length - 1).toBe(1);

  const before = receiver.headers.length;
  const off = await installation.start(['serve'], { OTEL_EXPORTER_OTLP_ENDPOINT: '' });
  const headers = { traceparent: traceparent(newTraceId()) };
  expect((await remove(off, key, photo, { headers })).status).toBe(200);
  expect(await off.stop()).toBe(0);
  expect(receiver.headers.length).toBe(before);
  expect(off.log()).not.toContain('traceId');
});
