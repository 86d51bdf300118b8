/**
 * Fetches a picture that a stranger names, and lets him reach nothing by it that he could not reach himself: each host is
 * resolved once, every address of it is judged, and the connection goes to what was judged, so that a name cannot lead
 * elsewhere the second time (DNS rebinding). A redirect is a new URL, judged like the first.
 */
import { type LookupAddress, promises as resolver } from 'node:dns';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { isPublicAddress } from '../domain/public-address.ts';
import { decideSourceHost, type SourceHosts } from '../domain/source-hosts.ts';
import type { SourceFetcher, SourceOrder, SourceOutcome } from '../ports/source-fetcher.ts';

export type GuardedFetchOptions = {
  readonly hosts: SourceHosts;
  readonly resolve?: (hostname: string) => Promise<readonly LookupAddress[]>;
  readonly timeoutMs?: number;
};

const MAX_REDIRECTS = 3;
const REDIRECTS = [301, 302, 303, 307, 308];
/** A picture of 50 MB takes this long at 1.7 MB a second. */
const TIMEOUT_MS = 30_000;
/** Without a byte; also the most that a connection may take. */
const SILENCE_MS = 10_000;
const LONGEST_URL = 8192;

export function createGuardedFetch(options: GuardedFetchOptions): SourceFetcher {
  return {
    async fetch(order) {
      const late = AbortSignal.timeout(options.timeoutMs ?? TIMEOUT_MS);
      const controller = new AbortController();
      const stop = (): void => controller.abort();
      for (const signal of [late, order.signal]) {
        if (signal.aborted) stop();
        signal.addEventListener('abort', stop);
      }
      try {
        return await follow(options, { ...order, signal: controller.signal });
      } catch {
        return 'failed';
      } finally {
        for (const signal of [late, order.signal]) signal.removeEventListener('abort', stop);
        controller.abort();
      }
    },
  };
}

async function follow(options: GuardedFetchOptions, order: SourceOrder): Promise<SourceOutcome> {
  let { url: text } = order;
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const url = parseUrl(text);
    const verdict = url ? decideSourceHost(options.hosts, url) : 'refused';
    // Of a redirect nobody is told: where it leads is the affair of the one who answered it.
    if (!url || verdict === 'refused') return redirects === 0 ? 'refused' : 'failed';
    const literal = url.hostname.replace(/^\[|\]$/g, '');
    if (verdict === 'public' && isIP(literal) && !isPublicAddress(literal))
      return redirects === 0 ? 'refused' : 'failed';
    const addresses = isIP(literal)
      ? [{ address: literal, family: isIP(literal) }]
      : await resolve(options, literal, order.signal);
    if (addresses.length === 0) return 'failed';
    if (verdict === 'public' && !addresses.every(({ address }) => isPublicAddress(address))) return 'failed';
    const response = await request(url, addresses, order.signal);
    const location = response.headers.location;
    if (!REDIRECTS.includes(response.statusCode ?? 0) || location === undefined) return await keep(response, order);
    response.destroy();
    text = URL.canParse(location, url.href) ? new URL(location, url.href).href : '';
  }
  return 'failed';
}

const parseUrl = (text: string): URL | undefined =>
  text.length <= LONGEST_URL && URL.canParse(text) ? new URL(text) : undefined;

/** A question to the resolver cannot be taken back; its answer is no longer waited for. */
async function resolve(options: GuardedFetchOptions, hostname: string, signal: AbortSignal) {
  const ask = options.resolve ?? ((name) => resolver.lookup(name, { all: true, verbatim: true }));
  const aborted = new Promise<never>((_, fail) => {
    signal.addEventListener('abort', () => fail(new Error('the time is up')), { once: true });
  });
  return await Promise.race([ask(hostname), aborted]);
}

/** The connection asks for no name again: it is given the addresses that were judged. */
function pin(addresses: readonly LookupAddress[]): LookupFunction {
  const [first = { address: '', family: 4 }] = addresses;
  return (_hostname, { all }, done) => (all ? done(null, [...addresses]) : done(null, first.address, first.family));
}

async function request(
  url: URL,
  addresses: readonly LookupAddress[],
  signal: AbortSignal,
): Promise<http.IncomingMessage> {
  const { request: open } = url.protocol === 'https:' ? https : http;
  return await new Promise((done, fail) => {
    const asked = open(url, {
      lookup: pin(addresses),
      // One connection for one picture: a pool would keep it for a name whose addresses were judged for another.
      agent: false,
      signal,
      timeout: SILENCE_MS,
      headers: { Accept: 'image/*', 'Accept-Encoding': 'identity', 'User-Agent': 'Remuvr', Connection: 'close' },
    });
    asked.once('response', done);
    asked.once('timeout', () => asked.destroy(new Error('the other side is silent')));
    asked.once('error', fail);
    asked.end();
  });
}

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
  try {
    await pipeline(response, count, createWriteStream(path, { flags: 'wx' }), { signal });
    return 'fetched';
  } catch {
    await rm(path, { force: true });
    return size > maxBytes ? 'too_large' : 'failed';
  }
}
