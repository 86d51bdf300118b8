/** A collector of traces: takes OTLP over HTTP in JSON, and keeps every span. */
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

export type ReceivedSpan = {
  readonly service: string;
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  /** Undefined of a root. */
  readonly parentSpanId: string | undefined;
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly hasFailed: boolean;
};

type Value = { stringValue?: string; intValue?: number; boolValue?: boolean; doubleValue?: number };
type Attribute = { key: string; value: Value };
type Export = {
  resourceSpans: {
    resource: { attributes: Attribute[] };
    scopeSpans: { spans: (Record<string, string> & { attributes: Attribute[]; status: { code?: number } })[] }[];
  }[];
};

const flatten = (attributes: readonly Attribute[]): Record<string, unknown> =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));

function readSpans(body: string): ReceivedSpan[] {
  return (JSON.parse(body) as Export).resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map((span) => ({
        service: String(flatten(resource.attributes)['service.name']),
        name: span.name ?? '',
        traceId: span.traceId ?? '',
        spanId: span.spanId ?? '',
        parentSpanId: span.parentSpanId || undefined,
        startNs: BigInt(span.startTimeUnixNano ?? 0),
        endNs: BigInt(span.endTimeUnixNano ?? 0),
        attributes: flatten(span.attributes),
        hasFailed: span.status.code === 2,
      })),
    ),
  );
}

/** `status` is what it answers; at 0 it takes connections, and never answers. */
export async function startTraceReceiver({ status: first = 200 }: { readonly status?: number } = {}) {
  let status = first;
  const spans: ReceivedSpan[] = [];
  const bodies: string[] = [];
  const headers: IncomingHttpHeaders[] = [];
  const server = createServer((request, response) => {
    headers.push(request.headers);
    let body = '';
    request.setEncoding('utf8').on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      bodies.push(body);
      if (status === 0) return;
      if (status === 200 && request.method === 'POST' && request.url === '/v1/traces') spans.push(...readSpans(body));
      response.writeHead(status, { 'Content-Type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans: spans as readonly ReceivedSpan[],
    bodies: bodies as readonly string[],
    answerWith(next: number): void {
      status = next;
    },
    headers: headers as readonly IncomingHttpHeaders[],
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export type TraceReceiver = Awaited<ReturnType<typeof startTraceReceiver>>;
