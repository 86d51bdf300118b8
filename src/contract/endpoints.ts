/** Every documented endpoint as data: OpenAPI is generated from it, and tests hold the server's answers to it. */
import type { z } from 'zod';
import { CONTENT_TYPES } from '../domain/removal-options.ts';
import { batchAnswer, batchParameters } from './batch-schemas.ts';
import { ACCEPTED_HEADERS, BATCH_HEADERS, type Headers, RESULT_HEADERS } from './headers.ts';
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
  { name: 'Batches', description: 'Many pictures by one request, and their results in one archive.' },
  { name: 'Account', description: 'What the key is, and what the month has left.' },
  { name: 'Server', description: 'For whoever runs it: whether it is alive and ready. No key is needed.' },
  { name: 'remove.bg', description: 'For clients of remove.bg: its addresses, fields and answers.' },
  { name: 'rembg', description: "For clients of rembg's server." },
] as const;

/** `example`: of the form that a value has. */
type PathParameter = { readonly description: string; readonly example: string };

export type Endpoint = {
  readonly tag: (typeof TAGS)[number]['name'];
  readonly method: 'get' | 'post' | 'delete';
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  readonly needsKey: boolean;
  readonly query?: z.ZodObject;
  readonly pathParameters?: Readonly<Record<string, PathParameter>>;
  readonly takes?: 'picture' | 'batch';
  /** Fields and files of a dialect, which take the place of `takes`. */
  readonly body?: { readonly fields: z.ZodObject; readonly files: Readonly<Record<string, string>> };
  readonly errorForm?: 'removebg';
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
  takes: 'picture',
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

const BATCH_ID = { id: { description: 'The id of the batch.', example: EXAMPLE_ID } };
const BATCH_ERRORS = [404, ...KEY_ERRORS] as const;

const BATCHES: readonly Endpoint[] = [
  {
    tag: 'Batches',
    method: 'post',
    path: '/v1/batches',
    operationId: 'createBatch',
    summary: 'Remove the backgrounds of many pictures',
    needsKey: true,
    query: batchParameters,
    takes: 'batch',
    answers: {
      202: {
        description: 'The batch was accepted, and is asked for at `Location`.',
        json: batchAnswer,
        headers: BATCH_HEADERS,
      },
    },
    errors: [400, 408, 409, 410, 413, 500, ...KEY_ERRORS],
  },
  {
    tag: 'Batches',
    method: 'get',
    path: '/v1/batches/{id}',
    operationId: 'getBatch',
    summary: 'Ask for a batch',
    needsKey: true,
    pathParameters: BATCH_ID,
    answers: { 200: { description: 'The batch as it is now.', json: batchAnswer } },
    errors: BATCH_ERRORS,
  },
  {
    tag: 'Batches',
    method: 'delete',
    path: '/v1/batches/{id}',
    operationId: 'deleteBatch',
    summary: 'Cancel a batch, and delete it with its results',
    needsKey: true,
    pathParameters: BATCH_ID,
    answers: { 204: { description: 'It is gone.' } },
    errors: BATCH_ERRORS,
  },
  {
    tag: 'Batches',
    method: 'post',
    path: '/v1/batches/{id}/cancel',
    operationId: 'cancelBatch',
    summary: 'Cancel the pictures of a batch that have not begun',
    needsKey: true,
    pathParameters: BATCH_ID,
    answers: { 200: { description: 'The batch as it is now.', json: batchAnswer } },
    errors: BATCH_ERRORS,
  },
  {
    tag: 'Batches',
    method: 'get',
    path: '/v1/batches/{id}/zip',
    operationId: 'getBatchZip',
    summary: 'Fetch all results of a batch in one archive',
    needsKey: true,
    pathParameters: BATCH_ID,
    answers: {
      200: { description: 'The results, and `failures.json` where there are failures.', binary: ['application/zip'] },
    },
    errors: [409, ...BATCH_ERRORS],
  },
];

export const ENDPOINTS: readonly Endpoint[] = [
  ...BATCHES,
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
      302: { description: 'The result is in the bucket, at the signed address of `Location`, for five minutes.' },
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
