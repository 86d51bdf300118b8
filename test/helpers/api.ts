/** A client that holds every answer it gets to the server's own OpenAPI document, and to what the contract says of all. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { expect } from 'vitest';
import type { JobBody } from '../../src/contract/schemas.ts';
import { type Installation, PHOTOS, until } from './server.ts';

export type Answer = {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Buffer;
  /** The media type, without its parameters. */
  readonly type: string;
  json<T = Record<string, unknown>>(): T;
};

export type Call = Omit<RequestInit, 'headers'> & {
  /** Sent as `Authorization: Bearer`. */
  readonly key?: string;
  readonly headers?: Record<string, string>;
};

type Operation = {
  readonly tags: readonly string[];
  readonly security: readonly unknown[];
  readonly responses: Record<
    string,
    {
      readonly headers?: Record<string, unknown>;
      readonly content?: Record<string, { readonly schema?: unknown }>;
    }
  >;
};
export type Document = { readonly paths: Record<string, Record<string, Operation>> };
type Contract = { readonly document: Document; validatorOf(pointer: readonly string[]): ValidateFunction };

const contracts = new Map<string, Promise<Contract>>();

async function loadContract(url: string): Promise<Contract> {
  const document = (await (await fetch(`${url}/openapi.json`)).json()) as Document;
  // The document has keywords of OpenAPI beside those of JSON Schema.
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  formats.default(ajv);
  // Its pattern stands beside it.
  ajv.addFormat('base64', true);
  ajv.addSchema(document, 'openapi');
  return {
    document,
    validatorOf(pointer) {
      const escaped = pointer.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1')));
      const validate = ajv.getSchema(`openapi#/${escaped.join('/')}`);
      if (!validate) throw new Error(`the OpenAPI document has nothing at ${pointer.join(' ')}`);
      return validate;
    },
  };
}

function contractOf(url: string): Promise<Contract> {
  const known = contracts.get(url) ?? loadContract(url);
  contracts.set(url, known);
  return known;
}

/** Sends one request and checks its answer. `route` is an address of the server, with its query. */
export async function call(server: { readonly url: string }, route: string, init: Call = {}): Promise<Answer> {
  const { key, headers, ...rest } = init;
  const authorization: Record<string, string> = key === undefined ? {} : { Authorization: `Bearer ${key}` };
  const response = await fetch(server.url + route, { ...rest, headers: { ...authorization, ...headers } });
  const bytes = Buffer.from(await response.arrayBuffer());
  const answer: Answer = {
    status: response.status,
    headers: response.headers,
    bytes,
    type: (response.headers.get('content-type') ?? '').split(';')[0] ?? '',
    json: <T>() => JSON.parse(String(bytes)) as T,
  };
  await expectToFit(server.url, route, (init.method ?? 'GET').toUpperCase(), answer);
  return answer;
}

/** They are the documentation. */
const UNDOCUMENTED = ['/openapi.json', '/docs'];

/** The checks of `call`, for an answer that came another way. */
export async function expectToFit(url: string, route: string, method: string, answer: Answer): Promise<void> {
  const contract = await contractOf(url);
  expectCommonHeaders(answer);
  const isOptions = method === 'OPTIONS';
  if (isOptions && answer.status === 204) return;
  if (UNDOCUMENTED.includes(route) && answer.status < 400) return;
  const documented = findOperation(contract.document, route, method === 'HEAD' ? 'get' : method.toLowerCase());
  if (answer.status >= 400) expectErrorBody(answer, method);
  if (documented === 'no such path') expect(answer.status).toBe(UNDOCUMENTED.includes(route) ? 405 : 404);
  else if (documented === 'no such method') expect(answer.status).toBe(405);
  else expectDocumented(contract, documented, method, answer);
}

function expectCommonHeaders({ headers }: Answer): void {
  expect(headers.get('x-request-id')).toMatch(/^[A-Za-z0-9._-]{1,64}$/);
  expect(headers.get('access-control-allow-origin')).toBe('*');
  expect(headers.get('access-control-allow-credentials')).toBeNull();
  expect(headers.get('access-control-expose-headers')).toContain('X-Request-Id');
}

/** A stack, a path, SQL, or the text of a library. */
const INTERNALS =
  /\bat .+:\d+|node_modules|\/(src|tmp|home|root)\/|\bselect\b.+\bfrom\b|vips|sharp|fastify|busboy|FST_|ENOENT/i;

function expectErrorBody(answer: Answer, method: string): void {
  if (method === 'HEAD' || answer.status === 503) return;
  expect(['application/json', 'application/problem+json']).toContain(answer.type);
  const body = answer.json<{ code: string; message?: string; detail?: string; requestId: string }>();
  expect(body.requestId).toBe(answer.headers.get('x-request-id'));
  const sentence = body.message ?? body.detail ?? '';
  expect(sentence).toMatch(/^[A-Z].{8,}\.$/s);
  expect(sentence).not.toMatch(INTERNALS);
}

