import { describe, expect, test } from 'vitest';
import {
  decideBestPrecision,
  decidePrecision,
  findByteInstructions,
  isMeasurementOf,
  type PrecisionMeasurement,
} from '../../src/domain/precision.ts';

const measured = (
  fp32Ms: number,
  int8Ms: number,
  difference = 0.002,
  int8MatrixMs = int8Ms * 1.1,
): PrecisionMeasurement => ({
  processor: 'P',
  digest: 'd',
  fp32Ms,
  int8Ms,
  int8MatrixMs,
  difference,
});

describe('decidePrecision', () => {
  test.each([
    ['takes int8 where it is faster', 'auto', true, measured(900, 300), 'int8', /3\.0 times as fast.*300 ms.*900 ms/],
    ['takes it at exactly 1.2 times', 'auto', true, measured(120, 100), 'int8', /1\.2 times/],
    ['keeps fp32 where int8 gains too little', 'auto', true, measured(110, 100), 'fp32', /no faster/],
    ['keeps fp32 where int8 is slower', 'auto', true, measured(900, 2000), 'fp32', /no faster/],
    ['keeps fp32 where int8 is fast and wrong', 'auto', true, measured(900, 300, 0.2), 'fp32', /another matte/],
    ['keeps fp32 where int8 gives no numbers', 'auto', true, measured(900, 300, Number.NaN), 'fp32', /another matte/],
    ['keeps fp32 for a model without int8', 'auto', false, undefined, 'fp32', /no int8 form/],
    ['does as it is told: fp32', 'fp32', true, measured(900, 300), 'fp32', /PRECISION=fp32/],
    ['does as it is told: int8, slow as it may be', 'int8', true, measured(900, 2000), 'int8', /PRECISION=int8/],
    ['cannot run int8 where there is none', 'int8', false, undefined, 'fp32', /no int8 form/],
  ] as const)('%s', (_, setting, hasInt8, measurement, precision, reason) => {
    const choice = decidePrecision({ setting, hasInt8, measurement });
    expect(choice).toEqual({ precision, wideConvs: 'direct', reason: expect.stringMatching(reason) });
  });

  test('asks for a measurement where nothing else decides', () => {
    const question = { setting: 'auto', hasInt8: true, measurement: undefined } as const;
    expect(decidePrecision(question)).toEqual({ precision: 'measure' });
  });

  test('asks for none where int8 is told: then wide convolutions run each by itself', () => {
    const question = { setting: 'int8', hasInt8: true, measurement: undefined } as const;
    expect(decidePrecision(question)).toMatchObject({ precision: 'int8', wideConvs: 'direct' });
  });

  test.each([
    [
      'as matrices where that was faster',
      'auto',
      measured(900, 300, 0.002, 270),
      'matrix',
      /3\.3 times.*270 ms.*as products/,
    ],
    [
      'each by itself where both took as long',
      'auto',
      measured(900, 300, 0.002, 295),
      'direct',
      /300 ms against 900 ms\)$/,
    ],
    [
      'as matrices where int8 is told and that was faster',
      'int8',
      measured(900, 300, 0.002, 270),
      'matrix',
      /as products/,
    ],
    [
      'as matrices where these alone make int8 fast enough',
      'auto',
      measured(110, 100, 0.002, 90),
      'matrix',
      /1\.2 times/,
    ],
  ] as const)('takes wide convolutions %s', (_, setting, measurement, wideConvs, reason) => {
    const choice = decidePrecision({ setting, hasInt8: true, measurement });
    expect(choice).toEqual({ precision: 'int8', wideConvs, reason: expect.stringMatching(reason) });
  });
});

test.each([
  ['the same processor and file', { processor: 'P', digest: 'd' }, true],
  ['another processor', { processor: 'Q', digest: 'd' }, false],
  ['another file', { processor: 'P', digest: 'e' }, false],
])('a note counts for %s: %s', (_, machine, expected) => {
  expect(isMeasurementOf(measured(900, 300), machine)).toBe(expected);
  expect(isMeasurementOf(undefined, machine)).toBe(false);
});

test.each([
  [
    'x86 with tiles',
    'processor\t: 0\nmodel name\t: Xeon\nflags\t\t: fpu sse2 avx512_vnni amx_tile amx_int8 avx_vnni\n',
    ['avx512_vnni', 'avx_vnni', 'amx_int8'],
  ],
  ['x86 without', 'processor\t: 0\nmodel name\t: Xeon\nflags\t\t: fpu sse2 avx2\n', []],
  ['ARM', 'processor\t: 0\nFeatures\t: fp asimd asimddp i8mm\nCPU part\t: 0xd4f\n', ['asimddp', 'i8mm']],
  ['a system that tells nothing', '', []],
])('the instructions that decide are read of %s', (_, cpuinfo, expected) => {
  expect(findByteInstructions(cpuinfo)).toEqual(expected);
});

describe('the precision of best', () => {
  const [int8, fp32] = [{ precision: 'int8' }, { precision: 'fp32' }] as const;

  test('is single, where the program chooses', () => {
    expect(decideBestPrecision('auto', int8)).toBe('fp32');
    expect(decideBestPrecision('auto', fp32)).toBe('fp32');
  });

  test('is that of the setting, where there is one', () => {
    expect(decideBestPrecision('int8', int8)).toBe('int8');
    expect(decideBestPrecision('fp32', fp32)).toBe('fp32');
    // A model without an int8 form.
    expect(decideBestPrecision('int8', fp32)).toBe('fp32');
  });
});
