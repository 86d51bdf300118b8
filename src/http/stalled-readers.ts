/** Who takes nothing of an answer for so long holds a connection and a file, and is cut off; who reads slowly is not. */
import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';

export function cutOffStalledReaders(app: FastifyInstance, seconds: number): void {
  app.addHook('onSend', async (_request, reply, payload) => {
    // Other answers fit into the buffers of the system, and a stream of events has pauses of its own.
    const isEndless = String(reply.getHeader('content-type')).startsWith('text/event-stream');
    // Node counts from the last bytes that were taken, and forgets it with the answer.
    if (payload instanceof Readable && !isEndless) reply.raw.setTimeout(seconds * 1000, () => reply.raw.destroy());
  });
}
