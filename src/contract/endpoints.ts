/** Every documented endpoint as data: OpenAPI is generated from it, and tests hold the server's answers to it. */
import type { z } from 'zod';
import { CONTENT_TYPES } from '../domain/removal-options.ts';
import { ACCEPTED_HEADERS, type Headers, RESULT_HEADERS } from './headers.ts';
import {
  authBody,
  healthBody,
  readinessBody,
  removalBody,
  removalParameters,
  statusBody,
  statusParameters,
  usageBody,
} from './schemas.ts';

export type Answer = {
  readonly description: string;
  readonly json?: z.ZodType;
  /** Media types of an answer that is bytes. */
  readonly binary?: readonly string[];
  readonly headers?: Headers;
};

/** What the operations are for, in the order in which somebody meets them. */
export const TAGS = [
  { name: 'Removal', description: 'A picture goes in, its cut-out comes out.' },
  { name: 'Jobs', description: 'What became of a picture that was not waited for.' },
  { name: 'Account', description: 'What the key is, and what the month has left.' },
  { name: 'Server', description: 'For whoever runs it: whether it is alive and ready. No key is needed.' },
] as const;

/** `example`: of the form that a value has. */
type PathParameter = { readonly description: string; readonly example: string };

export type Endpoint = {
  readonly tag: (typeof TAGS)[number]['name'];
  readonly method: 'get' | 'post';
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  readonly needsKey: boolean;
  readonly query?: z.ZodObject;
  readonly pathParameters?: Readonly<Record<string, PathParameter>>;
  readonly takesPicture?: boolean;
  readonly answers: Readonly<Record<number, Answer>>;
  readonly errors: readonly number[];
};

const PICTURES = Object.values(CONTENT_TYPES);
const KEY_ERRORS = [401, 403, 429, 503] as const;

const EXAMPLE_ID = '550e8400-e29b-41d4-a716-446655440000';

const removal = {
  tag: 'Removal',
  method: 'post',
  summary: 'Remove the background of a picture',
  needsKey: true,
  query: removalParameters,
  takesPicture: true,
  answers: {
    200: {
      description: 'The cutout, at the size of the picture.',
      binary: PICTURES,
      json: removalBody,
      headers: RESULT_HEADERS,
    },
    202: {
      description: 'The job was accepted, and is asked for at `Location`.',
      json: statusBody,
      headers: ACCEPTED_HEADERS,
    },
  },
  errors: [400, 408, 409, 410, 413, 500, ...KEY_ERRORS],
} as const;

export const ENDPOINTS: readonly Endpoint[] = [
  {
    tag: 'Account',
    method: 'get',
    path: '/v1/auth',
    operationId: 'checkKey',
    summary: 'Check an API key',
    needsKey: true,
    answers: { 200: { description: 'The key is valid.', json: authBody } },
    errors: KEY_ERRORS,
  },
  { ...removal, path: '/remove', operationId: 'remove' },
  { ...removal, path: '/v1/remove', operationId: 'removeV1' },
  {
    tag: 'Jobs',
    method: 'get',
    path: '/v1/status/{id}',
    operationId: 'getStatus',
    summary: 'Ask for a job',
    needsKey: true,
    query: statusParameters,
    pathParameters: { id: { description: 'The id of the job.', example: EXAMPLE_ID } },
    answers: { 200: { description: 'The job as it is now.', json: statusBody } },
    errors: [400, 404, ...KEY_ERRORS],
  },
  {
    tag: 'Account',
    method: 'get',
    path: '/v1/usage',
    operationId: 'getUsage',
    summary: 'Ask for the usage of this month',
    needsKey: true,
    answers: { 200: { description: 'The usage and the limits.', json: usageBody } },
    errors: KEY_ERRORS,
  },
  {
    tag: 'Jobs',
    method: 'get',
    path: '/processed/{name}',
    operationId: 'getResult',
    summary: 'Fetch a result; the link is the permission',
    needsKey: false,
    pathParameters: {
      name: { description: 'The name of the result, with its extension.', example: `${EXAMPLE_ID}.png` },
    },
    answers: {
      200: { description: 'The result.', binary: PICTURES },
      206: { description: 'The part of the result that `Range` asked for.', binary: PICTURES },
      304: { description: 'The copy that the caller has is the result.' },
    },
    errors: [404, 410, 416, 503],
  },
  {
    tag: 'Server',
    method: 'get',
    path: '/healthz',
    operationId: 'getHealth',
    summary: 'Whether the process is alive',
    needsKey: false,
    answers: { 200: { description: 'It is.', json: healthBody } },
    errors: [],
  },
  {
    tag: 'Server',
    method: 'get',
    path: '/readyz',
    operationId: 'getReadiness',
    summary: 'Whether model, database and storage can be used',
    needsKey: false,
    answers: {
      200: { description: 'They can.', json: readinessBody },
      503: { description: 'At least one of them cannot.', json: readinessBody },
    },
    errors: [],
  },
];
