/** Validates the parameters of a request by its schema of the contract; unknown names are ignored. */
import type { z } from 'zod';
import { RemuvrError } from '../domain/errors.ts';

/** Throws `invalid_parameter` with a sentence that names the first parameter that does not fit. */
export function parseParameters<T extends z.ZodObject>(schema: T, given: unknown): z.infer<T> {
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const name = String(issue?.path[0] ?? 'A parameter');
  const expected = issue?.code === 'invalid_value' ? `one of ${issue.values.join(', ')}` : describe(schema, name);
  throw new RemuvrError('invalid_parameter', `The parameter "${name}" must be ${expected}.`);
}

function describe(schema: z.ZodObject, name: string): string {
  const description = (schema.shape[name] as z.ZodType | undefined)?.meta()?.description;
  return description ? `as documented: ${description}`.replace(/\.$/, '') : 'given once, in the documented form';
}
