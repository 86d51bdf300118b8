/** One way to the server: same origin, JSON in and out, every failure an `ApiError` with a sentence for people. */

export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  /** After how many seconds the server wants to be asked again. */
  readonly retryAfter: number | undefined;

  constructor(status: number, code: string, message: string, retryAfter?: number) {
    super(message);
    this.status = status;
    this.code = code;
    this.retryAfter = retryAfter;
  }
}

type Call = {
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly json?: unknown;
  readonly form?: FormData;
  readonly signal?: AbortSignal;
};

export async function call<T>(path: string, { method = 'GET', json, form, signal }: Call = {}): Promise<T> {
  const headers: Record<string, string> = { Accept: 'application/json' };
  // The server takes a change only in a type that a form of another site cannot send.
  const isJson = form === undefined && method !== 'GET';
  if (isJson) headers['Content-Type'] = 'application/json';
  const body = form ?? (isJson ? JSON.stringify(json ?? {}) : undefined);
  const init: RequestInit = { method, headers, credentials: 'same-origin' };
  if (body !== undefined) init.body = body;
  if (signal) init.signal = signal;
  const response = await fetch(path, init).catch((error: unknown) => {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new ApiError(0, 'unreachable', 'The server cannot be reached. Is it running, and are you online?');
  });
  if (response.status === 204) return undefined as T;
  const text = await response.text();
  const answer = parseJson(text);
  if (!response.ok) throw toApiError(response.status, answer, response.headers.get('Retry-After'));
  return answer as T;
}

function parseJson(text: string): unknown {
  try {
    return text === '' ? null : JSON.parse(text);
  } catch {
    return null;
  }
}

type ErrorBody = { code?: string; message?: string; error?: { code?: string; message?: string } };

/** The dashboard's routes nest the error, the public API and the sign-in routes do not. */
export function toApiError(status: number, answer: unknown, retryAfter: string | null = null): ApiError {
  const body = (answer ?? {}) as ErrorBody;
  const { code, message } = typeof body.error === 'object' ? body.error : body;
  return new ApiError(
    status,
    (code ?? 'unknown').toLowerCase(),
    message ?? `The server answered ${status}.`,
    Number(retryAfter) || undefined,
  );
}

export const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : 'Something went wrong that has no name.';
