/** The headers of a removal's answers, as the document tells them. A header is text; these are the values in it. */
import { z } from 'zod';
import { confidence, count } from './values.ts';

export type Headers = Readonly<Record<string, z.ZodType>>;

const pixels = (what: string) => count.meta({ description: `${what}, in pixels.` });
const subject = (what: string) => pixels(`${what} of the subject, 0 where nothing was found`);

const JOB_HEADERS: Headers = {
  'X-Job-Id': z.uuid().meta({ description: 'The id of the job, for `/v1/status`.' }),
  Link: z.string().meta({ description: '`</v1/status/ID>; rel="status"`.' }),
};

export const RESULT_HEADERS: Headers = {
  ...JOB_HEADERS,
  'X-Width': pixels('The width of the result'),
  'X-Height': pixels('The height of the result'),
  'X-Foreground-Top': subject('The first row'),
  'X-Foreground-Left': subject('The first column'),
  'X-Foreground-Width': subject('The width'),
  'X-Foreground-Height': subject('The height'),
  'X-Confidence': confidence,
  'X-Credits-Charged': z.int().min(0).max(1).meta({ description: '1; 0 for a test key and for a failure.' }),
  'Server-Timing': z.string().meta({ description: 'Milliseconds of queue, decode, infer, refine and encode.' }),
};

const RETRY_AFTER = { 'Retry-After': count.meta({ description: 'Seconds after which to ask for it.' }) };

export const ACCEPTED_HEADERS: Headers = {
  ...JOB_HEADERS,
  Location: z.string().meta({ description: 'The address of the job.' }),
  ...RETRY_AFTER,
};

export const BATCH_HEADERS: Headers = {
  Location: z.string().meta({ description: 'The address of the batch.' }),
  ...RETRY_AFTER,
};
