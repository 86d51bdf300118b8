/**
 * Fetches a picture that a stranger names, and lets him reach nothing by it that he could not reach himself. A redirect
 * is a new URL, judged like the first.
 */

import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import type http from 'node:http';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { SourceFetcher, SourceOrder, SourceOutcome } from '../ports/source-fetcher.ts';
import { type HostGuard, judgeHost, openRequest, withinTime } from './guarded-fetch/connect.ts';

export type GuardedFetchOptions = HostGuard & { readonly timeoutMs?: number };

const MAX_REDIRECTS = 3;
const REDIRECTS = [301, 302, 303, 307, 308];
/** A picture of 50 MB takes this long at 1.7 MB a second. */
const TIMEOUT_MS = 30_000;
const SILENCE_MS = 10_000;
const LONGEST_URL = 8192;
const ASKING = { method: 'GET', headers: { Accept: 'image/*' }, silenceMs: SILENCE_MS } as const;

export function createGuardedFetch(options: GuardedFetchOptions): SourceFetcher {
  return {
    async fetch(order) {
      try {
        return await withinTime(options.timeoutMs ?? TIMEOUT_MS, order.signal, (signal) =>
          follow(options, { ...order, signal }),
        );
      } catch {
        return 'failed';
      }
    },
  };
}

async function follow(guard: HostGuard, order: SourceOrder): Promise<SourceOutcome> {
  let { url: text } = order;
  const { signal } = order;
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const url = parseUrl(text);
    const addresses = url ? await judgeHost(guard, url, signal) : 'refused';
    // Of a redirect nobody is told: where it leads is the affair of the one who answered it.
    if (!url || addresses === 'refused') return redirects === 0 ? 'refused' : 'failed';
    if (addresses === 'failed') return 'failed';
    const response = await openRequest(url, addresses, { ...ASKING, signal });
    const location = response.headers.location;
    if (!REDIRECTS.includes(response.statusCode ?? 0) || location === undefined) return await keep(response, order);
    response.destroy();
    text = URL.canParse(location, url.href) ? new URL(location, url.href).href : '';
  }
  return 'failed';
}

const parseUrl = (text: string): URL | undefined =>
  text.length <= LONGEST_URL && URL.canParse(text) ? new URL(text) : undefined;

async function keep(response: http.IncomingMessage, { path, maxBytes, signal }: SourceOrder): Promise<SourceOutcome> {
  const { statusCode, headers } = response;
  // The connection may still break after this; nobody else listens then.
  response.on('error', () => {});
  const encoding = headers['content-encoding'] ?? 'identity';
  if (statusCode !== 200 || encoding !== 'identity') {
    response.destroy();
    return 'failed';
  }
  if (Number(headers['content-length'] ?? 0) > maxBytes) {
    response.destroy();
    return 'too_large';
  }
  let size = 0;
  const count = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length;
      done(size > maxBytes ? new Error('the file is too large') : null, chunk);
    },
  });
  const file = createWriteStream(path, { flags: 'wx' });
  const closed = new Promise<void>((resolve) => file.once('close', resolve));
  try {
    await pipeline(response, count, file, { signal });
    return 'fetched';
  } catch {
    // It may be opened only after its source has broken off.
    await closed;
    await rm(path, { force: true });
    return size > maxBytes ? 'too_large' : 'failed';
  }
}
