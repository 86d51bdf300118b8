/** The OpenAPI document: valid and whole. That every answer fits it, the other tests hold. */
import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ERROR_MESSAGES } from '../../src/domain/errors.ts';
import { call, type Document, fetchDocument } from '../helpers/api.ts';
import { createInstallation, type Installation, type ServerProcess } from '../helpers/server.ts';

type Schema = { properties: Record<string, { enum?: string[] }> };
type Whole = Document & {
  openapi: string;
  servers: { url: string }[];
  tags: { name: string }[];
  components: { schemas: Record<string, Schema> };
};

let installation: Installation;
let server: ServerProcess;
let document: Whole;

beforeAll(async () => {
  installation = await createInstallation();
  server = await installation.start();
  document = (await fetchDocument(server)) as Whole;
});
afterAll(async () => await installation?.dispose());

test('the document is valid OpenAPI 3.1', async () => {
  const validator = new Validator();
  const result = await validator.validate(JSON.parse(JSON.stringify(document)));
  expect(result.errors ?? []).toEqual([]);
  expect([result.valid, validator.version]).toEqual([true, '3.1']);
  expect(document.openapi).toMatch(/^3\.1\./);
  expect(document.servers).toEqual([{ url: server.url }]);
});

test('every route is in it, and those that need a key say so', () => {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { security }]) => `${method} ${path}${security.length > 0 ? ' key' : ''}`),
  );
  expect(operations.sort()).toEqual([
    'delete /v1/batches/{id} key',
    'get /api/remove key',
    'get /healthz',
    'get /processed/{name}',
    'get /readyz',
    'get /v1.0/account key',
    'get /v1/auth key',
    'get /v1/batches/{id} key',
    'get /v1/batches/{id}/zip key',
    'get /v1/status/{id} key',
    'get /v1/usage key',
    'post /api/remove key',
    'post /remove key',
    'post /v1.0/improve key',
    'post /v1.0/removebg key',
    'post /v1/batches key',
    'post /v1/batches/{id}/cancel key',
    'post /v1/remove key',
  ]);
});

test('every operation has its place in the contents, and every place has an operation', () => {
  const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods));
  const used = new Set(operations.flatMap(({ tags }) => tags));
  expect([...used].sort()).toEqual(document.tags.map(({ name }) => name).sort());
});

test('every documented error has the one form of errors, and every code is in it', () => {
  const codes = Object.keys(ERROR_MESSAGES).sort();
  for (const name of ['Error', 'Problem']) {
    expect([...(document.components.schemas[name]?.properties.code?.enum ?? [])].sort()).toEqual(codes);
  }
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const { responses } of Object.values(methods)) {
      for (const [status, { content }] of Object.entries(responses)) {
        if (Number(status) < 400 || path === '/readyz') continue;
        if (path.startsWith('/v1.0/')) {
          expect(Object.keys(content ?? {}), `${path} ${status}`).toEqual(['application/json']);
          continue;
        }
        expect(Object.keys(content ?? {}), `${path} ${status}`).toEqual([
          'application/json',
          'application/problem+json',
        ]);
      }
    }
  }
});

test('liveness and readiness are answered in the documented form, without a key', async () => {
  expect((await call(server, '/healthz')).json()).toEqual({ status: 'ok' });
  const ready = await call(server, '/readyz');
  expect([ready.status, ready.json()]).toEqual([
    200,
    { status: 'ready', checks: { database: 'ok', storage: 'ok', model: 'ok' } },
  ]);
});

test('no answer but a page may run, load or frame anything', async () => {
  for (const route of ['/healthz', '/openapi.json', '/v1/auth', '/api/server', '/processed/nothing.png', '/nowhere']) {
    const answer = await fetch(server.url + route);
    const policy = answer.headers.get('content-security-policy')?.replaceAll(';', '; ').replace(/\s+/g, ' ');
    expect([route, policy]).toEqual([route, "default-src 'none'; frame-ancestors 'none'; base-uri 'none'"]);
  }
});
