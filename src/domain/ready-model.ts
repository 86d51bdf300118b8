/** A model on the disk of this machine: the files of its forms, and how it is fed. */
import {
  decideBestPrecision,
  type Precision,
  type PrecisionChoice,
  type PrecisionSetting,
  type WideConvs,
} from './precision.ts';
import type { Quality } from './removal-options.ts';

/** Red, green, blue; of samples divided by 255. */
export type ChannelTriple = readonly [number, number, number];

/** `alpha`: the model ends in its own sigmoid, 0..1. `logits`: the sigmoid is still to be applied. */
export type ModelOutput = 'alpha' | 'logits';

/** A model whose file is there: what a session needs to be opened on it and to be fed. */
export type ReadyModel = {
  readonly name: string;
  /** The file in single precision. */
  readonly path: string;
  /** The same model on bytes, where it has that form. */
  readonly int8Path?: string;
  /** Of the file at int8Path. */
  readonly int8Digest?: string;
  /** Which of the two is to run; left out, single precision. */
  readonly precision?: Precision;
  /** Which of the two is to run for the quality `best`; left out, as for the others. */
  readonly bestPrecision?: Precision;
  /** Of the int8 form; left out, each by itself. */
  readonly wideConvs?: WideConvs;
  readonly bytes: number;
  readonly inputSize: number;
  readonly mean: ChannelTriple;
  readonly std: ChannelTriple;
  /** How far right and down of its place it puts its matte, in pixels of the matte; left out, not at all. */
  readonly matteShift?: number;
  readonly output: ModelOutput;
  /** Undefined: the first one of the file. */
  readonly inputName: string | undefined;
  readonly outputName: string | undefined;
};

/** The form that is to be loaded: what a session is opened on. */
export const inPrecision = (model: ReadyModel, precision: Precision): ReadyModel =>
  precision === 'int8' && model.int8Path !== undefined
    ? { ...model, path: model.int8Path }
    : { ...model, wideConvs: 'direct' };

/** With what was chosen for this machine. */
export const withChoice = (model: ReadyModel, choice: PrecisionChoice, setting: PrecisionSetting): ReadyModel => ({
  ...model,
  precision: choice.precision,
  bestPrecision: decideBestPrecision(setting, choice),
  wideConvs: choice.wideConvs,
});

export function precisionOfQuality(model: ReadyModel, quality: Quality): Precision {
  const { precision = 'fp32', bestPrecision = precision } = model;
  return quality === 'best' ? bestPrecision : precision;
}
