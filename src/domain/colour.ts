/** Colours as callers write them: hexadecimal with or without #, or a name of CSS. */
import { CSS_COLOURS } from './css-colours.ts';

/** Red, green, blue and alpha, 0..255. */
export type Colour = readonly [red: number, green: number, blue: number, alpha: number];

/** Of 3, 4, 6 or 8 digits; undefined for anything else. */
function parseHex(text: string): Colour | undefined {
  if (!/^#?(?:[0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})$/i.test(text)) return undefined;
  const digits = text.replace('#', '');
  const long = digits.length > 4 ? digits : digits.replace(/./g, '$&$&');
  const byteAt = (at: number): number => Number.parseInt(long.slice(at, at + 2), 16);
  return [byteAt(0), byteAt(2), byteAt(4), long.length === 8 ? byteAt(6) : 255];
}

export function parseColour(text: string): Colour | undefined {
  const name = text.toLowerCase();
  if (name === 'transparent') return [0, 0, 0, 0];
  return parseHex(Object.hasOwn(CSS_COLOURS, name) ? (CSS_COLOURS[name] as string) : text);
}
