/** A schema as somebody reads it: references followed, alternatives named, limits in words. */
import type { Description, Schema } from './types.ts';

export type Shape = {
  readonly type: string;
  readonly description: string;
  /** Of which it is one; a constant is the only one. */
  readonly values: readonly string[];
  readonly initial: string | undefined;
  readonly limits: readonly string[];
  readonly fields: readonly Field[];
  /** Of which it has one. */
  readonly forms: readonly Form[];
};

export type Field = { readonly name: string; readonly isRequired: boolean; readonly shape: Shape };
export type Form = { readonly title: string; readonly shape: Shape };
type Schemas = Readonly<Record<string, Schema>>;

export const schemasOf = ({ components }: Description): Schemas => components?.schemas ?? {};

const nameOf = (reference: string): string => reference.slice(reference.lastIndexOf('/') + 1);

/** With what it refers to in its place; what stands beside a reference wins. */
export function resolve(schema: Schema, schemas: Schemas, seen: readonly string[] = []): Schema {
  const { $ref, allOf, ...own } = schema;
  const parts = (allOf ?? []).map((part) => resolve(part, schemas, seen));
  const isRound = $ref !== undefined && seen.includes($ref);
  if ($ref !== undefined && !isRound) parts.unshift(resolve(schemas[nameOf($ref)] ?? {}, schemas, [...seen, $ref]));
  const all = [...parts, own];
  const required = all.flatMap((part) => part.required ?? []);
  return {
    ...Object.assign({}, ...all),
    ...(all.some(({ properties }) => properties) && {
      properties: Object.assign({}, ...all.map(({ properties }) => properties)),
    }),
    ...(required.length > 0 && { required }),
  };
}

export function describe(schema: Schema, schemas: Schemas, seen: readonly string[] = []): Shape {
  const whole = resolve(schema, schemas, seen);
  // What refers to itself is named, not told again.
  const isRound = schema.$ref !== undefined && seen.includes(schema.$ref);
  const inside = schema.$ref === undefined ? seen : [...seen, schema.$ref];
  const within = (part: Schema): Shape => describe(part, schemas, inside);
  const inner = (part: Schema | undefined): Shape | undefined => (part && !isRound ? within(part) : undefined);
  const items = inner(whole.items);
  const others = typeof whole.additionalProperties === 'object' ? inner(whole.additionalProperties) : undefined;
  const alternatives = (whole.anyOf ?? whole.oneOf ?? []).map((part) => resolve(part, schemas, inside));
  const named = alternatives.filter(({ type }) => type !== 'null');
  const only = named.length === 1 && named[0] ? within(named[0]) : undefined;
  const hasForms = named.length > 1;
  return {
    type: isRound ? nameOf(schema.$ref ?? '') : typeIn(whole, { items, others, alternatives, only }),
    description: whole.description ?? only?.description ?? '',
    values: (whole.const === undefined ? (whole.enum ?? only?.values ?? []) : [whole.const]).map(textOf),
    initial: whole.default === undefined ? undefined : textOf(whole.default),
    limits: [...limitsOf(whole), ...(only?.limits ?? [])],
    fields: isRound ? [] : [...fieldsIn(whole, within), ...(items?.fields ?? others?.fields ?? only?.fields ?? [])],
    forms: hasForms
      ? named.map((part, index) => ({ title: titleOf(part, named, index), shape: within(part) }))
      : (items?.forms ?? others?.forms ?? only?.forms ?? []),
  };
}

const fieldsIn = ({ properties = {}, required = [] }: Schema, within: (part: Schema) => Shape): Field[] =>
  Object.entries(properties).map(([name, part]) => ({
    name,
    isRequired: required.includes(name),
    shape: within(part),
  }));

type Parts = {
  readonly items: Shape | undefined;
  readonly others: Shape | undefined;
  readonly alternatives: readonly Schema[];
  readonly only: Shape | undefined;
};

function typeIn(schema: Schema, { items, others, alternatives, only }: Parts): string {
  if (items) return `array of ${items.type}`;
  if (others) return `object of ${others.type} by name`;
  if (alternatives.length > 0) {
    const types = alternatives.map(({ type = 'any' }) => (typeof type === 'string' ? type : type.join(' or ')));
    const known = only ? [only.type, ...types.filter((type) => type === 'null')] : types;
    return [...new Set(known)].join(' or ');
  }
  if (typeof schema.type === 'string') return schema.type;
  if (schema.type) return schema.type.join(' or ');
  return schema.const === undefined ? 'any' : typeof schema.const;
}

export const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

function limitsOf(schema: Schema): string[] {
  const { format, pattern, contentEncoding, minimum, maximum, minLength, maxLength, minItems, maxItems } = schema;
  return [
    format,
    contentEncoding,
    range(withoutSafe(minimum), withoutSafe(maximum), ''),
    range(minLength, maxLength, ' characters'),
    range(minItems, maxItems, ' items'),
    // The format says the same in one word.
    format === undefined && pattern !== undefined ? `matches ${pattern}` : undefined,
  ].filter((text) => text !== undefined);
}

/** The ends of what JavaScript counts exactly are no limit to tell of. */
const withoutSafe = (limit: number | undefined): number | undefined =>
  limit !== undefined && Number.isSafeInteger(limit) && Math.abs(limit) === Number.MAX_SAFE_INTEGER ? undefined : limit;

function range(least: number | undefined, most: number | undefined, unit: string): string | undefined {
  if (least === undefined && most === undefined) return undefined;
  if (least === most) return `${least}${unit}`;
  if (most === undefined) return `at least ${least}${unit}`;
  return least === undefined ? `at most ${most}${unit}` : `${least} to ${most}${unit}`;
}

/** By the constants in which it differs from the others, such as `status: completed`. */
function titleOf(form: Schema, all: readonly Schema[], index: number): string {
  const constants = Object.entries(form.properties ?? {}).filter(([name, part]) => {
    const values = all.map((other) => other.properties?.[name]?.const);
    return part.const !== undefined && new Set(values).size > 1;
  });
  const title = constants.map(([name, part]) => `${name}: ${textOf(part.const)}`).join(', ');
  return form.title ?? (title || `Form ${index + 1}`);
}
