/** The picture that a request names by its URL, on the local disk. */
import { open } from 'node:fs/promises';
import type { FastifyRequest } from 'fastify';
import { type ErrorCode, RemuvrError } from '../domain/errors.ts';
import type { ServiceContext } from '../services/context.ts';
import { HEAD_BYTES, tooLarge } from './receive-picture.ts';

type SourceRequest = {
  readonly ctx: ServiceContext;
  readonly request: FastifyRequest;
  readonly url: string;
  readonly path: string;
  readonly maxFileSize: number;
};

const CODES = { refused: 'invalid_source_url', failed: 'source_unavailable' } as const satisfies Record<
  string,
  ErrorCode
>;

/** Returns the first bytes. Throws `invalid_source_url`, `source_unavailable` or `file_too_large`. */
export async function fetchSource({ ctx, request, url, path, maxFileSize }: SourceRequest): Promise<Uint8Array> {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  // Of the socket: a request is closed when it has been read.
  const { socket } = request.raw;
  socket.once('close', abort);
  try {
    const outcome = await ctx.sources.fetch({ url, path, maxBytes: maxFileSize, signal: controller.signal });
    if (outcome === 'too_large') throw tooLarge(maxFileSize);
    if (outcome !== 'fetched') throw new RemuvrError(CODES[outcome]);
    return await readHead(path);
  } finally {
    socket.off('close', abort);
  }
}

async function readHead(path: string): Promise<Uint8Array> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
