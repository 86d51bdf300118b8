/** Where the next page of a list begins, in a text that means nothing to its reader. */
import { RemuvrError } from '../domain/errors.ts';
import { isUuid } from '../domain/id.ts';

/** The last row of a page: what follows is older, or as old and of a smaller id. `createdAt`: to the microsecond. */
export type Cursor = { readonly createdAt: string; readonly id: string };

export const writeCursor = ({ createdAt, id }: Cursor): string =>
  Buffer.from(`${createdAt} ${id}`).toString('base64url');

/** Throws `invalid_parameter` where it is none. */
export function parseCursor(text: string): Cursor {
  const plain = Buffer.from(text, 'base64url').toString('utf8');
  const [, createdAt, id] =
    /^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?[+-]\d\d(?::\d\d)?) (\S+)$/.exec(plain) ?? [];
  if (createdAt && id && isUuid(id)) return { createdAt, id };
  throw new RemuvrError('invalid_parameter', 'The parameter "cursor" must be the nextCursor of a page before.');
}
