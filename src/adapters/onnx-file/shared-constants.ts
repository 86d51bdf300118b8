/** Constants that most nodes of a quantised graph read. */
import { createFloatTensor, createUint8Scalar } from './build.ts';
import { DATA_TYPE, type OnnxTensor } from './schema.ts';

/** The byte that stands for 0: the lowest for what follows a ReLU, the middle for what has a sign. */
export type Zero = 'lowest' | 'middle';

export const ONE = 'quantise/one';
export const ZERO_BYTE = { lowest: 'quantise/byte_0', middle: 'quantise/byte_128' } as const;
export const ZERO_INT8 = 'quantise/int8_0';

export const createSharedConstants = (): OnnxTensor[] => [
  createFloatTensor(ONE, [], [1]),
  createUint8Scalar(ZERO_BYTE.lowest, 0),
  createUint8Scalar(ZERO_BYTE.middle, 128),
  { ...createUint8Scalar(ZERO_INT8, 0), dataType: DATA_TYPE.int8 },
];
