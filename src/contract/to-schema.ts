/** A schema that validates as one of the document. */
import { z } from 'zod';
import { planName } from './schemas.ts';

export type Json = { [key: string]: unknown };

/** `plans`: the names of those that there are. */
export const toSchema = (schema: z.ZodType, io: 'input' | 'output', plans: readonly string[] = []): Json => {
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
