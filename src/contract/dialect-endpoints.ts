/** The dialects of others, told and not validated here: each reads its parameters as its own clients send them. */
import { z } from 'zod';
import type { Endpoint } from './endpoints.ts';
import { RESULT_HEADERS } from './headers.ts';
import { count } from './values.ts';

const text = (description: string) => z.string().optional().meta({ description });
const flag = (description: string) =>
  z
    .enum(['true', 'false', '1', '0'])
    .optional()
    .meta({ description: `${description} Text, or a value of JSON.` });

/** Of remove.bg's API 1.0. Their effects are told in docs/migrate-from-removebg.md, which a test holds to these names. */
export const removebgParameters = z.object({
  image_file_b64: text('The picture in base64.'),
  image_url: text('The address of the picture.'),
  size: text('`preview` (without it), `small`, `regular`, `medium`, `hd`, `full`, `4k`, `50MP` or `auto`.'),
  type: text('A hint: `auto`, `person`, `product`, `car`, `animal`, `graphic`, `transportation` or `other`.'),
  type_level: text('`none`, `1`, `2` or `latest`.'),
  format: text('`auto`, `png`, `jpg`, `webp` or `zip`.'),
  roi: text('`x1 y1 x2 y2`, each in px or %.'),
  crop: flag('Cut to the subject.'),
  crop_margin: text('1, 2 or 4 values in px or %.'),
  scale: text('`10%` to `100%`, or `original`.'),
  position: text('`original`, `center`, or one or two values in %.'),
  channels: text('`rgba` or `alpha`.'),
  add_shadow: flag('A shadow where the subject stands.'),
  shadow_type: text('`none`, `drop`, `auto`, `car` or `3D`.'),
  shadow_opacity: text('0 to 100.'),
  semitransparency: flag('Read, and without effect.'),
  bg_color: text('Hexadecimal digits, or a CSS name.'),
  bg_image_url: text('The address of a picture for the background.'),
});

/** Of rembg's own server. */
export const rembgParameters = z.object({
  url: text('The address of the picture, in place of a file.'),
  model: text('A model of theirs; which network works is the choice of whoever runs this server.'),
  a: text('Edges, bodies and colours refined.'),
  af: text('Read, and without effect.'),
  ab: text('Read, and without effect.'),
  ae: text('Read, and without effect.'),
  om: text('The matte alone.'),
  ppm: text('Every pixel in or out.'),
  bgc: text('`r,g,b,a` under the subject.'),
  extras: text('Ignored.'),
});

const removebgResult = z.strictObject({
  data: z.strictObject({
    result_b64: z.base64(),
    foreground_top: count,
    foreground_left: count,
    foreground_width: count,
    foreground_height: count,
  }),
});

const removebgAccount = z.strictObject({
  data: z.strictObject({
    attributes: z.strictObject({
      credits: z.strictObject({ total: count, subscription: count, payg: count, enterprise: count }),
      api: z.strictObject({ free_calls: count, sizes: z.literal('all') }),
    }),
  }),
});

const REMOVEBG = { needsKey: true, tag: 'remove.bg', errorForm: 'removebg' } as const;
const REMOVEBG_ERRORS = [400, 402, 403, 408, 409, 410, 429, 500, 503] as const;

const rembg = {
  path: '/api/remove',
  summary: 'Remove a background, as rembg’s server does',
  needsKey: true,
  tag: 'rembg',
  query: rembgParameters,
  answers: {
    200: { description: 'A PNG at the size of the picture.', binary: ['image/png'], headers: RESULT_HEADERS },
  },
  errors: [400, 401, 403, 408, 409, 410, 413, 429, 500, 503],
} as const;

export const DIALECT_ENDPOINTS: readonly Endpoint[] = [
  {
    ...REMOVEBG,
    method: 'post',
    path: '/v1.0/removebg',
    operationId: 'removebg',
    summary: 'Remove a background, as remove.bg does',
    body: { fields: removebgParameters, files: { image_file: 'The picture.', bg_image_file: 'Its background.' } },
    answers: {
      200: {
        description: 'The cutout, or with `Accept: application/json` the same in base64.',
        binary: ['image/png', 'image/jpeg', 'image/webp', 'application/zip'],
        json: removebgResult,
      },
    },
    errors: REMOVEBG_ERRORS,
  },
  {
    ...REMOVEBG,
    method: 'post',
    path: '/v1.0/improve',
    operationId: 'removebgImprove',
    summary: 'Take a picture, and delete it: nothing learns from it here',
    body: { fields: z.object({}), files: { image_file: 'The picture.' } },
    answers: {
      200: { description: 'It is deleted.', json: z.strictObject({ data: z.strictObject({ id: z.uuid() }) }) },
    },
    errors: REMOVEBG_ERRORS,
  },
  {
    ...REMOVEBG,
    method: 'get',
    path: '/v1.0/account',
    operationId: 'removebgAccount',
    summary: 'Ask for what is left of the month',
    answers: { 200: { description: 'The account.', json: removebgAccount } },
    errors: [403, 429, 503],
  },
  { ...rembg, method: 'get', operationId: 'rembgByUrl' },
  {
    ...rembg,
    method: 'post',
    operationId: 'rembg',
    body: { fields: rembgParameters, files: { file: 'The picture.' } },
  },
];

export const removebgErrorBody = z
  .strictObject({
    errors: z.array(z.strictObject({ title: z.string(), code: z.string(), detail: z.string() })),
  })
  .meta({ id: 'RemovebgError', description: 'Errors as remove.bg tells them.' });
