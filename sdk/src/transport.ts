/** Requests with a deadline, and retries of what may be sent again. */
import { RemuvrError, readError } from './errors.ts';
import { type Answer, exchange, type Fetch, type Progress, type Request } from './exchange.ts';

export type CallOptions = {
  readonly signal?: AbortSignal | undefined;
  /** For the whole call, its retries and its waiting included. */
  readonly timeoutMs?: number | undefined;
};
export type UploadOptions = CallOptions & {
  /** Called from 0 again where the request is sent again. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** Calls of one key are one removal, charged once. Without it each call has a key of its own. */
  readonly idempotencyKey?: string | undefined;
};

/** Runs `work` with a signal that ends with the caller's own, or when the time is up. */
export async function withDeadline<T>(
  { signal: given, timeoutMs }: CallOptions,
  fallbackMs: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  given?.throwIfAborted();
  const ms = timeoutMs ?? fallbackMs;
  const ending = new AbortController();
  const follow = () => ending.abort(given?.reason);
  const timer = setTimeout(() => ending.abort(new RemuvrError('timeout', `There was no answer in ${ms} ms.`)), ms);
  given?.addEventListener('abort', follow, { once: true });
  try {
    return await work(ending.signal);
  } finally {
    clearTimeout(timer);
    given?.removeEventListener('abort', follow);
  }
}

export type RetrySettings = { readonly retries: number; readonly fetch: Fetch };

/** Every request of this client may be sent twice: a GET changes nothing, and a POST has its Idempotency-Key. */
export async function send(request: Request, settings: RetrySettings, signal: AbortSignal): Promise<Answer> {
  for (let attempt = 0; ; attempt++) {
    const outcome = await tryOnce(request, settings.fetch, signal);
    if (!(outcome instanceof RemuvrError)) return outcome;
    const delayMs = attempt < settings.retries ? chooseDelay(outcome, attempt) : undefined;
    if (delayMs === undefined) throw outcome;
    await sleep(delayMs, signal);
  }
}

async function tryOnce(request: Request, fetcher: Fetch, signal: AbortSignal): Promise<Answer | RemuvrError> {
  try {
    const answer = await exchange(request, fetcher, signal);
    return answer.status < 400 ? answer : await readError(answer.status, answer.headers, answer.body);
  } catch (cause) {
    signal.throwIfAborted();
    return new RemuvrError('network_error', `${new URL(request.url).origin} cannot be reached.`, { cause });
  }
}

const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 8_000;
/** A quota comes back at the end of the month: nobody waits for that inside of a call. */
const LONGEST_RETRY_AFTER_SECONDS = 60;
const PASSING = [429, 502, 503, 504];

/** Undefined where another attempt would not help. Jitter, for clients that were refused together come back apart. */
function chooseDelay({ code, status, retryAfter = 0 }: RemuvrError, attempt: number): number | undefined {
  const isPassing = code === 'network_error' || (status !== undefined && PASSING.includes(status));
  if (!isPassing || code === 'quota_exceeded' || retryAfter > LONGEST_RETRY_AFTER_SECONDS) return undefined;
  const ceiling = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** attempt);
  return retryAfter * 1000 + (ceiling / 2) * (1 + Math.random());
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const wake = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', wake);
      resolve();
    }, ms);
    signal.addEventListener('abort', wake, { once: true });
    if (signal.aborted) wake();
  });
}
