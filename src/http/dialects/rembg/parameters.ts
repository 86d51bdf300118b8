/** The parameters of rembg's HTTP server, and what they ask of a removal of ours. */
import type { Colour } from '../../../domain/colour.ts';
import { NO_EDITS } from '../../../domain/edit-options.ts';
import { RemuvrError } from '../../../domain/errors.ts';
import { DEFAULT_REMOVAL_OPTIONS, type RemovalOptions } from '../../../domain/removal-options.ts';

export type RembgFields = Readonly<Record<string, string>>;

/** Each cuts out the same thing: with which network, the operator has chosen. */
export const REMBG_MODELS = [
  'u2net',
  'u2netp',
  'u2net_human_seg',
  'silueta',
  'isnet-general-use',
  'isnet-anime',
  'birefnet-general',
  'birefnet-general-lite',
  'birefnet-portrait',
  'birefnet-dis',
  'birefnet-hrsod',
  'birefnet-cod',
  'birefnet-massive',
  'bria-rmbg',
  'ben2-base',
] as const;

/** What these cut out, no network here does: clothes, and what a prompt points at; or they are files of their server. */
const OTHER_MODELS = ['u2net_cloth_seg', 'sam', 'u2net_custom', 'dis_custom', 'ben_custom'];

const refuse = (name: string, expected: string): RemuvrError =>
  new RemuvrError('invalid_parameter', `The parameter "${name}" must be ${expected}.`);

export function parseRembg(fields: RembgFields, quality: RemovalOptions['quality']): RemovalOptions {
  checkModel(fields.model || 'u2net');
  for (const name of ['af', 'ab']) checkInteger(fields, name, 255);
  checkInteger(fields, 'ae', Number.MAX_SAFE_INTEGER);
  const isMask = parseBoolean(fields, 'om');
  const background = fields.bgc ? parseColour(fields.bgc) : undefined;
  return {
    ...DEFAULT_REMOVAL_OPTIONS,
    format: 'png',
    output: isMask ? 'mask' : 'cutout',
    // Alpha matting is what refines the edges and the colours under them.
    quality: parseBoolean(fields, 'a') ? (quality === 'fast' ? 'auto' : quality) : 'fast',
    isHard: parseBoolean(fields, 'ppm'),
    edit: { ...NO_EDITS, background: background && !isMask ? { kind: 'colour', colour: background } : null },
  };
}

function checkModel(model: string): void {
  if (OTHER_MODELS.includes(model)) {
    throw new RemuvrError('invalid_parameter', `This server has nothing that does what the model "${model}" does.`);
  }
  if (!REMBG_MODELS.some((known) => known === model)) throw refuse('model', `one of ${REMBG_MODELS.join(', ')}`);
}

/** As pydantic reads them. */
const YES = ['true', '1', 'yes', 'on', 't', 'y'];
const NO = ['false', '0', 'no', 'off', 'f', 'n', ''];

function parseBoolean(fields: RembgFields, name: string): boolean {
  const text = (fields[name] ?? '').toLowerCase();
  if (YES.includes(text)) return true;
  if (NO.includes(text)) return false;
  throw refuse(name, 'true or false');
}

function checkInteger(fields: RembgFields, name: string, most: number): void {
  const text = fields[name];
  if (!text || (/^\d{1,9}$/.test(text) && Number(text) <= most)) return;
  throw refuse(name, most === 255 ? 'a whole number from 0 to 255' : 'a whole number of 0 or more');
}

/** `r,g,b,a`, each from 0 to 255. */
function parseColour(text: string): Colour {
  const parts = text.split(',').map((part) => part.trim());
  const isFitting = parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255);
  const [red = 0, green = 0, blue = 0, alpha = 255] = parts.map(Number);
  if (!isFitting || (parts.length !== 3 && parts.length !== 4)) {
    throw refuse('bgc', 'four numbers from 0 to 255 with commas between them');
  }
  return [red, green, blue, alpha];
}
