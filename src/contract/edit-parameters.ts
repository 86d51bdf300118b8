/** The parameters of edits, and what they come to together. */
import { z } from 'zod';
import { parseBackground } from '../domain/background.ts';
import { type EditOptions, NO_EDITS, SHADOW_KINDS, SIZE_NAMES } from '../domain/edit-options.ts';
import {
  parseCropMargin,
  parseDpi,
  parseOpacity,
  parseOutline,
  parsePosition,
  parseRoi,
  parseScale,
  parseSwitch,
} from '../domain/parse-edits.ts';
import { isBuiltInPreset, isPresetName, PRESET_NAMES, PRESETS } from '../domain/presets.ts';

/** Text that `parse` understands; absent where it is not given. */
const readBy = <T>(parse: (text: string) => T | undefined, description: string) =>
  z
    .string()
    .transform((text, ctx) => {
      const value = parse(text);
      if (value !== undefined) return value;
      ctx.addIssue({ code: 'custom' });
      return z.NEVER;
    })
    .optional()
    .meta({ description });

export const editParameters = {
  preset: readBy(
    (name) => (isPresetName(name) ? name : undefined),
    `Edits under one name: ${PRESET_NAMES.map((name) => `\`${name}\``).join(', ')}, or one of your own. Parameters that are given beside it win.`,
  ),
  size: z.enum(SIZE_NAMES).optional().meta({
    description:
      'Megapixels of the result at most: `preview`, `small`, `regular` 0.25, `medium` 1.5, `hd` 4, `full`, `4k` 25 (PNG 10), `50MP` 50, `auto` as many as there are.',
  }),
  roi: readBy(
    parseRoi,
    '`x1 y1 x2 y2`, each in px or %: only what lies between these corners may be subject, such as `10% 10% 90% 90%`.',
  ),
  crop: readBy(parseSwitch, '`true` or `false`: cut to the box around the subject.'),
  crop_margin: readBy(
    parseCropMargin,
    'Space around a cropped subject: 1, 2 or 4 values (top, right, bottom, left) in px, to 500, or in % of the subject, to 50.',
  ),
  scale: readBy(parseScale, '`10%` to `100%` of the result that the subject fills, or `original`.'),
  position: readBy(
    parsePosition,
    '`original`, `center`, or where in the free space the subject lies: one or two values from `0%` to `100%`, across and down.',
  ),
  background: readBy(
    parseBackground,
    'A colour (hexadecimal of 3, 4, 6 or 8 digits, or a CSS name), `linear-gradient(angle, colour, colour)`, or `blur`.',
  ),
  shadow: z
    .enum(['none', ...SHADOW_KINDS])
    .optional()
    .meta({
      description: '`drop`: as if before a wall; `contact`: as if on the ground; `none`.',
    }),
  shadow_opacity: readBy(parseOpacity, '0 to 100, how dark a shadow is; 50 without it.'),
  outline: readBy(
    parseOutline,
    'A line around the subject: its width in px, to 200, or in % of the subject, to 10, and its colour, such as `8px white`.',
  ),
  metadata: z.enum(['strip', 'keep']).optional().meta({
    description:
      '`keep`: the result tells of camera, time and place what the EXIF of the photo tells; `strip`, and without it: nothing.',
  }),
  dpi: readBy(parseDpi, '1 to 2400: dots an inch, told in a png, jpg or tiff to whoever prints it.'),
};

type Asked = z.infer<z.ZodObject<typeof editParameters>>;

const DEFAULT_OPACITY = 0.5;

/** The edits of a preset that is built in, and over them what was given itself. */
export function toEditOptions(asked: Asked): EditOptions {
  const { shadow, shadow_opacity: opacity = DEFAULT_OPACITY } = asked;
  const given: Partial<EditOptions> = {
    size: asked.size,
    roi: asked.roi,
    crop: asked.crop,
    cropMargin: asked.crop_margin,
    scale: asked.scale,
    position: asked.position,
    background: asked.background,
    shadow: shadow === undefined || shadow === 'none' ? undefined : { kind: shadow, opacity },
    outline: asked.outline,
    dpi: asked.dpi,
    keepsMetadata: asked.metadata === undefined ? undefined : asked.metadata === 'keep',
  } as Partial<EditOptions>;
  const said = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return { ...NO_EDITS, ...(asked.preset && isBuiltInPreset(asked.preset) ? PRESETS[asked.preset] : {}), ...said };
}
