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

export type Endpoint = {
  readonly method: 'get' | 'post';
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  readonly needsKey: boolean;
  readonly query?: z.ZodObject;
  readonly pathParameters?: Readonly<Record<string, string>>;
  readonly takesPicture?: boolean;
  readonly answers: Readonly<Record<number, Answer>>;
  readonly errors: readonly number[];
};

const PICTURES = Object.values(CONTENT_TYPES);
const KEY_ERRORS = [401, 403, 429, 503] as const;

const removal = {
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
    method: 'get',
    path: '/v1/status/{id}',
    operationId: 'getStatus',
    summary: 'Ask for a job',
    needsKey: true,
    query: statusParameters,
    pathParameters: { id: 'The id of the job.' },
    answers: { 200: { description: 'The job as it is now.', json: statusBody } },
    errors: [400, 404, ...KEY_ERRORS],
  },
  {
    method: 'get',
    path: '/v1/usage',
    operationId: 'getUsage',
    summary: 'Ask for the usage of this month',
    needsKey: true,
    answers: { 200: { description: 'The usage and the limits.', json: usageBody } },
    errors: KEY_ERRORS,
  },
  {
    method: 'get',
    path: '/processed/{name}',
    operationId: 'getResult',
    summary: 'Fetch a result; the link is the permission',
    needsKey: false,
    pathParameters: { name: 'The name of the result, with its extension.' },
    answers: {
      200: { description: 'The result.', binary: PICTURES },
      206: { description: 'The part of the result that `Range` asked for.', binary: PICTURES },
      302: { description: 'The result is in the bucket, at the signed address of `Location`, for five minutes.' },
      304: { description: 'The copy that the caller has is the result.' },
    },
    errors: [404, 410, 416, 503],
  },
  {
    method: 'get',
    path: '/healthz',
    operationId: 'getHealth',
    summary: 'Whether the process is alive',
    needsKey: false,
    answers: { 200: { description: 'It is.', json: healthBody } },
    errors: [],
  },
  {
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
