/** Which form of a model runs, and why: bytes where they are measured to be faster and right, else single precision. */

/** `int8`: the arithmetic on bytes, several times faster where the processor has instructions for it. */
export type Precision = 'fp32' | 'int8';

/** What an operator may ask for. */
export type PrecisionSetting = 'auto' | Precision;

/** What one machine showed: both forms on the same picture. */
export type PrecisionMeasurement = {
  /** Name of the processor that it holds for. */
  readonly processor: string;
  /** Digest of the int8 file that it holds for. */
  readonly digest: string;
  readonly fp32Ms: number;
  readonly int8Ms: number;
  /** Mean difference of the two mattes, 0..1. */
  readonly difference: number;
};

export type PrecisionChoice = { readonly precision: Precision; readonly reason: string };

export type PrecisionQuestion = {
  readonly setting: PrecisionSetting;
  /** Whether the model has an int8 form on this machine. */
  readonly hasInt8: boolean;
  readonly measurement: PrecisionMeasurement | undefined;
};

/** Less than this is not worth what int8 loses. */
const LEAST_SPEEDUP = 1.2;

/**
 * Processors that add pairs of products in 16 bits (AVX2 without VNNI) saturate, and the matte is wrong: a sound one is
 * within .01 of single precision.
 */
const LARGEST_DIFFERENCE = 0.03;

/** `measure`: both forms are to be run before it can be said. */
export function decidePrecision({
  setting,
  hasInt8,
  measurement,
}: PrecisionQuestion): PrecisionChoice | { readonly precision: 'measure' } {
  if (setting === 'fp32') return { precision: 'fp32', reason: 'PRECISION=fp32 asks for it' };
  if (!hasInt8) return { precision: 'fp32', reason: 'this model has no int8 form here' };
  if (setting === 'int8') return { precision: 'int8', reason: 'PRECISION=int8 asks for it' };
  if (!measurement) return { precision: 'measure' };
  const speedup = measurement.fp32Ms / measurement.int8Ms;
  const times = `${Math.round(measurement.int8Ms)} ms against ${Math.round(measurement.fp32Ms)} ms`;
  if (!(measurement.difference <= LARGEST_DIFFERENCE)) {
    return { precision: 'fp32', reason: 'int8 gives another matte on this processor, which lacks 32-bit dot products' };
  }
  return speedup >= LEAST_SPEEDUP
    ? { precision: 'int8', reason: `it was measured ${speedup.toFixed(1)} times as fast here (${times})` }
    : { precision: 'fp32', reason: `int8 was measured no faster on this processor (${times})` };
}

/** `best` has the time for the exact form, unless the operator names one for everything. */
export const decideBestPrecision = (setting: PrecisionSetting, { precision }: PrecisionChoice): Precision =>
  setting === 'auto' ? 'fp32' : precision;

/** A note of another processor or another file says nothing. */
export const isMeasurementOf = (
  measurement: PrecisionMeasurement | undefined,
  { processor, digest }: Pick<PrecisionMeasurement, 'processor' | 'digest'>,
): boolean => measurement?.processor === processor && measurement.digest === digest;
