/** What the dashboard may send. Its answers are made for its own pages, and told in docs/dashboard-api.md. */
import { z } from 'zod';
import { KEY_KINDS } from '../domain/api-key.ts';
import { QUALITIES } from '../domain/removal-options.ts';
import { DELIVERY_STATUSES } from '../domain/webhook.ts';
import { editParameters } from './edit-parameters.ts';
import { removalParameters } from './schemas.ts';

/** As `jobsQuery` and the log of webhooks have them. */
const page = {
  cursor: z.string().max(200).optional(),
  limit: z
    .string()
    .regex(/^([1-9]\d?|100)$/)
    .default('25')
    .meta({ description: 'a whole number from 1 to 100' }),
};

const limit = (min: number, max = 2_147_483_647) => z.int().min(min).max(max).nullable().optional();

const limits = z.object({ requestsPerSecond: limit(1), monthlyRemovals: limit(0), maxFileSize: limit(1, 1e12) });
const described = {
  description: 'requestsPerSecond, monthlyRemovals and maxFileSize, each null or a whole number that fits',
};

/** As browsers write it: in small letters, a name of other letters in Punycode, and without the port that goes by itself. */
const origin = z
  .string()
  .max(200)
  .regex(/^https?:\/\/[^/?#@*\s]+\/?$/i)
  .refine((text) => URL.canParse(text))
  .transform((text) => new URL(text).origin);

export const newKeyBody = z.object({
  name: z.string().trim().min(1).max(100).meta({ description: '1 to 100 characters' }),
  kind: z.enum(KEY_KINDS),
  expiresAt: z.iso
    .datetime({ offset: true })
    .nullable()
    .default(null)
    .meta({ description: 'a moment such as 2027-01-31T00:00:00Z' }),
  limits: limits.default({}).meta(described),
  quality: z.enum(QUALITIES).nullable().default(null),
  origins: z
    .array(origin)
    .max(20)
    .default([])
    .meta({ description: 'at most 20 origins such as https://www.example.com' }),
});

/** A week is enough to bring a new key everywhere. */
const LONGEST_OVERLAP_HOURS = 168;

export const rotationBody = z.object({
  overlapHours: z
    .number()
    .min(0)
    .max(LONGEST_OVERLAP_HOURS)
    .default(24)
    .meta({ description: `hours, from 0 to ${LONGEST_OVERLAP_HOURS}` }),
});

/** Which plans there are is the operator's, and asked where the plan is changed. */
const planName = z.string().max(32);

export const planBody = z.object({ plan: planName.meta({ description: 'the name of a plan' }) });

export const settingsBody = z.object({ usageAlerts: z.boolean().meta({ description: 'true or false' }) });

export const presetBody = z.object({
  name: z.string().meta({ description: '1 to 40 small letters, digits, hyphens and underscores' }),
  parameters: z
    .record(z.string(), z.string().max(500))
    .meta({ description: 'an object of parameters, each with its value as text' }),
});

/** What of a removal a preset may hold. */
export const presetParameters = removalParameters.pick({
  format: true,
  output: true,
  quality: true,
  ...(Object.fromEntries(Object.keys(editParameters).map((name) => [name, true])) as Record<
    keyof typeof editParameters,
    true
  >),
});

export const usageQuery = z.object({
  month: z
    .string()
    .regex(/^20\d\d-(0[1-9]|1[0-2])$/)
    .optional()
    .meta({ description: 'a month such as 2026-11' }),
});

export const jobsQuery = z.object({
  status: z.enum(['processing', 'completed', 'failed']).optional(),
  ...page,
});

export const deliveriesQuery = z.object({ status: z.enum(DELIVERY_STATUSES).optional(), ...page });

export const testWebhookBody = z.object({ url: z.string().meta({ description: 'an https URL' }) });

export const accountsQuery = z.object({ search: z.string().max(200).default('') });

export const accountChangeBody = z.object({
  plan: planName.optional().meta({ description: 'the name of a plan' }),
  limits: limits.optional().meta(described),
  suspended: z.boolean().optional().meta({ description: 'true or false' }),
});
