/** The API reference: the description that the server gives to programs, read for people. */
import { expect, describe as group, test } from 'vitest';
import { TAGS } from '../../src/contract/endpoints.ts';
import { buildOpenApi } from '../../src/contract/openapi.ts';
import { parseInline, parseMarkup } from '../src/lib/markup.ts';
import { curlOf } from '../src/lib/openapi/curl.ts';
import { exampleOf } from '../src/lib/openapi/example.ts';
import { type Entry, errorCodes, filterGroups, groupOperations, splitForm } from '../src/lib/openapi/operations.ts';
import { describe, schemasOf } from '../src/lib/openapi/schema.ts';
import type { Description, Schema } from '../src/lib/openapi/types.ts';

const document = buildOpenApi({ url: 'http://localhost:8080', version: '1.2.3', plans: ['free', 'pro'] });
const api = document as unknown as Description;
const groups = groupOperations(api);
const entries = groups.flatMap((one) => one.entries);
const entry = (id: string): Entry => entries.find((one) => one.id === id) as Entry;
const idsOf = (some: typeof groups): string[] => some.flatMap((one) => one.entries.map(({ id }) => id));

group('operations', () => {
  test('stand under their tags in the order of the contents, each once', () => {
    expect(groups.map(({ name }) => name)).toEqual(TAGS.map(({ name }) => name));
    expect(idsOf(groups).length).toBe(Object.values(api.paths).flatMap((methods) => Object.keys(methods)).length);
  });

  test('one that differs in its address alone refers to the earlier one', () => {
    expect(entries.filter(({ twin }) => twin).map(({ id, twin }) => [id, twin?.id])).toEqual([['removeV1', 'remove']]);
  });

  test('without a tag stand under a place of their own', () => {
    const paths = { '/x': { get: { operationId: 'x', responses: {} } } };
    expect(groupOperations({ info: { title: '', version: '' }, paths }).map(({ name }) => name)).toEqual(['Other']);
  });

  test('are found by every word of the filter, in addresses and in names of parameters', () => {
    expect(idsOf(filterGroups(groups, ' '))).toEqual(idsOf(groups));
    expect(idsOf(filterGroups(groups, 'GET usage'))).toEqual(['getUsage']);
    expect(idsOf(filterGroups(groups, 'min_confidence'))).toEqual(['remove', 'removeV1', 'createBatch']);
    expect(filterGroups(groups, 'usage nonsense')).toEqual([]);
  });

  test('a form tells the parameters of the query only by their number', () => {
    const { requestBody, parameters = [] } = entry('remove').operation;
    const { own, shared } = splitForm(requestBody?.content ?? {}, parameters);
    const properties = own['multipart/form-data']?.schema?.properties ?? {};
    expect(Object.keys(properties)).toEqual(expect.arrayContaining(['file', 'background_file']));
    expect(properties.format).toBeUndefined();
    expect(shared).toBe(parameters.filter((one) => one.in === 'query').length);
  });

  test('every status of an error names its codes', () => {
    expect(errorCodes('429')).toEqual(expect.arrayContaining(['rate_limit_exceeded', 'quota_exceeded']));
    expect(errorCodes('200')).toEqual([]);
  });
});

