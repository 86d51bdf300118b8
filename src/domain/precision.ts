/** Which form of a model runs, and why: bytes where they are measured to be faster and right, else single precision. */

/** `int8`: the arithmetic on bytes, several times faster where the processor has instructions for it. */
export type Precision = 'fp32' | 'int8';

/**
 * How the wide convolutions of the int8 form are computed: each by itself, or as products of matrices, which only pays where
 * a processor has instructions for those.
 */
export type WideConvs = 'direct' | 'matrix';

/** What an operator may ask for. */
export type PrecisionSetting = 'auto' | Precision;

/** What one machine showed: all forms on the same picture. */
export type PrecisionMeasurement = {
  /** Name of the processor that it holds for, and what it has of instructions that decide. */
  readonly processor: string;
  /** Digest of the int8 file that it holds for. */
  readonly digest: string;
  readonly fp32Ms: number;
  readonly int8Ms: number;
  /** The int8 form with its wide convolutions as products of matrices. */
  readonly int8MatrixMs: number;
  /** Mean difference of an int8 matte from that in single precision, 0..1: of the worse of both ways. */
  readonly difference: number;
};

export type PrecisionChoice = {
  readonly precision: Precision;
  /** Of the int8 form, whether it is the one that runs or not. */
  readonly wideConvs: WideConvs;
  readonly reason: string;
};

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

/** It takes some 40 MB more. Where it pays it takes .9 of the time, else 1.1; a few runs of each may differ by less. */
const MATRIX_PAYS = 0.96;

/** `measure`: the forms are to be run before it can be said. */
export function decidePrecision({
  setting,
  hasInt8,
  measurement,
}: PrecisionQuestion): PrecisionChoice | { readonly precision: 'measure' } {
  if (setting === 'fp32') return single('PRECISION=fp32 asks for it');
  if (!hasInt8) return single('this model has no int8 form here');
  const isMatrix = measurement !== undefined && measurement.int8MatrixMs <= MATRIX_PAYS * measurement.int8Ms;
  const int8 = (reason: string): PrecisionChoice => ({
    precision: 'int8',
    wideConvs: isMatrix ? 'matrix' : 'direct',
    reason: `${reason}${isMatrix ? '; its wide convolutions run as products of matrices' : ''}`,
  });
  if (setting === 'int8') return int8('PRECISION=int8 asks for it');
  if (!measurement) return { precision: 'measure' };
  const { fp32Ms, int8Ms, int8MatrixMs, difference } = measurement;
  const bytesMs = isMatrix ? int8MatrixMs : int8Ms;
  const times = `${Math.round(bytesMs)} ms against ${Math.round(fp32Ms)} ms`;
  if (!(difference <= LARGEST_DIFFERENCE)) {
    return single('int8 gives another matte on this processor, which lacks 32-bit dot products');
  }
  const speedup = fp32Ms / bytesMs;
  return speedup >= LEAST_SPEEDUP
    ? int8(`it was measured ${speedup.toFixed(1)} times as fast here (${times})`)
    : single(`int8 was measured no faster on this processor (${times})`);
}

const single = (reason: string): PrecisionChoice => ({ precision: 'fp32', wideConvs: 'direct', reason });

/** `best` has the time for the exact form, unless the operator names one for everything. */
export const decideBestPrecision = (
  setting: PrecisionSetting,
  { precision }: Pick<PrecisionChoice, 'precision'>,
): Precision => (setting === 'auto' ? 'fp32' : precision);

/** A note of another processor or another file says nothing. */
export const isMeasurementOf = (
  measurement: PrecisionMeasurement | undefined,
  { processor, digest }: Pick<PrecisionMeasurement, 'processor' | 'digest'>,
): boolean => measurement?.processor === processor && measurement.digest === digest;

/**
 * What multiplies bytes fast, as Linux calls it: of x86 (VNNI, AMX) and of ARM. Virtual machines share the name of a processor
 * and differ in these.
 */
const BYTE_INSTRUCTIONS = ['avx512_vnni', 'avx_vnni', 'amx_int8', 'asimddp', 'i8mm'];

/** `cpuinfo`: the text of /proc/cpuinfo; its first processor speaks for all. */
export function findByteInstructions(cpuinfo: string): string[] {
  const flags = /^(?:flags|Features)\s*:(.*)$/m.exec(cpuinfo)?.[1]?.split(/\s+/) ?? [];
  return BYTE_INSTRUCTIONS.filter((name) => flags.includes(name));
}
