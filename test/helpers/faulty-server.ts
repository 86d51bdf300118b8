/** A loopback server of byte strings that can be told to fail: cut, stall, refuse; with Range and If-Range. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Of one answer. `cut` and `stall` after so many bytes of the body. */
export type Fault =
  | { readonly kind: 'cut'; readonly afterBytes: number }
  | { readonly kind: 'stall'; readonly afterBytes: number }
  | { readonly kind: 'status'; readonly status: number };

export type ServedFile = { readonly body: Uint8Array; readonly type: string; readonly etag?: string };
export type SeenRequest = { readonly path: string; readonly headers: IncomingMessage['headers']; status: number };

export type FaultyServer = {
  readonly url: string;
  readonly requests: SeenRequest[];
  /** The next answers to this path meet these faults, one each. */
  fail(path: string, ...faults: Fault[]): void;
  close(): Promise<void>;
};

/** The part that a Range asks for, if If-Range still names this content. */
function pickStart(file: ServedFile, headers: IncomingMessage['headers']): number {
  const isSame = headers['if-range'] === undefined || headers['if-range'] === file.etag;
  return isSame ? Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0) : 0;
}

function sendFile(response: ServerResponse, file: ServedFile, start: number, fault: Fault | undefined): void {
  const body = file.body.subarray(start);
  response.writeHead(start > 0 ? 206 : 200, {
    'content-type': file.type,
    'content-length': body.byteLength,
    ...(file.etag ? { etag: file.etag } : {}),
    ...(start > 0 ? { 'content-range': `bytes ${start}-${file.body.byteLength - 1}/${file.body.byteLength}` } : {}),
  });
  if (!fault || fault.kind === 'status') {
    response.end(body);
    return;
  }
  response.write(body.subarray(0, fault.afterBytes), () => {
    if (fault.kind === 'cut') response.destroy();
  });
}

export async function startFaultyServer(
  find: (path: string, origin: string) => ServedFile | undefined,
): Promise<FaultyServer> {
  const requests: SeenRequest[] = [];
  const faults = new Map<string, Fault[]>();
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '/');
    const seen: SeenRequest = { path, headers: request.headers, status: 0 };
    requests.push(seen);
    response.on('close', () => {
      seen.status = response.statusCode;
    });
    const file = find(path, `http://${request.headers.host}`);
    const fault = faults.get(path)?.shift();
    const status = fault?.kind === 'status' ? fault.status : file ? undefined : 404;
    if (status !== undefined || !file) response.writeHead(status ?? 404).end();
    else sendFile(response, file, pickStart(file, request.headers), fault);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    fail: (path, ...list) => faults.set(path, list),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
