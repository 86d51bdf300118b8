/** A signal that fires when the client is gone or the server stops. Of the response, not the socket: a socket lives for many requests. */
import type { FastifyReply } from 'fastify';

export function abortOnHangUp(reply: FastifyReply, stopping: AbortSignal): AbortSignal {
  const controller = new AbortController();
  reply.raw.once('close', () => controller.abort());
  return AbortSignal.any([controller.signal, stopping]);
}
