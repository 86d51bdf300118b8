/** A signal that fires when the client is gone or the server stops. Of the response: a socket lives for many requests. */
import type { FastifyReply } from 'fastify';

/** Not AbortSignal.any: on Node 20 the signal that lives on keeps a trace of each that was made of it. */
export function abortOnHangUp(reply: FastifyReply, stopping: AbortSignal): AbortSignal {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  stopping.addEventListener('abort', abort);
  reply.raw.once('close', () => {
    stopping.removeEventListener('abort', abort);
    abort();
  });
  if (stopping.aborted) abort();
  return controller.signal;
}
