/** A value that a schema allows, as one would see it: given examples first, then what the schema itself says. */
import { resolve } from './schema.ts';
import type { Schema } from './types.ts';

type Schemas = Readonly<Record<string, Schema>>;

const OF_FORMAT: Readonly<Record<string, string>> = {
  uuid: '550e8400-e29b-41d4-a716-446655440000',
  'date-time': '2026-01-31T12:00:00Z',
  date: '2026-01-31',
  uri: 'https://example.com/',
  email: 'ada@example.com',
};

export function exampleOf(schema: Schema, schemas: Schemas, seen: readonly string[] = []): unknown {
  const whole = resolve(schema, schemas, seen);
  const inside = schema.$ref === undefined ? seen : [...seen, schema.$ref];
  if (schema.$ref !== undefined && seen.includes(schema.$ref)) return null;
  const given = [whole.const, whole.example, whole.examples?.[0], whole.default, whole.enum?.[0]];
  const first = given.find((value) => value !== undefined);
  if (first !== undefined) return first;
  const form = (whole.anyOf ?? whole.oneOf)?.[0];
  if (form) return exampleOf(form, schemas, inside);
  const type = typeof whole.type === 'object' ? whole.type[0] : whole.type;
  if (type === 'array') return whole.items ? [exampleOf(whole.items, schemas, inside)] : [];
  if (type === 'object') return exampleOfObject(whole, (part) => exampleOf(part, schemas, inside));
  if (type === 'boolean') return true;
  if (type === 'integer' || type === 'number')
    return Math.min(Math.max(whole.minimum ?? 1, 1), whole.maximum ?? Number.POSITIVE_INFINITY);
  if (type === 'string')
    return OF_FORMAT[whole.format ?? ''] ?? (whole.contentEncoding === 'base64' ? 'iVBORw0K…' : '…');
  return null;
}

function exampleOfObject(
  { properties = {}, additionalProperties }: Schema,
  within: (part: Schema) => unknown,
): unknown {
  const entries = Object.entries(properties).map(([name, part]) => [name, within(part)]);
  const others = typeof additionalProperties === 'object' ? [['name', within(additionalProperties)]] : [];
  return Object.fromEntries([...entries, ...others]);
}
