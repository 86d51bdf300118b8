/** One request and its answer, read to its end. */

export type Progress = {
  /** Bytes of the request, its form included. */
  readonly loaded: number;
  readonly total: number;
};

export type Request = {
  readonly url: string;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Blob | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
};

export type Answer = { readonly status: number; readonly headers: Headers; readonly body: Blob };
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** In a page only XMLHttpRequest tells how far an upload is; elsewhere the body is a stream whose bytes are counted. */
export async function exchange(request: Request, fetcher: Fetch, signal: AbortSignal): Promise<Answer> {
  const { onProgress, body } = request;
  const { XMLHttpRequest } = globalThis as PageGlobals;
  if (onProgress && body && XMLHttpRequest) return await exchangeInPage(new XMLHttpRequest(), request, signal);
  const init: RequestInit & { duplex?: 'half' } = { method: request.method, headers: request.headers, signal };
  if (body) init.body = onProgress ? countBytes(body, onProgress) : body;
  if (body && onProgress) {
    init.duplex = 'half';
    // A stream has no length of its own; with it the server refuses what is too large before it has come.
    init.headers = { ...request.headers, 'Content-Length': String(body.size) };
  }
  const response = await fetcher(request.url, init);
  return { status: response.status, headers: response.headers, body: await response.blob() };
}

const CHUNK_BYTES = 64 * 1024;

function countBytes(body: Blob, onProgress: (progress: Progress) => void): ReadableStream<Uint8Array> {
  let loaded = 0;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        if (loaded > 0) onProgress({ loaded, total: body.size });
        if (loaded >= body.size) return controller.close();
        const chunk = body.slice(loaded, loaded + CHUNK_BYTES);
        controller.enqueue(new Uint8Array(await chunk.arrayBuffer()));
        loaded += chunk.size;
      },
    },
    // Read when it is asked for, so that what is counted has been taken.
    { highWaterMark: 0 },
  );
}

/** What of it is used here: whoever compiles this for Node has no types of pages. */
type PageRequest = {
  responseType: string;
  readonly status: number;
  readonly response: unknown;
  readonly upload: { onprogress: ((event: Progress) => void) | null };
  onload: (() => void) | null;
  onabort: (() => void) | null;
  onerror: (() => void) | null;
  onloadend: (() => void) | null;
  open(method: string, url: string): void;
  setRequestHeader(name: string, value: string): void;
  getAllResponseHeaders(): string;
  send(body: Blob | undefined): void;
  abort(): void;
};
type PageGlobals = { readonly XMLHttpRequest?: new () => PageRequest };

function exchangeInPage(page: PageRequest, request: Request, signal: AbortSignal): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const abort = () => page.abort();
    signal.addEventListener('abort', abort, { once: true });
    page.open(request.method, request.url);
    page.responseType = 'blob';
    for (const [name, value] of Object.entries(request.headers)) page.setRequestHeader(name, value);
    page.upload.onprogress = ({ loaded, total }) => request.onProgress?.({ loaded, total });
    page.onload = () => resolve({ status: page.status, headers: readHeaders(page), body: page.response as Blob });
    page.onabort = () => reject(signal.reason);
    page.onerror = () => reject(new TypeError('The request failed.'));
    page.onloadend = () => signal.removeEventListener('abort', abort);
    page.send(request.body);
  });
}

function readHeaders(page: PageRequest): Headers {
  const headers = new Headers();
  for (const line of page.getAllResponseHeaders().trim().split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) headers.append(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  return headers;
}
