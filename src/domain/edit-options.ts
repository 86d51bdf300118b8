/** What is to be made of a cutout: geometry, what lies under the subject, and what the file tells. All of it is JSON. */
import type { Background } from './background.ts';
import type { Colour } from './colour.ts';

/** Megapixels of the answer at most, named as remove.bg names them; `auto`: as many as there are. */
export const SIZE_NAMES = ['auto', 'preview', 'small', 'regular', 'medium', 'hd', 'full', '4k', '50MP'] as const;
export type SizeName = (typeof SIZE_NAMES)[number];

export const SHADOW_KINDS = ['drop', 'contact'] as const;
export type ShadowKind = (typeof SHADOW_KINDS)[number];

export type Length = { readonly value: number; readonly unit: 'px' | '%' };

/** Two corners. Only what lies between them may be subject. */
export type Roi = { readonly x1: Length; readonly y1: Length; readonly x2: Length; readonly y2: Length };

export type Margins = {
  readonly top: Length;
  readonly right: Length;
  readonly bottom: Length;
  readonly left: Length;
};

/** 0..1 of the space that the subject leaves free; `original`: where it was. */
export type Position = 'original' | { readonly x: number; readonly y: number };

export type Shadow = { readonly kind: ShadowKind /** 0..1. */; readonly opacity: number };

export type Outline = { readonly width: Length; readonly colour: Colour };

/** A shape that the answer must have: width / height, and pixels of the longest side at least. */
export type Canvas = { readonly aspect: number; readonly minSide: number };

export type EditOptions = {
  readonly size: SizeName;
  readonly roi: Roi | null;
  readonly crop: boolean;
  readonly cropMargin: Margins | null;
  /** 0.1..1 of the canvas that the subject fills; null leaves its size. */
  readonly scale: number | null;
  /** Null: the centre where `scale` is given, else where it was. */
  readonly position: Position | null;
  readonly canvas: Canvas | null;
  readonly background: Background | null;
  readonly shadow: Shadow | null;
  readonly outline: Outline | null;
  readonly dpi: number | null;
  /** Whether the file tells what the photo's own told of camera, time and place. */
  readonly keepsMetadata: boolean;
};

export const NO_EDITS: EditOptions = {
  size: 'auto',
  roi: null,
  crop: false,
  cropMargin: null,
  scale: null,
  position: null,
  canvas: null,
  background: null,
  shadow: null,
  outline: null,
  dpi: null,
  keepsMetadata: false,
};

/** Whether pixels change. What is only told in the file does not count. */
export function isEdited(edit: EditOptions): boolean {
  const { size, roi, crop, scale, position, canvas, background, shadow, outline } = edit;
  const isPlaced = crop || scale !== null || (position !== null && position !== 'original') || canvas !== null;
  return size !== 'auto' || roi !== null || isPlaced || background !== null || shadow !== null || outline !== null;
}

const MEGAPIXELS: Readonly<Record<SizeName, number>> = {
  auto: Number.POSITIVE_INFINITY,
  preview: 0.25,
  small: 0.25,
  regular: 0.25,
  medium: 1.5,
  hd: 4,
  full: 25,
  '4k': 25,
  '50MP': 50,
};

/** remove.bg's own limit of a PNG at full size. */
const FULL_PNG_MEGAPIXELS = 10;

export function maxPixelsOf(size: SizeName, format: string): number {
  const megapixels = MEGAPIXELS[size];
  return 1_000_000 * (megapixels === 25 && format === 'png' ? FULL_PNG_MEGAPIXELS : megapixels);
}
