/** The parameters of remove.bg's API 1.0, as its clients write them, and what they ask of a removal of ours. */
import { type Colour, parseColour } from '../../../domain/colour.ts';
import { type EditOptions, NO_EDITS, type Shadow } from '../../../domain/edit-options.ts';
import {
  parseCropMargin,
  parseOpacity,
  parsePosition,
  parseRoi,
  parseScale,
  parseSize,
  parseSwitch,
} from '../../../domain/parse-edits.ts';
import { DEFAULT_REMOVAL_OPTIONS, type OutputFormat, type RemovalOptions } from '../../../domain/removal-options.ts';
import type { RemovebgCode } from './codes.ts';
import { RemovebgRefusal } from './refusal.ts';

type Fields = Readonly<Record<string, string>>;

/** `backgroundPicture`: whether one comes with the request, by file or URL. */
export type RemovebgOrder = {
  readonly options: Omit<RemovalOptions, 'quality'>;
  /** What `X-Type` says. Nothing here tells a person from a car: it is the caller's own word. */
  readonly type: string | undefined;
};

/** The official command line sends nearly every field, empty where it was not given. */
export const given = (fields: Fields, name: string): string | undefined => fields[name]?.trim() || undefined;

function read<T>(fields: Fields, name: string, code: RemovebgCode, parse: (text: string) => T | undefined) {
  const text = given(fields, name);
  if (text === undefined) return undefined;
  const value = parse(text);
  if (value === undefined) throw new RemovebgRefusal(code, `The value of "${name}" is not one that is accepted.`);
  return value;
}

/** A removal of less is empty: they answer it by an error, and charge nothing. */
const SOMETHING_FOUND = 0.01;

export function parseRemovebg(fields: Fields, hasBackgroundPicture: boolean): RemovebgOrder {
  const edit = parseEdit(fields, hasBackgroundPicture);
  const channels = read(fields, 'channels', 'invalid_channels', oneOf('rgba', 'alpha')) ?? 'rgba';
  read(fields, 'semitransparency', 'invalid_semitransparency', parseFlag);
  const format = read(fields, 'format', 'invalid_format', parseFormat) ?? 'auto';
  const isMask = channels === 'alpha';
  const chosen = format === 'auto' ? chooseFormat(edit, isMask) : format;
  return {
    options: {
      ...DEFAULT_REMOVAL_OPTIONS,
      format: chosen,
      output: isMask ? 'mask' : 'cutout',
      minConfidence: SOMETHING_FOUND,
      // A PNG of theirs has 10 megapixels at most, whatever is asked for.
      edit: chosen === 'png' && edit.size === '50MP' ? { ...edit, size: 'full' } : edit,
    },
    type: describeType(fields),
  };
}

function parseEdit(fields: Fields, hasBackgroundPicture: boolean): EditOptions {
  const size = read(fields, 'size', 'invalid_size', parseSize) ?? 'preview';
  const colour = read(fields, 'bg_color', 'invalid_bg_color', parseColour);
  return {
    ...NO_EDITS,
    // Theirs ends at 25 megapixels, ours nowhere.
    size: size === 'auto' ? 'full' : size,
    roi: read(fields, 'roi', 'invalid_roi', parseRoi) ?? null,
    crop: read(fields, 'crop', 'invalid_parameter', parseFlag) ?? false,
    cropMargin: read(fields, 'crop_margin', 'invalid_crop_margin', parseCropMargin) ?? null,
    scale: read(fields, 'scale', 'invalid_scale', parseScale) ?? null,
    position: read(fields, 'position', 'invalid_position', parsePosition) ?? null,
    background: hasBackgroundPicture ? { kind: 'picture' } : describeColour(colour),
    shadow: parseShadow(fields),
  };
}

const describeColour = (colour: Colour | undefined) =>
  colour && colour[3] > 0 ? ({ kind: 'colour', colour } as const) : null;

/** Python writes its booleans with a capital. */
const parseFlag = (text: string): boolean | undefined => parseSwitch(text.toLowerCase());

const oneOf =
  <T extends string>(...values: T[]) =>
  (text: string): T | undefined =>
    values.find((value) => value === text.toLowerCase());

const parseFormat = oneOf('auto', 'png', 'jpg', 'webp', 'zip');

/** What they call auto: PNG where something is transparent, JPG where nothing is. A matte stays exact. */
function chooseFormat({ background }: EditOptions, isMask: boolean): OutputFormat {
  const isOpaque = background?.kind === 'picture' || (background?.kind === 'colour' && background.colour[3] === 255);
  return isOpaque && !isMask ? 'jpg' : 'png';
}

/** Theirs falls as the subject's type wants it; ours lies under it. */
const SHADOWS: Readonly<Record<string, Shadow['kind'] | 'none'>> = {
  none: 'none',
  drop: 'drop',
  auto: 'contact',
  car: 'contact',
  '3d': 'contact',
};

const DEFAULT_OPACITY = 0.5;

function parseShadow(fields: Fields): Shadow | null {
  const isAsked = read(fields, 'add_shadow', 'invalid_parameter', parseFlag);
  const named = read(fields, 'shadow_type', 'invalid_parameter', (text) => SHADOWS[text.toLowerCase()]);
  const opacity = read(fields, 'shadow_opacity', 'invalid_parameter', parseOpacity) ?? DEFAULT_OPACITY;
  const kind = named ?? (isAsked ? 'contact' : 'none');
  return kind === 'none' || isAsked === false ? null : { kind, opacity };
}

const TYPES = ['person', 'product', 'car', 'animal', 'graphic', 'transportation'];

/** A hint that no clients must be refused for: they send types that their documentation does not name. */
function describeType(fields: Fields): string | undefined {
  if (given(fields, 'type_level') === 'none') return undefined;
  const type = given(fields, 'type')?.toLowerCase() ?? 'auto';
  return TYPES.includes(type) ? type : 'other';
}
