/** Edits under one name, for where pictures are often sent. What a caller says beside it wins. */
import type { EditOptions } from './edit-options.ts';

const WHITE = { kind: 'colour', colour: [255, 255, 255, 255] } as const;

/** The subject alone on white, centred; `scale` of the longer fit. */
const onWhite = (scale: number, minSide: number): Partial<EditOptions> => ({
  crop: true,
  scale,
  position: { x: 0.5, y: 0.5 },
  canvas: { aspect: 1, minSide },
  background: WHITE,
});

export const PRESETS = {
  /** Seller Central, "Product image guide": pure white, 85 % of the frame, 1,600 pixels and more for the best zoom. */
  amazon: onWhite(0.85, 1600),
  /** eBay, "Picture policy" and its tips: 500 pixels at least and 1,600 advised. The share of the frame is ours. */
  ebay: onWhite(0.9, 1600),
  /** Shopify Help Center, "Product media types": square, 2,048 × 2,048 advised. Background and share are ours. */
  shopify: onWhite(0.9, 2048),
  /** ICAO Doc 9303, part 3: 35 × 45 mm, the whole shown at 600 dots an inch. It cannot measure the head. */
  passport: {
    crop: true,
    scale: 0.9,
    position: { x: 0.5, y: 1 },
    canvas: { aspect: 35 / 45, minSide: 1063 },
    background: WHITE,
    dpi: 600,
  },
} as const satisfies Readonly<Record<string, Partial<EditOptions>>>;

export type PresetName = keyof typeof PRESETS;

export const PRESET_NAMES = Object.keys(PRESETS) as [PresetName, ...PresetName[]];

/** Parameters of edits as a caller writes them. */
export type PresetParameters = Readonly<Record<string, string>>;

/** Edits of an account's own under a name. */
export type OwnPreset = { readonly name: string; readonly parameters: PresetParameters; readonly updatedAt: Date };

export const MAX_OWN_PRESETS = 50;

export const isBuiltInPreset = (name: string): name is PresetName => Object.hasOwn(PRESETS, name);

export const isPresetName = (name: string): boolean => /^[a-z0-9][a-z0-9_-]{0,39}$/.test(name);
