/** The bodies of requests, as the document tells them. */
import type { Endpoint } from './endpoints.ts';
import { type Json, toSchema } from './to-schema.ts';

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

/** One dialect reads a form, URL-encoded text and JSON; in the last two there are no files. */
function describeFields({ fields, files }: NonNullable<Endpoint['body']>): Json {
  const properties = toSchema(fields, 'input').properties as Json;
  const withFiles = Object.entries(files).map(([name, description]) => [name, { description }]);
  const schema = { type: 'object', properties };
  return {
    required: true,
    content: {
      'multipart/form-data': { schema: { ...schema, properties: { ...Object.fromEntries(withFiles), ...properties } } },
      'application/x-www-form-urlencoded': { schema },
      'application/json': { schema },
    },
  };
}

/** Undefined where there is none. */
export function describeBody(endpoint: Endpoint): Json | undefined {
  if (endpoint.body) return describeFields(endpoint.body);
  if (endpoint.takes === 'batch') return describeBatchBody(endpoint);
  return endpoint.takes === 'picture' ? describePictureBody(endpoint) : undefined;
}
