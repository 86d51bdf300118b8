/** A convolution from bytes to bytes. */
import { createFloatTensor, createInt8Tensor, createInt32Tensor, createNode } from './build.ts';
import { type ConvWeights, quantiseWeights, type Steps } from './quantise-weights.ts';
import type { OnnxAttribute } from './schema.ts';
import { ONE, ZERO_BYTE, ZERO_INT8, type Zero } from './shared-constants.ts';

/** A tensor of bytes: its name, and what the bytes stand for. */
export type ByteTensor = { readonly bytes: string; readonly steps: Steps; readonly zero: Zero };

/** `name` is what its constants are called after. */
export function createByteConv(
  name: string,
  conv: ConvWeights,
  { from, to, attribute }: { readonly from: ByteTensor; readonly to: ByteTensor; readonly attribute: OnnxAttribute[] },
) {
  const { weights, scales, bias } = quantiseWeights(conv, from.steps, to.steps);
  const tensors = [
    createInt8Tensor(`${name}/weights`, conv.dims, weights),
    createFloatTensor(`${name}/scales`, [scales.length], scales),
    createInt32Tensor(`${name}/bias`, [bias.length], bias),
  ];
  const input = [from.bytes, ONE, ZERO_BYTE[from.zero], `${name}/weights`, `${name}/scales`, ZERO_INT8];
  const wholeInput = [...input, ONE, ZERO_BYTE[to.zero], `${name}/bias`];
  return { tensors, node: createNode('QLinearConv', wholeInput, to.bytes, { attribute }) };
}
