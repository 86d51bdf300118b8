/** Answers what never became a request: bytes that are no HTTP, headers too large, a body that did not come in time. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { ERROR_MESSAGES, RemuvrError } from '../domain/errors.ts';
import { EXPOSED_HEADERS } from './cors.ts';
import { errorBodyOf, statusOf } from './errors.ts';

const REASONS: Readonly<Record<number, string>> = { 400: 'Bad Request', 408: 'Request Timeout' };

const MESSAGES: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: 'The headers of the request are larger than 16 kB.',
};

const answers = new WeakMap<Socket, ServerResponse>();

/** To be told of every request, so that none gets an answer in the middle of another. */
export function noteAnswer({ socket }: IncomingMessage, answer: ServerResponse): void {
  answers.set(socket, answer);
}

/** Bytes alone tell nothing: 100 Continue was sent, or an earlier answer on the same connection. */
function hasAnswered(socket: Socket): boolean {
  const answer = answers.get(socket);
  return answer?.headersSent === true && !(answer.writableFinished && answer.req.complete);
}

/** For whoever still writes to read the answer first. */
const LAST_WORDS_MS = 1_000;

export function answerClientError(error: Error & { code?: string }, socket: Socket): void {
  // The other side is gone, or an answer is already on its way.
  if (error.code === 'ECONNRESET' || !socket.writable || hasAnswered(socket)) {
    socket.destroy(error);
    return;
  }
  const isLate = error.code === 'ERR_HTTP_REQUEST_TIMEOUT';
  const code = isLate ? 'request_timeout' : 'invalid_parameter';
  const message = isLate
    ? ERROR_MESSAGES.request_timeout
    : (MESSAGES[error.code ?? ''] ?? 'The request is not well-formed HTTP.');
  const requestId = randomUUID();
  const body = JSON.stringify(errorBodyOf(new RemuvrError(code, message), requestId));
  const head = [
    `HTTP/1.1 ${statusOf(code)} ${REASONS[statusOf(code)] ?? 'Bad Request'}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Request-Id: ${requestId}`,
    'Access-Control-Allow-Origin: *',
    `Access-Control-Expose-Headers: ${EXPOSED_HEADERS}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
  // Who goes on sending all the same would hold its request, its place among the uploads and its file for as long.
  setTimeout(() => socket.destroy(), LAST_WORDS_MS).unref();
}