group('curl', () => {
  const caller = { host: 'https://cut.example', key: 'rmv_test_x' };

  test('sends the picture and the key, and writes the answer to a file', () => {
    expect(curlOf(entry('remove'), caller).split(' \\\n  ')).toEqual([
      'curl -X POST "https://cut.example/remove"',
      '-H "Authorization: Bearer rmv_test_x"',
      '-F "file=@image.jpg"',
      '-o result.png',
    ]);
  });

  test('has an example in place of what stands in braces, and no key where none is needed', () => {
    expect(curlOf(entry('getStatus'), caller)).toMatch(/\/v1\/status\/[0-9a-f-]{36}"/);
    expect(curlOf(entry('getResult'), caller)).toMatch(
      /^curl "https:\/\/cut\.example\/processed\/([0-9a-f-]{36}\.png)" \\\n {2}-o \1$/,
    );
    for (const one of entries) expect(curlOf(one, caller)).not.toMatch(/[{}]/);
  });
});

group('a schema', () => {
  const schemas: Record<string, Schema> = {
    Pet: { type: 'object', properties: { name: { type: 'string' }, friend: { $ref: '#/components/schemas/Pet' } } },
    Named: {
      allOf: [{ $ref: '#/components/schemas/Pet' }, { properties: { age: { type: 'integer' } }, required: ['age'] }],
    },
  };

  test.each<[Schema, string]>([
    [{ type: 'array', items: { type: 'string' } }, 'array of string'],
    [{ type: ['string', 'null'] }, 'string or null'],
    [{ anyOf: [{ type: 'integer' }, { type: 'null' }] }, 'integer or null'],
    [{ oneOf: [{ type: 'integer' }, { type: 'string' }] }, 'integer or string'],
    [{ type: 'object', additionalProperties: { type: 'boolean' } }, 'object of boolean by name'],
    [{ const: 3 }, 'number'],
    [{}, 'any'],
  ])('%j is called %s', (schema, type) => {
    expect(describe(schema, schemas).type).toBe(type);
  });

  test.each<[Schema, string[]]>([
    [{ minimum: 0, maximum: 1 }, ['0 to 1']],
    [{ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }, ['at least 1']],
    [{ maxLength: 255 }, ['at most 255 characters']],
    [{ format: 'uuid', pattern: '^x$' }, ['uuid']],
    [{ pattern: '^x$' }, ['matches ^x$']],
  ])('%j has the limits %j', (schema, limits) => {
    expect(describe(schema, schemas).limits).toEqual(limits);
  });

  test('has its default and its values as they are sent', () => {
    const { initial, values } = describe({ default: 0, enum: ['a', 2, null] }, schemas);
    expect([initial, values]).toEqual(['0', ['a', '2', 'null']]);
  });

  test('has the fields of what it refers to and is made of, and ends where it refers to itself', () => {
    const { fields } = describe({ $ref: '#/components/schemas/Named' }, schemas);
    expect(fields.map(({ name, isRequired }) => [name, isRequired])).toEqual([
      ['name', false],
      ['friend', false],
      ['age', true],
    ]);
    const friend = describe({ $ref: '#/components/schemas/Pet' }, schemas).fields[1]?.shape;
    expect([friend?.type, friend?.fields]).toEqual(['Pet', []]);
    expect(exampleOf({ $ref: '#/components/schemas/Pet' }, schemas)).toEqual({ name: '…', friend: null });
  });

  test('names its alternatives by what they differ in', () => {
    const schema = entry('getStatus').operation.responses['200']?.content?.['application/json']?.schema ?? {};
    const job = describe(schema, schemasOf(api)).fields.find(({ name }) => name === 'job');
    expect(job?.shape.forms.map(({ title }) => title)).toEqual([
      expect.stringContaining('status: processing'),
      expect.stringContaining('status: completed'),
      expect.stringContaining('status: failed'),
    ]);
  });

  test('has an example of its own type, within its limits', () => {
    expect(exampleOf({ type: 'integer', minimum: 5 }, {})).toBe(5);
    expect(exampleOf({ type: 'number', minimum: 0, maximum: 0.5 }, {})).toBe(0.5);
    expect(exampleOf({ type: 'array', items: { type: 'boolean' } }, {})).toEqual([true]);
    expect(exampleOf({ type: 'string', examples: ['cup.png'] }, {})).toBe('cup.png');
  });

  test('says no limit where a number has only those of JavaScript', () => {
    const { MIN_SAFE_INTEGER, MAX_SAFE_INTEGER } = Number;
    const whole = { type: 'integer', minimum: MIN_SAFE_INTEGER, maximum: MAX_SAFE_INTEGER };
    expect(describe(whole, {}).limits).toEqual([]);
    expect(describe({ ...whole, minimum: 1 }, {}).limits).toEqual(['at least 1']);
  });

  test('an answer with the picture shows a job that is completed, an error one that was refused', () => {
    const jsonOf = (status: string, type: string): unknown => {
      const schema = entry('remove').operation.responses[status]?.content?.[type]?.schema ?? {};
      return exampleOf(schema, schemasOf(api));
    };
    expect(jsonOf('200', 'application/json')).toMatchObject({ status: 'success', job: { status: 'completed' } });
    expect(jsonOf('202', 'application/json')).toMatchObject({ status: 'success', job: { status: 'processing' } });
    expect(jsonOf('400', 'application/problem+json')).toMatchObject({
      type: 'urn:remuvr:error:invalid_parameter',
      status: 400,
    });
  });
});

group('descriptions', () => {
  test('have code, links and stress in their text', () => {
    expect(parseInline('See `a|b`, [the guide](/guide) and **now** https://x.example/a.')).toEqual([
      { kind: 'text', text: 'See ' },
      { kind: 'code', text: 'a|b' },
      { kind: 'text', text: ', ' },
      { kind: 'link', text: 'the guide', href: '/guide' },
      { kind: 'text', text: ' and ' },
      { kind: 'strong', text: 'now' },
      { kind: 'text', text: ' ' },
      { kind: 'link', text: 'https://x.example/a', href: 'https://x.example/a' },
      { kind: 'text', text: '.' },
    ]);
  });

  test.each(['javascript:alert', 'data:text/html,x', '//other.example'])('%s is no link', (href) => {
    expect(parseInline(`[press](${href})`)).toEqual([{ kind: 'text', text: 'press' }]);
  });

  test('have paragraphs, lists behind a sentence, and blocks of code that are left as they are', () => {
    const blocks = parseMarkup('One\nline.\n\nThese:\n- a\n- b\n  more\n\n1. first\n\n```sh\n- no list\n```');
    expect(blocks.map(({ kind }) => kind)).toEqual(['paragraph', 'paragraph', 'list', 'list', 'code']);
    expect(blocks[0]).toEqual({ kind: 'paragraph', parts: [{ kind: 'text', text: 'One line.' }] });
    expect(blocks[2]).toMatchObject({ isOrdered: false, items: [[{ text: 'a' }], [{ text: 'b more' }]] });
    expect(blocks[3]).toMatchObject({ isOrdered: true });
    expect(blocks[4]).toEqual({ kind: 'code', text: '- no list' });
  });
});
