/**
 * Turns a graph of convolutions into one that computes on bytes, from a table of steps (static quantisation, QOperator
 * form). Each quantised channel has a step of its own, yet every tensor has the one scale 1 that ONNX allows: ReLU,
 * MaxPool, Resize and Concat commute with a positive factor a channel, so the steps are folded into the weights before
 * and after (the exact fold of Nagel et al., "Data-free quantization through weight equalization", ICCV 2019). With one
 * range for a whole tensor the masks were lost: IoU .29 against single precision.
 */
import { createBeginning, type PixelScale } from './first-convs.ts';
import { Rewriter } from './rewriter.ts';
import type { ScaleTable } from './scale-table.ts';
import { copyWith, type OnnxModel, type OnnxNode } from './schema.ts';

/** What an operator becomes. A node that is not here must be behind tensors without steps, and stays as it is. */
const RULES: Readonly<Record<string, (rewriter: Rewriter, node: OnnxNode) => void>> = {
  Conv: (rewriter, node) => rewriter.rewriteConv(node),
  Relu: (rewriter, node) => rewriter.rewriteRelu(node),
  MaxPool: (rewriter, node) => rewriter.rewritePool(node),
  Resize: (rewriter, node) => rewriter.rewriteResize(node),
  Concat: (rewriter, node) => rewriter.rewriteConcat(node),
  Add: (rewriter, node) => rewriter.rewriteAdd(node),
};

/**
 * For a single-precision graph as `convertToFloat32` leaves it. Throws an Error of one sentence where the table belongs
 * to another graph. With `pixels`, the first two convolutions become one where they can, and
 * the picture is given as its bytes, [1, height, width, channels].
 */
export function quantiseModel(model: OnnxModel, table: ScaleTable, pixels?: PixelScale): OnnxModel {
  const { graph } = model;
  const rewriter = new Rewriter(graph, table);
  const beginning = pixels && createBeginning(graph, table, pixels);
  if (beginning) rewriter.begin(beginning);
  for (const node of graph.node) {
    if (beginning?.replaced.has(node)) continue;
    const rule = RULES[node.opType] ?? ((each, other) => each.keep(other));
    rule(rewriter, node);
  }
  const { node, initializer } = rewriter.finish();
  return copyWith(model, {
    opsetImport: [
      ...model.opsetImport.filter((each) => each.domain !== 'com.microsoft'),
      // QLinearAdd.
      { domain: 'com.microsoft', version: 1 },
    ],
    // Types of tensors that became bytes would be wrong, and ONNX Runtime infers them all.
    graph: copyWith(graph, { node, initializer, valueInfo: [], ...(beginning && { input: [beginning.input] }) }),
  });
}
