/** Writes sdk/src/api-types.ts: the wire as the client's types, from the OpenAPI document. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildOpenApi } from '../src/contract/openapi.ts';

type Schema = {
  readonly type?: string;
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
};
type Content = { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
type Operation = { readonly requestBody?: Content; readonly responses: Readonly<Record<string, Content>> };
type Document = {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
};

const PRIMITIVES: Readonly<Record<string, string>> = {
  string: 'string',
  integer: 'number',
  number: 'number',
  boolean: 'boolean',
  null: 'null',
};

/** `unknownAs`: what a schema without a type is written as. */
function toType(schema: Schema, indent: string, unknownAs = 'unknown'): string {
  const union = schema.anyOf ?? schema.oneOf;
  if (union) return union.map((one) => `\n${indent}  | ${toType(one, `${indent}    `, unknownAs)}`).join('');
  if (schema.const !== undefined) return literal(schema.const);
  // The plans are the operator's: the document of no server in particular names none.
  if (schema.enum && schema.enum.length > 0) return schema.enum.map(literal).join(' | ');
  if (schema.type === 'array') return `readonly (${toType(schema.items ?? {}, indent, unknownAs)})[]`;
  if (schema.properties) return toObject(schema, indent, unknownAs);
  return PRIMITIVES[schema.type ?? ''] ?? unknownAs;
}

const literal = (value: unknown): string => (typeof value === 'string' ? `'${value}'` : String(value));

function toObject({ properties = {}, required = [] }: Schema, indent: string, unknownAs: string): string {
  const members = Object.entries(properties).flatMap(([name, schema]) => {
    const line = `${indent}  readonly ${name}${required.includes(name) ? '' : '?'}: ${toType(schema, `${indent}  `, unknownAs)}`;
    // The first sentence: the package is small, and the document tells the rest.
    const note = schema.description ? [`${indent}  /** ${schema.description.replace(/\. .*$/s, '.')} */`] : [];
    return [...note, `${line}${required.includes(name) ? '' : ' | undefined'};`];
  });
  return `{\n${members.join('\n')}\n${indent}}`;
}

const find = (schema: Schema | undefined, name: string): Schema => {
  const found = schema?.properties?.[name];
  if (!found) throw new Error(`the document has no ${name} where it was`);
  return found;
};

/** The picture has its own argument, `async` a verb of its own, and `webhook_url` is an option of that verb. */
const NOT_OPTIONS = ['file', 'image', 'image_file', 'image_url', 'async', 'webhook_url'];

export function writeClientTypes(): string {
  const document = buildOpenApi({ url: '', version: '', plans: [] }) as unknown as Document;
  const answer = (path: string): Schema | undefined =>
    document.paths[path]?.get?.responses['200']?.content['application/json']?.schema;
  const form = document.paths['/v1/remove']?.post?.requestBody?.content['multipart/form-data']?.schema;
  const options = Object.entries(form?.properties ?? {}).filter(([name]) => !NOT_OPTIONS.includes(name));
  const types = {
    RemovalFields: toType({ properties: Object.fromEntries(options) }, '', 'string | number | boolean | Blob'),
    Job: toType(find(answer('/v1/status/{id}'), 'job'), ''),
    Usage: toType(find(answer('/v1/usage'), 'usage'), ''),
    Auth: toType(answer('/v1/auth') ?? {}, ''),
    ErrorCode: toType(find(document.components.schemas.Error, 'code'), ''),
  };
  // Said once: a job that failed has one of the same codes.
  types.Job = types.Job.replace(types.ErrorCode, 'ErrorCode');
  const lines = Object.entries(types).map(
    ([name, type]) => `export type ${name} =${type.startsWith('\n') ? '' : ' '}${type};\n`,
  );
  return `/** Made from the OpenAPI document by \`npm run build:client-types\`. */\n\n${lines.join('\n')}`;
}

const target = fileURLToPath(new URL('../sdk/src/api-types.ts', import.meta.url));
if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(target, writeClientTypes());
