/** The wire of the Remuvr dialect: what is validated on its way in, and documented and tested on its way out. */
import { z } from 'zod';
import { ERROR_MESSAGES, type ErrorCode } from '../domain/errors.ts';
import {
  DEFAULT_REMOVAL_OPTIONS,
  OUTPUT_FORMATS,
  OUTPUT_KINDS,
  parseConfidence,
  QUALITIES,
} from '../domain/removal-options.ts';
import { editParameters } from './edit-parameters.ts';
import { confidence, count } from './values.ts';

/** Its values are the operator's; `buildOpenApi` is told them. */
export const planName = z.string().meta({ description: 'The plan of the account.' });
const resetDate = z
  .string()
  .regex(/^\d{4}-\d\d-01T00:00:00Z$/)
  .meta({ description: 'When the quota is renewed: the first of the next month, UTC.', format: 'date-time' });
export const jobTime = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d$/)
  .meta({ format: 'date-time' });
const ERROR_CODES = Object.keys(ERROR_MESSAGES) as [ErrorCode, ...ErrorCode[]];
export const errorCode = z.enum(ERROR_CODES);

/** Options of a removal, in the form or in the query. A form field wins over the query parameter of its name. */
export const removalParameters = z.object({
  format: z.enum(OUTPUT_FORMATS).default(DEFAULT_REMOVAL_OPTIONS.format).meta({
    description:
      'File format of the result. `jpg` is flattened over white; `zip` holds color.jpg and alpha.png, without background, shadow and outline.',
  }),
  output: z.enum(OUTPUT_KINDS).default(DEFAULT_REMOVAL_OPTIONS.output).meta({
    description:
      '`cutout`: the picture with its background transparent; `mask`: the matte in grey; `alpha16`: the same in 16 bits, as `png` or `tiff`; `foreground`: the colours of the subject, opaque; `trimap`: 255 subject, 0 background, 128 where it is not sure.',
  }),
  quality: z.enum(QUALITIES).optional().meta({
    description:
      '`fast`: the matte of the network alone; `auto`: bodies, edges and colours refined, on two views where one is in doubt; `best`: on two always, in four times the time of inference. Without it, the default of the key, else the setting QUALITY.',
  }),
  min_confidence: z
    .preprocess(
      (given) => (typeof given === 'string' ? (parseConfidence(given) ?? given) : given),
      z.number().min(0).max(1).default(DEFAULT_REMOVAL_OPTIONS.minConfidence),
    )
    .meta({
      description: 'A number from 0 to 1: a result of less confidence is a `low_confidence` error, and is not charged.',
    }),
  ...editParameters,
  background_url: z.string().optional().meta({
    description: 'The address of a picture for the background, in place of `background`.',
  }),
  image_url: z.string().optional().meta({
    description: 'An address from which the server fetches the picture, in place of a file. `url` is the same.',
  }),
  url: z.string().optional().meta({ description: 'The same as `image_url`.' }),
  async: z.enum(['true', 'false', '1', '0']).default('false').meta({
    description: 'Answer 202 at once, and let the job be asked for. The header `Prefer: respond-async` does the same.',
  }),
  webhook_url: z.string().optional().meta({
    description: 'With `async`: an https address that is told when the job has ended, by a signed POST.',
  }),
});

export const statusParameters = z.object({
  wait: z
    .string()
    .regex(/^([0-9]|[1-5][0-9]|60)$/)
    .optional()
    .meta({ description: 'Seconds to hold the answer until the job has ended, 0 to 60.' }),
});

export const authBody = z
  .strictObject({
    status: z.literal('success'),
    message: z.literal('API key is valid'),
    plan: planName,
    requestsRemaining: count.meta({ description: 'Removals left this month.' }),
    resetDate,
  })
  .meta({ id: 'Auth' });

export const usageBody = z
  .strictObject({
    status: z.literal('success'),
    usage: z.strictObject({
      plan: planName,
      totalRequests: count.meta({ description: 'Removals of this month.' }),
      remainingRequests: count,
      resetDate,
      limits: z.strictObject({
        maxFileSize: count.meta({ description: 'Bytes of one file.' }),
        requestsPerSecond: count,
      }),
    }),
  })
  .meta({ id: 'Usage' });

const jobHead = { id: z.uuid(), createdAt: jobTime };

const completedJob = z.strictObject({
  ...jobHead,
  status: z.literal('completed'),
  completedAt: jobTime,
  result: z.url(),
  // A job that an earlier version ended has none.
  confidence: confidence.optional(),
});

export const jobBody = z
  .union([
    z.strictObject({
      ...jobHead,
      status: z.literal('processing'),
      stage: z.literal('queued').optional(),
      position: z.int().min(1).optional().meta({ description: 'Place in the queue, 1 for the next.' }),
      estimatedWaitSeconds: z.int().min(1).optional().meta({ description: 'Until it is likely begun.' }),
    }),
    completedJob,
    z.strictObject({
      ...jobHead,
      status: z.literal('failed'),
      completedAt: jobTime,
      error: z.strictObject({ code: errorCode, message: z.string() }),
    }),
  ])
  .meta({ id: 'Job' });

export const statusBody = z.strictObject({ status: z.literal('success'), job: jobBody }).meta({ id: 'JobStatus' });

export const removalBody = z
  .strictObject({
    status: z.literal('success'),
    job: completedJob,
    data: z.strictObject({ result_b64: z.base64() }),
  })
  .meta({ id: 'Removal' });

/** What is sent to the `webhook_url` of a job. */
export const jobEventBody = z
  .strictObject({
    type: z.enum(['job.completed', 'job.failed']),
    timestamp: z.iso.datetime().meta({ description: 'When the job ended.' }),
    data: jobBody,
  })
  .meta({ id: 'JobEvent' });

const [exampleCode] = ERROR_CODES;
const exampleMessage = { examples: [ERROR_MESSAGES[exampleCode]] };
const requestId = z.string().meta({ examples: ['550e8400-e29b-41d4-a716-446655440000'] });

export const errorBody = z
  .strictObject({
    status: z.literal('error'),
    code: errorCode,
    message: z.string().meta(exampleMessage),
    requestId,
  })
  .meta({ id: 'Error' });

export const problemBody = z
  .strictObject({
    type: z.string().meta({ examples: [`urn:remuvr:error:${exampleCode}`] }),
    title: z.string().meta(exampleMessage),
    status: z.int().min(400).max(599),
    detail: z.string().meta(exampleMessage),
    code: errorCode,
    requestId,
  })
  .meta({ id: 'Problem', description: 'RFC 9457, for callers that accept application/problem+json.' });

export const healthBody = z.strictObject({ status: z.literal('ok') }).meta({ id: 'Health' });
export const readinessBody = z
  .strictObject({
    status: z.enum(['ready', 'unavailable']),
    checks: z.record(z.string(), z.enum(['ok', 'failing'])),
  })
  .meta({ id: 'Readiness' });

export type JobBody = z.infer<typeof jobBody>;
