/** What ends an answer that takes long: the client is gone, or the server stops. */
import type { FastifyReply } from 'fastify';

/** Of the response: a socket lives for many requests. */
export function abortOnHangUp(reply: FastifyReply, stopping: AbortSignal): AbortSignal {
  return controlHangUp(reply, stopping).signal;
}

/**
 * For whoever may have another reason to end it. Not AbortSignal.any: on Node 20 the signal that lives on keeps a trace of
 * each that was made of it.
 */
export function controlHangUp(reply: FastifyReply, stopping: AbortSignal): AbortController {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  // Of a caller who hung up already, no end of the answer is to come.
  if (stopping.aborted || reply.raw.destroyed) {
    abort();
    return controller;
  }
  stopping.addEventListener('abort', abort);
  reply.raw.once('close', () => {
    stopping.removeEventListener('abort', abort);
    abort();
  });
  return controller;
}
