/** An ONNX model of one node: the mean of the three planes. With it a test knows every value that comes out. */
import { ModelMessage } from '../../src/adapters/onnx-file/schema.ts';

type Dimension = number | string;

const describeTensor = (name: string, dims: readonly Dimension[], elemType = 1) => ({
  name,
  type: {
    tensorType: {
      elemType,
      shape: { dim: dims.map((d) => (typeof d === 'number' ? { dimValue: d } : { dimParam: d })) },
    },
  },
});

const node = (opType: string, input: string, output: string, attribute: object[] = []) => ({
  opType,
  input: [input],
  output: [output],
  name: output,
  attribute,
});

const [INT, INTS] = [2, 7];
const [FLOAT, UINT8] = [1, 2];

const encodeGraph = (graph: object): Uint8Array =>
  ModelMessage.encode({ irVersion: 8, opsetImport: [{ domain: '', version: 13 }], graph }).finish();

/** The mean of the channels of a picture's own bytes, which are its input. */
export const makeTinyByteOnnx = (side: Dimension): Uint8Array =>
  encodeGraph({
    name: 'tiny-bytes',
    node: [
      node('Cast', 'picture', 'floats', [{ name: 'to', type: INT, i: FLOAT }]),
      node('ReduceMean', 'floats', 'matte', [{ name: 'axes', type: INTS, ints: [3] }]),
    ],
    input: [describeTensor('picture', [1, side, side, 3], UINT8)],
    output: [describeTensor('matte', [1, side, side, 1])],
  });

/** Outputs: `matte`, the mean over the channels, and `other`, its negative. */
export const makeTinyOnnx = (side: Dimension, channels = 3): Uint8Array =>
  encodeGraph({
    name: 'tiny',
    node: [
      node('ReduceMean', 'picture', 'matte', [{ name: 'axes', type: INTS, ints: [1] }]),
      node('Neg', 'matte', 'other'),
    ],
    input: [describeTensor('picture', [1, channels, side, side])],
    output: [describeTensor('matte', [1, 1, side, side]), describeTensor('other', [1, 1, side, side])],
  });
