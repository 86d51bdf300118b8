/** The OpenAPI 3.1 document, generated from the schemas that validate. */
import { z } from 'zod';
import { type Answer, ENDPOINTS, type Endpoint } from './endpoints.ts';
import type { Headers } from './headers.ts';
import { errorBody, planName, problemBody } from './schemas.ts';

type Json = { [key: string]: unknown };

/** `plans`: the names of those that there are. */
const toSchema = (schema: z.ZodType, io: 'input' | 'output', plans: readonly string[] = []): Json => {
  const override: z.core.JSONSchemaGeneratorParams['override'] = ({ zodSchema, jsonSchema }) => {
    if ((zodSchema as unknown) === planName) jsonSchema.enum = [...plans];
  };
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io, reused: 'inline', override }) as Json;
  return inlineDefinitions(json);
};

/** zod names what has an id under $defs and refers to it; one answer is easier to read in one piece. */
function inlineDefinitions(root: Json): Json {
  const definitions = (root.$defs ?? {}) as Record<string, Json>;
  const visit = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(visit);
    if (typeof node !== 'object' || node === null) return node;
    const reference = (node as Json).$ref;
    if (typeof reference === 'string') return visit(definitions[reference.replace('#/$defs/', '')] ?? {});
    const entries = Object.entries(node).filter(([key]) => key !== '$defs' && key !== 'id' && key !== '$id');
    return Object.fromEntries(
      entries.map(([key, value]) => [key, key === 'properties' ? visitEach(value as Json) : visit(value)]),
    );
  };
  const visitEach = (properties: Json): Json =>
    Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, visit(value)]));
  return visit(root) as Json;
}

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

function describeError(status: number): Json {
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
  const inPath = Object.entries(endpoint.pathParameters ?? {}).map(([name, description]) => ({
    name,
    in: 'path',
    required: true,
    description,
    schema: { type: 'string' },
  }));
  const inQuery = Object.entries(endpoint.query?.shape ?? {}).map(([name, schema]) => {
    const { description, ...json } = toSchema(schema as z.ZodType, 'input');
    return { name, in: 'query', required: false, description, schema: json };
  });
  return [...inPath, ...inQuery, ...(endpoint.takes ? [IDEMPOTENCY_KEY] : [])];
}

const optionsOf = ({ query }: Endpoint): Json => (query ? (toSchema(query, 'input').properties as Json) : {});

function describePictureBody(endpoint: Endpoint): Json {
  const options = optionsOf(endpoint);
  const file = { description: 'The picture. `image` and `image_file` are accepted as names too.' };
  const background = { description: 'A picture for the background, in place of `background`. It covers the result.' };
  return {
    required: true,
    content: {
      'multipart/form-data': {
        schema: { type: 'object', properties: { file, background_file: background, ...options } },
      },
      'application/octet-stream': {},
      'image/*': {},
    },
  };
}

function describeBatchBody(endpoint: Endpoint): Json {
  const options = optionsOf(endpoint);
  const file = { type: 'array', items: {}, description: 'Pictures, and ZIP archives of pictures.' };
  const background = { description: 'A picture for the background of every result, in place of `background`.' };
  const urls = { description: 'Addresses of pictures.', type: 'array', items: { type: 'string' } };
  return {
    required: true,
    content: {
      'multipart/form-data': {
        schema: { type: 'object', properties: { file, background_file: background, ...options } },
      },
      'application/json': { schema: { type: 'object', properties: { ...options, urls } } },
      'application/zip': {},
    },
  };
}

const BODIES = { picture: describePictureBody, batch: describeBatchBody } as const;

function describeEndpoint(endpoint: Endpoint, plans: readonly string[]): Json {
  const parameters = describeParameters(endpoint);
  const answers = Object.entries(endpoint.answers).map(([status, answer]) => [status, describeAnswer(answer, plans)]);
  const errors = endpoint.errors.map((status) => [String(status), describeError(status)]);
  return {
    operationId: endpoint.operationId,
    summary: endpoint.summary,
    security: endpoint.needsKey ? [{ bearer: [] }, { apiKey: [] }] : [],
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(endpoint.takes ? { requestBody: BODIES[endpoint.takes](endpoint) } : {}),
    responses: { ...Object.fromEntries(errors), ...Object.fromEntries(answers) },
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
  for (const endpoint of ENDPOINTS) {
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
    paths,
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'Authorization: Bearer rmv_live_…' },
        apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
      },
      schemas: { Error: toSchema(errorBody, 'output'), Problem: toSchema(problemBody, 'output') },
    },
  };
}
