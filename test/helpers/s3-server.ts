/** An S3 server of the tests' own, and a gate before it that spoils what passes. */
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import S3rver from 's3rver';
import type { S3Options } from '../../src/adapters/s3-storage.ts';

export const BUCKET = 'pictures';
/** The one pair that s3rver knows. */
export const CREDENTIALS = { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' };

export type S3Server = { readonly url: string; readonly port: number; close(): Promise<void> };

export async function startS3Server(directory: string, port = 0): Promise<S3Server> {
  const server = new S3rver({
    address: '127.0.0.1',
    port,
    silent: true,
    directory,
    allowMismatchedSignatures: false,
    configureBuckets: [{ name: BUCKET }],
  });
  const address = await server.run();
  return { url: `http://127.0.0.1:${address.port}`, port: address.port, close: () => server.close() };
}

/** Of a bucket of `endpoint`, as the settings would say it. */
export const s3Options = (endpoint: string, scratchDir: string, more: Partial<S3Options> = {}): S3Options => ({
  bucket: BUCKET,
  prefix: '',
  endpoint,
  region: undefined,
  forcePathStyle: true,
  credentials: CREDENTIALS,
  linkOrigin: undefined,
  scratchDir,
  ...more,
});

export type Passing = { readonly method: string; readonly url: string; readonly headers: IncomingMessage['headers'] };
/** What becomes of a request: it passes, its answer breaks off, it gets none, its connection is cut; or a status, or a page. */
export type Fate = 'pass' | 'break' | 'hang' | 'cut' | number | { readonly xml: string };

export type Gate = {
  readonly url: string;
  readonly seen: Passing[];
  decide: (passing: Passing) => Fate;
  close(): Promise<void>;
};

export async function startGate(target: S3Server): Promise<Gate> {
  const seen: Passing[] = [];
  const server = createServer((incoming, outgoing) => {
    const passing = { method: incoming.method ?? '', url: incoming.url ?? '', headers: incoming.headers };
    seen.push(passing);
    const fate = gate.decide(passing);
    if (fate === 'pass' || fate === 'break') forward(target, incoming, outgoing, fate);
    else if (fate === 'cut') incoming.socket.destroy();
    else if (typeof fate === 'object') outgoing.setHeader('Content-Type', 'application/xml').end(fate.xml);
    else if (fate !== 'hang') incoming.resume().on('end', () => outgoing.writeHead(fate).end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const gate: Gate = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    decide: () => 'pass',
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return gate;
}

/** With the head as it was: the signature is of its Host. */
function forward(
  { port }: S3Server,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  fate: 'pass' | 'break',
): void {
  const { method, url, headers } = incoming;
  const onward = request({ host: '127.0.0.1', port, method, path: url, headers }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    if (fate === 'break') answer.once('data', (chunk) => outgoing.write(chunk, () => incoming.socket.destroy()));
    else answer.pipe(outgoing);
  });
  onward.on('error', () => outgoing.destroy());
  incoming.pipe(onward);
}
