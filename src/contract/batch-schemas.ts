/** The wire of batches. */
import { z } from 'zod';
import { errorCode, jobTime, removalParameters } from './schemas.ts';
import { count } from './values.ts';

/** The options of a removal hold for every picture. */
export const batchParameters = removalParameters.omit({ async: true, url: true, image_url: true }).extend({
  urls: z.string().optional().meta({
    description: 'Addresses from which the server fetches pictures: one a line, or the parameter several times.',
  }),
});

export const batchBody = z
  .strictObject({
    id: z.uuid(),
    status: z.enum(['processing', 'completed', 'cancelled']).meta({
      description:
        '`processing` while a picture is under way; `cancelled` where some were cancelled before they began.',
    }),
    createdAt: jobTime,
    completedAt: jobTime.optional(),
    total: count,
    counts: z.strictObject({ queued: count, processing: count, completed: count, failed: count }),
    items: z.array(
      z.strictObject({
        name: z.string(),
        status: z.enum(['queued', 'processing', 'completed', 'failed']),
        job: z.uuid().optional().meta({ description: 'The id of the job; absent where the picture became none.' }),
        result: z.url().optional(),
        error: z.strictObject({ code: errorCode, message: z.string() }).optional(),
      }),
    ),
    urls: z.strictObject({ batch: z.url(), zip: z.url(), cancel: z.url() }),
  })
  .meta({ id: 'Batch' });

export const batchAnswer = z
  .strictObject({ status: z.literal('success'), batch: batchBody })
  .meta({ id: 'BatchAnswer' });

export type BatchBody = z.infer<typeof batchBody>;
