/**
 * Wide convolutions of bytes as matrix products. ONNX Runtime has two ways to compute a QLinearConv: where the weights'
 * zero point is 0, a direct kernel on vector instructions; else the picture is laid out as a matrix and multiplied, which
 * alone uses a processor's tiles (AMX). To the very same bytes, a run of isnet takes .90 of the time on a processor with
 * tiles, and 1.10 where they are forbidden, so a machine has to be measured first.
 */
import { createUint8Scalar, readDims } from './build.ts';
import { copyWith, DATA_TYPE, type OnnxModel, type OnnxTensor } from './schema.ts';
import { ZERO_INT8 } from './shared-constants.ts';

/** Below, laying out costs more than tiles save: 128 channels take from .7 to 1.8 of the time, 64 up to 2.8. */
const LEAST_OUTPUTS = 256;

const MINUS_ONE_INT8 = 'quantise/int8_minus_1';

/** A byte less, as their zero point is: what they stand for is as before, for no weight is −128. */
function moveDown(weights: OnnxTensor): OnnxTensor {
  const moved = weights.rawData.map((byte) => (byte - 1) & 0xff);
  return copyWith(weights, { rawData: moved });
}

/** The same function of the picture. A model without such convolutions stays as it is. */
export function multiplyWideConvs(model: OnnxModel): OnnxModel {
  const { graph } = model;
  const constants = new Map(graph.initializer.map((tensor) => [tensor.name, tensor]));
  const wide = graph.node.filter(({ opType, input }) => {
    const weights = constants.get(input[3] ?? '');
    const isSigned = opType === 'QLinearConv' && input[5] === ZERO_INT8 && weights !== undefined;
    return isSigned && (readDims(weights)[0] ?? 0) >= LEAST_OUTPUTS && !weights.rawData.includes(0x80);
  });
  const moved = new Set(wide.map((node) => node.input[3]));
  const minusOne = { ...createUint8Scalar(MINUS_ONE_INT8, 0xff), dataType: DATA_TYPE.int8 };
  return copyWith(model, {
    graph: copyWith(graph, {
      node: graph.node.map((node) =>
        wide.includes(node) ? copyWith(node, { input: node.input.with(5, MINUS_ONE_INT8) }) : node,
      ),
      initializer: [
        ...graph.initializer.map((tensor) => (moved.has(tensor.name) ? moveDown(tensor) : tensor)),
        ...(wide.length > 0 ? [minusOne] : []),
      ],
    }),
  });
}
