/**
 * One request to a host that a stranger names: the host is resolved once, every address of it is judged, and the
 * connection goes to what was judged, so that a name cannot lead elsewhere the second time (DNS rebinding).
 */
import { type LookupAddress, promises as resolver } from 'node:dns';
import http from 'node:http';
import https from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { isPublicAddress } from '../../domain/public-address.ts';
import { decideSourceHost, type SourceHosts } from '../../domain/source-hosts.ts';

export type HostGuard = {
  readonly hosts: SourceHosts;
  readonly resolve?: (hostname: string) => Promise<readonly LookupAddress[]>;
};

/** Where the connection may go. `refused`: what the URL itself says rules it out. `failed`: where its name leads. */
export async function judgeHost(
  guard: HostGuard,
  url: URL,
  signal: AbortSignal,
): Promise<readonly LookupAddress[] | 'refused' | 'failed'> {
  const verdict = decideSourceHost(guard.hosts, url);
  if (verdict === 'refused') return 'refused';
  const literal = url.hostname.replace(/^\[|\]$/g, '');
  if (verdict === 'public' && isIP(literal) && !isPublicAddress(literal)) return 'refused';
  const addresses = isIP(literal)
    ? [{ address: literal, family: isIP(literal) }]
    : await resolve(guard, literal, signal);
  if (addresses.length === 0) return 'failed';
  if (verdict === 'public' && !addresses.every(({ address }) => isPublicAddress(address))) return 'failed';
  return addresses;
}

/** A question to the resolver cannot be taken back; its answer is no longer waited for. */
async function resolve(guard: HostGuard, hostname: string, signal: AbortSignal) {
  const ask = guard.resolve ?? ((name) => resolver.lookup(name, { all: true, verbatim: true }));
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

export type GuardedRequest = {
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Without a byte; also the most that a connection may take. */
  readonly silenceMs?: number;
  readonly signal: AbortSignal;
};

export async function openRequest(
  url: URL,
  addresses: readonly LookupAddress[],
  { method, headers, body, silenceMs, signal }: GuardedRequest,
): Promise<http.IncomingMessage> {
  const { request: open } = url.protocol === 'https:' ? https : http;
  return await new Promise((done, fail) => {
    const asked = open(url, {
      method,
      lookup: pin(addresses),
      // One connection for one request: a pool would keep it for a name whose addresses were judged for another.
      agent: false,
      signal,
      ...(silenceMs === undefined ? {} : { timeout: silenceMs }),
      headers: { 'Accept-Encoding': 'identity', 'User-Agent': 'Remuvr', Connection: 'close', ...headers },
    });
    asked.once('response', done);
    asked.once('timeout', () => asked.destroy(new Error('the other side is silent')));
    asked.once('error', fail);
    asked.end(body);
  });
}

/** Runs `work` with a signal that ends when the time is up, or with the caller's own, and in any case afterwards. */
export async function withinTime<T>(
  ms: number,
  given: AbortSignal,
  work: (signal: AbortSignal, isLate: () => boolean) => Promise<T>,
): Promise<T> {
  const late = AbortSignal.timeout(ms);
  const controller = new AbortController();
  const stop = (): void => controller.abort();
  for (const signal of [late, given]) {
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop);
  }
  try {
    return await work(controller.signal, () => late.aborted);
  } finally {
    for (const signal of [late, given]) signal.removeEventListener('abort', stop);
    controller.abort();
  }
}
