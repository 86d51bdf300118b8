/** The OpenAPI 3.1 document, generated from the schemas that validate. */
import type { z } from 'zod';
import { DIALECT_ENDPOINTS, removebgErrorBody } from './dialect-endpoints.ts';
import { type Answer, ENDPOINTS, type Endpoint, TAGS } from './endpoints.ts';
import type { Headers } from './headers.ts';
import { describeBody } from './openapi-bodies.ts';
import { errorBody, jobEventBody, problemBody } from './schemas.ts';
import { type Json, toSchema } from './to-schema.ts';

const ERROR_TITLES: Readonly<Record<number, string>> = {
  400: 'A parameter is bad, the file is missing, the file is no picture that can be used, or `min_confidence` was not reached.',
  401: 'The API key is missing or invalid.',
  403: 'The plan does not include this, the key is not for this use, or the account is suspended.',
  404: 'There is no such thing.',
  408: 'The request did not arrive in time.',
  409: 'The idempotency key was used with another body, or the batch has pictures under way.',
  410: 'The result has expired.',
  413: 'The file is larger than the plan allows.',
  416: 'The range lies outside of the result; `Content-Range` has its size.',
  429: 'Too many requests in this second, or the quota of the month is used up.',
  500: 'The processing failed; nothing was charged.',
  503: 'The server has too much to do, or is starting; try again after `Retry-After`.',
};

function describeError(status: number, form: Endpoint['errorForm']): Json {
  const removebg = { 'application/json': { schema: { $ref: '#/components/schemas/RemovebgError' } } };
  if (form === 'removebg') return { description: 'An error as remove.bg tells it.', content: removebg };
  return {
    description: ERROR_TITLES[status] ?? 'An error.',
    content: {
      'application/json': { schema: { $ref: '#/components/schemas/Error' } },
      'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
    },
  };
}

function describeAnswer(answer: Answer, plans: readonly string[]): Json {
  const content: Json = {};
  for (const type of answer.binary ?? []) content[type] = {};
  if (answer.json) content['application/json'] = { schema: toSchema(answer.json, 'output', plans) };
  return {
    description: answer.description,
    ...(answer.headers ? { headers: describeHeaders(answer.headers) } : {}),
    ...(Object.keys(content).length > 0 ? { content } : {}),
  };
}

function describeHeaders(headers: Headers): Json {
  const entries = Object.entries(headers).map(([name, value]) => {
    const { description, ...schema } = toSchema(value, 'output');
    return [name, { description, schema }];
  });
  return Object.fromEntries(entries);
}

const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: 'A name for this removal: sent again within 24 hours, the request is answered as the first time.',
  schema: { type: 'string', minLength: 1, maxLength: 255 },
};

function describeParameters(endpoint: Endpoint): Json[] {
  const inPath = Object.entries(endpoint.pathParameters ?? {}).map(([name, { description, example }]) => ({
    name,
    in: 'path',
    required: true,
    description,
    example,
    schema: { type: 'string' },
  }));
  const inQuery = Object.entries(endpoint.query?.shape ?? {}).map(([name, schema]) => {
    const { description, ...json } = toSchema(schema as z.ZodType, 'input');
    return { name, in: 'query', required: false, description, schema: json };
  });
  return [...inPath, ...inQuery, ...(endpoint.takes || endpoint.body ? [IDEMPOTENCY_KEY] : [])];
}

function describeEndpoint(endpoint: Endpoint, plans: readonly string[]): Json {
  const parameters = describeParameters(endpoint);
  const requestBody = describeBody(endpoint);
  const answers = Object.entries(endpoint.answers).map(([status, answer]) => [status, describeAnswer(answer, plans)]);
  const errors = endpoint.errors.map((status) => [String(status), describeError(status, endpoint.errorForm)]);
  return {
    tags: [endpoint.tag],
    operationId: endpoint.operationId,
    summary: endpoint.summary,
    security: endpoint.needsKey ? [{ bearer: [] }, { apiKey: [] }] : [],
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(requestBody ? { requestBody } : {}),
    responses: { ...Object.fromEntries(errors), ...Object.fromEntries(answers) },
  };
}

const WEBHOOK_HEADERS = {
  'webhook-id': 'The id of the message, the same at every attempt.',
  'webhook-timestamp': 'Seconds since 1970 at this attempt.',
  'webhook-signature':
    'Signatures with spaces between them: `v1,` and the HMAC-SHA256 of `id.timestamp.body` in base64.',
};

function describeJobEvent(): Json {
  const parameters = Object.entries(WEBHOOK_HEADERS).map(([name, description]) => ({
    name,
    in: 'header',
    required: true,
    description,
    schema: { type: 'string' },
  }));
  return {
    operationId: 'jobEnded',
    summary: 'A job that was given a `webhook_url` has ended',
    security: [],
    parameters,
    requestBody: { required: true, content: { 'application/json': { schema: toSchema(jobEventBody, 'output') } } },
    responses: {
      '2XX': { description: 'The message is taken.' },
      '410': { description: 'It is not to be sent again.' },
      default: { description: 'It is sent again later.' },
    },
  };
}

export type ServerDescription = {
  /** The origin that the document names. */
  readonly url: string;
  readonly version: string;
  readonly plans: readonly string[];
};

export function buildOpenApi({ url, version, plans }: ServerDescription): Json {
  const paths: Record<string, Json> = {};
  for (const endpoint of [...ENDPOINTS, ...DIALECT_ENDPOINTS]) {
    paths[endpoint.path] = { ...paths[endpoint.path], [endpoint.method]: describeEndpoint(endpoint, plans) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Remuvr',
      version,
      description: 'A photo goes in by HTTP, a true cut-out comes out.',
    },
    servers: [{ url }],
    tags: TAGS,
    paths,
    webhooks: { jobEnded: { post: describeJobEvent() } },
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'Authorization: Bearer rmv_live_…' },
        apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
      },
      schemas: {
        Error: toSchema(errorBody, 'output'),
        Problem: toSchema(problemBody, 'output'),
        RemovebgError: toSchema(removebgErrorBody, 'output'),
      },
    },
  };
}
