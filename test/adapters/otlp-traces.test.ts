/** What happens to spans whose collector is away, slow or refuses; and that nothing is there where none is named. */
import { createRequire } from 'node:module';
import { afterEach, expect, test } from 'vitest';
import { parseConfig } from '../../src/config.ts';
import { openTraces } from '../../src/platform/traces.ts';
import { NO_TRACES, type Traces } from '../../src/ports/traces.ts';
import { until } from '../helpers/server.ts';
import { startTraceReceiver, type TraceReceiver } from '../helpers/trace-receiver.ts';

const loadedParts = (): string[] =>
  Object.keys(createRequire(import.meta.url).cache).filter((file) => /@opentelemetry.(sdk|exporter)/.test(file));

/** The first of the file, for what is loaded stays. */
test('without a collector nothing is loaded', async () => {
  expect(await openTraces(parseConfig({}), () => log)).toBe(NO_TRACES);
  expect(loadedParts()).toEqual([]);
  const { traces } = await open('http://127.0.0.1:1');
  expect(loadedParts()).not.toEqual([]);
  expect(traces).not.toBe(NO_TRACES);
});

let lines: string[] = [];
const write = (_fields: object, message: string): void => void lines.push(message);
const log = { info: write, warn: write, error: write };

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each.close();
  lines = [];
});

async function open(endpoint: string, settings: Record<string, string> = {}): Promise<{ traces: Traces }> {
  const config = parseConfig({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, ...settings });
  const traces = await openTraces(config, () => log);
  opened.push(traces);
  return { traces };
}

async function openWithReceiver(status: number): Promise<{ traces: Traces; receiver: TraceReceiver }> {
  const receiver = await startTraceReceiver({ status });
  opened.push(receiver);
  return { ...(await open(receiver.url)), receiver };
}

function recordMany(traces: Traces, count: number): void {
  for (let i = 0; i < count; i++) traces.begin('one', { parent: undefined }).end();
}

const FAILURE = 'traces cannot be delivered to the collector, and are dropped';

test('a collector that never answers holds no more than its queue, and no end', async () => {
  const { traces, receiver } = await openWithReceiver(0);
  recordMany(traces, 20_000);
  await until('the first have been sent', async () => receiver.bodies.length > 0);
  await traces.close();
  const sent = receiver.bodies.join('').split('"name":"one"').length - 1;
  expect(sent).toBeGreaterThan(0);
  expect(sent).toBeLessThanOrEqual(2_048 + 512);
});

test('a collector that refuses is told of once, and once more when it takes them again', async () => {
  const { traces, receiver } = await openWithReceiver(400);
  recordMany(traces, 2_000);
  await until('several were refused', async () => receiver.bodies.length >= 3);
  await until('it was told', async () => lines.length > 0);
  expect(lines).toEqual([FAILURE]);
  receiver.answerWith(200);
  recordMany(traces, 1);
  await until('it was told again', async () => lines.length > 1);
  expect(lines).toEqual([FAILURE, 'traces are delivered again']);
});

test('a collector that is not there is told of, with the reason', async () => {
  const receiver = await startTraceReceiver();
  await receiver.close();
  const { traces } = await open(receiver.url);
  recordMany(traces, 1);
  await traces.close();
  await until('it was told', async () => lines.length > 0);
  expect(lines).toEqual([FAILURE]);
});

test('of traces that begin here the share is kept, and a step belongs to the trace of its span', async () => {
  const receiver = await startTraceReceiver();
  opened.push(receiver);
  const { traces } = await open(receiver.url, { OTEL_TRACES_SAMPLER_ARG: '0' });
  const dropped = traces.begin('dropped', { parent: undefined });
  const kept = traces.begin('kept', { parent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' });
  const failing = traces.within(kept, () =>
    traces.step('failing', {}, async () => {
      throw Object.assign(new Error('of the picture of somebody'), { code: 'quota_exceeded' });
    }),
  );
  await expect(failing).rejects.toThrow('of the picture of somebody');
  kept.end();
  dropped.end();
  await traces.close();
  expect(receiver.spans.map(({ name }) => name).sort()).toEqual(['failing', 'kept']);
  const step = receiver.spans.find(({ name }) => name === 'failing');
  expect(step?.parentSpanId).toBe(receiver.spans.find(({ name }) => name === 'kept')?.spanId);
  expect(step).toMatchObject({ hasFailed: true, attributes: { 'error.type': 'quota_exceeded' } });
  expect(receiver.bodies.join('')).not.toContain('somebody');
});

test('what is done outside of any span is not told', async () => {
  const receiver = await startTraceReceiver();
  opened.push(receiver);
  const { traces } = await open(receiver.url);
  expect(await traces.step('of no trace', {}, async () => 'done')).toBe('done');
  traces.record('of no trace', { startMs: 0, endMs: 1 });
  traces.begin('one', { parent: undefined }).end();
  await traces.close();
  expect(receiver.spans.map(({ name }) => name)).toEqual(['one']);
});

test.each([
  ['00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', true],
  ['cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-of-later', true],
  ['ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', false],
  ['00-00000000000000000000000000000000-b7ad6b7169203331-01', false],
  ['00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01', false],
  ['00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01', false],
  ['', false],
])('the traceparent "%s" is followed: %s', async (parent, isFollowed) => {
  const { traces } = await open('http://127.0.0.1:1');
  const span = traces.begin('one', { parent });
  const current = traces.within(span, () => traces.current());
  expect(current).toMatch(/^00-[\da-f]{32}-[\da-f]{16}-01$/);
  expect(current?.includes('0af7651916cd43dd8448eb211c80319c')).toBe(isFollowed);
});
