/** What lies under a subject, as callers write it. */
import { type Colour, parseColour } from './colour.ts';

/** `at`: 0..1 along the gradient. */
export type GradientStop = { readonly colour: Colour; readonly at: number };

export type Background =
  | { readonly kind: 'colour'; readonly colour: Colour }
  /** `angle`: degrees as in CSS, 0 upwards and 90 to the right. */
  | { readonly kind: 'gradient'; readonly angle: number; readonly stops: readonly GradientStop[] }
  /** The photo's own background out of focus. */
  | { readonly kind: 'blur' }
  /** A picture that came with the photo; it covers the whole canvas. */
  | { readonly kind: 'picture' };

const SIDES: Readonly<Record<string, number>> = { 'to top': 0, 'to right': 90, 'to bottom': 180, 'to left': 270 };
const DOWNWARDS = 180;
const MAX_STOPS = 8;

/** A colour, `blur`, or `linear-gradient(angle, colour place, …)` of CSS; undefined for anything else. */
export function parseBackground(text: string): Background | undefined {
  if (text === 'blur') return { kind: 'blur' };
  const gradient = /^linear-gradient\(([^()]*)\)$/i.exec(text);
  if (gradient) return parseGradient((gradient[1] as string).split(',').map((part) => part.trim()));
  const colour = parseColour(text);
  return colour && { kind: 'colour', colour };
}

function parseGradient(parts: readonly string[]): Background | undefined {
  const angle = parseAngle(parts[0] ?? '');
  const given = (angle === undefined ? parts : parts.slice(1)).map(parseStop);
  if (given.length < 2 || given.length > MAX_STOPS) return undefined;
  const stops = given.map((stop, i) => stop && { colour: stop.colour, at: stop.at ?? i / (given.length - 1) });
  if (!stops.every((stop) => stop !== undefined)) return undefined;
  if (stops.some((stop, i) => i > 0 && stop.at < (stops[i - 1]?.at ?? 0))) return undefined;
  return { kind: 'gradient', angle: angle ?? DOWNWARDS, stops };
}

function parseAngle(text: string): number | undefined {
  const side = SIDES[text.toLowerCase()];
  if (side !== undefined) return side;
  const degrees = /^(-?\d{1,3}(?:\.\d+)?)deg$/i.exec(text);
  return degrees ? Number(degrees[1]) : undefined;
}

function parseStop(text: string): { readonly colour: Colour; readonly at?: number } | undefined {
  const [, name = '', percent] = /^(\S+)(?:\s+(\d{1,3}(?:\.\d+)?)%)?$/.exec(text) ?? [];
  const colour = parseColour(name);
  if (!colour || Number(percent ?? 0) > 100) return undefined;
  return percent === undefined ? { colour } : { colour, at: Number(percent) / 100 };
}