type Documented = { readonly pattern: string; readonly method: string; readonly operation: Operation };

function findOperation(
  document: Document,
  route: string,
  method: string,
): Documented | 'no such path' | 'no such method' {
  const [pathname] = route.split('?');
  const pattern = Object.keys(document.paths).find((known) =>
    new RegExp(`^${known.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(pathname ?? ''),
  );
  if (pattern === undefined) return 'no such path';
  const operation = document.paths[pattern]?.[method];
  return operation ? { pattern, method, operation } : 'no such method';
}

function expectDocumented(contract: Contract, documented: Documented, httpMethod: string, answer: Answer): void {
  const { pattern, method, operation } = documented;
  const name = `${httpMethod} ${pattern} → ${answer.status}`;
  const response = operation.responses[String(answer.status)];
  expect(response, `${name} is documented`).toBeDefined();
  // Whoever was let in is told the state of the bucket, on every answer.
  if (operation.security.length > 0 && answer.status !== 401 && answer.status !== 503) expectRateHeaders(answer);
  const missing = Object.keys(response?.headers ?? {}).filter((header) => !answer.headers.has(header));
  expect(missing, `${name} has its documented headers`).toEqual([]);
  if (httpMethod === 'HEAD') return;
  if (answer.bytes.length === 0) {
    expect(response?.content, `${name} may be empty`).toBeUndefined();
    return;
  }
  expect(Object.keys(response?.content ?? {}), `${name} has a documented type`).toContain(answer.type);
  if (!response?.content?.[answer.type]?.schema) return;
  const place = ['paths', pattern, method, 'responses', String(answer.status), 'content', answer.type, 'schema'];
  const validate = contract.validatorOf(place);
  const isFitting = validate(answer.json());
  expect(isFitting ? [] : validate.errors, `the body of ${name}`).toEqual([]);
}

function expectRateHeaders({ headers }: Answer): void {
  expect(headers.get('x-ratelimit-limit')).toMatch(/^\d+$/);
  expect(headers.get('x-ratelimit-remaining')).toMatch(/^\d+$/);
  expect(headers.get('x-ratelimit-reset')).toMatch(/^\d{10}$/);
  expect(headers.get('ratelimit')).toMatch(/^"second";r=\d+;t=\d+$/);
  expect(headers.get('ratelimit-policy')).toMatch(/^"second";q=\d+;w=1, "month";q=\d+;w=\d+$/);
}

export async function fetchDocument(server: { readonly url: string }): Promise<Document> {
  return (await contractOf(server.url)).document;
}

export const readPhoto = (name: string): Promise<Buffer> => readFile(path.join(PHOTOS, name));

export type FormFile = {
  readonly bytes: Uint8Array;
  readonly field?: string;
  readonly name?: string;
  readonly type?: string;
};

/** A multipart body with a picture under `file`, unless `field` says otherwise, and with these other fields. */
export function createForm(file: FormFile | undefined, fields: Readonly<Record<string, string>> = {}): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  if (file) {
    const blob = new Blob([new Uint8Array(file.bytes)], { type: file.type ?? 'image/jpeg' });
    form.append(file.field ?? 'file', blob, file.name ?? 'image.jpg');
  }
  return form;
}

/** Sends `bytes` as a form. */
export async function remove(
  server: { readonly url: string },
  key: string,
  bytes: Uint8Array,
  {
    query = '',
    fields = {},
    ...init
  }: Call & { readonly query?: string; readonly fields?: Record<string, string> } = {},
): Promise<Answer> {
  return await call(server, `/v1/remove${query}`, {
    method: 'POST',
    key,
    body: createForm({ bytes }, fields),
    ...init,
  });
}

export const errorOf = (answer: Answer) => ({ status: answer.status, code: answer.json<{ code: string }>().code });

export const jobOf = (answer: Answer): JobBody => answer.json<{ job: JobBody }>().job;

/** Waits until the job has ended, and returns it. */
export async function waitForEnd(
  server: { readonly url: string },
  key: string,
  id: string,
): Promise<Exclude<JobBody, { status: 'processing' }>> {
  return await until('the job ends', async () => {
    const job = jobOf(await call(server, `/v1/status/${id}?wait=30`, { key }));
    return job.status !== 'processing' && job;
  });
}

type AccountLimits = { readonly monthly?: number; readonly rps?: number; readonly maxFileSize?: number };

/** An enterprise account of these limits, and a live key of it. */
export async function createEnterprise(
  installation: Installation,
  name: string,
  limits: AccountLimits = {},
): Promise<string> {
  const key = await installation.createKey('--plan', 'enterprise', '--account', name);
  const flags = Object.entries(limits).flatMap(([limit, value]) => [
    limit === 'maxFileSize' ? '--max-file-size' : `--${limit}`,
    String(value),
  ]);
  if (flags.length > 0) await installation.run('accounts', 'set-limits', name, ...flags);
  return key;
}
