/** Answers as server-sent events: how many may be open, when they end, and how they are written. */
import { PassThrough } from 'node:stream';
import type { FastifyBaseLogger, FastifyReply, FastifyRequest } from 'fastify';
import { RemuvrError } from '../../domain/errors.ts';
import { type DashboardParts, sessionHeaders } from './guards.ts';

/** A browser opens six connections to a host that speaks HTTP/1.1; two windows are more than one page needs. */
const MOST_STREAMS = 8;
const RETRY_SECONDS = 5;

/** Counted by this server alone: what it bounds is this server's memory. */
export function createStreamGate() {
  const open = new Map<string, number>();
  return {
    /** Until the answer ends. Throws `rate_limit_exceeded`. */
    enter(accountId: string, { raw }: Pick<FastifyReply, 'raw'>): void {
      // Whoever hung up while the session was looked up: no end of the answer is to come.
      if (raw.destroyed) return;
      const count = open.get(accountId) ?? 0;
      if (count >= MOST_STREAMS) {
        const sentence = `An account has at most ${MOST_STREAMS} streams of events open; close one first.`;
        throw new RemuvrError('rate_limit_exceeded', sentence, { retryAfterSeconds: RETRY_SECONDS });
      }
      open.set(accountId, count + 1);
      raw.once('close', () => {
        const left = (open.get(accountId) ?? 1) - 1;
        if (left > 0) open.set(accountId, left);
        else open.delete(accountId);
      });
    },
  };
}

/** A session that is revoked sees no more than this of what comes after. */
const SESSION_CHECK_MS = 2_000;

/** Ends the stream soon after its session has ended, however that came. Where the database is away, it goes on. */
export function endWithSession(parts: {
  identity: DashboardParts['identity'];
  request: FastifyRequest;
  ending: AbortController;
}): void {
  const { identity, request, ending } = parts;
  const check = async (): Promise<void> => {
    if (!(await (await identity()).hasSession(sessionHeaders(request)))) ending.abort();
  };
  const timer = setInterval(
    () => void check().catch((error) => request.log.warn({ err: error }, 'a session could not be checked')),
    SESSION_CHECK_MS,
  );
  ending.signal.addEventListener('abort', () => clearInterval(timer), { once: true });
  if (ending.signal.aborted) clearInterval(timer);
}

/** Proxies close what is silent for a minute. */
const HEARTBEAT_MS = 15_000;

/** Each as an event named `state`, `first` before those that come. Whoever hangs up must end `states` by its signal. */
export function streamEvents<T>(
  first: T,
  states: AsyncIterable<T>,
  view: (state: T) => object,
  log: FastifyBaseLogger,
): PassThrough {
  const stream = new PassThrough();
  const send = (state: T): unknown => stream.write(`event: state\ndata: ${JSON.stringify(view(state))}\n\n`);
  const heartbeat = setInterval(() => stream.write(': still here\n\n'), HEARTBEAT_MS);
  const pump = async (): Promise<void> => {
    send(first);
    for await (const state of states) send(state);
  };
  pump()
    .catch((error: unknown) => log.warn({ err: error }, 'a stream of events was broken off'))
    .finally(() => {
      clearInterval(heartbeat);
      stream.end();
    });
  return stream;
}
