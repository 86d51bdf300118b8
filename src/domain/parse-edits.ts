/** The parameters of edits as callers write them, in remove.bg's spelling. Each parser is strict: undefined is a refusal. */
import { parseColour } from './colour.ts';
import {
  type Length,
  type Margins,
  type Outline,
  type Position,
  type Roi,
  SIZE_NAMES,
  type SizeName,
} from './edit-options.ts';

const ZERO: Length = { value: 0, unit: 'px' };

/** `30px`, `12.5%`, or a bare 0. */
export function parseLength(text: string): Length | undefined {
  if (text === '0') return ZERO;
  const [, digits, unit] = /^(\d{1,6}(?:\.\d{1,6})?)(px|%)$/i.exec(text) ?? [];
  return digits === undefined ? undefined : { value: Number(digits), unit: unit === '%' ? '%' : 'px' };
}

function parseLengths(text: string): Length[] | undefined {
  const lengths = text.trim().split(/\s+/).map(parseLength);
  return lengths.every((length) => length !== undefined) ? lengths : undefined;
}

export function parseSize(text: string): SizeName | undefined {
  return SIZE_NAMES.find((name) => name.toLowerCase() === text.toLowerCase());
}

/** `x1 y1 x2 y2`. That the corners enclose something inside of the picture is known only with the picture. */
export function parseRoi(text: string): Roi | undefined {
  const [x1, y1, x2, y2, ...more] = parseLengths(text) ?? [];
  return x1 && y1 && x2 && y2 && more.length === 0 ? { x1, y1, x2, y2 } : undefined;
}

/** remove.bg's bounds of a margin. */
const MAX_MARGIN = { px: 500, '%': 50 } as const;

/** One value for all sides; two for top and bottom, and the sides; four from the top clockwise. */
export function parseCropMargin(text: string): Margins | undefined {
  const given = parseLengths(text) ?? [];
  if (given.some(({ value, unit }) => value > MAX_MARGIN[unit])) return undefined;
  const [top, right = top, bottom = top, left = right] = given;
  if (!top || !right || !bottom || !left || ![1, 2, 4].includes(given.length)) return undefined;
  return { top, right, bottom, left };
}

/** `original` is null; undefined is a refusal. */
export function parseScale(text: string): number | null | undefined {
  if (text === 'original') return null;
  const length = parseLength(text);
  return length?.unit === '%' && length.value >= 10 && length.value <= 100 ? length.value / 100 : undefined;
}

export function parsePosition(text: string): Position | undefined {
  if (text === 'original') return 'original';
  if (text === 'center') return { x: 0.5, y: 0.5 };
  const [x, y = x, ...more] = parseLengths(text) ?? [];
  const isShare = (length: Length | undefined): length is Length =>
    length !== undefined && (length.unit === '%' || length === ZERO) && length.value <= 100;
  return isShare(x) && isShare(y) && more.length === 0 ? { x: x.value / 100, y: y.value / 100 } : undefined;
}

/** 0 to 100 becomes 0..1. */
export function parseOpacity(text: string): number | undefined {
  return /^(?:100|\d{1,2})(?:\.\d+)?%?$/.test(text) && Number.parseFloat(text) <= 100
    ? Number.parseFloat(text) / 100
    : undefined;
}

/** Wider ones would be frames. */
const MAX_OUTLINE = { px: 200, '%': 10 } as const;

/** A width, of the subject's longer side where in %, and a colour: `8px white`. */
export function parseOutline(text: string): Outline | undefined {
  const [widthText = '', colourText = 'white', ...more] = text.trim().split(/\s+/);
  const width = parseLength(widthText);
  const colour = parseColour(colourText);
  if (!width || !colour || more.length > 0 || width.value === 0 || width.value > MAX_OUTLINE[width.unit])
    return undefined;
  return { width, colour };
}

/** Dots an inch; what JFIF can hold is 65535, and nothing is printed finer than this. */
export function parseDpi(text: string): number | undefined {
  return /^\d{1,4}$/.test(text) && Number(text) >= 1 && Number(text) <= 2400 ? Number(text) : undefined;
}

const YES = ['true', '1'];
const NO = ['false', '0'];

export function parseSwitch(text: string): boolean | undefined {
  return YES.includes(text.toLowerCase()) ? true : NO.includes(text.toLowerCase()) ? false : undefined;
}
