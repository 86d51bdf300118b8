/** What a caller may ask of one removal, and what the pipeline reports of it. */
import { type EditOptions, NO_EDITS } from './edit-options.ts';

export const OUTPUT_FORMATS = ['png', 'webp', 'avif', 'jpg', 'tiff', 'zip'] as const;
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

/** `alpha16`: the matte in 16 bits; `foreground`: the subject's colours, opaque; `trimap`: subject, background, unsure. */
export const OUTPUT_KINDS = ['cutout', 'mask', 'alpha16', 'foreground', 'trimap'] as const;
export type OutputKind = (typeof OUTPUT_KINDS)[number];

/** `fast`: the network's matte as it is; `auto`: bodies, edges and colours refined, on two views where one is in doubt; `best`: on two always, exactly. */
export const QUALITIES = ['fast', 'auto', 'best'] as const;
export type Quality = (typeof QUALITIES)[number];

export const CONTENT_TYPES: Record<OutputFormat, string> = {
  png: 'image/png',
  webp: 'image/webp',
  avif: 'image/avif',
  jpg: 'image/jpeg',
  tiff: 'image/tiff',
  zip: 'application/zip',
};

export type RemovalOptions = {
  readonly format: OutputFormat;
  readonly output: OutputKind;
  readonly quality: Quality;
  /** 0..1: a result of less confidence fails, and so is free. 0 takes every result. */
  readonly minConfidence: number;
  /** Every pixel in or out. */
  readonly isHard: boolean;
  readonly edit: EditOptions;
};

export const DEFAULT_REMOVAL_OPTIONS: RemovalOptions = {
  format: 'png',
  output: 'cutout',
  quality: 'auto',
  minConfidence: 0,
  isHard: false,
  edit: NO_EDITS,
};

/** Why a format cannot hold what is asked for, as a sentence. */
export function refuseOptions({ output, format }: Pick<RemovalOptions, 'output' | 'format'>): string | undefined {
  return output === 'alpha16' && !['png', 'tiff', 'zip'].includes(format)
    ? `The format ${format} has no 16 bits: ask for "alpha16" as png or tiff.`
    : undefined;
}

/** A number from 0 to 1 as a caller writes it, without sign or exponent; undefined for anything else. */
export function parseConfidence(text: string): number | undefined {
  return /^(0|1|0?\.\d+|1\.0+)$/.test(text) ? Number(text) : undefined;
}

/** One order to the pipeline. `isWatermarked` is set for test keys. `maxPixels` bounds width × height of the source. */
export type PipelineRequest = RemovalOptions & {
  readonly isWatermarked: boolean;
  readonly maxPixels: number;
};

/** Pixels; all zero when nothing was found. */
export type ForegroundBox = {
  readonly top: number;
  readonly left: number;
  readonly width: number;
  readonly height: number;
};

/** In their order. */
export const PIPELINE_STEPS = ['decode', 'infer', 'refine', 'encode'] as const;
export type PipelineStep = (typeof PIPELINE_STEPS)[number];

/** Milliseconds of each step inside the pipeline. */
export type PipelineTimings = Readonly<Record<PipelineStep, number>>;

export type PipelineReport = {
  readonly width: number;
  readonly height: number;
  readonly foreground: ForegroundBox;
  /** 0..1 in steps of .01: how likely the matte is to be right; 0 when nothing was found. */
  readonly confidence: number;
  readonly byteLength: number;
  /** Absent where none was asked for, or an earlier version made the result. */
  readonly hasThumbnail?: boolean;
  readonly timings: PipelineTimings;
};
