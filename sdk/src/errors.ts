/** What goes wrong, as one class: `code` is what a program decides by, the message is for people. */
import type { ErrorCode } from './api-types.ts';

/** Codes of this client, beside those of the server. */
export type ClientErrorCode = 'network_error' | 'timeout' | 'invalid_input' | 'unexpected_answer' | 'invalid_webhook';

export type ErrorFacts = {
  readonly status?: number | undefined;
  readonly requestId?: string | undefined;
  readonly retryAfter?: number | undefined;
  readonly cause?: unknown;
};

export class RemuvrError extends Error {
  /** Those of docs/errors.md and of ClientErrorCode; a newer server may have others. */
  readonly code: ErrorCode | ClientErrorCode | (string & {});
  /** Of the answer; undefined where none came. */
  readonly status: number | undefined;
  /** Tell it to whoever runs the server: it is in the server's log. */
  readonly requestId: string | undefined;
  /** Seconds after which the server asks to try again. */
  readonly retryAfter: number | undefined;

  constructor(code: RemuvrError['code'], message: string, facts: ErrorFacts = {}) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.name = 'RemuvrError';
    this.code = code;
    this.status = facts.status;
    this.requestId = facts.requestId;
    this.retryAfter = facts.retryAfter;
  }
}

/** Also of an answer that is not the server's own, such as a proxy's page. */
export async function readError(status: number, headers: Headers, body: Blob): Promise<RemuvrError> {
  const told = await body.text().then(parseBody, () => ({}) as ErrorBody);
  return new RemuvrError(
    told.code ?? 'unexpected_answer',
    told.message ?? `The server answered ${status}, and not in the way of Remuvr.`,
    {
      status,
      requestId: told.requestId ?? headers.get('x-request-id') ?? undefined,
      retryAfter: readRetryAfter(headers.get('retry-after')),
    },
  );
}

type ErrorBody = { readonly code?: string; readonly message?: string; readonly requestId?: string };

function parseBody(text: string): ErrorBody {
  try {
    return (JSON.parse(text) ?? {}) as ErrorBody;
  } catch {
    return {};
  }
}

/** Seconds, or a date (RFC 9110, 10.2.3). */
function readRetryAfter(value: string | null): number | undefined {
  if (value === null || value.trim() === '') return undefined;
  const seconds = Number(value);
  if (Number.isFinite(seconds)) return Math.max(0, seconds);
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, (date - Date.now()) / 1000);
}
