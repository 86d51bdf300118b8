/** The client: a removal, its jobs, the account. */
import type { Auth, Job, RemovalFields, Usage } from './api-types.ts';
import { RemuvrError } from './errors.ts';
import type { Answer, Fetch, Progress } from './exchange.ts';
import { encodeForm, type Field, type FieldValue } from './form.ts';
import { describePicture, type PictureInput } from './input.ts';
import { RemovalResult, readResult } from './result.ts';
import { type CallOptions, send, type UploadOptions, withDeadline } from './transport.ts';

export type RemuvrSettings = {
  readonly key: string;
  /** Where the server is, `http://localhost:8080` without it. */
  readonly baseUrl?: string | undefined;
  /** For one call in all, 5 minutes without it. */
  readonly timeoutMs?: number | undefined;
  /** Attempts after the first, 3 without it. */
  readonly retries?: number | undefined;
  /** In place of the runtime's own. */
  readonly fetch?: Fetch | undefined;
};

/** What the server takes, those of a newer one included; a Blob is sent as a file. */
export type RemovalOptions = RemovalFields & { readonly [name: string]: FieldValue | undefined };

export type CompletedJob = Extract<Job, { status: 'completed' }>;

const FIVE_MINUTES_MS = 300_000;
/** Less than the minute after which proxies give up on a silent answer. */
const WAIT_SECONDS = 25;

export class Remuvr {
  /** Removals that go on without the caller. */
  readonly jobs: Jobs;
  readonly #connection: Connection;

  constructor(settings: RemuvrSettings) {
    this.#connection = new Connection(settings);
    this.jobs = new Jobs(this.#connection);
  }

  /** Resolves with the result, also where the server answers with a job: then it is waited for. */
  async remove(input: PictureInput, options: RemovalOptions = {}, call: UploadOptions = {}): Promise<RemovalResult> {
    return await this.#connection.call(call, async (signal) => {
      const answer = await this.#connection.upload(input, options, call, signal);
      if (answer.status !== 202) return readResult(answer.body, answer.headers);
      const { job } = await parse<{ job: Job }>(answer);
      return await this.jobs.result(await this.jobs.wait(job.id, { signal }), { signal });
    });
  }

  /** The month's removals and the limits. */
  async usage(call: CallOptions = {}): Promise<Usage> {
    const { usage } = await this.#connection.get<{ usage: Usage }>('/v1/usage', call);
    return usage;
  }

  /** Whether the key is good: it throws `invalid_api_key` where it is not. */
  async auth(call: CallOptions = {}): Promise<Auth> {
    return await this.#connection.get<Auth>('/v1/auth', call);
  }
}

class Jobs {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** `webhookUrl` is told when the job has ended. */
  async create(
    input: PictureInput,
    options: RemovalOptions = {},
    call: UploadOptions & { readonly webhookUrl?: string | undefined } = {},
  ): Promise<Job> {
    return await this.#connection.call(call, async (signal) => {
      const answer = await this.#connection.upload(
        input,
        { ...options, async: true, webhook_url: call.webhookUrl },
        call,
        signal,
      );
      return (await parse<{ job: Job }>(answer)).job;
    });
  }

  async get(id: string, call: CallOptions = {}): Promise<Job> {
    return await this.#ask(id, 0, call);
  }

  /** Resolves when the job is completed; throws with the code of its error where it failed. */
  async wait(id: string, call: CallOptions = {}): Promise<CompletedJob> {
    return await this.#connection.call(call, async (signal) => {
      for (;;) {
        const job = await this.#ask(id, WAIT_SECONDS, { signal });
        if (job.status === 'completed') return job;
        if (job.status === 'failed') throw new RemuvrError(job.error.code, job.error.message);
      }
    });
  }

  /** Fetches the result of a job by its link, which needs no key. */
  async result(job: CompletedJob, call: CallOptions = {}): Promise<RemovalResult> {
    const { body, headers } = await this.#connection.fetchLink(job.result, call);
    const { jobId: _, confidence: __, ...facts } = readResult(body, headers);
    return new RemovalResult(body, { ...facts, jobId: job.id, confidence: job.confidence });
  }

  async #ask(id: string, seconds: number, call: CallOptions): Promise<Job> {
    const query = seconds > 0 ? `?wait=${seconds}` : '';
    const { job } = await this.#connection.get<{ job: Job }>(`/v1/status/${encodeURIComponent(id)}${query}`, call);
    return job;
  }
}

/** One server and one key. */
class Connection {
  readonly #key: string;
  readonly #baseUrl: string;
  readonly #timeoutMs: number;
  readonly #settings: { readonly retries: number; readonly fetch: Fetch };

  constructor({ key, baseUrl = 'http://localhost:8080', timeoutMs, retries = 3, fetch: fetcher }: RemuvrSettings) {
    if (!key) throw new RemuvrError('invalid_input', 'A key is needed: new Remuvr({ key, baseUrl }).');
    if (!URL.canParse(baseUrl)) throw new RemuvrError('invalid_input', `"${baseUrl}" is not the URL of a server.`);
    this.#key = key;
    this.#baseUrl = baseUrl.replace(/\/+$/, '');
    this.#timeoutMs = timeoutMs ?? FIVE_MINUTES_MS;
    // Called as a member, the fetch of a browser refuses to work.
    this.#settings = { retries, fetch: fetcher ?? ((url, init) => fetch(url, init)) };
  }

  async call<T>(call: CallOptions, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return await withDeadline(call, this.#timeoutMs, work);
  }

  async get<T>(path: string, call: CallOptions): Promise<T> {
    const request = { method: 'GET', url: this.#baseUrl + path, headers: this.#authorization() } as const;
    return await this.call(call, async (signal) => await parse<T>(await send(request, this.#settings, signal)));
  }

  async fetchLink(url: string, call: CallOptions): Promise<Answer> {
    const request = { method: 'GET', url, headers: {} } as const;
    return await this.call(call, (signal) => send(request, this.#settings, signal));
  }

  async upload(
    input: PictureInput,
    options: RemovalOptions,
    { idempotencyKey = randomKey(), onProgress }: UploadOptions,
    signal: AbortSignal,
  ): Promise<Answer> {
    const given = Object.entries(options).flatMap(([name, value]): Field[] =>
      value === undefined ? [] : [{ name, value }],
    );
    const { body, type } = encodeForm([...given, await describePicture(input)], `remuvr-${randomKey()}`);
    const headers = { ...this.#authorization(), 'Content-Type': type, 'Idempotency-Key': idempotencyKey };
    const request = { method: 'POST', url: `${this.#baseUrl}/v1/remove`, headers, body, onProgress } as const;
    return await send(request, this.#settings, signal);
  }

  #authorization(): Record<string, string> {
    return { Authorization: `Bearer ${this.#key}` };
  }
}

async function parse<T>({ status, body }: Answer): Promise<T> {
  try {
    return JSON.parse(await body.text()) as T;
  } catch (cause) {
    throw new RemuvrError('unexpected_answer', 'The server did not answer in JSON.', { status, cause });
  }
}

/** Not randomUUID, which a page has over https alone. */
function randomKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export type { Fetch, Progress };
